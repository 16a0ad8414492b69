"""TLS: sessions that are kept and resumed, and whom to trust."""

import base64
import hashlib
import hmac
import os
import shutil
import socket
import ssl
import stat
import struct
import subprocess
import threading
import time

import pytest

from conftest import MESSAGE, NO_ENTRY, PATIENCE, RCPT, quiet, said, until
from server import Hold, make_cert, make_key, openssl

OK, UNAVAILABLE, PROTOCOL, CONFIG = 0, 69, 76, 78
LINKS = ["starttls", "implicit"]
WEEK = 7 * 24 * 3600


@pytest.fixture(params=LINKS)
def server(serve, request):
    """One that lets sessions be resumed."""
    return serve(tls=request.param)


@pytest.fixture
def implicit(serve):
    return serve(tls="implicit")


def folder(post):
    return post.home / ".local/state/posthorn/tls"


def tickets(post):
    return sorted(folder(post).iterdir()) if folder(post).exists() else []


def ticket(post):
    found, = tickets(post)
    return found


def submit(post, server, *args, env=None, **settings):
    r = post.submit(server, *args, RCPT, settings=settings, env=env)
    assert r.code == OK, r.err
    return r


def resumed(server):
    """Of each connection, whether it was."""
    return [s.resumed for s in server.sessions]


# Sessions are resumed.

def test_resumed_again_and_again(post, server):
    for _ in range(3):
        submit(post, server)
    assert resumed(server) == [False, True, True]
    assert len(server.messages) == 3


def test_described(post, server):
    first, second = (submit(post, server, "-v").err for _ in range(2))
    assert "certificate of localhost verified\n" in first
    day = time.strftime("%Y-%m-%d ", time.gmtime())
    assert f"resumed; certificate of localhost verified on {day}" in second


def test_where_it_is_kept(post, server):
    quiet(submit(post, server, env={"XDG_STATE_HOME": None}))
    assert ticket(post).name.startswith(f"localhost-{server.port}-")
    assert stat.S_IMODE(ticket(post).stat().st_mode) == 0o600
    for made in (folder(post), folder(post).parent):
        assert stat.S_IMODE(made.stat().st_mode) == 0o700


def test_in_the_folder_of_xdg(post, implicit):
    config = post.config(post.settings(implicit))
    for state in ("state", post.folder / "new" / "state"):
        for _ in range(2):
            quiet(post.run("-C", config, RCPT,
                           env={"XDG_STATE_HOME": str(state)}))
    assert resumed(implicit) == [False, True] * 2
    assert len(tickets(post)) == 1          # not below a relative path
    assert len(list((post.folder / "new/state/posthorn/tls").iterdir())) == 1


def test_used_once(post, implicit):
    submit(post, implicit)
    path = ticket(post)
    old = path.read_bytes()
    submit(post, implicit)
    assert ticket(post) == path and path.read_bytes() != old


def test_not_there_while_it_is_used(post, implicit):
    submit(post, implicit)
    seen = []
    implicit.on("MAIL", lambda *_: seen.append(tickets(post)))
    submit(post, implicit)
    assert seen == [[]] and tickets(post)


def test_two_at_once_do_not_share(post, implicit):
    submit(post, implicit)
    event = threading.Event()
    implicit.on("CONNECT", Hold(event))
    config = post.config(post.settings(implicit))
    started = [post.start("-C", config, RCPT) for _ in range(5)]
    for p in started:
        p.stdin.write(MESSAGE)
        p.stdin.close()
        p.stdin = None
    assert implicit.wait(lambda: len(implicit.sessions) == 6)
    until(lambda: all(s.tls is not None for s in implicit.sessions),
          "handshakes")
    implicit.poke(event)
    for p in started:
        quiet(post.finish(p))
    assert sum(resumed(implicit)) == 1
    assert len(implicit.messages) == 6
    submit(post, implicit)
    assert resumed(implicit)[-1]


# Sessions are not resumed where that would be wrong.

