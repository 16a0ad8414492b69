#include "unit.h"

#include "bodies.h"

static const struct row seven[] = {
	{ "7-bit text", "A: b\n\nabc\n", SAME, NULL },
	{ "no body", "A: b\n\n", SAME, NULL },
	{ "998 octets", "A: b\n\n" X998 "\n", SAME, NULL },
	{ "text without MIME", "A: b\n\ncaf\xc3\xa9 au lait\n",
	    "A: b\n" MV CT "text/plain; charset=utf-8\n" QP "\n"
	    "caf=C3=A9 au lait\n", NULL },
	{ "no header at all", "\ncaf\xc3\xa9 au lait\n",
	    MV CT "text/plain; charset=utf-8\n" QP "\n"
	    "caf=C3=A9 au lait\n", NULL },
	{ "text in Latin-1 without MIME", "A: b\n\ncaf\xe9 au lait\n",
	    "A: b\n" MV CT "text/plain; charset=unknown-8bit\n" QP "\n"
	    "caf=E9 au lait\n", NULL },
	{ "999 octets without MIME", "A: b\n\n" X998 "y\n",
	    "A: b\n" MV CT "text/plain; charset=us-ascii\n" QP "\n"
	    SOFT(X75) SOFT(X75) SOFT(X75) SOFT(X75) SOFT(X75) SOFT(X75)
	    SOFT(X75) SOFT(X75) SOFT(X75) SOFT(X75) SOFT(X75) SOFT(X75)
	    SOFT(X75) "xxxxxxxxxxxxxxxxxxxxxxxy\n", NULL },
	{ "an encoding without a type", CTE "8bit\nA: b\n\ncaf\xc3\xa9 au\n",
	    QP "A: b\n" MV CT "text/plain; charset=utf-8\n\n"
	    "caf=C3=A9 au\n", NULL },
	{ "a type without a version", CT "text/html; charset=x\n\na \xe9 bc\n",
	    CT "text/html; charset=x\n" MV QP "\na =E9 bc\n", NULL },
	{ "the other fields stay",
	    "a:b\n" MV "X:  y\n" CTE "8bit\n" CT "text/plain;\n"
	    "\tcharset=\"utf-8\"\nZ: \n\na \xc3\xa9 bcde\n",
	    "a:b\n" MV "X:  y\n" QP CT "text/plain;\n"
	    "\tcharset=\"utf-8\"\nZ: \n\na =C3=A9 bcde\n", NULL },
	{ "base64 is shorter", MV CT "text/plain\n\n" W4 W4 W4 "\n",
	    MV CT "text/plain\n" B64 "\nw6nDqcOpw6nDqcOpDQo=\n", NULL },
	{ "they are equal", MV CT "text/plain\n\n\xe9\xe9" "ab\n",
	    MV CT "text/plain\n" QP "\n=E9=E9ab\n", NULL },
	{ "one more is not", MV CT "text/plain\n\n\xe9\xe9\xe9" "b\n",
	    MV CT "text/plain\n" B64 "\n6enpYg0K\n", NULL },
	{ "equal in a part", MIXED "--b\n\n\xe9\xe9" "ab\n--b--\n",
	    MIXED "--b\n" QP "\n=E9=E9ab\n--b--\n", NULL },
	{ "not equal in a part", MIXED "--b\n\n\xe9\xe9\xe9" "b\n--b--\n",
	    MIXED "--b\n" B64 "\n6enpYg==\n--b--\n", NULL },
	{ "one octet in another kind", MV CT "application/x-y\n\n\xe9" "ab\n",
	    MV CT "application/x-y\n" QP "\n=E9ab\n", NULL },
	{ "unknown encodings are none", MV CT "text/plain\n" CTE "8-bit\n\n"
	    "a \xe9 bc\n", MV CT "text/plain\n" QP "\na =E9 bc\n", NULL },
	{ "an empty one", MV CT "text/plain\n" CTE "\n\na \xe9 bc\n",
	    MV CT "text/plain\n" QP "\na =E9 bc\n", NULL },
	{ "a wrong 7bit", MV CT "text/plain\n" CTE "7bit\n\na \xe9 bc\n",
	    MV CT "text/plain\n" QP "\na =E9 bc\n", NULL },
	{ "two encodings", MV CTE "8bit\n" CT "text/plain\n" CTE "7bit\n\n"
	    "a \xe9 bc\n", MV QP CT "text/plain\n\na =E9 bc\n", NULL },
	{ "x-uuencode", MV CT "text/plain\n" CTE "x-uuencode\n\na\n\xe9\n",
	    SAME, "the message (text/plain) has 8-bit text in line 2 of the "
	    "body, which the server does not take, and its encoding "
	    "x-uuencode is none that can be changed; send it in base64" },
	{ "uuencode in a part", MIXED "--b\n\na\n--b\n" CTE "uuencode\n\n"
	    "\xe9\n--b--\n", SAME, "part 2 has 8-bit text in line 7 " },
	{ "uuencode that is well", MIXED "--b\n" CTE "x-uuencode\n\na\n--b\n"
	    "\na \xe9 bc\n--b--\n",
	    MIXED "--b\n" CTE "x-uuencode\n\na\n--b\n"
	    QP "\na =E9 bc\n--b--\n", NULL },

	{ "one part of two", MIXED "--b\n" CT "text/plain\n\na \xe9 bc\n"
	    "--b\n" CT "text/html\n\nab=\n--b--\n",
	    MIXED "--b\n" CT "text/plain\n" QP "\na =E9 bc\n"
	    "--b\n" CT "text/html\n\nab=\n--b--\n", NULL },
	{ "the other part", MIXED "pre\n--b\nA:b\n\n.\nFrom \n"
	    "--b\nB : c\n\na \xe9 bc\n\n--b--  \nepi\n",
	    MIXED "pre\n--b\nA:b\n\n.\nFrom \n"
	    "--b\nB : c\n" QP "\na =E9 bc\n\n--b--  \nepi\n", NULL },
	{ "a part without header", MIXED "--b\n\na \xe9 bc\n--b--\n",
	    MIXED "--b\n" QP "\na =E9 bc\n--b--\n", NULL },
	{ "a part without empty line", MIXED "--b\na \xe9 bc\n--b--\n",
	    MIXED "--b\n" QP "\na =E9 bc\n--b--\n", NULL },
	{ "the last line end is the delimiter's",
	    MIXED "--b\n\na \xe9 bc\t\n--b--\n",
	    MIXED "--b\n" QP "\na =E9 bc=09\n--b--\n", NULL },
	{ "base64 in a part", MIXED "--b\n\n" W4 W4 W4 "\n--b--\n",
	    MIXED "--b\n" B64 "\nw6nDqcOpw6nDqcOp\n--b--\n", NULL },
	{ "nothing closes", MIXED "--b\n\na \xe9 bc\n",
	    MIXED "--b\n" QP "\na =E9 bc\n", NULL },
	{ "base64, and nothing closes", MIXED "--b\n\n" W4 W4 W4 "\n",
	    MIXED "--b\n" B64 "\nw6nDqcOpw6nDqcOpDQo=\n", NULL },
	{ "a header that does not end", MIXED "--b\nA: b\n--b\n\n\xe9 abc\n"
	    "--b--\n",
	    MIXED "--b\nA: b\n--b\n" QP "\n=E9 abc\n--b--\n", NULL },
	{ "the body ends in a header", MIXED "--b\n\n\xe9 abc\n--b\nA: b\n",
	    MIXED "--b\n" QP "\n=E9 abc\n--b\nA: b\n", NULL },
	{ "an empty part", MIXED "--b\n\n--b\n\n\xe9 abc\n--b--\n",
	    MIXED "--b\n\n--b\n" QP "\n=E9 abc\n--b--\n", NULL },
	{ "blanks behind a delimiter", MIXED "--b \t\n\n\xe9 abc\n--b-- \n",
	    MIXED "--b \t\n" QP "\n=E9 abc\n--b-- \n", NULL },
	{ "longer delimiters are others",
	    MIXED "--b\n\n\xe9 abc\n--bc\n--b-\n-- b\n--b--\n",
	    MIXED "--b\n" QP "\n=E9 abc\n=2D-bc\n=2D-b-\n=2D- b\n--b--\n",
	    NULL },
	{ "a colon in the boundary",
	    MV CT "multipart/mixed; boundary=\"a:b\"\n\n"
	    "--a:b\nA: b\n--a:b\n\n\xe9 abc\n--a:b--\n",
	    MV CT "multipart/mixed; boundary=\"a:b\"\n\n"
	    "--a:b\nA: b\n--a:b\n" QP "\n=E9 abc\n--a:b--\n", NULL },
	{ "dots and From", MIXED "--b\n\n.\nFrom a\n\xe9\n--b--\n",
	    MIXED "--b\n" B64 "\nLg0KRnJvbSBhDQrp\n--b--\n", NULL },

	{ "nested", MIXED "--b\n" CT "multipart/alternative; boundary=c\n\n"
	    "--c\n\na \xe9 bc\n--c\n\nabc\n--c--\n--b\n\nabc\xe9 d\n--b--\n",
	    MIXED "--b\n" CT "multipart/alternative; boundary=c\n\n"
	    "--c\n" QP "\na =E9 bc\n--c\n\nabc\n--c--\n--b\n" QP
	    "\nabc=E9 d\n--b--\n", NULL },
	{ "the inner one does not close",
	    MIXED "--b\n" CT "multipart/alternative; boundary=c\n\n"
	    "--c\n\na \xe9 bc\n--b\n\nabc\xe9 d\n--b--\n",
	    MIXED "--b\n" CT "multipart/alternative; boundary=c\n\n"
	    "--c\n" QP "\na =E9 bc\n--b\n" QP "\nabc=E9 d\n--b--\n", NULL },
	{ "one begins with the other",
	    MIXED "--b\n" CT "multipart/alternative; boundary=bb\n\n"
	    "--bb\n\na \xe9 bc\n--bb--\n--b\n\nabc\xe9 d\n--b--\n",
	    MIXED "--b\n" CT "multipart/alternative; boundary=bb\n\n"
	    "--bb\n" QP "\na =E9 bc\n--bb--\n--b\n" QP "\nabc=E9 d\n--b--\n",
	    NULL },
	{ "a closed one is closed",
	    MIXED "--b\n" CT "multipart/alternative; boundary=c\n\n"
	    "--c\n\na\n--c--\n--c\n\xe9\n--b--\n",
	    MIXED "--b\n" CT "multipart/alternative; boundary=c\n\n"
	    "--c\n\na\n--c--\n--c\n?\n--b--\n", NULL },
	{ "no boundary", MIXED "--b\n" CT "multipart/mixed\n\n"
	    "\xe9 abc\n--c--\n--b--\n", SAME, "part 1 (multipart/mixed) has "
	    "8-bit text in line 4 of the body, which the server does not "
	    "take, and it names no boundary by which its parts could be told "
	    "apart; name one (RFC 2046 5.1.1)" },
	{ "no boundary, and nothing to encode", MIXED "--b\n"
	    CT "multipart/mixed\n\nabc\n--c--\n--b\n\n\xe9 abc\n--b--\n",
	    MIXED "--b\n"
	    CT "multipart/mixed\n\nabc\n--c--\n--b\n" QP "\n=E9 abc\n--b--\n",
	    NULL },
	{ "a boundary of 257", MIXED "--b\n" CT "multipart/mixed; boundary="
	    X100 X100 X10 X10 X10 X10 X10 "xxxxxxx\n\n\xe9\n--b--\n", SAME,
	    "and its boundary is longer than mail allows" },
	{ "one of 256", MIXED "--b\n" CT "multipart/mixed; boundary="
	    X100 X100 X10 X10 X10 X10 X10 "xxxxxx\n\n--" X100 X100 X10 X10
	    X10 X10 X10 "xxxxxx\n\n\xe9 abc\n--b--\n",
	    MIXED "--b\n" CT "multipart/mixed; boundary="
	    X100 X100 X10 X10 X10 X10 X10 "xxxxxx\n\n--" X100 X100 X10 X10
	    X10 X10 X10 "xxxxxx\n" QP "\n=E9 abc\n--b--\n", NULL },
	{ "no boundary, and signed", MV CT "multipart/signed\n\n\xe9\n", SAME,
	    "the message (multipart/signed) has 8-bit text in line 1 of the "
	    "body, which the server does not take, and it is signed" },
	{ "a boundary that never comes",
	    MV CT "multipart/mixed; boundary=c\n\n\xe9 abc\n--b--\n",
	    MV CT "multipart/mixed; boundary=c\n" QP "\n=E9 abc\n=2D-b--\n",
	    NULL },
	{ "the epilogue comes at once",
	    MIXED "pre\xe9\n--b--\nepi\xe9\n",
	    MIXED "pre?\n--b--\nepi?\n", NULL },

	{ "an enclosed message", MIXED "--b\n" CT "message/rfc822\n\n"
	    "Subject: x\n" MV CT "text/plain\n\na \xe9 bc\n--b--\n",
	    MIXED "--b\n" CT "message/rfc822\n\n"
	    "Subject: x\n" MV CT "text/plain\n" QP "\na =E9 bc\n--b--\n",
	    NULL },
	{ "one without MIME", MIXED "--b\n" CT "message/rfc822\n" CTE "8bit\n"
	    "\nSubject: x\n\na \xe9 bc\n--b--\n",
	    MIXED "--b\n" CT "message/rfc822\n" CTE "7bit\n"
	    "\nSubject: x\n" QP MV "\na =E9 bc\n--b--\n", NULL },
	{ "at the top", MV CT "message/rfc822\n" CTE "8bit\n"
	    "\nSubject: x\n\na \xe9 bc\n",
	    MV CT "message/rfc822\n" CTE "7bit\n"
	    "\nSubject: x\n" QP MV "\na =E9 bc\n", NULL },
	{ "with parts", MV CT "message/global\n\n" MIXED
	    "--b\n\n\xe9 abc\n--b--\n",
	    MV CT "message/global\n\n" MIXED
	    "--b\n" QP "\n=E9 abc\n--b--\n", NULL },
	{ "one in one", MV CT "message/rfc822\n\n" CT "message/rfc822\n\n"
	    MV CT "text/plain\n\n\xe9 abc\n",
	    MV CT "message/rfc822\n\n" CT "message/rfc822\n\n"
	    MV CT "text/plain\n" QP "\n=E9 abc\n", NULL },
	{ "one that no empty line is before",
	    MIXED "--b\n" CT "message/rfc822\nno \xe9 field\n--b--\n",
	    MIXED "--b\n" CT "message/rfc822\n" QP "\nno =E9 field\n"
	    "--b--\n", NULL },
	{ "an encoded one", MV CT "message/rfc822\n" B64 "\nQUJ\xe9" "D\n",
	    MV CT "message/rfc822\n" B64 "\nQUJD\n", NULL },
	{ "another message kind", MV CT "message/delivery-status\n\n"
	    "A: \xe9 b\n", MV CT "message/delivery-status\n" QP "\n"
	    "A: =E9 b\n", NULL },
	{ "a piece of a message", MIXED "--b\n" CT "message/partial\n\n"
	    "\xe9\n--b--\n", SAME, "part 1 (message/partial) has 8-bit text "
	    "in line 4 of the body, which the server does not take, and a "
	    "piece of a message is not encoded" },
	{ "an external body", MV CT "message/external-body\n\nA: \xe9\n\n",
	    SAME, "and this type is not encoded" },
	{ "a digest", MV CT "multipart/digest; boundary=b\n\n"
	    "--b\n\nSubject: x\n" CT "text/plain\n\na \xe9 bc\n"
	    "--b\n" CT "text/plain\n\na \xe9 bc\n--b--\n",
	    MV CT "multipart/digest; boundary=b\n\n"
	    "--b\n\nSubject: x\n" CT "text/plain\n" QP MV "\na =E9 bc\n"
	    "--b\n" CT "text/plain\n" QP "\na =E9 bc\n--b--\n", NULL },

	{ "labels of what holds others", MV CTE "8bit\n"
	    CT "multipart/mixed; boundary=b\n\n--b\n" CTE "BINARY\n"
	    CT "multipart/mixed; boundary=c\n\n--c\n\n\xe9 abc\n--c--\n"
	    "--b--\n",
	    MV CTE "7bit\n"
	    CT "multipart/mixed; boundary=b\n\n--b\n" CTE "7bit\n"
	    CT "multipart/mixed; boundary=c\n\n--c\n" QP "\n=E9 abc\n--c--\n"
	    "--b--\n", NULL },
	{ "labels of leaves", MIXED "--b\n" CTE "8bit\n\nabc\n--b\n"
	    CTE "binary\n\nabc\n--b\n" CTE "8bit\n\n\xe9 abc\n--b--\n",
	    MIXED "--b\n" CTE "8bit\n\nabc\n--b\n"
	    CTE "7bit\n\nabc\n--b\n" QP "\n=E9 abc\n--b--\n", NULL },
	{ "8-bit in QP", MV CT "text/plain\n" QP "\na=C3=A9\xc3\xa9=\n"
	    "=XY \n.\n", MV CT "text/plain\n" QP "\na=C3=A9=C3=A9=3DXY\n"
	    "=2E\n", NULL },
	{ "QP that ends in a soft break", MV CT "text/plain\n" QP "\n\xe9=\n",
	    MV CT "text/plain\n" QP "\n=E9=\n", NULL },
	{ "8-bit in base64", MIXED "--b\n" B64 "\nQ\xe9UJ\nD\n--b--\n",
	    MIXED "--b\n" B64 "\nQUJD\n--b--\n", NULL },
	{ "base64 of nothing", MV B64 CT "text/plain\n\n\xe9\n",
	    MV B64 CT "text/plain\n\n", NULL },

	{ "signed", MV CT "multipart/signed; boundary=b\n\n--b\n\n\xe9\n"
	    "--b\n\nabc\n--b--\n", SAME, "part 1 has "
	    "8-bit text in line 3 of the body, which the server does not "
	    "take, and it is signed (multipart/signed): re-encoding would "
	    "break the signature; encode it before signing (quoted-printable "
	    "or base64)" },
	{ "signed in a part", MIXED "--b\n\nabc\n--b\n"
	    CT "multipart/signed; boundary=c\n\n--c\n\n\xe9\n--c--\n--b--\n",
	    SAME, "part 2.1 has 8-bit text in line 9 of" },
	{ "signed in a part of a part", MIXED "--b\n"
	    CT "multipart/mixed; boundary=d\n\n--d\n\na\n--d\n"
	    CT "multipart/signed; boundary=c\n\n--c\n\n\xe9\n--c--\n--b--\n",
	    SAME, "part 1.2.1 has" },
	{ "a signed part that is well", MIXED "--b\n" CTE "8bit\n"
	    CT "multipart/signed; boundary=c\n\n--c\n" CTE "8bit\n\nabc\n"
	    "--c--\n--b\n\n\xe9 abc\n--b--\n",
	    MIXED "--b\n" CTE "7bit\n"
	    CT "multipart/signed; boundary=c\n\n--c\n" CTE "8bit\n\nabc\n"
	    "--c--\n--b\n" QP "\n=E9 abc\n--b--\n", NULL },
	{ "encrypted", MV CT "multipart/encrypted; boundary=b\n\n--b\n\n"
	    "\xe9\n--b--\n", SAME, "what is encrypted is not altered" },
	{ "PKCS #7 is a leaf", MV CT "application/pkcs7-mime\n\nab\xe9" "cd\n",
	    MV CT "application/pkcs7-mime\n" QP "\nab=E9cd\n", NULL },
	{ "an impossible boundary",
	    MV CT "multipart/mixed; boundary=\"\xe9\"\n\n--\xe9\n\na\n",
	    SAME, "its boundary is none that mail allows" },
};

