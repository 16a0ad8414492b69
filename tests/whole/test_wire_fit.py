"""Real mail that cannot go as it is, and what is made of it."""

import pytest

from conftest import RCPT
from wire import OFFERED, SENDER, SEVEN, Row, b64, crlf, qp, run

DATE_ID = b"Date: Tue, 1 Jul 2003 10:52:37 +0200\n" \
    b"Message-ID: <1@example.org>\n"
HEAD = b"From: ann@example.org\n" + DATE_ID
EIGHT = "BODY=8BITMIME"
UTF8 = OFFERED + " SMTPUTF8"
T = ("-t", "-i")
ADMIN = "admin@example.net"
ALIAS = {"aliases": "root: admin@example.net\n"}
ALIASES = {"aliases": "{dir}/aliases"}
CRON = ("-FCronDaemon", "-i", "-B8BITMIME", "-oem", "root")

MIME = "MIME-Version: 1.0"
TEXT = "Content-Type: text/plain; charset="
CODED = "Content-Transfer-Encoding: "
DECLARED = (MIME, TEXT + "utf-8", CODED + "8bit")

# Cron of Debian 12, whose user is root.
CRON_HEAD = "From: %s\nTo: %s\nSubject: %s\nMIME-Version: 1.0\n" \
    "Content-Type: text/plain; charset=UTF-8\n" \
    "Content-Transfer-Encoding: 8bit\nX-Cron-Env: <SHELL=/bin/sh>\n" \
    "X-Cron-Env: <LOGNAME=root>\n" + DATE_ID.decode() + "\n"


def cron(subject, output, coded="8bit"):
    """What cron writes, and the same as it arrives."""
    before = CRON_HEAD % ("root (Cron Daemon)", "root", subject)
    after = CRON_HEAD % ("Cron Daemon <ann@example.org>", ADMIN,
                         subject if subject.isascii() else f"«{subject}»")
    return ((before + output).encode(),
            after.replace("8bit", coded).encode())


FAILED = "/bin/sh: 1: no-such-program: not found\n"
CRON_PLAIN = cron("Cron <root@host> no-such-program", FAILED)
CRON_UTF8 = cron("Cron <root@host> echo Käse", "Käse\n")
CRON_7BIT = cron("Cron <root@host> echo Käse", "Käse\n", "quoted-printable")

PHP = crlf(b"To: bob@example.net\nSubject: %s\n"
           b"X-PHP-Originating-Script: 33:mail.php\nFrom: www-data\n" + DATE_ID)
PHP_WIRE = PHP.replace(b"www-data", b"www-data <ann@example.org>")

UMLAUTS = "Guten Tag, Käthe!\nDas kostet 3 €, und zwar im Voraus.\n" \
    "Danke, und bis bald mal wieder\nGrüße \n".encode()
RUSSIAN = ("Съешь же ещё этих мягких французских булок.\n" * 3).encode()
CHINESE = ("视野无限广，窗外有蓝天\n" * 5).encode()
LATIN = "Käthe grüßt\n".encode("latin-1")
LONG = (b"<p>" + b"news = 1.0 " * 200 + b"</p>\n") * 2
NUL = b"log \0\0 end\n"
PDF = bytes(range(256)) * 12
ONE_LINE = b64(PDF).replace(b"\n", b"")


def text_part(octets, coded="8bit", kind="plain"):
    return f"Content-Type: text/{kind}; charset=utf-8\n" \
        f"Content-Transfer-Encoding: {coded}\n\n".encode() + octets


def text(octets, *more):
    """A message of one such part."""
    return HEAD + b"MIME-Version: 1.0\n" + text_part(octets, *more)


def mixed(*parts, end=b"--b--\n", subtype=b"mixed", before=b"", after=b""):
    """A multipart, with its own fields."""
    return b"MIME-Version: 1.0\nContent-Type: multipart/" + subtype + \
        b"; boundary=b\n\n" + before + \
        b"".join(b"--b\n" + p + b"\n" for p in parts) + end + after


