#include "unit.h"

#include "mail/encoded.h"
#include "mail/headfit.h"
#include "mail/message.h"

#define HEADER_ROOM	(8 * 1024 * 1024)

static const struct headfit PLAIN = { 0, 0 }, UTF8 = { 1, 0 },
    NESTED = { 0, 1 };

/* Line ends are LF here, and CRLF there. */
static void
load(struct header *h, const char *text, size_t n)
{
	size_t i;

	*h = (struct header){ .raw = BUF_MAX(HEADER_ROOM) };
	for (i = 0; i < n; i++) {
		if (text[i] == '\n')
			buf_addc(&h->raw, '\r');
		buf_addc(&h->raw, text[i]);
	}
	header_index(h);
}

static void
save(struct buf *b, const struct header *h)
{
	const struct field *f;
	size_t i, k;

	for (i = 0; i < h->n; i++) {
		f = &h->field[i];
		for (k = 0; !f->gone && k < f->len; k++)
			if (f->text[k] != '\r')
				buf_addc(b, f->text[k]);
	}
}

/* What comes out is NULL where nothing changes, "ERR ..." for an error. */
struct row {
	const char	*name;
	const char	*in;
	size_t		 n;
	const char	*out;
	const struct headfit *how;
};

static const struct row texts[] = {
	{ "ASCII stays",
	    LIT("Subject: plain text\n"),
	    NULL, &PLAIN },
	{ "an odd layout stays",
	    LIT("SUBJECT :  a\t b  \n"
	    "\t c \n"),
	    NULL, &PLAIN },
	{ "one word",
	    LIT("Subject: Köln\n"),
	    "Subject: =?UTF-8?B?S8O2bG4=?=\n", &PLAIN },
	{ "Q where it is not longer",
	    LIT("Subject: a long word: Rindfleischetikettierungsgeset"
	    "zänderung\n"),
	    "Subject: a long word: =?UTF-8?Q?Rindfleischetikettie"
	    "rungsgesetz=C3=A4nderu?=\n"
	    " =?UTF-8?Q?ng?=\n", &PLAIN },
	{ "B where it is shorter",
	    LIT("Subject: Привет\n"),
	    "Subject: =?UTF-8?B?0J/RgNC40LLQtdGC?=\n", &PLAIN },
	{ "the first word",
	    LIT("Subject: Grüße aus Bonn\n"),
	    "Subject: =?UTF-8?B?R3LDvMOfZQ==?= aus Bonn\n", &PLAIN },
	{ "the last word",
	    LIT("Subject: viele Grüße\n"),
	    "Subject: viele =?UTF-8?B?R3LDvMOfZQ==?=\n", &PLAIN },
	{ "words apart",
	    LIT("Subject: Grüße aus Köln\n"),
	    "Subject: =?UTF-8?B?R3LDvMOfZQ==?= aus =?UTF-8?B?S8O2"
	    "bG4=?=\n", &PLAIN },
	{ "words together",
	    LIT("Subject: schöne Grüße an alle\n"),
	    "Subject: =?UTF-8?B?c2Now7ZuZSBHcsO8w59l?= an alle\n", &PLAIN },
	{ "no blank after the colon",
	    LIT("Subject:Grüße\n"),
	    "Subject: =?UTF-8?B?R3LDvMOfZQ==?=\n", &PLAIN },
	{ "no blank after the colon, ASCII first",
	    LIT("Subject:viele Grüße\n"),
	    "Subject:viele =?UTF-8?B?R3LDvMOfZQ==?=\n", &PLAIN },
	{ "tabs and blanks between ASCII stay",
	    LIT("Subject: a\tb  c \t d é\n"),
	    "Subject: a\tb  c \t d =?UTF-8?B?w6k=?=\n", &PLAIN },
	{ "blanks between encoded ones survive",
	    LIT("Subject: é \t  è\n"),
	    "Subject: =?UTF-8?B?w6kgCSAgw6g=?=\n", &PLAIN },
	{ "a blank at the end",
	    LIT("Subject: é \n"),
	    "Subject: =?UTF-8?B?w6k=?= \n", &PLAIN },
	{ "white space before the colon goes",
	    LIT("Subject : é\n"),
	    "Subject: =?UTF-8?B?w6k=?=\n", &PLAIN },
	{ "name as written",
	    LIT("sUBJECT: é\n"),
	    "sUBJECT: =?UTF-8?B?w6k=?=\n", &PLAIN },
	{ "a fold between ASCII stays",
	    LIT("Subject: a\n"
	    " b é\n"),
	    "Subject: a\n"
	    " b =?UTF-8?B?w6k=?=\n", &PLAIN },
	{ "a fold beside stays",
	    LIT("Subject: é\n"
	    " b\n"),
	    "Subject: =?UTF-8?B?w6k=?=\n"
	    " b\n", &PLAIN },
	{ "a fold within is undone",
	    LIT("Subject: é\n"
	    "\tè\n"),
	    "Subject: =?UTF-8?B?w6kJw6g=?=\n", &PLAIN },
	{ "an encoded-word before",
	    LIT("Subject: =?UTF-8?Q?a?= é\n"),
	    "Subject: =?UTF-8?Q?a?= =?UTF-8?B?IMOp?=\n", &PLAIN },
	{ "an encoded-word after",
	    LIT("Subject: é =?UTF-8?Q?a?=\n"),
	    "Subject: =?UTF-8?B?w6kg?= =?UTF-8?Q?a?=\n", &PLAIN },
	{ "an encoded-word on both sides",
	    LIT("Subject: =?UTF-8?Q?a?=  é\t=?UTF-8?Q?b?=\n"),
	    "Subject: =?UTF-8?Q?a?= =?UTF-8?B?ICDDqQk=?= =?UTF-8?"
	    "Q?b?=\n", &PLAIN },
	{ "an encoded-word and ASCII between",
	    LIT("Subject: =?UTF-8?Q?a?= b é\n"),
	    "Subject: =?UTF-8?Q?a?= b =?UTF-8?B?w6k=?=\n", &PLAIN },
	{ "two that were there",
	    LIT("Subject: =?UTF-8?Q?a?= =?UTF-8?Q?b?= é\n"),
	    "Subject: =?UTF-8?Q?a?= =?UTF-8?Q?b?= =?UTF-8?B?IMOp?"
	    "=\n", &PLAIN },
	{ "an encoded-word behind a fold",
	    LIT("Subject: é\n"
	    " =?UTF-8?Q?a?=\n"),
	    "Subject: =?UTF-8?B?w6kg?= =?UTF-8?Q?a?=\n", &PLAIN },
	{ "only encoded-words",
	    LIT("Subject: =?utf-8?q?a?=\n"
	    " =?iso-8859-1?B?5A==?=\n"),
	    NULL, &PLAIN },
	{ "what only looks like one",
	    LIT("Subject: =?UTF-8?X?a?= é\n"),
	    "Subject: =?UTF-8?X?a?= =?UTF-8?B?w6k=?=\n", &PLAIN },
	{ "raw text in one",
	    LIT("Subject: =?UTF-8?Q?Köln?= a\n"),
	    "Subject: =?UTF-8?B?PT9VVEYtOD9RP0vDtmxuPz0=?= a\n", &PLAIN },
	{ "underscore, question mark, equals",
	    LIT("Subject: é_?=\n"),
	    "Subject: =?UTF-8?B?w6lfPz0=?=\n", &PLAIN },
	{ "an emoji at the start",
	    LIT("Subject: 🎉 Party\n"),
	    "Subject: =?UTF-8?B?8J+OiQ==?= Party\n", &PLAIN },
	{ "an emoji at the end",
	    LIT("Subject: Party 🎉\n"),
	    "Subject: Party =?UTF-8?B?8J+OiQ==?=\n", &PLAIN },
	{ "emoji joined by others",
	    LIT("Subject: 👩\342\200\215👩\342\200\215👧 hi\n"),
	    "Subject: =?UTF-8?B?8J+RqeKAjfCfkanigI3wn5Gn?= hi\n", &PLAIN },
	{ "an ESC is encoded with it",
	    LIT("Subject: é\033[2J\n"),
	    "Subject: =?UTF-8?B?w6kbWzJK?=\n", &PLAIN },
	{ "Comments",
	    LIT("Comments: schön\n"),
	    "Comments: =?UTF-8?B?c2Now7Zu?=\n", &PLAIN },
	{ "Content-Description",
	    LIT("Content-Description: Übersicht\n"),
	    "Content-Description: =?UTF-8?Q?=C3=9Cbersicht?=\n", &PLAIN },
	{ "a field of one's own",
	    LIT("X-Strasse: Köln\n"),
	    "X-Strasse: =?UTF-8?B?S8O2bG4=?=\n", &PLAIN },
	{ "User-Agent",
	    LIT("User-Agent: Böse/1.0 (é)\n"),
	    "User-Agent: =?UTF-8?B?QsO2c2UvMS4wICjDqSk=?=\n", &PLAIN },
	{ "cron",
	    LIT("Subject: Cron <root@höst> /usr/bin/läuft.sh\n"),
	    "Subject: Cron =?UTF-8?Q?<root@h=C3=B6st>_/usr/bin/l="
	    "C3=A4uft.sh?=\n", &PLAIN },
	{ "PHP",
	    LIT("Subject: Ihre Bestellung Nr. 4711 bei \"Müller & Söh"
	    "ne\"\n"),
	    "Subject: Ihre Bestellung Nr. 4711 bei =?UTF-8?Q?\"M="
	    "C3=BCller?= &\n"
	    " =?UTF-8?Q?S=C3=B6hne\"?=\n", &PLAIN },
	{ "Outlook",
	    LIT("Thread-Topic: WG: Rückfrage\n"),
	    "Thread-Topic: WG: =?UTF-8?Q?R=C3=BCckfrage?=\n", &PLAIN },
	{ "git",
	    LIT("Subject: [PATCH 1/2] docs: fix Łukasz's name\n"),
	    "Subject: [PATCH 1/2] docs: fix =?UTF-8?B?xYF1a2Fzeid"
	    "z?= name\n", &PLAIN },
	{ "Japanese, 30 characters",
	    LIT("Subject: 今日は世界です今日は世界です今日は世界です今日は世界です終わ\n"),
	    "Subject: =?UTF-8?B?5LuK5pel44Gv5LiW55WM44Gn44GZ5LuK5"
	    "pel44Gv5LiW55WM44Gn?=\n"
	    " =?UTF-8?B?44GZ5LuK5pel44Gv5LiW55WM44Gn44GZ5LuK5pel4"
	    "4Gv5LiW55WM44Gn44GZ?=\n"
	    " =?UTF-8?B?57WC44KP?=\n", &PLAIN },
	{ "Chinese, 300 characters",
	    LIT("Subject: 中文邮件主题测试中文邮件主题测试中文邮件主题测试中文邮件主题测试中文邮件主题测试中文邮"
	    "件主题测试中文邮件主题测试中文邮件主题测试中文邮件主题测试中文邮件主题测试中文邮件主题测试中文邮件主题测"
	    "试中文邮件主题测试中文邮件主题测试中文邮件主题测试中文邮件主题测试中文邮件主题测试中文邮件主题测试中文邮"
	    "件主题测试中文邮件主题测试中文邮件主题测试中文邮件主题测试中文邮件主题测试中文邮件主题测试中文邮件主题测"
	    "试中文邮件主题测试中文邮件主题测试中文邮件主题测试中文邮件主题测试中文邮件主题测试中文邮件主题测试中文邮"
	    "件主题测试中文邮件主题测试中文邮件主题测试中文邮件主题测试中文邮件主题测试中文邮件主题测试结束\n"),
	    "Subject: =?UTF-8?B?5Lit5paH6YKu5Lu25Li76aKY5rWL6K+V5"
	    "Lit5paH6YKu5Lu25Li7?=\n"
	    " =?UTF-8?B?6aKY5rWL6K+V5Lit5paH6YKu5Lu25Li76aKY5rWL6"
	    "K+V5Lit5paH6YKu5Lu2?=\n"
	    " =?UTF-8?B?5Li76aKY5rWL6K+V5Lit5paH6YKu5Lu25Li76aKY5"
	    "rWL6K+V5Lit5paH6YKu?=\n"
	    " =?UTF-8?B?5Lu25Li76aKY5rWL6K+V5Lit5paH6YKu5Lu25Li76"
	    "aKY5rWL6K+V5Lit5paH?=\n"
	    " =?UTF-8?B?6YKu5Lu25Li76aKY5rWL6K+V5Lit5paH6YKu5Lu25"
	    "Li76aKY5rWL6K+V5Lit?=\n"
	    " =?UTF-8?B?5paH6YKu5Lu25Li76aKY5rWL6K+V5Lit5paH6YKu5"
	    "Lu25Li76aKY5rWL6K+V?=\n"
	    " =?UTF-8?B?5Lit5paH6YKu5Lu25Li76aKY5rWL6K+V5Lit5paH6"
	    "YKu5Lu25Li76aKY5rWL?=\n"
	    " =?UTF-8?B?6K+V5Lit5paH6YKu5Lu25Li76aKY5rWL6K+V5Lit5"
	    "paH6YKu5Lu25Li76aKY?=\n"
	    " =?UTF-8?B?5rWL6K+V5Lit5paH6YKu5Lu25Li76aKY5rWL6K+V5"
	    "Lit5paH6YKu5Lu25Li7?=\n"
	    " =?UTF-8?B?6aKY5rWL6K+V5Lit5paH6YKu5Lu25Li76aKY5rWL6"
	    "K+V5Lit5paH6YKu5Lu2?=\n"
	    " =?UTF-8?B?5Li76aKY5rWL6K+V5Lit5paH6YKu5Lu25Li76aKY5"
	    "rWL6K+V5Lit5paH6YKu?=\n"
	    " =?UTF-8?B?5Lu25Li76aKY5rWL6K+V5Lit5paH6YKu5Lu25Li76"
	    "aKY5rWL6K+V5Lit5paH?=\n"
	    " =?UTF-8?B?6YKu5Lu25Li76aKY5rWL6K+V5Lit5paH6YKu5Lu25"
	    "Li76aKY5rWL6K+V5Lit?=\n"
	    " =?UTF-8?B?5paH6YKu5Lu25Li76aKY5rWL6K+V5Lit5paH6YKu5"
	    "Lu25Li76aKY5rWL6K+V?=\n"
	    " =?UTF-8?B?5Lit5paH6YKu5Lu25Li76aKY5rWL6K+V5Lit5paH6"
	    "YKu5Lu25Li76aKY5rWL?=\n"
	    " =?UTF-8?B?6K+V5Lit5paH6YKu5Lu25Li76aKY5rWL6K+V5Lit5"
	    "paH6YKu5Lu25Li76aKY?=\n"
	    " =?UTF-8?B?5rWL6K+V5Lit5paH6YKu5Lu25Li76aKY5rWL6K+V5"
	    "Lit5paH6YKu5Lu25Li7?=\n"
	    " =?UTF-8?B?6aKY5rWL6K+V5Lit5paH6YKu5Lu25Li76aKY5rWL6"
	    "K+V5Lit5paH6YKu5Lu2?=\n"
	    " =?UTF-8?B?5Li76aKY5rWL6K+V5Lit5paH6YKu5Lu25Li76aKY5"
	    "rWL6K+V5Lit5paH6YKu?=\n"
	    " =?UTF-8?B?5Lu25Li76aKY5rWL6K+V5Lit5paH6YKu5Lu25Li76"
	    "aKY5rWL6K+V57uT5p2f?=\n", &PLAIN },
	{ "Greek in words",
	    LIT("Subject: Καλημέρα κόσμε, τι κάνετε σήμερα; Ελπίζω να"
	    " είστε όλοι καλά\n"),
	    "Subject: =?UTF-8?B?zprOsc67zrfOvM6tz4HOsSDOus+Mz4POv"
	    "M61LCDPhM65IM66zqw=?=\n"
	    " =?UTF-8?B?zr3Otc+EzrUgz4POrs68zrXPgc6xOyDOlc67z4DOr"
	    "862z4kgzr3OsSDOtc6v?=\n"
	    " =?UTF-8?B?z4PPhM61IM+MzrvOv865IM66zrHOu86s?=\n", &PLAIN },
	{ "a fold before rather than in a word",
	    LIT("Subject: this is a long line of ASCII, which ends ne"
	    "ar column seventy Jörg!\n"),
	    "Subject: this is a long line of ASCII, which ends ne"
	    "ar column seventy\n"
	    " =?UTF-8?B?SsO2cmch?=\n", &PLAIN },
	{ "ASCII behind gets a fold",
	    LIT("Subject: Übersicht of all that has happened in the l"
	    "ast month and in the one before that\n"),
	    "Subject: =?UTF-8?Q?=C3=9Cbersicht?= of all that has "
	    "happened in the last\n"
	    " month and in the one before that\n", &PLAIN },
	{ "a long name of a field",
	    LIT("X-This-Is-A-Name-Of-A-Field-Which-Is-Longer-Than-Sev"
	    "enty-Columns-Would-Be: é\n"),
	    "X-This-Is-A-Name-Of-A-Field-Which-Is-Longer-Than-Sev"
	    "enty-Columns-Would-Be:\n"
	    " =?UTF-8?B?w6k=?=\n", &PLAIN },
	{ "Latin-1 without a locale",
	    LIT("Subject: Gr\xfc\xdf" "e\n"),
	    "Subject: =?unknown-8bit?B?R3L832U=?=\n", &PLAIN },
	{ "Latin-1 beside UTF-8",
	    LIT("Subject: Gr\xfc\xdf" "e \xc3\xa9 a\n"),
	    "Subject: =?unknown-8bit?B?R3L832U=?= =?UTF-8?B?IMOp?"
	    "= a\n", &PLAIN },
	{ "UTF-8 cut short",
	    LIT("Subject: caf\xc3\xa9 caf\xc3\n"),
	    "Subject: =?UTF-8?B?Y2Fmw6k=?= =?unknown-8bit?Q?_caf="
	    "C3?=\n", &PLAIN },
	{ "an overlong form is not UTF-8",
	    LIT("Subject: \xc0\xaf\n"),
	    "Subject: =?unknown-8bit?B?wK8=?=\n", &PLAIN },
	{ "a surrogate is not UTF-8",
	    LIT("Subject: \xed\xa0\x80\n"),
	    "Subject: =?unknown-8bit?B?7aCA?=\n", &PLAIN },
	{ "a NUL is a blank",
	    LIT("Subject: a\000b\n"),
	    "Subject: a b\n", &PLAIN },
	{ "a NUL beside 8-bit text",
	    LIT("Subject: é\000è\n"),
	    "Subject: =?UTF-8?B?w6kgw6g=?=\n", &PLAIN },
	{ "utf8: UTF-8 stays",
	    LIT("Subject: Grüße\n"),
	    NULL, &UTF8 },
	{ "utf8: Latin-1 does not",
	    LIT("Subject: Gr\xfc\xdf" "e\n"),
	    "Subject: =?unknown-8bit?B?R3L832U=?=\n", &UTF8 },
	{ "utf8: a NUL is a blank",
	    LIT("Subject: é\000a\n"),
	    "Subject: é a\n", &UTF8 },
	{ "nested: the same",
	    LIT("Subject: Grüße\n"),
	    "Subject: =?UTF-8?B?R3LDvMOfZQ==?=\n", &NESTED },
	{ "fields around stay",
	    LIT("A:b\n"
	    "Subject: é\n"
	    "C :d\n"
	    "  e\n"),
	    "A:b\n"
	    "Subject: =?UTF-8?B?w6k=?=\n"
	    "C :d\n"
	    "  e\n", &PLAIN },
	{ "an empty field",
	    LIT("Subject:\n"
	    "X-A: é\n"),
	    "Subject:\n"
	    "X-A: =?UTF-8?B?w6k=?=\n", &PLAIN },
	{ "only 8-bit text and blanks",
	    LIT("Subject:   é   \n"),
	    "Subject:   =?UTF-8?B?w6k=?=   \n", &PLAIN },
};