static const struct row eight[] = {
	{ "8-bit text may go", "A: b\n\ncaf\xc3\xa9\n", SAME, NULL },
	{ "however it is labelled", MV CT "text/plain\n" CTE "7bit\n\n\xe9\n",
	    SAME, NULL },
	{ "signed 8-bit text", MV CT "multipart/signed; boundary=b\n\n"
	    "--b\n\n\xe9\n--b--\n", SAME, NULL },
	{ "binary that need not be touched", MV CT "text/plain\n"
	    CTE "binary\n\n\xe9\n", SAME, NULL },
	{ "a long line of a part", MIXED "--b\n\n\xe9\n--b\n\n" X998 "y\n"
	    "--b--\n",
	    MIXED "--b\n\n\xe9\n--b\n" QP "\n"
	    SOFT(X75) SOFT(X75) SOFT(X75) SOFT(X75) SOFT(X75) SOFT(X75)
	    SOFT(X75) SOFT(X75) SOFT(X75) SOFT(X75) SOFT(X75) SOFT(X75)
	    SOFT(X75) "xxxxxxxxxxxxxxxxxxxxxxxy\n--b--\n", NULL },
	{ "a NUL", MV CT "text/plain\n\na\1b\n",
	    MV CT "text/plain\n" B64 "\nYQBiDQo=\n", NULL },
	{ "a NUL without MIME", "A: b\n\na\1b\n",
	    "A: b\n" MV CT "text/plain; charset=us-ascii\n" B64 "\n"
	    "YQBiDQo=\n", NULL },
	{ "a NUL in QP", MV CT "text/plain\n" QP "\na\1=3D\n",
	    MV CT "text/plain\n" QP "\na=00=3D\n", NULL },
	{ "a NUL in base64", MV CT "text/plain\n" B64 "\nQU\1JD\n",
	    MV CT "text/plain\n" B64 "\nQUJD\n", NULL },
	{ "base64 on one line", MIXED "--b\n" B64 "\n" X998 "yy\n--b--\n",
	    MIXED "--b\n" B64 "\n"
	    X75 "x\n" X75 "x\n" X75 "x\n" X75 "x\n" X75 "x\n" X75 "x\n"
	    X75 "x\n" X75 "x\n" X75 "x\n" X75 "x\n" X75 "x\n" X75 "x\n"
	    X75 "x\n" "xxxxxxxxxxyy\n--b--\n", NULL },
	{ "a NUL in what is signed", MV CT "multipart/signed; boundary=b\n\n"
	    "--b\n\n\1\n--b--\n", SAME, "part 1 has a NUL in line 3 of the "
	    "body, which mail cannot carry, and it is signed" },
	{ "a long line in it", MV CT "multipart/signed; boundary=b\n\n"
	    "--b\n\n" X998 "y\n--b--\n", SAME, "part 1 has 999 octets in "
	    "line 3 of the body, where mail allows 998, and" },
	{ "binary labels", MV CTE "binary\n"
	    CT "multipart/mixed; boundary=b\n\n--b\n" CTE "binary\n\n\xe9\n"
	    "--b\n" CTE "binary\n\na\n--b\n\na\1b\n--b--\n",
	    MV CTE "8bit\n"
	    CT "multipart/mixed; boundary=b\n\n--b\n" CTE "8bit\n\n\xe9\n"
	    "--b\n" CTE "7bit\n\na\n--b\n" B64 "\nYQBi\n--b--\n", NULL },
	{ "preamble and epilogue", MIXED "a\1\xe9\n" X998 "y\n--b\n\na\n"
	    "--b--\n\1\n" X998 "y",
	    MIXED "a?\xe9\n" X998 "\n--b\n\na\n--b--\n?\n" X998 "\n", NULL },
	{ "what must not become a delimiter",
	    MV CT "multipart/mixed; boundary=\"b?\"\n\n--b\1\n--b?\n\na\n"
	    "--b?--\n--\n",
	    MV CT "multipart/mixed; boundary=\"b?\"\n\n?-b?\n--b?\n\na\n"
	    "--b?--\n--\n", NULL },
	{ "a part that must not become one",
	    MIXED "--b\n\n" X998 "y\n--b--\n--b\n\1\n",
	    MIXED "--b\n" QP "\n"
	    SOFT(X75) SOFT(X75) SOFT(X75) SOFT(X75) SOFT(X75) SOFT(X75)
	    SOFT(X75) SOFT(X75) SOFT(X75) SOFT(X75) SOFT(X75) SOFT(X75)
	    SOFT(X75) "xxxxxxxxxxxxxxxxxxxxxxxy\n--b--\n--b\n?\n", NULL },
};

