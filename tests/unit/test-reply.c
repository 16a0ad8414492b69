#include "unit.h"

#include "smtp/reply.h"

static enum reply_status
feed(struct reply *r, const char *line, size_t n)
{
	char *copy = malloc(n + 1);
	enum reply_status st;

	memcpy(copy, line, n);
	copy[n] = '\0';
	st = reply_feed(r, copy, n);
	free(copy);
	return st;
}

/* Lines are separated by '|'. */
static enum reply_status
feed_all(struct reply *r, const char *lines)
{
	enum reply_status st = REPLY_MORE;
	size_t n;

	for (;; lines += n + 1) {
		n = strcspn(lines, "|");
		st = feed(r, lines, n);
		if (lines[n] == '\0')
			return st;
		assert_int_equal(st, REPLY_MORE);
	}
}

static const struct {
	const char		*name;
	const char		*lines;
	enum reply_status	 want;
	int			 code;
	const char		*dsn, *text;
} rows[] = {
	{ "one line", "250 ok", REPLY_DONE, 250, "", "ok" },
	{ "code alone", "250", REPLY_DONE, 250, "", "" },
	{ "code and space", "250 ", REPLY_DONE, 250, "", "" },
	{ "two lines", "250-a|250 b", REPLY_DONE, 250, "", "a\nb" },
	{ "last line is the code alone", "250-a|250", REPLY_DONE, 250, "",
	    "a\n" },
	{ "not at its end", "250-a|250-b", REPLY_MORE, 250, "", "a\nb" },
	{ "hyphen without text", "250-|250 b", REPLY_DONE, 250, "", "\nb" },
	{ "a greeting", "220 mx.example ESMTP", REPLY_DONE, 220, "",
	    "mx.example ESMTP" },
	{ "go on", "354 end with .", REPLY_DONE, 354, "", "end with ." },
	{ "enhanced code", "550 5.1.1 who?", REPLY_DONE, 550, "5.1.1",
	    "5.1.1 who?" },
	{ "enhanced code alone", "250 2.0.0", REPLY_DONE, 250, "2.0.0",
	    "2.0.0" },
	{ "the greatest", "421 4.999.999", REPLY_DONE, 421, "4.999.999",
	    "4.999.999" },
	{ "in each line", "550-5.7.1 a|550-5.7.1 b|550 5.7.1 c", REPLY_DONE,
	    550, "5.7.1", "5.7.1 a\nb\nc" },
	{ "another in the second line", "550-5.7.1 a|550 5.7.26 b",
	    REPLY_DONE, 550, "5.7.1", "5.7.1 a\n5.7.26 b" },
	{ "of another class", "250 5.1.1 odd", REPLY_DONE, 250, "",
	    "5.1.1 odd" },
	{ "too many digits", "421 4.1234.1 x", REPLY_DONE, 421, "",
	    "4.1234.1 x" },
	{ "too few parts", "421 4.1 x", REPLY_DONE, 421, "", "4.1 x" },
	{ "too many parts", "421 4.1.1.1 x", REPLY_DONE, 421, "",
	    "4.1.1.1 x" },
	{ "a version number", "220 2.0 ready", REPLY_DONE, 220, "",
	    "2.0 ready" },
	{ "8-bit text", "250 \xc3\xbc\xff", REPLY_DONE, 250, "",
	    "\xc3\xbc\xff" },
	{ "codes that differ", "250-a|251 b", REPLY_BAD, 0, "", "" },
	{ "class 1", "150 x", REPLY_BAD, 0, "", "" },
	{ "class 6", "650 x", REPLY_BAD, 0, "", "" },
	{ "not a number", "2x0 no", REPLY_BAD, 0, "", "" },
	{ "no separator", "250x", REPLY_BAD, 0, "", "" },
	{ "four digits", "2500 x", REPLY_BAD, 0, "", "" },
	{ "a tab", "250\tx", REPLY_BAD, 0, "", "" },
	{ "too short", "25", REPLY_BAD, 0, "", "" },
	{ "empty", "", REPLY_BAD, 0, "", "" },
	{ "another protocol", "SSH-2.0-OpenSSH", REPLY_BAD, 0, "", "" },
	{ "web", "HTTP/1.1 400 Bad Request", REPLY_BAD, 0, "", "" },
	{ "space first", " 250 ok", REPLY_BAD, 0, "", "" },
	{ "rubbish in the second line", "250-a|rubbish", REPLY_BAD, 0, "",
	    "" },
};

