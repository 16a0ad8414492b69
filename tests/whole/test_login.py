"""Logins: which mechanism, what of it goes over the wire, what comes after one
that fails, and what is said of it."""

import base64
import ssl

import pytest

from conftest import PASSWORD, RCPT, USER
from server import HangUp, MECHANISMS, OTHERS, Raw

OK, UNAVAILABLE, TEMPFAIL, PROTOCOL, NOPERM, CONFIG = 0, 69, 75, 76, 77, 78
EVERY = MECHANISMS + OTHERS
REVEALING = ("PLAIN", "LOGIN", "NTLM", "OAUTHBEARER", "XOAUTH2")
NAMED = ("OAUTHBEARER", "XOAUTH2", "ANONYMOUS")     # only then
LACKING = ("EXTERNAL",)                             # a certificate
BOUND = ("SCRAM-SHA-1-PLUS", "SCRAM-SHA-256-PLUS")


@pytest.fixture
def no_ticket(post):
    """An environment without one.  libgssapi leaks what it says of that."""
    (post.folder / "leaks").write_text("leak:libgssapi_krb5\n")
    return {"KRB5CCNAME": "FILE:/nonexistent", "KRB5_CONFIG": "/dev/null",
            "LSAN_OPTIONS": f"suppressions={post.folder}/leaks:"
                            "print_suppressions=0"}


def auths(server):
    """The mechanisms that were tried."""
    return [c.split()[1] for c in server.commands if c.startswith("AUTH ")]


def one_line(text):
    assert text.count("\n") == 1, text
    return text


# The table: mechanism x link x how it is asked for -> what goes out.

def expected(mechanism, link, how):
    if mechanism in BOUND and link == "none":
        return False            # whatever is said, there is nothing to bind to
    if how == "named":
        return True
    if mechanism in NAMED + LACKING:
        return False
    return link != "none" or mechanism not in REVEALING


@pytest.mark.parametrize("how", ["named", "on"])
@pytest.mark.parametrize("link", ["none", "implicit"])
@pytest.mark.parametrize("mechanism", EVERY)
def test_table(post, serve, mechanism, link, how):
    server = serve(tls=link, auth=[mechanism], auth_in_clear=True,
                   tls_max=ssl.TLSVersion.TLSv1_2)
    r = post.submit(server, "-d", RCPT, settings={
        "auth": "on" if how == "on" else mechanism.lower()})
    if expected(mechanism, link, how):
        assert r.code == OK, r.err
        assert auths(server) == [mechanism]
        assert USER in server.messages[0].user
    else:
        assert r.code == UNAVAILABLE, r.err
        assert auths(server) == []
        assert mechanism in r.err
        assert server.messages == []


@pytest.mark.parametrize("link", ["none", "implicit"])
@pytest.mark.parametrize("how", ["on"] + [m.lower() for m in EVERY])
def test_nothing_of_it_is_shown(post, serve, link, how):
    """Neither response nor challenge; the password is Post.finish's to find."""
    server = serve(tls=link, auth=EVERY, auth_in_clear=True,
                   tls_max=ssl.TLSVersion.TLSv1_2)
    r = post.submit(server, "-d", RCPT, settings={"auth": how})
    for line in r.err.splitlines():
        if line.startswith("C: AUTH "):
            assert line.split()[3:] in ([], ["***"]), line
        if line.startswith("S: 334"):
            assert line in ("S: 334", "S: 334 ", "S: 334 ***")
    for line in server.transcript.splitlines():
        side, said, *rest = line.split(" ") + [""]
        if side == "S:" and said == "334":
            assert rest[0] == "" or rest[0] not in r.err
        if side == "C:" and len(said) > 8 and rest == [""]:
            assert said not in r.err        # a response
        if said == "AUTH" and len(rest[1]) > 8:
            assert rest[1] not in r.err


# What is chosen of many.

