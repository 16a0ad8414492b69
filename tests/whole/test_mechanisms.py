"""Each mechanism against each real server that has it.

                      libgsasl   Cyrus SASL   Dovecot   Exim
                      smtpd-gnu  Postfix      Postfix
    SCRAM-SHA-*-PLUS  both bindings
    SCRAM-SHA-*       yes        yes          yes
    DIGEST-MD5        yes        yes
    CRAM-MD5          yes        yes          yes
    NTLM                         yes
    PLAIN, LOGIN      yes        yes          yes       (test_exim.py)
    EXTERNAL          yes                               yes
    GSSAPI            yes        yes
    GS2-KRB5          yes        refused
    ANONYMOUS         yes        yes
    OAUTHBEARER       our own                 yes
    XOAUTH2           our own                 yes

What is missing there, that server does not have; Postfix gives Cyrus SASL
neither a channel binding nor the name of a client certificate, and Cyrus SASL
believes no GS2-KRB5 of libgsasl's, gsasl(1) included.  With -s the end of a run
shows what was run, and what the server said of it.
"""

import sys

import pytest

from conftest import RCPT, USER, quiet, said
from gnuserver import GnuServer
from kdc import realm  # noqa: F401
from logins import BEARERS, logins  # noqa: F401
from softhsm import make_client, token  # noqa: F401
from test_exim import exim  # noqa: F401

NOPERM = 77
TO = "bob@example.org"
TLS = {"1.2": "NORMAL:-VERS-ALL:+VERS-TLS1.2",
       "1.3": "NORMAL:-VERS-ALL:+VERS-TLS1.3"}
BINDING = {"1.2": "tls-unique", "1.3": "tls-exporter"}

PLUS = ["SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS"]
WITH_PASSWORD = ["SCRAM-SHA-256", "SCRAM-SHA-1", "DIGEST-MD5", "CRAM-MD5",
                 "PLAIN", "LOGIN"]
KERBEROS = ["GSSAPI", "GS2-KRB5"]
GNU = PLUS + WITH_PASSWORD + KERBEROS + ["EXTERNAL", "ANONYMOUS"]
HIDING = ["SCRAM-SHA-256", "SCRAM-SHA-1", "DIGEST-MD5", "CRAM-MD5"]
NO_PASSWORD = {"user": None, "password": None}
TICKET = {"password": None}

ran = []                            # (server, what, outcome)


@pytest.fixture(scope="module", autouse=True)
def report():
    yield
    width = max((len(what) for _, what, _ in ran), default=0)
    for server, what, outcome in sorted(ran):
        print(f"# {server:10}  {what:{width}}  {outcome}", file=sys.stderr)


@pytest.fixture(scope="module")
def client(certs):
    make_client(certs, "ann-client")
    return {"tls_cert_file": certs / "ann-client.pem",
            "tls_key_file": certs / "ann-client.key"}


@pytest.fixture(scope="module")
def tickets(request):
    """The realm, or None where none is to be had."""
    try:
        return request.getfixturevalue("realm")
    except pytest.skip.Exception:
        return None


@pytest.fixture(scope="module")
def servers(certs, tickets):
    """One for each version of TLS, that has every mechanism."""
    started = {}
    try:
        for version, priority in TLS.items():
            started[version] = GnuServer(
                certs, priority=priority, mechanisms=" ".join(GNU),
                ca=certs / "ca.pem", env=tickets and tickets.server)
        yield started
    finally:
        for server in started.values():
            server.stop()


def ask(post, server, auth, env=None, **settings):
    """Submit, and return the result and what the server has seen of it."""
    before = len(server.sessions())
    r = post.submit(server, RCPT, env=env,
                    settings={"auth": auth.lower(), **settings})
    return r, server.sessions(before)[before:]


def words(r):
    """What it said; other modules than SoftHSM's, which p11-kit loads with
    it, may have something to say as well."""
    return [line for line in r.err.splitlines()
            if line.startswith("posthorn: ")]


def accept(post, server, auth, wanted, env=None, **settings):
    r, seen = ask(post, server, auth, env, **settings)
    assert (r.code, r.out, words(r)) == (0, "", [])
    session, = seen
    assert session.login == wanted and len(session.mail) == 1
    ran.append(("libgsasl", f"{auth}, {session.tls[0] if session.tls else '-'}",
                " ".join(w or "-" for w in wanted)))


# ------------------------------------------------------------- libgsasl

