"""--check, --check=as, --serverinfo and --print-config."""

import contextlib
import os
import pathlib
import pwd
import re
import shutil
import socket
import time

import pytest

from conftest import (NOBODY, NO_ENTRY, PASSWORD, RCPT, USER, free_ports,
                      quiet, said, verbs)
from server import CHUNKING, MECHANISMS, HangUp, Silence, make_cert

OK, USAGE, NOHOST, UNAVAILABLE, TEMPORARY, PROTOCOL, NOPERM, CONFIG = \
    0, 64, 68, 69, 75, 76, 77, 78
LINKS = ["none", "starttls", "implicit"]
GOOD, BAD, CARE, UNTRIED = "✓", "✗", "!", "–"

STEPS = {
    "none": ["name", "connect", "greeting", "ehlo", "login"],
    "starttls": ["name", "connect", "greeting", "ehlo", "tls", "ehlo",
                 "login"],
    "implicit": ["name", "connect", "tls", "greeting", "ehlo", "login"],
}


def check(post, *args, stdin=b"", **more):
    """Of --check; it needs no input, and says all on standard output."""
    r = post.run(*args, stdin=stdin, **more)
    assert r.err == ""
    return r


def marks(r):
    """Each line with a mark: the mark, the step, what came of it."""
    found = re.findall(r"^  ([✓✗!–]) (\S+) +(.*)$", r.out, re.M)
    assert found, r.out
    return found


def on_the_way(r):
    """The marks of the line, in their order."""
    return [(mark, step) for mark, step, _ in marks(r)
            if step in STEPS["starttls"] and mark != CARE and
            not ("expire" in _ and step == "tls")]


def failed(r):
    """The one step that failed, and why; nothing was tried behind it."""
    bad = [(step, why) for mark, step, why in marks(r) if mark == BAD]
    assert len(bad) == 1, r.out
    way = [mark for mark, _ in on_the_way(r)]
    if BAD in way:
        assert set(way[way.index(BAD) + 1:]) <= {UNTRIED}
        assert set(way[:way.index(BAD)]) <= {GOOD}
    return bad[0]


def nothing_sent(*servers):
    for server in servers:
        assert server.messages == []
        assert not {"MAIL", "RCPT", "DATA", "BDAT", "RSET"} & \
            set(verbs(server))


@pytest.fixture
def server(serve, request):
    return serve(tls=getattr(request, "param", "implicit"), auth=MECHANISMS,
                 words=CHUNKING)


# All is well.

@pytest.mark.parametrize("server", LINKS, indirect=True)
def test_all_is_well(post, server):
    server.auth_in_clear = True
    path = post.config(post.settings(server))
    for _ in range(2):          # the second has a session to resume
        r = check(post, "-C", path, "--check")
        assert r.code == OK, r.out
        assert on_the_way(r) == [(GOOD, s) for s in STEPS[server.tls]]
        assert f"{USER} by SCRAM-SHA-256" in r.out
        assert "CHUNKING" in r.out and "200 MiB" in r.out
        assert re.search(r"greeting +220 localhost ESMTP \(\d+ ms\)", r.out)
        assert ("the next connection can resume" in r.out) == \
            (server.tls != "none")
    nothing_sent(server)
    assert server.wait_closed()
    assert all(s.commands[-1] == "QUIT" for s in server.sessions)


def test_tls_is_told(post, server):
    r = check(post, "-C", post.config(post.settings(server)), "--check")
    assert re.search(r"tls +TLS1.3, AES-\d+-GCM, certificate of localhost "
                     r"verified \(\d+ ms\)", r.out)
    assert "issued by CN=posthorn throw-away CA, valid 20" in r.out
    assert re.search(r"✓ tls +the certificate expires in (29|30) days, 20",
                     r.out)


def test_what_it_kept_is_resumed(post, server):
    path = post.config(post.settings(server))
    check(post, "-C", path, "--check")
    quiet(post.run("-C", path, RCPT))
    check(post, "-C", path, "--check")
    assert [s.resumed for s in server.sessions] == [False, True, False]


def test_no_login(post, plain):
    r = check(post, "-C", post.config(post.settings(plain)), "--check")
    assert r.code == OK
    assert on_the_way(r) == [(GOOD, s) for s in STEPS["none"][:-1]]


def test_a_socket(post, serve, tmp_path):
    server = serve(path=str(tmp_path / "s"))
    r = check(post, "-C", post.config(post.settings(server, port=None,
              socket=tmp_path / "s")), "--check")
    assert r.code == OK
    assert on_the_way(r) == [(GOOD, s) for s in STEPS["none"][1:-1]]


