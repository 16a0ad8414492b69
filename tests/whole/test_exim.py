"""A real server: Exim, which takes chunks and limits recipients.

$EXIM names the program, where it is not that of the system: its package and
Postfix's rule each other out.
"""

import os
import pathlib
import pwd
import re
import shutil
import subprocess
import tempfile

import pytest

from conftest import PASSWORD, USER, connects, free_ports, quiet, said, until

OK, NOUSER, UNAVAILABLE, TEMPORARY, NOPERM = 0, 67, 69, 75, 77
ANN, BOB = "ann@example.org", "bob@example.org"
LIMIT = 3

CONF = """primary_hostname = mail.example.org
qualify_domain = example.org
exim_path = {program}
keep_environment =
exim_user = nobody
exim_group = {group}
spool_directory = {dir}/spool
queue_only
log_file_path = {dir}/log/%s
pid_file_path = {dir}/pid
local_interfaces = <; [127.0.0.1]:{starttls} ; [127.0.0.1]:{implicit} ; \
  [127.0.0.1]:{data}
daemon_smtp_ports = <; {starttls}
tls_advertise_hosts = *
tls_certificate = {dir}/certs/server.pem
tls_privatekey = {dir}/certs/server.key
tls_on_connect_ports = {implicit}
tls_try_verify_hosts = *
tls_verify_certificates = {dir}/certs/ca.pem
log_selector = +tls_peerdn
chunking_advertise_hosts = ${{if eq{{$received_port}}{{{data}}}{{}}{{*}}}}
dsn_advertise_hosts = *
smtputf8_advertise_hosts =
recipients_max = {limit}
message_size_limit = 20M
host_lookup =
helo_lookup_domains =
rfc1413_query_timeout = 0s
acl_smtp_rcpt = rcpt
acl_smtp_data = data
never_users =
smtp_accept_max = 0
smtp_enforce_sync = true

begin acl
rcpt:
  deny local_parts = nobody
       message = no such user
  defer local_parts = later
       message = not now
  require authenticated = *
  accept
data:
  deny condition = ${{if match{{$h_subject:}}{{spam}}}}
       message = 5.7.1 no spam here
  accept

begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${{if and{{{{eq{{$auth2}}{{{user}}}}}\
{{eq{{$auth3}}{{{password}}}}}}}}}
  server_set_id = $auth2
external:
  driver = external
  public_name = EXTERNAL
  server_advertise_condition = $tls_in_certificate_verified
  server_param2 = ${{certextract{{subject,CN}}{{$tls_in_peercert}}}}
  server_condition = yes
  server_set_id = $auth2
"""


