"""Callers that mean harm, or too much of something.

Whatever is asked for, the exit code tells the truth, standard error says so
in lines of "posthorn: ...", and the server gets whole messages or none.
"""

import os
import pwd
import shutil
import subprocess
import threading

import pytest

from conftest import (NOBODY, ONE, PATIENCE, RCPT, Result,
                      check_output, one_message, quiet, said, verbs)

OK, USAGE, DATA, NOUSER, CONFIG = 0, 64, 65, 67, 78
MANY = 10000
LONG = "x" * 100000             # an argument may have 131071 octets on Linux


# A line end where none belongs.

ENDS = {"LF": "\n", "CRLF": "\r\n", "CR": "\r"}
EVIL = "{end}RCPT TO:<eve@example.net>"
INJECTED = {
    "-f": (["-f", "ann@example.org>" + EVIL, RCPT], DATA),
    "-f, quoted": (["-f", '"ann' + EVIL + '"@example.org', RCPT], DATA),
    "-r": (["-r", "ann@example.org" + EVIL, RCPT], DATA),
    "-F": (["-F", "Ann" + EVIL, RCPT], DATA),
    "a recipient": (["bob@example.net>" + EVIL], DATA),
    "a recipient, quoted": (['"bob' + EVIL + '"@example.net'], DATA),
    "a recipient's domain": (["bob@[127.0.0.1" + EVIL + "]"], DATA),
    "-V": (["-V", "id" + EVIL, RCPT], USAGE),
    "-N": (["-N", "never" + EVIL, RCPT], USAGE),
    "-R": (["-R", "full" + EVIL, RCPT], USAGE),
    "-B": (["-B", "8BITMIME" + EVIL, RCPT], OK),
    "-L": (["-L", "tag" + EVIL, RCPT], OK),
    "-O": (["-O", "LogFile=x" + EVIL, RCPT], OK),
    "-p": (["-p", "SMTP:host" + EVIL, RCPT], OK),
}


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("where", INJECTED)
def test_line_end_in_an_argument(post, plain, config, where, end):
    args, code = INJECTED[where]
    log = post.folder / "log"
    r = post.run("-C", config, f"--logfile={log}",
                 *(a.replace("{end}", ENDS[end]) for a in args))
    assert r.code == code
    assert not any("eve" in c for c in plain.commands)
    if code == OK:
        quiet(r)
        one_message(plain)
        assert verbs(plain) == ONE
        assert log.read_text().count("\n") == 1
    else:
        said(r, lines=2 if where.startswith("a rec") else 1)
        assert plain.messages == []


@pytest.mark.parametrize("end", ENDS)
def test_line_end_in_the_environment(post, plain, end):
    evil = "ann" + EVIL.replace("{end}", ENDS[end])
    path = post.config(post.settings(plain, **{"from": None}, auto_from="on",
                                     maildomain="example.org"))
    quiet(post.run("-C", path, RCPT, env={
        name: evil for name in ("LOGNAME", "USER", "HOSTNAME", "NAME",
                                "EMAIL", "MAILNAME", "MAIL")}))
    name = pwd.getpwuid(os.geteuid()).pw_name
    one_message(plain, sender=f"{name}@example.org")
    assert verbs(plain) == ONE


# Ends of data as servers have misread them, and commands behind them.
SMUGGLED = b"MAIL FROM:<ann@example.org>\r\nRCPT TO:<eve@example.net>\r\n" \
    b"DATA\r\nSubject: evil\r\n\r\nevil\r\n.\r\nQUIT\r\n"
DOTS = [b"\r\n.\r\n", b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r", b"\r.\r\n",
        b"\r\n.\r", b"\n\r.\r\n", b"\r\r\n.\r\r\n", b"\n.\r", b"\r.\n",
        b"\r\n..\r\n", b"\n\n.\n\n"]


@pytest.mark.parametrize("part", ["header", "body", "to"])
@pytest.mark.parametrize("dot", DOTS, ids=repr)
def test_smuggled_end_of_data(post, plain, config, part, dot):
    """RFC 5321 4.1.1.4: CRLF . CRLF, and nothing else, and that only once."""
    head = {"header": b"Subject: x" + dot + SMUGGLED,
            "body": b"Subject: x\n\nx" + dot + SMUGGLED,
            "to": b"To: bob@example.net" + dot + SMUGGLED + b"\nX-A: y\n"}
    r = post.run("-C", config, "-i", RCPT, stdin=head[part])
    quiet(r)
    m = one_message(plain)
    assert verbs(plain) == ONE
    assert b"eve@example.net" in m.text