def test_asks_for_the_password_once(post, server):
    count = post.folder / "count"
    command = f"echo x >>{count}; echo {PASSWORD}"
    r = check(post, "-C", post.config(post.settings(
        server, host="127.0.0.1 localhost", password=None,
        passwordeval=command)), "--check")
    assert r.code == OK, r.out
    assert len(on_the_way(r)) == 2 * len(STEPS["implicit"])
    assert count.read_text() == "x\n"
    assert str(count) not in r.out


# Something is not: the step at which it shows, the words, the exit code.

def closed_port(_server):
    return {"port": free_ports(1)[0]}


BROKEN = {
    "unknown host": ({}, {"host": "nowhere.invalid"}, None, "name",
                     "check \"host\"", NOHOST),
    "refused": ({}, closed_port, None, "connect", "refused", TEMPORARY),
    "silent": ({}, {"timeout": 1}, ("CONNECT", Silence()), "greeting",
               "no greeting within 1 second", TEMPORARY),
    "greeting 554": ({}, {}, ("CONNECT", "554 5.3.2 never"), "greeting",
                     "554 5.3.2 never", UNAVAILABLE),
    "greeting 421": ({}, {}, ("CONNECT", HangUp("421 4.3.2 busy")),
                     "greeting", "421 4.3.2 busy", TEMPORARY),
    "EHLO refused for now": ({}, {}, ("EHLO", "451 4.3.0 later"), "ehlo",
                             "451 4.3.0 later", TEMPORARY),
    "EHLO refused, STARTTLS": ({"tls": "starttls"}, {},
                               ("EHLO", "502 5.5.1 what"), "ehlo",
                               "no STARTTLS", PROTOCOL),
    "EHLO silence": ({}, {"timeout": 1}, ("EHLO", Silence()), "ehlo",
                     "no reply to EHLO", TEMPORARY),
    "TLS at a port of STARTTLS": ({"tls": "starttls"},
                                  {"tls_starttls": "off"}, None, "tls",
                                  "tls_starttls on", PROTOCOL),
    "STARTTLS at a port of TLS": ({}, {"tls_starttls": "on", "timeout": 1},
                                  None, "greeting", "tls_starttls off",
                                  TEMPORARY),
    "no STARTTLS": ({"tls": "none"}, {"tls": "on", "tls_starttls": "on"},
                    None, "tls", "offers no STARTTLS", PROTOCOL),
    "STARTTLS refused": ({"tls": "starttls"}, {},
                         ("STARTTLS", "454 4.7.0 not now"), "tls",
                         "454 4.7.0 not now", TEMPORARY),
    "expired": ({"cert": "expired"}, {}, None, "tls", "expired", PROTOCOL),
    "wrong name": ({"cert": "wrong-name"}, {}, None, "tls",
                   "mail.example.org", PROTOCOL),
    "unknown CA": ({"cert": "unknown-ca"}, {}, None, "tls", "another CA",
                   PROTOCOL),
    "self-signed": ({"cert": "self-signed"}, {}, None, "tls", "tls_",
                    PROTOCOL),
    "self-signed, STARTTLS": ({"cert": "self-signed", "tls": "starttls"}, {},
                              None, "tls", "tls_", PROTOCOL),
    "no trust file": ({}, {"tls_trust_file": "/nonexistent"}, None, "tls",
                      "/nonexistent", CONFIG),
    "no AUTH": ({"auth": ()}, {"auth": "on", "user": USER,
                               "password": PASSWORD}, None, "login",
                "offers no login", UNAVAILABLE),
    "nothing in common": ({"auth": ["PLAIN"]}, {"auth": "cram-md5"}, None,
                          "login", "no login in common", UNAVAILABLE),
    "wrong password": ({}, {"password": "no-such-horse"}, None, "login",
                       "check \"password\" in", NOPERM),
    "login silence": ({}, {"timeout": 1}, ("AUTH", Silence()), "login",
                      "no reply to AUTH", TEMPORARY),
    "passwordeval": ({}, {"password": None, "passwordeval": "exit 3"}, None,
                     "login", "check \"passwordeval\" in", TEMPORARY),
    "contradiction": ({}, {"tls": "off", "tls_fingerprint": "00" * 32},
                      None, "settings", "write: tls on", CONFIG),
    "no host": ({}, {"host": None}, None, "settings", "write: host NAME",
                CONFIG),
    "unknown keyword": ({}, {"tsl": "on"}, None, "configuration",
                        "did you mean \"tls\"?", CONFIG),
}


