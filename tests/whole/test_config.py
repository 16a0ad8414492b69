"""Configuration files: found, read, refused; and where passwords come from."""

import os
import pwd
import shutil
import signal
import stat
import subprocess
import termios

import pytest

from conftest import MESSAGE, PASSWORD, RCPT, USER, until

OK, USAGE, UNAVAILABLE, TEMPORARY, CONFIG = 0, 64, 69, 75, 78


def one_line(err):
    assert err.startswith("posthorn: ") and err.count("\n") == 1
    return err


# Where it is looked for.

def test_missing(post):
    r = post.run(RCPT)
    assert r.code == CONFIG
    assert f"{post.home}/.config/posthorn/config" in one_line(r.err)
    for line in ("account default", "host smtp.", "from you@"):
        assert line in r.err, "no example"


def test_missing_file_of_C(post):
    r = post.run("-C", post.folder / "nothing", RCPT)
    assert r.code == CONFIG
    assert str(post.folder / "nothing") in one_line(r.err)


def test_missing_file_of_the_environment(post):
    r = post.run(RCPT, env={"POSTHORN_CONFIG": str(post.folder / "nothing")})
    assert r.code == CONFIG
    assert str(post.folder / "nothing") in r.err


@pytest.mark.parametrize("place", ["home", "xdg"])
def test_users_file(post, plain, place):
    top = post.folder / "xdg" if place == "xdg" else post.home / ".config"
    (top / "posthorn").mkdir(parents=True)
    (top / "posthorn" / "config").write_text(post.settings(plain))
    r = post.run(RCPT, env={"XDG_CONFIG_HOME": str(top)}
                 if place == "xdg" else None)
    assert (r.code, r.err) == (OK, "")
    assert plain.messages[0].to == [RCPT]


def test_environment_is_read_alone(post, plain):
    (post.home / ".config" / "posthorn").mkdir(parents=True)
    (post.home / ".config" / "posthorn" / "config").write_text("nonsense\n")
    path = post.config(post.settings(plain))
    assert post.run(RCPT, env={"POSTHORN_CONFIG": path}).code == OK
    assert post.run("-C", path, RCPT,
                    env={"POSTHORN_CONFIG": "/nonexistent"}).code == OK


def test_version_names_the_files(post):
    r = post.run("--version", env={"XDG_CONFIG_HOME": str(post.folder)})
    assert f"{post.folder}/posthorn/config" in r.out


def test_unreadable_says_who_cannot(post, plain, binary):
    if os.geteuid() != 0:
        path = post.config(post.settings(plain), mode=0o000)
        r = post.run("-C", path, RCPT)
        who = pwd.getpwuid(os.geteuid()).pw_name
    elif shutil.which("setpriv") is None:
        pytest.skip("root can read all, and there is no setpriv")
    else:
        path = post.config(post.settings(plain), mode=0o600)
        folder = post.folder
        while folder != folder.parent:      # nobody must get there
            if folder.stat().st_uid == 0 and \
                    not folder.stat().st_mode & stat.S_IXOTH:
                folder.chmod(folder.stat().st_mode | 0o011)
            folder = folder.parent
        shutil.copy(binary, post.folder / "own")
        (post.folder / "own").chmod(0o755)
        r = post.run("--reuid=65534", "--regid=65534", "--clear-groups",
                     post.folder / "own", "-C", path, RCPT,
                     program=shutil.which("setpriv"))
        who = "nobody"
    assert r.code == CONFIG
    assert path in one_line(r.err)
    assert who in r.err or "65534" in r.err
    assert plain.sessions == []


def test_folder_for_a_file(post):
    r = post.run("-C", post.folder, RCPT)
    assert r.code == CONFIG
    assert str(post.folder) in r.err


# Who may read it.

@pytest.mark.parametrize("mode", [0o644, 0o604, 0o640, 0o660, 0o777],
                         ids=lambda m: f"{m:o}")
def test_password_that_others_can_read(post, secure, mode):
    path = post.config(post.settings(secure), mode=mode)
    r = post.run("-C", path, RCPT)
    assert r.code == CONFIG
    assert ("chmod go-w" if mode & 2 else "chmod 600") in r.err
    assert path in r.err
    assert secure.sessions == []


