#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>

#include "net/outbox.h"

/* Over a socket that keeps apart what each call has sent, or does not. */
static int
pair(struct outbox *o, int type)
{
	int fd[2], small = 1;

	assert_int_equal(socketpair(AF_UNIX, type, 0, fd), 0);
	assert_int_equal(fcntl(fd[0], F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(fcntl(fd[1], F_SETFL, O_NONBLOCK), 0);
	setsockopt(fd[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
	outbox_init(o, fd[0]);
	return fd[1];
}

static void
unpair(struct outbox *o, int peer)
{
	outbox_close(o);
	close(o->fd);
	close(peer);
}

/* A record that is longer than its text, as those of TLS are. */
static void
add(struct outbox *o, char c, size_t text)
{
	char *s = unit_fill(c, text + 5);

	assert_int_equal(outbox_push(o, s, 5), 5);
	assert_int_equal(outbox_push(o, s, text), text);
	outbox_record(o, text);
	free(s);
}

static void
test_gathered(void **state)
{
	struct outbox o;
	char got[1000];
	int peer = pair(&o, SOCK_SEQPACKET);

	(void)state;
	assert_int_equal(outbox_flush(&o), 1);
	add(&o, 'a', 10);
	add(&o, 'b', 20);
	add(&o, 'c', 30);
	assert_true(outbox_pending(&o));
	assert_int_equal(outbox_taken(&o), 0);
	assert_int_equal(outbox_flush(&o), 1);
	assert_false(outbox_pending(&o));
	assert_int_equal(recv(peer, got, sizeof(got), 0), 75);
	assert_int_equal(outbox_taken(&o), 60);
	assert_int_equal(outbox_taken(&o), 0);
	assert_int_equal(recv(peer, got, sizeof(got), 0), -1);
	add(&o, 'd', 5);
	assert_int_equal(outbox_flush(&o), 1);
	assert_int_equal(recv(peer, got, sizeof(got), 0), 10);
	assert_memory_equal(got, "dddddddddd", 10);
	assert_int_equal(outbox_taken(&o), 5);
	unpair(&o, peer);
}

/* Text counts by whole records, however the socket takes their octets. */
static void
test_partial(void **state)
{
	struct outbox o;
	size_t i, made = 0, told = 0, came = 0, whole;
	char got[700];
	ssize_t n;
	int r, peer = pair(&o, SOCK_STREAM);

	(void)state;
	do {
		for (i = 0; o.n < OUTBOX_RECORDS && made < 400000; i++) {
			add(&o, 'x', 995);
			made += 995;
		}
		r = outbox_flush(&o);
		assert_int_not_equal(r, -1);
		assert_int_equal(r == 0, outbox_pending(&o));
		told += outbox_taken(&o);
		n = recv(peer, got, sizeof(got), 0);
		if (n > 0)
			came += (size_t)n;
		/* What has come left before, and was told of if whole. */
		whole = came / 1000 * 995;
		assert_true(whole <= told && told <= made);
		assert_int_equal(told % 995, 0);
	} while (n > 0 || outbox_pending(&o));
	assert_true(made >= 400000);
	assert_int_equal(told, made);
	assert_int_equal(came, made / 995 * 1000);
	unpair(&o, peer);
}

/* Records that have left are told of later, too, whatever follows them. */
static void
test_told_later(void **state)
{
	struct outbox o;
	char got[1000];
	int peer = pair(&o, SOCK_STREAM);

	(void)state;
	add(&o, 'a', 100);
	assert_int_equal(outbox_flush(&o), 1);
	assert_int_equal(outbox_push(&o, "update", 6), 6);
	add(&o, 'b', 50);
	assert_int_equal(outbox_taken(&o), 100);
	assert_int_equal(outbox_flush(&o), 1);
	assert_int_equal(outbox_taken(&o), 50);
	assert_int_equal(recv(peer, got, sizeof(got), 0), 105 + 6 + 55);
	unpair(&o, peer);
}

static size_t
drain(int peer)
{
	char got[4096];
	size_t all = 0;
	ssize_t n;

	while ((n = recv(peer, got, sizeof(got), 0)) > 0)
		all += (size_t)n;
	return all;
}

/* Reading sends what the server waits for, but no text that nobody asks
 * about. */
static void
test_reading(void **state)
{
	struct outbox o;
	char got[100];
	int peer = pair(&o, SOCK_STREAM);
	size_t before;

	(void)state;
	assert_int_equal(outbox_push(&o, "hello", 5), 5);
	assert_int_equal(outbox_pull(&o, got, sizeof(got)), -1);
	assert_int_equal(errno, EAGAIN);
	assert_int_equal(drain(peer), 5);
	while (!outbox_pending(&o)) {
		add(&o, 'x', 2000);
		outbox_flush(&o);
		outbox_taken(&o);
	}
	before = drain(peer);
	assert_true(before > 0);
	assert_int_equal(send(peer, "hi", 2, 0), 2);
	assert_int_equal(outbox_pull(&o, got, sizeof(got)), 2);
	assert_memory_equal(got, "hi", 2);
	assert_int_equal(drain(peer), 0);
	assert_int_equal(outbox_flush(&o), 1);
	assert_int_equal(outbox_taken(&o), 2000);
	assert_true(drain(peer) > 0);
	unpair(&o, peer);
}

static void
test_closed(void **state)
{
	struct outbox o;
	int peer = pair(&o, SOCK_STREAM);

	(void)state;
	while (!outbox_pending(&o)) {
		add(&o, 'x', 2000);
		outbox_flush(&o);
		outbox_taken(&o);
	}
	outbox_close(&o);
	drain(peer);
	assert_false(outbox_pending(&o));
	assert_int_equal(outbox_push(&o, "bye", 3), 3);
	assert_int_equal(outbox_flush(&o), 1);
	assert_int_equal(outbox_taken(&o), 0);
	assert_int_equal(drain(peer), 0);
	unpair(&o, peer);
}

static void
test_broken(void **state)
{
	struct outbox o;
	int peer = pair(&o, SOCK_STREAM);
	char got[10];

	(void)state;
	assert_int_equal(send(peer, "421", 3, 0), 3);
	close(peer);
	add(&o, 'x', 100);
	assert_int_equal(outbox_flush(&o), -1);
	assert_int_equal(errno, EPIPE);
	assert_int_equal(outbox_taken(&o), 0);
	assert_int_equal(outbox_pull(&o, got, sizeof(got)), 3);
	assert_int_equal(outbox_pull(&o, got, sizeof(got)), 0);
	outbox_close(&o);
	close(o.fd);
}

static void
test_too_much(void **state)
{
	struct outbox o;
	char *fill = unit_fill('x', 100000);
	int i, r, peer = pair(&o, SOCK_STREAM);

	(void)state;
	for (i = r = 0; i < 10 && r >= 0; i++)
		r = (int)outbox_push(&o, fill, 100000);
	assert_int_equal(r, -1);
	assert_int_equal(errno, ENOBUFS);
	unpair(&o, peer);
	free(fill);
}

int
main(void)
{
	UNIT_TEST(test_gathered);
	UNIT_TEST(test_partial);
	UNIT_TEST(test_told_later);
	UNIT_TEST(test_reading);
	UNIT_TEST(test_closed);
	UNIT_TEST(test_broken);
	UNIT_TEST(test_too_much);
	return unit_run("outbox");
}