@pytest.mark.parametrize("row", BROKEN)
def test_broken(post, serve, row):
    options, settings, rule, step, words, code = BROKEN[row]
    options = {"tls": "implicit", "auth": MECHANISMS, **options}
    server = serve(**options)
    if callable(settings):
        settings = settings(server)
    if rule is not None:
        server.on(*rule)
    path = post.config(post.settings(server, **settings))
    r = check(post, "-C", path, "--check")
    assert failed(r)[0] == step, r.out
    assert words in failed(r)[1]
    assert r.code == code, r.out
    nothing_sent(server)
    sent = post.run("-C", path, RCPT)
    assert sent.code == code, "not what a submission says: " + sent.err


REMEDIES = {
    "refused": (closed_port, "check \"host\" in {place}, port, and whether "
                "the server is up", "host"),
    "refused by the proxy": (lambda s: {"proxy_host": "localhost",
                             "proxy_port": free_ports(1)[0]},
                             "check \"proxy_host\" in {place}, proxy_port",
                             "proxy_host"),
    "unknown host": ({"host": "nowhere.invalid"}, "; check \"host\" in "
                     "{place}", "host"),
    "no such command": ({"connect_command": "no-such-program %h"},
                        "connect_command is set in {place}",
                        "connect_command"),
    "no socket": ({"host": None, "port": None, "socket": "/nowhere",
                   "tls_host_override": "localhost"},
                  "check \"socket\" in {place}", "socket"),
    "priorities": ({"tls_priorities": "FOO"}, "tls_priorities is set in "
                   "{place}", "tls_priorities"),
    "no trust file": ({"tls_trust_file": "/nowhere"},
                      "check \"tls_trust_file\" in {place}",
                      "tls_trust_file"),
    "no CRL": ({"tls_crl_file": "/nowhere"},
               "check \"tls_crl_file\" in {place}", "tls_crl_file"),
    "wrong password": ({"password": "no-such-horse"},
                       "check \"password\" in {place}", "password"),
}


@pytest.mark.parametrize("row", REMEDIES)
def test_remedy(post, server, row):
    settings, words, keyword = REMEDIES[row]
    if callable(settings):
        settings = settings(server)
    text = post.settings(server, **settings)
    path = post.config(text)
    line, = [i + 1 for i, row in enumerate(text.splitlines())
             if row.split()[0] == keyword]
    why = failed(check(post, "-C", path, "--check"))[1]
    assert words.format(place=f"{path}:{line}") in why
    assert why.count(f"{path}:{line}") == 1, "said twice"


def test_no_configuration(post):
    r = check(post, "--check", env={"XDG_CONFIG_HOME": str(post.folder)})
    assert r.code == CONFIG
    assert failed(r)[0] == "configuration"
    assert "no configuration in" in failed(r)[1]
    assert "see posthorn.conf(5)" in failed(r)[1]


def test_wrong_mode(post, server):
    path = post.config(post.settings(server), mode=0o644)
    r = check(post, "-C", path, "--check")
    assert r.code == CONFIG
    assert failed(r)[0] == "configuration" and "chmod 600" in r.out
    assert server.sessions == []


def test_unknown_account(post, server):
    r = check(post, "-C", post.config(post.settings(server)), "--check",
              "defualt")
    assert r.code == CONFIG
    assert 'did you mean "default"?' in failed(r)[1]
    assert server.sessions == []


def test_the_chain_of_one_that_does_not_verify(post, serve):
    server = serve(tls="implicit", cert="self-signed")
    r = check(post, "-C", post.config(post.settings(server)), "--check")
    assert "CN=localhost, issued by CN=localhost, valid 20" in r.out


# Not wrong, but to be known.

def test_expires_soon(post, serve, certs):
    day = 24 * 3600
    make_cert(certs, "soon", "DNS:localhost", dates=[
        time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + d * day))
        for d in (-30, 5.5)])
    server = serve(tls="implicit", cert="soon")
    r = check(post, "-C", post.config(post.settings(server)), "--check")
    assert r.code == OK
    assert re.search("! tls +the certificate expires in 5 days, ", r.out)


def test_not_verified(post, serve):
    server = serve(tls="implicit", cert="self-signed")
    path = post.config(post.settings(server, tls_certcheck="off"))
    r = check(post, "-C", path, "--check")
    assert r.code == OK
    fingerprint, = re.findall("! tls .*write: (tls_fingerprint sha256:.*)",
                              r.out)
    path = post.config(post.settings(server) + fingerprint + "\n")
    r = check(post, "-C", path, "--check")
    assert r.code == OK and "verified by its fingerprint" in r.out
    assert not [m for m in marks(r) if m[0] == CARE]


@pytest.mark.parametrize("auth, words", [
    ("plain", "the password can be read on the way"),
    ("on", "what is sent can be read on the way")])
