"""Several hosts, and the ways to them: proxies, sockets and commands."""

import os
import re
import signal
import socket
import sys
import time

import pytest

from conftest import (MESSAGE, PASSWORD, RCPT, USER, patience, quiet, said,
                      until)
from server import CHUNKING, HangUp, Silence, WORDS, one_port
from socks import Socks

OK, NOUSER, NOHOST, UNAVAILABLE = 0, 67, 68, 69
TEMPORARY, PROTOCOL, NOPERM, CONFIG = 75, 76, 77, 78
HOSTS = ("127.0.0.1", "127.0.0.2", "127.0.0.3")
DATA_BDAT = pytest.mark.parametrize("words", [WORDS, CHUNKING],
                                    ids=["DATA", "BDAT"])


@pytest.fixture
def hosts(serve):
    """Servers at several addresses on one port; None is one that is down."""
    def start(*options):
        port = one_port(*HOSTS)
        return [serve(address=HOSTS[i], port=port, **o)
                if o is not None else None for i, o in enumerate(options)]
    return start


def submit(post, servers, *args, **settings):
    some = next(s for s in servers if s)
    return post.submit(some, *(args or (RCPT,)), settings={
        "host": " ".join(HOSTS[:len(servers)]), **settings})


# In order, and only as far as it has to be.

def test_the_first_that_works(post, hosts):
    servers = hosts({}, {})
    quiet(submit(post, servers))
    assert len(servers[0].messages) == 1 and servers[1].sessions == []


def test_commas_and_blanks(post, hosts):
    servers = hosts(None, {})
    quiet(submit(post, servers, host="127.0.0.1,  127.0.0.2"))
    assert len(servers[1].messages) == 1


def test_the_first_is_down(post, hosts):
    servers = hosts(None, {}, {})
    quiet(submit(post, servers))
    assert len(servers[1].messages) == 1 and servers[2].sessions == []


def test_a_name_that_is_not_there(post, plain):
    r = post.submit(plain, RCPT, settings={
        "host": "nowhere.invalid localhost"})
    quiet(r)
    assert len(plain.messages) == 1


def test_all_are_down(post, hosts):
    servers = hosts(None, None, {})
    servers[2].stop()
    r = submit(post, servers)
    assert r.code == TEMPORARY
    said(r, "127.0.0.1", "127.0.0.2", "127.0.0.3", "refused")


HAND_OVER = {   # what the first host does: at which rule
    "greeting 421": ("CONNECT", HangUp("421 4.3.2 busy")),
    "greeting 4xx": ("CONNECT", "450 4.3.2 busy"),
    "greeting 5xx": ("CONNECT", "554 5.3.2 never"),
    "greeting hang-up": ("CONNECT", HangUp()),
    "greeting silence": ("CONNECT", Silence()),
    "greeting garbage": ("CONNECT", "600 what"),
    "EHLO 4xx": ("EHLO", "451 4.3.0 later"),
    "EHLO hang-up": ("EHLO", HangUp()),
    "MAIL 4xx": ("MAIL", "451 4.3.0 later"),
    "MAIL 421": ("MAIL", HangUp("421 4.3.2 bye")),
    "RCPT 4xx": ("RCPT", "450 4.2.1 later"),
    "DATA 4xx": ("DATA", "451 4.3.0 later"),
    "DATA hang-up": ("DATA", HangUp()),
    "dot 4xx": ("DOT", "451 4.3.0 later"),
    "dot 421": ("DOT", HangUp("421 4.3.2 bye")),
}


@pytest.mark.parametrize("row, words", [
    pytest.param(row, words, id=f"{row}, {kind}") for row in HAND_OVER
    for kind, words in (("DATA", WORDS), ("BDAT", CHUNKING))
    if (row, kind) != ("DATA hang-up", "BDAT")])    # that would be in doubt
def test_hands_over(post, hosts, row, words):
    servers = hosts({"words": words}, {})
    stage, act = HAND_OVER[row]
    servers[0].on("BDAT" if stage == "DATA" and words == CHUNKING else stage,
                  act)
    quiet(submit(post, servers, timeout=patience(act)))
    assert servers[0].messages == [] and len(servers[1].messages) == 1


@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "BDAT"])
@pytest.mark.parametrize("act", [HangUp(), Silence()],
                         ids=["hang-up", "silence"])