@pytest.mark.parametrize("offered, link, chosen", [
    (EVERY, ssl.TLSVersion.TLSv1_2, "SCRAM-SHA-256-PLUS"),
    (EVERY, None, "SCRAM-SHA-256"),     # no tls-exporter: see refused below
    (("SCRAM-SHA-1-PLUS", "SCRAM-SHA-256"), ssl.TLSVersion.TLSv1_2,
     "SCRAM-SHA-1-PLUS"),
    (("DIGEST-MD5", "CRAM-MD5"), None, "DIGEST-MD5"),
    (("NTLM", "LOGIN"), None, "LOGIN"),
    (("XOAUTH2", "PLAIN"), None, "PLAIN"),
    (("EXTERNAL", "ANONYMOUS", "LOGIN"), None, "LOGIN"),
], ids=str)
def test_strongest(post, serve, offered, link, chosen):
    server = serve(tls="implicit", auth=offered, tls_max=link)
    r = post.submit(server, RCPT)
    assert r.code == OK, r.err
    # The scripted server knows tls-unique, and refuses tls-exporter (501).
    assert [m for m in auths(server)
            if link or not m.endswith("-PLUS")] == [chosen]


def test_channel_binding_is_bound(post, serve):
    """Somebody in between has another channel, and gets nothing else."""
    server = serve(tls="implicit", auth=["SCRAM-SHA-256-PLUS", "SCRAM-SHA-256",
                                         "PLAIN"],
                   tls_max=ssl.TLSVersion.TLSv1_2, scram_fault="binding")
    assert post.submit(server, RCPT).code == NOPERM
    assert auths(server) == ["SCRAM-SHA-256-PLUS"]


def test_resumed_session_is_bound_too(post, serve):
    server = serve(tls="implicit", auth=["SCRAM-SHA-256-PLUS"],
                   tls_max=ssl.TLSVersion.TLSv1_2)
    for _ in range(2):
        r = post.submit(server, RCPT)
        assert r.code == OK, r.err
    assert auths(server) == ["SCRAM-SHA-256-PLUS"] * 2


# Fallback.

def test_next_after_504(post, serve):
    server = serve(tls="implicit", auth=["SCRAM-SHA-256", "CRAM-MD5", "PLAIN"])
    server.on("AUTH SCRAM-SHA-256", "504 5.5.4 not for you")
    server.on("AUTH CRAM-MD5", "534 5.7.9 too weak")
    r = post.submit(server, "-v", RCPT)
    assert r.code == OK
    assert auths(server) == ["SCRAM-SHA-256", "CRAM-MD5", "PLAIN"]
    assert "504 5.5.4 not for you; trying another mechanism" in r.err
    assert len(server.sessions) == 1


def test_all_of_them_are_told(post, serve):
    server = serve(tls="implicit", auth=["CRAM-MD5", "PLAIN", "LOGIN"])
    server.on("AUTH", "504 5.5.4 no")
    server.on("AUTH PLAIN", "534 5.7.9 weak")
    r = post.submit(server, RCPT)
    assert r.code == UNAVAILABLE
    line = one_line(r.err)
    assert "login by LOGIN refused: 504 5.5.4 no; before that, " \
        "login by CRAM-MD5 refused: 504 5.5.4 no; " \
        "login by PLAIN refused: 534 5.7.9 weak" in line
    assert auths(server) == ["CRAM-MD5", "PLAIN", "LOGIN"]


def test_cancelled_in_the_middle(post, serve):
    server = serve(tls="implicit", auth=["CRAM-MD5", "PLAIN"])
    server.on("AUTH CRAM-MD5", "334 !!!")
    server.on("*", "501 5.7.0 cancelled")
    assert post.submit(server, RCPT).code == OK
    at = server.commands.index("*")
    assert server.commands[at - 1] == "AUTH CRAM-MD5"
    assert server.commands[at + 1].startswith("AUTH PLAIN ")


@pytest.mark.parametrize("reply", ["535 5.7.8 wrong", "454 4.7.0 later",
                                   "535 5.7.0 locked", "534 5.7.14 browser",
                                   "432 4.7.12 change it", "550 no"])
def test_what_ends_it(post, serve, reply):
    """It may be the password, and accounts get locked."""
    server = serve(tls="implicit", auth=["SCRAM-SHA-256", "PLAIN", "LOGIN"])
    server.on("AUTH SCRAM-SHA-256", reply)
    r = post.submit(server, RCPT)
    assert r.code == (TEMPFAIL if reply[0] == "4" else NOPERM)
    assert reply in one_line(r.err)
    assert auths(server) == ["SCRAM-SHA-256"]


