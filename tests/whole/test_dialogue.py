"""-X FILE: the dialogue in a file, and the files that it does not go to.

Whoever passes flags to sendmail can name any file: PHP's mail() does it for
attackers.  What is refused ends with 77, before the message is read.
"""

import base64
import os
import re
import signal
import socket

import pytest

import server as loopback
from conftest import (MESSAGE, NOBODY, PASSWORD, RCPT, USER, check_output,
                      quiet, said)
from server import HangUp

OK, NOUSER, TEMPORARY, NOPERM = 0, 67, 75, 77
LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d (\d+) "
                  r"(>>>|<<<|===) (.*)")


def make(folder, name="log", text="", mode=0o600):
    path = folder / name
    path.write_text(text)
    path.chmod(mode)
    return path


@pytest.fixture
def log(post):
    return make(post.folder)


def lines(path):
    """(who, what) of each line; all have the form, and no secret is there."""
    text = path.read_text()
    check_output(text)
    found = [LINE.fullmatch(line) for line in text.splitlines()]
    assert text.endswith("\n") and all(found), text
    return [(m[2], m[3]) for m in found]


def shown(path, who):
    return [text for sign, text in lines(path) if sign == who]


# What is in it.

def test_dialogue(post, plain, log):
    quiet(post.submit(plain, "-X", log, RCPT))
    first, *rest = lines(log)
    assert first[0] == "===" and re.fullmatch(
        rf"posthorn \S+: account default, localhost:{plain.port}", first[1])
    ours = [text for sign, text in rest if sign == ">>>"]
    assert re.match(r"EHLO \S+", ours[0])
    assert "MAIL FROM:<ann@example.org>" in "\n".join(ours)
    assert f"RCPT TO:<{RCPT}>" in "\n".join(ours)
    theirs = [text for sign, text in rest if sign == "<<<"]
    assert theirs[0].startswith("220 ")
    assert any(text.startswith("250-") for text in theirs)
    assert len([t for t in theirs if t.startswith("250 ")]) >= 4
    assert log.stat().st_mode & 0o7777 == 0o600


def test_order(post, plain, log):
    quiet(post.submit(plain, "-X", log, RCPT))
    signs = [sign for sign, _ in lines(log)]
    assert signs[0] == "==="
    assert [s for s in signs if s != "==="][:3] == ["<<<", ">>>", "<<<"]


def test_no_message_data(post, plain, log):
    quiet(post.submit(plain, "-X", log, RCPT,
                      stdin=b"Subject: rosebud\n\nxanadu\n" * 2000))
    text = log.read_text()
    assert "rosebud" not in text and "xanadu" not in text
    assert len(text) < 4000


def test_it_is_appended(post, plain, log):
    for _ in range(3):
        quiet(post.submit(plain, f"-X{log}", RCPT))
    said_by_us = shown(log, ">>>")
    assert sum(t.startswith("EHLO ") for t in said_by_us) == 3
    assert len({LINE.fullmatch(t)[1]
                for t in log.read_text().splitlines()}) == 3


def test_beside_debug(post, plain, log):
    r = post.submit(plain, "-d", "-X", log, RCPT)
    assert r.code == OK
    assert "posthorn: C: MAIL FROM:<ann@example.org>" in r.err
    assert ">>> MAIL FROM:<ann@example.org>" in log.read_text()
    assert "configuration:" not in log.read_text()


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
@pytest.mark.parametrize("mechanism", loopback.MECHANISMS)
def test_secrets_are_hidden(post, serve, log, mechanism, tls):
    server = serve(tls=tls, auth=[mechanism])
    quiet(post.submit(server, "-X", log, RCPT))
    said_by_us = shown(log, ">>>")
    start = next(i for i, t in enumerate(said_by_us)
                 if t.startswith(f"AUTH {mechanism}"))
    assert re.fullmatch(rf"AUTH {mechanism}( \*\*\*)?", said_by_us[start])
    after = said_by_us[start + 1:]
    answers = after[:next(i for i, t in enumerate(after)
                          if t.startswith("MAIL "))]
    assert set(answers) <= {"***", ""}
    assert server.messages[0].user == USER


@pytest.mark.parametrize("mechanism", loopback.MECHANISMS)
def test_challenges_are_hidden(post, serve, log, mechanism):
    """SCRAM's, with the proof in the last one, would do to guess with."""
    server = serve(tls="implicit", auth=[mechanism])
    r = post.submit(server, "-d", "-X", log, RCPT)
    assert r.code == OK
    for text in log.read_text(), r.err:
        found = re.findall(r"(?:<<<|S:) (334.*)", text)
        assert set(found) <= {"334 ***", "334 ", "334"}
        assert found or mechanism == "PLAIN"


@pytest.mark.parametrize("stage, mechanism", [("AUTH", "PLAIN")] + [
    ("MAIL", m) for m in loopback.MECHANISMS])