def test_in_doubt_from_the_first_octet(post, hosts, stage, act):
    """One flight is out to its end before the server has said a word: what
    then becomes of it nobody knows, and a second one might be one too many."""
    servers = hosts({"words": CHUNKING}, {"words": CHUNKING})
    servers[0].on(stage, act)
    r = submit(post, servers, timeout=patience(act))
    assert r.code == TEMPORARY
    said(r, "127.0.0.1", "in doubt")
    assert servers[1].sessions == []


@pytest.mark.parametrize("stage", ["CONNECT", "EHLO", "MAIL"])
def test_signal_ends_it_at_all_hosts(post, hosts, stage):
    servers = hosts({}, {})
    servers[0].on(stage, Silence())
    p = post.start("-C", post.config(post.settings(
        servers[0], host="127.0.0.1 127.0.0.2")), RCPT)
    p.stdin.write(b"\n")
    p.stdin.close()
    p.stdin = None
    assert servers[0].wait(lambda: servers[0].sessions and (
        stage == "CONNECT" or servers[0].wait_command(stage)))
    p.terminate()
    r = post.finish(p, timeout=10)
    assert r.code == TEMPORARY
    said(r, "interrupted")
    assert servers[1].sessions == []


def test_password_command_that_fails_does_not_hand_over(post, hosts):
    servers = hosts(*[{"tls": "implicit", "auth": ["PLAIN"]}] * 2)
    r = submit(post, servers, password=None, passwordeval="exit 1",
               tls_host_override="localhost")
    assert r.code == TEMPORARY
    said(r, "passwordeval")
    assert servers[1].sessions == []


FINAL = {       # what the first host does, and the exit code
    "MAIL 5xx": ("MAIL", "550 5.7.1 not you", UNAVAILABLE),
    "RCPT 5xx": ("RCPT", "550 5.1.1 who?", NOUSER),
    "DATA 5xx": ("DATA", "554 5.7.1 no", UNAVAILABLE),
    "dot 5xx": ("DOT", "554 5.7.1 spam", UNAVAILABLE),
    "dot hang-up": ("DOT", HangUp(), TEMPORARY),
    "dot silence": ("DOT", Silence(), TEMPORARY),
    "dot garbage": ("DOT", "600 what", TEMPORARY),
}


@DATA_BDAT
@pytest.mark.parametrize("row", FINAL)
def test_does_not_hand_over(post, hosts, words, row):
    """Refused for good, or in doubt: another would make two of it."""
    stage, act, code = FINAL[row]
    servers = hosts({"words": words}, {"words": words})
    if stage == "DATA" and words == CHUNKING:
        stage = "BDAT"
    servers[0].on(stage, act)
    r = submit(post, servers, timeout=patience(act))
    assert r.code == code, r.err
    said(r, "127.0.0.1")
    assert ("in doubt" in r.err) == (code == TEMPORARY)
    assert servers[1].sessions == []


# What heals at one of them can heal, whatever the last one says.

LAST = {"name": "nowhere.invalid", "port": None, "greeting": "554 5.3.2 no"}


@pytest.mark.parametrize("last", LAST)
@pytest.mark.parametrize("order", ["put off first", "put off last"])
def test_one_that_may_heal(post, hosts, last, order):
    servers = hosts({}, {} if last == "greeting" else None)
    servers[0].on("RCPT", "450 4.2.1 greylisted")
    if last == "greeting":
        servers[1].on("CONNECT", LAST[last])
    words = ["127.0.0.1", LAST["name"] if last == "name" else "127.0.0.2"]
    if order == "put off last":
        words.reverse()
    r = submit(post, servers, host=" ".join(words))
    assert r.code == TEMPORARY
    said(r, "450 4.2.1 greylisted", words[0], words[1], "; before that, ")


