/*
 * A server of many moods, which notes for whom it took the message: whatever
 * it says, and wherever the line breaks, what is said of a recipient agrees
 * with that.  It speaks SMTP or LMTP and keeps to the order of things, but
 * refuses, puts off, limits and hangs up at random.
 *
 * By hand: test-moods [DIALOGUES [FIRST]]; a failure names its dialogue.
 */
#include "unit.h"

#include "base/buf.h"
#include "smtp/session.h"

#define PEOPLE		9
#define DIALOGUES	2000
#define HOSTS		3
#define WIRE_MAX	(1 << 20)
#define ALL_OF_THEM	((1u << PEOPLE) - 1)
#define REPLIES_MAX	4096
#define STEPS_MAX	200000

static const char *const names[PEOPLE] = {
	"a@x.example", "b@x.example", "c@y.example", "d@y.example",
	"e@z.example", "f@x.example", "g@z.example", "h@w.example",
	"i@x.example"
};
static char message[300 * 1024];
static const struct err gone = { ERR_TEMP, "gone" };

/* What is true, over all connections. */
struct truth {
	unsigned	 took[PEOPLE];	/* messages */
	struct { int code; unsigned whom; } said[REPLIES_MAX];
	size_t		 nsaid;
};

struct server {
	struct truth	*truth;
	unsigned	 gloom;		/* of 1000 replies, those not good */
	unsigned	 breaks;	/* of 1000, hang-ups */
	int		 pipelining, chunking, lmtp;
	size_t		 rcpt_max, mail_max, domain_max; /* announced */
	size_t		 secret_max;	/* of recipients, not announced */
	int		 full;		/* that is none at all */
	size_t		 size;		/* of the message */
	size_t		 fed;		/* of it, to the session */
	unsigned	 bodies;	/* begun */
	struct buf	 in, out;	/* commands; replies */
	size_t		 unread;	/* replies */
	int		 closed, quit;
	/* The transaction. */
	int		 mail, must_reset, in_data, interrupted;
	size_t		 chunk, mails, said;
	struct buf	 body;
	size_t		 got[PEOPLE], ngot, domains;
	const char	*domain[PEOPLE];
};

static unsigned long dialogues = DIALOGUES, first = 1;
static uint64_t seed;

/* One of n. */
static unsigned
pick(unsigned n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)((seed * 2685821657736338717u) >> 33) % n;
}

static int
chance(unsigned of_thousand)
{
	return pick(1000) < of_thousand;
}

static unsigned
everybody(const struct server *sv)
{
	unsigned whom = 0;
	size_t i;

	for (i = 0; i < sv->ngot; i++)
		whom |= 1u << sv->got[i];
	return whom;
}

/* Each reply has a number, by which it is known again. */
static void
say(struct server *sv, int code, unsigned whom)
{
	struct truth *t = sv->truth;

	if (sv->closed)
		return;
	assert_true(t->nsaid < REPLIES_MAX);
	t->said[t->nsaid].code = code;
	t->said[t->nsaid].whom = whom;
	if (chance(60))
		buf_addf(&sv->out, "%d-#%zu\r\n%d more\r\n", code, t->nsaid,
		    code);
	else
		buf_addf(&sv->out, "%d #%zu\r\n", code, t->nsaid);
	t->nsaid++;
	sv->unread++;
}

/* Bad things instead of a reply.  Returns 1 when one happened. */
static int
breaks(struct server *sv)
{
	if (!chance(sv->breaks))
		return 0;
	switch (pick(4)) {
	case 0:
		say(sv, 421, 0);
		break;
	case 1:
		buf_adds(&sv->out, pick(2) ? "what?\r\n" : "25");
		break;
	case 2:
		say(sv, 354, 0);
		break;
	}
	sv->closed = 1;
	return 1;
}

/* Returns the code of a verdict. */
static int
verdict(struct server *sv, int good)
{
	static const int bad[] = { 450, 451, 452, 550, 552, 554, 503 };

	return chance(sv->gloom) ? bad[pick(7)] : good;
}

static void
over(struct server *sv)
{
	sv->mail = sv->in_data = sv->interrupted = 0;
	sv->ngot = sv->domains = sv->said = 0;
	buf_clear(&sv->body);
}

static void
on_ehlo(struct server *sv)
{
	if (breaks(sv))
		return;
	buf_adds(&sv->out, "250-hello\r\n");
	if (sv->pipelining)
		buf_adds(&sv->out, "250-PIPELINING\r\n");
	if (sv->chunking)
		buf_adds(&sv->out, "250-CHUNKING\r\n");
	buf_addf(&sv->out, "250-LIMITS RCPTMAX=%zu MAILMAX=%zu "
	    "RCPTDOMAINMAX=%zu\r\n", sv->rcpt_max, sv->mail_max,
	    sv->domain_max);
	buf_adds(&sv->out, "250 SIZE\r\n");
	sv->unread++;
}

