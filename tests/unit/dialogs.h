/*
 * dialogs.h - conversations with a scripted server, for test-session.c (one
 * line at a time) and test-drive.c (over a socket).
 */
#ifndef TESTS_DIALOGS_H
#define TESTS_DIALOGS_H

#include "smtp/session.h"

#define DIALOG_RCPTS	3
#define DIALOG_RULES	8

/* What a server says that takes few recipients at a time. */
#define EHLO_LIMIT(limits) "250-mx.example\n250-PIPELINING\n250 LIMITS " limits

#define EHLO_ALL	"250-mx.example\n250-PIPELINING\n250-SIZE 1000\n" \
			"250-8BITMIME\n250-DSN\n250-AUTH PLAIN LOGIN " \
			"CRAM-MD5\n250 ENHANCEDSTATUSCODES"
#define EHLO_TLS	"250-mx.example\n250-PIPELINING\n250 STARTTLS"
#define EHLO_UTF8	"250-mx.example\n250-PIPELINING\n250-8BITMIME\n" \
			"250-DSN\n250 SMTPUTF8"
#define EHLO_SCRAM	"250-mx.example\n250 AUTH SCRAM-SHA-256"
#define EHLO_LOGIN(words) "250-mx.example\n250 AUTH " words
#define EHLO_NONE	"250 mx.example"

/*
 * The first rule whose prefix a command has gives the reply, lines of it
 * separated by '\n'; without a rule it is "250 ok", and "354 go" to DATA.
 * "(connect)" is the greeting, "(body)" a reply to the first line of the
 * message, "." that to its end, ".<a@" with LMTP that for one recipient.
 * "HANGUP" closes the line instead.
 *
 * Each dialogue is played with DATA and with BDAT, CHUNKING being added to what
 * the server offers; one that has a rule for DATA, or for BDAT, only so.
 */
struct rule {
	const char	*command;
	const char	*reply;
};

struct dialog {
	const char		*name;
	struct rule		 rule[DIALOG_RULES];
	enum rcpt_status	 want[DIALOG_RCPTS];
	enum err_kind		 kind[DIALOG_RCPTS];	/* of each failure */
	enum err_kind		 err;			/* of the session */
	const char		*words;		/* in the session's error */
	enum session_tls	 tls;
	const char		*login;		/* a mechanism, "on", or NULL */
	int			 certificate;	/* for EXTERNAL */
	int			 naked;		/* what reveals a password must
						 * be named */
	int			 size;		/* said to be so; 0: small */
	int			 eightbit;
	const char		*notify;	/* DSN */
	int			 utf8;		/* the third one is not ASCII */
	const char		*password;	/* NULL: secret */
	int			 early;		/* makes sense only when it is
						 * read before the dot is out */
	int			 lmtp;
	int			 more;		/* some are for another line */
	int			 copies;	/* of the message; 0: one;
						 * -1: by the window */
	size_t			 rcpt_limit;	/* of a transaction, enforced */
	size_t			 mail_limit;	/* of a connection */
};

#define X10	"xxxxxxxxxx"
#define X100	X10 X10 X10 X10 X10 X10 X10 X10 X10 X10

#define SENT3	{ RCPT_SENT, RCPT_SENT, RCPT_SENT }
#define PERM3	{ RCPT_PERMFAIL, RCPT_PERMFAIL, RCPT_PERMFAIL }
#define TEMP3	{ RCPT_TEMPFAIL, RCPT_TEMPFAIL, RCPT_TEMPFAIL }
#define WAIT3	{ RCPT_WAITING, RCPT_WAITING, RCPT_WAITING }
#define DOUBT3	{ RCPT_IN_DOUBT, RCPT_IN_DOUBT, RCPT_IN_DOUBT }
#define ALL(k)	{ k, k, k }