PLAIN_PART = b"Content-type:  TEXT/plain\nX-odd :\ty\n\n.stays  \n"
ATTACHMENT = b"Content-Type: application/pdf; name=r.pdf\n" \
    b"Content-Transfer-Encoding: base64\n" \
    b"Content-Disposition: attachment; filename=r.pdf\n\n"
INNER = "From: eve@example.net\nSubject: {}\nMIME-Version: 1.0\n" \
    "Content-Type: text/plain; charset=utf-8\n" \
    "Content-Transfer-Encoding: {}\n\n"


def signed(octets):
    return HEAD + b"MIME-Version: 1.0\nContent-Type: multipart/signed; " \
        b"micalg=pgp-sha256; protocol=\"application/pgp-signature\";\n" \
        b" boundary=s\n\n--s\nContent-Type: text/plain; charset=utf-8\n\n" \
        + octets + b"\n--s\nContent-Type: application/pgp-signature\n\n" \
        b"-----BEGIN PGP SIGNATURE-----\n\niHUE=\n" \
        b"-----END PGP SIGNATURE-----\n--s--\n"


ENCRYPTED = HEAD + b"MIME-Version: 1.0\nContent-Type: multipart/encrypted;\n" \
    b" protocol=\"application/pgp-encrypted\"; boundary=e\n\n--e\n" \
    b"Content-Type: application/pgp-encrypted\n\nVersion: 1\n--e\n" \
    b"Content-Type: application/octet-stream\n\n" + b"A" * 1200 + b"\n--e--\n"

INLINE = "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nKäthe\n" \
    "-----BEGIN PGP SIGNATURE-----\n\niHUE\n" \
    "-----END PGP SIGNATURE-----\n".encode()

DKIM = b"DKIM-Signature: v=1; a=rsa-sha256; d=example.org; s=k;\n" \
    b" h=from:date:message-id:mime-version:content-type:\n" \
    b" content-transfer-encoding; bh=eA==; b=eA==\n" + HEAD + MIME.encode() \
    + b"\n" + TEXT.encode() + b"utf-8\n"

GIT = "From: {}\nTo: {}\nSubject: {}\n" + DATE_ID.decode() + \
    "MIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\n" \
    "Content-Transfer-Encoding: 8bit\n\nSigned-off-by: Jörg <j@x.org>\n"

SENTENCE = "Straßenbahnhaltestellenüberdachungsausschreibung " * 6
IDS = " ".join(f"<{i}.abcdefghijklmnop@mail.example.org>" for i in range(40))
RESENT = b"Resent-From: ann@example.org\nResent-Date: Wed, 2 Jul 2003 " \
    b"10:52:37 +0200\nResent-Message-ID: <2@example.org>\nResent-To: "
ENOUGH = b"Received: by x; Tue, 1 Jul 2003 10:52:38 +0200\n"

