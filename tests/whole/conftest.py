"""What the whole-program tests share: the program, servers, a real Postfix.

The program is $POSTHORN, else the one at the top of the tree.  Each test has
a home folder of its own, and no setting of the caller's reaches the program.
"""

import base64
import collections
import email.policy
import os
import pathlib
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import leaks  # noqa: E402
import server as loopback  # noqa: E402

# A shell ignores it for what it starts with "&", and so would the program.
signal.signal(signal.SIGINT, signal.default_int_handler)

USER = "ann"
PASSWORD = "correct-horse-7"
RCPT = "bob@example.net"
MESSAGE = b"Subject: hi\n\nhello\n"
LARGE = MESSAGE + b"more than is kept in memory\n" * 20000
FEW = 8                         # rows of a test that all are run
PATIENCE = 60                   # seconds; sanitizers are slow
NOBODY = pwd.getpwnam("nobody").pw_uid
NO_ENTRY = 54321                # a user that no passwd file knows

Result = collections.namedtuple("Result", "code out err")


SEARCH = leaks.Search(PASSWORD)


def check_output(text):
    """What must never be seen, whatever the test is about."""
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    if SEARCH.shown(text):
        SEARCH.found.append("what a program said")
        pytest.fail("a secret was shown")
    for word in ("AddressSanitizer", "runtime error:", "LeakSanitizer"):
        assert word not in text, text


class Post:
    """The program, in a home folder of its own."""

    def __init__(self, binary, folder):
        self.binary = binary
        self.folder = folder
        self.home = folder / "home"
        self.home.mkdir()
        self.started = []
        self.watch = leaks.Watch(SEARCH, folder)

    def environment(self, more=None):
        env = {"HOME": str(self.home), "TMPDIR": str(self.folder),
               # Also where a test takes HOME away.
               "XDG_STATE_HOME": str(self.home / ".local/state"),
               # Leak detection trips over libraries that are loaded late.
               "ASAN_OPTIONS": "intercept_tls_get_addr=0",
               "LANG": "C.UTF-8", "PATH": "/usr/local/sbin:/usr/local/bin:"
               "/usr/sbin:/usr/bin:/sbin:/bin"}
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS",
                     "LLVM_PROFILE_FILE", "LD_LIBRARY_PATH"):
            if name in os.environ:
                env[name] = os.environ[name]
        env.update(more or {})
        return {k: v for k, v in env.items() if v is not None}

    def config(self, text, mode=0o600, name="config"):
        path = self.folder / name
        path.write_text(text)
        path.chmod(mode)
        return str(self.watch.own(path))

    @staticmethod
    def settings(server, **more):
        """A configuration for that server; None leaves a keyword out."""
        words = {"host": "localhost", "port": server.port,
                 "from": "ann@example.org", "tls": "on", "tls_starttls":
                 "on" if server.tls == "starttls" else "off"}
        if server.tls == "none":
            words["tls"] = "off"
        else:
            words["tls_trust_file"] = server.certs / "ca.pem"
        if server.auth:
            words.update(auth="on", user=USER, password=PASSWORD)
        words.update(more)
        return "account default\n" + "".join(
            f"{k} {v}\n" for k, v in words.items() if v is not None)

    def link(self, name):
        path = self.folder / name
        path.symlink_to(self.binary)
        return str(path)

    def start(self, *args, env=None, program=None, stdin=subprocess.PIPE,
              stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more):
        self.watch.before()
        p = subprocess.Popen([program or self.binary, *map(str, args)],
                             env=self.environment(env), cwd=self.folder,
                             stdin=stdin, stdout=stdout, stderr=stderr, **more)
        self.started.append(p)
        return p

    @staticmethod
    def finish(p, stdin=None, timeout=PATIENCE):
        out, err = p.communicate(stdin, timeout=timeout)
        result = Result(p.returncode, (out or b"").decode("utf-8", "replace"),
                        (err or b"").decode("utf-8", "replace"))
        check_output(result.out + result.err)
        assert result.code >= 0, f"killed by signal {-result.code}"
        return result

    def run(self, *args, stdin=MESSAGE, timeout=PATIENCE, **more):
        """Exit code, standard output and standard error of one call."""
        if not isinstance(stdin, bytes):
            r = self.finish(self.start(*args, stdin=stdin, **more),
                            timeout=timeout)
        else:
            r = self.finish(self.start(*args, **more), stdin, timeout)
        self.watch.ran()
        return r

    def submit(self, server, *args, settings=None, **more):
        """run() with a configuration for that server."""
        path = self.config(self.settings(server, **(settings or {})))
        return self.run("-C", path, *args, **more)

    def stop(self):
        for p in self.started:
            if p.poll() is None:
                p.kill()
            p.wait()
            for stream in (p.stdin, p.stdout, p.stderr):
                if stream is not None:
                    try:
                        stream.close()
                    except OSError:
                        pass