static const struct row addresses[] = {
	{ "ASCII stays",
	    LIT("To: \"a b\" <a@b> (c), d : e@f ;\n"),
	    NULL, &PLAIN },
	{ "a name",
	    LIT("From: Jörg <j@x.org>\n"),
	    "From: =?UTF-8?B?SsO2cmc=?= <j@x.org>\n", &PLAIN },
	{ "a name of two words",
	    LIT("From: Jörg Müller <j@x.org>\n"),
	    "From: =?UTF-8?B?SsO2cmcgTcO8bGxlcg==?= <j@x.org>\n", &PLAIN },
	{ "a name with an ASCII word",
	    LIT("From: Dr. Jörg Miller <j@x.org>\n"),
	    "From: =?UTF-8?Q?Dr=2E_J=C3=B6rg_Miller?= <j@x.org>\n", &PLAIN },
	{ "a quoted name",
	    LIT("From: \"Müller, Jörg\" <j@x.org>\n"),
	    "From: =?UTF-8?B?TcO8bGxlciwgSsO2cmc=?= <j@x.org>\n", &PLAIN },
	{ "quoted pairs in a name",
	    LIT("From: \"J\\\"ö\\\\rg\" <j@x.org>\n"),
	    "From: =?UTF-8?B?SiLDtlxyZw==?= <j@x.org>\n", &PLAIN },
	{ "a name partly quoted",
	    LIT("From: Jörg \"der Chef\" Müller <j@x.org>\n"),
	    "From: =?UTF-8?Q?J=C3=B6rg_der_Chef_M=C3=BCller?= <j@"
	    "x.org>\n", &PLAIN },
	{ "a quoted ASCII name stays",
	    LIT("To: \"Doe, J.\" <j@x.org>, Jörg <k@x.org>\n"),
	    "To: \"Doe, J.\" <j@x.org>, =?UTF-8?B?SsO2cmc=?= <k@x"
	    ".org>\n", &PLAIN },
	{ "no blank before the bracket",
	    LIT("From: Jörg<j@x.org>\n"),
	    "From: =?UTF-8?B?SsO2cmc=?= <j@x.org>\n", &PLAIN },
	{ "no blank after the comma",
	    LIT("To: a@b,Jörg <j@x.org>,c@d\n"),
	    "To: a@b, =?UTF-8?B?SsO2cmc=?= <j@x.org>,c@d\n", &PLAIN },
	{ "no blank after the colon",
	    LIT("From:Jörg <j@x.org>\n"),
	    "From: =?UTF-8?B?SsO2cmc=?= <j@x.org>\n", &PLAIN },
	{ "an encoded-word in a name",
	    LIT("From: =?UTF-8?Q?J=C3=B6rg?= Müller <j@x.org>\n"),
	    "From: =?UTF-8?Q?J=C3=B6rg?= =?UTF-8?Q?_M=C3=BCller?="
	    " <j@x.org>\n", &PLAIN },
	{ "an encoded name stays",
	    LIT("To: =?utf-8?q?J=C3=B6rg?= <j@x>, Jörg <k@x>\n"),
	    "To: =?utf-8?q?J=C3=B6rg?= <j@x>, =?UTF-8?B?SsO2cmc=?"
	    "= <k@x>\n", &PLAIN },
	{ "an encoded-word in quotes stays",
	    LIT("To: \"=?utf-8?q?J=C3=B6rg?=\" <j@x>, Jörg <k@x>\n"),
	    "To: \"=?utf-8?q?J=C3=B6rg?=\" <j@x>, =?UTF-8?B?SsO2c"
	    "mc=?= <k@x>\n", &PLAIN },
	{ "a comment",
	    LIT("From: j@x.org (Jörg Müller)\n"),
	    "From: j@x.org (=?UTF-8?B?SsO2cmcgTcO8bGxlcg==?=)\n", &PLAIN },
	{ "a comment of words",
	    LIT("From: j@x.org (the Boss of Köln, really)\n"),
	    "From: j@x.org (the Boss of =?UTF-8?B?S8O2bG4s?= real"
	    "ly)\n", &PLAIN },
	{ "a comment, quoted pairs",
	    LIT("From: j@x.org (Jörg \\(Chef\\) a)\n"),
	    "From: j@x.org (=?UTF-8?B?SsO2cmc=?= \\(Chef\\) a)\n", &PLAIN },
	{ "a comment, 8-bit text with pairs",
	    LIT("From: j@x.org (J\\(ö\\)rg)\n"),
	    "From: j@x.org (=?UTF-8?B?SijDtilyZw==?=)\n", &PLAIN },
	{ "nested comments",
	    LIT("From: j@x.org (a (Jörg) é(b)c)\n"),
	    "From: j@x.org (a (=?UTF-8?B?SsO2cmc=?=) =?UTF-8?B?w6"
	    "k=?=(b)c)\n", &PLAIN },
	{ "a comment with an encoded-word",
	    LIT("From: j@x.org (=?UTF-8?Q?a?= é)\n"),
	    "From: j@x.org (=?UTF-8?Q?a?= =?UTF-8?B?IMOp?=)\n", &PLAIN },
	{ "a comment in front",
	    LIT("From: (é) Jörg <j@x.org>\n"),
	    "From: (=?UTF-8?B?w6k=?=) =?UTF-8?B?SsO2cmc=?= <j@x.o"
	    "rg>\n", &PLAIN },
	{ "a comment in a name",
	    LIT("From: Jörg (é) Müller <j@x.org>\n"),
	    "From: =?UTF-8?B?SsO2cmc=?= (=?UTF-8?B?w6k=?=) =?UTF-"
	    "8?Q?M=C3=BCller?= <j@x.org>\n", &PLAIN },
	{ "a comment behind a name",
	    LIT("From: Jörg (é)<j@x.org>\n"),
	    "From: =?UTF-8?B?SsO2cmc=?= (=?UTF-8?B?w6k=?=)<j@x.or"
	    "g>\n", &PLAIN },
	{ "comments everywhere",
	    LIT("From: a (é) @ (è) b.c (ö) . d (ü)\n"),
	    "From: a (=?UTF-8?B?w6k=?=) @ (=?UTF-8?B?w6g=?=) b.c."
	    "d (=?UTF-8?B?w7w=?=)\n", &PLAIN },
	{ "comments in brackets",
	    LIT("From: A <(é) a@b (è)> (ö)\n"),
	    "From: A <(=?UTF-8?B?w6k=?=) a@b (=?UTF-8?B?w6g=?=)> "
	    "(=?UTF-8?B?w7Y=?=)\n", &PLAIN },
	{ "obsolete dots",
	    LIT("From: J. Müller <j@x.org>\n"),
	    "From: =?UTF-8?Q?J=2E_M=C3=BCller?= <j@x.org>\n", &PLAIN },
	{ "a domain",
	    LIT("From: j@müller.de\n"),
	    "From: j@xn--mller-kva.de\n", &PLAIN },
	{ "a domain in brackets",
	    LIT("From: Jörg <j@Bücher.Example>\n"),
	    "From: =?UTF-8?B?SsO2cmc=?= <j@xn--bcher-kva.example>"
	    "\n", &PLAIN },
	{ "a domain in Chinese",
	    LIT("To: a@例子.测试\n"),
	    "To: a@xn--fsqu00a.xn--0zwm56d\n", &PLAIN },
	{ "a domain with blanks",
	    LIT("To: <a @ bücher . de >\n"),
	    "To: <a @ xn--bcher-kva.de >\n", &PLAIN },
	{ "a domain that is none",
	    LIT("To: a@ü--.de, b@c\n"),
	    "To: =?UTF-8?B?YUDDvC0tLmRl?= :;, b@c\n", &PLAIN },
	{ "a domain not UTF-8",
	    LIT("To: a@b\xfc.de, b@c\n"),
	    "To: =?unknown-8bit?B?YUBi/C5kZQ==?= :;, b@c\n", &PLAIN },
	{ "a quoted local part",
	    LIT("To: \"a b\"@bücher.de\n"),
	    "To: \"a b\"@xn--bcher-kva.de\n", &PLAIN },
	{ "a literal beside",
	    LIT("To: é <a@[127.0.0.1]>\n"),
	    "To: =?UTF-8?B?w6k=?= <a@[127.0.0.1]>\n", &PLAIN },
	{ "a local part",
	    LIT("To: jörg@x.org, a@b\n"),
	    "To: =?UTF-8?B?asO2cmdAeC5vcmc=?= :;, a@b\n", &PLAIN },
	{ "a local part with a name",
	    LIT("To: \"Müller, Jörg\" <jörg@x.org>, a@b\n"),
	    "To: =?UTF-8?B?Ik3DvGxsZXIsIErDtnJnIiA8asO2cmdAeC5vcm"
	    "c+?= :;, a@b\n", &PLAIN },
	{ "a local part in a group",
	    LIT("To: team: jörg@x.org, a@b;\n"),
	    "To: team: a@b;\n", &PLAIN },
	{ "a local part last in a group",
	    LIT("To: team: a@b, jörg@x.org;, c@d\n"),
	    "To: team: a@b;, c@d\n", &PLAIN },
	{ "a local part alone in a group",
	    LIT("To: team: jörg@x.org;\n"),
	    "To: team:;\n", &PLAIN },
	{ "a local part between others of a group",
	    LIT("To: team: a@b,\n"
	    " jörg@x.org,\n"
	    " c@d;\n"),
	    "To: team: a@b,\n"
	    " c@d;\n", &PLAIN },
	{ "a local part without a domain",
	    LIT("To: jörg\n"),
	    "To: =?UTF-8?B?asO2cmc=?= :;\n", &PLAIN },
	{ "a name without an address",
	    LIT("To: Jörg Müller, a@b\n"),
	    "To: =?UTF-8?B?SsO2cmcgTcO8bGxlcg==?= :;, a@b\n", &PLAIN },
	{ "words before an address",
	    LIT("To: Jörg Müller j@x.org, a@b\n"),
	    "To: =?UTF-8?B?SsO2cmcgTcO8bGxlciBqQHgub3Jn?= :;, a@b"
	    "\n", &PLAIN },
	{ "two addresses without a comma",
	    LIT("To: a@b jörg@x, c@d\n"),
	    "To: =?UTF-8?B?YUBiIGrDtnJnQHg=?= :;, c@d\n", &PLAIN },
	{ "a local part not UTF-8",
	    LIT("To: j\xf6rg@x.org, a@b\n"),
	    "To: =?unknown-8bit?Q?j=F6rg=40x=2Eorg?= :;, a@b\n", &PLAIN },
	{ "a local part, From",
	    LIT("From: jörg@x.org\n"),
	    "ERR 5.6.7 From: jörg@x.org: the address needs SMTPUT"
	    "F8, which the server does not offer", &PLAIN },
	{ "a local part, Sender",
	    LIT("Sender: Jörg <jörg@x.org>\n"),
	    "ERR 5.6.7 Sender: Jörg <jörg@x.org>: the address nee"
	    "ds SMTPUTF8, which the server does not offer", &PLAIN },
	{ "a local part, Resent-From",
	    LIT("Resent-From: Jörg <jörg@x.org>\n"),
	    "ERR 5.6.7 Resent-From: Jörg <jörg@x.org>: the addres"
	    "s needs SMTPUTF8, which the server does not offer", &PLAIN },
	{ "a local part, Resent-Sender",
	    LIT("Resent-Sender: jörg@x.org\n"),
	    "ERR 5.6.7 Resent-Sender: jörg@x.org: the address nee"
	    "ds SMTPUTF8, which the server does not offer", &PLAIN },
	{ "a local part, Reply-To",
	    LIT("Reply-To: jörg@x.org\n"),
	    "Reply-To: =?UTF-8?B?asO2cmdAeC5vcmc=?= :;\n", &PLAIN },
	{ "a local part, Resent-To",
	    LIT("Resent-To: jörg@x.org\n"),
	    "Resent-To: =?UTF-8?B?asO2cmdAeC5vcmc=?= :;\n", &PLAIN },
	{ "a local part not UTF-8, From",
	    LIT("From: j\xf6rg@x.org\n"),
	    "ERR From: j\\xF6rg@x.org: not an address", &PLAIN },
	{ "a name without an address, From",
	    LIT("From: Jörg Müller\n"),
	    "ERR From: Jörg Müller: not an address", &PLAIN },
	{ "a bad domain, From",
	    LIT("From: a@ü--.de\n"),
	    "ERR From: a@ü--.de: ü--.de: not a domain: string sta"
	    "rt/ends with forbidden hyphen", &PLAIN },
	{ "nested: a local part, From",
	    LIT("From: Jörg <jörg@x.org>\n"),
	    "From: =?UTF-8?B?SsO2cmcgPGrDtnJnQHgub3JnPg==?= :;\n", &NESTED },
	{ "utf8: a local part stays",
	    LIT("From: Jörg <jörg@bücher.de>\n"),
	    NULL, &UTF8 },
	{ "utf8: but not beside Latin-1",
	    LIT("From: J\xf6rg <j\xc3\xb6rg@x.org>\n"),
	    "From: =?unknown-8bit?Q?J=F6rg?= <jörg@x.org>\n", &UTF8 },
	{ "a group",
	    LIT("To: Freunde é: a@b, Jörg <c@d>;, e@f\n"),
	    "To: =?UTF-8?Q?Freunde_=C3=A9?= : a@b, =?UTF-8?B?SsO2"
	    "cmc=?= <c@d>;, e@f\n", &PLAIN },
	{ "a group's name, quoted",
	    LIT("To: \"é, è\" : a@b;\n"),
	    "To: =?UTF-8?B?w6ksIMOo?= : a@b;\n", &PLAIN },
	{ "a group's name with a comment",
	    LIT("To: é (è): a@b;\n"),
	    "To: =?UTF-8?B?w6k=?= (=?UTF-8?B?w6g=?=): a@b;\n", &PLAIN },
	{ "a group's name that is none",
	    LIT("To: é@x: a@b;\n"),
	    "To: =?UTF-8?B?w6lAeA==?= : a@b;\n", &PLAIN },
	{ "an ASCII group",
	    LIT("To: undisclosed-recipients:;, é <a@b>\n"),
	    "To: undisclosed-recipients:;, =?UTF-8?B?w6k=?= <a@b>"
	    "\n", &PLAIN },
	{ "semicolons between",
	    LIT("To: a@b; Jörg <c@d>; e@f\n"),
	    "To: a@b; =?UTF-8?B?SsO2cmc=?= <c@d>; e@f\n", &PLAIN },
	{ "empty members",
	    LIT("To: , ,é <a@b>,,\n"),
	    "To: , , =?UTF-8?B?w6k=?= <a@b>,,\n", &PLAIN },
	{ "an empty path",
	    LIT("Errors-To: é <>\n"),
	    "Errors-To: =?UTF-8?B?w6k=?= <>\n", &PLAIN },
	{ "a route",
	    LIT("To: é <@a,@b:c@d>\n"),
	    "To: =?UTF-8?B?w6k=?= <@a,@b:c@d>\n", &PLAIN },
	{ "folds stay",
	    LIT("To: a@b,\n"
	    "\tJörg <c@d>,\n"
	    "  \"e\n"
	    " f\" <g@h>\n"),
	    "To: a@b,\n"
	    "\t=?UTF-8?B?SsO2cmc=?= <c@d>,\n"
	    "  \"e\n"
	    " f\" <g@h>\n", &PLAIN },
	{ "an open quote",
	    LIT("To: \"Jörg <a@b>\n"),
	    "To: =?UTF-8?B?IkrDtnJn?= <a@b>\n", &PLAIN },
	{ "a quote open for a backslash in Shift_JIS",
	    LIT("To: \"\x83\x5c\" <a@b>\n"),
	    "To: =?unknown-8bit?B?IoNcIg==?= <a@b>\n", &PLAIN },
	{ "an open comment",
	    LIT("To: a@b (Jörg\n"),
	    "To: =?UTF-8?B?YUBiIChKw7ZyZw==?= :;\n", &PLAIN },
	{ "an open bracket",
	    LIT("To: Jörg <a@b, c@d\n"),
	    "To: =?UTF-8?B?SsO2cmcgPGFAYiwgY0Bk?= :;\n", &PLAIN },
	{ "an open quote, From",
	    LIT("From: \"Jörg <a@b>\n"),
	    "From: =?UTF-8?B?IkrDtnJn?= <a@b>\n", &PLAIN },
	{ "a control character",
	    LIT("To: é\001 <a@b>, c@d\n"),
	    "To: =?UTF-8?B?w6kBIDxhQGI+?= :;, c@d\n", &PLAIN },
	{ "a NUL",
	    LIT("To: Jörg\000M <a@b>\n"),
	    "To: =?UTF-8?Q?J=C3=B6rg_M?= <a@b>\n", &PLAIN },
	{ "many names",
	    LIT("To: Jörg Müller <joerg.mueller@example.org>, Søren Å"
	    "gård <soeren@example.org>, Ann <ann@example.org>, Žo"
	    "fie <zofie@example.org>\n"),
	    "To: =?UTF-8?B?SsO2cmcgTcO8bGxlcg==?= <joerg.mueller@"
	    "example.org>,\n"
	    " =?UTF-8?B?U8O4cmVuIMOFZ8OlcmQ=?= <soeren@example.or"
	    "g>,\n"
	    " Ann <ann@example.org>,\n"
	    " =?UTF-8?B?xb1vZmll?= <zofie@example.org>\n", &PLAIN },
	{ "a name of 100 characters",
	    LIT("From: äöüß äöüß äöüß äöüß äöüß äöüß äöüß äöüß äöüß ä"
	    "öüß äöüß äöüß äöüß äöüß äöüß äöüß äöüß äöüß äöüß äöü"
	    "ß <j@x.org>\n"),
	    "From: =?UTF-8?B?w6TDtsO8w58gw6TDtsO8w58gw6TDtsO8w58g"
	    "w6TDtsO8w58gw6TDtsO8?=\n"
	    " =?UTF-8?B?w58gw6TDtsO8w58gw6TDtsO8w58gw6TDtsO8w58gw"
	    "6TDtsO8w58gw6TDtsO8?=\n"
	    " =?UTF-8?B?w58gw6TDtsO8w58gw6TDtsO8w58gw6TDtsO8w58gw"
	    "6TDtsO8w58gw6TDtsO8?=\n"
	    " =?UTF-8?B?w58gw6TDtsO8w58gw6TDtsO8w58gw6TDtsO8w58gw"
	    "6TDtsO8w58gw6TDtsO8?=\n"
	    " =?UTF-8?B?w58=?= <j@x.org>\n", &PLAIN },
	{ "Outlook's name",
	    LIT("From: \"Müller Jörg (EXT)\" <j.mueller@example.com>\n"),
	    "From: =?UTF-8?B?TcO8bGxlciBKw7ZyZyAoRVhUKQ==?= <j.mu"
	    "eller@example.com>\n", &PLAIN },
	{ "Disposition-Notification-To",
	    LIT("Disposition-Notification-To: Jörg <j@x>\n"),
	    "Disposition-Notification-To: =?UTF-8?B?SsO2cmc=?= <j"
	    "@x>\n", &PLAIN },
	{ "Return-Receipt-To",
	    LIT("Return-Receipt-To: \"Jörg\" <j@x>\n"),
	    "Return-Receipt-To: =?UTF-8?B?SsO2cmc=?= <j@x>\n", &PLAIN },
	{ "Mail-Followup-To",
	    LIT("mail-followup-to: Jörg <j@x>, l@x\n"),
	    "mail-followup-to: =?UTF-8?B?SsO2cmc=?= <j@x>, l@x\n", &PLAIN },
};

