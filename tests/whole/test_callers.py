"""Real programs that call sendmail, where they are installed."""

import pathlib
import shutil
import socket
import subprocess

import pytest

from conftest import PATIENCE, RCPT, check_message, check_output

HOST = socket.gethostname()


def start(post, *command, stdin=b"", **env):
    """Run a program that calls sendmail; what it said."""
    done = subprocess.run([str(c) for c in command], input=stdin,
                          capture_output=True, cwd=post.folder,
                          timeout=PATIENCE, env=post.environment(env))
    text = (done.stdout + done.stderr).decode("utf-8", "replace")
    check_output(text)
    assert done.returncode == 0, text
    return text


@pytest.fixture
def call(post, plain):
    """Run a program that is told where its sendmail is."""
    config = post.config(post.settings(plain))

    def run(*command, **more):
        return start(post, *command, **{"POSTHORN_CONFIG": config, **more})

    return run


@pytest.fixture
def call_there(elsewhere, post, plain):
    """Run a program that calls /usr/sbin/sendmail.  What it calls itself in
    From is no address that a server takes."""
    elsewhere.config(post.settings(plain, set_from_header="on"))

    def run(*command, **more):
        return start(post, *elsewhere.command(*command), **more)

    return run


@pytest.fixture
def sendmail(post):
    return post.link("sendmail")


def needs(*names):
    for name in names:
        if shutil.which(name) is None:
            pytest.skip(f"{name} is not installed")


@pytest.mark.parametrize("more", [[], ["-f", "ann@example.org"]],
                         ids=["plain", "-f"])
def test_php(call, sendmail, plain, more):
    needs("php")
    code = 'exit(mail("bob@example.net", "hi", "hello\\nworld", ["X-A" => ' \
        '"b", "Bcc" => "eve@example.net"], $argv[1] ?? "") ? 0 : 1);'
    call("php", "-n", "-d", f"sendmail_path={sendmail} -t -i", "-r", code,
         *(["--", " ".join(more)] if more else []))
    m = plain.messages[0]
    assert sorted(m.to) == [RCPT, "eve@example.net"]
    assert m.sender == "ann@example.org"
    assert m.fields("Subject") == ["hi"]
    assert m.fields("X-A") == ["b"]
    assert m.fields("Bcc") == []
    assert m.body == b"hello\r\nworld\r\n"
    assert not m.bare


PHP_MAIL = 'exit(mail("bob@example.net", "hi", "hello\\r\\nworld", ' \
    '"From: \\"Ann (web)\\" <web@example.org>\\r\\n' \
    'Cc: cc@example.net\\r\\nBcc: eve@example.net\\r\\n' \
    'X-Mailer: PHP/8\\r\\nMIME-Version: 1.0\\r\\n' \
    'Content-Type: text/html; charset=utf-8", $argv[1] ?? "") ? 0 : 1);'


@pytest.mark.parametrize("flags, sender", [
    ([], "ann@example.org"), (["-fweb@example.org"], "web@example.org"),
    (["-f web@example.org -FWeb"], "web@example.org"),
    (["-f <>"], "")], ids=["plain", "-fADDR", "-f and -F", "null sender"])
def test_php_with_header_of_its_own(call, sendmail, plain, flags, sender):
    """Additional headers as a string with CRLF, and the fifth argument."""
    needs("php")
    call("php", "-n", "-d", f"sendmail_path={sendmail} -t -i", "-r", PHP_MAIL,
         *(["--", *flags] if flags else []))
    mail = check_message(plain.messages[0], sender=sender,
                         to=[RCPT, "cc@example.net", "eve@example.net"])
    assert mail["From"] == '"Ann (web)" <web@example.org>'
    assert mail["Cc"] == "cc@example.net"
    assert mail["X-Mailer"] == "PHP/8"
    assert mail.get_content_type() == "text/html"
    assert mail.get_content() == "hello\r\nworld\r\n"


def test_php_cannot_write_files(post, sendmail, plain, call):
    """mail()'s fifth argument, in an attacker's hands: -X writes nothing."""
    needs("php")
    shell = post.folder / "shell.php"
    code = f'exit(mail("bob@example.net", "<?php", "x", "", "-X{shell}") ' \
        '? 1 : 0);'
    call("php", "-n", "-d", f"sendmail_path={sendmail} -t -i", "-r", code)
    assert not shell.exists()
    assert plain.messages == []