def test_link_through_a_folder_that_others_can_write_to(post, plain):
    """Nothing of it is done, not even what it would run."""
    theirs = post.folder / "theirs"
    theirs.mkdir()
    (theirs / "config").write_text(post.settings(plain) + "eval touch ran\n")
    theirs.chmod(0o777)
    mine = post.home / ".config/posthorn"
    mine.mkdir(parents=True)
    (mine / "config").symlink_to(theirs / "config")
    r = post.run(RCPT)
    assert r.code == CONFIG
    assert f"run: chmod go-w {theirs}" in r.err
    assert not (post.folder / "ran").exists() and plain.sessions == []
    theirs.chmod(0o755)
    assert post.run(RCPT).code == OK
    assert (post.folder / "ran").exists()


@pytest.mark.parametrize("mode", [0o600, 0o400], ids=lambda m: f"{m:o}")
def test_password_in_a_private_file(post, secure, mode):
    path = post.config(post.settings(secure), mode=mode)
    assert post.run("-C", path, RCPT).code == OK
    assert secure.messages[0].user == USER


def test_no_password_no_need_for_privacy(post, secure):
    text = post.settings(secure, password=None,
                         passwordeval=f"echo {PASSWORD[:-1]}7")
    assert post.run("-C", post.config(text, mode=0o644), RCPT).code == OK


# What is written wrong.

WRONG = [
    ("hots localhost", "hots", '"host"'),
    ("passwordevel x", "passwordevel", '"passwordeval"'),
    ("tls_trustfile x", "tls_trustfile", '"tls_trust_file"'),
    ("port x", "port", "number"),
    ("port 65536", "port", "65535"),
    ("tls maybe", "tls", "on or off"),
    ("auth nonsense", "auth", "scram-sha-256"),
    ("host a:25", "host", '"port"'),
    ("host a user b", "host", "line of its own"),
    ("host srv:127.0.0.1", "host", "without srv:"),
    ("host [127.0.0.1]", "host", "without brackets"),
    ("source_ip x", "source_ip", "IP address"),
    ("source_ip 127.0.0.1 127.0.0.2", "source_ip", "one of IPv6"),
    ("proxy_host a b", "proxy_host", "IP address"),
    ("proxy_port 0", "proxy_port", "65535"),
    ("connect_command ssh -W %h:%q gw", "connect_command", "%q means nothing"),
    ("total_timeout 0", "total_timeout", "off"),
    ("tls_fingerprint " + ":".join(["AB"] * 20), "tls_fingerprint",
     "posthorn --serverinfo"),
    ("tls_fingerprint " + "ab" * 16, "tls_fingerprint", "MD5"),
    ("requiretls perhaps", "requiretls", "on or off"),
    ("priority 10", "priority", "-9 to 9"),
    ("deliver_by 0;R", "deliver_by", "at least 1"),
    ("hold_for 1h", "hold_for", "seconds"),
    ("hold_until 2030-02-30", "hold_until", "local time"),
    ("mail_auth ann", "mail_auth", "user@domain"),
    ("dsn_notify sometimes", "dsn_notify", "success"),
    ("timeout -1", "timeout", "number"),
    ("account default : nobody", "nobody", "account"),
    ("defaults x", "defaults", "no value"),
]


@pytest.mark.parametrize("line, word, hint", WRONG,
                         ids=[row[0] for row in WRONG])
def test_wrong_line(post, plain, line, word, hint):
    path = post.config(f"defaults\n# a comment\n\n{line}\n")
    r = post.run("-C", path, RCPT)
    assert r.code == CONFIG
    assert f"{path}:4: " in one_line(r.err)
    assert word in r.err and hint in r.err


# A line end was forgotten, or a keyword taken for another.
RUN_ON = [
    f"tls on password {PASSWORD}", f"auth on password {PASSWORD}",
    f"port 25 password {PASSWORD}", f"user ann password {PASSWORD}",
    f"from ann@example.org password {PASSWORD}",
    f"from_full_name Ann password {PASSWORD}", f"timeout 5 {PASSWORD}",
    f"password_file ~/x password {PASSWORD}",
    f"user ann passwordeval echo {PASSWORD}",
    f"auth on passwordeval echo {PASSWORD}", f"mail_auth {PASSWORD}",
    f"source_ip ::1 {PASSWORD}", f"dsn_notify delay {PASSWORD}",
    f"tls_fingerprint {'ab' * 32} {PASSWORD}", f"auth on {PASSWORD}",
    f"protocol smtp {PASSWORD}", f"priority 1 {PASSWORD}",
    f"proxy_user x proxy_password {PASSWORD}",
]