static const struct row params[] = {
	{ "ASCII stays",
	    LIT("Content-Type: text/plain;charset = \"utf-8\"\n"),
	    NULL, &PLAIN },
	{ "a file name",
	    LIT("Content-Disposition: attachment; filename=\"Übersich"
	    "t.pdf\"\n"),
	    "Content-Disposition: attachment; filename*=UTF-8''%C"
	    "3%9Cbersicht.pdf\n", &PLAIN },
	{ "a name",
	    LIT("Content-Type: application/pdf; name=\"é.pdf\"\n"),
	    "Content-Type: application/pdf; name*=UTF-8''%C3%A9.p"
	    "df\n", &PLAIN },
	{ "a boundary, and more behind it",
	    LIT("Content-Type: multipart/mixed; boundary=b é; x=y\n"),
	    "Content-Type: multipart/mixed; boundary=b ?\?; x=y\n", &PLAIN },
	{ "no quotes",
	    LIT("Content-Disposition: attachment; filename=é.pdf\n"),
	    "Content-Disposition: attachment; filename*=UTF-8''%C"
	    "3%A9.pdf\n", &PLAIN },
	{ "no quotes, blanks",
	    LIT("Content-Disposition: attachment; filename=Der Bär.pd"
	    "f ; size=3\n"),
	    "Content-Disposition: attachment; filename*=UTF-8''De"
	    "r%20B%C3%A4r.pdf ;\n"
	    " size=3\n", &PLAIN },
	{ "quoted pairs",
	    LIT("Content-Disposition: attachment; filename=\"a\\\"é\\"
	    "\\b\"\n"),
	    "Content-Disposition: attachment; filename*=UTF-8''a%"
	    "22%C3%A9%5Cb\n", &PLAIN },
	{ "a semicolon in quotes",
	    LIT("Content-Disposition: attachment; filename=\"é;b\"; s"
	    "ize=3\n"),
	    "Content-Disposition: attachment; filename*=UTF-8''%C"
	    "3%A9%3Bb; size=3\n", &PLAIN },
	{ "an open quote",
	    LIT("Content-Disposition: attachment; filename=\"é.pdf\n"),
	    "Content-Disposition: attachment; filename*=UTF-8''%C"
	    "3%A9.pdf\n", &PLAIN },
	{ "white space around the equals sign",
	    LIT("Content-Disposition: attachment; filename = \"é\"\n"),
	    "Content-Disposition: attachment; filename*=UTF-8''%C"
	    "3%A9\n", &PLAIN },
	{ "no blank",
	    LIT("Content-Disposition:attachment;filename=\"é\";size=3"
	    "\n"),
	    "Content-Disposition:attachment;filename*=UTF-8''%C3%"
	    "A9;size=3\n", &PLAIN },
	{ "others stay",
	    LIT("Content-Type: text/plain; charset=utf-8;\n"
	    "\tname=\"é\"; format=flowed\n"),
	    "Content-Type: text/plain; charset=utf-8;\n"
	    "\tname*=UTF-8''%C3%A9; format=flowed\n", &PLAIN },
	{ "a long name",
	    LIT("Content-Disposition: attachment; filename=\"Übersich"
	    "t aller Vorgänge im zweiten Halbjahr.pdf\"\n"),
	    "Content-Disposition: attachment;\n"
	    " filename*0*=UTF-8''%C3%9Cbersicht%20aller%20Vorg%C3"
	    "%A4nge%20im%20zweiten;\n"
	    " filename*1*=%20Halbjahr.pdf\n", &PLAIN },
	{ "a long name in Chinese",
	    LIT("Content-Disposition: attachment; filename=\"中文文件名中文文"
	    "件名中文文件名中文文件名中文文件名中文文件名.docx\"\n"),
	    "Content-Disposition: attachment;\n"
	    " filename*0*=UTF-8''%E4%B8%AD%E6%96%87%E6%96%87%E4%B"
	    "B%B6%E5%90%8D%E4%B8%AD;\n"
	    " filename*1*=%E6%96%87%E6%96%87%E4%BB%B6%E5%90%8D%E4"
	    "%B8%AD%E6%96%87;\n"
	    " filename*2*=%E6%96%87%E4%BB%B6%E5%90%8D%E4%B8%AD%E6"
	    "%96%87%E6%96%87;\n"
	    " filename*3*=%E4%BB%B6%E5%90%8D%E4%B8%AD%E6%96%87%E6"
	    "%96%87%E4%BB%B6;\n"
	    " filename*4*=%E5%90%8D%E4%B8%AD%E6%96%87%E6%96%87%E4"
	    "%BB%B6%E5%90%8D.docx\n", &PLAIN },
	{ "a name that fits on a line of its own",
	    LIT("Content-Disposition: attachment; filename=\"Übersich"
	    "t aller Dinge.pdf\"\n"),
	    "Content-Disposition: attachment;\n"
	    " filename*=UTF-8''%C3%9Cbersicht%20aller%20Dinge.pdf"
	    "\n", &PLAIN },
	{ "Latin-1",
	    LIT("Content-Disposition: attachment; filename=\"\xdc" "b"
	    "ersicht.pdf\"\n"),
	    "Content-Disposition: attachment; filename*=unknown-8"
	    "bit''%DCbersicht.pdf\n", &PLAIN },
	{ "extended already",
	    LIT("Content-Disposition: attachment; filename*=UTF-8''%C"
	    "3%A9.pdf; a=\"é\"\n"),
	    "Content-Disposition: attachment; filename*=UTF-8''%C"
	    "3%A9.pdf;\n"
	    " a*=UTF-8''%C3%A9\n", &PLAIN },
	{ "extended, but raw",
	    LIT("Content-Disposition: attachment; filename*=UTF-8''é."
	    "pdf\n"),
	    "Content-Disposition: attachment; filename*=UTF-8''%C"
	    "3%A9.pdf\n", &PLAIN },
	{ "a section, raw",
	    LIT("Content-Disposition: attachment; filename*0=\"é\"; f"
	    "ilename*1=b\n"),
	    "Content-Disposition: attachment; filename*0=\"?\?\";"
	    " filename*1=b\n", &PLAIN },
	{ "said twice",
	    LIT("Content-Disposition: attachment; filename=\"é.pdf\";"
	    " filename*=UTF-8''%C3%A9.pdf\n"),
	    "Content-Disposition: attachment; filename=\"?\?.pdf\""
	    ";\n"
	    " filename*=UTF-8''%C3%A9.pdf\n", &PLAIN },
	{ "a bad type",
	    LIT("Content-Type: téxt/plain; charset=utf-8\n"),
	    "Content-Type: t?\?xt/plain; charset=utf-8\n", &PLAIN },
	{ "a parameter without a name",
	    LIT("Content-Type: text/plain; =é; é=a; é\n"),
	    "Content-Type: text/plain; =?\?; ?\?=a; ?\?\n", &PLAIN },
	{ "a comment",
	    LIT("Content-Type: text/plain (é); charset=utf-8 (è)\n"),
	    "Content-Type: text/plain (=?UTF-8?B?w6k=?=); charset"
	    "=utf-8 (\n"
	    " =?UTF-8?B?w6g=?=)\n", &PLAIN },
	{ "a comment with a semicolon",
	    LIT("Content-Type: text/plain (é;); name=\"é\" (è;a)\n"),
	    "Content-Type: text/plain (=?UTF-8?B?w6k7?=); name*=U"
	    "TF-8''%C3%A9 (\n"
	    " =?UTF-8?Q?=C3=A8;a?=)\n", &PLAIN },
	{ "a comment that is open",
	    LIT("Content-Type: text/plain; name=\"é\" (è; a=b\n"),
	    "Content-Type: text/plain; name*=UTF-8''%C3%A9 (?\?; "
	    "a=b\n", &PLAIN },
	{ "utf8: stays",
	    LIT("Content-Type: text/plain; name=\"é\"\n"),
	    NULL, &UTF8 },
	{ "a fold in the value",
	    LIT("Content-Type: text/plain; name=\"é\n"
	    " b\"\n"),
	    "Content-Type: text/plain; name*=UTF-8''%C3%A9%20b\n", &PLAIN },
	{ "a NUL in the value",
	    LIT("Content-Type: text/plain; name=\"é\000b\"\n"),
	    "Content-Type: text/plain; name*=UTF-8''%C3%A9%20b\n", &PLAIN },
};