CALLERS = [
    Row("cron, a failing job", CRON_PLAIN[0],
        CRON_PLAIN[1] + FAILED.encode(), args=CRON, rcpts=(ADMIN,),
        files=ALIAS, settings=ALIASES),
    Row("cron in UTF-8", CRON_UTF8[0], CRON_UTF8[1] + "Käse\n".encode(),
        args=CRON, rcpts=(ADMIN,), files=ALIAS, settings=ALIASES,
        params=EIGHT),
    Row("cron in UTF-8 to a 7-bit server", CRON_7BIT[0],
        CRON_7BIT[1] + b"K=C3=A4se\n", args=CRON, rcpts=(ADMIN,),
        words=SEVEN, files=ALIAS, settings=ALIASES),
    Row("cron in the C locale, and UTF-8 all the same",
        b"From: root (Cron Daemon)\nTo: root\nSubject: Cron <root@h> x\n"
        + DATE_ID + "\nKäse\n".encode(),
        b"From: Cron Daemon <ann@example.org>\nTo: admin@example.net\n"
        b"Subject: Cron <root@h> x\n" + DATE_ID + "\nKäse\n".encode(),
        args=CRON, rcpts=(ADMIN,), files=ALIAS, settings=ALIASES,
        params=EIGHT, added=DECLARED),
    Row("PHP: a subject in UTF-8", PHP % "Störung".encode()
        + b"\r\nhello\n", PHP_WIRE % "«Störung»".encode()
        + b"\r\nhello\n", args=T),
    Row("PHP: a body in UTF-8", PHP % b"x" + b"\r\n" + UMLAUTS,
        PHP_WIRE % b"x" + b"\r\n" + UMLAUTS, args=T, params=EIGHT,
        added=DECLARED),
    Row("PHP: HTML without a charset", PHP % b"x" + b"MIME-Version: 1.0\r\n"
        b"Content-Type: text/html\r\n\r\n<b>K\xc3\xa4the</b>\n",
        PHP_WIRE % b"x" + b"MIME-Version: 1.0\nContent-Type: text/html; "
        b"charset=utf-8\n\n<b>K\xc3\xa4the</b>\n", args=T, params=EIGHT,
        added=(CODED + "8bit",)),
    Row("PHP: HTML without MIME-Version", PHP % b"x" + b"Content-Type: "
        b"text/html; charset=utf-8\r\n\r\n<b>K\xc3\xa4the</b>\n",
        PHP_WIRE % b"x" + b"Content-Type: text/html; charset=utf-8\n\n"
        b"<b>K\xc3\xa4the</b>\n", args=T, params=EIGHT,
        added=(MIME, CODED + "8bit")),
    Row("PHP: additional headers that end in a line end",
        PHP % b"x" + b"Content-Length: 6\r\n\r\n\r\nhello\n",
        PHP_WIRE % b"x" + b"\n\nhello\n", args=T),
    Row("git: names in UTF-8", GIT.format(
        "Jörg Müller <ann@example.org>", "Käthe <bob@example.net>",
        "[PATCH] Maße").encode(), GIT.format(
        "«Jörg Müller» <ann@example.org>", "«Käthe» <bob@example.net>",
        "«[PATCH] Maße»").encode(), args=T, params=EIGHT),
    Row("git: names in quotes", GIT.format(
        '"Müller, J." <ann@example.org>', '"K., Käthe" <bob@example.net>',
        "x").encode(), GIT.format(
        "«Müller, J.» <ann@example.org>", "«K., Käthe» "
        "<bob@example.net>", "x").encode(), args=T, params=EIGHT),
    Row("git to a 7-bit server", GIT.format(
        "Ann <ann@example.org>", RCPT, "x").encode(), GIT.format(
        "Ann <ann@example.org>", RCPT, "x").replace("8bit",
        "quoted-printable").replace("ö", "=C3=B6").encode(), args=T,
        words=SEVEN),
    Row("mdadm", b"From: mdadm monitoring <root>\nTo: root\nSubject: "
        b"DegradedArray event on /dev/md0:host\n" + DATE_ID + b"\nx\n",
        b"From: mdadm monitoring <ann@example.org>\nTo: root@example.net\n"
        b"Subject: DegradedArray event on /dev/md0:host\n" + DATE_ID
        + b"\nx\n", args=("-t",), rcpts=("root@example.net",),
        settings={"aliases": "off", "default_domain": "example.net"}),
    Row("logwatch", b"To: Root <root>\nFrom: logwatch\nSubject: Logwatch\n"
        + DATE_ID + b"\n ### \n", b"To: Root <admin@example.net>\nFrom: "
        b"logwatch <ann@example.org>\nSubject: Logwatch\n" + DATE_ID
        + b"\n ### \n", args=("-t",), rcpts=(ADMIN,), files=ALIAS,
        settings=ALIASES),
    Row("a newsletter in one line", HEAD + MIME.encode() + b"\nContent-Type: "
        b"text/html; charset=us-ascii\nContent-Transfer-Encoding: 7bit\n\n"
        + LONG, HEAD + MIME.encode() + b"\nContent-Type: text/html; "
        b"charset=us-ascii\nContent-Transfer-Encoding: quoted-printable\n\n"
        + qp(LONG), soft=True),
    Row("the name of -F is not for a From that is there",
        b"From: Ann <ann@example.org>\n" + DATE_ID + b"\nx\n",
        args=("-i", "-FKäthe", RCPT)),
    Row("the name of -F in UTF-8", DATE_ID + b"\nx\n",
        "From: «Käthe» <ann@example.org>\n".encode() + DATE_ID + b"\nx\n",
        args=("-i", "-FKäthe", RCPT)),
]