def program():
    return pathlib.Path(os.environ.get("POSTHORN") or
                        HERE.parent.parent / "posthorn").resolve()


def is_sanitized(path):
    return os.access(path, os.R_OK) and b"__asan_init" in path.read_bytes()


def put_last(items):
    """What sums up the search for secrets."""
    items.sort(key=lambda item: item.name == "test_nothing_was_found")


def pytest_collection_modifyitems(config, items):
    """With sanitizers each call takes twenty times as long, and rows of a table
    take the same way through the program: one in four of a long one will do.
    POSTHORN_ALL=1 runs them all."""
    put_last(items)
    if os.environ.get("POSTHORN_ALL") or not is_sanitized(program()):
        return
    rows = collections.defaultdict(list)
    for item in items:
        rows[item.path, item.originalname].append(item)
    few = {id(item) for some in rows.values() if len(some) > FEW
           for item in some[::4]}
    few |= {id(item) for some in rows.values() if len(some) <= FEW
            for item in some}
    config.hook.pytest_deselected(items=[i for i in items
                                         if id(i) not in few])
    items[:] = [i for i in items if id(i) in few]


@pytest.fixture(scope="session")
def binary():
    path = program()
    if not os.access(path, os.X_OK):
        pytest.fail(f"no program at {path}: build it, or set POSTHORN")
    return str(path)


@pytest.fixture
def post(binary, tmp_path):
    p = Post(binary, tmp_path)
    yield p
    p.stop()
    found = p.watch.after()
    assert not found, f"a secret is in {', '.join(map(str, found))}"


@pytest.fixture(scope="session")
def certs(tmp_path_factory):
    return loopback.make_certs(tmp_path_factory.mktemp("certs"),
                               all_of_them=True)


@pytest.fixture
def serve(certs):
    """Start a server; without tls and auth unless they are asked for."""
    running = []

    def start(**options):
        options.setdefault("certs", certs)
        options.setdefault("users", {USER: PASSWORD})
        running.append(loopback.Server(**options).start())
        return running[-1]

    yield start
    for s in running:
        s.stop()


@pytest.fixture
def plain(serve):
    """The plainest server there is."""
    return serve()


@pytest.fixture
def secure(serve):
    """TLS from the start, and a login."""
    return serve(tls="implicit", auth=loopback.MECHANISMS)


# A real server: Postfix, with Dovecot for its logins.

MAIN_CF = """compatibility_level = 3.6
queue_directory = {dir}/queue
data_directory = {dir}/data
mail_owner = postfix
setgid_group = postdrop
command_directory = /usr/sbin
daemon_directory = {daemons}
maillog_file = {dir}/maillog
maillog_file_prefixes = {dir}
maillog_file_permissions = 0644
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mail.example.org
mydestination =
mynetworks =
alias_maps =
alias_database =
local_recipient_maps =
default_transport = error:this server sends nothing out
relay_transport = error:this server sends nothing out
transport_maps = inline:{{ list.example=discard: }}
virtual_transport = virtual
virtual_mailbox_domains = example.org
virtual_mailbox_maps = texthash:{dir}/mailboxes
virtual_mailbox_base = {dir}/mail
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_mailbox_limit = 0
mailbox_size_limit = 0
message_size_limit = 209715200
smtpd_tls_cert_file = {certs}/server.pem
smtpd_tls_key_file = {certs}/server.key
smtpd_tls_auth_only = yes
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = {dir}/auth
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_recipient_restrictions = reject_unlisted_recipient,
    permit_sasl_authenticated, reject
smtpd_reject_unlisted_recipient = yes
"""

MASTER_CF = """127.0.0.1:{starttls} inet n - n - - smtpd
  -o smtpd_tls_security_level=encrypt
127.0.0.1:{implicit} inet n - n - - smtpd
  -o smtpd_tls_wrappermode=yes
127.0.0.1:{data} inet n - n - - smtpd
  -o smtpd_tls_wrappermode=yes
  -o smtpd_discard_ehlo_keywords=chunking
127.0.0.1:{few} inet n - n - - smtpd
  -o smtpd_tls_wrappermode=yes
  -o smtpd_recipient_limit=1
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
local unix - n n - - local
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
showq unix n - n - - showq
postlog unix-dgram n - n - 1 postlogd
"""

