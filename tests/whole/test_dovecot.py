"""A real LMTP server: Dovecot, over TCP and over a unix socket."""

import os
import pathlib
import pwd
import shutil
import subprocess
import tempfile

import pytest

from conftest import (alive, connects, family_of, free_ports, quiet, said,
                      until)

OK, NOUSER, TEMPORARY = 0, 67, 75
LMTPD = "/usr/lib/dovecot/lmtp"
ANN, BOB, EVE = (f"{n}@example.org" for n in ("ann", "bob", "eve"))

CONF = """base_dir = {dir}/run
log_path = {dir}/log
protocols = lmtp
ssl = no
auth_failure_delay = 0
mail_location = maildir:{dir}/mail/%n
first_valid_uid = {uid}
default_login_user = nobody
default_internal_user = dovecot
postmaster_address = postmaster@example.org
recipient_delimiter = +
passdb {{
  driver = passwd-file
  args = username_format=%n {dir}/users
}}
userdb {{
  driver = passwd-file
  args = username_format=%n {dir}/users
  override_fields = uid={uid} gid={gid} home={dir}/mail/%n
}}
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service lmtp {{
  unix_listener {dir}/lmtp {{
    mode = 0666
  }}
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {port}
  }}
}}
"""


class Dovecot:
    """With folders of its own; ann, bob and eve have a mailbox."""

    def __init__(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="posthorn-dovecot-"))
        self.dir.chmod(0o755)
        self.port, = free_ports(1)
        self.socket = self.dir / "lmtp"
        self.conf = self.dir / "dovecot.conf"
        self.pids = []

    def call(self, *args):
        with open(self.dir / "output", "w+", encoding="utf-8") as out:
            done = subprocess.run(["dovecot", "-c", self.conf, *args],
                                  stdin=subprocess.DEVNULL, stdout=out,
                                  stderr=out, timeout=60)
            out.seek(0)
            if done.returncode != 0:
                raise RuntimeError(f"dovecot: {out.read()}{self.log()}")

    def log(self):
        path = self.dir / "log"
        return path.read_text(errors="replace")[-4000:] \
            if path.exists() else ""

    def start(self):
        nobody = pwd.getpwnam("nobody")
        for folder in ("run", "mail"):
            (self.dir / folder).mkdir(mode=0o755)
        os.chown(self.dir / "mail", nobody.pw_uid, nobody.pw_gid)
        (self.dir / "users").write_text("ann::::::\nbob::::::\neve::::::\n")
        self.conf.write_text(CONF.format(dir=self.dir, port=self.port,
                                         uid=nobody.pw_uid,
                                         gid=nobody.pw_gid))
        self.call()
        until(lambda: connects(("127.0.0.1", self.port)), "Dovecot's port")

    def stop(self):
        pidfile = self.dir / "run/master.pid"
        try:
            if pidfile.exists():
                self.pids = family_of(int(pidfile.read_text().strip()))
                self.call("stop")
                until(lambda: not alive(self.pids), "the end of Dovecot")
        finally:
            for pid in alive(self.pids):
                os.kill(pid, 9)
            shutil.rmtree(self.dir, ignore_errors=True)

    def mail(self, user):
        """What it has got; all is taken out of the mailbox."""
        folder = self.dir / "mail" / user / "new"
        files = sorted(folder.glob("*")) if folder.exists() else []
        texts = [f.read_bytes() for f in files]
        for f in files:
            f.unlink()
        return texts


@pytest.fixture(scope="module")
def dovecot():
    if shutil.which("dovecot") is None or not os.path.exists(LMTPD):
        pytest.skip("not installed: dovecot, with lmtp")
    if os.geteuid() != 0:
        pytest.skip("Dovecot is started by root only")
    d = Dovecot()
    try:
        d.start()
        yield d
    finally:
        d.stop()


@pytest.fixture(params=["tcp", "unix"])
def submit(request, post, dovecot):
    def run(*args, more="", **options):
        way = f"socket {dovecot.socket}" if request.param == "unix" else \
            f"host 127.0.0.1\nport {dovecot.port}"
        return post.run("-C", post.config(
            f"account default\n{way}\nprotocol lmtp\ntls off\n"
            f"from cron@example.org\n{more}"), *args, **options)
    return run


def test_each_gets_it(submit, dovecot):
    quiet(submit(ANN, BOB, EVE))
    for user in ("ann", "bob", "eve"):
        mail, = dovecot.mail(user)
        assert mail.startswith(b"Return-Path: <cron@example.org>\n")
        assert mail.endswith(b"\n\nhello\n")


def test_as_it_is(submit, dovecot):
    """By chunks: dots, long text, 8-bit text."""
    body = b".\n..\n.dot\nFrom me\nK\xc3\xa4the\n" + b"x" * 900 + b"\n"
    quiet(submit("-i", BOB, stdin=b"MIME-Version: 1.0\nContent-Type: "
                 b"text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit"
                 b"\n\n" + body))
    mail, = dovecot.mail("bob")
    assert mail.partition(b"\n\n")[2] == body


def test_chunks_are_used(submit, dovecot):
    r = submit("-d", BOB)
    assert r.code == OK and "C: LHLO" in r.err and "C: BDAT" in r.err
    assert len(dovecot.mail("bob")) == 1


@pytest.mark.parametrize("size", [300 * 1024, 20 * 1024 * 1024])
def test_long_message(submit, dovecot, size):
    line = b"more than goes in one flight, line by line\n"
    quiet(submit(ANN, BOB, stdin=b"\n" + line * (size // len(line))))
    for user in ("ann", "bob"):
        mail, = dovecot.mail(user)
        assert mail.count(line) == size // len(line)


def test_unknown_user(submit, dovecot):
    r = submit("nobody@example.org", BOB)
    assert r.code == NOUSER
    said(r, "<nobody@example.org>: 550 5.1.1", f"to <{BOB}>", lines=2)
    assert len(dovecot.mail("bob")) == 1


def test_one_cannot_have_it(submit, dovecot):
    """Refused after the message, where the other has got it."""
    folder = dovecot.dir / "mail" / "eve"
    shutil.rmtree(folder, ignore_errors=True)
    folder.write_text("in the way")
    try:
        r = submit(ANN, EVE, BOB)
    finally:
        folder.unlink()
    assert r.code == TEMPORARY, r.err
    said(r, f"<{EVE}>: 4", f"delivered all the same to <{ANN}>, <{BOB}>",
         lines=2)
    for user in ("ann", "bob"):
        assert len(dovecot.mail(user)) == 1


def test_thousand_recipients(submit, dovecot):
    """To one mailbox, by details of the address."""
    quiet(submit(*[f"bob+{i}@example.org" for i in range(1000)]))
    assert len(dovecot.mail("bob")) == 1000


def test_from_cron(submit, dovecot):
    """As cron has it: the message has no more than a To and a Subject."""
    quiet(submit("-FCronDaemon", "-oem", "-t", stdin=b"To: bob@example.org\n"
                 b"Subject: Cron <root@vm> true\n\nout\n"))
    mail, = dovecot.mail("bob")
    assert b"\nFrom: CronDaemon <cron@example.org>\n" in mail