BODIES = [
    Row("no MIME: quoted-printable is shorter", HEAD + b"\n" + UMLAUTS,
        HEAD + b"\n" + qp(UMLAUTS), words=SEVEN,
        added=(MIME, TEXT + "utf-8", CODED + "quoted-printable")),
    Row("no MIME: base64 is shorter", HEAD + b"\n" + CHINESE,
        HEAD + b"\n" + b64(crlf(CHINESE)) + b"\n", words=SEVEN,
        added=(MIME, TEXT + "utf-8", CODED + "base64")),
    Row("Cyrillic", text(RUSSIAN),
        text(b64(crlf(RUSSIAN)) + b"\n", "base64"), words=SEVEN),
    Row("Latin-1 of nobody knows where", HEAD + b"\n" + LATIN, params=EIGHT,
        added=(MIME, TEXT + "unknown-8bit", CODED + "8bit")),
    Row("Latin-1, and said so", HEAD + MIME.encode() + b"\n" + TEXT.encode()
        + b"iso-8859-1\nContent-Transfer-Encoding: 8bit\n\n" + LATIN,
        HEAD + MIME.encode() + b"\n" + TEXT.encode() + b"iso-8859-1\n"
        b"Content-Transfer-Encoding: quoted-printable\n\n" + qp(LATIN),
        words=SEVEN),
    Row("a long line in text without MIME", HEAD + b"\nfirst\n" + LONG,
        HEAD + b"\nfirst\n" + qp(LONG), soft=True,
        added=(MIME, TEXT + "us-ascii", CODED + "quoted-printable")),
    Row("a line of 999", HEAD + b"\n" + b"x" * 999 + b"\n", soft=True,
        added=(MIME, TEXT + "us-ascii", CODED + "quoted-printable")),
    Row("8-bit text and a long line", text(UMLAUTS + b"x" * 999
        + b"\n"), text(qp(UMLAUTS) + b"x" * 999 + b"\n", "quoted-printable"),
        soft=True),
    Row("NULs", HEAD + b"\n" + NUL, HEAD + b"\n" + b64(crlf(NUL)) + b"\n",
        added=(MIME, TEXT + "us-ascii", CODED + "base64")),
    Row("NULs in one part", HEAD + mixed(PLAIN_PART, text_part(NUL, "7bit")),
        HEAD + mixed(PLAIN_PART, text_part(b64(crlf(NUL)), "base64"))),
    Row("two parts of three", HEAD + mixed(
        text_part(UMLAUTS), PLAIN_PART, text_part(CHINESE, "8bit", "html"),
        subtype=b"alternative"), HEAD + mixed(
        text_part(qp(UMLAUTS), "quoted-printable"), PLAIN_PART,
        text_part(b64(crlf(CHINESE)), "base64", "html"),
        subtype=b"alternative"), words=SEVEN),
    Row("the same, and nothing to do", HEAD + mixed(
        text_part(UMLAUTS), PLAIN_PART, text_part(CHINESE, "8bit", "html"),
        subtype=b"alternative"), params=EIGHT),
    Row("preamble and epilogue", HEAD + mixed(
        text_part(UMLAUTS), before=b"Before, with  blanks \n",
        after=b"\nafter\n--b\n"), HEAD + mixed(
        text_part(qp(UMLAUTS), "quoted-printable"),
        before=b"Before, with  blanks \n", after=b"\nafter\n--b\n"),
        words=SEVEN),
    Row("no closing boundary", HEAD + mixed(text_part(UMLAUTS), end=b""),
        HEAD + mixed(text_part(qp(UMLAUTS), "quoted-printable"), end=b""),
        words=SEVEN),
    Row("text that is nearly a boundary", HEAD + mixed(
        PLAIN_PART.replace(b"stays", b"\n--\n--a\n-b"), text_part(UMLAUTS)),
        HEAD + mixed(PLAIN_PART.replace(b"stays", b"\n--\n--a\n-b"),
                     text_part(qp(UMLAUTS), "quoted-printable")),
        words=SEVEN),
    Row("a message in the message", HEAD + mixed(
        b"Content-Type: message/rfc822\n\n"
        + INNER.format("x", "8bit").encode() + UMLAUTS), HEAD + mixed(
        b"Content-Type: message/rfc822\n\n" + INNER.format(
            "x", "quoted-printable").encode() + qp(UMLAUTS)), words=SEVEN),
    Row("its header, too", HEAD + mixed(
        b"Content-Type: message/rfc822\n\n"
        + INNER.format("Käthe", "8bit").encode() + b"x\n"), HEAD + mixed(
        b"Content-Type: message/rfc822\n\n" + INNER.format(
            "«Käthe»", "8bit").encode() + b"x\n"), words=SEVEN),
    Row("a multipart in a multipart", HEAD + mixed(
        b"Content-Type: multipart/related; boundary=c\n\n--c\n"
        + text_part(UMLAUTS) + b"\n--c--", PLAIN_PART), HEAD + mixed(
        b"Content-Type: multipart/related; boundary=c\n\n--c\n"
        + text_part(qp(UMLAUTS), "quoted-printable") + b"\n--c--",
        PLAIN_PART), words=SEVEN),
    Row("8bit of the whole", HEAD + b"Content-Transfer-Encoding: 8bit\n"
        + mixed(text_part(UMLAUTS)), HEAD + b"Content-Transfer-Encoding: "
        b"7bit\n" + mixed(text_part(qp(UMLAUTS), "quoted-printable")),
        words=SEVEN),
    Row("an attachment in one line", HEAD + mixed(
        PLAIN_PART, ATTACHMENT + ONE_LINE), HEAD + mixed(
        PLAIN_PART, ATTACHMENT + b64(PDF))),
    Row("CRLF from outside", crlf(HEAD + mixed(text_part(UMLAUTS))),
        HEAD + mixed(text_part(qp(UMLAUTS), "quoted-printable")),
        words=SEVEN),
    Row("dots, encoded or not, are stuffed",
        text(".\n..ä\nand no more of them\n".encode()),
        text(b"=2E\n..=C3=A4\nand no more of them\n", "quoted-printable"),
        words=SEVEN),
]