static void
test_feed(void **state)
{
	const __typeof__(rows[0]) *r = *state;
	struct reply reply = REPLY_INIT;

	assert_int_equal(feed_all(&reply, r->lines), r->want);
	if (r->want != REPLY_BAD) {
		assert_int_equal(reply.code, r->code);
		assert_int_equal(reply_class(&reply), r->code / 100);
		assert_string_equal(reply.dsn, r->dsn);
		assert_string_equal(buf_str(&reply.text), r->text);
	}
	reply_free(&reply);
	assert_int_equal(reply.code, 0);
}

static void
test_nul(void **state)
{
	struct reply r = REPLY_INIT;

	(void)state;
	assert_int_equal(feed(&r, LIT("250 a\0b")), REPLY_BAD);
	assert_int_equal(feed(&r, LIT("25\0 a")), REPLY_BAD);
	assert_int_equal(feed(&r, LIT("250 ok")), REPLY_DONE);
	reply_free(&r);
}

/* A server that never comes to its end. */
static void
test_endless(void **state)
{
	struct reply r = REPLY_INIT;
	char *line = unit_fill('x', 1000);
	size_t i;

	(void)state;
	line[0] = '2';
	line[1] = line[2] = '5';
	line[3] = '-';
	for (i = 0; i < 1000 && feed(&r, line, 1000) == REPLY_MORE; i++)
		assert_true(r.text.len <= REPLY_TEXT_MAX);
	assert_int_equal(i, REPLY_TEXT_MAX / 997);
	reply_clear(&r);
	assert_int_equal(feed(&r, LIT("220 ok")), REPLY_DONE);
	assert_string_equal(buf_str(&r.text), "ok");
	reply_free(&r);
	free(line);
}

static const struct {
	const char		*name;
	const char		*line;
	enum reply_stage	 stage;
	enum err_kind		 want;
} kinds[] = {
	{ "RCPT 550", "550 no", STAGE_RCPT, ERR_NOUSER },
	{ "RCPT 551", "551 moved", STAGE_RCPT, ERR_NOUSER },
	{ "RCPT 553", "553 name", STAGE_RCPT, ERR_NOUSER },
	{ "RCPT 554", "554 no", STAGE_RCPT, ERR_UNAVAIL },
	{ "RCPT 554 5.1.1", "554 5.1.1 who", STAGE_RCPT, ERR_NOUSER },
	{ "RCPT 552 5.2.2", "552 5.2.2 full", STAGE_RCPT, ERR_UNAVAIL },
	{ "RCPT 450", "450 later", STAGE_RCPT, ERR_TEMP },
	{ "RCPT 450 4.1.1", "450 4.1.1 later", STAGE_RCPT, ERR_TEMP },
	{ "RCPT 530", "530 login first", STAGE_RCPT, ERR_NOPERM },
	{ "RCPT 250", "250 ok", STAGE_RCPT, ERR_PROTOCOL },
	{ "RCPT 354", "354 go", STAGE_RCPT, ERR_PROTOCOL },
	{ "MAIL 550", "550 no", STAGE_MAIL, ERR_UNAVAIL },
	{ "MAIL 552", "552 5.3.4 too big", STAGE_MAIL, ERR_UNAVAIL },
	{ "MAIL 553 5.1.8", "553 5.1.8 sender", STAGE_MAIL, ERR_UNAVAIL },
	{ "MAIL 530", "530 5.7.0 login", STAGE_MAIL, ERR_NOPERM },
	{ "MAIL 451", "451 later", STAGE_MAIL, ERR_TEMP },
	{ "login 535 5.6.1", "535 5.6.1 x", STAGE_LOGIN, ERR_NOPERM },
	{ "dot 554 5.6.0", "554 5.6.0 bad", STAGE_MAIL, ERR_DATA },
	{ "dot 550 5.6.1", "550 5.6.1 bad", STAGE_MAIL, ERR_DATA },
	{ "dot 554", "554 spam", STAGE_MAIL, ERR_UNAVAIL },
	{ "dot 452", "452 4.3.1 full", STAGE_MAIL, ERR_TEMP },
	{ "login 535", "535 5.7.8 no", STAGE_LOGIN, ERR_NOPERM },
	{ "login 534", "534 5.7.9 weak", STAGE_LOGIN, ERR_NOPERM },
	{ "login 530", "530 5.7.0 TLS first", STAGE_LOGIN, ERR_NOPERM },
	{ "login 550", "550 no", STAGE_LOGIN, ERR_NOPERM },
	{ "login 454", "454 4.7.0 later", STAGE_LOGIN, ERR_TEMP },
	{ "login 504", "504 no such mechanism", STAGE_LOGIN, ERR_UNAVAIL },
	{ "login 503", "503 no AUTH", STAGE_LOGIN, ERR_UNAVAIL },
	{ "login 502", "502 no AUTH", STAGE_LOGIN, ERR_UNAVAIL },
	{ "greeting 554", "554 go away", STAGE_SESSION, ERR_UNAVAIL },
	{ "greeting 421", "421 busy", STAGE_SESSION, ERR_TEMP },
	{ "EHLO 550", "550 who are you", STAGE_SESSION, ERR_UNAVAIL },
};