def test_php_header_injection(post, plain, config):
    """What PHP lets through is a header of one message, and no more."""
    if shutil.which("php") is None:
        pytest.skip("php is not installed")
    sendmail = post.link("sendmail")
    code = r'mail("bob@example.net", "x\r\nBcc: a@example.net", "hello", ' \
        r'["X-A" => "y\r\n .\r\n MAIL FROM:<eve@example.net>"]);' \
        r'mail("bob@example.net", "x", "hello", "X-A: y\r\n.\r\n' \
        r'MAIL FROM:<eve@example.net>\r\nRCPT TO:<eve@example.net>\r\nDATA");'
    subprocess.run(["php", "-n", "-d", f"sendmail_path={sendmail} -t -i",
                    "-r", code], cwd=post.folder, timeout=PATIENCE,
                   env=post.environment({"POSTHORN_CONFIG": config}),
                   check=True)
    assert verbs(plain) == ONE + ONE
    assert [m.to for m in plain.messages] == [[RCPT], [RCPT]]


# Flags through mail()'s fifth parameter, by the user of a web server.

@pytest.mark.parametrize("flags", ["-X{}", "-X {}", "-i -X{} -v"])
def test_php_writes_no_file(web, shared, plain, flags):
    for target in (web.own / "shell.php", web.folder / "shell.php"):
        r = web.php(flags.format(target), shared)
        assert r.code == 1
        said(r, "-X")
        assert not target.exists()
    assert plain.sessions == []


@pytest.mark.parametrize("flags", [
    "-OQueueDirectory={0}/q -OLogFile={0}/l", "-oQ{0}/q -or1d",
    "-O DeadLetterDrop={0}/d", "-D {0}/d", "-odq -oQ{0}/q"])
def test_php_options_of_sendmail_create_nothing(web, shared, plain, flags):
    quiet(web.php(flags.format(web.own), shared))
    one_message(plain)
    assert list(web.own.iterdir()) == []


def test_php_with_a_configuration_of_an_attacker(web, post, plain, shared):
    """It is read, and its commands run, as the user that the caller is."""
    proof = web.own / "proof"
    evil = web.config(
        post.settings(plain, **{"from": None}) +
        f'eval "id -ru >{proof}; id -u >>{proof}; echo from ann@example.org"\n',
        name="evil")
    r = web.php(f"-C{evil}", shared)
    assert proof.read_text().split() == [str(NOBODY)] * 2
    assert proof.stat().st_uid == NOBODY
    assert proof.stat().st_mode & 0o022 == 0
    assert (r.code, r.err) == (OK, "")


@pytest.mark.parametrize("mode", [0o600, 0o640])
def test_php_with_a_configuration_of_root(web, post, plain, shared, mode):
    hidden = web.config("password hunter-2\n" + post.settings(plain),
                        name="hidden", mode=mode)
    r = web.php(f"-C{hidden}", shared)
    assert r.code == 1
    said(r, str(hidden), "permission denied")
    assert plain.sessions == []


@pytest.mark.parametrize("flags", [
    "-fann@example.org>\nRCPT TO:<eve@example.net",
    "-fann@example.org\r\nRCPT", "'-fann@example.org\nRCPT'",
    "-FAnn\rBcc:eve@example.net"], ids=repr)
def test_php_line_end_in_the_fifth_argument(web, shared, plain, flags):
    """The shell between them takes some away, and we refuse the rest."""
    r = web.php(flags, shared)
    assert r.code == 1
    said(r, lines=r.err.count("\n"))
    assert plain.sessions == []


# Much of everything.

PEOPLE = [f"r{i}@example.net" for i in range(MANY)]


@pytest.mark.parametrize("how", ["arguments", "To", "Bcc", "To, one line"])
def test_many_recipients(post, plain, config, how, soon):
    if how == "arguments":
        r = post.run("-C", config, *PEOPLE, timeout=soon)
    else:
        field, _, flat = how.partition(", ")
        between = ", " if flat else ",\n "
        text = f"{field}: {between.join(PEOPLE)}\nSubject: x\n\nhello\n"
        r = post.run("-C", config, "-t", stdin=text.encode(), timeout=soon)
    quiet(r)
    m = one_message(plain, to=PEOPLE)
    assert max(map(len, m.head.split(b"\r\n"))) <= 998