static const struct row declared[] = {
	{ "7-bit text", "A: b\n\nabc\n", SAME, NULL },
	{ "nothing said", "A: b\n\n\xc3\xa9\n", "A: b\n" MV
	    CT "text/plain; charset=utf-8\n" CTE "8bit\n\n\xc3\xa9\n", NULL },
	{ "Latin-1", "A: b\n\n\xe9\n", "A: b\n" MV
	    CT "text/plain; charset=unknown-8bit\n" CTE "8bit\n\n\xe9\n",
	    NULL },
	{ "all said", MV CT "text/plain; charset=iso-8859-1\n" CTE "8bit\n\n"
	    "\xe9\n", SAME, NULL },
	{ "a version alone", MV "A: b\n\n\xc3\xa9\n", MV "A: b\n"
	    CT "text/plain; charset=utf-8\n" CTE "8bit\n\n\xc3\xa9\n", NULL },
	{ "no version", CT "text/plain; charset=utf-8\n" CTE "8bit\n\n"
	    "\xc3\xa9\n", CT "text/plain; charset=utf-8\n" CTE "8bit\n" MV
	    "\n\xc3\xa9\n", NULL },
	{ "no charset", MV CT "text/html; x=y\n\n\xc3\xa9\n",
	    MV CT "text/html; x=y; charset=utf-8\n" CTE "8bit\n\n\xc3\xa9\n",
	    NULL },
	{ "US-ASCII", MV CT "text/plain; charset=\"US-ASCII\"; x=y\n\n"
	    "\xc3\xa9\n", MV CT "text/plain; charset=utf-8; x=y\n" CTE
	    "8bit\n\n\xc3\xa9\n", NULL },
	{ "what cron says", CT "text/plain; charset=ANSI_X3.4-1968\n"
	    CTE "8bit\n\n\xc3\xa9\n", CT "text/plain; charset=utf-8\n"
	    CTE "8bit\n" MV "\n\xc3\xa9\n", NULL },
	{ "no encoding", MV CT "text/plain; charset=utf-8\n\n\xc3\xa9\n",
	    MV CT "text/plain; charset=utf-8\n" CTE "8bit\n\n\xc3\xa9\n",
	    NULL },
	{ "a wrong encoding", MV CT "text/plain; charset=x\n" CTE "7bit\n\n"
	    "\xe9\n", SAME, NULL },
	{ "base64", MV CT "text/plain\n" B64 "\n\xe9\n", SAME, NULL },
	{ "another type", CT "application/x-y\n\n\xe9\n",
	    CT "application/x-y\n" MV "\n\xe9\n", NULL },
	{ "no type that is one", CT "text\n\n\xe9\n", CT "text\n" MV
	    "\n\xe9\n", NULL },
	{ "parts", CT "multipart/mixed; boundary=b\n\n--b\n\n\xe9\n--b--\n",
	    CT "multipart/mixed; boundary=b\n" MV
	    "\n--b\n\n\xe9\n--b--\n", NULL },
	{ "a signed type", "DKIM-Signature: h=content-type:from\n"
	    CT "text/plain\n\n\xe9\n", "DKIM-Signature: h=content-type:from\n"
	    CT "text/plain\n" CTE "8bit\n" MV "\n\xe9\n", NULL },
	{ "all signed", "DKIM-Signature: h=content-type:mime-version:"
	    "content-transfer-encoding\n\n\xe9\n", SAME, NULL },
};

