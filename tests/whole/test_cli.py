"""The command line: each flag of sendmail's, msmtp's and our own.

A flag that has no meaning here must be skipped with its argument: it must not
become a recipient, and the message must still go.
"""

import os
import re
import shutil
import subprocess

import pytest

from conftest import MESSAGE, NOBODY, RCPT

OK, USAGE, DATA, UNAVAILABLE, CONFIG = 0, 64, 65, 69, 78


def ids(rows):
    return [" ".join(row if isinstance(row, (list, tuple)) else [row])
            or "none" for row in rows]


def sent(post, server, *args, to=(RCPT,), **more):
    """Submit; the one message that the server then has."""
    r = post.submit(server, *args, **more)
    assert (r.code, r.err) == (OK, "")
    assert len(server.messages) == 1
    assert server.messages[0].to == list(to)
    return server.messages[0]


IGNORED = [
    ["-A", "c"], ["-Am"], ["-Ac"], ["-G"], ["-h", "3"], ["-h3"], ["-L", "tag"],
    ["-Ltag"], ["-m"], ["-n"], ["-p", "ESMTP"], ["-pESMTP:host"], ["-Q"],
    ["-Qreason"], ["-s"], ["-S"], ["-T"], ["-U"], ["-x"], ["-c"], ["-J"],
    ["-M", "id"], ["-Mid"], ["-E"], ["-D", "file"], ["-Dfile"], ["-B",
    "8BITMIME"], ["-B8BITMIME"], ["-B7BIT"], ["-O", "DeliveryMode=b"],
    ["-ODeliveryMode=b"], ["-bm"], ["-b", "m"], ["-i"], ["-oi"], ["-o", "i"],
    ["-oitrue"], ["-oem"], ["-oep"], ["-oeq"], ["-oew"], ["-oee"], ["-em"],
    ["-ep"], ["-eq"], ["-ew"], ["-ee"], ["-e", "m"], ["-odi"], ["-odb"],
    ["-odf"], ["-odq"], ["-odd"], ["-o", "di"], ["-om"], ["-oo"], ["-o7"],
    ["-o8"], ["-oA/etc/aliases"], ["-oA", "/etc/aliases"], ["-oQ/var/spool"],
    ["-oQ", "/var/spool"], ["-oL9"], ["-oT3d"], ["-oT", "3d"], ["-or1h"],
    ["-or", "1h"], ["-os"], ["-oMxval"], ["-F", "Ann"], ["-FAnn"],
    ["-N", "success"], ["-Nnever"], ["-R", "hdrs"], ["-RFULL"], ["-V", "id1"],
    ["-Vid1"], ["-im"], ["-Gimn"], ["-iFAnn"], ["-ioem"], ["-ie", "m"],
]


@pytest.mark.parametrize("flags", IGNORED, ids=ids(IGNORED))
def test_flag_is_taken_with_its_argument(post, plain, flags):
    sent(post, plain, *flags, RCPT)


@pytest.mark.parametrize("flags", IGNORED, ids=ids(IGNORED))
def test_flag_may_follow_the_recipient(post, plain, flags):
    sent(post, plain, RCPT, *flags)


def test_all_of_them_at_once(post, plain):
    flags = [f for row in IGNORED for f in row]
    sent(post, plain, *flags, RCPT)


SENDERS = [["-f", "eve@example.com"], ["-feve@example.com"],
           ["-r", "eve@example.com"], ["-reve@example.com"],
           ["-if", "eve@example.com"], ["-tifeve@example.com"],
           ["--from=eve@example.com"], ["--from", "eve@example.com"],
           ["-f", "<eve@example.com>"], ["-f", "Eve <eve@example.com>"]]


@pytest.mark.parametrize("flags", SENDERS, ids=ids(SENDERS))
def test_sender(post, plain, flags):
    m = sent(post, plain, *flags, RCPT)
    assert m.sender == "eve@example.com"


@pytest.mark.parametrize("flags", [["-f", ""], ["-f", "<>"], ["-f<>"],
                                   ["--from="]], ids=ids)
