"""The servers do what other tests rely upon, as other clients see them."""

import os
import shutil
import subprocess

import pytest

from conftest import PASSWORD, RCPT, USER, quiet
from gnuserver import gnu  # noqa: F401
from kdc import realm  # noqa: F401
from softhsm import token  # noqa: F401

MECHANISMS = ["SCRAM-SHA-256", "SCRAM-SHA-1", "CRAM-MD5", "PLAIN", "LOGIN"]
TLS12 = "NORMAL:-VERS-ALL:+VERS-TLS1.2"
TLS13 = "NORMAL:-VERS-ALL:+VERS-TLS1.3"


def call(*command, stdin="", env=None):
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    done = subprocess.run([str(c) for c in command], input=stdin, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=30, env={**os.environ, **(env or {})})
    return done.returncode, done.stdout


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_login(post, gnu, tls, mechanism):  # noqa: F811
    server = gnu(tls=tls, mechanisms=mechanism)
    quiet(post.submit(server, RCPT))
    session, = server.sessions()
    assert session.login == (mechanism, "ann", None)
    (number, *envelope), = session.mail
    assert envelope == ["ann@example.org", [RCPT]]
    assert server.mail(number).endswith(b"\n\nhello\n")


@pytest.mark.parametrize("priority, binding", [(TLS12, "tls-unique"),
                                               (TLS13, "tls-exporter")])
def test_gsasl(gnu, certs, priority, binding):  # noqa: F811
    """libgsasl's own client, which gives no plain SCRAM a chance."""
    wanted = {"SCRAM-SHA-256-PLUS": binding, "SCRAM-SHA-1-PLUS": binding,
              "DIGEST-MD5": None, "CRAM-MD5": None, "PLAIN": None,
              "LOGIN": None}
    server = gnu(tls="starttls", priority=priority,
                 mechanisms=" ".join(wanted))
    for mechanism in wanted:
        code, text = call(
            "gsasl", "--smtp", "--connect", f"localhost:{server.port}",
            "--mechanism", mechanism, "-a", USER, "-p", PASSWORD, "-r",
            "localhost", "--quality-of-protection=qop-auth",
            "--x509-ca-file", certs / "ca.pem")
        assert code == 0, text
    assert {s.login for s in server.sessions()} == {
        (mechanism, USER, b) for mechanism, b in wanted.items()}


@pytest.mark.parametrize("client", ["ask", "require"])
def test_token(gnu, certs, token, client):  # noqa: F811
    """GnuTLS's own client, by the token's key."""
    server = gnu(ca=certs / "ca.pem", client=client)
    args = ["gnutls-cli", "--x509cafile", certs / "ca.pem", "--port",
            server.port, "localhost"]
    code, text = call(*args, "--x509certfile", token.cert, "--x509keyfile",
                      token.key, stdin="QUIT\r\n",
                      env={**token.env, "GNUTLS_PIN": token.pin})
    assert code == 0 and "221" in text, text
    assert server.sessions(1)[0].certificate == (
        "verified", f"CN={token.name}")
    code, text = call(*args, stdin="QUIT\r\n")
    session = server.sessions(2)[1]
    if client == "ask":
        assert code == 0 and session.certificate == ("none", "-"), text
    else:
        assert "221" not in text and session.tls_failed, text


@pytest.mark.parametrize("mechanism", ["GSSAPI", "GS2-KRB5"])
def test_kerberos(gnu, certs, realm, tmp_path, mechanism):  # noqa: F811
    server = gnu(tls="starttls", mechanisms=mechanism, env=realm.server)
    args = ["gsasl", "--smtp", "--connect", f"localhost:{server.port}",
            "--mechanism", mechanism, "-z", "", "--x509-ca-file",
            certs / "ca.pem", "--service", "smtp", "--hostname"]
    code, text = call(*args, "localhost", env=realm.ticket(tmp_path))
    assert code == 0, text
    session, = server.sessions(1)
    assert session.login == (mechanism, realm.principal, None)
    for host, env in (("localhost", realm.env),
                      ("elsewhere", realm.ticket(tmp_path))):
        code, text = call(*args, host, env=env)
        assert code != 0, text
    assert [s.login for s in server.sessions(3)[1:]] == [None, None]