static void
on_mail(struct server *sv)
{
	int code = verdict(sv, 250);

	assert_false(sv->mail);
	assert_false(sv->must_reset);
	assert_true(sv->mail_max == 0 || sv->mails < sv->mail_max);
	over(sv);
	sv->mails++;
	if (breaks(sv))
		return;
	sv->mail = code == 250;
	say(sv, code, ALL_OF_THEM);
}

static void
note_domain(struct server *sv, size_t who)
{
	const char *domain = strchr(names[who], '@');
	size_t i;

	for (i = 0; i < sv->domains; i++)
		if (strcmp(sv->domain[i], domain) == 0)
			return;
	sv->domain[sv->domains++] = domain;
	assert_true(sv->domain_max == 0 || sv->domains <= sv->domain_max);
}

static void
on_rcpt(struct server *sv, const char *line)
{
	int code = verdict(sv, pick(9) ? 250 : 251);
	size_t who = (size_t)(line[9] - 'a');

	assert_true(who < PEOPLE);
	note_domain(sv, who);
	sv->said++;
	assert_true(sv->rcpt_max == 0 || sv->said <= sv->rcpt_max);
	if (breaks(sv))
		return;
	if (!sv->mail) {
		say(sv, 503, 0);
		return;
	}
	if (sv->full || (sv->secret_max > 0 && sv->ngot >= sv->secret_max))
		code = 452;
	if (code / 100 == 2)
		sv->got[sv->ngot++] = who;
	say(sv, code, 1u << who);
}

static void
on_data(struct server *sv)
{
	int code = verdict(sv, 354);

	assert_false(sv->chunking);
	if (breaks(sv))
		return;
	if (sv->ngot == 0 && pick(3))
		code = pick(2) ? 503 : 554;
	sv->in_data = code == 354;
	if (code != 354)
		sv->must_reset = 1;
	say(sv, code, sv->mail ? everybody(sv) : 0);
}

/* Take the message or not, for these; and say so, or not. */
static void
decide(struct server *sv, unsigned whom)
{
	int code = whom == 0 ? 554 : verdict(sv, 250);
	size_t i;

	if (chance(sv->breaks) && pick(3) == 0) {
		say(sv, 421, whom);
		sv->closed = 1;
		return;
	}
	for (i = 0; code == 250 && i < PEOPLE; i++)
		sv->truth->took[i] += whom >> i & 1;
	if (code != 250 && sv->chunking && !sv->lmtp)
		sv->must_reset = 1;
	if (!chance(sv->breaks))
		say(sv, code, whom);
	else {
		buf_adds(&sv->out, pick(2) ? "what?\r\n" : "25");
		sv->closed = 1;
	}
}

static void
on_end(struct server *sv)
{
	size_t i;

	if (!sv->interrupted && sv->ngot > 0) {
		assert_int_equal(sv->body.len, sv->size);
		assert_memory_equal(sv->body.data, message, sv->size);
	}
	if (!sv->interrupted && sv->lmtp && sv->ngot > 0)
		for (i = 0; i < sv->ngot && !sv->closed; i++)
			decide(sv, 1u << sv->got[i]);
	else if (!sv->interrupted)
		decide(sv, everybody(sv));
	over(sv);
}

static void
on_bdat(struct server *sv, const char *line)
{
	assert_true(sv->chunking);
	assert_non_null(strstr(line, " LAST"));
	sv->chunk = strtoul(line + 5, NULL, 10);
	assert_int_equal(sv->chunk, sv->size);
}

static void
on_command(struct server *sv, const char *line)
{
	assert_false(sv->quit);
	assert_true(sv->pipelining || sv->unread == 0);
	if (strncmp(line, sv->lmtp ? "LHLO" : "EHLO", 4) == 0)
		on_ehlo(sv);
	else if (strncmp(line, "MAIL", 4) == 0)
		on_mail(sv);
	else if (strncmp(line, "RCPT", 4) == 0)
		on_rcpt(sv, line);
	else if (strcmp(line, "DATA") == 0)
		on_data(sv);
	else if (strncmp(line, "BDAT", 4) == 0)
		on_bdat(sv, line);
	else if (strcmp(line, "RSET") == 0) {
		over(sv);
		sv->must_reset = 0;
		if (!breaks(sv))
			say(sv, 250, 0);
	} else if (strcmp(line, "QUIT") == 0) {
		sv->quit = 1;
		say(sv, 221, 0);
	} else
		fail_msg("what is \"%s\"?", line);
}