def test_null_sender(post, plain, flags):
    assert sent(post, plain, *flags, RCPT).sender == ""


@pytest.mark.parametrize("settings, domain", [
    ({"maildomain": "mail.example.com"}, "mail.example.com"),
    ({}, "example.org")], ids=["maildomain", "from"])
def test_bare_sender_is_qualified(post, plain, settings, domain):
    m = sent(post, plain, "-f", "root", RCPT, settings=settings)
    assert m.sender == f"root@{domain}"


def test_bare_sender_is_always_qualified(post, plain):
    m = sent(post, plain, RCPT, settings={"from": None, "auto_from": "on"})
    assert m.sender.partition("@")[2] != ""


@pytest.mark.parametrize("settings", [
    {"maildomain": "b\u00fccher.example"},
    {"from": "ann@b\u00fccher.example"}], ids=["maildomain", "from"])
def test_bare_sender_is_qualified_for_the_wire(post, plain, settings):
    m = sent(post, plain, "-f", "root", RCPT, settings=settings)
    assert m.sender == "root@xn--bcher-kva.example"


def test_sender_that_does_not_parse(post, plain):
    r = post.submit(plain, "-f", "a b@example.org", RCPT)
    assert r.code == DATA
    assert "envelope sender" in r.err
    assert plain.messages == []


def test_sender_cannot_smuggle(post, plain):
    r = post.submit(plain, "-f", "a@example.org>\r\nRCPT TO:<x@example.org",
                    RCPT)
    assert r.code == DATA
    assert plain.messages == []


FULL_NAMES = {"Ann": "Ann <ann@example.org>",
              "Ann B. C": '"Ann B. C" <ann@example.org>',
              "Käthe": "=?UTF-8?B?S8OkdGhl?= <ann@example.org>",
              'a"b': '"a\\"b" <ann@example.org>'}


@pytest.mark.parametrize("name", FULL_NAMES)
def test_full_name(post, plain, name):
    m = sent(post, plain, "-F", name, RCPT)
    assert m.fields("From") == [FULL_NAMES[name]]


def test_full_name_leaves_a_from_alone(post, plain):
    m = sent(post, plain, "-F", "Ann", RCPT,
             stdin=b"From: x@example.org\n\n")
    assert m.fields("From") == ["x@example.org"]


def test_recipients_from_arguments(post, plain):
    sent(post, plain, "a@example.org", "b@example.org",
         to=["a@example.org", "b@example.org"])


def test_argument_is_an_address_list(post, plain):
    sent(post, plain, "Ann <a@example.org>, b@example.org",
         "two: c@example.org, d@example.org;",
         to=[f"{c}@example.org" for c in "abcd"])


def test_options_after_recipients(post, plain):
    m = sent(post, plain, RCPT, "-f", "x@example.org", "-i", "c@example.org",
             to=[RCPT, "c@example.org"])
    assert m.sender == "x@example.org"


def test_double_dash_ends_options(post, plain):
    sent(post, plain, "-i", "--", "-f@example.org", to=["-f@example.org"])


DSN = [
    (["-N", "success,failure,delay", "-R", "hdrs", "-V", "id+1"],
     ["RET=HDRS", "ENVID=id+2B1"], "NOTIFY=SUCCESS,FAILURE,DELAY"),
    (["-N", "NEVER"], [], "NOTIFY=NEVER"),
    (["-Nfailure", "-Rfull"], ["RET=FULL"], "NOTIFY=FAILURE"),
    (["--dsn-notify=success", "--dsn-return=hdrs"], ["RET=HDRS"],
     "NOTIFY=SUCCESS"),
]


@pytest.mark.parametrize("flags, mail, rcpt", DSN,
                         ids=[" ".join(row[0]) for row in DSN])
def test_dsn(post, plain, flags, mail, rcpt):
    m = sent(post, plain, *flags, RCPT)
    given = [p.upper() for p in m.params]
    for p in mail:
        assert p.upper() in given
    assert rcpt in [p.upper() for p in m.rcpts[0][1]]