@pytest.mark.parametrize("line", RUN_ON)
def test_the_rest_of_a_line_is_not_shown(post, plain, line):
    path = post.config(f"account default\nhost x\n{line}\n")
    for flag in ("-bv", "--check", "--print-config"):
        r = post.run("-C", path, flag, *[RCPT] * (flag == "-bv"))
        assert r.code == CONFIG
        assert f"{path}:3: {line.split()[0]}: " in r.out + r.err
        assert PASSWORD not in r.out + r.err


LEAKS = [f"password={PASSWORD}", f"password:{PASSWORD}",
         f"pasword={PASSWORD}", f"passwd={PASSWORD}",
         f'"password {PASSWORD}"', f"machine x login y password {PASSWORD}",
         f"{{\"password\":\"{PASSWORD}\"}}", f"host={PASSWORD}",
         f"user:{PASSWORD}", f"passwordeval={PASSWORD}",
         f"{'x' * 40}{PASSWORD}", f"password = {PASSWORD}"]


@pytest.mark.parametrize("line", LEAKS,
                         ids=[s.replace(PASSWORD, "...")[:40] for s in LEAKS])
def test_typing_error_shows_no_secret(post, line):
    r = post.run("-C", post.config(f"account default\n{line}\n"), "-d", RCPT)
    assert r.code == CONFIG         # run() looks for the password itself
    assert PASSWORD[:7] not in r.err


def test_foreign_file_is_not_shown(post):
    shadow = post.config("root:$6$salt$hash:19000:0:99999:7:::\n")
    r = post.run("-C", shadow, RCPT)
    assert r.code == CONFIG
    assert "salt" not in r.err and "$" not in r.err


@pytest.mark.parametrize("octets", [b"account default\0host x\n",
                                    b"\x7fELF\x02\x01\x01\0\0\0",
                                    b"account default\nuser " + b"x" * 70000],
                         ids=["NUL", "binary", "long line"])
def test_no_text(post, octets):
    path = post.folder / "config"
    path.write_bytes(octets)
    r = post.run("-C", path, RCPT)
    assert r.code == CONFIG
    assert all(c.isprintable() for c in one_line(r.err)[:-1])


@pytest.mark.parametrize("ends", [b"\r\n", b"\n"], ids=["CRLF", "LF"])
def test_line_ends(post, plain, ends):
    path = post.folder / "config"
    path.write_bytes(post.settings(plain).encode().replace(b"\n", ends))
    path.chmod(0o600)
    assert post.run("-C", path, RCPT).code == OK


def test_no_host(post):
    r = post.run("-C", post.config("account default\nfrom a@example.org\n"),
                 RCPT)
    assert r.code == CONFIG
    assert "host" in one_line(r.err)


def test_unknown_account(post, plain):
    text = post.settings(plain).replace("default", "work")
    r = post.run("-C", post.config(text), "-a", "wrok", RCPT)
    assert r.code == CONFIG
    assert "wrok" in r.err and "work" in r.err


# What contradicts: the line at fault, and what to do.
CLASHES = [
    ("proxy_host p\nsocket /s", 1, 'a line "proxy_host" without a value'),
    ("connect_command c\nproxy_host p", 2, "connect_command"),
    ("socket /s\nconnect_command c", 2, "socket"),
    ("proxy_user u", 1, "proxy_password SECRET"),
    ("proxy_password p", 1, "proxy_user NAME"),
    ("hold_for 1\nhold_until 9000-01-01", 2, "hold_for"),
    ("hold_until 2020-01-01", 1, "is over"),
    ("requiretls\ntls off", 1, "tls on"),
    ("requiretls\ntls_certcheck off", 1, "tls_certcheck on"),
    ("tls_fingerprint " + "ab" * 32 + "\ntls off", 1, "tls on"),
    ("protocol lmtp\nport 25", 2, "another port"),
    ("host srv:example.org\nproxy_host p", 1, "the server's name"),
    ("host srv:example.org\nprotocol lmtp", 1, "without srv:"),
    ("host a b\nsocket /s", 1, "write one"),
    ("host\nsocket /s", 2, "tls off"),
    ("host\nconnect_command c %h", 2, "host NAME"),
]