static const struct dialog dialogs[] = {
	{ "all accepted", { { "EHLO", EHLO_ALL } }, SENT3 },
	{ "all accepted, nothing offered", { { "EHLO", EHLO_NONE } }, SENT3 },
	{ "multi-line replies everywhere",
	    { { "(connect)", "220-hello\n220-there\n220 you" },
	    { "EHLO", EHLO_ALL }, { "MAIL", "250-2.1.0 a\n250 2.1.0 b" },
	    { ".", "250-2.0.0 queued\n250 2.0.0 as X" } }, SENT3 },
	{ "251 to RCPT", { { "EHLO", EHLO_ALL },
	    { "RCPT", "251 user not local; will forward" } }, SENT3 },

	/* One bad recipient does not sink the rest. */
	{ "first recipient refused", { { "EHLO", EHLO_ALL },
	    { "RCPT TO:<a@", "550 5.1.1 who?" } },
	    { RCPT_PERMFAIL, RCPT_SENT, RCPT_SENT }, { ERR_NOUSER } },
	{ "middle recipient refused, policy", { { "EHLO", EHLO_ALL },
	    { "RCPT TO:<b@", "554 5.7.1 no" } },
	    { RCPT_SENT, RCPT_PERMFAIL, RCPT_SENT }, { 0, ERR_UNAVAIL } },
	{ "last recipient put off", { { "EHLO", EHLO_ALL },
	    { "RCPT TO:<c@", "451 4.7.1 later" } },
	    { RCPT_SENT, RCPT_SENT, RCPT_TEMPFAIL }, { 0, 0, ERR_TEMP } },
	{ "one of each", { { "EHLO", EHLO_ALL },
	    { "RCPT TO:<a@", "450 later" }, { "RCPT TO:<b@", "553 bad" } },
	    { RCPT_TEMPFAIL, RCPT_PERMFAIL, RCPT_SENT },
	    { ERR_TEMP, ERR_NOUSER } },
	{ "no recipient accepted", { { "EHLO", EHLO_ALL },
	    { "RCPT", "550 5.1.1 no" }, { "DATA", "503 5.5.1 no" } },
	    PERM3, ALL(ERR_NOUSER) },
	{ "no recipient accepted, and yet 354", { { "EHLO", EHLO_ALL },
	    { "RCPT", "550 5.1.1 no" }, { ".", "554 no recipients" } },
	    PERM3, ALL(ERR_NOUSER) },
	{ "bad data refused", { { "EHLO", EHLO_ALL },
	    { "RCPT", "554 5.6.7 no" }, { "DATA", "503 no" } },
	    PERM3, ALL(ERR_DATA) },

	/* The sender. */
	{ "sender refused", { { "EHLO", EHLO_ALL },
	    { "MAIL", "553 5.7.1 not you" }, { "RCPT", "503 need MAIL" },
	    { "DATA", "503 need RCPT" } }, PERM3, ALL(ERR_UNAVAIL) },
	{ "sender put off", { { "EHLO", EHLO_ALL },
	    { "MAIL", "451 4.3.0 later" }, { "RCPT", "503 need MAIL" },
	    { "DATA", "503 need RCPT" } }, TEMP3, ALL(ERR_TEMP) },
	{ "sender refused, login wanted", { { "EHLO", EHLO_ALL },
	    { "MAIL", "530 5.7.0 log in" }, { "RCPT", "530 log in" },
	    { "DATA", "530 log in" } }, PERM3, ALL(ERR_NOPERM) },
	{ "sender refused, DATA accepted all the same",
	    { { "EHLO", EHLO_ALL }, { "MAIL", "553 5.7.1 not you" },
	    { "RCPT", "503 need MAIL" } }, PERM3, ALL(ERR_UNAVAIL) },
	{ "sender refused, all else accepted", { { "EHLO", EHLO_ALL },
	    { "MAIL", "553 5.7.1 not you" } }, PERM3, ALL(ERR_UNAVAIL) },

	/* The message. */
	{ "DATA put off", { { "EHLO", EHLO_ALL },
	    { "DATA", "451 4.3.0 later" } }, TEMP3, ALL(ERR_TEMP) },
	{ "DATA refused", { { "EHLO", EHLO_ALL },
	    { "DATA", "554 5.5.1 no" } }, PERM3, ALL(ERR_UNAVAIL) },
	{ "250 to DATA", { { "EHLO", EHLO_ALL }, { "DATA", "250 what" } },
	    WAIT3, { 0 }, ERR_PROTOCOL, "DATA" },
	{ "message refused after the dot", { { "EHLO", EHLO_ALL },
	    { ".", "554 5.6.0 spam" } }, PERM3, ALL(ERR_DATA) },
	{ "message put off after the dot", { { "EHLO", EHLO_ALL },
	    { ".", "452 4.3.1 disk full" } }, TEMP3, ALL(ERR_TEMP) },
	{ "421 to the dot", { { "EHLO", EHLO_ALL },
	    { ".", "421 4.3.2 going down" } }, TEMP3, ALL(ERR_TEMP) },
	{ "354 to the dot", { { "EHLO", EHLO_ALL }, { ".", "354 more" } },
	    DOUBT3, ALL(ERR_TEMP), ERR_PROTOCOL, "354 more" },
	{ "221 to the dot", { { "EHLO", EHLO_ALL }, { ".", "221 bye" } },
	    DOUBT3, ALL(ERR_TEMP), ERR_PROTOCOL, "221 bye" },
	{ "hang-up after the dot", { { "EHLO", EHLO_ALL },
	    { ".", "HANGUP" } }, DOUBT3, ALL(ERR_TEMP), ERR_TEMP,
	    "no reply to the message" },
	{ "refused in the middle of the message", { { "EHLO", EHLO_ALL },
	    { "(body)", "552 5.3.4 too much" } }, PERM3, ALL(ERR_UNAVAIL) },
	{ "421 in the middle of the message", { { "EHLO", EHLO_ALL },
	    { "(body)", "421 4.3.2 going down" } }, TEMP3, ALL(ERR_TEMP) },
	{ "250 in the middle of the message", { { "EHLO", EHLO_ALL },
	    { "(body)", "250 thanks" } }, WAIT3, { 0 }, ERR_PROTOCOL,
	    "before the message was sent", .early = 1 },
	{ "too big for the server", { { "EHLO", EHLO_ALL } }, PERM3,
	    ALL(ERR_UNAVAIL), .size = 2000 },
	{ "8-bit for a 7-bit server", { { "EHLO", EHLO_NONE } }, PERM3,
	    ALL(ERR_DATA), .eightbit = 1 },
	{ "8-bit offered", { { "EHLO", EHLO_ALL },
	    { "MAIL FROM:<me@example.org> SIZE=21 BODY=8BITMIME", "250 ok" },
	    { "MAIL", "555 want BODY" } }, SENT3, .eightbit = 1 },
	{ "reports asked for", { { "EHLO", EHLO_ALL },
	    { "RCPT TO:<a@x.example> NOTIFY=SUCCESS,DELAY "
	    "ORCPT=rfc822;a@x.example", "250 ok" },
	    { "RCPT TO:<a@", "555 want NOTIFY" } }, SENT3,
	    .notify = "success,delay" },
	{ "reports on what was given", { { "EHLO", EHLO_ALL },
	    { "RCPT TO:<b@x.example> NOTIFY=NEVER ORCPT=rfc822;root+2Bb",
	    "250 ok" }, { "RCPT TO:<b@", "555 want ORCPT" } }, SENT3,
	    .notify = "never" },
	{ "reports not offered", { { "EHLO", EHLO_NONE },
	    { "RCPT TO:<a@x.example> ", "555 what" } }, SENT3,
	    .notify = "never" },

	{ "an address that needs SMTPUTF8", { { "EHLO", EHLO_UTF8 },
	    { "MAIL FROM:<me@example.org> SMTPUTF8", "250 ok" },
	    { "MAIL", "555 want SMTPUTF8" } }, SENT3, .utf8 = 1 },
	{ "an address that needs SMTPUTF8, and a report",
	    { { "EHLO", EHLO_UTF8 },
	    { "RCPT TO:<\xc3\xa4@x.example> NOTIFY=NEVER "
	    "ORCPT=utf-8;\\x{E4}@x.example", "250 ok" },
	    { "RCPT TO:<\xc3", "555 want ORCPT" } },
	    SENT3, .utf8 = 1, .notify = "never" },
	{ "SMTPUTF8 not offered", { { "EHLO", EHLO_ALL },
	    { "RCPT TO:<\xc3", "555 no" } },
	    { RCPT_SENT, RCPT_SENT, RCPT_PERMFAIL }, { 0, 0, ERR_DATA },
	    .utf8 = 1 },

	/* The opening. */
	{ "greeting refused", { { "(connect)", "554 go away" } }, WAIT3,
	    { 0 }, ERR_UNAVAIL, "554 go away" },
	{ "greeting put off", { { "(connect)", "450 later" } }, WAIT3, { 0 },
	    ERR_TEMP, "450 later" },
	{ "421 as a greeting", { { "(connect)", "421 busy" } }, WAIT3, { 0 },
	    ERR_TEMP, "421 busy" },
	{ "no SMTP at all", { { "(connect)", "SSH-2.0-OpenSSH_9.2" } }, WAIT3,
	    { 0 }, ERR_PROTOCOL, "does not speak SMTP" },
	{ "code changes within a reply",
	    { { "(connect)", "220-hello\n250 there" } }, WAIT3, { 0 },
	    ERR_PROTOCOL, "does not speak SMTP" },
	{ "EHLO put off", { { "EHLO", "451 later" } }, WAIT3, { 0 },
	    ERR_TEMP, "EHLO refused: 451 later" },
	{ "EHLO unknown, HELO taken", { { "EHLO", "502 what" } }, SENT3 },
	{ "EHLO and HELO refused", { { "EHLO", "502 what" },
	    { "HELO", "554 no" } }, WAIT3, { 0 }, ERR_UNAVAIL,
	    "HELO refused: 554 no" },
	{ "EHLO unknown where TLS is wanted", { { "EHLO", "502 what" } },
	    WAIT3, { 0 }, ERR_PROTOCOL, "STARTTLS", SESSION_STARTTLS },
	{ "EHLO unknown where login is wanted", { { "EHLO", "502 what" } },
	    WAIT3, { 0 }, ERR_UNAVAIL, "login", .login = "PLAIN" },
	{ "421 to EHLO", { { "EHLO", "421 busy" } }, WAIT3, { 0 }, ERR_TEMP,
	    "421 busy" },
	{ "STARTTLS", { { "EHLO", EHLO_TLS }, { "STARTTLS", "220 go" } },
	    SENT3, .tls = SESSION_STARTTLS },
	{ "STARTTLS not offered", { { "EHLO", EHLO_NONE } }, WAIT3, { 0 },
	    ERR_PROTOCOL, "no STARTTLS", SESSION_STARTTLS },
	{ "STARTTLS put off", { { "EHLO", EHLO_TLS },
	    { "STARTTLS", "454 later" } }, WAIT3, { 0 }, ERR_TEMP,
	    "STARTTLS refused: 454", SESSION_STARTTLS },
	{ "STARTTLS refused", { { "EHLO", EHLO_TLS },
	    { "STARTTLS", "502 no" } }, WAIT3, { 0 }, ERR_PROTOCOL,
	    "STARTTLS refused: 502", SESSION_STARTTLS },
	{ "250 to STARTTLS", { { "EHLO", EHLO_TLS },
	    { "STARTTLS", "250 ok" } }, WAIT3, { 0 }, ERR_PROTOCOL,
	    "STARTTLS refused: 250", SESSION_STARTTLS },

	/* Login. */
	{ "login PLAIN", { { "EHLO", EHLO_ALL },
	    { "AUTH PLAIN AG1lAHNlY3JldA==", "235 2.7.0 welcome" },
	    { "AUTH", "535 wrong" } }, SENT3, .login = "PLAIN" },
	{ "login LOGIN", { { "EHLO", EHLO_ALL },
	    { "AUTH LOGIN", "334 VXNlcm5hbWU6" },
	    { "bWU=", "334 UGFzc3dvcmQ6" },
	    { "c2VjcmV0", "235 welcome" }, { "AUTH", "535 wrong" } }, SENT3,
	    .login = "LOGIN" },
	{ "login CRAM-MD5", { { "EHLO", EHLO_ALL },
	    { "AUTH CRAM-MD5", "334 PDEyM0BteC5leGFtcGxlPg==" },
	    { "bWUg", "235 welcome" } }, SENT3, .login = "CRAM-MD5" },
	{ "login PLAIN, challenged again", { { "EHLO", EHLO_ALL },
	    { "AUTH PLAIN", "334 " } }, WAIT3, { 0 }, ERR_PROTOCOL,
	    "asks on", .login = "PLAIN" },
	{ "login PLAIN, too long for one line", { { "EHLO", EHLO_ALL },
	    { "AUTH PLAIN ", "500 too long" }, { "AUTH PLAIN", "334 " },
	    { "AG1lAHh4eHh4", "235 welcome" } }, SENT3, .login = "PLAIN",
	    .password = X100 X100 X100 X100 X100 },
	{ "login accepted too early", { { "EHLO", EHLO_ALL },
	    { "AUTH LOGIN", "235 welcome" } }, WAIT3, { 0 }, ERR_PROTOCOL,
	    "impostor", .login = "LOGIN" },
	{ "challenge that is not base64", { { "EHLO", EHLO_ALL },
	    { "AUTH LOGIN", "334 !!!" } }, WAIT3, { 0 }, ERR_PROTOCOL,
	    "base64", .login = "LOGIN" },
	{ "SCRAM with a million and one rounds", { { "EHLO", EHLO_SCRAM },
	    { "AUTH SCRAM-SHA-256",
	    "334 cj14LHM9UVNYQ1IrUTZzZWs4YmY5Mix5aT0xLGk9MTAwMDAwMQ==" } },
	    WAIT3, { 0 }, ERR_PROTOCOL, "1000001", .login = "SCRAM-SHA-256" },
	{ "login refused", { { "EHLO", EHLO_ALL },
	    { "AUTH", "535 5.7.8 wrong" } }, WAIT3, { 0 }, ERR_NOPERM,
	    "login by PLAIN refused: 535 5.7.8 wrong", .login = "PLAIN" },
	{ "login refused, with an odd code", { { "EHLO", EHLO_ALL },
	    { "AUTH", "535 5.6.1 x" } }, WAIT3, { 0 }, ERR_NOPERM,
	    "535 5.6.1 x", .login = "PLAIN" },
	{ "login put off", { { "EHLO", EHLO_ALL },
	    { "AUTH", "454 4.7.0 later" } }, WAIT3, { 0 }, ERR_TEMP,
	    "454", .login = "PLAIN" },
	{ "login unknown", { { "EHLO", EHLO_ALL },
	    { "AUTH", "504 what" } }, WAIT3, { 0 }, ERR_UNAVAIL,
	    "504", .login = "PLAIN" },
	{ "login OAUTHBEARER", { { "EHLO", EHLO_LOGIN("OAUTHBEARER") },
	    { "AUTH OAUTHBEARER bixhPW1lLAFob3N0PW14LmV4YW1wbGUBYXV0aD1CZWF"
	    "yZXIgc2VjcmV0AQE=", "235 welcome" }, { "AUTH", "535 wrong" } },
	    SENT3, .login = "OAUTHBEARER" },
	{ "login OAUTHBEARER denied", { { "EHLO", EHLO_LOGIN("OAUTHBEARER") },
	    { "AUTH", "334 eyJzdGF0dXMiOiJpbnZhbGlkX3Rva2VuIn0=" },
	    { "AQ==", "535 5.7.8 no" } }, WAIT3, { 0 }, ERR_NOPERM,
	    "login by OAUTHBEARER refused: 535 5.7.8 no; the server says of "
	    "the token \"invalid_token\": it has expired",
	    .login = "OAUTHBEARER" },
	{ "login OAUTHBEARER denied, and accepted all the same",
	    { { "EHLO", EHLO_LOGIN("OAUTHBEARER") },
	    { "AUTH", "334 eyJzdGF0dXMiOiJpbnZhbGlkX3Rva2VuIn0=" },
	    { "AQ==", "235 never mind" } }, WAIT3, { 0 }, ERR_PROTOCOL,
	    "impostor", .login = "OAUTHBEARER" },
	{ "login XOAUTH2 denied", { { "(connect)", "220 mx.example" },
	    { "EHLO", EHLO_LOGIN("XOAUTH2") }, { "QUIT", "221 bye" },
	    { "AUTH XOAUTH2 dXNlcj1tZQFhdXRoPUJlYXJlciBzZWNyZXQBAQ==",
	    "334 eyJzdGF0dXMiOiI0MDAiLCJzY29wZSI6Ing6Ly95In0=" },
	    { "", "535 5.7.8 no" } }, WAIT3, { 0 }, ERR_NOPERM,
	    "the server says of the token \"400\", scope \"x://y\"",
	    .login = "XOAUTH2" },
	{ "login EXTERNAL", { { "EHLO", EHLO_LOGIN("EXTERNAL PLAIN") },
	    { "AUTH EXTERNAL bWU=", "235 welcome" }, { "AUTH", "535 no" } },
	    SENT3, .login = "on", .certificate = 1 },
	{ "login EXTERNAL refused, then PLAIN",
	    { { "EHLO", EHLO_LOGIN("EXTERNAL PLAIN") },
	    { "AUTH EXTERNAL", "535 5.7.8 who" },
	    { "AUTH PLAIN AG1lAHNlY3JldA==", "235 welcome" } }, SENT3,
	    .login = "on", .certificate = 1 },
	{ "login 504, then another", { { "EHLO", EHLO_ALL },
	    { "AUTH CRAM-MD5", "504 5.5.4 what" },
	    { "AUTH PLAIN AG1lAHNlY3JldA==", "235 welcome" } }, SENT3,
	    .login = "on" },
	{ "login 504 to all", { { "EHLO", EHLO_ALL },
	    { "AUTH", "504 5.5.4 what" } }, WAIT3, { 0 }, ERR_UNAVAIL,
	    "login by LOGIN refused: 504 5.5.4 what; before that, login by "
	    "CRAM-MD5 refused: 504 5.5.4 what; login by PLAIN refused: 504",
	    .login = "on" },
	{ "login 504, and the rest would reveal", { { "EHLO", EHLO_ALL },
	    { "AUTH CRAM-MD5", "504 5.5.4 what" }, { "AUTH", "235 thanks" } },
	    WAIT3, { 0 }, ERR_UNAVAIL, "login by CRAM-MD5 refused: 504",
	    .login = "on", .naked = 1 },
	{ "login wrong, and no other way is tried", { { "EHLO", EHLO_ALL },
	    { "AUTH CRAM-MD5", "535 5.7.8 wrong" }, { "AUTH", "235 yes" } },
	    WAIT3, { 0 }, ERR_NOPERM, "535 5.7.8 wrong", .login = "on" },
	{ "login not understood after the proof", { { "EHLO", EHLO_ALL },
	    { "AUTH CRAM-MD5", "334 PDEyM0BteC5leGFtcGxlPg==" },
	    { "bWUg", "501 5.5.2 what" }, { "AUTH", "235 thanks" } }, WAIT3,
	    { 0 }, ERR_NOPERM, "login by CRAM-MD5 refused: 501 5.5.2 what",
	    .login = "on" },
	{ "login stuck, cancelled, then another", { { "EHLO", EHLO_ALL },
	    { "AUTH CRAM-MD5", "334 !!!" }, { "*", "501 5.7.0 cancelled" },
	    { "AUTH PLAIN AG1lAHNlY3JldA==", "235 welcome" } }, SENT3,
	    .login = "on" },
	{ "login stuck twice", { { "EHLO", EHLO_LOGIN("CRAM-MD5 LOGIN") },
	    { "AUTH CRAM-MD5", "334 !!!" }, { "*", "501 5.7.0 cancelled" },
	    { "AUTH LOGIN", "334 ???" } }, WAIT3, { 0 }, ERR_PROTOCOL,
	    "LOGIN: the challenge is not base64; before that, CRAM-MD5: the "
	    "challenge is not base64", .login = "on" },
	{ "login stuck, and cancelling is too", { { "EHLO", EHLO_ALL },
	    { "AUTH CRAM-MD5", "334 !!!" }, { "*", "334 go on" },
	    { "AUTH", "235 welcome" } }, WAIT3, { 0 }, ERR_PROTOCOL,
	    "that was cancelled: 334 ***", .login = "on" },
	{ "login stuck, and accepted", { { "EHLO", EHLO_ALL },
	    { "AUTH CRAM-MD5", "334 !!!" }, { "*", "235 welcome" } }, WAIT3,
	    { 0 }, ERR_PROTOCOL, "that was cancelled: 235", .login = "on" },
	{ "login by an impostor, and no other way is tried",
	    { { "EHLO", EHLO_LOGIN("SCRAM-SHA-256 PLAIN") },
	    { "AUTH SCRAM-SHA-256",
	    "334 cj14LHM9UVNYQ1IrUTZzZWs4YmY5MixpPTQwOTY=" },
	    { "*", "501 cancelled" }, { "AUTH", "235 thanks" } }, WAIT3,
	    { 0 }, ERR_PROTOCOL, "did not prove", .login = "on" },
	{ "login held, refused, then another",
	    { { "EHLO", EHLO_LOGIN("PLAIN LOGIN") },
	    { "AUTH PLAIN", "504 no" }, { "AUTH LOGIN", "334 VXNlcm5hbWU6" },
	    { "bWU=", "334 UGFzc3dvcmQ6" }, { "eHh4", "235 welcome" } },
	    SENT3, .login = "on", .password = X100 X100 X100 X100 X100 },
	{ "login not offered", { { "EHLO", EHLO_TLS } }, WAIT3, { 0 },
	    ERR_UNAVAIL, "no login", .login = "PLAIN" },
	{ "login of that kind not offered", { { "EHLO", EHLO_ALL } }, WAIT3,
	    { 0 }, ERR_UNAVAIL, "SCRAM-SHA-256", .login = "SCRAM-SHA-256" },

	/* Few recipients at a time. */
	{ "RCPTMAX=1", { { "EHLO", EHLO_LIMIT("RCPTMAX=1") } }, SENT3,
	    .copies = 3, .rcpt_limit = 1 },
	{ "RCPTMAX=2", { { "EHLO", EHLO_LIMIT("RCPTMAX=2 MAILMAX=9") } },
	    SENT3, .copies = 2, .rcpt_limit = 2 },
	{ "RCPTMAX=3", { { "EHLO", EHLO_LIMIT("MAILMAX=1 RCPTMAX=3") } },
	    SENT3, .rcpt_limit = 3, .mail_limit = 1 },
	{ "RCPTMAX=2, and one of them refused",
	    { { "EHLO", EHLO_LIMIT("RCPTMAX=2") },
	    { "RCPT TO:<a@", "550 5.1.1 no" } },
	    { RCPT_PERMFAIL, RCPT_SENT, RCPT_SENT }, { ERR_NOUSER },
	    .copies = 2, .rcpt_limit = 2 },
	{ "RCPTMAX=1, and all refused",
	    { { "EHLO", EHLO_LIMIT("RCPTMAX=1") },
	    { "RCPT", "550 5.1.1 no" }, { "DATA", "503 no" } }, PERM3,
	    ALL(ERR_NOUSER), .rcpt_limit = 1 },
	{ "RCPTMAX=1, and the sender refused",
	    { { "EHLO", EHLO_LIMIT("RCPTMAX=1") },
	    { "MAIL", "550 5.7.1 not you" } }, PERM3, ALL(ERR_UNAVAIL),
	    .rcpt_limit = 1 },
	{ "RCPTMAX=1, MAILMAX=2",
	    { { "EHLO", EHLO_LIMIT("RCPTMAX=1 MAILMAX=2") } },
	    { RCPT_SENT, RCPT_SENT, RCPT_WAITING }, .more = 1, .copies = 2,
	    .rcpt_limit = 1, .mail_limit = 2 },
	{ "RCPTMAX=1, and two transactions, unsaid",
	    { { "EHLO", EHLO_LIMIT("RCPTMAX=1") } },
	    { RCPT_SENT, RCPT_SENT, RCPT_WAITING }, .more = 1, .copies = -1,
	    .rcpt_limit = 1, .mail_limit = 2 },
	{ "RCPTMAX=1, message refused once",
	    { { "EHLO", EHLO_LIMIT("RCPTMAX=1") }, { ".", "554 5.6.0 no" } },
	    PERM3, ALL(ERR_DATA), .rcpt_limit = 1 },
	{ "one at a time, unsaid", { { "EHLO", EHLO_ALL },
	    { "DATA", "354 go" } }, SENT3, .copies = 3, .rcpt_limit = 1 },
	{ "two at a time, unsaid", { { "EHLO", EHLO_ALL },
	    { "DATA", "354 go" } }, SENT3, .copies = 2, .rcpt_limit = 2 },
	{ "452 to the only ones left", { { "EHLO", EHLO_ALL },
	    { "RCPT", "452 4.5.3 too many" }, { "DATA", "503 no" } }, TEMP3,
	    ALL(ERR_TEMP) },
	{ "452 for another reason", { { "EHLO", EHLO_ALL },
	    { "RCPT TO:<b@", "452 4.2.2 mailbox full" } },
	    { RCPT_SENT, RCPT_TEMPFAIL, RCPT_SENT }, { 0, ERR_TEMP } },
	{ "552 for the same", { { "EHLO", EHLO_ALL },
	    { "RCPT TO:<b@", "552 5.2.2 mailbox full" } },
	    { RCPT_SENT, RCPT_PERMFAIL, RCPT_SENT }, { 0, ERR_UNAVAIL } },
	{ "452 without a reason, twice", { { "EHLO", EHLO_ALL },
	    { "RCPT TO:<b@", "452 no" }, { "DATA", "354 go" } },
	    { RCPT_SENT, RCPT_TEMPFAIL, RCPT_SENT }, { 0, ERR_TEMP },
	    .copies = -1 },
	{ "RCPTDOMAINMAX=1, one domain",
	    { { "EHLO", EHLO_LIMIT("RCPTDOMAINMAX=1") } }, SENT3 },

	/* All in one flight. */
	{ "BDAT refused", { { "EHLO", EHLO_ALL }, { "BDAT", "554 5.6.0 no" } },
	    PERM3, ALL(ERR_DATA) },
	{ "BDAT put off", { { "EHLO", EHLO_ALL },
	    { "BDAT", "452 4.3.1 full" } }, TEMP3, ALL(ERR_TEMP) },
	{ "221 to BDAT", { { "EHLO", EHLO_ALL }, { "BDAT", "221 bye" } },
	    DOUBT3, ALL(ERR_TEMP), ERR_PROTOCOL, "221 bye" },
	{ "354 to BDAT", { { "EHLO", EHLO_ALL }, { "BDAT", "354 go" } },
	    DOUBT3, ALL(ERR_TEMP), ERR_PROTOCOL, "354 go" },
	{ "hang-up after BDAT", { { "EHLO", EHLO_ALL }, { "BDAT", "HANGUP" } },
	    DOUBT3, ALL(ERR_TEMP), ERR_TEMP, "no reply to the message" },
	{ "nobody accepted, and BDAT is", { { "EHLO", EHLO_ALL },
	    { "RCPT", "550 5.1.1 no" }, { "BDAT", "250 ok" } }, PERM3,
	    ALL(ERR_NOUSER) },

	/* LMTP: a reply for each recipient. */
	{ "LMTP", { { "LHLO", EHLO_ALL }, { "EHLO", "500 what" } }, SENT3,
	    .lmtp = 1 },
	{ "LMTP, one of three refused at the end", { { "LHLO", EHLO_ALL },
	    { ".<b@", "550 5.2.1 mailbox closed" } },
	    { RCPT_SENT, RCPT_PERMFAIL, RCPT_SENT }, { 0, ERR_NOUSER },
	    .lmtp = 1 },
	{ "LMTP, each another way", { { "LHLO", EHLO_ALL },
	    { "RCPT TO:<a@", "550 5.1.1 no" }, { ".<b@", "452 4.2.2 full" } },
	    { RCPT_PERMFAIL, RCPT_TEMPFAIL, RCPT_SENT },
	    { ERR_NOUSER, ERR_TEMP }, .lmtp = 1 },
	{ "LMTP, nobody accepted", { { "LHLO", EHLO_ALL },
	    { "RCPT", "550 5.1.1 no" }, { "DATA", "503 no" } },
	    PERM3, ALL(ERR_NOUSER), .lmtp = 1 },
	{ "LMTP, hang-up between two", { { "LHLO", EHLO_ALL },
	    { ".<b@", "HANGUP" } },
	    { RCPT_SENT, RCPT_IN_DOUBT, RCPT_IN_DOUBT },
	    { 0, ERR_TEMP, ERR_TEMP }, ERR_TEMP, "no reply to the message",
	    .lmtp = 1 },
	{ "LMTP, 421 for one", { { "LHLO", EHLO_ALL },
	    { ".<b@", "421 4.3.2 down" } },
	    { RCPT_SENT, RCPT_TEMPFAIL, RCPT_IN_DOUBT },
	    { 0, ERR_TEMP, ERR_TEMP }, .lmtp = 1 },
	{ "LMTP, two at a time", { { "LHLO", EHLO_LIMIT("RCPTMAX=2") } },
	    SENT3, .lmtp = 1, .copies = 2, .rcpt_limit = 2 },
	{ "LMTP to one who speaks SMTP only", { { "LHLO", "500 what" } },
	    WAIT3, { 0 }, ERR_UNAVAIL, "does the server speak LMTP",
	    .lmtp = 1 },

	/* At odds with the protocol. */
	{ "421 to RCPT", { { "EHLO", EHLO_ALL },
	    { "RCPT TO:<b@", "421 4.3.2 going down" } }, WAIT3, { 0 },
	    ERR_TEMP, "421" },
	{ "354 to RCPT", { { "EHLO", EHLO_ALL },
	    { "RCPT TO:<b@", "354 go" }, { "DATA", "354 go" } }, WAIT3, { 0 },
	    ERR_PROTOCOL, "RCPT" },
	{ "334 to MAIL", { { "EHLO", EHLO_ALL }, { "MAIL", "334 x" },
	    { "DATA", "354 go" } }, WAIT3, { 0 }, ERR_PROTOCOL, "MAIL" },
};

