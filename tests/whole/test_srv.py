"""host srv:example.org, with a name server that says what the test wants.

The program sees another /etc/resolv.conf, in a mount namespace.
"""

import time

import pytest

from conftest import RCPT, quiet, said
from names import A, AAAA, FAILED, Names, SRV, address, own_address, srv

OK, NOHOST, UNAVAILABLE, TEMPORARY, PROTOCOL = 0, 68, 69, 75, 76
AT_ONCE, STARTTLS = "_submissions._tcp.", "_submission._tcp."
HERE = [address("127.0.0.1")]
MAIL = "mail.example.org"       # the certificate wrong-name is for it


@pytest.fixture
def ask(post, elsewhere):
    """Submit with the DNS as in that table, and say what was asked."""
    elsewhere.place("/etc/resolv.conf").write_text(
        f"nameserver {own_address()}\noptions timeout:1 attempts:1\n")
    elsewhere.place("/etc/nsswitch.conf").write_text("hosts: files dns\n")

    def run(table, server, *args, **settings):
        table = {(MAIL, A): HERE, (MAIL, AAAA): [],
                 **{(name + "example.org", SRV): answer
                    for name, answer in table.items()}}
        path = post.config(post.settings(server, **{
            "host": "srv:example.org", "port": None, "tls_starttls": None,
            **settings}))
        command = elsewhere.command(post.binary, "-C", path,
                                    *(args or (RCPT,)))
        try:
            with Names(table, own_address()) as names:
                # A look-up that was given up holds what it works with.
                r = post.run(*command[1:], program=command[0], timeout=30,
                             env={"ASAN_OPTIONS": "detect_leaks=0:"
                                  "intercept_tls_get_addr=0"})
        except OSError as e:
            pytest.skip(f"no name server can be had: {e}")
        run.asked = names.asked
        return r
    return run


@pytest.fixture
def implicit(serve):
    return serve(tls="implicit", cert="wrong-name", auth=["PLAIN"])


@pytest.fixture
def starttls(serve):
    return serve(tls="starttls", cert="wrong-name", auth=["PLAIN"])


def test_tls_at_once(ask, implicit):
    quiet(ask({AT_ONCE: [srv(0, 0, implicit.port, MAIL)]}, implicit))
    assert implicit.messages[0].user == "ann"
    assert implicit.sessions[0].sni == MAIL
    assert sorted(n for n, kind in ask.asked if kind == SRV) == \
        [STARTTLS + "example.org", AT_ONCE + "example.org"]


def test_starttls(ask, starttls):
    quiet(ask({STARTTLS: [srv(0, 0, starttls.port, MAIL)]}, starttls))
    assert starttls.messages[0].tls is not None


def test_tls_at_once_is_preferred(ask, implicit, starttls):
    """RFC 8314 5.1, where the priorities are the same."""
    quiet(ask({AT_ONCE: [srv(0, 0, implicit.port, MAIL)],
               STARTTLS: [srv(0, 0, starttls.port, MAIL)]}, implicit))
    assert starttls.sessions == [] and len(implicit.messages) == 1


def test_by_priority(ask, implicit, serve):
    """Though the other comes first in the answer, and weighs more."""
    other = serve(tls="implicit", cert="wrong-name", auth=["PLAIN"])
    quiet(ask({AT_ONCE: [srv(20, 100, other.port, MAIL),
                         srv(10, 0, implicit.port, MAIL)]}, implicit))
    assert other.sessions == [] and len(implicit.messages) == 1


def test_the_next_where_the_first_is_down(ask, implicit, serve):
    other = serve(tls="implicit", cert="wrong-name")
    other.stop()
    quiet(ask({AT_ONCE: [srv(10, 0, other.port, MAIL),
                         srv(20, 0, implicit.port, MAIL)]}, implicit))
    assert len(implicit.messages) == 1