@pytest.mark.parametrize("version", TLS)
@pytest.mark.parametrize("mechanism", PLUS)
def test_bound(post, servers, version, mechanism):
    accept(post, servers[version], mechanism,
           (mechanism, USER, BINDING[version]))


@pytest.mark.parametrize("mechanism", WITH_PASSWORD)
def test_gsasl(post, servers, mechanism):
    accept(post, servers["1.3"], mechanism, (mechanism, USER, None))


@pytest.mark.parametrize("version", TLS)
def test_external(post, servers, client, version):
    accept(post, servers[version], "EXTERNAL",
           ("EXTERNAL", "CN=ann-client", None), **client, **NO_PASSWORD)


@pytest.mark.parametrize("version", TLS)
@pytest.mark.parametrize("auth", ["EXTERNAL", "on", "PLAIN"])
def test_token(post, servers, token, version, auth):  # noqa: F811
    """The key never leaves SoftHSM."""
    settings = {"tls_cert_file": token.cert, "tls_key_file": token.key,
                "tls_key_password": token.pin}
    if auth == "PLAIN":
        wanted = ("PLAIN", USER, None)
    else:
        wanted = ("EXTERNAL", f"CN={token.name}", None)
        settings["password"] = None
    accept(post, servers[version], auth, wanted, env=token.env, **settings)
    assert servers[version].sessions()[-1].certificate == (
        "verified", f"CN={token.name}")


def test_token_wrong_pin(post, servers, token):  # noqa: F811
    r, seen = ask(post, servers["1.3"], "EXTERNAL", token.env,
                  tls_cert_file=token.cert, tls_key_file=token.key,
                  tls_key_password="not-it-8", **NO_PASSWORD)
    assert r.code != 0 and not any(s.login for s in seen)
    line, = words(r)
    assert "PIN" in line and "not-it-8" not in r.err


def test_anonymous(post, servers):
    """The user's name is the trace information (RFC 4505)."""
    accept(post, servers["1.3"], "ANONYMOUS", ("ANONYMOUS", USER, None),
           password=None)


@pytest.mark.parametrize("mechanism", KERBEROS)
@pytest.mark.parametrize("user", [USER, None])
def test_kerberos(post, servers, realm, tmp_path, mechanism,  # noqa: F811
                  user):
    accept(post, servers["1.3"], mechanism,
           (mechanism, realm.principal, None), env=realm.ticket(tmp_path),
           password=None, user=user)


@pytest.mark.parametrize("mechanism", KERBEROS)
def test_kerberos_no_ticket(post, servers, realm,  # noqa: F811
                            mechanism):
    """It is not tried, or failed, and the message says what to do."""
    r, seen = ask(post, servers["1.3"], mechanism, realm.env, **TICKET)
    assert r.code != 0 and not any(s.login or s.mail for s in seen)
    said(r, mechanism, "kinit")
    ran.append(("libgsasl", f"{mechanism}, no ticket", f"exit {r.code}"))


@pytest.mark.parametrize("mechanism", KERBEROS)
def test_kerberos_wrong_name(post, servers, realm, tmp_path,  # noqa: F811
                             mechanism):
    """There is no principal smtp/127.0.0.1."""
    r, seen = ask(post, servers["1.3"], mechanism, realm.ticket(tmp_path),
                  host="127.0.0.1", **TICKET)
    assert r.code != 0 and not any(s.login or s.mail for s in seen)
    said(r, mechanism, "127.0.0.1")
    ran.append(("libgsasl", f"{mechanism}, wrong principal",
                f"exit {r.code}"))


# ---------------------------------------------------------- what auth on takes

ON = {
    # name: (offered, settings, (mechanism, who, binding))
    "bound": (GNU, {}, ("SCRAM-SHA-256-PLUS", USER, "tls-exporter")),
    "scram": (["PLAIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256"], {},
              ("SCRAM-SHA-256", USER, None)),
    "sha-1": (["PLAIN", "SCRAM-SHA-1", "CRAM-MD5"], {},
              ("SCRAM-SHA-1", USER, None)),
    "digest": (["LOGIN", "PLAIN", "CRAM-MD5", "DIGEST-MD5"], {},
               ("DIGEST-MD5", USER, None)),
    "plain": (["LOGIN", "PLAIN", "ANONYMOUS"], {}, ("PLAIN", USER, None)),
    "no certificate": (["EXTERNAL", "LOGIN"], {}, ("LOGIN", USER, None)),
}


@pytest.mark.parametrize("name", ON)
def test_on(post, certs, name):
    offered, settings, wanted = ON[name]
    server = GnuServer(certs, mechanisms=" ".join(offered))
    try:
        accept(post, server, "on", wanted, **settings)
    finally:
        server.stop()