def test_who_said_what(post, hosts):
    """Each fate has the host that decided it, in error and log."""
    servers = hosts({}, {})
    servers[0].on("RCPT TO:<b@", "450 4.2.1 later", 1)
    servers[0].on("RCPT TO:<c@", "550 5.1.1 who?")
    servers[1].on("RCPT TO:<d@", "550 5.1.1 whoever")
    log = post.folder / "log"
    servers[0].on("RCPT TO:<d@", "450 4.2.1 later", 1)
    people = [f"{x}@example.net" for x in "abcd"]
    r = submit(post, servers, *people, logfile=log)
    assert r.code == NOUSER
    port = servers[0].port
    assert sorted(r.err.split("\n")[:-1]) == [
        "posthorn: default: "
        f"127.0.0.1:{port}: <c@example.net>: 550 5.1.1 who?",
        "posthorn: default: "
        f"127.0.0.2:{port}: <d@example.net>: 550 5.1.1 whoever",
        "posthorn: default: delivered all the same to <a@example.net>, "
        "<b@example.net>; do not send it to them again"]
    assert " queueid=TEST1,TEST1 sent=2 " in log.read_text()
    assert f"earlier='127.0.0.1:{port}: 450 4.2.1 later'" in log.read_text()


def test_a_silent_host_leaves_time(post, hosts):
    servers = hosts({}, {})
    servers[0].on("CONNECT", Silence())
    quiet(submit(post, servers, total_timeout=4))
    assert len(servers[1].messages) == 1


@pytest.mark.parametrize("words", [{"total_timeout": 1}, {}],
                         ids=["total_timeout", "signal"])
def test_password_command_that_hangs(post, serve, words):
    """It is the attempt's time, and no other host's fault."""
    server = serve(tls="implicit", auth=["PLAIN"])
    mark = post.folder / "mark"
    path = post.config(post.settings(
        server, password=None, host="localhost 127.0.0.1",
        passwordeval=f"echo > {mark}; exec sleep 100", **words))
    p = post.start("-C", path, RCPT)
    p.stdin.write(MESSAGE)
    p.stdin.close()
    p.stdin = None
    until(mark.exists, "the command")
    if not words:
        p.send_signal(signal.SIGTERM)
    r = post.finish(p, timeout=20)
    assert r.code == TEMPORARY
    said(r, "passwordeval: ")
    assert len(server.sessions) == 1


def test_login_refused_does_not_hand_over(post, hosts):
    """The next one has the same users, and counts wrong passwords."""
    servers = hosts(*[{"tls": "implicit", "auth": ["PLAIN"]}] * 2)
    r = submit(post, servers, password="wrong", tls_host_override="localhost")
    assert r.code == NOPERM
    said(r, "127.0.0.1", "535 5.7.8")
    assert servers[1].sessions == []


def test_login_not_now_hands_over(post, hosts):
    servers = hosts(*[{"tls": "implicit", "auth": ["PLAIN"]}] * 2)
    servers[0].on("AUTH", "454 4.7.0 not now")
    quiet(submit(post, servers, tls_host_override="localhost"))
    assert servers[1].messages[0].user == USER


def test_password_is_fetched_once(post, hosts):
    servers = hosts(*[{"tls": "implicit", "auth": ["PLAIN"]}] * 2)
    servers[0].on("MAIL", "451 4.3.0 later")
    count = post.folder / "count"
    quiet(submit(post, servers, password=None, tls_host_override="localhost",
                 passwordeval=f"echo x >>{count}; echo {PASSWORD}"))
    assert count.read_text() == "x\n"


@DATA_BDAT
def test_some_get_it_from_the_first(post, hosts, words):
    """Each recipient once: the second host gets those who were put off."""
    servers = hosts({"words": words}, {"words": words})
    servers[0].on("RCPT TO:<b@", "450 4.2.1 later")
    servers[0].on("RCPT TO:<c@", "550 5.1.1 who?")
    r = submit(post, servers, *[f"{n}@example.org" for n in "abcd"])
    assert r.code == NOUSER
    assert servers[0].messages[0].to == ["a@example.org", "d@example.org"]
    assert servers[1].messages[0].to == ["b@example.org"]
    said(r, "<c@example.org>: 550 5.1.1 who?", lines=2)


def test_certificate_of_each_host(post, hosts):
    """The second is for 127.0.0.1 too, but that is not its name."""
    servers = hosts({"tls": "implicit", "cert": "expired"},
                    {"tls": "implicit"})
    r = submit(post, servers)
    assert r.code == PROTOCOL
    said(r, "expired", "certificate is for")
    assert servers[0].commands == servers[1].commands == []