SIGNED_PART = signed(b"a\rb\n").replace(HEAD + b"MIME-Version: 1.0\n", b"")
BINARY = b"Content-Type: application/octet-stream\n" \
    b"Content-Transfer-Encoding: binary\n\n"

PARTS = [
    Row("text without a charset", HEAD + mixed(
        b"\n" + UMLAUTS, b"Content-Type: text/html\n\n" + LATIN), HEAD + mixed(
        text_part(UMLAUTS), b"Content-Type: text/html; charset=unknown-8bit\n"
        b"Content-Transfer-Encoding: 8bit\n\n" + LATIN), params=EIGHT),
    Row("DKIM: parts that say nothing stay", DKIM.replace(
        MIME.encode() + b"\n" + TEXT.encode() + b"utf-8\n", b"")
        + mixed(b"\n" + UMLAUTS), params=EIGHT),
    Row("the name of an attachment", HEAD + mixed(
        "Content-Disposition: attachment; filename=\"Maße.txt\"\n\nx\n"
        .encode(), text_part(UMLAUTS)), HEAD + mixed(
        b"Content-Disposition: attachment; filename*=UTF-8''Ma%C3%9Fe.txt\n\n"
        b"x\n", text_part(UMLAUTS)), params=EIGHT),
    Row("no boundary", HEAD + b"MIME-Version: 1.0\nContent-Type: multipart/"
        b"mixed\n\n" + UMLAUTS, words=SEVEN, code=65, err=("boundary",),
        sent=False),
    Row("no boundary, and nothing to encode", HEAD + b"MIME-Version: 1.0\n"
        b"Content-Type: multipart/mixed\n\nx\n", words=SEVEN, meaning=False),
    Row("a piece of a message", HEAD + b"MIME-Version: 1.0\nContent-Type: "
        b"message/partial; id=x; number=1\n\n" + UMLAUTS, words=SEVEN, code=65,
        err=("message/partial",), sent=False),
    Row("a CR in a signed part", HEAD + mixed(PLAIN_PART, SIGNED_PART),
        code=65, err=("part 2 is signed", "CR"), sent=False),
    Row("binary, where the server does not take it", HEAD + mixed(
        PLAIN_PART, BINARY + NUL), HEAD + mixed(PLAIN_PART, BINARY.replace(
            b"binary", b"base64") + b64(crlf(NUL)))),
    Row("all is called binary", (HEAD + mixed(BINARY + NUL)).replace(
        b"1.0\n", b"1.0\nContent-Transfer-Encoding: binary\n"),
        (HEAD + mixed(BINARY.replace(b"binary", b"base64") + b64(crlf(NUL))))
        .replace(b"1.0\n", b"1.0\nContent-Transfer-Encoding: 8bit\n")),
    Row("signed binary, where the server does not take it",
        signed(NUL).replace(b"charset=utf-8\n", b"charset=utf-8\n"
                            b"Content-Transfer-Encoding: binary\n"),
        code=65, err=("part 1", "does not take", "signed"), sent=False),
]