static void
test_kind(void **state)
{
	const __typeof__(kinds[0]) *r = *state;
	struct reply reply = REPLY_INIT;

	assert_int_equal(feed_all(&reply, r->line), REPLY_DONE);
	assert_int_equal(reply_kind(&reply, r->stage), r->want);
	reply_free(&reply);
}

static const struct row {
	const char	*name;
	const char	*lines;
	const char	*want;
} words[] = {
	{ "plain", "550 5.1.1 no such user", "550 5.1.1 no such user" },
	{ "two lines", "550-a|550 b", "550 a b" },
	{ "no text", "550", "550 " },
	{ "an escape sequence", "550 \033[2Jx", "550 \\x1B[2Jx" },
	{ "a stray CR", "550 a\rb", "550 a b" },
	{ "not UTF-8", "550 \xff", "550 \\xFF" },
	{ "UTF-8", "550 \xc3\xbc", "550 \xc3\xbc" },
};

static void
test_words(void **state)
{
	const struct row *r = *state;
	struct reply reply = REPLY_INIT;

	feed_all(&reply, r->lines);
	assert_string_equal(reply_words(&reply), r->want);
	reply_free(&reply);
}

static void
test_words_cut(void **state)
{
	struct reply r = REPLY_INIT;
	char *text = unit_fill('x', 5000);
	const char *shown;

	(void)state;
	text[0] = '5';
	text[1] = text[2] = '0';
	text[3] = ' ';
	assert_int_equal(feed(&r, text, 5000), REPLY_DONE);
	shown = reply_words(&r);
	assert_true(strlen(shown) <= 203);
	assert_string_equal(shown + strlen(shown) - 3, "...");
	reply_free(&r);
	free(text);
}

static const struct row ids[] = {
	{ "Postfix", "250 2.0.0 Ok: queued as 4XyZ1234567", "4XyZ1234567" },
	{ "Exim", "250 OK id=1rT2Ab-0000Cd-2e", "1rT2Ab-0000Cd-2e" },
	{ "Sendmail", "250 2.0.0 4ANH45aB012345 Message accepted for delivery",
	    "4ANH45aB012345" },
	{ "OpenSMTPD", "250 2.0.0 3b2c1d0e Message accepted for delivery",
	    "3b2c1d0e" },
	{ "Gmail", "250 2.0.0 OK  1700000000 "
	    "d2e1a72fcca58-6f1.33 - gsmtp", "d2e1a72fcca58-6f1.33" },
	{ "Exchange", "250 2.6.0 <x@y> [InternalId=123456, "
	    "Hostname=a.example] Queued mail for delivery", "123456" },
	{ "qmail", "250 ok 1700000000 qp 12345", "12345" },
	{ "in its second line", "250-2.0.0 fine|250 2.0.0 queued as AB12",
	    "AB12" },
	{ "a full stop after it", "250 queued as AB12.", "AB12" },
	{ "in angle brackets", "250 Ok <queue 77>", "77" },
	{ "none", "250 ok", "" },
	{ "no text", "250", "" },
	{ "nothing after the mark", "250 queued as ", "" },
	{ "nothing before the mark", "250  Message accepted for delivery",
	    "" },
	{ "an escape sequence", "250 queued as \033[2J", "" },
	{ "too long", "250 queued as 0123456789abcdefghij",
	    "0123456789abcde" },
};

static void
test_id(void **state)
{
	const struct row *r = *state;
	struct reply reply = REPLY_INIT;
	size_t size = strlen(r->want) == 15 ? 16 : 64;
	char *id = malloc(size);

	assert_int_equal(feed_all(&reply, r->lines), REPLY_DONE);
	reply_queue_id(&reply, id, size);
	assert_string_equal(id, r->want);
	reply_free(&reply);
	free(id);
}

int
main(void)
{
	UNIT_ROWS(rows, test_feed);
	UNIT_ROWS(kinds, test_kind);
	UNIT_ROWS(words, test_words);
	UNIT_ROWS(ids, test_id);
	UNIT_TEST(test_nul);
	UNIT_TEST(test_endless);
	UNIT_TEST(test_words_cut);
	return unit_run("reply");
}