DOVECOT_CONF = """base_dir = {dir}/run
log_path = {dir}/dovecot.log
protocols = none
ssl = no
auth_failure_delay = 0
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
auth_mechanisms = plain login cram-md5 scram-sha-1 scram-sha-256
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {dir}/users
}}
service auth {{
  unix_listener {dir}/auth {{
    mode = 0666
  }}
}}
"""


def until(true, what, seconds=30):
    """Poll, with a deadline, for what no event announces."""
    deadline = time.monotonic() + seconds
    while not (found := true()):
        if time.monotonic() > deadline:
            raise RuntimeError(f"{what}: not within {seconds} s")
        time.sleep(0.02)
    return found


def connects(address):
    family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
    with socket.socket(family) as s:
        return s.connect_ex(address) == 0


def free_ports(n):
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(n)]
    ports = [s.getsockname()[1] for s in held]
    for s in held:
        s.close()
    return ports


def family_of(pid):
    """The process and all that descend from it, where there is a /proc."""
    parents = {}
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            rest = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(stat.parent.name)] = int(rest[1])
    found = [pid]
    for one in found:
        found += [p for p, parent in parents.items() if parent == one]
    return [p for p in found if p in parents]


def alive(pids):
    return [p for p in pids if pathlib.Path(f"/proc/{p}").exists()]


class Postfix:
    """Postfix and Dovecot from packages, with folders of their own."""

    tls_names = {"starttls": "on", "implicit": "off", "data": "off",
                 "few": "off"}  # without chunks; one recipient

    def __init__(self, certs):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="posthorn-postfix-"))
        self.dir.chmod(0o755)
        self.certs = self.dir / "certs"
        shutil.copytree(certs, self.certs)
        self.certs.chmod(0o755)
        self.ports = dict(zip(self.tls_names,
                              free_ports(len(self.tls_names))))
        self.pids = []
        self.running = []       # what to call to stop each, newest last

    def call(self, *command):
        # Into a file: a daemon would hold a pipe open.
        with open(self.dir / "output", "w+", encoding="utf-8") as out:
            done = subprocess.run(command, stdin=subprocess.DEVNULL,
                                  stdout=out, stderr=out, timeout=60)
            out.seek(0)
            text = out.read()
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(command)}: {text}{self.log()}")
        return text.strip()

    def log(self):
        text = ""
        for name in ("maillog", "dovecot.log"):
            if (self.dir / name).exists():
                text += (self.dir / name).read_text(errors="replace")
        return text[-4000:]

    def write(self):
        nobody = pwd.getpwnam("nobody")
        names = dict(dir=self.dir, certs=self.certs, uid=nobody.pw_uid,
                     gid=nobody.pw_gid, **self.ports, daemons=self.call(
                         "postconf", "-d", "-h", "daemon_directory"))
        etc = self.dir / "etc"
        for folder in ("etc", "queue", "data", "mail", "run"):
            (self.dir / folder).mkdir(mode=0o755)
        shutil.chown(self.dir / "data", "postfix")
        shutil.chown(self.dir / "mail", nobody.pw_uid, nobody.pw_gid)
        (etc / "main.cf").write_text(MAIN_CF.format(**names))
        (etc / "master.cf").write_text(MASTER_CF.format(**names))
        (self.dir / "dovecot.conf").write_text(DOVECOT_CONF.format(**names))
        (self.dir / "users").write_text(f"{USER}:{PASSWORD}::::::\n")
        (self.dir / "users").chmod(0o640)
        shutil.chown(self.dir / "users", "root", "dovecot")
        (self.dir / "mailboxes").write_text(
            "".join(f"{n}@example.org {n}/\n" for n in ("ann", "bob", "eve")))

    def start(self):
        self.write()
        conf, etc = str(self.dir / "dovecot.conf"), str(self.dir / "etc")
        self.running.append(("dovecot", "-c", conf, "stop"))
        self.call("dovecot", "-c", conf)
        until(lambda: connects(str(self.dir / "auth")), "Dovecot's socket")
        self.running.append(("postfix", "-c", etc, "stop"))
        self.call("postfix", "-c", etc, "start")
        for port in self.ports.values():
            until(lambda: connects(("127.0.0.1", port)), "Postfix's port")

    def stop(self):
        for pidfile in ("queue/pid/master.pid", "run/master.pid"):
            if (self.dir / pidfile).exists():
                self.pids += family_of(
                    int((self.dir / pidfile).read_text().strip()))
        try:
            while self.running:
                self.call(*self.running.pop())
            until(lambda: not alive(self.pids), "the end of Postfix and "
                  f"Dovecot ({self.pids})")
        finally:
            for pid in alive(self.pids):
                os.kill(pid, signal.SIGKILL)
        shutil.rmtree(self.dir, ignore_errors=True)

    def mail(self, user, n=1):
        """The messages that user has got, when there are n; they are taken
        out of the mailbox."""
        folder = self.dir / "mail" / user / "new"
        files = until(lambda: (got := sorted(folder.glob("*"))
                               if folder.exists() else [])
                      and len(got) >= n and got, f"mail for {user}")
        texts = []
        for file in files:
            texts.append(file.read_bytes())
            file.unlink()
        return texts

    def empty(self, user):
        folder = self.dir / "mail" / user / "new"
        return not folder.exists() or not any(folder.iterdir())

    def settings(self, tls, **more):
        words = {"host": "localhost", "port": self.ports[tls], "tls": "on",
                 "tls_starttls": self.tls_names[tls],
                 "tls_trust_file": self.certs / "ca.pem", "auth": "on",
                 "user": USER, "password": PASSWORD,
                 "from": "ann@example.org"}
        words.update(more)
        return "account default\n" + "".join(
            f"{k} {v}\n" for k, v in words.items() if v is not None)


