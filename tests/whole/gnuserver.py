"""A submission server on GnuTLS and libgsasl: tests/server/smtpd-gnu.

What it can do stands at the top of smtpd-gnu.c; an option is a word of
GnuServer(), with "_" for nothing else than itself:

    from gnuserver import gnu               # the fixture

    def test_it(post, gnu):
        server = gnu(tls="starttls", mechanisms="SCRAM-SHA-256-PLUS")
        post.submit(server, "bob@example.net")
        session, = server.sessions()
        assert session.login == ("SCRAM-SHA-256-PLUS", "ann", "tls-exporter")
"""

import os
import pathlib
import subprocess
import tempfile

import pytest

from conftest import PASSWORD, USER, program, until


class Session:
    """What the log says of one connection."""

    def __init__(self):
        self.tls = None             # ("TLS1.3", "smtp", resumed, name)
        self.tls_failed = None      # why
        self.certificate = None     # ("verified", its subject)
        self.commands = []
        self.login = None           # (mechanism, who, channel binding)
        self.failed = []            # (mechanism, why) of each login
        self.mail = []              # (number, sender, [recipients])
        self.ended = False

    def add(self, fact, rest):
        words = rest.split(" ")
        if fact == "tls":
            more = dict(w.partition("=")[::2] for w in words[1:])
            self.tls = (words[0], *(None if more[k] == "-" else more[k]
                                    for k in ("alpn", "resumed", "name")))
        elif fact == "tls-failed":
            self.tls_failed = rest
        elif fact == "certificate":
            self.certificate = tuple(rest.split(" ", 1))
        elif fact == "command":
            self.commands.append(rest)
        elif fact == "login":
            self.login = (words[0], " ".join(words[1:-1]),
                          None if words[-1] == "-" else words[-1])
        elif fact == "login-failed":
            self.failed.append(tuple(rest.split(" ", 1)))
        elif fact == "mail":
            self.mail.append((int(words[0]), words[1], words[2:]))
        elif fact == "end":
            self.ended = True
        else:
            raise ValueError(f"{fact} {rest}")


class GnuServer:
    """One that runs, until stop(); certs is the fixture's folder.

    It takes `server` of that folder for its certificate, or another name
    there; ann has the tests' password, or what `password` says.  None leaves
    an option out."""

    def __init__(self, certs, tls="implicit", cert="server", env=None,
                 mechanisms=None, password=PASSWORD, **options):
        binary = self.program()
        self.certs = pathlib.Path(certs)
        self.tls = tls
        self.auth = mechanisms.split() if mechanisms else None
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="posthorn-gnu-"))
        self.log = self.folder / "log"
        (self.folder / "mail").mkdir()
        users = self.folder / "users"
        users.write_text(f"{USER} {password}\n")
        words = {"tls": tls, "users": users, "log": self.log,
                 "mail": self.folder / "mail", "mechanisms": mechanisms,
                 "cert": self.certs / f"{cert}.pem",
                 "key": self.certs / f"{cert}.key", **options}
        self.process = subprocess.Popen(
            [binary, *(f"{k}={v}" for k, v in words.items()
                       if v is not None)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0",
                 **(env or {})})
        line = self.process.stdout.readline()
        if not line:
            self.stop()
            raise RuntimeError(f"smtpd-gnu did not start: {words}")
        self.port = int(line)

    @staticmethod
    def program():
        path = program().parent / "tests/server/smtpd-gnu"
        if not os.access(path, os.X_OK):
            pytest.skip("tests/server/smtpd-gnu has not been built beside the "
                        "program: make check does")
        return path

    def stop(self):
        self.process.stdin.close()
        self.process.stdout.close()
        code = self.process.wait(30)
        for path in sorted(self.folder.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        self.folder.rmdir()
        assert code == 0, f"smtpd-gnu ended with {code}"

    def sessions(self, ended=0):
        """All so far, in their order, when so many have ended."""
        found = {}

        def read():
            found.clear()
            text = self.log.read_text(errors="replace") if \
                self.log.exists() else ""
            for line in text.splitlines():
                number, fact, *rest = line.split(" ", 2)
                found.setdefault(int(number), Session()).add(
                    fact, "".join(rest))
            return sum(s.ended for s in found.values()) >= ended

        until(read, f"{ended} connections to smtpd-gnu")
        return [found[n] for n in sorted(found)]

    def forget(self):
        """Empty the log, of connections that have ended."""
        self.log.write_text("")

    def mail(self, number):
        return (self.folder / "mail" / str(number)).read_bytes()


@pytest.fixture
def gnu(certs):
    """Start one with those options."""
    running = []

    def start(**options):
        running.append(GnuServer(**{"certs": certs, **options}))
        return running[-1]

    yield start
    for server in running:
        server.stop()