def test_dsn_where_there_is_none(post, serve):
    server = serve(words=["PIPELINING"])
    r = post.submit(server, "-N", "success", "-R", "hdrs", "-V", "x", "-v",
                    RCPT)
    assert r.code == OK
    assert server.messages[0].params == []
    assert server.messages[0].rcpts == [(RCPT, [])]
    assert "DSN" in r.err or "report" in r.err


def test_dsn_off(post, plain):
    """As msmtp takes it, over what the configuration says."""
    m = sent(post, plain, "--dsn-notify=off", "--dsn-return=off", RCPT,
             settings={"dsn_notify": "failure", "dsn_return": "hdrs"})
    assert not any(p.startswith("RET=") for p in m.params)
    assert m.rcpts[0][1] == []


BAD_USAGE = [["-N", "sometimes"], ["-N", "never,success"], ["-R", "half"],
             ["-bt"], ["-bd"], ["-bD"], ["-bh"], ["-bH"], ["-bC"], ["-bP"],
             ["-ba"], ["-bS"], ["-bz"], ["-b", "t"], ["-z"], ["-iz"],
             ["--nonsense"], ["--password=x"], ["-f"], ["-C"], ["-a"],
             ["--from"], ["--help=x"], ["-V", ""], ["-V", "x" * 101],
             ["-V", "a\nb"], ["-V", "ü"], ["--proxy-password=x"],
             ["-O", "Priority=ten"], ["-OPriority=10"], ["-OPriority="],
             ["-ORequireTLS=maybe"], ["-ODeliverBy=0"], ["-OHoldFor=1h"],
             ["-OHoldUntil=tomorrow"], ["-O"], ["-ORequireTSL=yes"]]


@pytest.mark.parametrize("flags", BAD_USAGE, ids=ids(BAD_USAGE))
def test_usage_error_reads_nothing(post, plain, flags):
    path = post.config(post.settings(plain))
    r = post.run("-C", path, RCPT, *flags, stdin=open_pipe())
    assert r.code == USAGE
    assert r.err.startswith("posthorn: ") and r.err.count("\n") == 1
    assert plain.sessions == []


LATER = [["-q"], ["-q30m"], ["-qI", "id"], ["-qRx"], ["-qf"], ["-bp"],
         ["-b", "p"], ["-bs"], ["--rmqs"],
         ["--configure=x@example.org"], ["-iq"]]


def open_pipe():
    """A standard input that nobody writes to and that does not end: who
    reads it hangs, and fails the test by its time-out."""
    r, w = os.pipe()
    os.set_inheritable(w, False)
    open_pipe.held.append(w)
    return os.fdopen(r, "rb")


open_pipe.held = []


@pytest.fixture(autouse=True)
def close_pipes():
    yield
    while open_pipe.held:
        os.close(open_pipe.held.pop())


@pytest.mark.parametrize("flags", LATER, ids=ids(LATER))
def test_not_yet(post, plain, flags):
    path = post.config(post.settings(plain))
    r = post.run("-C", path, *flags, stdin=open_pipe(), timeout=20)
    assert r.code == UNAVAILABLE
    assert "not in this version" in r.err or "in this version" in r.err
    assert r.err.count("\n") == 1
    assert plain.sessions == []


@pytest.mark.parametrize("name, code", [("mailq", UNAVAILABLE),
                                        ("newaliases", OK)])
def test_other_names_read_nothing(post, name, code):
    r = post.run(program=post.link(name), stdin=open_pipe(), timeout=20)
    assert r.code == code
    assert r.out == ""


@pytest.mark.parametrize("name", ["sendmail", "send-mail", "posthorn"])
def test_names_that_submit(post, plain, name):
    sent(post, plain, RCPT, program=post.link(name))


@pytest.mark.parametrize("name", ["sendmail", "send-mail"])
def test_stranger_names_no_file_to_write(post, plain, name):
    """As PHP's mail() would hand it on: a page of the web, with a program."""
    page = post.folder / "evil.php"
    r = post.submit(plain, "-t", "-i", f"--logfile={page}",
                    "--logfile-time-format=<?php system('id') ?>", RCPT,
                    program=post.link(name))
    assert r.code == USAGE
    assert "--logfile: not by the name of sendmail" in r.err
    assert not page.exists()
    assert plain.sessions == []