def test_mutt(call, post, sendmail, plain):
    needs("mutt")
    (post.folder / "muttrc").write_text(
        f'set sendmail="{sendmail} -oem -oi"\nset use_envelope_from=yes\n'
        'set from="ann@example.org"\nset copy=no\n')
    (post.folder / "file").write_bytes(b"attached\n.\nend\n")
    call("mutt", "-n", "-F", post.folder / "muttrc", "-s", "häi", "-b",
         "eve@example.net", "-a", post.folder / "file", "--", RCPT,
         stdin=b"hello\n.\nworld\n")
    m = plain.messages[0]
    assert sorted(m.to) == [RCPT, "eve@example.net"]
    assert m.sender == "ann@example.org"
    assert m.fields("Bcc") == []
    assert b"hello\r\n.\r\nworld\r\n" in m.body
    assert b"attached\r\n.\r\nend\r\n" in m.body


@pytest.fixture
def repository(call, post):
    needs("git")
    exec_path = call("git", "--exec-path").strip()
    if not shutil.which("git-send-email", path=exec_path):
        pytest.skip("git-send-email is not installed")
    call("git", "init", "-q")
    for key, value in {"user.name": "Ann Käthe",
                       "user.email": "ann@example.org"}.items():
        call("git", "config", key, value)
    (post.folder / "file").write_text("first\n.\n..\n")
    call("git", "add", "file")
    call("git", "commit", "-q", "-m", "file: begin\n\nWith a dot.")


@pytest.mark.parametrize("how", ["sendmail-cmd", "smtp-server"])
@pytest.mark.parametrize("envelope", [[], ["--envelope-sender=auto"]],
                         ids=["plain", "envelope sender"])
def test_git_send_email(call, sendmail, plain, repository, how, envelope):
    call("git", "send-email", f"--{how}={sendmail}", "--confirm=never",
         "--quiet", f"--to={RCPT}", "--cc=cc@example.net",
         "--bcc=eve@example.net", "--suppress-cc=all", *envelope, "-1")
    m = plain.messages[0]
    assert set(m.to) >= {RCPT, "eve@example.net"}
    assert m.sender == "ann@example.org"
    assert m.fields("Subject") == ["[PATCH] file: begin"]
    assert m.fields("Bcc") == []
    assert b"\r\n+first\r\n+.\r\n+..\r\n" in m.body


def test_s_nail(call, sendmail, plain):
    needs("s-nail")
    call("s-nail", "-:/", "-S", f"mta={sendmail}", "-S",
         "from=ann@example.org", "-S", "v15-compat=yes", "-s", "hi", "-b",
         "eve@example.net", RCPT, stdin=b"hello\n.\nworld\n")
    m = plain.messages[0]
    assert sorted(m.to) == [RCPT, "eve@example.net"]
    assert m.fields("Bcc") == []
    assert m.body.startswith(b"hello\r\n")


@pytest.mark.parametrize("more", [[], ["-r", "Ann <ann@example.org>"]],
                         ids=["plain", "-r"])
def test_bsd_mailx(call, post, sendmail, plain, more):
    """It names all whom it means in the header, and passes -t."""
    needs("bsd-mailx")
    (post.folder / "rc").write_text(f"set sendmail={sendmail}\n")
    call("bsd-mailx", "-n", *more, "-s", "hi", "-c", "cc@example.net", "-b",
         "eve@example.net", "-a", "X-A: b", RCPT, MAILRC=post.folder / "rc",
         stdin="Käthe\n.\n..\n".encode())
    mail = check_message(plain.messages[0],
                         to=[RCPT, "cc@example.net", "eve@example.net"])
    assert mail["To"] == RCPT and mail["X-A"] == "b"
    assert mail["From"].addresses[0].addr_spec == "ann@example.org"
    assert mail.get_content() == "Käthe\r\n.\r\n..\r\n"


SYMFONY = r"""
require "Symfony/Component/Mailer/autoload.php";
use Symfony\Component\Mailer\Mailer;
use Symfony\Component\Mailer\Transport\SendmailTransport;
use Symfony\Component\Mime\Email;
$mail = (new Email())
    ->from("Ann Käthe <ann@example.org>")->to("bob@example.net")
    ->cc("cc@example.net")->bcc("eve@example.net")->subject("Grüße")
    ->text("hello\n.\n..\nKäthe\n")->html("<p>hello</p>");
(new Mailer(new SendmailTransport("$argv[1] -t -i")))->send($mail);
"""