def test_total_timeout_is_for_all_hosts(post, hosts):
    servers = hosts({}, {}, {})
    for s in servers:
        s.on("CONNECT", Silence())
    start = time.monotonic()
    r = submit(post, servers, timeout=2, total_timeout=3)
    assert time.monotonic() - start < 6
    assert r.code == TEMPORARY
    said(r)


def test_log_names_the_host_that_took_it(post, hosts):
    servers = hosts(None, {})
    log = post.folder / "log"
    quiet(submit(post, servers, logfile=log))
    assert log.read_text().count("\n") == 1
    assert " host=127.0.0.2 " in log.read_text()


# One name with two addresses: raced, so that a dead one does not hold us up.

def has_ipv6():
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


two_families = pytest.mark.skipif(not has_ipv6(), reason="no IPv6 here")


@two_families
@pytest.mark.parametrize("up", ["::1", "127.0.0.1"])
def test_either_address_of_a_name(post, serve, up):
    server = serve(address=up, port=one_port("::1", "127.0.0.1"))
    start = time.monotonic()
    quiet(post.submit(server, RCPT))
    assert time.monotonic() - start < 5
    assert len(server.messages) == 1


@two_families
@pytest.mark.parametrize("source, reached", [
    ("127.0.0.1", "127.0.0.1"), ("::1", "::1"),
    ("127.0.0.1 ::1", None)])
def test_source_ip_by_family(post, serve, source, reached):
    port = one_port("::1", "127.0.0.1")
    servers = {a: serve(address=a, port=port) for a in ("::1", "127.0.0.1")}
    quiet(post.submit(servers["::1"], RCPT, settings={"source_ip": source}))
    got = [a for a, s in servers.items() if s.messages]
    assert len(got) == 1 and (reached is None or got == [reached])


# SOCKS5.

@pytest.fixture
def proxy():
    running = []

    def start(**options):
        running.append(Socks(**options).start())
        return running[-1]

    yield start
    for p in running:
        p.stop()


def by(proxy, **more):
    return {"proxy_host": "127.0.0.1", "proxy_port": proxy.port, **more}


@pytest.mark.parametrize("tls", ["none", "starttls", "implicit"])
def test_proxy(post, serve, proxy, tls):
    """The proxy looks the name up; the certificate is for the name."""
    server = serve(tls=tls, auth=() if tls == "none" else ["PLAIN"])
    p = proxy(port_of={"mail.example.org": server.port})
    quiet(post.submit(server, RCPT, settings=by(
        p, host="mail.example.org", port=587,
        tls_host_override="localhost" if tls != "none" else None)))
    assert [(a.host, a.port, a.user) for a in p.requests] == \
        [("mail.example.org", 587, None)]
    assert len(server.messages) == 1


@pytest.mark.parametrize("host, kind", [("127.0.0.1", 1), ("::1", 4),
                                        ("localhost", 3)])
def test_proxy_is_given_what_the_host_is(post, serve, proxy, host, kind):
    if host == "::1" and not has_ipv6():
        pytest.skip("no IPv6 here")
    server = serve(address="::1" if host == "::1" else "127.0.0.1")
    p = proxy()
    quiet(post.submit(server, RCPT, settings=by(p, host=host)))
    asked, = p.requests
    assert (asked.kind, asked.host) == (kind, host)


def test_proxy_login(post, serve, proxy):
    server = serve()
    p = proxy(users={"eve": "word 2"})
    quiet(post.submit(server, RCPT, settings=by(
        p, proxy_user="eve", proxy_password='"word 2"')))
    assert (p.requests[0].user, p.requests[0].password) == ("eve", "word 2")


def reply(code, kind=1):
    return bytes((5, code, 0, kind)) + bytes(6)