CHANGES = {
    "name": {"tls_host_override": "127.0.0.1"},
    "priorities": {"tls_priorities": "NORMAL"},
    "trust": {"tls_trust_file": "{folder}/other.pem"},
    "user": {"auth": "off", "user": "eve"},
    "not verified": {"tls_certcheck": "off"},
}


@pytest.mark.parametrize("change", CHANGES)
def test_not_across_settings(post, implicit, certs, change):
    shutil.copy(certs / "ca.pem", post.folder / "other.pem")
    submit(post, implicit)
    submit(post, implicit, **{k: v.format(folder=post.folder)
                              for k, v in CHANGES[change].items()})
    assert resumed(implicit) == [False, False]


def test_not_across_accounts(post, implicit):
    text = post.settings(implicit)
    config = post.config(text + text.replace("default", "work"))
    for account in ("default", "work", "default", "work"):
        quiet(post.run("-C", config, "-a", account, RCPT))
    assert resumed(implicit) == [False, False, True, True]
    assert len(tickets(post)) == 2


@pytest.mark.parametrize("change", ["more", "another"])
def test_not_when_trust_has_changed(post, implicit, certs, change):
    trust = post.folder / "trust.pem"
    shutil.copy(certs / "ca.pem", trust)
    submit(post, implicit, tls_trust_file=trust)
    if change == "more":
        trust.write_text(trust.read_text() + "\n")
        submit(post, implicit, tls_trust_file=trust)
    else:
        shutil.copy(certs / "other-ca.pem", trust)
        r = post.submit(implicit, RCPT, settings={"tls_trust_file": trust})
        assert r.code == PROTOCOL and "does not trust" in r.err
    assert True not in resumed(implicit)


def test_certcheck_off_keeps_nothing(post, implicit):
    for _ in range(2):
        submit(post, implicit, tls_certcheck="off")
    assert resumed(implicit) == [False, False]
    assert not (post.home / ".local").exists()


def test_certcheck_off_uses_nothing(post, implicit):
    submit(post, implicit)
    submit(post, implicit, tls_certcheck="off")
    assert resumed(implicit) == [False, False]
    assert len(tickets(post)) == 1


def test_nothing_of_who_was_not_verified(post, serve):
    server = serve(tls="implicit", cert="unknown-ca")
    assert post.submit(server, RCPT).code == PROTOCOL
    assert tickets(post) == []


def test_nothing_of_older_tls(post, serve):
    server = serve(tls="implicit",
                   tls_max=ssl.TLSVersion.TLSv1_2)
    for _ in range(2):
        submit(post, server)
    assert resumed(server) == [False, False]
    assert tickets(post) == []


def test_nothing_without_tls(post, plain):
    submit(post, plain)
    assert not (post.home / ".local").exists()


HEAD = struct.Struct("@8sqqQ")


def rewrite(path, verified=0, expires=0):
    """Move the times in a kept session, by seconds."""
    octets = path.read_bytes()
    magic, was, until, _ = HEAD.unpack(octets[:HEAD.size])
    rest = octets[HEAD.size:]
    h = 0xcbf29ce484222325
    for octet in HEAD.pack(magic, was + verified, until + expires,
                           0)[:-8] + rest:
        h = (h ^ octet) * 0x100000001b3 % 2**64
    path.write_bytes(HEAD.pack(magic, was + verified, until + expires, h) +
                     rest)


TIMES = {"as it is": (0, 0, True),
         "verified almost a week ago": (300 - WEEK, 0, True),
         "verified a week ago": (-WEEK, 0, False),
         "verified in the future": (300, 0, False),
         "the certificate has expired": (0, -31 * 24 * 3600, False)}


@pytest.mark.parametrize("when", TIMES)
def test_only_for_so_long(post, implicit, when):
    submit(post, implicit)
    rewrite(ticket(post), *TIMES[when][:2])
    submit(post, implicit)
    assert resumed(implicit) == [False, TIMES[when][2]]
    submit(post, implicit)
    assert resumed(implicit)[-1]