def test_in_the_clear(post, serve, auth, words):
    server = serve(auth=MECHANISMS, auth_in_clear=True)
    r = check(post, "-C", post.config(post.settings(server, auth=auth)),
              "--check")
    assert r.code == OK
    assert re.search(f"! login .*{words}", r.out)


def test_log_that_cannot_be_written(post, plain):
    """A submission goes without it, and so its code is 0."""
    path = post.config(post.settings(plain, logfile="/dev/null/log"))
    r = check(post, "-C", path, "--check")
    assert r.code == OK
    assert re.search(f"! permissions +logfile /dev/null/log: .*{path}:",
                     r.out)


def test_state_that_cannot_be_kept(post, server):
    path = post.config(post.settings(server))
    r = check(post, "-C", path, "--check",
              env={"XDG_STATE_HOME": "/dev/null"})
    assert r.code == OK
    assert re.search("! permissions +state folder /dev/null/", r.out)
    assert "– resumption" in r.out


@pytest.mark.parametrize("command, why", [
    ("no-such-program x", "its program cannot be run"),
    ("no-such-program", "its program cannot be run"),
    ("/nowhere/x y", "/nowhere/x cannot be run"),
    ("/tmp; true", "/tmp cannot be run"),
    ("sh -c 'exit 3'", None), ("/bin/sh -c 'exit 3'", None),
    ("A=b no-such-program", None), ("exit 3", None), ("(exit 3)", None),
    ("$NOTHING exit 3", None)])
def test_command_that_cannot_be_run(post, server, command, why):
    """Only where that is plain to see: the shell is not known by heart."""
    path = post.config(post.settings(server, password=None,
                                     passwordeval=command))
    r = check(post, "-C", path, "--check")
    assert r.code in (TEMPORARY, CONFIG)
    told = re.findall("([!✓]) permissions +passwordeval: ([^;\n]*)", r.out)
    if why is None:
        why = "its program can be run" if command.split()[0] in \
            ("sh", "/bin/sh") else "is the shell's"
        assert told == [(GOOD, why)]
    else:
        assert told == [(CARE, why)]
    assert "NOTHING" not in r.out and "A=b" not in r.out


@pytest.mark.parametrize("keyword, value, told", [
    ("tls_trust_file", "ca.pem", GOOD), ("tls_trust_file", "no.pem", CARE),
    ("logfile", "-", None), ("logfile", "~/log", GOOD),
    ("logfile", "/nowhere/log", CARE), ("logfile", "~/no/log", CARE),
    ("logfile", "/no-such-log", GOOD if os.geteuid() == 0 else CARE),
    ("aliases", "off", None), ("aliases", "/nowhere", BAD)])
def test_files(post, server, keyword, value, told):
    """They are where they are, from here."""
    shutil.copy(server.certs / "ca.pem", post.folder)
    path = post.config(post.settings(server, **{keyword: value}))
    r = check(post, "-C", path, "--check")
    assert re.findall(f"(.) permissions +{keyword} ", r.out) == \
        [t for t in [told] if t]
    assert r.code == (CONFIG if told == BAD or "no.pem" in value else OK)
    if keyword != "logfile":
        assert post.run("-C", path, RCPT).code == r.code


def test_a_folder_for_a_secret(post, server):
    """Nobody is told to take away the right to enter it."""
    folder = post.folder / "secrets"
    folder.mkdir(mode=0o755)
    path = post.config(post.settings(server, password=None,
                                     password_file=folder))
    r = check(post, "-C", path, "--check")
    assert r.code == post.run("-C", path, RCPT).code != OK
    assert f"! permissions    password_file {folder}: not a regular file" \
        in r.out
    assert "chmod" not in r.out


@pytest.mark.parametrize("words, code", [
    ({"from": None}, CONFIG), ({"from": "*@example.org"}, CONFIG),
    ({"from": None, "auto_from": "on", "maildomain": "example.org"}, OK)])
def test_sender(post, server, words, code):
    """Of who sends it there are more tests elsewhere; the codes agree."""
    path = post.config(post.settings(server, **words))
    r = check(post, "-C", path, "--check")
    assert r.code == code
    assert post.run("-C", path, RCPT).code == code
    assert [mark for mark, step, _ in marks(r) if step == "sender"] == \
        [GOOD if code == OK else BAD]
    assert on_the_way(r) == [(GOOD, s) for s in STEPS[server.tls]]
    r = check(post, "-C", path, "--check", "-f", "ann@example.org")
    assert r.code == OK


# Several.

def test_one_host_is_down(post, server):
    """What a submission would do: go to the next."""
    path = post.config(post.settings(server,
                                     host="nowhere.invalid localhost"))
    r = check(post, "-C", path, "--check")
    assert r.code == OK
    assert [s for m, s, _ in marks(r) if m == BAD] == ["name"]
    assert on_the_way(r)[6:] == [(GOOD, s) for s in STEPS["implicit"]]