def test_on_without_binding(post, certs):
    """tls-unique is worth nothing without an extended master secret
    (RFC 7627), which this server does not have."""
    server = GnuServer(certs, mechanisms=" ".join(GNU),
                       priority=TLS["1.2"] + ":%NO_SESSION_HASH")
    try:
        accept(post, server, "on", ("SCRAM-SHA-256", USER, None))
    finally:
        server.stop()


def test_on_ticket(post, servers, realm, tmp_path):  # noqa: F811
    """Without a password, a ticket is what there is."""
    accept(post, servers["1.3"], "on", ("GSSAPI", realm.principal, None),
           env=realm.ticket(tmp_path), **TICKET)


def test_on_no_ticket(post, certs, realm):  # noqa: F811
    """The next safe one, when there is none."""
    server = GnuServer(certs, mechanisms="GSSAPI GS2-KRB5 CRAM-MD5",
                       env=realm.server)
    try:
        accept(post, server, "on", ("CRAM-MD5", USER, None), env=realm.env)
    finally:
        server.stop()


@pytest.mark.parametrize("offered, wanted", [
    ("PLAIN LOGIN CRAM-MD5", ("CRAM-MD5", USER, None)),
    ("PLAIN DIGEST-MD5 SCRAM-SHA-1", ("SCRAM-SHA-1", USER, None)),
    ("PLAIN LOGIN", None),
    ("LOGIN ANONYMOUS EXTERNAL", None)])
def test_on_in_the_clear(post, certs, offered, wanted):
    server = GnuServer(certs, tls="none", clear="yes", mechanisms=offered)
    try:
        if wanted:
            accept(post, server, "on", wanted)
            return
        r, seen = ask(post, server, "on")
        assert r.code != 0 and not any(s.login or s.failed for s in seen)
        assert "AUTH" not in seen[0].commands
        said(r, "TLS")
    finally:
        server.stop()


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_named_in_the_clear(post, certs, mechanism):
    server = GnuServer(certs, tls="none", clear="yes", mechanisms=mechanism)
    try:
        accept(post, server, mechanism, (mechanism, USER, None))
    finally:
        server.stop()


@pytest.mark.parametrize("mechanism", PLUS + WITH_PASSWORD)
def test_wrong_password(post, servers, mechanism):
    r, seen = ask(post, servers["1.3"], mechanism, password="not-it-8")
    assert r.code == NOPERM and "not-it-8" not in r.err
    assert [s.login for s in seen] == [None] and seen[0].failed
    said(r, "login", '"password"')