SIGNATURES = [
    Row("signed, and 8-bit", signed(UMLAUTS), words=SEVEN, code=65,
        err=("signed",), sent=False),
    Row("signed, and a long line", signed(b"x" * 999), code=65,
        err=("signed",), sent=False),
    Row("signed, and a NUL", signed(NUL), code=65, err=("signed",),
        sent=False),
    Row("signed within another", HEAD + mixed(PLAIN_PART, signed(UMLAUTS)
        .replace(HEAD + b"MIME-Version: 1.0\n", b"")), words=SEVEN, code=65,
        err=("signed",), sent=False),
    Row("signed, beside what is encoded", HEAD + mixed(
        text_part(UMLAUTS), signed(b"x  \n").replace(
            HEAD + b"MIME-Version: 1.0\n", b"")), HEAD + mixed(
        text_part(qp(UMLAUTS), "quoted-printable"),
        signed(b"x  \n").replace(HEAD + b"MIME-Version: 1.0\n", b"")),
        words=SEVEN),
    Row("encrypted, and a long line", ENCRYPTED, code=65, err=("encrypted",),
        sent=False),
    Row("inline PGP in UTF-8: its body stays", HEAD + b"\n" + INLINE,
        params=EIGHT, added=DECLARED),
    Row("inline PGP, when there is no other way", HEAD + b"\n" + INLINE,
        HEAD + b"\n" + qp(INLINE), words=SEVEN,
        added=(MIME, TEXT + "utf-8", CODED + "quoted-printable")),
    Row("DKIM: nothing is declared that is signed", DKIM + b"\n" + UMLAUTS,
        params=EIGHT),
    Row("DKIM, when there is no other way", DKIM + b"\n" + UMLAUTS,
        DKIM + b"\n" + qp(UMLAUTS), words=SEVEN,
        added=(CODED + "quoted-printable",)),
]