static const struct row tokens[] = {
	{ "Received",
	    LIT("Received: from höst (x [127.0.0.1]) by y (Jörgs Serv"
	    "er)\n"),
	    "Received: from =?UTF-8?B?aMO2c3Q=?= (x [127.0.0.1]) "
	    "by y (\n"
	    " =?UTF-8?B?SsO2cmdz?= Server)\n", &PLAIN },
	{ "Received, comment only",
	    LIT("Received: from a by b (é) for <c@d>; Mon, 1 Jan 2024"
	    " 00:00:00 +0000\n"),
	    "Received: from a by b (=?UTF-8?B?w6k=?=) for <c@d>; "
	    "Mon, 1 Jan 2024 00:00:00\n"
	    " +0000\n", &PLAIN },
	{ "Message-ID",
	    LIT("Message-ID: <a@köln>\n"),
	    "Message-ID: =?UTF-8?B?PGFAa8O2bG4+?=\n", &PLAIN },
	{ "References",
	    LIT("References: <a@b> <é@c>\n"
	    " <d@e>\n"),
	    "References: <a@b> =?UTF-8?B?PMOpQGM+?=\n"
	    " <d@e>\n", &PLAIN },
	{ "Date",
	    LIT("Date: Mon, 1 Jan 2024 00:00:00 +0100 (Mitteleuropäis"
	    "che Zeit)\n"),
	    "Date: Mon, 1 Jan 2024 00:00:00 +0100 (=?UTF-8?Q?Mitt"
	    "eleurop=C3=A4ische?=\n"
	    " Zeit)\n", &PLAIN },
	{ "Date, raw",
	    LIT("Date: Mon, 1 Mär 2024 00:00:00 +0100\n"),
	    "Date: Mon, 1 =?UTF-8?Q?M=C3=A4r?= 2024 00:00:00 +010"
	    "0\n", &PLAIN },
	{ "List-ID",
	    LIT("List-ID: Jörgs Liste <l.x.org>\n"),
	    "List-ID: =?UTF-8?B?SsO2cmdz?= Liste <l.x.org>\n", &PLAIN },
	{ "Keywords",
	    LIT("Keywords: é, b, \"c è\"\n"),
	    "Keywords: =?UTF-8?B?w6ks?= b, =?UTF-8?Q?c_=C3=A8?=\n", &PLAIN },
	{ "text before a comment",
	    LIT("Received: é(b)è\n"),
	    "Received: =?UTF-8?B?w6k=?= (b) =?UTF-8?B?w6g=?=\n", &PLAIN },
	{ "an open comment",
	    LIT("Received: a (é\n"),
	    "Received: a =?UTF-8?B?KMOp?=\n", &PLAIN },
	{ "an open quote",
	    LIT("Received: a \"é (b)\n"),
	    "Received: a =?UTF-8?B?w6kgKGIp?=\n", &PLAIN },
	{ "nested comments",
	    LIT("Received: a (b (é \\) c) d) e\n"),
	    "Received: a (b (=?UTF-8?B?w6k=?= \\) c) d) e\n", &PLAIN },
	{ "Content-ID",
	    LIT("Content-ID: <é@x>\n"),
	    "Content-ID: =?UTF-8?B?PMOpQHg+?=\n", &PLAIN },
	{ "MIME-Version",
	    LIT("MIME-Version: 1.0 (é)\n"),
	    "MIME-Version: 1.0 (=?UTF-8?B?w6k=?=)\n", &PLAIN },
};