static void
test_seven(void **state)
{
	run(*state, &(struct recode){ .eightbit = 0 });
}

/* With SMTPUTF8, so that headers of parts are no matter. */
static void
test_eight(void **state)
{
	run(*state, &(struct recode){ .eightbit = 1, .utf8 = 1 });
}

static void
test_declare(void **state)
{
	const struct row *r = *state;
	struct buf in = wire_text(r->in);
	struct buf out = wire_text(r->out != SAME ? r->out : r->in);
	struct message m = message_of(in.data, in.len);
	struct err e = ERR_INIT;

	assert_int_equal(recode_declare(&m, &e), 0);
	expect_wire(&m, &out);
	assert_int_equal(recode_declare(&m, &e), 0);
	expect_wire(&m, &out);
	message_free(&m);
	buf_free(&in);
	buf_free(&out);
}

/* ------------------------------------------------------------------ sizes */

static const struct {
	const char	*name;
	size_t		 lines;
} sizes[] = {
	{ "in memory", 10 },
	{ "one block", 64 * 1024 / 16 },
	{ "one block and a line", 64 * 1024 / 16 + 1 },
	{ "in a file", SPILL_MEMORY / 16 + 1 },
	{ "many blocks", 50000 },
};

/* A part of 16 octets a line behind pad octets, encoded and not. */
static void
test_size(void **state)
{
	const __typeof__(sizes[0]) *r = *state;
	struct buf in = BUF_MAX(ROOM), out = BUF_MAX(ROOM);
	const struct recode how = { .eightbit = 0 };
	struct err e = ERR_INIT;
	struct message m;
	size_t pad, i;

	for (pad = 0; pad < 17; pad++) {
		char *fill = unit_fill('p', pad);
		buf_clear(&in);
		buf_clear(&out);
		buf_addf(&in, CT "multipart/mixed; boundary=b\r\n"
		    "MIME-Version: 1.0\r\n\r\n%s\r\n--b\r\n\r\n", fill);
		buf_add(&out, in.data, in.len - 2);
		buf_adds(&out, CTE "quoted-printable\r\n\r\n");
		for (i = 0; i < r->lines; i++) {
			buf_adds(&in, "abc \xe9 defghi  \r\n");
			buf_adds(&out, "abc =E9 defghi =20\r\n");
		}
		buf_adds(&in, "--b\r\n\r\n=E9 \r\n--b--\r\n");
		buf_adds(&out, "--b\r\n\r\n=E9 \r\n--b--\r\n");
		m = message_of(in.data, in.len);
		assert_int_equal(recode_apply(&m, &how, &e), 0);
		expect_wire(&m, &out);
		expect_facts(&m);
		message_free(&m);
		free(fill);
	}
	buf_free(&in);
	buf_free(&out);
}