@pytest.mark.parametrize("lines, at, words", CLASHES,
                         ids=[row[0].replace("\n", ", ") for row in CLASHES])
def test_contradiction(post, secure, lines, at, words):
    text = post.settings(secure)
    path = post.config(text + lines + "\n")
    r = post.run("-C", path, RCPT)
    assert r.code == CONFIG
    assert f"{path}:{text.count(chr(10)) + at}: " in one_line(r.err)
    assert words in r.err
    assert secure.sessions == []


@pytest.mark.parametrize("mode", [0o644, 0o640], ids=lambda m: f"{m:o}")
def test_password_of_a_proxy_that_others_can_read(post, plain, mode):
    text = post.settings(plain) + f"proxy_user ann\nproxy_password {PASSWORD}\n"
    path = post.config(text, mode=mode)
    r = post.run("-C", path, RCPT)
    assert r.code == CONFIG
    assert "chmod 600" in one_line(r.err)
    assert plain.sessions == []


def test_international_host(post, plain):
    """It reaches the resolver in A-labels: as it was, none would find it."""
    path = post.config(post.settings(plain, host="b\u00fccher.invalid"))
    r = post.run("-C", path, "-bv", RCPT)
    assert (r.code, r.err) == (OK, "")
    assert f"xn--bcher-kva.invalid:{plain.port}" in r.out


OTHERS = ["keepbcc on", "tls_min_dh_prime_bits 1024", "ntlmdomain x",
          "remove_bcc_headers on", "set_to_header auto",
          "aliases /etc/aliases", "proxy_port 1080", "queue off",
          "tls_force_sslv3 off", "add_missing_from_header on",
          "add_missing_date_header on", "tls_nostarttls on",
          "tls_certcheck on", "connect_timeout 30", "tls_crl_file",
          "tls_fingerprint", "socket", "proxy_host", "logfile",
          "set_date_header auto", "syslog off", "protocol smtp",
          "undisclosed_recipients off", "auto_from off",
          "allow_from_override on", "dsn_notify off", "dsn_return off"]


@pytest.mark.parametrize("line", OTHERS)
def test_keywords_of_msmtp(post, secure, line):
    text = post.settings(secure) + line + "\n"
    r = post.run("-C", post.config(text), RCPT)
    assert (r.code, r.err) == (OK, "")


def test_all_keywords_at_once_say_so_with_debug(post, secure):
    text = post.settings(secure) + "\n".join(OTHERS) + "\n"
    r = post.run("-C", post.config(text), "-d", RCPT)
    assert r.code == OK
    assert "keepbcc is not in effect" in r.err


def test_msmtprc(post, serve):
    """As in msmtp's own manual, but for the place of things."""
    server = serve(tls="starttls", auth=["PLAIN"])
    path = post.config(f"""# Example for a user configuration file ~/.msmtprc
defaults
tls on
tls_trust_file {server.certs}/ca.pem
logfile {post.folder}/msmtp.log

account freemail
host localhost
port {server.port}
from joe_smith@freemail.example
auth on
user {USER}
password "{PASSWORD}"

account freemail2 : freemail
from joey@freemail.example

account provider
host mail.my.example

account default : provider
""")
    r = post.run("-C", path, "-a", "freemail2", RCPT)
    assert (r.code, r.err) == (OK, "")
    assert server.messages[0].sender == "joey@freemail.example"
    assert "user=ann" in (post.folder / "msmtp.log").read_text()


# Which account.

CHOICE = [
    (["-a", "two"], b"", "two"),
    (["-f", "x@two.example"], b"", "two"),
    ([], b"From: x@two.example\n", "two"),
    ([], b"", "default"),
    (["-f", "y+tag@three.example"], b"", "three"),
    (["-f", "nobody@four.example"], b"From: x@two.example\n", "two"),
    (["-f", "nobody@four.example"], b"", "default"),
]


@pytest.mark.parametrize("flags, head, name", CHOICE, ids=[
    "-a", "-f", "From", "default", "sub-address", "-f unknown, From known",
    "-f unknown"])