def test_many_recipients_of_whom_one_is_refused(post, plain, config, soon):
    plain.on(f"RCPT TO:<{PEOPLE[777]}>", "550 5.1.1 no such user")
    r = post.run("-C", config, *PEOPLE, timeout=soon)
    assert r.code == NOUSER
    assert r.err.startswith("posthorn: ") and PEOPLE[777] in r.err
    assert len(plain.messages[0].to) == MANY - 1


@pytest.mark.parametrize("args, code", [
    (["-i"] * 20000 + [RCPT], OK), ([RCPT] * 20000, OK),
    (["-f", "ann@example.org"] * 5000 + [RCPT], OK),
    (["--port=1"] * 3000 + ["-bv", RCPT], OK)],
    ids=["flags", "recipients", "senders", "keywords"])
def test_many_arguments(post, plain, config, args, code, soon):
    r = post.run("-C", config, *args, timeout=soon)
    assert (r.code, r.err) == (code, "")
    if "-bv" not in args:
        one_message(plain)


@pytest.mark.parametrize("args, code", [
    ([LONG], DATA), ([LONG + "@example.net"], DATA),
    (["bob@" + LONG], DATA), (["," * 100000], USAGE),
    (["(" * 100000], DATA), (["<" * 100000], DATA), (["a:" * 50000], DATA),
    (['"' + "\\" * 99999], DATA), (["@" * 100000], DATA),
    (["-f", LONG + "@example.org", RCPT], DATA),
    (["-F", LONG, RCPT], DATA), (["-V", LONG, RCPT], USAGE),
    (["-C", LONG, RCPT], CONFIG), (["-a", LONG, RCPT], CONFIG),
    (["-" + LONG, RCPT], OK), (["--" + LONG, RCPT], USAGE)],
    ids=lambda a: a[0][:4] + "..." if isinstance(a, list) else str(a))
def test_long_argument(post, plain, config, args, code, soon):
    r = post.run("-C", config, *args, timeout=soon)
    assert r.code == code
    assert len(r.err) < 2000
    if code == OK:
        one_message(plain)
    else:
        said(r, lines=r.err.count("\n"))
        assert plain.messages == []


HEADERS = {
    "many fields": (b"", b"X-A: " + b"y" * 60 + b"\n"),
    "a folded field": (b"Subject: x\n", b" " + b"y" * 60 + b"\n"),
    "one line": (b"Subject: ", b"y" * 60),
    "a list of recipients": (b"To: a@example.net\n", b" ,b@example.net\n"),
}


@pytest.mark.parametrize("form", HEADERS)
def test_header_of_64_mib(post, plain, config, form, soon, sanitized):
    start, piece = HEADERS[form]
    with open(post.folder / "input", "wb") as f:
        f.write(start)
        for _ in range(64):
            f.write(piece * (1024 * 1024 // len(piece) + 1))
        f.write(b"\n\nhello\n")
    with open(post.folder / "input", "rb") as f, \
            open(post.folder / "err", "wb") as err:
        p = post.start("-C", config, "-t", RCPT, stdin=f, stderr=err)
        deadline = threading.Timer(soon, p.kill)
        deadline.start()
        _, status, used = os.wait4(p.pid, 0)
        deadline.cancel()
        p.returncode = os.waitstatus_to_exitcode(status)
    r = Result(p.returncode, "", (post.folder / "err").read_text())
    check_output(r.err)
    assert r.code == DATA
    said(r, "the header is over")
    assert plain.sessions == []
    assert sanitized or used.ru_maxrss < 200 * 1024     # KiB


@pytest.mark.parametrize("limit, size, code", [
    (2048, 1900, OK), (2048, 2100, DATA), (100000000, 40000000, OK)])
def test_header_limit(post, plain, limit, size, code, soon):
    line = b"X-A: " + b"y" * 94 + b"\n"
    path = post.config(post.settings(plain, header_limit=limit,
                                     set_msgid_header="off"))
    r = post.run("-C", path, RCPT, stdin=line * (size // 100) + b"\nhello\n",
                 timeout=soon)
    assert r.code == code
    if code == OK:
        quiet(r)
        assert len(one_message(plain).fields("X-A")) == size // 100
    else:
        said(r, "the header is over 2048 octets")
        assert plain.sessions == []