HEADERS = [
    Row("a subject in UTF-8", HEAD + "Subject: Käthe\n\nx\n".encode(),
        HEAD + "Subject: «Käthe»\n\nx\n".encode()),
    Row("a long one", HEAD + f"Subject: {SENTENCE.strip()}\n\nx\n".encode(),
        HEAD + f"Subject: «{SENTENCE.strip()}»\n\nx\n".encode()),
    Row("a folded one", HEAD + "Subject: Käthe\n grüßt\n\nx\n".encode(),
        HEAD + "Subject: «Käthe grüßt»\n\nx\n".encode()),
    Row("without SMTPUTF8, though it is offered",
        HEAD + "Subject: Käthe\n\nx\n".encode(),
        HEAD + "Subject: «Käthe»\n\nx\n".encode(), words=UTF8),
    Row("names of two recipients", HEAD + "To: Käthe <bob@example.net>, "
        "Ann <ann@example.org>\n\nx\n".encode(), HEAD + "To: «Käthe» "
        "<bob@example.net>, Ann <ann@example.org>\n\nx\n".encode(), args=T,
        rcpts=(RCPT, SENDER)),
    Row("an old-style name", HEAD + "To: bob@example.net (Käthe)\n\nx\n"
        .encode(), HEAD + "To: bob@example.net («Käthe»)\n\nx\n".encode(),
        args=T),
    Row("an international domain", HEAD + "To: Bob <bob@bücher.example>\n\n"
        "x\n".encode(), HEAD + b"To: Bob <bob@xn--bcher-kva.example>\n\nx\n",
        args=T, rcpts=("bob@xn--bcher-kva.example",)),
    Row("SMTPUTF8 is needed and offered", "From: ann@example.org\n"
        "To: Käthe <käthe@example.net>\n".encode() + DATE_ID + b"\nx\n",
        args=T, words=UTF8, params=EIGHT + " SMTPUTF8",
        rcpts=("käthe@example.net",)),
    Row("SMTPUTF8 is needed and not offered: the others", HEAD + "To: "
        "käthe@example.net, bob@example.net\n\nx\n".encode(), HEAD + "To: "
        "«käthe@example.net» :;, bob@example.net\n\nx\n".encode(), args=T,
        code=65, err=("5.6.7", "käthe@example.net")),
    Row("an author who needs SMTPUTF8", "From: käthe@example.org\n".encode()
        + DATE_ID + b"\nx\n", code=65, err=("5.6.7", "From"), sent=False),
    Row("the name of a file", HEAD + "MIME-Version: 1.0\nContent-Type: "
        "text/plain\nContent-Disposition: attachment; filename=\"Maße.txt\""
        "\n\nx\n".encode(), HEAD + b"MIME-Version: 1.0\nContent-Type: "
        b"text/plain\nContent-Disposition: attachment; filename*=UTF-8''"
        b"Ma%C3%9Fe.txt\n\nx\n"),
    Row("many references", HEAD + f"References: {IDS}\n\nx\n".encode(),
        HEAD + f"References: ‹{IDS}›\n\nx\n".encode()),
    Row("a line that cannot be folded", HEAD + b"References: <" + b"x" * 994
        + b"@x>\n\nx\n", code=65, err=("References",), sent=False),
    Row("a word that can be encoded", HEAD + b"X-Y: " + b"x" * 1200
        + b"\n\nx\n", HEAD + "X-Y: «{}»\n\nx\n".format("x" * 1200).encode()),
    Row("a header of a resending", RESENT + "Käthe <bob@example.net>\n"
        .encode() + HEAD + b"\nx\n", RESENT + "«Käthe» <bob@example.net>\n"
        .encode() + HEAD + b"\nx\n", args=T),
    Row("several To and Cc", HEAD + b"To: bob@example.net\nCc: a@example.net"
        b"\nTo: Eve <eve@example.net>\nCc: b@example.net\n\nx\n",
        HEAD + "To: ‹bob@example.net, Eve <eve@example.net>›\n"
        "Cc: ‹a@example.net, b@example.net›\n\nx\n".encode(), args=T,
        rcpts=(RCPT, "a@example.net", "eve@example.net", "b@example.net")),
    Row("two of what there is one of", HEAD + b"Subject: one\n" + HEAD
        .replace(b"1", b"2") + b"Subject: two\n\nx\n",
        HEAD + b"Subject: one\n\nx\n"),
    Row("empty fields swallow nothing", b"From:\nTo:\nCc: bob@example.net\n"
        + DATE_ID + b"Subject:\n\nx\n", b"From: ann@example.org\nCc: bob@"
        b"example.net\n" + DATE_ID + b"Subject:\n\nx\n", args=T),
    Row("Content-Length goes", HEAD + b"Content-Length: 2\n\nx\n",
        HEAD + b"\nx\n"),
    Row("100 times Received", ENOUGH * 100 + HEAD + b"\nx\n"),
    Row("101 times: a loop", ENOUGH * 101 + HEAD + b"\nx\n", code=69,
        err=("5.4.6",), sent=False),
    Row("a Date that tells no time zone", b"From: ann@example.org\n"
        b"Message-ID: <1@example.org>\n\nx\n", b"From: ann@example.org\n"
        b"Message-ID: <1@example.org>\n\nx\n", added=("Date: UTC",),
        settings={"set_date_header": "utc"}, env={"TZ": "Asia/Tokyo"}),
]