def test_account_is_chosen(post, plain, flags, head, name):
    text = f"defaults\nhost localhost\nport {plain.port}\ntls off\n"
    text += "account default\nfrom a@one.example\ndomain default.example\n"
    text += "account two\nfrom b@two.example *@two.example\n" \
        "domain two.example\n"
    text += "account three\nfrom y@three.example\ndomain three.example\n"
    r = post.run("-C", post.config(text), *flags, RCPT, stdin=head + b"\nx\n")
    assert (r.code, r.err) == (OK, "")
    assert plain.sessions[0].helo == f"{name}.example"


def test_defaults_and_parents(post, plain):
    text = f"defaults\nport {plain.port}\ntls off\n" \
        "account base\nhost localhost\nfrom a@base.example\n" \
        "account default : base\nfrom b@child.example\n"
    assert post.run("-C", post.config(text), RCPT).code == OK
    assert plain.messages[0].sender == "b@child.example"


@pytest.mark.parametrize("domain", ["[192.0.2.1]", "[IPv6:2001:db8::1]",
                                    "mail.example.org"])
def test_domain_is_said_once(post, plain, domain):
    text = post.settings(plain, domain=domain)
    assert post.run("-C", post.config(text), RCPT).code == OK
    assert plain.sessions[0].helo == domain


def test_eval_line(post, plain):
    text = f"account default\nhost localhost\ntls off\nfrom a@example.org\n" \
        f"eval echo port {plain.port}\n"
    assert post.run("-C", post.config(text), RCPT).code == OK


# passwordeval

def with_helper(post, server, command):
    text = post.settings(server, password=None, passwordeval=command)
    return post.config(text)


HELPERS = {
    "plain": f"echo {PASSWORD}",
    "no newline": f"printf %s {PASSWORD}",
    "CRLF": f"printf '%s\\r\\n' {PASSWORD}",
    "more lines": f"printf '%s\\nlogin: x\\n' {PASSWORD}",
    "noise on stderr": f"echo noise >&2; echo {PASSWORD}",
    "reads its input": f"cat; echo {PASSWORD}",
    "quoted": f"sh -c \"echo {PASSWORD}\"",
    "leaves a child behind": f"sleep 40 & echo {PASSWORD}",
}


@pytest.mark.parametrize("name", HELPERS)
def test_passwordeval(post, secure, name):
    path = with_helper(post, secure, HELPERS[name])
    r = post.run("-C", path, RCPT, timeout=30)
    assert (r.code, r.err) == (OK, "")
    assert secure.messages[0].user == USER
    assert secure.messages[0].body == b"hello\r\n"


def test_passwordeval_gets_none_of_the_message(post, secure):
    command = f"cat >{post.folder}/eaten; echo {PASSWORD}"
    path = with_helper(post, secure, command)
    assert post.run("-C", path, RCPT, stdin=MESSAGE * 9000).code == OK
    assert (post.folder / "eaten").read_bytes() == b""


def test_passwordeval_inherits_nothing(post, secure):
    if not os.path.isdir("/proc/self/fd"):
        pytest.skip("no /proc here")
    command = f"ls /proc/$$/fd >{post.folder}/open; echo {PASSWORD}"
    path = with_helper(post, secure, command)
    assert post.run("-C", path, RCPT).code == OK
    # 0, 1, 2, and the one of the redirection, if the shell kept it
    assert len((post.folder / "open").read_text().split()) <= 4


FAILING = {
    "exit code": ("exit 3", "3"),
    "last words": ("echo first >&2; echo no such key >&2; exit 1",
                   "no such key"),
    "no such command": ("/nonexistent/command", "not found"),
    "killed": ("kill -9 $$", "9"),
    "says nothing": ("true", "nothing"),
}


@pytest.mark.parametrize("name", FAILING)
def test_passwordeval_fails(post, secure, name):
    command, words = FAILING[name]
    path = with_helper(post, secure, command)
    r = post.run("-C", path, RCPT)
    assert r.code == TEMPORARY
    assert "passwordeval" in r.err
    assert words in r.err or (name == "killed" and "ignal" in r.err) or \
        name == "says nothing"
    assert f"{path}:" in r.err
    assert secure.messages == []