FAULTS = {      # the proxy's options, and words that say what is wrong
    "login wanted": (dict(users={"eve": "x"}), ["proxy"]),
    "login refused": (dict(users={"ann": "other"}), ["proxy"]),
    "hang-up": (dict(fault="method"), ["proxy"]),
    "silence": (dict(fault="method", answer=b""), ["127.0.0.1"]),
    "another version": (dict(fault="method", answer=b"\4\0"), ["proxy"]),
    "HTTP": (dict(fault="method", answer=b"HTTP/1.1 400 Bad\r\n\r\n"),
             ["proxy"]),
    "a method not offered": (dict(fault="method", answer=b"\5\1"), ["proxy"]),
    "no method": (dict(fault="method", answer=b"\5\xff"), ["proxy"]),
    "general failure": (dict(fault="reply", answer=reply(1)), ["proxy"]),
    "not allowed": (dict(fault="reply", answer=reply(2)), ["proxy"]),
    "no network": (dict(fault="reply", answer=reply(3)), ["proxy"]),
    "no host": (dict(fault="reply", answer=reply(4)), ["proxy"]),
    "refused": (dict(fault="reply", answer=reply(5)), ["refused"]),
    "ttl": (dict(fault="reply", answer=reply(6)), ["proxy"]),
    "no such command": (dict(fault="reply", answer=reply(7)), ["proxy"]),
    "no such kind": (dict(fault="reply", answer=reply(8)), ["proxy"]),
    "unknown code": (dict(fault="reply", answer=reply(99)), ["proxy"]),
    "half a reply": (dict(fault="reply", answer=b"\5\0\0"), ["127.0.0.1"]),
    "reply of no kind": (dict(fault="reply", answer=reply(0, 9)), ["proxy"]),
    "hang-up at the reply": (dict(fault="reply"), ["proxy"]),
}


@pytest.mark.parametrize("row", FAULTS)
def test_proxy_fails(post, serve, proxy, row):
    """75, and nobody is taken for the server."""
    options, words = FAULTS[row]
    server = serve()
    p = proxy(**options)
    login = {"proxy_user": "ann", "proxy_password": "proxy-word"} \
        if row == "login refused" else {}
    r = post.submit(server, RCPT, settings=by(p, timeout=1, **login))
    assert r.code == TEMPORARY, r.err
    said(r, *words)
    assert "proxy-word" not in r.err
    assert server.commands == []


def test_proxy_says_the_name_in_its_reply(post, serve, proxy):
    """BND.ADDR may be a name, and has its own length."""
    server = serve()
    p = proxy(bound=b"\3\x0bproxy.local\x1f\x90")
    quiet(post.submit(server, RCPT, settings=by(p)))
    p.bound = b"\4" + bytes(18)
    quiet(post.submit(server, RCPT, settings=by(p)))


def test_proxy_and_several_hosts(post, serve, proxy):
    server = serve()
    with socket.create_server(("127.0.0.1", 0)) as s:
        closed = s.getsockname()[1]
    p = proxy(port_of={"one.example.org": closed,
                       "two.example.org": server.port})
    quiet(post.submit(server, RCPT, settings=by(
        p, host="one.example.org two.example.org", port=25)))
    assert [a.host for a in p.requests] == ["one.example.org",
                                            "two.example.org"]


def test_proxy_is_down(post, serve):
    server = serve()
    with socket.create_server(("127.0.0.1", 0)) as s:
        closed = s.getsockname()[1]
    r = post.submit(server, RCPT, settings={
        "proxy_host": "127.0.0.1", "proxy_port": closed})
    assert r.code == TEMPORARY
    said(r, "proxy", "refused")
    assert server.sessions == []


def test_srv_cannot_go_by_a_proxy(post, serve, proxy):
    p = proxy()
    r = post.submit(serve(), RCPT, settings=by(p, host="srv:example.org"))
    assert r.code == CONFIG
    said(r, "srv")
    assert p.sessions == []


# A socket.

@pytest.mark.parametrize("tls", ["none", "starttls", "implicit"])
def test_socket(post, serve, tmp_path, tls):
    server = serve(path=tmp_path / "smtp", tls=tls,
                   auth=() if tls == "none" else ["PLAIN"])
    quiet(post.submit(server, RCPT, settings={
        "port": None, "socket": tmp_path / "smtp"}))
    assert len(server.messages) == 1


def test_socket_in_the_home_folder(post, serve):
    server = serve(path=post.home / "smtp")
    quiet(post.submit(server, RCPT, settings={
        "host": None, "port": None, "socket": "~/smtp"}))
    assert len(server.messages) == 1


# A command.

RELAY = """import os, selectors, socket, sys
sock = socket.create_connection((sys.argv[1], int(sys.argv[2])))
ways = {0: sock.fileno(), sock.fileno(): 1}
ready = selectors.DefaultSelector()
for fd in ways:
    ready.register(fd, selectors.EVENT_READ)
try:
    while True:
        for key, _ in ready.select():
            data = os.read(key.fd, 65536)
            if not data:
                sys.exit(0)
            while data:
                data = data[os.write(ways[key.fd], data):]
except OSError:
    sys.exit(1)
"""