def test_second_host_is_down(post, server):
    path = post.config(post.settings(server,
                                     host="localhost nowhere.invalid"))
    r = check(post, "-C", path, "--check")
    assert r.code == OK
    assert [s for m, s, _ in marks(r) if m == BAD] == ["name"]


@pytest.mark.parametrize("order", [1, -1])
def test_all_hosts_are_down(post, plain, order):
    """One of them may heal, whichever is the last."""
    plain.stop()
    path = post.config(post.settings(plain, host=" ".join(
        ["nowhere.invalid", "localhost"][::order])))
    assert check(post, "-C", path, "--check").code == TEMPORARY
    assert post.run("-C", path, RCPT).code == TEMPORARY


def test_wrong_password_is_not_tried_twice(post, server):
    path = post.config(post.settings(
        server, host="127.0.0.1 localhost", password="no-such-horse"))
    r = check(post, "-C", path, "--check")
    assert r.code == NOPERM and len(server.sessions) == 1


def test_accounts(post, server, plain):
    path = post.config(
        post.settings(server, password="no-such-horse") +
        post.settings(plain).replace("default", "work") +
        "account base\ntls off\n")
    r = check(post, "-C", path, "--check")
    assert r.code == NOPERM         # the worst
    assert re.findall("^account (.*), ", r.out, re.M) == \
        ["default", "work", "base"]
    assert len(plain.sessions) == 1
    assert "– settings       it has no host" in r.out
    for args in (["--check", "work"], ["--check=work"],
                 ["-a", "work", "--check"]):
        r = check(post, "-C", path, *args)
        assert r.code == OK
        assert re.findall("^account (.*), ", r.out, re.M) == ["work"]
    assert len(server.sessions) == 1
    assert check(post, "-C", path, "--check", "base").code == CONFIG


# As it is understood.

def test_values_and_where_they_are_from(post, plain):
    path = post.config(f"defaults\ntimeout 7\n"
                       f"{post.settings(plain, tls_starttls=None)}")
    r = check(post, "-C", path, "--check", "--source-ip=127.0.0.1")
    lines = {line.split()[0]: line.split(None, 2)[1:] for line in
             r.out.splitlines() if line.startswith("      ")}
    assert lines["timeout"] == ["7", f"{path}:2 (defaults)"]
    assert lines["host"] == ["localhost", f"{path}:4"]
    assert lines["source_ip"] == ["127.0.0.1", "the command line"]
    assert lines["tls_certcheck"] == ["on", "built in"]
    assert lines["tls_starttls"] == ["off", "follows from the rest"]
    assert "password" not in lines


def test_values_are_in_columns(post, plain):
    """As people count them, and no wider than they need be."""
    path = post.config(post.settings(
        plain, from_full_name="Jörg Ärger", aliases="off"))
    r = check(post, "-C", path, "--check")
    lines = re.findall(rf"^      \w+ .*(?={path}:|built in|follows from)",
                       r.out, re.M)
    assert len(lines) > 6
    assert {len(line) for line in lines} == \
        {6 + max(
            len(line.split()[0]) for line in lines) + 2 +
         len("ann@example.org") + 2}


def test_secrets_are_stars(post, server):
    path = post.config(post.settings(server, proxy_user="x",
                                     proxy_password="s3cr3t-proxy"))
    for flag in ("--check", "--print-config"):
        r = post.run("-C", path, flag, "--timeout=1")
        assert "s3cr3t" not in r.out + r.err
        assert re.search(r"password +\*\*\*", r.out)


def test_no_file_is_read_for_a_host_alone(post, plain):
    r = check(post, "--check", "--host=localhost", f"--port={plain.port}",
              "--tls=off", "--from=ann@example.org")
    assert r.code == OK
    assert "the command line alone" in r.out


@pytest.mark.parametrize("lang, words", [("C", True), ("C.UTF-8", False)])
def test_locale(post, serve, lang, words):
    server = serve(tls="implicit", cert="expired")
    r = check(post, "-C", post.config(post.settings(server)), "--check",
              env={"LANG": lang})
    assert r.code == PROTOCOL
    assert r.out.isascii() == words
    for word in ("  ok      connect", "  FAILED  tls",
                 "  -       greeting"):
        assert (word in r.out) == words
    assert "\033" not in r.out


def test_no_input_is_read(post, plain):
    """It ends though its standard input does not."""
    theirs, ours = os.pipe()
    with os.fdopen(theirs), os.fdopen(ours, "wb"):
        r = post.run("-C", post.config(post.settings(plain)), "--check",
                     stdin=theirs)
    assert r.code == OK