@pytest.fixture(scope="session")
def postfix(certs):
    missing = [p for p in ("postfix", "postconf", "dovecot")
               if shutil.which(p, path="/usr/sbin:/usr/bin") is None]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    if os.geteuid() != 0:
        pytest.skip("Postfix is started by root only")
    p = Postfix(certs)
    try:
        p.start()
        yield p
    finally:
        p.stop()


# What a message has to be, wherever it came from.

def check_message(m, sender="ann@example.org", to=(RCPT,)):
    """The envelope is that, and the message what RFC 5322 asks for; it is
    returned as Python's email package understands it."""
    assert (m.sender, sorted(m.to)) == (sender, sorted(to))
    assert not m.bare, "a lone CR or LF"
    assert all(len(line) <= 998 for line in m.text.split(b"\r\n"))
    mail = email.message_from_bytes(m.text, policy=email.policy.default)
    for part in mail.walk():
        assert part.defects == []
    for name, value in mail.items():
        assert value.defects == (), f"{name}: {value}"
    for name in ("From", "Date", "Message-ID"):
        assert len(mail.get_all(name, [])) == 1, f"{name}: not once"
    assert m.fields("Bcc") == []
    assert all(a.domain for a in mail["From"].addresses)
    assert mail["Date"].datetime is not None
    assert re.fullmatch(r"<[^@<>\s]+@[^@<>\s]+>", mail["Message-ID"])
    return mail


# Programs that call /usr/sbin/sendmail, and nothing else.

class Elsewhere:
    """A mount namespace where posthorn is the sendmail of the system, with
    a configuration of the system.  What is outside of it stays as it is."""

    def __init__(self, post, folder):
        self.post = post
        self.over = folder / "over"
        self.covered = {}       # where: what lies over it
        self.mounts = []        # shell commands
        self.place("/usr/sbin/sendmail").write_bytes(
            pathlib.Path(post.binary).read_bytes())
        self.place("/usr/sbin/sendmail").chmod(0o755)

    def place(self, path):
        """Where to write what is to be seen as that path."""
        shown = self.over / path.lstrip("/")
        for folder in reversed(shown.relative_to(self.over).parents):
            (self.over / folder).mkdir(mode=0o755, exist_ok=True)
        there = next(p for p in pathlib.Path(path).parents if p.is_dir())
        self.covered[there] = self.over / there.relative_to("/")
        return shown

    def config(self, text):
        """The configuration for all users; it holds no secret."""
        shown = self.post.run("--version").out.split("\n")
        path = next(line.split()[0] for line in reversed(shown)
                    if line.startswith("  /"))
        self.place(path).write_text(text)
        self.place(path).chmod(0o644)

    def bind(self, source, path):
        self.mounts.append(f"mount --bind {source} {path}")

    def command(self, *command):
        """What to execute to have it run there, as the same process."""
        lines = [f"mount -t overlay -o lowerdir={what}:{there} none {there}"
                 for there, what in self.covered.items()] + self.mounts
        return ["unshare", "-m", "sh", "-ec",
                "\n".join(lines) + '\nexec "$@"', "sh", *map(str, command)]