@pytest.fixture
def relay(post):
    path = post.folder / "relay.py"
    path.write_text(RELAY)
    return f"{sys.executable} {path}"


@pytest.mark.parametrize("tls", ["none", "starttls", "implicit"])
def test_command(post, serve, relay, tls):
    server = serve(tls=tls, auth=() if tls == "none" else ["PLAIN"],
                   words=CHUNKING)
    quiet(post.submit(server, RCPT, settings={
        "connect_command": f"{relay} %h %p"}))
    assert len(server.messages) == 1


def test_command_for_one_host_after_another(post, serve, relay):
    first, second = serve(address="127.0.0.1"), None
    first.on("CONNECT", HangUp("421 4.3.2 not now"))
    second = serve(address="127.0.0.2", port=first.port)
    quiet(post.submit(first, RCPT, settings={
        "host": "127.0.0.1 127.0.0.2", "connect_command": f"{relay} %h %p"}))
    assert (len(first.sessions), len(second.messages)) == (1, 1)


def test_command_gets_words_and_no_shell(post, serve):
    server = serve()
    script = post.folder / "show"
    script.write_text(f'#!/bin/sh\nfor word; do echo "[$word]" >>'
                      f'{post.folder}/words; done\n')
    script.chmod(0o755)
    r = post.submit(server, RCPT, settings={
        "host": "mail.example.org", "port": 587, "connect_command":
        f"{script} %h:%p \"two words\" '%%' a\\ b $HOME `id` ;"})
    assert r.code == TEMPORARY
    assert (post.folder / "words").read_text().split("\n")[:-1] == [
        "[mail.example.org:587]", "[two words]", "[%]", "[a b]", "[$HOME]",
        "[`id`]", "[;]"]


@pytest.mark.parametrize("command", ["/nonexistent/command", "false", "true",
                                     "echo 554 5.7.1 no", "cat /dev/null"])
def test_command_fails(post, serve, command):
    server = serve()
    r = post.submit(server, RCPT, settings={"connect_command": command,
                                            "timeout": 5})
    assert r.code in (TEMPORARY, UNAVAILABLE, CONFIG), r.err
    assert r.err.startswith("posthorn: default: ")
    assert server.sessions == []


def test_command_does_not_outlive_us(post, serve, relay):
    """Nor do we wait for one that does not end by itself."""
    server = serve()
    stay = post.folder / "stay"
    stay.write_text(f"#!/bin/sh\necho $$ >{post.folder}/pid\n"
                    f"{relay} \"$@\"\nexec sleep 600\n")
    stay.chmod(0o755)
    start = time.monotonic()
    quiet(post.submit(server, RCPT, settings={
        "connect_command": f"{stay} %h %p"}))
    assert time.monotonic() - start < 15
    pid = int((post.folder / "pid").read_text())
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_command_has_no_secret_of_ours(post, serve, relay):
    """Neither in its arguments nor in its environment nor in a descriptor."""
    server = serve(tls="implicit", auth=["PLAIN"])
    show = post.folder / "show"
    show.write_text(f"#!/bin/sh\n(env; echo \"$@\"; ls -l /proc/$$/fd) >"
                    f"{post.folder}/seen\nexec {relay} \"$@\"\n")
    show.chmod(0o755)
    quiet(post.submit(server, RCPT, settings={
        "connect_command": f"{show} %h %p"}))
    seen = (post.folder / "seen").read_text()
    assert PASSWORD not in seen
    assert len(re.findall(r" -> ", seen)) <= 4      # and the script itself


# SRV records, with a name server of our own in a mount namespace.

def test_srv_without_a_name_server(post):
    r = post.run("--host=srv:example.invalid", "-f", "a@example.org",
                 "--timeout=5", RCPT)
    assert r.code in (NOHOST, TEMPORARY)
    said(r, "example.invalid")


def test_ways_exclude_each_other(post, plain):
    r = post.submit(plain, RCPT, settings={
        "proxy_host": "localhost", "socket": "/tmp/x"})
    assert r.code == CONFIG
    said(r, "socket", "proxy_host")
