/*
 * server PATIENCE CERT KEY USER PASSWORD - a submission server on three free
 * ports: without TLS and login, with STARTTLS, and with TLS from the start.
 * Prints the ports, in that order, and ends when its standard input does.
 *
 * After each connection it prints what came, a line a fact:
 *
 *	mail ADDRESS
 *	rcpt ADDRESS			each of them
 *	body OCTETS SHA256 BARE		of the message without its header; BARE
 *					counts lone CRs and LFs in all of it
 *	end TURNS TLS RESUMED USER	"-" stands for none
 *
 * A turn is a time that the server had spoken and the client's next octets came
 * no sooner than PATIENCE milliseconds after.  Behind a delay line, and with a
 * little less than its round trip for PATIENCE, that is how often the client
 * waited for the server's word before it went on.
 *
 * It is to cost the client as little as it can: it keeps what it reads as it
 * is, answers what is complete, writes all answers to one read at once, and
 * looks into messages only when the connection is closed.
 */
#include <err.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sysexits.h>
#include <unistd.h>

#include "loop.h"
#include "session.h"

static struct setup setup;

static void *
serve(void *arg)
{
	struct session *s = arg;

	converse(s);
	session_close(s);
	report(s);
	session_free(s);
	return NULL;
}

static void
welcome(int listener, enum link link)
{
	int fd = loop_accept(listener);
	pthread_t thread;

	if (fd == -1)
		return;
	if (pthread_create(&thread, NULL, serve,
	    session_new(&setup, fd, link)) != 0)
		errx(EX_OSERR, "no thread");
	pthread_detach(thread);
}

static void
prepare_tls(const char *cert, const char *key)
{
	int r;

	gnutls_certificate_allocate_credentials(&setup.cred);
	gnutls_session_ticket_key_generate(&setup.tickets);
	r = gnutls_certificate_set_x509_key_file(setup.cred, cert, key,
	    GNUTLS_X509_FMT_PEM);
	if (r < 0)
		errx(EX_NOINPUT, "%s: %s", cert, gnutls_strerror(r));
}

static void
serve_all(struct pollfd *fds)
{
	int i;

	while (fds[LINKS].revents == 0) {
		if (poll(fds, LINKS + 1, -1) == -1 && errno != EINTR)
			err(EX_OSERR, "poll");
		for (i = 0; i < LINKS; i++)
			if (fds[i].revents & POLLIN)
				welcome(fds[i].fd, (enum link)i);
	}
}

int
main(int argc, char **argv)
{
	struct pollfd fds[LINKS + 1] = {
		[LINKS] = { .fd = STDIN_FILENO, .events = POLLIN } };
	unsigned port;
	int i;

	if (argc != 6)
		errx(EX_USAGE,
		    "usage: server PATIENCE CERT KEY USER PASSWORD");
	setup.patience = (int64_t)loop_number(argv[1], 10000) * 1000;
	setup.user = argv[4];
	setup.password = argv[5];
	prepare_tls(argv[2], argv[3]);
	signal(SIGPIPE, SIG_IGN);
	for (i = 0; i < LINKS; i++) {
		fds[i].fd = loop_listen(&port);
		fds[i].events = POLLIN;
		if (fds[i].fd == -1)
			err(EX_OSERR, "listen");
		printf("%u%c", port, i == LINKS - 1 ? '\n' : ' ');
	}
	fflush(stdout);
	serve_all(fds);
	return 0;
}