AUTHORS = [
    Row("all agree", b"From: Eve <eve@example.net>\nSender: eve@example.net\n"
        + DATE_ID + b"\nx\n", b"From: Eve <ann@example.org>\nSender: ann@"
        b"example.org\n" + DATE_ID + b"\nx\n",
        settings={"set_from_header": "on"}),
    Row("a reply goes to who wrote", b"From: Eve <eve@example.net>\n"
        + DATE_ID + b"\nx\n", b"From: Eve <ann@example.org>\n" + DATE_ID
        + b"\nx\n", added=("Reply-To: Eve <eve@example.net>",), settings={
            "set_from_header": "on", "keep_original_from": "reply-to"}),
    Row("the name tells who wrote", b"From: Eve <eve@example.net>\n"
        + DATE_ID + b"\nx\n", b"From: \"Eve (eve@example.net)\" "
        b"<ann@example.org>\n" + DATE_ID + b"\nx\n", settings={
            "set_from_header": "on", "keep_original_from": "name"}),
    Row("auto leaves a whole address", b"From: Eve <eve@example.net>\n"
        + DATE_ID + b"\nx\n"),
    Row("a sender that is pinned", HEAD + b"\nx\n",
        args=("-f", "eve@example.net", "-i", RCPT),
        settings={"allow_from_override": "off"}),
    Row("a recipient without a domain", HEAD + b"To: ann.b, bob@example.net\n"
        b"\nx\n", HEAD + b"To: ann.b@example.net, bob@example.net\n\nx\n",
        args=T, rcpts=("ann.b@example.net", RCPT), settings={
            "aliases": "off", "default_domain": "example.net"}),
    Row("a recipient without a domain, and none for it", HEAD + b"To: ann.b, "
        b"bob@example.net\n\nx\n", HEAD + b"To: \"ann.b\":;, "
        b"bob@example.net\n\nx\n", args=T, settings={"aliases": "off"},
        code=67, err=("ann.b",), meaning=False),
    Row("an alias for many", HEAD + b"To: root\n\nx\n", HEAD + "To: "
        "‹admin@example.net, eve@example.net›\n\nx\n".encode(), args=T,
        rcpts=(ADMIN, "eve@example.net"), settings=ALIASES, files={
            "aliases": "root: ops, eve@example.net\n"
                       "ops: admin@example.net\n"}),
    Row("To as it was written", HEAD + b"To: root@localhost\n\nx\n", args=T,
        rcpts=(ADMIN,), files=ALIAS,
        settings=dict(ALIASES, set_to_header="off")),
    Row("a report names who was meant", HEAD + b"\nx\n",
        args=("-N", "failure", "-i", "root@localhost"),
        words=OFFERED + " DSN", rcpts=(ADMIN,), files=ALIAS,
        settings=ALIASES,
        rcpt_params="NOTIFY=FAILURE ORCPT=rfc822;root@localhost"),
]


@pytest.mark.parametrize("row", CALLERS + BODIES + PARTS + SIGNATURES + HEADERS
                         + AUTHORS, ids=lambda row: row.name)
def test_is_made_to_fit(post, serve, row):
    run(post, serve, row)
