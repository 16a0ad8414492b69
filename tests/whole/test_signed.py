"""Signatures by real tools: what verified before verifies after, or it is
refused, or the log says so."""

import re
import subprocess

import pytest

from conftest import PATIENCE, RCPT

OK, DATA = 0, 65
HEAD = "From: Ann <ann@example.org>\nTo: bob@example.net\n" \
    "Subject: {subject}\nDate: Tue, 1 Jul 2003 10:52:37 +0200\n" \
    "Message-ID: <1@example.org>\n"
EIGHT = ["PIPELINING", "8BITMIME", "SIZE"]
SEVEN = ["PIPELINING", "SIZE"]
UTF8 = ["PIPELINING", "8BITMIME", "SMTPUTF8"]

# Bodies as people write them; what the wire does to them is all allowed.
BODIES = {
    "ascii": "hello\n.\n..\nFrom me\n\n\n",
    "blanks": "a \t\nb\t\n \n\nend\n",
    "utf-8": "Grüße aus Köln, und mehr davon\n.\n",
}


def call(*command, stdin=None, ok=True):
    done = subprocess.run([str(c) for c in command], input=stdin,
                          capture_output=True, timeout=PATIENCE)
    assert (done.returncode == 0) == ok, done.stderr.decode()
    return done.stdout


# S/MIME: multipart/signed, by openssl.

@pytest.fixture(scope="session")
def signer(tmp_path_factory):
    folder = tmp_path_factory.mktemp("signer")
    call("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days",
         "30", "-subj", "/CN=Ann/emailAddress=ann@example.org", "-keyout",
         folder / "key.pem", "-out", folder / "cert.pem")
    return folder


def smime_sign(signer, body):
    text = b"Content-Type: text/plain; charset=utf-8\n" \
        b"Content-Transfer-Encoding: 8bit\n\n" + body.encode()
    signed = call("openssl", "smime", "-sign", "-signer", signer / "cert.pem",
                  "-inkey", signer / "key.pem", stdin=text)
    return HEAD.format(subject="signed").encode() + signed


def smime_verify(signer, text, ok=True):
    return call("openssl", "smime", "-verify", "-CAfile", signer / "cert.pem",
                stdin=text, ok=ok)


@pytest.mark.parametrize("body", BODIES)
def test_smime_survives(post, serve, signer, body):
    server = serve(words=EIGHT)
    r = post.submit(server, "-t", "-i", stdin=smime_sign(
        signer, BODIES[body]))
    assert (r.code, r.err) == (OK, "")
    got = smime_verify(signer, server.messages[0].text)
    assert got.decode().replace("\r\n", "\n").endswith(BODIES[body])


def test_smime_breaks_as_the_test_thinks(signer):
    text = smime_sign(signer, BODIES["ascii"]).replace(b"hello", b"jello")
    smime_verify(signer, text, ok=False)


@pytest.mark.parametrize("body, words", [
    ("utf-8", SEVEN), ("long", EIGHT), ("stray CR", EIGHT)])
def test_smime_is_refused_rather_than_altered(post, serve, signer, body,
                                              words):
    bodies = dict(BODIES, long="x" * 1200 + "\n")
    bodies["stray CR"] = "a\rb\n"
    server = serve(words=words)
    text = smime_sign(signer, bodies[body])
    r = post.submit(server, "-t", "-i", stdin=text)
    assert r.code == DATA
    assert "multipart/signed" in r.err
    assert server.messages == []


# PGP/MIME and inline PGP need no key here: the form alone counts.

PGP_MIME = 'MIME-Version: 1.0\nContent-Type: multipart/signed; ' \
    'micalg=pgp-sha256;\n protocol="application/pgp-signature"; ' \
    'boundary="=-=-="\n\n--=-=-=\nContent-Type: text/plain; charset=utf-8\n' \
    "Content-Transfer-Encoding: 8bit\n\n{body}\n--=-=-=\n" \
    "Content-Type: application/pgp-signature; name=signature.asc\n\n" \
    "-----BEGIN PGP SIGNATURE-----\n\niQ==\n=abcd\n" \
    "-----END PGP SIGNATURE-----\n\n--=-=-=--\n"


@pytest.mark.parametrize("body", BODIES)
def test_pgp_mime_goes_byte_for_byte(post, serve, body):
    server = serve(words=EIGHT)
    text = HEAD.format(subject="x") + PGP_MIME.format(body=BODIES[body])
    r = post.submit(server, "-t", "-i", stdin=text.encode())
    assert (r.code, r.err) == (OK, "")
    assert server.messages[0].text == text.replace("\n", "\r\n").encode()