@pytest.mark.parametrize("flag", ["-C", "--file="])
@pytest.mark.parametrize("name", ["sendmail", "send-mail"])
def test_stranger_names_no_configuration(post, plain, name, flag):
    """One that was uploaded, and runs what it likes."""
    if os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    seen = post.folder / "seen"
    text = post.settings(plain) + f"eval touch {seen}; echo port {plain.port}"
    path = post.config(text, mode=0o644)
    os.chown(path, NOBODY, -1)
    link = post.link(name)
    r = post.run(f"{flag}{path}", RCPT, program=link)
    assert r.code == CONFIG
    assert "by the name of sendmail" in r.err
    assert not seen.exists() and plain.sessions == []
    os.chown(path, 0, -1)
    assert post.run(f"{flag}{path}", RCPT, program=link).code == OK


@pytest.mark.parametrize("flags", [["-bi"], ["-I"], ["-bi", "-v"]], ids=ids)
def test_aliases_need_nothing(post, flags):
    r = post.run(*flags, stdin=open_pipe(), timeout=20)
    assert r.code == OK
    assert (r.err != "") == ("-v" in flags)


def test_no_recipients(post, plain):
    r = post.submit(plain, stdin=open_pipe(), timeout=20)
    assert r.code == USAGE
    assert "recipient" in r.err


@pytest.mark.parametrize("nobody", ["", ",", "(a)", "us:;"])
def test_arguments_that_name_nobody(post, plain, nobody):
    r = post.submit(plain, nobody)
    assert r.code == USAGE
    assert "To, Cc" not in r.err
    assert plain.sessions == []


def test_no_recipients_in_the_message(post, plain):
    r = post.submit(plain, "-t")
    assert r.code == DATA
    assert "recipient" in r.err
    assert plain.sessions == []


def test_bad_recipient_is_refused_by_name(post, plain):
    r = post.submit(plain, "a b@example.org", RCPT)
    assert r.code == DATA
    assert "a b@example.org" in r.err
    assert plain.messages[0].to == [RCPT]


def test_recipient_without_domain_is_refused(post, plain):
    r = post.submit(plain, "root", RCPT)
    assert r.code == 67
    assert "<root>" in r.err
    assert plain.messages[0].to == [RCPT]


def test_who_has_it_is_told_beside_the_refused(post, plain):
    r = post.submit(plain, "a b", RCPT)
    assert r.code == DATA
    assert f"<{RCPT}>" in r.err


def test_only_bad_recipients(post, plain):
    r = post.submit(plain, "a b@example.org")
    assert r.code == DATA
    assert plain.sessions == []


def test_help(post):
    r = post.run("--help", stdin=open_pipe(), timeout=20)
    assert (r.code, r.err) == (OK, "")
    assert r.out.startswith("usage: ")
    for flag in ("-t", "-i", "-f", "-F", "-a", "-C", "-N", "-R", "-V", "-v",
                 "-d", "--help", "--version"):
        assert re.search(rf"(?m)^ .*(?<!\S){flag}(?![\w-])", r.out), flag


def test_version(post):
    r = post.run("--version", stdin=open_pipe(), timeout=20)
    assert (r.code, r.err) == (OK, "")
    assert re.match(r"posthorn \d+\.\d+", r.out)
    for word in ("GnuTLS 3.", "libgsasl ", "libidn2 ", "STARTTLS",
                 "CHUNKING", "BINARYMIME", "LIMITS", "REQUIRETLS",
                 "MT-PRIORITY", "DELIVERBY", "FUTURERELEASE", "LMTP", "SOCKS",
                 "SCRAM-SHA-256", "posthorn/config"):
        assert word in r.out


def test_version_that_cannot_be_written(post):
    if not os.path.exists("/dev/full"):
        pytest.skip("no /dev/full here")
    with open("/dev/full", "wb") as full:
        r = post.run("--version", stdout=full)
    assert r.code == 74