def test_by_weight(ask, serve):
    """Zero is for "hardly ever": one in eight would be far too many."""
    servers = [serve(tls="none") for _ in range(2)]
    for _ in range(8):
        quiet(ask({STARTTLS: [srv(0, 0, servers[0].port, MAIL),
                              srv(0, 65535, servers[1].port, MAIL)]},
                  servers[0]))
    assert len(servers[1].messages) >= 7


def test_another_host_behind_it(ask, plain):
    """The domain has none; the next word may do."""
    quiet(ask({}, plain, host="srv:example.org localhost", port=plain.port))
    assert len(plain.messages) == 1


NO_SERVER = {
    "no such name": ({}, NOHOST, ["example.org"]),
    "no records": ({AT_ONCE: [], STARTTLS: []}, NOHOST, ["example.org"]),
    "a dot: it has none": ({AT_ONCE: [srv(0, 0, 0, ".")],
                            STARTTLS: [srv(0, 0, 0, ".")]}, UNAVAILABLE,
                           ["example.org"]),
    "the name server fails": ({AT_ONCE: FAILED, STARTTLS: FAILED}, TEMPORARY,
                              ["example.org"]),
    "no answer": ({AT_ONCE: None, STARTTLS: None}, TEMPORARY,
                  ["example.org"]),
    "no sense": ({AT_ONCE: b"\x81\x80" + b"\xff" * 100,
                  STARTTLS: b"\x81\x80" + b"\xff" * 100}, TEMPORARY,
                 ["example.org"]),
    "half a record": ({AT_ONCE: [b"\0\0"], STARTTLS: [b"\0\0"]}, NOHOST,
                      ["example.org"]),
    "a target that is not there": ({AT_ONCE: [srv(0, 0, 465,
                                                  "no.example.org")]},
                                   NOHOST, ["no.example.org"]),
}


@pytest.mark.parametrize("row", NO_SERVER)
def test_no_server(ask, implicit, row):
    table, code, words = NO_SERVER[row]
    start = time.monotonic()
    r = ask(table, implicit, timeout=5)
    assert time.monotonic() - start < 15
    assert r.code == code, r.err
    said(r, "default: ", *words)
    assert implicit.sessions == []


def test_one_of_two_answers_is_enough(ask, implicit):
    quiet(ask({AT_ONCE: [srv(0, 0, implicit.port, MAIL)], STARTTLS: None},
              implicit, timeout=10))
    assert len(implicit.messages) == 1


def test_a_server_elsewhere(ask, serve):
    """A forged answer names one that has a certificate for itself."""
    server = serve(tls="implicit", auth=["PLAIN"])
    r = ask({AT_ONCE: [srv(0, 0, server.port, "localhost")]}, server)
    assert r.code == PROTOCOL
    said(r, "certificate", "localhost", 'write "host localhost"')
    assert server.commands == []


def test_a_server_elsewhere_for_the_domain(ask, serve, certs):
    """tls_host_override says which name is meant."""
    server = serve(tls="implicit", auth=["PLAIN"])
    quiet(ask({AT_ONCE: [srv(0, 0, server.port, "localhost")]}, server,
              tls_host_override="localhost"))
    assert len(server.messages) == 1


def test_tls_off_counts(ask, plain):
    """What the account says; it is said nowhere that DNS knows better."""
    quiet(ask({STARTTLS: [srv(0, 0, plain.port, MAIL)]}, plain))
    assert plain.messages[0].tls is None


def test_check(ask, implicit):
    """--check tells each place that the DNS names, and how."""
    r = ask({AT_ONCE: [srv(0, 0, implicit.port, MAIL),
                       srv(1, 0, implicit.port, "nowhere.invalid")]},
            implicit, "--check")
    assert r.code == 0, r.out
    assert f"  {MAIL}:{implicit.port}, TLS, by srv:example.org\n" in r.out
    assert f"  nowhere.invalid:{implicit.port}, TLS, by srv:" in r.out
    assert "\u2713 login" in r.out and implicit.messages == []


def test_check_of_no_server(ask, implicit):
    r = ask({}, implicit, "--check")
    assert r.code == NOHOST
    assert "  srv:example.org, TLS\n  \u2717 name " in r.out