def test_pgp_mime_is_refused_for_a_7_bit_server(post, serve):
    server = serve(words=SEVEN)
    text = HEAD.format(subject="x") + PGP_MIME.format(body=BODIES["utf-8"])
    r = post.submit(server, "-t", "-i", stdin=text.encode())
    assert r.code == DATA
    assert re.search("quoted-printable|base64", r.err), r.err
    assert server.messages == []


INLINE = "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n{body}\n" \
    "-----BEGIN PGP SIGNATURE-----\n\niQ==\n=abcd\n" \
    "-----END PGP SIGNATURE-----\n"


def test_inline_pgp_is_recoded_only_where_it_must(post, serve):
    head = HEAD.format(subject="x") + "MIME-Version: 1.0\nContent-Type: " \
        "text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n"
    text = head + INLINE.format(body=BODIES["utf-8"])
    for words in (EIGHT, SEVEN):
        server = serve(words=words)
        log = post.folder / "log"
        r = post.submit(server, "-v", "-t", "-i", stdin=text.encode(),
                        settings={"logfile": log})
        assert r.code == OK
        same = server.messages[0].text == text.replace("\n", "\r\n").encode()
        assert same == (words is EIGHT)
        assert ("altered=body" in log.read_text()) == (words is SEVEN)
        assert ("signature" in r.err) == (words is SEVEN)
        log.unlink()


# DKIM, by dkimpy.

@pytest.fixture(scope="session")
def dkim(signer):
    module = pytest.importorskip("dkim", reason="dkimpy is not installed")
    public = call("openssl", "rsa", "-in", signer / "key.pem", "-pubout")
    key = "".join(public.decode().split("\n")[1:-2])
    return module, (signer / "key.pem").read_bytes(), \
        f"v=DKIM1; k=rsa; p={key}".encode()


def dkim_sign(dkim, text, canon):
    module, key, _ = dkim
    text = text.replace("\n", "\r\n").encode()
    head = module.sign(text, b"sel", b"example.org", key, include_headers=[
        b"from", b"to", b"subject", b"date", b"message-id", b"mime-version",
        b"content-type", b"content-transfer-encoding"],
        canonicalize=(canon, canon))
    return head + text


def dkim_holds(dkim, text):
    module, _, record = dkim
    return module.verify(text, dnsfunc=lambda name, **_: record)


TYPE = "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n" \
    "Content-Transfer-Encoding: 8bit\n\n"


@pytest.mark.parametrize("canon", [b"simple", b"relaxed"],
                         ids=["simple", "relaxed"])
@pytest.mark.parametrize("body", BODIES)
def test_dkim_survives(post, serve, dkim, canon, body):
    server = serve(words=EIGHT)
    text = dkim_sign(dkim, HEAD.format(subject="x") + TYPE + BODIES[body],
                     canon)
    r = post.submit(server, "-t", "-i", stdin=text)
    assert (r.code, r.err) == (OK, "")
    assert dkim_holds(dkim, server.messages[0].text)


@pytest.mark.parametrize("words", [UTF8, EIGHT], ids=["SMTPUTF8", "without"])
def test_a_signed_raw_subject(post, serve, dkim, words):
    """SMTPUTF8 saves it; without there is no other way than to encode it."""
    server = serve(words=words)
    text = dkim_sign(dkim, HEAD.format(subject="Grüße") + TYPE + "x\n",
                     b"relaxed")
    log = post.folder / "log"
    r = post.submit(server, "-v", "-t", "-i", stdin=text,
                    settings={"logfile": log})
    assert r.code == OK
    saved = "SMTPUTF8" in server.messages[0].params
    assert saved == (words is UTF8)
    assert dkim_holds(dkim, server.messages[0].text) == saved
    assert ("altered=Subject" in log.read_text()) == (not saved)
    assert ("signature" in r.err) == (not saved)


def test_many_fields_to_encode_and_a_signature(post, serve):
    """Each is looked for among the signed ones, which took a minute."""
    text = "DKIM-Signature: v=1; h=from:x-7; b=x\n" + \
        HEAD.format(subject="x") + "".join(f"X-{i}: ä\n" for i in range(100000))
    log = post.folder / "log"
    r = post.submit(serve(words=SEVEN), "-i", RCPT, timeout=30,
                    stdin=text.encode() + b"\nx\n", settings={"logfile": log})
    assert (r.code, r.err) == (OK, "")
    assert "altered=X-7 " in log.read_text()


def test_two_signed_to_fields_stay_two(post, serve, dkim):
    server = serve(words=EIGHT)
    text = dkim_sign(dkim, "To: eve@example.net\n" +
                     HEAD.format(subject="x") + TYPE + "x\n", b"relaxed")
    r = post.submit(server, "-t", "-i", stdin=text)
    assert (r.code, r.err) == (OK, "")
    assert server.messages[0].fields("To") == ["eve@example.net", RCPT]
    assert dkim_holds(dkim, server.messages[0].text)