static const struct {
	const char	*name;
	size_t		 n;
} longs[] = {
	{ "999", 999 },
	{ "a block less", 64 * 1024 - 1 },
	{ "a block", 64 * 1024 },
	{ "a block more", 64 * 1024 + 1 },
	{ "many blocks", 1000 * 1000 },
};

/* One line of that length: soft breaks, and no octet lost. */
static void
test_long(void **state)
{
	const __typeof__(longs[0]) *r = *state;
	struct buf in = BUF_MAX(ROOM), out = BUF_MAX(ROOM);
	const struct recode how = { .eightbit = 1 };
	struct err e = ERR_INIT;
	char *fill = unit_fill('x', r->n);
	struct message m;
	size_t i;

	buf_adds(&in, MV CT "text/plain\n\n");
	buf_adds(&out, "MIME-Version: 1.0\r\n" CT "text/plain\r\n"
	    CTE "quoted-printable\r\n\r\n");
	buf_addf(&in, "%s\n.\n", fill);
	for (i = 0; i < r->n; i++) {
		if (i > 0 && i % 75 == 0 && i + 1 < r->n)
			buf_adds(&out, "=\r\n");
		buf_addc(&out, 'x');
	}
	buf_adds(&out, "\r\n=2E\r\n");
	m = message_of(in.data, in.len);
	assert_int_equal(m.longest, r->n);
	assert_int_equal(recode_apply(&m, &how, &e), 0);
	expect_wire(&m, &out);
	message_free(&m);
	buf_free(&in);
	buf_free(&out);
	free(fill);
}