static void
test_row(void **state)
{
	const struct row *r = *state;
	struct buf got = BUF_MAX(HEADER_ROOM);
	struct err e = ERR_INIT;
	struct header h;
	size_t i;

	load(&h, r->in, r->n);
	if (headfit_apply(&h, r->how, &e) == -1) {
		assert_int_equal(e.kind, ERR_DATA);
		buf_addf(&got, "ERR %s", e.text);
	} else
		save(&got, &h);
	assert_string_equal(buf_str(&got), r->out != NULL ? r->out : r->in);
	for (i = 0; r->out == NULL && i < h.n; i++)
		assert_null(h.field[i].owned);
	header_free(&h);
	buf_free(&got);
}

/* Long fields are made of a piece, many times. */
static const struct long_row {
	const char	*name;
	const char	*head, *piece;
	size_t		 times;
	const char	*tail;
	const struct headfit *how;
	size_t		 width;		/* at most; 0: it is refused */
	size_t		 lines;		/* how many there are */
} longs[] = {
	{ "998 octets stay", "Subject: ", "x", 989, "\n", &PLAIN, 998, 1 },
	{ "80 columns stay", "Subject: ", "abc ", 18, "x\n", &PLAIN, 82, 1 },
	{ "text is folded", "Subject: ", "abc ", 300, "x\n", &PLAIN, 76, 16 },
	{ "one line of several is", "Subject: a\n b\n", " abcd", 300,
	    "\n\tc\n", &PLAIN, 75, 23 },
	{ "a long word is encoded", "Subject: a ", "x", 1200, " b\n", &PLAIN,
	    76, 21 },
	{ "a long word that just fits", "Subject: a ", "x", 997, " b\n",
	    &PLAIN, 998, 3 },
	{ "a long word that just does not", "Subject: a ", "x", 998, " b\n",
	    &PLAIN, 76, 17 },
	{ "the first word fits alone", "Subject: ", "x", 997, "\n", &PLAIN,
	    998, 2 },
	{ "no blank, and it fits alone", "Subject:", "x", 997, "\n", &PLAIN,
	    998, 2 },
	{ "no blank, and it does not", "Subject:", "x", 998, "\n", &PLAIN, 76,
	    17 },
	{ "a long encoded-word is made several", "Subject: =?utf-8?B?",
	    "w6TDtsO8", 200, "?= =?utf-8?q?x?=\n", &PLAIN, 73, 28 },
	{ "a long encoded-word in Q", "Subject: =?utf-8?Q?", "=C3=A4", 200,
	    "?=\n", &PLAIN, 73, 10 },
	{ "a long one of unknown text", "Subject: =?big5?B?", "w6TDtsO8", 200,
	    "?=\n", &PLAIN, 76, 28 },
	{ "white space", "Subject: a", " ", 1500, "b\n", &PLAIN, 76, 26 },
	{ "white space at the end", "Subject: a", " ", 1500, "\n", &PLAIN,
	    10, 1 },
	{ "white space in front", "Subject:", " ", 1500, "a\n", &PLAIN, 10,
	    1 },
	{ "nothing but white space", "Subject:", " ", 1500, "\n", &PLAIN, 9,
	    1 },
	{ "white space before the colon", "Subject", " ", 1500, ": a\n",
	    &PLAIN, 10, 1 },
	{ "blanks before a fold", "Subject: a\n b", " ", 1000, "\n c\n",
	    &PLAIN, 76, 18 },
	{ "a long name", "X", "x", 1000, ": a\n", &PLAIN, 0, 0 },
	{ "nested: a long name goes", "X", "x", 1000, ": a\n", &NESTED, 0,
	    0 },
	{ "a name that fills a line", "X", "x", 996, ": a\n", &PLAIN, 998, 2 },
	{ "utf8: a long word", "Subject: ", "\xc3\xa9", 600, "\n", &UTF8, 76,
	    28 },
	{ "utf8: words", "Subject: ", "\xc3\xa9 ", 400, "x\n", &UTF8, 76, 17 },
	{ "recipients", "To: ", "someone@example.org, ", 100, "x@y\n",
	    &PLAIN, 76, 34 },
	{ "recipients without blanks", "To: ", "someone@example.org,", 100,
	    "x@y\n", &PLAIN, 76, 34 },
	{ "names and addresses", "Cc: ", "Ann Other <ann@example.org>, ", 60,
	    "x@y\n", &PLAIN, 76, 30 },
	{ "a comma in quotes and brackets", "Cc: ",
	    "\"a,b\" <@c,@d:e@f> (g,h), ", 60, "x@y\n", &PLAIN, 76, 21 },
	{ "an address too long", "To: ", "x", 1000, "@y\n", &PLAIN, 0, 0 },
	{ "nested: an address too long", "To: ", "x", 1000, "@y\n", &NESTED,
	    998, 3 },
	{ "a long quoted name", "To: \"", "abc ", 230, "\" <x@y>\n", &PLAIN,
	    998, 1 },
	{ "a quoted name too long", "To: \"", "abc ", 300, "\" <x@y>\n",
	    &PLAIN, 76, 16 },
	{ "a comment", "To: x@y (", "abc ", 300, ")\n", &PLAIN, 76, 16 },
	{ "references", "References:", " <abcdefghij@example.org>", 100, "\n",
	    &PLAIN, 76, 34 },
	{ "references without blanks", "References: ",
	    "<abcdefghij@example.org>", 100, "\n", &PLAIN, 0, 0 },
	{ "nested: references", "References: ", "<abcdefghij@example.org>",
	    100, "\n", &NESTED, 998, 4 },
	{ "a signature", "DKIM-Signature: v=1; b=", "x", 1000, "\n", &PLAIN,
	    0, 0 },
	{ "parameters", "Content-Type: a/b;", "abc=\"d e\";", 100, "x=y\n",
	    &PLAIN, 76, 15 },
	{ "a parameter too long", "Content-Type: a/b; name=", "x", 1000, "\n",
	    &PLAIN, 0, 0 },
	{ "white space in a list", "To: a@b,", " ", 1500, "c@d\n", &PLAIN, 8,
	    2 },
	{ "white space at its end", "To: a@b", " ", 1500, "\n", &PLAIN, 7, 1 },
	{ "names with 8-bit text", "To: ", "J\xc3\xb6rg <j@example.org>, ", 100,
	    "x@y\n", &PLAIN, 76, 52 },
	{ "8-bit text", "Subject: ", "\xc3\xa9\xc3\xa8 x ", 500, "\n", &PLAIN,
	    76, 168 },
};