class Exim:
    """In a mount namespace where the user exists that it was built for."""

    def __init__(self, program, certs):
        self.program = program
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="posthorn-exim-"))
        self.dir.chmod(0o755)
        shutil.copytree(certs, self.dir / "certs")
        names = ("starttls", "implicit", "data")
        self.ports = dict(zip(names, free_ports(3)))
        self.daemon = None

    def write(self):
        nobody = pwd.getpwnam("nobody")
        for folder in ("spool", "log", "mail"):
            (self.dir / folder).mkdir()
            os.chown(self.dir / folder, nobody.pw_uid, nobody.pw_gid)
        (self.dir / "certs").chmod(0o755)
        for key in (self.dir / "certs").iterdir():
            os.chown(key, nobody.pw_uid, nobody.pw_gid)
        (self.dir / "conf").write_text(CONF.format(
            dir=self.dir, program=self.program, limit=LIMIT, user=USER,
            password=PASSWORD, group=nobody.pw_gid, **self.ports))
        (self.dir / "passwd").write_text(
            pathlib.Path("/etc/passwd").read_text() +
            f"Debian-exim:x:{nobody.pw_uid}:{nobody.pw_gid}::/:/bin/false\n")
        (self.dir / "group").write_text(
            pathlib.Path("/etc/group").read_text() +
            f"Debian-exim:x:{nobody.pw_gid}:\n")

    def start(self):
        self.write()
        script = "".join(f"mount --bind {self.dir}/{name} /etc/{name}\n"
                         for name in ("passwd", "group"))
        with open(self.dir / "output", "wb") as out:
            self.daemon = subprocess.Popen(
                ["unshare", "-m", "sh", "-ec", script + 'exec "$@"', "sh",
                 self.program, "-C", self.dir / "conf", "-bdf"],
                stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        until(lambda: self.daemon.poll() is not None or
              connects(("127.0.0.1", self.ports["starttls"])), "Exim's port")
        if self.daemon.poll() is not None:
            raise RuntimeError((self.dir / "output").read_text())

    def stop(self):
        if self.daemon is not None:
            self.daemon.terminate()
            self.daemon.wait(20)
        shutil.rmtree(self.dir, ignore_errors=True)

    def log(self):
        return "".join(f.read_text(errors="replace")
                       for f in (self.dir / "log").glob("*"))

    def take(self):
        """What is in the queue, by number: sender, recipients, header and
        body; it is taken out of it."""
        found = {}
        for file in (self.dir / "spool/input").glob("*-H"):
            number = file.name[:-2]
            envelope, _, header = file.read_text().partition("\n\n")
            to = re.search(r"\n(\d+)\n(.*)", envelope, re.S)[2].split("\n")
            body = file.with_name(number + "-D")
            found[number] = (re.search(r"\n<(.*)>\n", envelope)[1], to, header,
                             body.read_bytes().partition(b"\n")[2])
            file.unlink()
            body.unlink()
        return found

    def took(self):
        """The one message that there is."""
        (number, (sender, to, header, body)), = self.take().items()
        assert (sender, to) == (ANN, [BOB])
        return number, header, body


@pytest.fixture(scope="module")
def exim(certs):
    program = os.environ.get("EXIM") or shutil.which("exim4") or \
        shutil.which("exim")
    if program is None:
        pytest.skip("not installed: exim")
    if os.geteuid() != 0:
        pytest.skip("Exim is started by root only")
    e = Exim(program, certs)
    try:
        e.start()
        yield e
    finally:
        e.stop()


@pytest.fixture(params=["starttls", "implicit", "data"])
def submit(request, post, exim):
    def run(*args, more=(), **options):
        words = {"host": "localhost", "port": exim.ports[request.param],
                 "tls_starttls": "off" if request.param == "implicit" else
                 "on", "tls_trust_file": exim.dir / "certs/ca.pem",
                 "auth": "on", "user": USER, "password": PASSWORD,
                 "from": ANN, **dict(more)}
        return post.run("-C", post.config("account default\n" + "".join(
            f"{k} {v}\n" for k, v in words.items())), *args, **options)
    run.chunks = request.param != "data"
    return run


def test_delivered(submit, exim):
    r = submit("-d", BOB)
    assert r.code == OK, r.err
    assert ("C: BDAT" in r.err) == submit.chunks
    _, header, body = exim.took()
    assert body == b"hello\n" and "Subject: hi\n" in header
    assert submit.chunks == (" K" in exim.log().splitlines()[-1])


def test_as_it_is(submit, exim):
    body = b".\n..\n.dot\nFrom me\n" + b"x" * 900 + b"\n\nend\n"
    quiet(submit("-i", BOB, stdin=b"Subject: x\n\n" + body))
    assert exim.took()[2] == body


@pytest.mark.parametrize("size", [200 * 1024, 10 * 1024 * 1024])
def test_long_message(submit, exim, size):
    line = b"line by line until there is no more\n"
    quiet(submit(BOB, stdin=b"\n" + line * (size // len(line))))
    assert exim.took()[2] == line * (size // len(line))


def test_refusals(submit, exim):
    r = submit("nobody@example.org", "later@example.org", BOB)
    assert r.code == NOUSER
    said(r, "<nobody@example.org>: 550", "<later@example.org>: 451",
         f"delivered all the same to <{BOB}>", lines=3)
    exim.took()


def test_all_refused(submit):
    r = submit("nobody@example.org", stdin=b"\n" + b"x\n" * 1000)
    assert r.code == NOUSER
    said(r, "550 no such user")


def test_message_refused(submit):
    r = submit(BOB, stdin=b"Subject: spam\n\nx\n")
    assert r.code == UNAVAILABLE
    said(r, "no spam here")


def test_wrong_password(submit):
    r = submit(BOB, more={"password": "wrong"})
    assert r.code == NOPERM
    said(r, "535")


def test_too_many_recipients(submit, exim):
    """452: the rest goes in another transaction, and all get it once."""
    to = [f"r{i}@example.org" for i in range(2 * LIMIT + 1)]
    quiet(submit(*to))
    got = [a for _, some, _, _ in exim.take().values() for a in some]
    assert sorted(got) == to


def test_queue_id(submit, exim, post):
    log = post.folder / "log"
    quiet(submit(BOB, more={"logfile": log}))
    number = re.search(r"queueid=(\S+)", log.read_text())[1]
    assert number == exim.took()[0]