/* How long a line is said to be does not depend on how it is read. */
static void
test_told(void **state)
{
	const __typeof__(longs[0]) *r = *state;
	const struct recode how = { .eightbit = 1 };
	struct buf in = BUF_MAX(ROOM), why = BUF_MAX(1000);
	struct err e = ERR_INIT;
	char *fill = unit_fill('x', r->n);
	struct message m;

	buf_addf(&in, CT "multipart/signed; boundary=b\n\n--b\n\n%s\n"
	    "--b--\n", fill);
	buf_addf(&why, "has %zu octets in line 3 of", r->n);
	m = message_of(in.data, in.len);
	assert_int_equal(recode_apply(&m, &how, &e), -1);
	assert_non_null(strstr(e.text, why.data));
	message_free(&m);
	buf_free(&in);
	buf_free(&why);
	free(fill);
}

/* White space behind a delimiter is not worth a refusal. */
static void
test_delimiter(void **state)
{
	const struct recode how = { .eightbit = 1 };
	struct buf in = BUF_MAX(ROOM);
	struct buf out = wire_text(MIXED "--b\n\na\n--b--\n");
	struct err e = ERR_INIT;
	char *fill = unit_fill(' ', 2000);
	struct message m;

	(void)state;
	buf_addf(&in, MIXED "--b%s\n\na\n--b--%s\n", fill, fill);
	m = message_of(in.data, in.len);
	assert_int_equal(recode_apply(&m, &how, &e), 0);
	expect_wire(&m, &out);
	message_free(&m);
	buf_free(&in);
	buf_free(&out);
	free(fill);
}

