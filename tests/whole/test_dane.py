"""tls_trust dane, with a root of the DNS that is signed by us.

The program sees another /etc/resolv.conf and another key of the root, in a
mount namespace.
"""

import base64
import hashlib
import subprocess
import time

import pytest

from conftest import RCPT, quiet, said
from dnssec import Signed
from names import own_address

OK, UNAVAILABLE, TEMPORARY, PROTOCOL, CONFIG = 0, 69, 75, 76, 78
MAIL = "mail.example.org"
KEY_OF_THE_ROOT = "/usr/share/dns/root.key"


def der(path):
    text = path.read_text().partition("-----BEGIN CERTIFICATE-----\n")[2]
    return base64.b64decode(text.partition("-----END")[0])


def public_key(path):
    done = subprocess.run(["openssl", "x509", "-in", path, "-noout",
                           "-pubkey"], capture_output=True, check=True)
    return subprocess.run(["openssl", "pkey", "-pubin", "-outform", "DER"],
                          input=done.stdout, capture_output=True,
                          check=True).stdout


def tlsa(usage, selector, match, path):
    what = public_key(path) if selector == 1 else der(path)
    data = (what.hex, hashlib.sha256(what).hexdigest,
            hashlib.sha512(what).hexdigest)[match]()
    return f"{usage} {selector} {match} {data}"


@pytest.fixture(scope="session")
def chains(certs):
    """Servers' certificates with that of their CA behind them."""
    for name, ca in (("server", "ca"), ("wrong-name", "ca"),
                     ("unknown-ca", "other-ca"), ("expired", "ca")):
        (certs / f"{name}-chain.pem").write_text(
            (certs / f"{name}.pem").read_text() +
            (certs / f"{ca}.pem").read_text())
        (certs / f"{name}-chain.key").write_text(
            (certs / f"{name}.key").read_text())
    # Another CA's certificate is no proof where it only lies beside.
    (certs / "beside-chain.pem").write_text(
        (certs / "wrong-name.pem").read_text() +
        (certs / "ca.pem").read_text() + (certs / "other-ca.pem").read_text())
    (certs / "beside-chain.key").write_text(
        (certs / "wrong-name.key").read_text())
    return certs


@pytest.fixture
def ask(post, elsewhere, tmp_path):
    """Submit with such records for the server."""
    if "DANE" not in post.run("--version").out.partition("login")[0]:
        pytest.skip("built without DANE")
    elsewhere.place("/etc/resolv.conf").write_text(
        f"nameserver {own_address()}\noptions timeout:1 attempts:1\n")
    elsewhere.place("/etc/nsswitch.conf").write_text("hosts: files dns\n")

    def run(server, records, *args, host=MAIL, forge=None, anchor=True,
            dns=True, **settings):
        owner = f"_{server.port}._tcp.{host}."
        lines = [f"{host}. A 127.0.0.1"] + [
            f"{owner} TLSA {r}" for r in records]
        if host == "mail.broken":
            lines = []
            elsewhere.place("/etc/hosts").write_text(f"127.0.0.1 {host}\n")
        if not dns:
            elsewhere.place("/etc/hosts").write_text(f"127.0.0.1 {host}\n")
        path = post.config(post.settings(server, **{
            "host": host, "tls_trust": "dane", "tls_trust_file": None,
            **settings}))
        with Signed(tmp_path / "dns", lines, forge) as signed:
            key = elsewhere.place(KEY_OF_THE_ROOT)
            if anchor:
                key.write_text(signed.anchor.read_text())
            elif key.exists():
                key.unlink()
            if not dns:
                signed.stop()
            command = elsewhere.command(post.binary, "-C", path,
                                        *(args or (RCPT,)))
            # A look-up that was given up holds what it works with.
            return post.run(*command[1:], program=command[0], timeout=60,
                            env={"ASAN_OPTIONS": "detect_leaks=0:"
                                 "intercept_tls_get_addr=0"})
    return run


@pytest.fixture
def start(serve, chains):
    def run(cert, tls="implicit"):
        return serve(tls=tls, cert=f"{cert}-chain")
    return run


