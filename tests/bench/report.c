#include <gnutls/crypto.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "session.h"

#define SHA256_LEN	32

static pthread_mutex_t printing = PTHREAD_MUTEX_INITIALIZER;

/* Move text down to a place before it, without its stuffing.  Returns where
 * it ends there. */
static size_t
unstuff(char *in, size_t to, const struct span *text)
{
	size_t from = text->at, end = text->at + text->len, n;
	const char *lf;

	while (from < end) {
		if (in[from] == '.')
			from++;
		lf = memchr(in + from, '\n', end - from);
		n = lf != NULL ? (size_t)(lf - in) + 1 - from : end - from;
		memmove(in + to, in + from, n);
		to += n;
		from += n;
	}
	return to;
}

static unsigned
count_bare(const char *p, size_t n)
{
	unsigned bare = 0;
	size_t i;

	for (i = 0; i < n; i++)
		if (p[i] == '\n')
			bare += i == 0 || p[i - 1] != '\r';
		else if (p[i] == '\r')
			bare += i + 1 == n || p[i + 1] != '\n';
	return bare;
}

static void
print_body(const char *message, size_t n)
{
	unsigned char sha[SHA256_LEN];
	const char *body;
	size_t left = 0, i;

	body = n > 0 ? memmem(message, n, "\r\n\r\n", 4) : NULL;
	if (body != NULL) {
		body += 4;
		left = n - (size_t)(body - message);
	}
	gnutls_hash_fast(GNUTLS_DIG_SHA256, body != NULL ? body : "", left,
	    sha);
	printf("body %zu ", left);
	for (i = 0; i < sizeof(sha); i++)
		printf("%02x", sha[i]);
	printf(" %u\n", count_bare(message, n));
}

/* A message's pieces are moved together, over what was between them. */
static void
print_event(struct session *s, const struct event *e, struct span *message)
{
	size_t end = message->at + message->len;

	switch (e->what) {
	case SENDER:
		*message = (struct span){ e->span.at, 0 };
		/* FALLTHROUGH */
	case RECIPIENT:
		printf("%s %.*s\n", e->what == SENDER ? "mail" : "rcpt",
		    (int)e->span.len, s->in + e->span.at);
		break;
	case TEXT:
		message->len = unstuff(s->in, end, &e->span) - message->at;
		break;
	case CHUNK:
		memmove(s->in + end, s->in + e->span.at, e->span.len);
		message->len += e->span.len;
		break;
	case ACCEPTED:
		print_body(s->in + message->at, message->len);
		break;
	}
}

void
report(struct session *s)
{
	struct span message = { 0, 0 };
	struct event e;
	size_t i;

	pthread_mutex_lock(&printing);
	for (i = 0; i + sizeof(e) <= s->events.len; i += sizeof(e)) {
		memcpy(&e, s->events.data + i, sizeof(e));
		print_event(s, &e, &message);
	}
	printf("end %u %s %d %s\n", s->turns, s->tls == NULL ? "-" :
	    gnutls_protocol_get_name(gnutls_protocol_get_version(s->tls)),
	    s->resumed, s->logged_in ? s->setup->user : "-");
	fflush(stdout);
	pthread_mutex_unlock(&printing);
}