@pytest.mark.parametrize("mechanism, fault", [
    ("SCRAM-SHA-256", "signature"), ("SCRAM-SHA-256", "no-signature"),
    ("SCRAM-SHA-256", "nonce"), ("DIGEST-MD5", "signature"),
    ("DIGEST-MD5", "no-signature")])
def test_impostor_learns_no_more(post, serve, mechanism, fault):
    server = serve(tls="implicit", auth=[mechanism, "PLAIN"],
                   scram_fault=fault)
    r = post.submit(server, RCPT)
    assert r.code == PROTOCOL, r.err
    assert mechanism in one_line(r.err)
    assert auths(server) == [mechanism]
    assert "*" not in server.commands
    assert server.messages == []


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-256", "PLAIN", "GSSAPI"])
def test_named_has_no_other(post, serve, no_ticket, mechanism):
    server = serve(tls="implicit", auth=[mechanism, "CRAM-MD5", "LOGIN"])
    server.on("AUTH " + mechanism, "504 5.5.4 no")
    r = post.submit(server, RCPT, settings={"auth": mechanism.lower()},
                    env=no_ticket)
    assert r.code == (TEMPFAIL if mechanism == "GSSAPI" else UNAVAILABLE)
    assert mechanism in r.err or "504" in r.err
    assert auths(server) == [m for m in [mechanism] if m != "GSSAPI"]


def test_nothing_that_reveals_comes_next_without_tls(post, serve):
    server = serve(auth=["CRAM-MD5", "PLAIN", "LOGIN", "NTLM"],
                   auth_in_clear=True)
    server.on("AUTH CRAM-MD5", "504 5.5.4 no")
    r = post.submit(server, RCPT)
    assert r.code == UNAVAILABLE
    assert auths(server) == ["CRAM-MD5"]


def test_no_ticket(post, serve, no_ticket):
    """Kerberos is found wanting before a word goes out."""
    server = serve(tls="implicit", auth=["GSSAPI", "CRAM-MD5"])
    r = post.submit(server, "-v", RCPT, env=no_ticket)
    assert r.code == OK
    assert "GSSAPI: no Kerberos ticket for smtp@localhost" in r.err
    assert auths(server) == ["CRAM-MD5"]
    r = post.submit(server, RCPT, env=no_ticket,
                    settings={"auth": "gssapi", "user": None})
    assert r.code == TEMPFAIL
    assert "kinit" in one_line(r.err)


def test_lost_in_the_middle(post, serve):
    server = serve(tls="implicit", auth=["CRAM-MD5", "PLAIN"])
    server.on("AUTH CRAM-MD5", "334 !!!")
    server.on("*", HangUp())
    r = post.submit(server, RCPT)
    assert r.code == TEMPFAIL
    assert auths(server) == ["CRAM-MD5"]


# The next host.

TO_ALL = {"host": '"localhost, 127.0.0.1"'}


@pytest.mark.parametrize("reply, code", [
    ("421 4.7.0 bad password, too many errors", TEMPFAIL),
    ("432 4.7.12 change it", TEMPFAIL), ("250 ok", PROTOCOL),
    ("503 5.5.1 no", UNAVAILABLE), ("504 5.5.4 no", UNAVAILABLE),
    ("535 5.7.8 wrong", NOPERM), (HangUp(), TEMPFAIL)], ids=str)
def test_password_is_shown_to_one_host(post, serve, reply, code):
    server = serve(tls="implicit", auth=["PLAIN"])
    server.on("AUTH", reply)
    r = post.submit(server, RCPT, settings=TO_ALL)
    assert r.code == code, r.err
    one_line(r.err)
    assert len(server.sessions) == 1
    assert auths(server) == ["PLAIN"]


@pytest.mark.parametrize("mechanism, reply", [
    ("PLAIN", "454 4.7.0 later"), ("CRAM-MD5", "421 4.3.2 down"),
    ("CRAM-MD5", "504 5.5.4 no"), ("CRAM-MD5", HangUp())], ids=str)