static void
make_long(struct header *h, const struct long_row *r)
{
	struct buf b = BUF_MAX(HEADER_ROOM);
	size_t i;

	buf_adds(&b, r->head);
	for (i = 0; i < r->times; i++)
		buf_adds(&b, r->piece);
	buf_adds(&b, r->tail);
	load(h, b.data, b.len);
	buf_free(&b);
}

/* Up to white space, is what was folded what was there? */
static void
check_same(const struct header *h, const struct buf *got)
{
	const char *a = buf_str(&h->raw), *b = buf_str(got);

	if (strstr(b, "=?") != NULL)
		return;
	for (;; a++, b++) {
		a += strspn(a, " \t\r\n");
		b += strspn(b, " \t\n");
		assert_int_equal(*a, *b);
		if (*a == '\0')
			break;
	}
}

/* The widest line, and that none is white space only. */
static size_t
widest(const struct buf *b, size_t *lines)
{
	const char *p = buf_str(b), *eol;
	size_t max = 0;

	for (*lines = 0; *p != '\0'; p = eol + 1, ++*lines) {
		eol = strchr(p, '\n');
		assert_non_null(eol);
		assert_true(p + strspn(p, " \t") < eol);
		if ((size_t)(eol - p) > max)
			max = (size_t)(eol - p);
	}
	return max;
}