def test_passwordeval_says_too_much(post, secure):
    path = with_helper(post, secure, "while :; do echo yyyyyyyyyyyyyy; done"
                       " | tr -d '\\n'")
    r = post.run("-C", path, RCPT)
    assert r.code == TEMPORARY
    assert "passwordeval" in r.err
    assert secure.messages == []


def test_passwordeval_on_stderr_is_escaped(post, secure):
    path = with_helper(post, secure,
                       "printf '\\033[2Jgone\\n' >&2; exit 1")
    r = post.run("-C", path, RCPT)
    assert r.code == TEMPORARY
    assert "\033" not in r.err


def test_passwordeval_may_take_its_time(post, secure):
    """It waits for a pipe that is written only when it is seen to run."""
    pipe, mark = post.folder / "pipe", post.folder / "mark"
    os.mkfifo(pipe)
    path = with_helper(post, secure, f"touch {mark}; cat {pipe}")
    p = post.start("-C", path, RCPT)
    p.stdin.write(MESSAGE)
    p.stdin.close()
    p.stdin = None
    until(mark.exists, "the helper")
    pipe.write_text(PASSWORD + "\n")
    assert post.finish(p).code == OK


@pytest.mark.parametrize("sig", [signal.SIGINT, signal.SIGTERM],
                         ids=lambda s: s.name)
def test_signal_ends_a_passwordeval_that_hangs(post, secure, sig):
    pipe, mark = post.folder / "pipe", post.folder / "mark"
    os.mkfifo(pipe)
    path = with_helper(post, secure, f"echo $$ >{mark}.new; mv {mark}.new "
                       f"{mark}; exec cat {pipe}")
    p = post.start("-C", path, RCPT)
    p.stdin.write(MESSAGE)
    p.stdin.close()
    p.stdin = None
    until(mark.exists, "the helper")
    helper = int(mark.read_text())
    p.send_signal(sig)
    try:
        r = post.finish(p, timeout=20)
    finally:
        try:
            os.kill(helper, signal.SIGKILL)
            ended = False
        except ProcessLookupError:
            ended = True
    assert r.code == TEMPORARY
    assert secure.messages == []
    assert ended, "the helper was left behind"


def test_no_password_and_no_terminal(post, secure):
    text = post.settings(secure, password=None)
    r = post.run("-C", post.config(text), RCPT, start_new_session=True)
    assert r.code == CONFIG
    assert "passwordeval" in r.err
    assert secure.messages == []


def test_password_from_the_terminal(post, secure):
    """A terminal of its own: it is asked there, and does not echo."""
    pty = pytest.importorskip("pty")
    text = post.settings(secure, password=None)
    path = post.config(text)
    (post.folder / "message").write_bytes(MESSAGE)
    pid, fd = pty.fork()
    if pid == 0:
        try:
            os.dup2(os.open(post.folder / "message", os.O_RDONLY), 0)
            os.execve(post.binary, [post.binary, "-C", path, RCPT],
                      post.environment())
        finally:
            os._exit(127)
    shown = b""
    try:
        while b": " not in shown:
            shown += os.read(fd, 1000)
        os.write(fd, PASSWORD.encode() + b"\n")
        try:
            while data := os.read(fd, 1000):
                shown += data
        except OSError:                 # Linux says so when it is closed
            pass
    finally:
        status = os.waitpid(pid, 0)[1]
        os.close(fd)
    assert os.waitstatus_to_exitcode(status) == OK, shown
    assert USER.encode() in shown and b"localhost" in shown
    assert PASSWORD.encode() not in shown
    assert secure.messages[0].user == USER


@pytest.mark.parametrize("gid,code", [(0, CONFIG), (65000, OK)],
                         ids=["our group", "another"])
def test_group_that_is_the_primary_one_of_another(post, plain, gid, code):
    if os.geteuid() != 0 or subprocess.run(
            ["unshare", "-m", "true"], capture_output=True).returncode != 0:
        pytest.skip("wants root and unshare")
    users = post.folder / "passwd"
    users.write_text("root:x:0:0::/root:/bin/sh\n"
                     f"eve:x:6543:{gid}::/:/bin/sh\n")
    path = post.config(post.settings(plain))
    os.chmod(path, 0o664)
    r = post.run("-m", "sh", "-ec", f"mount --bind {users} /etc/passwd\n"
                 'exec "$@"', "sh", post.binary, "-C", path, RCPT,
                 program="unshare")
    assert r.code == code
    assert ("others can write to" in r.err) == (code == CONFIG)