def test_list_keywords(post):
    r = post.run("--list-keywords", stdin=open_pipe(), timeout=20)
    assert r.code == OK
    words = r.out.split()
    for word in ("host", "port", "passwordeval", "tls_starttls", "dsn_notify"):
        assert word in words


def test_verify_sends_nothing(post, plain):
    r = post.submit(plain, "-bv", "Ann <a@example.org>, b@EXAMPLE.org",
                    stdin=open_pipe(), timeout=20)
    assert r.code == OK
    assert "<a@example.org>" in r.out and "<b@example.org>" in r.out
    assert "localhost" in r.out
    assert plain.sessions == []


def test_verify_with_the_message(post, plain):
    r = post.submit(plain, "-bv", "-t", stdin=b"To: a@example.org\n\n")
    assert r.code == OK
    assert "<a@example.org>" in r.out
    assert plain.sessions == []


def test_verify_shows_no_control_characters(post, plain):
    r = post.submit(plain, "-bv", "a\u009b31m@example.org")
    assert r.code == OK
    assert "\u009b" not in r.out


def test_recipient_cannot_write_fields_of_the_log(post, plain):
    r = post.submit(plain, "--logfile=-", '"x exitcode=y"@example.org')
    assert " exitcode=y" not in r.out


def test_verify_tells_a_bad_address(post, plain):
    r = post.submit(plain, "-bv", "a b@example.org", RCPT,
                    stdin=open_pipe(), timeout=20)
    assert r.code == DATA
    assert f"<{RCPT}>" in r.out


WISHES = [
    (["-ORequireTLS=yes"], "requiretls on"),
    (["-O", "requiretls"], "requiretls on"),
    (["-O", "Priority=-9"], "priority -9"),
    (["-ODeliverBy=120"], "deliver_by 120;R"),
    (["-ODeliverBy=-1;NT"], "deliver_by -1;NT"),
    (["-Oholdfor=60"], "hold_for 60"),
    (["-OHoldUntil=9000-01-01T01:00:00+01:00"],
     "hold_until 9000-01-01T00:00:00Z"),
    (["--mail-auth=<>"], "mail_auth <>"),
    (["--mail-auth", "Ann <ann@Example.com>"], "mail_auth ann@example.com"),
]


@pytest.mark.parametrize("flags, line", WISHES,
                         ids=ids(row[0] for row in WISHES))
def test_verify_shows_what_is_asked_for(post, secure, flags, line):
    """On the command line, over what the configuration says."""
    r = post.submit(secure, "-bv", *flags, RCPT, settings={
        "priority": "5", "hold_for": "9", "requiretls": "off",
        "deliver_by": "7", "mail_auth": "bob@example.org"})
    assert (r.code, r.err) == (OK, "")
    assert f"account default: {line}\n" in r.out
    keyword = line.split()[0]
    assert r.out.count(f": {keyword} ") == 1


def test_wish_of_the_configuration_is_taken_away(post, secure):
    r = post.submit(secure, "-bv", "-ORequireTLS=no", RCPT,
                    settings={"requiretls": "on"})
    assert r.code == OK
    assert "requiretls" not in r.out


def test_time_that_is_over(post, secure):
    r = post.submit(secure, "-OHoldUntil=2020-01-01", RCPT)
    assert r.code == USAGE
    assert "is over" in r.err
    assert secure.sessions == []


def test_unknown_option_is_named_with_verbose(post, plain):
    r = post.submit(plain, "-v", "-ODeadLetterDrop=/x", "-O", "X\033[1m",
                    RCPT)
    assert r.code == OK
    assert "posthorn: -O DeadLetterDrop: no such option" in r.err
    assert "\033" not in r.err


@pytest.mark.parametrize("value", ["abc", "-3"])
def test_time_that_is_none_is_named_with_verbose(post, plain, value):
    r = post.submit(plain, "-v", f"-or{value}", RCPT)
    assert r.code == OK
    assert f"posthorn: -or {value}: no time such as 1h30m; it is ignored" \
        in r.err


def test_dots_by_name(post, plain):
    m = sent(post, plain, "-OIgnoreDots=True", RCPT,
             stdin=b"\n.\nmore\n")
    assert m.body == b".\r\nmore\r\n"