static void
test_long(void **state)
{
	const struct long_row *r = *state;
	struct buf got = BUF_MAX(HEADER_ROOM);
	struct err e = ERR_INIT;
	struct header h;
	size_t lines, width;
	int want = r->width == 0 && !r->how->nested ? -1 : 0;

	make_long(&h, r);
	assert_int_equal(headfit_apply(&h, r->how, &e), want);
	if (want == -1) {
		assert_int_equal(e.kind, ERR_DATA);
		assert_non_null(strstr(e.text, "mail allows 998: fold it"));
	} else {
		save(&got, &h);
		width = widest(&got, &lines);
		assert_true(width <= r->width);
		assert_int_equal(lines, r->lines);
		if (lines > 0)
			check_same(&h, &got);
	}
	header_free(&h);
	buf_free(&got);
}

static const struct {
	const char	*name;
	const char	*in;
	int		 needs, wide;
} facts[] = {
	{ "ASCII", "From: a@b\nSubject: s\n", 0, 0 },
	{ "no field", "", 0, 0 },
	{ "a subject", "Subject: \xc3\xa9\n", 0, 1 },
	{ "a name", "From: J\xc3\xb6rg <j@x>\n", 0, 1 },
	{ "a domain", "From: j@\xc3\xbc.de\n", 0, 1 },
	{ "From", "From: j\xc3\xb6rg@x\n", 1, 1 },
	{ "Sender", "sender: j\xc3\xb6rg@x\n", 1, 1 },
	{ "Resent-From", "Resent-From: j\xc3\xb6rg@x\n", 1, 1 },
	{ "Resent-Sender", "Resent-Sender: j\xc3\xb6rg@x\n", 1, 1 },
	{ "the second of two", "From: a@b, j\xc3\xb6rg@x\n", 1, 1 },
	{ "To", "To: j\xc3\xb6rg@x\n", 1, 1 },
	{ "Reply-To", "Reply-To: j\xc3\xb6rg@x\n", 1, 1 },
	{ "no field of addresses", "X-To: j\xc3\xb6rg@x\n", 0, 1 },
	{ "not UTF-8", "From: j\xf6rg@x\n", 0, 1 },
};