def test_symfony(call, sendmail, plain):
    """It drops -t, for it knows whom it means, and makes LF of CRLF."""
    needs("php")
    if not pathlib.Path("/usr/share/php/Symfony/Component/Mailer").exists():
        pytest.skip("php-symfony-mailer is not installed")
    call("php", "-d", "include_path=/usr/share/php", "-r", SYMFONY,
         sendmail)
    mail = check_message(plain.messages[0],
                         to=[RCPT, "cc@example.net", "eve@example.net"])
    assert mail["From"] == "Ann Käthe <ann@example.org>"
    assert mail["Subject"] == "Grüße"
    assert mail.get_body(("plain",)).get_content().split() == \
        ["hello", ".", "..", "Käthe"]


def test_logwatch(call_there, plain):
    needs("logwatch")
    call_there("logwatch", "--output", "mail", "--mailto", RCPT, "--service",
               "zz-sys", "--range", "today")
    mail = check_message(plain.messages[0])
    assert mail["To"] == RCPT
    assert mail["Subject"].startswith("Logwatch for ")
    assert mail["Precedence"] == "bulk"
    assert "Logwatch End" in mail.get_content()


def test_mdadm(call_there, plain):
    """It writes before it looks at the device, which need not be there."""
    needs("mdadm")
    call_there(shutil.which("mdadm"), "--monitor", "--test", "--oneshot",
               f"--mail={RCPT}", "/dev/md0")
    mail = check_message(plain.messages[0])
    assert mail["To"] == RCPT
    assert mail["Subject"].startswith("TestMessage event on /dev/md0:")
    assert "Faithfully yours, etc." in mail.get_content()


UNATTENDED = r"""
import importlib.machinery, importlib.util, sys
loader = importlib.machinery.SourceFileLoader("u", sys.argv[1])
u = importlib.util.module_from_spec(
    importlib.util.spec_from_loader("u", loader))
loader.exec_module(u)
u.SENDMAIL_BINARY = sys.argv[2]
sys.exit(u._send_mail_using_sendmail("root@example.org", sys.argv[3],
                                     "result: SUCCESS", "upgraded:\n Käthe"))
"""


def test_unattended_upgrades(call, post, sendmail, plain):
    """The function of the program itself, told of another sendmail."""
    needs("unattended-upgrade", "/usr/bin/python3")
    call("/usr/bin/python3", "-B", "-c", UNATTENDED,
         shutil.which("unattended-upgrade"), sendmail, RCPT)
    mail = check_message(plain.messages[0])
    assert mail["To"] == RCPT and mail["From"] == "root@example.org"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content() == "upgraded:\r\n Käthe\r\n"


# What others write and pass, word for word, read from their sources.

EXACT = {
    "anacron": (
        ["-FAnacron", "-odi", RCPT],
        "From: Anacron <root>\n"
        f"To: {RCPT}\n"
        "Subject: Anacron job 'cron.daily' on vm\n"
        "Content-Type: text/plain; charset=UTF-8\n"
        "\n"
        "/etc/cron.daily/Käthe:\n"),
    "busybox crond": (
        ["-ti"],
        f"To: {RCPT}\n"
        "Subject: cron: /bin/false\n"
        "\n"
        "out\n"),
    "logwatch": (
        ["-t"],
        f"To: {RCPT}\n"
        "From: Logwatch\n"
        "Subject: Logwatch for vm (Linux)\n"
        "Auto-Submitted: auto-generated\n"
        "Precedence: bulk\n"
        "MIME-Version: 1.0\n"
        "Content-Transfer-Encoding: 8bit\n"
        "Content-Type: text/plain; charset=\"UTF-8\"\n"
        "\n"
        " \n"
        " ################### Logwatch 7.7 (07/22/22) ################# \n"
        "    Käthe\n"),
    "mdadm": (
        ["-t"],
        f"From: mdadm monitoring <root@{HOST}>\n"
        f"To: {RCPT}\n"
        "Subject: TestMessage event on /dev/md0:vm\n"
        "\n"
        "This is an automatically generated mail message from mdadm\n"
        "running on vm\n"
        "\n"
        "A TestMessage event had been detected on md device /dev/md0.\n"
        "\n"
        "Faithfully yours, etc.\n"),
    "unattended-upgrades": (
        ["-oi", "-t"],
        "MIME-Version: 1.0\n"
        "Content-Type: text/plain; charset=\"utf-8\"\n"
        "Content-Transfer-Encoding: quoted-printable\n"
        "Subject: unattended-upgrades result for vm: SUCCESS\n"
        "From: root\n"
        f"To: {RCPT}\n"
        "Auto-Submitted: auto-generated\n"
        "\n"
        "Unattended upgrade result: K=C3=A4the\n"
        "\n"),
    "symfony -t": (
        ["-t", "-i"],
        "From: Ann =?utf-8?Q?K=C3=A4the?= <web@example.org>\r\n"
        f"To: {RCPT}\r\n"
        "Subject: hi\r\n"
        "Message-ID: <21ec6b15e3b5d064abb6dc68604a9fc8@example.org>\r\n"
        "MIME-Version: 1.0\r\n"
        "Date: Tue, 24 Nov 2026 08:23:09 +0000\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n"
        "\r\n"
        ".\r\n"
        "K=C3=A4the\r\n"),
}