def test_next_host_where_no_password_is_in_question(post, serve, mechanism,
                                                    reply):
    server = serve(tls="implicit", auth=[mechanism])
    server.on("AUTH", reply, times=1)
    r = post.submit(server, RCPT, settings=TO_ALL)
    assert r.code == OK, r.err
    assert len(server.sessions) == 2


def test_library_that_does_not_load_is_told_once(post, serve):
    """No host is to blame."""
    server = serve(tls="implicit", auth=["PLAIN"])
    (post.folder / "libgsasl.so.18").write_text("no library")
    r = post.submit(server, RCPT, settings=TO_ALL,
                    env={"LD_LIBRARY_PATH": str(post.folder)})
    assert r.code == UNAVAILABLE, r.err
    assert one_line(r.err).count("libgsasl") <= 2
    assert "before that" not in r.err
    assert len(server.sessions) == 1


@pytest.mark.parametrize("reply", ["501 wrong password", "500 5.7.8 bad",
                                   "534 5.7.14 browser"])
def test_password_is_shown_once(post, serve, reply):
    server = serve(tls="implicit", auth=["PLAIN", "LOGIN", "NTLM"])
    server.on("AUTH", reply)
    assert post.submit(server, RCPT).code in (UNAVAILABLE, NOPERM)
    assert auths(server) == ["PLAIN"]


def test_no_password_after_a_proof(post, serve):
    """Who cannot verify the one is not to be told the other."""
    server = serve(tls="implicit", auth=["CRAM-MD5", "PLAIN", "LOGIN"])
    server.on("CHALLENGE", "534 5.7.9 too weak")
    assert post.submit(server, RCPT).code == NOPERM
    assert auths(server) == ["CRAM-MD5"]


# Tokens.

@pytest.mark.parametrize("length", [1, 400, 9000, 12300, 60 * 1024])
@pytest.mark.parametrize("mechanism", ["OAUTHBEARER", "XOAUTH2"])
def test_long_token(post, serve, mechanism, length):
    """Whatever does not fit the AUTH line follows when it is asked for."""
    token = ("eyJhbGciOiJSUzI1NiJ9." + "x" * length)[-length:]
    server = serve(tls="implicit", auth=[mechanism], users={USER: token})
    (post.folder / "token").write_text(token + "\n")
    r = post.submit(server, "-d", RCPT, settings={
        "auth": mechanism.lower(), "password": None,
        "passwordeval": f"cat {post.folder}/token"})
    assert r.code == OK, r.err
    assert server.messages[0].user == USER
    line = next(c for c in server.commands if c.startswith("AUTH "))
    assert (len(line.split()) == 3) == (length <= 300)
    assert length < 10 or token not in r.err


def test_token_that_is_repeated(post, serve):
    """A server that repeats it, all or a part, does not get it shown."""
    token = "ya29." + "0123456789abcdefghijklmnopqrstuvwxyz" * 20
    server = serve(tls="implicit", auth=["XOAUTH2"], users={USER: token})
    server.on("AUTH", f"535 5.7.8 no: Bearer {token[:100]}...")
    (post.folder / "token").write_text(token + "\n")
    r = post.submit(server, "-d", RCPT, settings={
        "auth": "xoauth2", "password": None,
        "passwordeval": f"cat {post.folder}/token"})
    assert r.code == NOPERM
    assert token[:20] not in r.err
    assert "535 5.7.8 no: Bearer ****" in r.err


@pytest.mark.parametrize("reply", [
    "{password}", "535-5.7.8 no\r\n{password}", "334 {response}",
    "334{response}", "535-no: {half}\r\n535 {rest}"])
def test_nothing_that_is_repeated_is_kept(post, serve, reply):
    """Not in the error or the log, whatever it is sent as."""
    response = base64.b64encode(f"\0{USER}\0{PASSWORD}".encode()).decode()
    server = serve(tls="implicit", auth=["PLAIN"])
    server.on("AUTH", Raw((reply + "\r\n").format(
        password=PASSWORD, response=response, half=PASSWORD[:6],
        rest=PASSWORD[6:]).encode()))
    log = post.folder / "log"
    r = post.submit(server, RCPT, settings={"logfile": log})
    assert r.code in (PROTOCOL, NOPERM)
    for text in (r.err, log.read_text()):
        assert PASSWORD not in text and response not in text
        assert f"{PASSWORD[:6]} {PASSWORD[6:]}" not in text