def test_pipe(post, plain):
    pipe = post.folder / "pipe"
    os.mkfifo(pipe)
    r = post.run("-C", str(pipe), RCPT)
    assert r.code == CONFIG
    assert "not a regular file but a pipe; write it to a file" in r.err


def at_terminal(post, *args, env=None):
    """Started with a terminal of its own, the message apart: its number, and
    both ends of the terminal."""
    (post.folder / "message").write_bytes(MESSAGE)
    fd, hold = os.openpty()
    pid = os.fork()
    if pid == 0:
        try:
            os.setsid()
            for i in 0, 1, 2:
                os.dup2(hold, i)
            os.close(os.open(os.ttyname(0), os.O_RDWR))
            os.dup2(os.open(post.folder / "message", os.O_RDONLY), 0)
            os.execve(post.binary, [post.binary, *args],
                      post.environment(env or {}))
        finally:
            os._exit(127)
    return pid, fd, hold


def echoes(fd):
    return bool(termios.tcgetattr(fd)[3] & termios.ECHO)


def ended(pid):
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


@pytest.mark.parametrize("key", [b"\3", b"\4"], ids=["^C", "^D"])
def test_password_is_not_typed_to_its_end(post, secure, key):
    path = post.config(post.settings(secure, password=None))
    pid, fd, hold = at_terminal(post, "-C", path, RCPT)
    try:
        until(lambda: not echoes(hold), "the prompt")
        os.write(fd, key)
        assert ended(pid) == TEMPORARY
        assert echoes(hold)
    finally:
        os.close(hold)
        os.close(fd)
    assert secure.messages == []


def is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as f:
            return f.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("key", [None, b"\3"], ids=["TERM", "^C"])
def test_helper_at_the_terminal_is_ended(post, secure, key):
    """With its children, which ^C alone need not reach; and it echoes."""
    if not os.path.isdir("/proc/self"):
        pytest.skip("no /proc here")
    mark = post.folder / "mark"
    path = with_helper(post, secure, "stty -echo </dev/tty; (trap '' INT; "
                       f"exec sleep 500) & echo $! >{mark}.new; mv {mark}.new "
                       f"{mark}; wait")
    pid, fd, hold = at_terminal(post, "-C", path, RCPT)
    try:
        until(mark.exists, "the helper")
        assert not echoes(hold)
        if key is None:
            os.kill(pid, signal.SIGTERM)
        else:
            os.write(fd, key)
        assert ended(pid) == TEMPORARY
        assert echoes(hold)
        if key is None:
            until(lambda: not is_alive(int(mark.read_text())), "its child")
    finally:
        os.close(hold)
        os.close(fd)
        if is_alive(int(mark.read_text())):
            os.kill(int(mark.read_text()), signal.SIGKILL)


def test_no_password_is_typed(post, secure):
    """There is a terminal, so that is not what was missing."""
    pty = pytest.importorskip("pty")
    path = post.config(post.settings(secure, password=None))
    pid, fd = pty.fork()
    if pid == 0:
        try:
            os.dup2(os.open("/dev/null", os.O_RDONLY), 0)
            os.execve(post.binary, [post.binary, "-C", path, RCPT],
                      post.environment())
        finally:
            os._exit(127)
    shown = b""
    try:
        while b": " not in shown:
            shown += os.read(fd, 1000)
        os.write(fd, b"\n")
        try:
            while data := os.read(fd, 1000):
                shown += data
        except OSError:
            pass
    finally:
        status = os.waitpid(pid, 0)[1]
        os.close(fd)
    assert os.waitstatus_to_exitcode(status) == TEMPORARY, shown
    assert b"no password was given" in shown
    assert secure.messages == []


def test_wrong_password_says_where_it_is(post, secure):
    text = post.settings(secure, password="wrong")
    path = post.config(text)
    line = text.split("\n").index("password wrong") + 1
    r = post.run("-C", path, RCPT)
    assert r.code == 77
    assert f'check "password" in {path}:{line}' in one_line(r.err)
    assert "535 5.7.8" in r.err