@pytest.mark.parametrize("name", EXACT)
def test_exact_call(post, plain, sendmail, name):
    flags, text = EXACT[name]
    path = post.config(post.settings(plain, set_from_header="on"))
    r = post.run(*flags, stdin=text.encode(), program=sendmail,
                 env={"POSTHORN_CONFIG": path})
    assert (r.code, r.err) == (0, "")
    m = plain.messages[0]
    mail = check_message(m)
    assert mail["From"].addresses[0].addr_spec == "ann@example.org"
    assert mail["To"] == RCPT
    assert m.body.decode() == \
        text.replace("\r\n", "\n").partition("\n\n")[2].replace("\n", "\r\n")


# The same for root: who that is stands in the aliases.

FOR_ROOT = {name: EXACT[name] for name in EXACT if name != "symfony -t"}
FOR_ROOT["cron"] = (
    ["-FCronDaemon", "-i", "-B8BITMIME", "-oem", RCPT],
    "From: root (Cron Daemon)\n"
    f"To: {RCPT}\n"
    "Subject: Cron <root@vm> false\n"
    "MIME-Version: 1.0\n"
    "Content-Type: text/plain; charset=UTF-8\n"
    "Content-Transfer-Encoding: 8bit\n"
    "X-Cron-Env: <SHELL=/bin/sh>\n"
    "\n"
    "Käthe\n")
FOR_ROOT["at"] = (
    ["-i", RCPT],
    "Subject: Output from your job        7\n"
    f"To: {RCPT}\n"
    "\n"
    "out\n")


# Their From as it is without set_from_header on: with a domain that others
# know, at least.

FROM = {"cron": ("Cron Daemon", "example.org"),
        "anacron": ("Anacron", "example.org"),
        "logwatch": ("", "example.org"),
        "unattended-upgrades": ("", "example.org"),
        "at": ("", "example.org"), "busybox crond": ("", "example.org"),
        "mdadm": ("mdadm monitoring", HOST if "." in HOST else
                  "example.org")}


@pytest.mark.parametrize("name", FROM)
def test_from_is_completed(post, plain, sendmail, name):
    flags, text = FOR_ROOT[name]
    path = post.config(post.settings(plain))
    r = post.run(*flags, stdin=text.encode(), program=sendmail,
                 env={"POSTHORN_CONFIG": path})
    assert (r.code, r.err) == (0, "")
    who, = check_message(plain.messages[0])["From"].addresses
    assert who.domain == FROM[name][1]
    if FROM[name][0]:
        assert who.display_name == FROM[name][0]


def test_logwatch_as_installed(elsewhere, post, plain):
    needs("logwatch")
    start(post, *elsewhere.command("logwatch", "--output", "mail", "--mailto",
                                   RCPT, "--service", "zz-sys", "--range",
                                   "today"))
    who, = check_message(plain.messages[0])["From"].addresses
    assert who.domain == "example.org"


def for_root(post, sendmail, server, name, **settings):
    flags, text = FOR_ROOT[name]
    path = post.config(post.settings(server, set_from_header="on",
                                     **settings))
    return post.run(*(f.replace(RCPT, "root") for f in flags),
                    stdin=text.replace(RCPT, "root").encode(),
                    program=sendmail, env={"POSTHORN_CONFIG": path})


@pytest.mark.parametrize("name", FOR_ROOT)
def test_aliases(post, plain, sendmail, name):
    aliases = post.config(f"root: {RCPT}, eve@example.net\n", name="aliases")
    r = for_root(post, sendmail, plain, name, aliases=aliases)
    assert (r.code, r.err) == (0, "")
    mail = check_message(plain.messages[0], to=[RCPT, "eve@example.net"])
    assert mail["To"] == f"{RCPT}, eve@example.net"