@pytest.mark.parametrize("flags", [
    ["--check"], ["--check=as", "root"], ["--print-config"], ["--serverinfo"],
    ["--help"], ["-bv", RCPT]], ids=lambda f: f[0])
@pytest.mark.skipif(os.geteuid() != 0, reason="--check=as root is for root")
def test_output_that_cannot_be_written(post, plain, flags):
    path = post.config(post.settings(plain))
    with open("/dev/full", "wb") as full:
        p = post.start("-C", path, *flags, stdout=full)
        r = post.finish(p, b"")
    assert r.code == 74 and "standard output" in r.err


# --check=as

WWW = next((u for u in pwd.getpwall() if u.pw_name == "www-data"), None)


@pytest.fixture
def people(web):
    """A folder that all may enter, and the program there."""
    return web


def check_as(people, path, user="nobody", *more):
    return people.post.run("-C", path, "--check=as", user, *more,
                           program=people.program, stdin=b"")


def test_as_nobody(people, plain):
    path = people.config(people.post.settings(plain))
    r = check_as(people, path)
    assert (r.code, r.err) == (OK, ""), r.out
    assert "✓ configuration" in r.out and "✓ settings" in r.out
    assert plain.sessions == []         # nobody is called


def test_as_nobody_by_number(people, plain):
    path = people.config(people.post.settings(plain))
    assert check_as(people, path, str(NOBODY)).code == OK


def test_as_nobody_an_account(people, plain):
    path = people.config(people.post.settings(plain) +
                         "account work\nhost x\ntls_trust_file /nowhere\n")
    assert check_as(people, path, "nobody", "default").code == OK
    r = check_as(people, path, "nobody", "work")
    assert r.code == CONFIG
    assert f"/nowhere: No such file or directory; set in {path}:" in r.out


def test_as_one_who_may_not_read_it(people, server):
    path = people.config(people.post.settings(server), mode=0o600)
    r = check_as(people, path)
    assert r.code == CONFIG
    assert "permission denied for user nobody" in failed(r)[1]


def test_as_nobody_without_the_groups_of_root(people, plain):
    path = people.config(people.post.settings(plain), mode=0o640)
    os.chown(path, -1, NO_ENTRY)
    r = people.post.run("-C", path, "--check=as", "nobody",
                        program=people.program, extra_groups=[NO_ENTRY])
    assert r.code == CONFIG and "permission denied" in r.out


SHUT = ["tls_trust_file", "aliases"]


@pytest.mark.parametrize("keyword", SHUT)
def test_as_one_who_may_not_read_what_it_names(people, server, keyword):
    shut = people.folder / "shut"
    shut.write_bytes((server.certs / "ca.pem").read_bytes())
    shut.chmod(0o600)
    path = people.config(people.post.settings(
        server, password=None, passwordeval="cat /x",
        **{"tls_trust_file": None, keyword: shut}))
    r = check_as(people, path)
    assert r.code == CONFIG
    assert failed(r) == ("permissions", f"{keyword} {shut}: Permission "
                         f"denied; set in {path}:" +
                         failed(r)[1].rpartition(":")[2])


def test_as_one_who_may_not_run_it(people, server):
    command = people.folder / "pass"
    command.write_text("#!/bin/sh\n")
    command.chmod(0o700)
    path = people.config(people.post.settings(
        server, password=None, passwordeval=f"{command} show mail",
        tls_trust_file=None))
    r = check_as(people, path)
    assert r.code == CONFIG and "cannot be run" in failed(r)[1]
    command.chmod(0o755)
    assert check_as(people, path).code == OK


def test_as_a_socket(people, plain):
    path = people.folder / "sock"
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(str(path))
        path.chmod(0o700)
        config = people.config(people.post.settings(plain, socket=path))
        assert check_as(people, config).code == CONFIG
        path.chmod(0o777)
        assert check_as(people, config).code == OK


@pytest.mark.skipif(WWW is None, reason="there is no user www-data")
def test_as_their_home_says(people, server, elsewhere):
    """The home folder is the one in passwd, and its configuration theirs."""
    home = people.folder / "www"
    folder = home / ".config/posthorn"
    folder.mkdir(parents=True)
    (folder / "config").write_text(people.post.settings(
        server, tls_trust_file=None))
    for path in (home, *home.rglob("*")):
        os.chown(path, WWW.pw_uid, WWW.pw_gid)
        path.chmod(0o700 if path.is_dir() else 0o600)
    passwd = elsewhere.place("/etc/passwd")
    passwd.write_text(re.sub("^(www-data:.*:)[^:]*(:[^:]*)$",
                             rf"\1{home}\2",
                             pathlib.Path("/etc/passwd").read_text(),
                             flags=re.M))
    passwd.chmod(0o644)
    r = people.post.finish(people.post.start(*elsewhere.command(
        people.program, "--check=as", "www-data")[1:], program="unshare"))
    assert r.code == OK, r.out + r.err
    assert f"{folder}/config" in r.out
    assert f"state folder {home}/.local/state" in r.out
    assert re.search("      password  +\\*\\*\\*  +", r.out)