def test_oauthbearer_says_where_to(post, serve):
    server = serve(tls="implicit", auth=["OAUTHBEARER"])
    assert post.submit(server, RCPT,
                       settings={"auth": "oauthbearer"}).code == OK
    pairs = server.sessions[0].pairs
    assert pairs["host"] == "localhost"
    assert pairs["port"] == str(server.port)


@pytest.mark.parametrize("mechanism", ["OAUTHBEARER", "XOAUTH2"])
@pytest.mark.parametrize("denial, words", [
    ({"status": "invalid_token", "scope": "mail"},
     '"invalid_token", scope "mail": it has expired'),
    ({"status": "400", "schemes": "Bearer",
      "scope": "https://mail.google.com/"},
     '"400", scope "https://mail.google.com/": it has expired'),
    ({"status": "insufficient_scope", "scope": "smtp"},
     "get one for that scope"),
    ({"error": 1}, "without a readable reason"),
    ("\x1b]0;x\a", "without a readable reason"),
    ({"status": "\x1b]0;x\a"}, "\\x1B]0;x\\x07"),
], ids=["invalid", "number", "scope", "other", "no object", "escaped"])
def test_denied_token(post, serve, mechanism, denial, words):
    server = serve(tls="implicit", auth=[mechanism], users={USER: "other"})
    server.denial = denial
    r = post.submit(server, RCPT, settings={"auth": mechanism.lower()})
    assert r.code == NOPERM
    line = one_line(r.err)
    assert f"login by {mechanism} refused: 535 5.7.8" in line and words in line
    assert 'check "password"' in line
    server.wait_closed()
    assert server.commands[-1] == "QUIT"
    assert ("AQ==" if mechanism == "OAUTHBEARER" else "") in server.commands


@pytest.mark.parametrize("token", [
    '{"access_token":"x"}', "two words", "a=b", "Bearer x", "tökén"])
def test_what_is_no_token(post, serve, token):
    server = serve(tls="implicit", auth=["XOAUTH2"])
    (post.folder / "token").write_text(token + "\n")
    r = post.submit(server, RCPT, settings={
        "auth": "xoauth2", "password": None,
        "passwordeval": f"cat {post.folder}/token"})
    assert r.code == CONFIG
    assert "no token" in one_line(r.err)
    assert token not in r.err
    assert auths(server) == []


# Who needs no password, or no user.

def test_external(post, serve):
    server = serve(tls="implicit", auth=["EXTERNAL"])
    for user, said in ((USER, base64.b64encode(USER.encode()).decode()),
                       (None, "=")):
        r = post.submit(server, RCPT, settings={
            "auth": "external", "user": user, "password": None})
        assert r.code == OK, r.err
        assert f"AUTH EXTERNAL {said}" in server.commands


def test_anonymous(post, serve):
    server = serve(tls="implicit", auth=["ANONYMOUS"])
    r = post.submit(server, "-v", RCPT, settings={
        "auth": "anonymous", "user": None, "password": None})
    assert r.code == OK, r.err
    assert "AUTH ANONYMOUS YW5vbnltb3Vz" in server.commands
    assert "logged in by ANONYMOUS" in r.err


def test_realm(post, serve):
    server = serve(tls="implicit", auth=["DIGEST-MD5"])
    assert post.submit(server, RCPT, settings={
        "ntlmdomain": "corp.example"}).code == OK
    assert server.sessions[0].digest["realm"] == "corp.example"
    assert server.sessions[0].digest["digest-uri"] == "smtp/localhost"


def test_ntlm_domain(post, serve):
    server = serve(tls="implicit", auth=["NTLM"])
    r = post.submit(server, RCPT, settings={"ntlmdomain": "CORP"})
    assert r.code == OK, r.err
    first = next(c for c in server.commands if c.startswith("AUTH NTLM "))
    assert b"CORP" in base64.b64decode(first.split()[2])


def test_version_names_them(post):
    out = post.run("--version").out
    for mechanism in EVERY + ("GSSAPI", "GS2-KRB5"):
        assert mechanism in out.split()