@pytest.mark.parametrize("name", FOR_ROOT)
def test_no_aliases(post, plain, sendmail, name):
    """Nobody guesses who root might be."""
    r = for_root(post, sendmail, plain, name, aliases="off")
    assert r.code == 67
    assert "<root>" in r.err
    assert plain.messages == []


def test_logwatch_for_root(call_there, elsewhere, plain):
    needs("logwatch")
    elsewhere.place("/etc/aliases").write_text(f"root: {RCPT}\n")
    call_there("logwatch", "--output", "mail", "--service", "zz-sys",
               "--range", "today")
    assert check_message(plain.messages[0])["To"] == RCPT


def test_mdadm_for_root(call_there, elsewhere, plain):
    needs("mdadm")
    elsewhere.place("/etc/aliases").write_text(f"root: {RCPT}\n")
    call_there(shutil.which("mdadm"), "--monitor", "--test", "--oneshot",
               "--mail=root", "/dev/md0")
    assert check_message(plain.messages[0])["To"] == RCPT


def test_busybox_sendmail_s_flags(call, sendmail, plain):
    """What busybox crond passes, by a shell as it does."""
    call("sh", "-c", f"printf 'To: {RCPT}\\nSubject: cron: x\\n\\nout\\n' | "
         f"{sendmail} -ti")
    assert plain.messages[0].to == [RCPT]


def test_python_s_subprocess(call, sendmail, plain):
    """As logging handlers and web frameworks do: -t -i, CRLF."""
    call(sendmail, "-t", "-i", stdin=b"To: bob@example.net\r\nSubject: x\r\n"
         b"\r\n.\r\nbody\r\n")
    assert plain.messages[0].body == b".\r\nbody\r\n"


# What no server has to take: 8-bit text in a header, or in a body if it knows
# no 8BITMIME, lines without end, and no word about the charset.

EIGHT_BIT = ("PIPELINING", "8BITMIME")
SEVEN_BIT = ("PIPELINING",)
PHP_RAW = r"""exit(mail("bob@example.net", "Grüße aus Köln",
"Käthe\n" . str_repeat("lang ", 400) . "\n.",
"From: Ann Käthe <ann@example.org>\r\nX-A: b") ? 0 : 1);"""


def fits(m):
    """What check_message() returns, of a message in ASCII but for a body."""
    mail = check_message(m)
    assert m.head.isascii()
    return mail


def text(mail):
    return mail.get_content().replace("\r\n", "\n")


@pytest.mark.parametrize("words", [EIGHT_BIT, SEVEN_BIT],
                         ids=["8BITMIME", "7-bit"])
def test_php_without_mime(call, sendmail, plain, words):
    needs("php")
    plain.words = words
    call("php", "-n", "-d", f"sendmail_path={sendmail} -t -i", "-r", PHP_RAW)
    m = plain.messages[0]
    mail = fits(m)
    assert mail["Subject"] == "Grüße aus Köln"
    assert mail["From"] == "Ann Käthe <ann@example.org>"
    assert mail["X-A"] == "b"
    assert text(mail) == "Käthe\n" + "lang " * 400 + "\n.\n"
    assert words == EIGHT_BIT or m.body.isascii()


@pytest.mark.parametrize("words", [EIGHT_BIT, SEVEN_BIT],
                         ids=["8BITMIME", "7-bit"])
def test_bsd_mailx_8_bit(call, post, sendmail, plain, words):
    needs("bsd-mailx")
    plain.words = words
    (post.folder / "rc").write_text(f"set sendmail={sendmail}\n")
    call("bsd-mailx", "-n", "-s", "Grüße", RCPT, MAILRC=post.folder / "rc",
         stdin="Käthe\n.\n".encode())
    mail = fits(plain.messages[0])
    assert mail["Subject"] == "Grüße"
    assert text(mail) == "Käthe\n.\n"
    assert words == EIGHT_BIT or plain.messages[0].body.isascii()


@pytest.mark.parametrize("name", EXACT)
def test_exact_call_7_bit(post, plain, sendmail, name):
    flags, said = EXACT[name]
    plain.words = SEVEN_BIT
    path = post.config(post.settings(plain, set_from_header="on"))
    r = post.run(*flags, stdin=said.encode(), program=sendmail,
                 env={"POSTHORN_CONFIG": path})
    assert (r.code, r.err) == (0, "")
    mail = fits(plain.messages[0])
    assert plain.messages[0].body.isascii()
    assert text(mail).strip() == said.replace("\r\n", "\n").partition(
        "\n\n")[2].replace("=C3=A4", "ä").strip()
