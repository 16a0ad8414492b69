"""What ./bootstrap demo runs, as a user sees it."""

import os
import pathlib
import shutil
import subprocess
import sys

import pytest

from conftest import HERE, MESSAGE, PATIENCE, check_output


@pytest.fixture
def demo(post):
    """Run it, in a temporary folder that must be empty afterwards."""
    def run(stdin=b"", **env):
        tmp = post.folder / "tmp"
        tmp.mkdir()
        done = subprocess.run(
            [sys.executable, HERE / "demo.py"], input=stdin, timeout=PATIENCE,
            cwd=post.folder, capture_output=True, env=post.environment(
                {"POSTHORN": post.binary, "TMPDIR": str(tmp), **env}))
        assert list(tmp.iterdir()) == []
        out, err = done.stdout.decode(), done.stderr.decode()
        check_output(out + err)
        return done.returncode, out, err

    return run


def test_sample(demo):
    code, out, err = demo()
    assert (code, err) == (0, "")
    assert out.count("\n") < 60
    for text in ("C: EHLO", "S: 250", "C: MAIL FROM:<me@example.org>",
                 "RCPT TO:<you@example.org>", "| Subject: hi", "| hello",
                 "TLSv1.", "password ***", "~/.config/posthorn/config"):
        assert text in out
    assert "demo-secret" not in out


@pytest.mark.parametrize("message, shown", [
    (MESSAGE, "| hello"), (b"Bcc: eve@example.net\r\n\r\n.\r\nK\xe4the\x1b[1m"
                           b"\r\n", "?[1m"),
    (b"\n" + b"line\n" * 50000, "and more")],
    ids=["small", "odd", "large"])
def test_message_from_standard_input(demo, message, shown):
    code, out, err = demo(message)
    assert (code, err) == (0, "")
    assert "standard input" in out and shown in out
    assert "\x1b" not in out and "eve@example.net" not in out


def test_no_program(demo):
    code, _, err = demo(POSTHORN="/nonexistent/posthorn")
    assert code == 1
    assert "/nonexistent/posthorn" in err and "bootstrap" in err


@pytest.mark.parametrize("program", ["false", "true"])
def test_program_that_does_not_do_it(demo, program):
    code, _, err = demo(POSTHORN=shutil.which(program))
    assert code == 1
    assert err.startswith("demo: ") and err.count("\n") == 1


def test_no_openssl(demo, post):
    code, _, err = demo(PATH=str(post.folder))
    assert code == 1
    assert "openssl" in err


def test_message_that_cannot_go(demo):
    code, out, err = demo(b"References: <" + b"x" * 999 + b"@x>\n\n")
    assert code == 1
    assert "References" in out and err.startswith("demo: ")


def test_output_that_cannot_be_written(demo):
    if not os.path.exists("/dev/full"):
        pytest.skip("no /dev/full here")
    done = subprocess.run(
        ["sh", "-c", f"'{sys.executable}' '{HERE / 'demo.py'}' </dev/null "
         ">/dev/full"], capture_output=True, timeout=PATIENCE,
        env={**os.environ, "POSTHORN": str(pathlib.Path("/bin/true"))})
    assert done.returncode != 0