WAYS = [
    (["--host=a.example srv:b.example ::1"],
     "a.example:{port}, srv:b.example, [::1]:{port}, no tls", None),
    (["--source-ip=127.0.0.1,::1"], "from 127.0.0.1 ::1", None),
    (["--proxy-host=p.example"], "by the SOCKS proxy p.example:1080", None),
    (["--proxy-host=p.example", "--proxy-port=9"],
     "by the SOCKS proxy p.example:9", None),
    (["--connect-command=ssh -W %h:%p gw"], "by its connect_command\n",
     None),
    (["--socket=/run/lmtp", "--protocol=lmtp"],
     "/run/lmtp, lmtp, no tls", "proxy_host gone.example\n"),
]


@pytest.mark.parametrize("flags, line, more", WAYS,
                         ids=ids(row[0] for row in WAYS))
def test_verify_shows_the_way(post, plain, flags, line, more):
    """What is said on the command line wins over another way."""
    path = post.config(post.settings(plain) + (more or ""))
    r = post.run("-C", path, "-a", "default", "-bv", *flags, RCPT)
    assert (r.code, r.err) == (OK, "")
    assert "account default: " + line.format(port=plain.port) in r.out
    assert "gone.example" not in r.out
    assert plain.sessions == []


def test_help_fits_into_a_terminal(post):
    r = post.run("--help")
    assert [line for line in r.out.splitlines() if len(line) > 80] == []


def test_quiet_errors(post, plain):
    plain.on("RCPT", "550 5.1.1 no such user")
    r = post.submit(plain, "-oeq", RCPT)
    assert (r.code, r.err) == (67, "")


def test_verbose_tells_the_story(post, plain):
    r = post.submit(plain, "-v", RCPT)
    assert r.code == OK
    assert f"localhost:{plain.port}" in r.err
    assert "sent" in r.err
    assert "C: MAIL" not in r.err


@pytest.mark.parametrize("flag", ["-d", "-d9", "-d0.1", "--debug"])
def test_debug_shows_the_dialogue(post, plain, flag):
    r = post.submit(plain, flag, RCPT)
    assert r.code == OK
    assert "C: MAIL FROM:<ann@example.org>" in r.err
    assert "S: 250" in r.err


KEYWORDS = [["--host=localhost", "--port={port}", "--tls=off"],
            ["--host", "localhost", "--port", "{port}", "--tls", "off"]]


@pytest.mark.parametrize("flags", KEYWORDS, ids=["attached", "separate"])
def test_keywords_without_a_file(post, plain, flags):
    if flags[-1] == "off":
        flags = flags[:-2] + ["--tls=off"]      # --tls may stand alone
    flags = [f.format(port=plain.port) for f in flags]
    r = post.run(*flags, "--auth=off", "-f", "ann@example.org", RCPT)
    assert (r.code, r.err) == (OK, "")
    assert plain.messages[0].to == [RCPT]


def test_account_of_the_command_line(post):
    r = post.run("-bv", "--host=mx.example", "--tls=off", "-f", RCPT, RCPT)
    assert (r.code, r.err) == (OK, "")
    assert "; on the command line\n" in r.out


def test_two_that_exclude_each_other(post):
    r = post.run("-bv", "--host=mx.example", "--hold-for=9",
                 "-OHoldUntil=9000-01-01", RCPT)
    assert r.code == USAGE
    assert "give one of them" in r.err and "line \"" not in r.err


def test_keyword_over_the_file(post, plain):
    m = sent(post, plain, "--from-full-name=Ann B", RCPT)
    assert m.fields("From") == ["Ann B <ann@example.org>"]


def test_keyword_with_a_bad_value(post, plain):
    r = post.submit(plain, "--port=x", RCPT)
    assert r.code == USAGE
    assert "port" in r.err
    assert plain.sessions == []


@pytest.mark.parametrize("flag", ["--total-timeout", "--total_timeout"])
def test_error_spells_the_option_as_it_was_typed(post, plain, flag):
    r = post.submit(plain, f"{flag}=x", RCPT)
    assert r.code == USAGE
    assert r.err.startswith(f'posthorn: {flag}: "x": want off, or a number')