/* It will not have the message, and says so before its end. */
static void
interrupt_it(struct server *sv)
{
	size_t i;

	if (sv->interrupted || !chance(sv->breaks / 4))
		return;
	sv->interrupted = 1;
	for (i = 0; i == 0 || (sv->lmtp && i < sv->ngot); i++)
		say(sv, pick(2) ? 552 : 451, everybody(sv));
}

static void
on_chunk(struct server *sv)
{
	size_t n = sv->in.len < sv->chunk ? sv->in.len : sv->chunk;

	if (sv->chunk > 1)
		interrupt_it(sv);
	buf_add(&sv->body, sv->in.data, n);
	buf_eat(&sv->in, n);
	sv->chunk -= n;
	if (sv->chunk == 0)
		on_end(sv);
}

static void
on_line(struct server *sv, char *line, size_t n)
{
	assert_true(n >= 2 && line[n - 2] == '\r');
	if (sv->in_data && n == 3 && *line == '.')
		on_end(sv);
	else if (sv->in_data) {
		interrupt_it(sv);
		buf_add(&sv->body, line + (*line == '.'), n - (*line == '.'));
	} else {
		line[n - 2] = '\0';
		on_command(sv, line);
	}
}

/* Take in some of what came.  Returns 0 when that takes more. */
static int
serve(struct server *sv)
{
	char *eol;
	size_t n;

	if (sv->closed || sv->in.len == 0)
		return 0;
	if (sv->chunk > 0) {
		on_chunk(sv);
		return 1;
	}
	eol = memchr(sv->in.data, '\n', sv->in.len);
	if (eol == NULL)
		return 0;
	n = (size_t)(eol + 1 - sv->in.data);
	on_line(sv, sv->in.data, n);
	buf_eat(&sv->in, n);
	return 1;
}

/* One line of a reply, if a whole one is there. */
static int
hear(struct server *sv, struct session *s)
{
	char *eol = sv->out.len > 0 ?
	    memchr(sv->out.data, '\n', sv->out.len) : NULL;
	char *copy;
	size_t n;

	if (eol == NULL)
		return 0;
	n = (size_t)(eol - sv->out.data);
	copy = unit_copy(sv->out.data, n);
	copy[n - 1] = '\0';
	buf_eat(&sv->out, n + 1);
	if (copy[3] == ' ' && sv->unread > 0)
		sv->unread--;
	session_line(s, copy, n - 1);
	free(copy);
	return 1;
}

static void
write_some(struct server *sv, struct session *s)
{
	const struct buf *out = session_out(s);
	size_t n = pick(3) ? out->len : 1 + pick((unsigned)out->len);

	if (!sv->closed)
		buf_add(&sv->in, out->data, n);
	session_wrote(s, n);
}

static void
feed(struct server *sv, struct session *s)
{
	size_t n;

	if (sv->bodies != s->bodies)
		sv->fed = 0;
	sv->bodies = s->bodies;
	n = sv->size - sv->fed;
	if (n > 1 && pick(2))
		n = 1 + pick((unsigned)n);
	if (n > SESSION_BLOCK)
		n = SESSION_BLOCK;
	if (n == 0)
		session_body_end(s);
	else
		session_body(s, message + sv->fed, n);
	sv->fed += n;
}

/* What it wants, when neither has more to say to the other. */
static void
go_on(struct server *sv, struct session *s, struct transaction *tr)
{
	if (session_out(s)->len > 0 && pick(3))
		write_some(sv, s);
	else if (session_want(s) == SESSION_READY && tr->env != NULL) {
		session_mail(s, tr);
		tr->env = NULL;
	} else if (session_want(s) == SESSION_READY)
		session_quit(s);
	else if (session_want(s) == SESSION_BODY)
		feed(sv, s);
	else if (session_out(s)->len == 0 && !serve(sv) && !hear(sv, s)) {
		assert_true(sv->closed);	/* else it has stalled */
		session_lost(s, &gone);
	}
	if (sv->closed && chance(50))
		session_lost(s, &gone);
}

/* A connection, at whatever pace either has; it may break at any time. */
static void
converse(struct server *sv, struct session *s, struct transaction tr)
{
	unsigned steps, cut = chance(60) ? 1 + pick(150) : 0;

	for (steps = 1; session_want(s) != SESSION_CLOSE; steps++) {
		assert_true(steps < STEPS_MAX);
		if (steps == cut && pick(2))
			sv->closed = 1;
		else if (steps == cut)	/* and the server reads on */
			session_lost(s, &gone);
		else if (!(pick(2) && serve(sv)) && !(pick(2) && hear(sv, s)))
			go_on(sv, s, &tr);
	}
	while (serve(sv))
		;
}