def test_as_another_without_being_root(people, plain):
    path = people.config(people.post.settings(plain))
    r = people.run("-C", path, "--check=as", "root")
    assert r.code == NOPERM and r.out == ""
    said(r, "only root", "sudo")


def test_as_oneself(people, plain):
    path = people.config(people.post.settings(plain))
    assert people.run("-C", path, "--check=as", "nobody").code == OK


def test_as_somebody_unknown(post, config):
    r = post.run("-C", config, "--check=as", "no-such-user")
    assert r.code == USAGE
    said(r, "no-such-user", "no such user")


# --serverinfo

@pytest.mark.parametrize("server", LINKS, indirect=True)
def test_serverinfo(post, server):
    r = post.run("-C", post.config(post.settings(server)), "--serverinfo")
    assert (r.code, r.err) == (OK, "")
    assert r.out.startswith(f"SMTP server at localhost (127.0.0.1), port "
                            f"{server.port}:\n    localhost ESMTP\n")
    for line in ("        Maximum message size is 209715200 bytes = 200 MiB",
                 "    PIPELINING:", "    CHUNKING:"):
        assert line + "\n" in r.out
    tls = server.tls != "none"
    assert ("    AUTH:\n        Login methods:\n        PLAIN LOGIN"
            in r.out) == tls
    for line in ("    Owner:\n        Common Name: posthorn test server",
                 "    Issuer:\n        Common Name: posthorn throw-away CA",
                 "        Activation time: 20", "        Expiration time: 20",
                 "        sha256:", "        pin-sha256:"):
        assert (line in r.out) == tls
    assert "Not verified" not in r.out
    assert set(verbs(server)) <= {"EHLO", "STARTTLS"}


def test_serverinfo_without_an_account(post, server):
    r = post.run("--serverinfo", "--host=localhost", f"--port={server.port}",
                 "--tls-starttls=off", "--tls-certcheck=off")
    assert (r.code, r.err) == (OK, "")
    assert "Not verified:\n        tls_certcheck is off\n" in r.out
    assert "Capabilities:" in r.out


@pytest.mark.parametrize("cert", ["self-signed", "expired", "wrong-name",
                                  "unknown-ca"])
def test_serverinfo_of_one_that_does_not_verify(post, serve, cert):
    server = serve(tls="implicit", cert=cert)
    path = post.config(post.settings(server))
    r = post.run("-C", path, "--serverinfo")
    assert r.code == PROTOCOL
    said(r, "default", f"localhost:{server.port}")
    assert "Owner:" in r.out and "Not verified:" in r.out
    line, = re.findall("^ +(tls_fingerprint .*)$", r.out, re.M)
    path = post.config(post.settings(server) + line + "\n")
    assert post.run("-C", path, "--serverinfo").code == OK


def test_serverinfo_of_nobody(post, plain):
    plain.stop()
    r = post.run("-C", post.config(post.settings(plain)), "--serverinfo")
    assert (r.code, r.out) == (TEMPORARY, "")
    said(r, "refused")


def test_serverinfo_of_one_without_tls(post, plain):
    """There is nothing to tell of, and so no heading."""
    path = post.config(post.settings(plain, tls="on"))
    r = post.run("-C", path, "--serverinfo")
    assert (r.code, r.out) == (PROTOCOL, "")
    said(r, "tls")


def test_serverinfo_shows_nothing_that_a_terminal_obeys(post, serve):
    server = serve(words=("SIZE 9", "X\033[2J", "AUTH X\033[1m",
                          "SIZE 99999999999999999999"))
    server.on("CONNECT", "220 a\033]0;x\007")
    r = post.run("-C", post.config(post.settings(server)), "--serverinfo")
    assert r.code == OK and "\033" not in r.out and "\007" not in r.out
    r = check(post, "-C", post.config(post.settings(server)), "--check")
    assert r.code == OK and "\033" not in r.out and "\007" not in r.out