def test_sender_from_the_header(post, plain):
    m = sent(post, plain, "--read-envelope-from", RCPT,
             stdin=b"From: Eve <eve@example.com>\n\n")
    assert m.sender == "eve@example.com"


def test_no_sender_in_the_header(post, plain):
    m = sent(post, plain, "--read-envelope-from", RCPT)
    assert m.sender == "ann@example.org"


def test_read_recipients(post, plain):
    sent(post, plain, "--read-recipients", to=["a@example.org"],
         stdin=b"To: a@example.org\n\n")


# What stock callers pass, word for word.

FROM_LINE = b"To: bob@example.net\nSubject: hi\n\nhello\n"
CALLERS = {
    "cron": ["-FCronDaemon", "-i", "-B8BITMIME", "-oem", RCPT],
    "anacron": ["-FAnacron", "-odi", RCPT],
    "mutt": ["-oem", "-oi", "-f", "ann@example.org", "-N", "failure",
             "-R", "hdrs", "-B8BITMIME", "--", RCPT],
    "unattended-upgrades": ["-oi", "-t"],
    "mdadm": ["-t"],
    "logwatch": ["-t"],
    "s-nail": ["-i", "-m", "-v", "-f", "ann@example.org", "-F", "Ann", "--",
               RCPT],
    "php": ["-t", "-i"],
    "php -f": ["-t", "-i", "-f", "ann@example.org"],
    "git": ["-i", "-f", "ann@example.org", RCPT],
    "git without -f": ["-i", RCPT],
    "busybox crond": ["-ti"],
    "symfony": ["-t", "-i"],
    "emacs": ["-oi", "-f", "ann@example.org", "-t"],
    "emacs -odi": ["-odi", "-oem", RCPT],
    "smartd": ["-t"],
    "at": ["-i", RCPT],
    "systemd-cron": ["-i", "-B8BITMIME", RCPT],
}


@pytest.mark.parametrize("ends", [b"\n", b"\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("caller", CALLERS)
def test_stock_caller(post, plain, caller, ends):
    path = post.config(post.settings(plain))
    r = post.run(*CALLERS[caller], stdin=FROM_LINE.replace(b"\n", ends),
                 program=post.link("sendmail"), env={"POSTHORN_CONFIG": path})
    assert r.code == OK
    assert r.err == "" or "-v" in CALLERS[caller]
    m = plain.messages[0]
    assert (m.to, m.sender) == ([RCPT], "ann@example.org")
    assert m.fields("Subject") == ["hi"]
    assert m.body == b"hello\r\n"


def test_from_a_shell(post, plain):
    """The one-liner of the manual."""
    path = post.config(post.settings(plain))
    done = subprocess.run(
        ["sh", "-c", "printf 'Subject: hi\\n\\nhello\\n' | \"$0\" " + RCPT,
         post.binary], env=post.environment({"POSTHORN_CONFIG": path}),
        capture_output=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert plain.messages[0].body == b"hello\r\n"


def test_manual_names_every_flag(post):
    """--help and the manual agree, where there is a mandoc to read it."""
    if shutil.which("mandoc") is None:
        pytest.skip("mandoc is not installed")
    page = os.path.join(os.path.dirname(__file__), "../../man/posthorn.1")
    text = subprocess.run(["mandoc", "-T", "ascii", page], text=True,
                          capture_output=True, check=True).stdout
    text = re.sub(".\b", "", text)     # bold is a letter twice
    shown = post.run("--help").out
    for flag in re.findall(r"(?<!\S)(--?[A-Za-z][\w-]*)", shown):
        if flag.startswith("--KEYWORD"):
            continue
        assert re.search(rf"(?<![\w-]){re.escape(flag)}", text), flag


def test_message_is_still_whole_with_all_the_flags(post, plain):
    m = sent(post, plain, "-oi", "-oem", "-B8BITMIME", RCPT)
    assert m.body == MESSAGE.partition(b"\n\n")[2].replace(b"\n", b"\r\n")