/* May this be said of him?  Who failed was refused by the reply it names. */
static void
judge(const struct truth *t, const struct rcpt *r, size_t i)
{
	const char *number;
	size_t k;

	assert_false(r->now);
	assert_true(r->status != RCPT_ACCEPTED);
	assert_true(t->took[i] <= 1);
	if (t->took[i] > 0)
		assert_true(r->status == RCPT_SENT ||
		    r->status == RCPT_IN_DOUBT);
	if (r->status == RCPT_SENT)
		assert_int_equal(t->took[i], 1);
	if (r->status != RCPT_TEMPFAIL && r->status != RCPT_PERMFAIL)
		return;
	number = strchr(r->why, '#');
	assert_non_null(number);
	k = strtoul(number + 1, NULL, 10);
	assert_true(k < t->nsaid);
	assert_int_equal(t->said[k].code / 100,
	    r->status == RCPT_PERMFAIL ? 5 : 4);
	assert_true(t->said[k].whom & 1u << i);
}

static size_t
perhaps(unsigned of_thousand, unsigned most)
{
	return chance(of_thousand) ? 1 + pick(most) : 0;
}

static struct server
some_server(struct truth *t, int lmtp, size_t size)
{
	struct server sv = { .truth = t, .lmtp = lmtp, .size = size };

	sv.pipelining = pick(4) > 0;
	sv.chunking = pick(2) > 0;
	sv.gloom = pick(3) ? pick(200) : pick(900);
	sv.breaks = pick(2) ? 0 : pick(60);
	sv.rcpt_max = perhaps(200, PEOPLE);
	sv.mail_max = perhaps(200, 3);
	sv.domain_max = perhaps(200, 4);
	sv.secret_max = perhaps(300, 4);
	sv.full = chance(20);
	return sv;
}

static void
connection(const struct server *mood, const struct session_params *params,
    struct envelope *env, struct session *s)
{
	struct transaction tr = { .env = env, .size = mood->size,
	    .last = pick(4) > 0 };
	struct server sv = *mood;
	size_t i;

	sv.in.max = sv.out.max = sv.body.max = WIRE_MAX;
	say(&sv, 220, 0);
	session_init(s, params);
	converse(&sv, s, tr);
	for (i = 0; i < PEOPLE; i++)
		judge(sv.truth, &env->rcpt[i], i);
	for (i = 0; i < PEOPLE; i++)
		assert_true(env->rcpt[i].status != RCPT_WAITING || s->more ||
		    s->err.kind != ERR_NONE);
	buf_free(&sv.in);
	buf_free(&sv.out);
	buf_free(&sv.body);
}

/* One connection after the other, as app/deliver.c makes them. */
static void
deliver(struct truth *t, struct envelope *env, int lmtp, size_t size)
{
	struct server mood = some_server(t, lmtp, size);
	struct session_params params = { .helo = "x", .lmtp = lmtp,
	    .window = perhaps(300, 5) };
	struct session s;
	size_t visits = 0;
	int more;

	do {
		assert_true(++visits <= PEOPLE + 1);
		connection(&mood, &params, env, &s);
		more = s.err.kind == ERR_NONE && s.more;
		params.rcpt_max = s.rcpt_max;
		session_free(&s);
	} while (more);
}

/* Those put off, or never asked, go to the next host. */
static void
dialogue(void)
{
	struct truth t = { .nsaid = 0 };
	struct envelope env = ENVELOPE_INIT;
	size_t i, size = chance(2) ? sizeof(message) : 8 * (1 + pick(40));
	int lmtp = pick(4) == 0;

	envelope_sender(&env, "me@example.org");
	for (i = 0; i < PEOPLE; i++)
		envelope_add(&env, names[i], names[i]);
	for (i = 0; i < HOSTS; i++) {
		deliver(&t, &env, lmtp, size);
		envelope_move(&env, RCPT_TEMPFAIL, RCPT_WAITING, ERR_NONE,
		    NULL);
	}
	envelope_free(&env);
}

static void
test_moods(void **state)
{
	unsigned long n;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(message); i++)
		message[i] = i < 1024 || i % 1024 > 1015 ?
		    "..\r\nx.\r\n"[i % 8] : 'y';
	for (n = dialogues; n > 0; n--, first++) {
		seed = first * 0x9e3779b97f4a7c15u | 1;
		dialogue();
	}
}

int
main(int argc, char **argv)
{
	int failed;

	if (argc > 1)
		dialogues = strtoul(argv[1], NULL, 10);
	if (argc > 2)
		first = strtoul(argv[2], NULL, 10);
	UNIT_TEST(test_moods);
	failed = unit_run("moods");
	if (failed)
		fprintf(stderr, "in dialogue %lu\n", first);
	return failed;
}
