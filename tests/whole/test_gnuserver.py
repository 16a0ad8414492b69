"""The server on GnuTLS and libgsasl does what its tests rely upon."""

import pytest

from conftest import RCPT, quiet
from gnuserver import gnu  # noqa: F401

MECHANISMS = ["SCRAM-SHA-256", "SCRAM-SHA-1", "CRAM-MD5", "PLAIN", "LOGIN"]


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