def test_a_week_in_all(post, implicit):
    """That it was resumed does not make it younger."""
    submit(post, implicit)
    for _ in range(2):
        rewrite(ticket(post), -WEEK // 2)
        submit(post, implicit)
    assert resumed(implicit) == [False, True, False]


DAMAGE = {"empty": lambda text: b"", "short": lambda text: text[:-1],
          "an octet": lambda text: text[:-9] + b"\0" + text[-8:],
          "zeros": lambda text: bytes(len(text)),
          "something else": lambda text: b"hello\n" * 100000}


@pytest.mark.parametrize("damage", DAMAGE)
def test_damaged_file(post, implicit, damage):
    submit(post, implicit)
    path = ticket(post)
    path.write_bytes(DAMAGE[damage](path.read_bytes()))
    quiet(submit(post, implicit))
    submit(post, implicit)
    assert resumed(implicit) == [False, False, True]


def test_folder_that_others_may_write_to(post, implicit):
    folder(post).mkdir(parents=True)
    folder(post).chmod(0o777)
    for _ in range(2):
        quiet(submit(post, implicit))
    assert resumed(implicit) == [False, False]
    assert tickets(post) == []


def test_folder_that_is_a_link(post, implicit):
    (post.folder / "real").mkdir()
    folder(post).parent.mkdir(parents=True)
    folder(post).symlink_to(post.folder / "real")
    quiet(submit(post, implicit))
    assert tickets(post) == []


def test_file_that_is_a_link(post, implicit):
    submit(post, implicit)
    path, real = ticket(post), post.folder / "real"
    path.rename(real)
    path.symlink_to(real)
    text = real.read_bytes()
    quiet(submit(post, implicit))
    assert resumed(implicit) == [False, False]
    assert not path.is_symlink() and real.read_bytes() == text


def test_no_room_for_it(post, implicit):
    (post.home / ".local").write_text("in the way")
    for _ in range(2):
        quiet(submit(post, implicit))
    assert resumed(implicit) == [False, False]


def test_no_home_at_all(post, web, implicit, certs):
    (web.folder / "ca.pem").write_bytes((certs / "ca.pem").read_bytes())
    config = web.config(post.settings(
        implicit, tls_trust_file=web.folder / "ca.pem"))
    for _ in range(2):
        quiet(web.run("-C", config, RCPT, user=NO_ENTRY,
                      env={"XDG_STATE_HOME": None}))
    assert resumed(implicit) == [False, False]


# The server may not want to, and then all is as if nothing had been kept.

def test_server_that_gives_no_tickets(post, implicit):
    implicit.context().num_tickets = 0
    for _ in range(2):
        submit(post, implicit)
    assert resumed(implicit) == [False, False]
    assert tickets(post) == []


def test_server_that_has_forgotten(post, implicit):
    submit(post, implicit)
    implicit.contexts.clear()
    submit(post, implicit)
    submit(post, implicit)
    assert resumed(implicit) == [False, False, True]


def test_another_server_in_its_place(post, implicit):
    """It knows no session, and its certificate is verified."""
    submit(post, implicit)
    implicit.cert = "unknown-ca"
    r = post.submit(implicit, RCPT)
    assert r.code == PROTOCOL
    said(r, "another CA", "does not trust")
    assert len(implicit.messages) == 1


def test_server_that_went_back_to_older_tls(post, implicit):
    submit(post, implicit)
    implicit.tls_max = ssl.TLSVersion.TLSv1_2
    submit(post, implicit)
    assert [s.tls for s in implicit.sessions] == ["TLSv1.3", "TLSv1.2"]
    implicit.cert, implicit.tls_max = "expired", None
    assert post.submit(implicit, RCPT).code == PROTOCOL


class Forger:
    """Somebody without any key, who has seen the session's identifier.

    A ServerHello of TLS 1.2 repeats it, which means a resumption.  GnuTLS 3.7
    then reckons as in TLS 1.3, with secrets that are zero."""

    hash, size = "sha384", 48           # of TLS_AES_256_GCM_SHA384

    def __init__(self, sock, aead):
        self.sock, self.aead = sock.makefile("rwb"), aead

    def put(self, kind, data):
        self.sock.write(struct.pack("!BHH", kind, 0x303, len(data)) + data)
        self.sock.flush()

    def get(self):
        kind, _, size = struct.unpack("!BHH", self.sock.read(5))
        return kind, self.sock.read(size)

    def mac(self, data):
        return hmac.new(bytes(self.size), data, self.hash).digest()

    def expand(self, secret, label, context, size):
        label = b"tls13 " + label
        info = struct.pack("!HB", size, len(label)) + label + \
            bytes([len(context)]) + context
        return hmac.new(secret, info + b"\1", self.hash).digest()[:size]

    def greet(self):
        """Up to "Finished"."""
        kind, hello = self.get()
        assert kind == 22
        name = hello[38:39 + hello[38]]
        body = b"\3\3" + os.urandom(32) + name + b"\xc0\x2c\0" + \
            b"\0\x0b\xff\1\0\1\0\0\x1c\0\2\x40\0"
        answer = b"\2" + len(body).to_bytes(3, "big") + body
        digest = hashlib.new(self.hash, hello + answer).digest()
        secret = self.expand(bytes(self.size), b"s hs traffic", digest,
                             self.size)
        key = self.aead(self.expand(secret, b"key", b"", 32))
        nonce = self.expand(secret, b"iv", b"", 12)
        seed = b"server finished" + digest
        finished = self.mac(self.mac(seed) + seed)[:12]
        text = b"\x14\0\0\x0c" + finished + b"\x16"
        self.put(22, answer)
        self.put(20, b"\1")
        self.put(23, key.encrypt(nonce, text, struct.pack(
            "!BHH", 23, 0x303, len(text) + 16)))


def test_forged_resumption(post, implicit):
    aead = pytest.importorskip("cryptography.hazmat.primitives.ciphers.aead")
    submit(post, implicit)
    implicit.stop()
    config = post.config(post.settings(implicit))
    with socket.create_server(("127.0.0.1", implicit.port)) as listener:
        p = post.start("-C", config, RCPT)
        p.stdin.write(MESSAGE)
        p.stdin.close()
        p.stdin = None
        sock, _ = listener.accept()
        with sock:
            sock.settimeout(PATIENCE)
            Forger(sock, aead.AESGCM).greet()
            r = post.finish(p)
    assert r.code == PROTOCOL           # by us, or by a newer GnuTLS
    said(r)


# Whom to trust.

def test_folder_of_certificates(post, implicit, certs):
    trust = post.folder / "trust"
    trust.mkdir()
    for name in ("ca", "other-ca"):
        shutil.copy(certs / f"{name}.pem", trust)
    (trust / "README").write_text("no certificate\n")
    submit(post, implicit, tls_trust_file=trust)
    (trust / "ca.pem").unlink()
    r = post.submit(implicit, RCPT, settings={"tls_trust_file": trust})
    assert r.code == PROTOCOL
    said(r, "posthorn throw-away CA", str(trust), "does not trust")


OTHER_BUNDLES = ["/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem",
                 "/etc/ssl/cert.pem",
                 "/usr/local/share/certs/ca-root-nss.crt"]


@pytest.mark.parametrize("name, trusted", [
    ("3f2a9c0e.0", True),
    ("3f2a9c0e.12", True),
    ("ssl-cert-snakeoil.pem", False)])
def test_folder_of_the_system(post, serve, certs, elsewhere, name, trusted):
    """Only what has a hash for a name is trusted: Debian's snakeoil lies
    beside it."""
    if any(os.path.exists(p) for p in OTHER_BUNDLES):
        pytest.skip("this system has a bundle elsewhere")
    system = post.folder / "system"
    system.mkdir()
    shutil.copy(certs / "other-ca.pem", system / "00000000.0")
    shutil.copy(certs / "self-signed.pem", system / name)
    elsewhere.bind(system, "/etc/ssl/certs")
    server = serve(tls="implicit", cert="self-signed")
    config = post.config(post.settings(server, tls_trust_file=None))
    command = elsewhere.command(post.binary, "-C", config, RCPT)
    r = post.finish(post.start(*command[1:], program=command[0]), MESSAGE)
    if trusted:
        quiet(r)
    else:
        assert r.code == PROTOCOL
        said(r, "CN=localhost", "this system does not trust")


@pytest.mark.parametrize("made", [lambda p: p.mkdir(),
                                  lambda p: p.write_text("")])
def test_nothing_in_it(post, implicit, made):
    trust = post.folder / "trust"
    made(trust)
    r = post.submit(implicit, RCPT, settings={"tls_trust_file": trust})
    assert r.code == CONFIG
    said(r, str(trust), "no certificate in it", "tls_trust_file")


# Certificates known by their fingerprints.

def fingerprints(certs, name):
    """Of the certificate and of its key."""
    der = ssl.PEM_cert_to_DER_cert((certs / f"{name}.pem").read_text())
    key = subprocess.run(
        ["openssl", "pkey", "-in", f"{name}.key", "-pubout", "-outform",
         "der"], cwd=certs, capture_output=True, check=True).stdout
    digest = base64.b64encode(hashlib.sha256(key).digest()).decode()
    return "sha256:" + hashlib.sha256(der).hexdigest(), \
        "pin-sha256:" + digest


def pinned(post, server, words, **settings):
    r = post.submit(server, RCPT, settings={
        "tls_fingerprint": words, "tls_trust_file": None, **settings})
    if r.code == UNAVAILABLE and "tls_fingerprint" in r.err:
        pytest.skip("this version has no tls_fingerprint")
    return r


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("cert", ["server", "wrong-name", "expired",
                                  "unknown-ca", "self-signed"])
def test_fingerprint(post, serve, certs, cert, which):
    server = serve(tls="implicit", cert=cert)
    quiet(pinned(post, server, fingerprints(certs, cert)[which]))
    assert len(server.messages) == 1


@pytest.mark.parametrize("which", [0, 1])
def test_another_fingerprint(post, implicit, certs, which):
    """The server's are in the message, to be copied."""
    words = fingerprints(certs, "wrong-name")[which]
    r = pinned(post, implicit, words)
    assert r.code == PROTOCOL
    right = " ".join(fingerprints(certs, "server"))
    said(r, words, right, "tls_fingerprint")
    assert implicit.commands == []
    quiet(pinned(post, implicit, right))


def test_resumed_with_a_fingerprint(post, implicit, certs):
    one, two = fingerprints(certs, "server")
    for words in (one, one, two, one + " " + two, one + " " + two):
        quiet(pinned(post, implicit, words))
    submit(post, implicit)
    assert resumed(implicit) == [False, True, False, False, True, False]


# What is wrong with a certificate, and what can be done about it.

MESSAGES = {
    "expired": ["the certificate expired on 2021-01-01 00:00 UTC",
                "the server needs a new one", "this clock is wrong"],
    "early": ["the certificate becomes valid only on 2090-01-01 00:00 UTC",
              "this clock is wrong"],
    "wrong-name": ["the certificate is for mail.example.org, not for "
                   "localhost", '"tls_host_override mail.example.org"'],
    "unknown-ca": ["signed by CN=another CA, whom", "ca.pem does not trust",
                   '"tls_trust_file FILE"', '"tls_fingerprint pin-sha256:',
                   '"tls_trust tofu"'],
    "self-signed": ["signed by CN=localhost, whom", "does not trust"],
}


@pytest.mark.parametrize("tls", LINKS)
@pytest.mark.parametrize("cert", MESSAGES)
def test_message(post, serve, certs, cert, tls):
    if cert == "early" and not (certs / "early.pem").exists():
        make_cert(certs, "early", "DNS:localhost",
                  dates=("20900101000000Z", "20910101000000Z"))
    server = serve(tls=tls, cert=cert)
    r = post.submit(server, RCPT)
    assert r.code == PROTOCOL
    said(r, *MESSAGES[cert])
    assert not any(c.startswith("MAIL") for c in server.commands)


@pytest.fixture(scope="session")
def chains(certs):
    """A CA below the CA, whose certificate is sent along, or not."""
    def sign(name, *dates):
        openssl(certs, "ca", "-config", "ca.cnf", "-batch", "-notext",
                "-rand_serial", "-cert", "ca.pem", "-keyfile", "ca.key",
                "-in", "inter.csr", "-out", f"{name}.pem", *dates)

    def join(name, *parts, key="below"):
        (certs / f"{name}.pem").write_text(
            "".join((certs / f"{p}.pem").read_text() for p in parts))
        shutil.copy(certs / f"{key}.key", certs / f"{name}.key")

    make_key(certs, "inter")
    openssl(certs, "req", "-new", "-key", "inter.key", "-out", "inter.csr",
            "-subj", "/CN=a CA between",
            "-addext", "basicConstraints=critical,CA:TRUE",
            "-addext", "keyUsage=critical,keyCertSign")
    sign("inter", "-days", "30")
    sign("short-inter", "-days", "5")
    sign("old-inter", "-startdate", "20200101000000Z", "-enddate",
         "20210101000000Z")
    make_cert(certs, "below", "DNS:localhost", ca="inter")
    join("chain", "below", "inter")
    join("reversed", "below", "ca", "inter")
    join("old-chain", "below", "old-inter")
    join("short-chain", "below", "short-inter")
    make_cert(certs, "by-server", "DNS:localhost", ca="server")
    join("leaf-chain", "by-server", "server", key="by-server")
    return certs


BETWEEN = "a certificate between the server's and its CA's expired on 2021"


@pytest.mark.parametrize("sent, trusted, words", [
    ("chain", "ca", None),
    ("reversed", "ca", None),
    ("chain", "inter", None),
    ("below", "inter", None),
    ("below", "ca", ["signed by CN=a CA between", "does not trust"]),
    ("chain", "other-ca", ["does not trust"]),
    ("old-chain", "ca", [BETWEEN, "the server needs"]),
    ("leaf-chain", "ca", ["signed by CN=posthorn test server, who is no CA",
                          "may be forged", "nothing was sent"])])
def test_chain(post, serve, chains, sent, trusted, words):
    server = serve(tls="implicit", cert=sent)
    r = post.submit(server, RCPT, settings={
        "tls_trust_file": chains / f"{trusted}.pem"})
    if words is None:
        quiet(r)
    else:
        assert r.code == PROTOCOL
        said(r, *words)


def test_no_longer_than_the_chain(post, serve, chains):
    """A session ends with the first of its certificates, this one's with
    the CA between in five days."""
    server = serve(tls="implicit", cert="short-chain")
    for days in (4, 6):
        submit(post, server)
        rewrite(ticket(post), 0, -days * 24 * 3600)
        submit(post, server)
        ticket(post).unlink()
    assert resumed(server) == [False, True, False, False]


def test_large_bundle(post, implicit, certs):
    """The one that counts is the last of many."""
    trust = post.folder / "bundle.pem"
    other = (certs / "other-ca.pem").read_text()
    text = (certs / "ca.pem").read_text()
    for bundle in (other * 2000 + text, text.replace("\n", "\r\n"),
                   other + text.replace("-----\n", "-----\n\n", 1),
                   "a comment - here\n" + other + "and\n" + text):
        trust.write_text(bundle)
        quiet(submit(post, implicit, tls_trust_file=trust))
    trust.write_text(other * 2000)
    r = post.submit(implicit, RCPT, settings={"tls_trust_file": trust})
    assert r.code == PROTOCOL