def test_secret_that_comes_back_is_hidden(post, serve, log, stage, mechanism):
    """As it is and in base64, though it may not have been sent."""
    server = serve(tls="implicit", auth=[mechanism])
    coded = base64.b64encode(PASSWORD.encode()).decode()
    server.on(stage, f"535 5.7.8 no, {PASSWORD} ({coded}) is not right")
    path = post.folder / "logfile"
    r = post.submit(server, "-X", log, RCPT, settings={"logfile": path})
    assert r.code == NOPERM
    for text in log.read_text(), r.err, path.read_text():
        assert PASSWORD not in text and coded not in text
    assert any(t.startswith("535 ") for t in shown(log, "<<<"))


def test_reason_is_in_it(post, plain, log):
    plain.on("CONNECT", HangUp())
    r = post.submit(plain, "-X", log, RCPT)
    assert r.code == TEMPORARY
    assert shown(log, "===")[-1] == r.err.strip().removeprefix("posthorn: ")


def test_what_a_server_says_is_escaped(post, plain, log):
    plain.on("RCPT", "550 5.1.1 no\x1b[2J \x07such")
    assert post.submit(plain, "-X", log, RCPT).code == NOUSER
    assert any(r"no\x1B[2J \x07such" in t for t in shown(log, "<<<"))


def test_failure_is_in_it(post, plain, log):
    plain.on("MAIL", HangUp("421 4.3.2 closing"))
    post.submit(plain, "-X", log, RCPT)
    assert "421 4.3.2 closing" in shown(log, "<<<")


def test_no_program_text(post, plain, log):
    """PHP runs what is between its signs, wherever in a line it stands."""
    plain.on("RCPT", '250 <?php system("id") ?>')
    post.submit(plain, "-X", log, '"<?php evil"@example.net')
    text = log.read_text()
    assert "php evil" in text and 'system("id")' in text
    assert "<?" not in text


@pytest.mark.parametrize("flags", [["-bv"], ["-bi"], ["--version"],
                                   ["--help"]], ids=lambda f: f[0])
def test_modes_without_a_dialogue(post, plain, log, flags):
    r = post.submit(plain, *flags, "-X", log, RCPT)
    assert r.code == OK
    assert log.read_text() == ""


def test_several_at_once_do_not_mix(post, plain, log):
    path = post.config(post.settings(plain))
    running = [post.start("-C", path, "-X", log, *[
        f"r{i}@example.net" for i in range(50)]) for _ in range(4)]
    for p in running:
        quiet(post.finish(p, MESSAGE))
    assert sum(t.startswith("RCPT ") for t in shown(log, ">>>")) == 200


# What is no reason to keep the message.

def test_full_disk_is_said_once(post, plain, log):
    """The limit on a file's size stands in for it."""
    path = post.config(post.settings(plain))
    limited = post.start("-c", 'ulimit -f 1; exec "$@"', "sh", post.binary,
                         "-C", path, "-X", log, *[
                             f"r{i}@example.net" for i in range(100)],
                         program="/bin/sh")
    r = post.finish(limited, MESSAGE)
    assert r.code == OK
    said(r, f"-X {log}: ", "the rest of the dialogue is not written")
    assert log.stat().st_size in (512, 1024)
    assert len(plain.messages) == 1


def test_lines_of_a_signal(post, plain, log):
    """What was said up to the end is there."""
    plain.on("RCPT", loopback.Silence())
    path = post.config(post.settings(plain))
    p = post.start("-C", path, "-X", log, RCPT)
    p.stdin.write(MESSAGE)
    p.stdin.close()
    p.stdin = None
    assert plain.wait_command("RCPT")
    p.send_signal(signal.SIGTERM)
    assert post.finish(p).code == 75
    assert any(t.startswith("RCPT ") for t in shown(log, ">>>"))


# Files that are not for it.

def refused(post, server, path, *words, **more):
    """77 with these words; nothing is read or sent."""
    r, w = os.pipe()                    # nobody writes: who reads hangs
    try:
        with os.fdopen(r, "rb") as stdin:
            got = post.submit(server, "-X", path, RCPT, stdin=stdin,
                              timeout=20, **more)
    finally:
        os.close(w)
    assert got.code == NOPERM
    said(got, "-X ", "; nothing was sent", *words)
    assert server.sessions == []


def test_missing(post, plain):
    refused(post, plain, post.folder / "log", "must be there already")
    assert not (post.folder / "log").exists()


def test_missing_folder(post, plain):
    refused(post, plain, post.folder / "none" / "log", "must be there")


def test_empty_name(post, plain):
    refused(post, plain, "", "must be there")


def test_symbolic_link(post, plain, log):
    (post.folder / "link").symlink_to(log)
    refused(post, plain, post.folder / "link", "a symbolic link")
    assert log.read_text() == ""


def test_symbolic_link_to_nothing(post, plain):
    (post.folder / "link").symlink_to(post.folder / "log")
    refused(post, plain, post.folder / "link", "a symbolic link")
    assert not (post.folder / "log").exists()


def test_hard_link(post, plain, log):
    os.link(log, post.folder / "other")
    refused(post, plain, log, "several names")
    assert log.read_text() == ""


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666, 0o777, 0o660],
                         ids=lambda m: f"{m:o}")