@pytest.fixture
def elsewhere(post, plain, tmp_path):
    if os.geteuid() != 0:
        pytest.skip("mounts over /usr/sbin are for root only")
    there = Elsewhere(post, tmp_path)
    try:
        done = subprocess.run(there.command("true"), text=True,
                              capture_output=True, timeout=PATIENCE)
    except FileNotFoundError:
        pytest.skip("unshare is not installed")
    if done.returncode != 0:
        pytest.skip(f"no mount namespace here: {done.stderr.strip()}")
    there.config(post.settings(plain))
    return there


@pytest.fixture(scope="session")
def sanitized(binary):
    return is_sanitized(pathlib.Path(binary))


@pytest.fixture
def soon(sanitized):
    """Seconds in which what is large has to be done."""
    return 60 if sanitized else 10


@pytest.fixture
def config(post, plain):
    return post.config(post.settings(plain))


def patience(act):
    """What `timeout` a test wants: short only where nobody will speak."""
    return 1 if isinstance(act, loopback.Silence) else 20


# What the program says, and what a server has seen of it.

def said(r, *words, lines=1):
    """So many lines for people, with these words in them."""
    assert r.err.count("\n") == lines, r.err
    for line in r.err.splitlines():
        assert line.startswith("posthorn: ") and line.isprintable()
    for word in words:
        assert word in r.err


def quiet(r):
    assert (r.code, r.out, r.err) == (0, "", "")


def verbs(server):
    """QUIT is left out: nobody waits for it."""
    found = [c.split(" ")[0] for c in server.commands]
    return [v for v in found if v != "QUIT"]


ONE = ["EHLO", "MAIL", "RCPT", "DATA", "DOT"]


def one_message(server, to=(RCPT,), sender="ann@example.org"):
    """It got this one, by these commands, and no line end but CRLF."""
    assert verbs(server)[:2] == ONE[:2] and verbs(server).count("MAIL") == 1
    assert verbs(server).count("RCPT") == len(to)
    assert not any(s.bare for s in server.sessions)
    m, = server.messages
    assert (m.sender, m.to, m.bare) == (sender, list(to), False)
    return m


# The user of a web server, and any other.

class Web:
    """The program where any user may execute it, and a folder of nobody's."""

    def __init__(self, post, folder):
        self.post = post
        self.folder = folder
        self.program = folder / "sendmail"
        self.own = folder / "own"
        self.folder.chmod(0o755)
        shutil.copy(post.binary, self.program)
        self.program.chmod(0o755)
        self.own.mkdir()
        self.own.chmod(0o700)
        os.chown(self.own, NOBODY, -1)

    def config(self, text, name="config", mode=0o644):
        path = self.folder / name
        path.write_text(text)
        path.chmod(mode)
        return path

    def run(self, *args, **more):
        return self.post.finish(self.start(*args, **more), MESSAGE)

    def start(self, *args, user=NOBODY, program=None, env=None, **more):
        more.setdefault("cwd", self.folder)
        self.post.watch.before()
        p = subprocess.Popen(
            [str(a) for a in (program or self.program, *args)],
            env=self.post.environment({"HOME": None, "TMPDIR": None,
                                       **(env or {})}),
            user=user, group=user, extra_groups=[], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more)
        self.post.started.append(p)
        return p

    def php(self, flags, config):
        """mail() as nobody; 1 if it returned false."""
        if shutil.which("php") is None:
            pytest.skip("php is not installed")
        code = 'exit(mail("bob@example.net", "x", "<?php evil", "", ' \
            '$argv[1]) ? 0 : 1);'
        return self.run("-n", "-d", f"sendmail_path={self.program} -t -i",
                        "-r", code, "--", flags, program=shutil.which("php"),
                        env={"POSTHORN_CONFIG": str(config)})


@pytest.fixture
def web(post):
    if os.geteuid() != 0:
        pytest.skip("only root can run a program as another user")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="posthorn-abuse-"))
    post.watch.folders.append(folder)
    yield Web(post, folder)
    found = post.watch.after()
    shutil.rmtree(folder)
    assert not found, f"a secret is in {', '.join(map(str, found))}"


@pytest.fixture
def shared(web, post, plain):
    """A configuration that all may read."""
    return web.config(post.settings(plain))