static void
test_facts(void **state)
{
	const __typeof__(facts[0]) *r = *state;
	struct header h;

	load(&h, r->in, strlen(r->in));
	assert_int_equal(headfit_needs_utf8(&h), r->needs);
	assert_int_equal(headfit_8bit(&h), r->wide);
	header_free(&h);
}

/* What is removed is neither looked at nor refused. */
static void
test_gone(void **state)
{
	static const char text[] = "From: j\xc3\xb6rg@x\nTo: a@b\n";
	struct err e = ERR_INIT;
	struct header h;

	(void)state;
	load(&h, LIT(text));
	header_remove(&h, "From");
	assert_int_equal(headfit_8bit(&h), 0);
	assert_int_equal(headfit_needs_utf8(&h), 0);
	assert_int_equal(headfit_apply(&h, &PLAIN, &e), 0);
	header_free(&h);
}

/* Between encoded-words there is no blank, also where one was made several. */
static void
test_rejoined(void **state)
{
	static const struct long_row row = { "", "X: =?utf-8?q?x?= =?utf-8?B?",
	    "w6TDtsO8", 200, "?= =?utf-8?q?y?= z\n", &PLAIN, 0, 0 };
	struct buf text = BUF_MAX(HEADER_ROOM);
	struct err e = ERR_INIT;
	struct header h;
	const char *p;
	size_t n, words = 0;

	(void)state;
	make_long(&h, &row);
	assert_int_equal(headfit_apply(&h, &PLAIN, &e), 0);
	for (p = h.field[0].text + 3; *p == '='; p += n + strspn(p + n,
	    " \r\n"), words++) {
		n = strcspn(p, " \r");
		assert_true(n <= 75);
		assert_int_equal(encoded_read(&text, p, n), 0);
	}
	assert_string_equal(p, "z\r\n");
	assert_int_equal(text.len, 1202);
	assert_int_equal(text.data[0], 'x');
	assert_null(memchr(text.data, ' ', text.len));
	assert_true(words > 20);
	header_free(&h);
	buf_free(&text);
}

int
main(void)
{
	setenv("LC_ALL", "C", 1);
	UNIT_ROWS(texts, test_row);
	UNIT_ROWS(addresses, test_row);
	UNIT_ROWS(params, test_row);
	UNIT_ROWS(tokens, test_row);
	UNIT_ROWS(longs, test_long);
	UNIT_ROWS(facts, test_facts);
	UNIT_TEST(test_gone);
	UNIT_TEST(test_rejoined);
	return unit_run("headfit");
}