def test_others_can_write(post, plain, mode):
    log = make(post.folder, mode=mode)
    refused(post, plain, log, "others can write", "chmod")
    assert log.read_text() == ""


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o640],
                         ids=lambda m: f"{m:o}")
def test_others_may_read(post, plain, mode):
    quiet(post.submit(plain, "-X", make(post.folder, mode=mode), RCPT))


def test_folder(post, plain):
    refused(post, plain, post.folder, "irectory")


@pytest.mark.parametrize("reader", [False, True], ids=["alone", "read"])
def test_fifo(post, plain, reader):
    """It blocks nobody, and gets nothing."""
    os.mkfifo(post.folder / "fifo", 0o600)
    fd = os.open(post.folder / "fifo", os.O_RDONLY | os.O_NONBLOCK) \
        if reader else None
    refused(post, plain, post.folder / "fifo", "not a regular file")
    if reader:
        assert os.read(fd, 100) == b""
        os.close(fd)


def test_socket(post, plain):
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(os.path.relpath(post.folder / "socket"))
        refused(post, plain, post.folder / "socket", "not a regular file")


@pytest.mark.parametrize("device", ["/dev/null", "/dev/full", "/dev/tty"])
def test_device(post, plain, device):
    if not os.path.exists(device):
        pytest.skip(f"there is no {device}")
    refused(post, plain, device, start_new_session=True)


@pytest.mark.parametrize("name", ["/dev/stderr", "/dev/fd/2",
                                  "/proc/self/fd/2"])
def test_descriptor(post, plain, name):
    if not os.path.islink(name):
        pytest.skip(f"{name} is no link here")
    refused(post, plain, name, "a symbolic link")


@pytest.mark.parametrize("text, mode", [
    ("<?php // Silence is golden.\n", 0o600), ("<html>\n", 0o644),
    ("#!/bin/sh\n", 0o600), ("", 0o700), ("x\n", 0o655)], ids=repr)
def test_file_that_is_run(post, plain, text, mode):
    log = make(post.folder, text=text)
    log.chmod(mode)
    refused(post, plain, log, "a program or a page")
    assert log.read_text() == text


@pytest.mark.parametrize("text", [
    "2026-01-31T12:00:00.000+00:00 1 >>> EHLO x\n", "my notes\n", "\n"])
def test_file_that_goes_on(post, plain, text):
    log = make(post.folder, text=text)
    quiet(post.submit(plain, "-X", log, RCPT))
    assert log.read_text().startswith(text)
    assert f">>> RCPT TO:<{RCPT}>" in log.read_text()


def test_file_that_cannot_be_read(web, shared, plain):
    """What is in it is not known."""
    log = make(web.own, mode=0o200)
    os.chown(log, NOBODY, -1)
    r = web.run("-C", shared, "-X", log, RCPT)
    assert r.code == NOPERM
    said(r, "ermission denied")
    assert plain.sessions == []


@pytest.mark.parametrize("mode", [0o600, 0o644], ids=lambda m: f"{m:o}")
def test_file_of_another_user(web, shared, plain, mode):
    log = make(web.folder, mode=mode)
    r = web.run("-C", shared, "-X", log, RCPT)
    assert r.code == NOPERM
    said(r, "-X ", "ermission denied")
    assert log.read_text() == ""
    assert plain.sessions == []


def test_file_of_another_user_for_root(web, post, plain):
    """He who can write everywhere is not to be led."""
    log = make(web.own)
    os.chown(log, NOBODY, -1)
    refused(post, plain, log, "another user's")
    assert log.read_text() == ""


# Through mail()'s fifth parameter.

def of_nobody(path):
    os.chown(path, NOBODY, -1)
    return path


@pytest.mark.parametrize("flags", ["-X{}", "-X {}", "-i -X{} -v",
                                   "-X{} -OQueueDirectory=/tmp"])
@pytest.mark.parametrize("text", ["<?php // Silence is golden.\n",
                                  "<!DOCTYPE html>\n"], ids=["php", "html"])
def test_php_writes_into_no_page(web, shared, plain, flags, text):
    """The pages are the web server's own, as many set them up."""
    page = of_nobody(make(web.own, "index.php", text, 0o644))
    r = web.php(flags.format(page), shared)
    assert r.code == 1
    said(r, "-X ", "a program or a page")
    assert page.read_text() == text
    assert plain.sessions == []


def test_php_follows_no_link(web, shared, plain):
    target = make(web.folder, "target", "", 0o666)
    (web.own / "link").symlink_to(target)
    r = web.php(f"-X{web.own}/link", shared)
    assert r.code == 1
    said(r, "-X ", "a symbolic link")
    assert target.read_text() == ""
    assert plain.sessions == []


def test_php_with_an_empty_file(web, shared, plain):
    """It is what -X asks for; what is written there runs nowhere."""
    log = of_nobody(make(web.own, "empty.php", "", 0o644))
    quiet(web.php(f"-X{log}", shared))
    assert f"RCPT TO:<{RCPT}>" in "\n".join(shown(log, ">>>"))