#define NDIALOGS	(sizeof(dialogs) / sizeof(dialogs[0]))

static const char dialog_message[] = "Subject: x\r\n\r\n.\r\nhi\r\n";

static inline const char *
dialog_reply(const struct dialog *d, const char *command)
{
	size_t i;

	for (i = 0; i < DIALOG_RULES && d->rule[i].command != NULL; i++)
		if (strncmp(command, d->rule[i].command,
		    strlen(d->rule[i].command)) == 0)
			return d->rule[i].reply;
	if (strcmp(command, "(connect)") == 0)
		return "220 mx.example";
	if (command[0] == '(')
		return NULL;
	return strcmp(command, "DATA") == 0 ? "354 go" : "250 ok";
}

/* Is there a rule for this very command? */
static inline int
dialog_rules(const struct dialog *d, const char *command)
{
	size_t i;

	for (i = 0; i < DIALOG_RULES && d->rule[i].command != NULL; i++)
		if (strncmp(command, d->rule[i].command,
		    strlen(command)) == 0)
			return 1;
	return 0;
}

static inline int
dialog_password(void *arg, const char **password, struct err *e)
{
	const struct dialog *d = arg;

	(void)e;
	*password = d->password != NULL ? d->password : "secret";
	return 0;
}

static inline struct sasl_params
dialog_login(const struct dialog *d)
{
	int named = d->login != NULL && strcmp(d->login, "on") != 0;

	return (struct sasl_params){ .user = "me", .host = "mx.example",
	    .protected = !d->naked, .certificate = d->certificate,
	    .mechanisms = named ? d->login : NULL, .ask = dialog_password,
	    .arg = (void *)(uintptr_t)d };
}

static inline void
dialog_envelope(const struct dialog *d, struct envelope *env)
{
	*env = (struct envelope)ENVELOPE_INIT;
	envelope_sender(env, "me@example.org");
	envelope_add(env, "a@x.example", "a@x.example");
	envelope_add(env, "b@x.example", "root+b");
	envelope_given(env, 1, "root+b");
	if (d->utf8)
		envelope_add(env, "\xc3\xa4@x.example", "\xc3\xa4@x.example");
	else
		envelope_add(env, "c@x.example", "c@x.example");
}

#endif
