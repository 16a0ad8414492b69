"""Real programs that call sendmail, where they are installed."""

import shutil
import subprocess

import pytest

from conftest import PATIENCE, RCPT, check_output


@pytest.fixture
def call(post, plain):
    """Run a program in a world where posthorn is the sendmail."""
    config = post.config(post.settings(plain))

    def run(*command, stdin=b"", **more):
        done = subprocess.run(
            [str(c) for c in command], input=stdin, capture_output=True,
            cwd=post.folder, timeout=PATIENCE,
            env=post.environment({"POSTHORN_CONFIG": config, **more}))
        text = (done.stdout + done.stderr).decode("utf-8", "replace")
        check_output(text)
        assert done.returncode == 0, text
        return text

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