@pytest.mark.parametrize("size", [100, 20000, 60000])
@pytest.mark.parametrize("mechanism", BEARERS)
def test_bearer_of_any_length(post, certs, mechanism, size):
    """Longer than what Postfix takes; libgsasl knows no bearer tokens."""
    bearer = "ya29." + "aB3-_x" * (size // 6)
    server = GnuServer(certs, mechanisms=mechanism, password=bearer)
    try:
        accept(post, server, mechanism, (mechanism, USER, None),
               password=bearer)
        r, seen = ask(post, server, mechanism, password=bearer + "x")
        assert r.code == NOPERM and bearer not in r.err
        assert seen[-1].failed == [(mechanism, "token")]
    finally:
        server.stop()


# ------------------------------------------------------- Postfix, by two ways

def deliver(post, logins, where, auth, method, env=None,  # noqa: F811
            who=USER, **settings):
    path = post.config(logins.settings(where, auth=auth.lower(), **settings))
    quiet(post.run("-C", path, TO, env=env))
    assert len(logins.mail("bob")) == 1
    seen = logins.how()
    assert seen[0] == method and who in seen[1], seen
    ran.append(("Dovecot" if where == "dovecot" else "Cyrus SASL",
                f"{auth}, {'in the clear' if where == 'clear' else 'TLS'}",
                " ".join(seen)))


@pytest.mark.parametrize("mechanism", WITH_PASSWORD + ["NTLM"])
def test_cyrus(post, logins, mechanism):  # noqa: F811
    deliver(post, logins, "cyrus", mechanism, mechanism)


def test_cyrus_ntlm_domain(post, logins):  # noqa: F811
    deliver(post, logins, "cyrus", "NTLM", "NTLM", ntlmdomain="localhost")


def test_cyrus_digest_realm(post, logins):  # noqa: F811
    deliver(post, logins, "cyrus", "DIGEST-MD5", "DIGEST-MD5",
            ntlmdomain="localhost")


def test_cyrus_gssapi(post, logins, realm, tmp_path):  # noqa: F811
    deliver(post, logins, "cyrus", "GSSAPI", "GSSAPI",
            env=realm.ticket(tmp_path), **TICKET)


def test_cyrus_anonymous(post, logins):  # noqa: F811
    """It logs in, and gains nothing by it: so Postfix has it."""
    path = post.config(logins.settings("cyrus", auth="anonymous",
                                       password=None))
    r = post.run("-v", "-C", path, TO)
    assert "by ANONYMOUS\n" in r.err and "554 5.7.1" in r.err
    ran.append(("Cyrus SASL", "ANONYMOUS, TLS", "anonymous, no relay"))


@pytest.mark.parametrize("where", ["cyrus", "clear"])
def test_cyrus_on(post, logins, where):  # noqa: F811
    deliver(post, logins, where, "on", "SCRAM-SHA-256")


@pytest.mark.parametrize("mechanism", HIDING + ["PLAIN"])
def test_cyrus_in_the_clear(post, logins, mechanism):  # noqa: F811
    deliver(post, logins, "clear", mechanism, mechanism)


@pytest.mark.parametrize("mechanism", WITH_PASSWORD)
def test_cyrus_wrong_password(post, logins, mechanism):  # noqa: F811
    path = post.config(logins.settings("cyrus", auth=mechanism.lower(),
                                       password="not-it-8"))
    r = post.run("-C", path, TO)
    assert r.code == NOPERM and "not-it-8" not in r.err
    said(r, "refused: 535", '"password"')


@pytest.mark.parametrize("mechanism", [m for m in WITH_PASSWORD
                                       if m != "DIGEST-MD5"])
def test_dovecot(post, logins, mechanism):  # noqa: F811
    deliver(post, logins, "dovecot", mechanism, mechanism)


@pytest.mark.parametrize("pad", [0, 300, 2000, 6600])
@pytest.mark.parametrize("mechanism", BEARERS)
def test_bearer(post, logins, mechanism, pad):  # noqa: F811
    """Postfix takes 12288 octets of base64, which is 9 KiB of token."""
    bearer = logins.bearer(pad=pad)
    deliver(post, logins, "dovecot", mechanism, mechanism, password=bearer)
    if pad == 6600:
        assert len(bearer) > 8 * 1024


@pytest.mark.parametrize("mechanism", BEARERS)
def test_bearer_expired(post, logins, mechanism):  # noqa: F811
    """The server says why in a challenge, which wants an answer."""
    bearer = logins.bearer(seconds=-60)
    path = post.config(logins.settings("dovecot", auth=mechanism.lower(),
                                       password=bearer))
    r = post.run("-C", path, TO)
    assert r.code == NOPERM and bearer not in r.err
    said(r, "refused: 535", "token", '"password"')
    ran.append(("Dovecot", f"{mechanism}, expired", f"exit {r.code}"))


@pytest.mark.parametrize("mechanism", BEARERS)
def test_bearer_too_long(post, logins, mechanism):  # noqa: F811
    """For Postfix, which says so."""
    path = post.config(logins.settings("dovecot", auth=mechanism.lower(),
                                       password=logins.bearer(pad=9000)))
    r = post.run("-C", path, TO)
    assert r.code != 0
    said(r, "SASL response limit exceeded")


def test_bearer_is_named_only(post, logins):  # noqa: F811
    """`auth on` sends no password as a token."""
    deliver(post, logins, "dovecot", "on", "SCRAM-SHA-256")


# ------------------------------------------------------------------ Exim

@pytest.mark.parametrize("auth", ["EXTERNAL", "on"])
@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_exim_external(post, exim, client, tls, auth):  # noqa: F811
    """Exim takes the user from the certificate."""
    settings = {"host": "localhost", "port": exim.ports[tls], "auth":
                auth.lower(), "tls": "on", "from": "ann@example.org",
                "tls_starttls": "on" if tls == "starttls" else "off",
                "tls_trust_file": exim.dir / "certs/ca.pem", **client}
    if auth == "on":
        settings["user"] = "ann-client"
    path = post.config("account default\n" + "".join(
        f"{k} {v}\n" for k, v in settings.items()))
    quiet(post.run("-C", path, TO))
    exim.took()
    line = exim.log().rpartition("<= ann@example.org")[2]
    assert " A=external:ann-client " in line, line
    ran.append(("Exim", f"{auth}, {tls}", "external:ann-client"))