# cert: what the server shows; records: usage, selector, match, of which file;
# trust: authorities beside the records.
GOOD = {
    "3 1 1": ("wrong-name", [(3, 1, 1, "wrong-name")], None),
    "3 0 1": ("wrong-name", [(3, 0, 1, "wrong-name")], None),
    "3 1 2": ("wrong-name", [(3, 1, 2, "wrong-name")], None),
    "3 0 2": ("wrong-name", [(3, 0, 2, "wrong-name")], None),
    "3 1 0": ("wrong-name", [(3, 1, 0, "wrong-name")], None),
    "3 0 0": ("wrong-name", [(3, 0, 0, "wrong-name")], None),
    "3, for another name": ("server", [(3, 1, 1, "server")], None),
    "3, expired": ("expired", [(3, 1, 1, "expired")], None),
    "3 among others": ("wrong-name", [(3, 1, 1, "server"), (2, 0, 1,
                       "other-ca"), (3, 1, 1, "wrong-name")], None),
    "2 1 1": ("wrong-name", [(2, 1, 1, "ca")], None),
    "2 0 1": ("wrong-name", [(2, 0, 1, "ca")], None),
    "2 0 0": ("wrong-name", [(2, 0, 0, "ca")], None),
    "1 1 1": ("wrong-name", [(1, 1, 1, "wrong-name")], "ca"),
    "0 1 1": ("wrong-name", [(0, 1, 1, "ca")], "ca"),
    "0 0 1": ("wrong-name", [(0, 0, 1, "ca")], "ca"),
}


def records(chains, rows):
    return [tlsa(u, s, m, chains / f"{name}.pem") for u, s, m, name in rows]


@pytest.mark.parametrize("row", GOOD)
def test_good(ask, start, chains, row):
    cert, rows, trust = GOOD[row]
    server = start(cert)
    quiet(ask(server, records(chains, rows),
              tls_trust_file=trust and chains / f"{trust}.pem"))
    assert len(server.messages) == 1


def test_authorities_that_are_not_sent(ask, serve, chains):
    """Usage 0 for a root that the system has, and 2 with all of it."""
    server = serve(tls="implicit", cert="wrong-name")
    quiet(ask(server, records(chains, [(0, 0, 1, "ca")]),
              tls_trust_file=chains / "ca.pem"))


def test_whole_in_the_record(ask, serve, chains):
    server = serve(tls="implicit", cert="wrong-name")
    quiet(ask(server, records(chains, [(2, 0, 0, "ca")])))


def test_by_starttls(ask, start, chains):
    server = start("wrong-name", tls="starttls")
    r = ask(server, records(chains, [(3, 1, 1, "wrong-name")]), "-v", RCPT)
    assert r.code == OK
    assert "certificate of mail.example.org verified by DANE" in r.err


def test_nothing_is_kept(post, ask, start, chains):
    quiet(ask(start("wrong-name"), records(chains, [(3, 1, 1,
                                                     "wrong-name")])))
    assert not (post.home / ".local").exists()


BAD = {
    "3, another key": ("wrong-name", [(3, 1, 1, "server")], None,
                       ["no TLSA record", "may be an attack"]),
    "3, the CA": ("wrong-name", [(3, 1, 1, "ca")], None, ["no TLSA record"]),
    "2, another CA": ("wrong-name", [(2, 0, 1, "other-ca")], None,
                      ["no TLSA record"]),
    "2, the server's own": ("wrong-name", [(2, 1, 1, "wrong-name")], None,
                            ["no TLSA record"]),
    "2, for another name": ("server", [(2, 0, 1, "ca")], None,
                            ["name who has signed", "is for other names"]),
    "2, expired": ("expired", [(2, 0, 1, "ca")], None,
                   ["name who has signed", "is for other names"]),
    "2, a CA that only lies beside": ("beside", [(2, 0, 1, "other-ca")],
                                      None, ["does not verify"]),
    "1, no CA": ("wrong-name", [(1, 1, 1, "wrong-name")], "other-ca",
                 ["does not trust"]),
    "1, another": ("wrong-name", [(1, 1, 1, "server")], "ca",
                   ["no TLSA record"]),
    "1, another name": ("server", [(1, 1, 1, "server")], "ca",
                        ["is for localhost"]),
    "0, another CA": ("wrong-name", [(0, 0, 1, "other-ca")], "ca",
                      ["no TLSA record"]),
    "0, a CA that only lies beside": ("beside", [(0, 0, 1, "other-ca")],
                                      "ca", ["does not verify"]),
    "0, no CA": ("unknown-ca", [(0, 0, 1, "other-ca")], "ca",
                 ["does not trust"]),
}