/* As deep as is looked into, and one more. */
static void
test_depth(void **state)
{
	const struct recode how = { .eightbit = 0 };
	struct buf in = BUF_MAX(ROOM), wire;
	struct err e = ERR_INIT;
	struct message m;
	int depth, i, r;

	(void)state;
	for (depth = 50; depth <= 51; depth++) {
		buf_clear(&in);
		for (i = 0; i < depth; i++)
			buf_addf(&in, "%s" CT "multipart/mixed; boundary=b%d."
			    "\n\n--b%d.\n", i == 0 ? MV : "", i, i);
		buf_adds(&in, "\n\xe9 abc\n");
		m = message_of(in.data, in.len);
		r = recode_apply(&m, &how, &e);
		assert_int_equal(r, depth == 50 ? 0 : -1);
		wire = wire_of(&m);
		if (r == 0)
			assert_non_null(strstr(wire.data, "--b49.\r\n" CTE
			    "quoted-printable\r\n\r\n=E9 abc\r\n"));
		else
			assert_non_null(strstr(e.text, "nest it less deep"));
		buf_free(&wire);
		message_free(&m);
	}
	buf_free(&in);
}

/* A header without an end is text. */
static void
test_header(void **state)
{
	const struct recode how = { .eightbit = 0 };
	struct buf in = BUF_MAX(ROOM), wire;
	struct err e = ERR_INIT;
	struct message m;
	int i;

	(void)state;
	buf_adds(&in, MIXED "--b\n");
	for (i = 0; i < 20000; i++)
		buf_adds(&in, "Field: 0123456789012345678901234567890123456789"
		    "01234567890123456789\n");
	buf_adds(&in, "\n\xe9 abc\n--b\n\n\xe9\n--b--\n");
	m = message_of(in.data, in.len);
	assert_int_equal(recode_apply(&m, &how, &e), 0);
	wire = wire_of(&m);
	assert_non_null(strstr(wire.data, "--b\r\n" CTE "quoted-printable"
	    "\r\n\r\nField: 0123"));
	assert_non_null(strstr(wire.data, "9\r\n\r\n=E9 abc\r\n--b\r\n"));
	buf_free(&wire);
	message_free(&m);
	buf_free(&in);
}