def test_serverinfo_of_an_unknown_account(post, config):
    r = post.run("-C", config, "--serverinfo", "nobody")
    assert r.code == CONFIG
    said(r, 'no account "nobody"')


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_postfix(post, postfix, tls):
    path = post.config(postfix.settings(tls))
    r = post.run("-C", path, "--serverinfo")
    assert (r.code, r.err) == (OK, "")
    assert "ESMTP Postfix" in r.out and "Login methods:\n        PLAIN" in \
        r.out
    r = check(post, "-C", path, "--check")
    assert r.code == OK, r.out
    assert [m for m in on_the_way(r) if m[0] != GOOD] == []
    assert postfix.empty("bob")


# --print-config

def values(text):
    return [line for line in text.splitlines() if not line.startswith("#")]


PRINTED = {
    "plain": "host mx.example.org\nfrom a@x.example *@y.example\n",
    "odd text": "host a srv:b.example ::1\nuser \" a#\"b \"\n"
    "from_full_name \"\"Ann\"\"\nlogfile /tmp/a b\n",
    "off": "host a\ntls off\nauth off\nsyslog off\ndsn_notify off\n"
    "dsn_return off\nmail_auth off\naliases off\ntimeout off\n",
    "all sorts": "host a\nauth cram-md5\nuser u\npasswordeval pass x | head\n"
    "syslog LOG_LOCAL1\ndsn_notify failure\nset_date_header utc\n"
    "set_from_header on\ntls_trust_file system\nqueue auto\n"
    "deliver_by 99;N\npriority -3\ntls_fingerprint " + "0f" * 32 + "\n",
    "a command": "host a\nconnect_command ssh -W %h:%p \"a b\"\n",
}


@pytest.mark.parametrize("row", PRINTED)
def test_print_config_again(post, row):
    path = post.config("account default\n" + PRINTED[row] +
                       "account work\nhost b\ntimeout 3\n")
    first = post.run("-C", path, "--print-config")
    assert (first.code, first.err) == (OK, "")
    again = post.run("-C", post.config(first.out, name="again"),
                     "--print-config")
    assert (again.code, again.err) == (OK, "")
    assert values(again.out) == values(first.out)
    assert values(first.out)[0] == "account default"
    assert "account work" in values(first.out)


@pytest.mark.parametrize("user", ["x\udc9b31m", "x\u009b31m"])
def test_print_config_at_a_terminal(post, user):
    """It obeys nothing of it; a file gets it as it is."""
    path = post.config("")
    pathlib.Path(path).write_bytes(os.fsencode(
        f"account default\nhost a\nuser {user}\nfrom_full_name Jörg\n"))
    raw = os.fsencode(user)
    with open(post.folder / "file", "w+b") as f:
        post.finish(post.start("-C", path, "--print-config", stdout=f))
        f.seek(0)
        assert raw in f.read()
    ours, theirs = os.openpty()
    with os.fdopen(ours, "rb", buffering=0) as f:
        p = post.start("-C", path, "--print-config", stdout=theirs)
        os.close(theirs)
        text = b""
        with contextlib.suppress(OSError):      # EIO is its end
            while chunk := f.read(4096):
                text += chunk
    assert post.finish(p).code == OK
    assert rb"x\x9B31m" in text and raw not in text
    assert "Jörg".encode() in text


def test_print_config_of_all_that_there_is(post):
    """A keyword that is added is printed, and read again, by itself."""
    words = post.run("--list-keywords").out.split("\n")
    printed = values(post.run("--print-config", "--host=x").out)
    known = {w for w in words if w and "(" not in w}
    assert {line.split()[0] for line in printed} - known == {"account"}
    assert len(printed) > 15


def test_print_config_says_where_from(post):
    path = post.config("defaults\ntimeout 5\naccount default\nhost x\n")
    r = post.run("-C", path, "--print-config", "--port=26")
    for line in (f"# {path}:3\naccount default\n# {path}:4\nhost x\n",
                 "# the command line\nport 26\n",
                 f"# {path}:2 (defaults)\ntimeout 5\n", "# built in\n"):
        assert line in r.out


def test_print_config_of_one(post):
    path = post.config("account a\nhost x\naccount b\nhost y\n")
    for args in (["--print-config", "b"], ["--print-config=b"],
                 ["-a", "b", "--print-config"]):
        r = post.run("-C", path, *args)
        assert r.code == OK and "host y\n" in r.out
        assert "host x" not in r.out
    r = post.run("-C", path, "--print-config", "c")
    assert (r.code, r.out) == (CONFIG, "")
    said(r, "no account \"c\"")


def test_print_config_of_what_contradicts_itself(post):
    """It is shown all the same: that is what one wants to see then."""
    path = post.config("account default\nhost x\ntls off\nrequiretls on\n")
    r = post.run("-C", path, "--print-config")
    assert r.code == CONFIG and "requiretls on\n" in r.out
    said(r, "requiretls")