@pytest.mark.parametrize("row", BAD)
def test_bad(ask, start, chains, row):
    cert, rows, trust, words = BAD[row]
    server = start(cert)
    r = ask(server, records(chains, rows),
            tls_trust_file=trust and chains / f"{trust}.pem")
    assert r.code == PROTOCOL, r.err
    said(r, *words)
    assert server.commands == []


def test_of_no_known_kind(ask, start):
    r = ask(start("wrong-name"), ["4 1 1 00", "3 2 1 00", "3 1 3 00"])
    assert r.code == PROTOCOL
    said(r, "of a kind that is known")


def test_no_records(ask, start):
    server = start("wrong-name")
    r = ask(server, [])
    assert r.code == PROTOCOL
    said(r, f"_{server.port}._tcp.mail.example.org has no TLSA records",
         "tls_trust ca")


def good(chains):
    return records(chains, [(3, 1, 1, "wrong-name")])


def test_not_signed(ask, start, chains):
    server = start("wrong-name")
    r = ask(server, good(chains), host="mail.plain")
    assert r.code == PROTOCOL and server.commands == []
    said(r, "not signed (DNSSEC)", "tls_trust ca")


def test_signature_is_over(ask, start, chains):
    server = start("wrong-name")
    r = ask(server, good(chains), host="mail.old")
    assert r.code == PROTOCOL and server.commands == []
    said(r, "signed wrongly (DNSSEC), or too long ago")


def test_forged(ask, start, chains):
    """The record is that of the server, and the signature another's."""
    server = start("wrong-name")
    mine, = records(chains, [(3, 1, 1, "wrong-name")])
    other, = records(chains, [(3, 1, 1, "server")])
    words = [w.split()[3].upper() for w in (other, mine)]
    r = ask(server, [other], forge=[w[:56] for w in words])
    assert r.code == PROTOCOL and server.commands == []
    said(r, "signed wrongly (DNSSEC)", "may be an attack")


def test_name_server_fails(ask, start):
    server = start("wrong-name")
    r = ask(server, [], host="mail.broken")
    assert r.code == TEMPORARY and server.commands == []
    said(r, "the name servers fail")


def test_no_answer(ask, start):
    """The deadline counts, whatever libunbound would still try."""
    server = start("wrong-name")
    begun = time.monotonic()
    r = ask(server, [], dns=False, timeout=3)
    assert time.monotonic() - begun < 30
    assert r.code == TEMPORARY and server.commands == []
    said(r, "TLSA")


def test_another_root(ask, start, chains):
    """The system's key is not that of this DNS."""
    server = start("wrong-name")
    r = ask(server, good(chains), anchor=False)
    assert r.code in (UNAVAILABLE, PROTOCOL) and server.commands == []
    said(r, "DNSSEC")


def test_an_address(ask, start, chains):
    server = start("wrong-name")
    r = ask(server, [], host="127.0.0.1")
    assert r.code == CONFIG
    said(r, "DANE goes by names", "tls_host_override NAME")


def test_by_another_name(ask, start, chains):
    """tls_host_override says whose records count."""
    server = start("wrong-name")
    quiet(ask(server, good(chains), tls_host_override=MAIL))


def test_library_is_not_loaded_without(post, serve, chains):
    server = serve(tls="implicit")
    config = post.config(post.settings(server))
    r = post.run("-C", config, RCPT, env={"LD_DEBUG": "files"})
    assert r.code == OK and "libgnutls." in r.err
    assert "gnutls-dane" not in r.err and "unbound" not in r.err