/* No room for the new body: the message is as it was. */
static void
test_no_room(void **state)
{
	const struct recode how = { .eightbit = 0 };
	struct buf in = BUF_MAX(ROOM);
	struct rlimit before, limit;
	struct err e = ERR_INIT;
	struct message m;
	int i, r;

	(void)state;
	buf_adds(&in, "A: b\r\n\r\n");
	for (i = 0; i < 100000; i++)
		buf_adds(&in, "\xe9 0123456789\r\n");
	m = message_of(in.data, in.len);
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &before);
	limit = before;
	limit.rlim_cur = 1024 * 1024;
	setrlimit(RLIMIT_FSIZE, &limit);
	r = recode_apply(&m, &how, &e);
	setrlimit(RLIMIT_FSIZE, &before);
	assert_int_equal(r, -1);
	assert_int_equal(e.kind, ERR_IO);
	expect_wire(&m, &in);
	expect_facts(&m);
	message_free(&m);
	buf_free(&in);
}

/* A signal ends it, wherever it comes, and the message is as it was. */
static void
test_stopped(void **state)
{
	static const volatile sig_atomic_t stop = 1;
	const struct recode how = { .eightbit = 0, .stop = &stop };
	struct message m = message_of(LIT("Subject: x\n\nh\xc3\xa4\n"));
	struct err e = ERR_INIT;
	off_t size;

	(void)state;
	size = m.body.size;
	assert_int_equal(recode_apply(&m, &how, &e), -1);
	assert_int_equal(e.kind, ERR_TEMP);
	assert_int_equal(m.body.size, size);
	assert_int_equal(m.body_8bit, 1);
	message_free(&m);
}

int
main(void)
{
	unit_rows("7 bits", seven, COUNT(seven), sizeof(seven[0]),
	    test_seven);
	unit_rows("8 bits", eight, COUNT(eight), sizeof(eight[0]),
	    test_eight);
	UNIT_ROWS(declared, test_declare);
	UNIT_ROWS(sizes, test_size);
	UNIT_ROWS(longs, test_long);
	unit_rows("told", longs, COUNT(longs), sizeof(longs[0]), test_told);
	UNIT_TEST(test_delimiter);
	UNIT_TEST(test_depth);
	UNIT_TEST(test_header);
	UNIT_TEST(test_no_room);
	UNIT_TEST(test_stopped);
	return unit_run("recode");
}
