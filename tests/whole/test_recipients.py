"""Who gets the message: aliases, a default domain, and what To and Cc say.

Each test has a file of aliases of its own, so that the machine's counts in
none but where that is the point.
"""

import os
import shutil
import socket
import subprocess
import time

import pytest

from conftest import PATIENCE, RCPT

OK, USAGE, DATA, NOUSER, CONFIG = 0, 64, 65, 67, 78
HOST = socket.gethostname()

ALIASES = """# who is who
root: ann@example.org, bob
bob: "Bob B." <bob@example.net>
Postmaster: root
tag: ann+tag@example.org
staff: :include:{folder}/staff
command: |touch {folder}/touched
mixed: |touch {folder}/touched, {folder}/touched, eve@example.org
here: root@localhost
loop: loop2
loop2: loop, eve@example.org
self: self@localhost
bare: carl
"""
STAFF = "ann@example.org\nEve <eve@example.org>, bob # the one\n"


@pytest.fixture
def aliases(post):
    (post.folder / "staff").write_text(STAFF)
    path = post.folder / "aliases"
    path.write_text(ALIASES.format(folder=post.folder))
    return path


def submit(post, server, aliases, *args, settings=None, **more):
    words = {"aliases": aliases}
    words.update(settings or {})
    return post.submit(server, *args, settings=words, **more)


def sent(post, server, aliases, *args, **more):
    r = submit(post, server, aliases, *args, **more)
    assert (r.code, r.err) == (OK, "")
    return server.messages[0]


ROOT = ["ann@example.org", "bob@example.net"]
FOUND = {
    "root": ROOT, "ROOT": ROOT, "root@localhost": ROOT,
    "root@LOCALHOST.localdomain": ROOT, f"root@{HOST}": ROOT,
    f"Root@{HOST.upper()}": ROOT, "Charlie <root>": ROOT,
    "root (Cron)": ROOT, "postmaster": ROOT, "here": ROOT,
    "root, bob, root@localhost": ROOT, "tag": ["ann+tag@example.org"],
    "staff": ["ann@example.org", "eve@example.org", "bob@example.net"],
    "root@example.com": ["root@example.com"],
    "bob@example.org, bob": ["bob@example.org", "bob@example.net"],
    "us: root, x@example.org;": ROOT + ["x@example.org"],
}


@pytest.mark.parametrize("given", FOUND)
def test_alias(post, plain, aliases, given):
    assert sent(post, plain, aliases, given).to == FOUND[given]


@pytest.mark.parametrize("given", ["root", "us: root;", "Root <ROOT>"])
def test_alias_of_the_header(post, plain, aliases, given):
    m = sent(post, plain, aliases, "-t", stdin=f"To: {given}\n\n".encode())
    assert m.to == ROOT


REFUSED = {     # what is said of it, and who gets it all the same
    "command": ["|touch", ":7: a command"],
    "mixed": ["|touch", "a command", "touched: ", "a file",
              "eve@example.org"],
    "loop": ["loop: ", "in a loop", "eve@example.org"],
    "bare": ["<bare>: carl: no domain", '"carl: you@example.org"'],
    '"a b"': ["no domain; add an alias for it to"],
    "nobody": ["<nobody>: no domain", '"nobody: you@example.org"',
               "default_domain"],
    "nobody@localhost": ["localhost is this machine", "default_domain"],
    "self": ["self@localhost: localhost is this machine"],
}


@pytest.mark.parametrize("given", REFUSED)
def test_refused_by_name(post, plain, aliases, given):
    r = submit(post, plain, aliases, given, RCPT)
    assert r.code == NOUSER
    to = [w for w in REFUSED[given] if w == "eve@example.org"]
    for words in REFUSED[given]:
        assert words in r.err or words in to
    assert f"<{given}>: " in r.err and "not sent to this one" in r.err
    assert plain.messages[0].to == to + [RCPT]
    assert not (post.folder / "touched").exists()


def test_nobody_is_left(post, plain, aliases):
    r = submit(post, plain, aliases, "command", "nobody")
    assert r.code == NOUSER
    assert plain.sessions == []
    assert not (post.folder / "touched").exists()


def test_refused_once(post, plain, aliases):
    r = submit(post, plain, aliases, "nobody", "Nobody <nobody>", RCPT)
    assert r.err.count("no domain") == 1


def test_default(post, plain, aliases):
    with open(aliases, "a", encoding="utf-8") as f:
        f.write("default: all@example.org\n")
    m = sent(post, plain, aliases, "nobody", "x@localhost", f"y@{HOST}",
             "z@example.com", "tag")
    assert m.to == ["all@example.org", "z@example.com", "ann+tag@example.org"]


@pytest.mark.parametrize("given, to", [
    ("carl", "carl@example.com"), ("carl@localhost", "carl@example.com"),
    ('"c d"', '"c d"@example.com'), ("bare", "carl@example.com"),
    ("self", "self@example.com"), ("root@example.org", "root@example.org"),
    ("k\u00e4the@example.org", "k\u00e4the@example.org")])
def test_default_domain(post, plain, serve, aliases, given, to):
    server = serve(words=["SMTPUTF8", "8BITMIME"])
    m = sent(post, server, aliases, given,
             settings={"default_domain": "Example.com"})
    assert m.to == [to]


def test_default_domain_is_international(post, plain, aliases):
    m = sent(post, plain, aliases, "carl",
             settings={"default_domain": "b\u00fccher.example"})
    assert m.to == ["carl@xn--bcher-kva.example"]


def test_default_domain_is_none(post, plain, aliases):
    r = submit(post, plain, aliases, "carl",
               settings={"default_domain": "a..b"})
    assert r.code == CONFIG
    assert "default_domain" in r.err


# Which file.

@pytest.mark.parametrize("flags", [["-oA{}"], ["-oA", "{}"],
                                   ["--aliases={}"], ["--aliases", "{}"]])
def test_file_of_the_call(post, plain, aliases, flags):
    flags = [f.format(aliases) for f in flags]
    m = sent(post, plain, None, *flags, "root")
    assert m.to == ROOT


def test_file_of_the_home_folder(post, plain, aliases):
    shutil.copy(aliases, post.home / "aliases")
    assert sent(post, plain, "~/aliases", "root").to == ROOT


@pytest.mark.parametrize("flags, settings", [
    (["-n"], {}), (["--aliases=off"], {}), ([], {"aliases": "off"})])
def test_no_aliases(post, plain, aliases, flags, settings):
    r = submit(post, plain, aliases, *flags, "root", settings=settings)
    assert r.code == NOUSER
    assert "aliases are off" in r.err


def test_file_that_is_not_there(post, plain, aliases):
    aliases.unlink()
    r = submit(post, plain, aliases, RCPT)
    assert r.code == CONFIG
    assert str(aliases) in r.err and f"{post.folder}/config:7" in r.err
    assert plain.sessions == []
    r = submit(post, plain, None, f"-oA{aliases}", RCPT)
    assert r.code == CONFIG
    assert str(aliases) in r.err and "command line" in r.err


@pytest.mark.parametrize("text", ["root ann@example.org\n", "root: a@x\0\n",
                                  " root: a@x\n"])
def test_file_with_an_error(post, plain, aliases, text):
    aliases.write_text(text)
    r = submit(post, plain, aliases, "root", RCPT)
    assert r.code == CONFIG
    assert f"<root>: {aliases}:1: " in r.err
    assert plain.messages[0].to == [RCPT]
    plain.messages.clear()
    assert sent(post, plain, aliases, RCPT).to == [RCPT]


def test_file_that_is_none(post, plain, aliases):
    r = submit(post, plain, post.folder, "root", RCPT)
    assert r.code == CONFIG
    assert plain.messages[0].to == [RCPT]
    assert sent(post, plain, "/dev/null", RCPT).to == [RCPT]


def test_pipe_does_not_hang(post, plain):
    os.mkfifo(post.folder / "fifo")
    r = submit(post, plain, post.folder / "fifo", "root", RCPT, timeout=20)
    assert r.code == CONFIG


# The header.

HEADS = {       # with set_to_header: what To becomes
    ("root", "auto"): "ann@example.org, bob@example.net",
    ("root", "off"): "root",
    ("Bob <bob>, eve@example.org", "auto"):
        "Bob <bob@example.net>, eve@example.org",
    ("bob (Robert B)", "auto"): "Robert B <bob@example.net>",
    ("us: bob, x@example.org;", "auto"): "us: bob@example.net, x@example.org;",
    ("nobody, eve@example.org", "auto"): "nobody:;, eve@example.org",
    ("command, bob@localhost", "auto"): "command:;, bob@example.net",
    ("mixed", "auto"): "eve@example.org",
    ("undisclosed-recipients:;", "on"): "undisclosed-recipients:;",
    ("bob@example.org, bob@LOCALHOST", "on"):
        "bob@example.org, bob@example.net",
    (f"bob@{HOST}", "on"): "bob@example.net",
    ("  Eve  <eve@example.org> ,x@example.org", "on"):
        "  Eve  <eve@example.org> ,x@example.org",
}


@pytest.mark.parametrize("given, when", HEADS)
def test_to(post, plain, aliases, given, when):
    m = sent(post, plain, aliases, RCPT, settings={"set_to_header": when},
             stdin=f"To: {given}\nCc: {given}\n\n".encode())
    want = HEADS[given, when].strip()
    assert [v.strip() for v in m.fields("To")] == [want]
    assert [v.strip() for v in m.fields("Cc")] == [want]
    assert m.to == [RCPT]


def test_to_of_a_host_with_a_domain(post, plain, aliases):
    """auto leaves what a server may take."""
    if "." not in HOST:
        pytest.skip("this host's name has no domain")
    m = sent(post, plain, aliases, RCPT, stdin=f"To: bob@{HOST}\n\n".encode())
    assert m.fields("To") == [f"bob@{HOST}"]


def test_to_is_qualified(post, plain, aliases):
    m = sent(post, plain, aliases, "-t",
             settings={"default_domain": "example.com"},
             stdin=b"To: Carl <carl>, dora\nReply-To: carl\n\n")
    assert m.fields("To") == ["Carl <carl@example.com>, dora@example.com"]
    assert m.fields("Reply-To") == ["carl"]
    assert m.to == ["carl@example.com", "dora@example.com"]


def test_to_undisclosed(post, plain, aliases):
    m = sent(post, plain, aliases, "-t", stdin=b"To: root\n\n",
             settings={"undisclosed_recipients": "on", "set_to_header": "on"})
    assert m.fields("To") == ["undisclosed-recipients:;"]
    assert m.to == ROOT


@pytest.mark.parametrize("when", ["auto", "on"])
def test_to_that_is_signed(post, plain, aliases, when):
    m = sent(post, plain, aliases, "-t", settings={"set_to_header": when},
             stdin=b"DKIM-Signature: v=1; h=from:to; b=x\nTo: bob\n"
             b"Cc: bob\n\n")
    assert m.fields("To") == ["bob" if when == "auto" else "bob@example.net"]
    assert m.fields("Cc") == ["bob@example.net"]


def test_bcc_of_an_alias_never_leaves(post, plain, aliases):
    m = sent(post, plain, aliases, "-t", stdin=b"To: x@example.org\n"
             b"Bcc: root\n\n")
    assert m.to == ["x@example.org"] + ROOT
    assert b"ann@" not in m.text.replace(b"From: ann@", b"")
    assert b"bob@" not in m.text


# Reports.

def test_orcpt(post, plain, aliases):
    m = sent(post, plain, aliases, "-N", "failure", "Charlie <root@localhost>",
             "X <x+y@example.org>")
    assert [p for _, p in m.rcpts] == [
        ["NOTIFY=FAILURE", "ORCPT=rfc822;root@localhost"],
        ["NOTIFY=FAILURE", "ORCPT=rfc822;root@localhost"],
        ["NOTIFY=FAILURE", "ORCPT=rfc822;x+2By@example.org"]]


def test_orcpt_without_notify(post, plain, aliases):
    m = sent(post, plain, aliases, "-V", "id", "bob")
    assert [p for _, p in m.rcpts] == [["ORCPT=rfc822;bob"]]


def test_no_orcpt_without_dsn(post, plain, aliases):
    m = sent(post, plain, aliases, "bob")
    assert [p for _, p in m.rcpts] == [[]]


def test_orcpt_beyond_ascii(post, plain, aliases):
    aliases.write_text('"k\u00e4the": kathe@example.org\n')
    m = sent(post, plain, aliases, "-N", "never", "k\u00e4the")
    assert m.to == ["kathe@example.org"]
    assert m.rcpts[0][1] == ["NOTIFY=NEVER", "ORCPT=utf-8;k\\x{E4}the"]


# What would be done.

def test_verify(post, plain, aliases):
    r = submit(post, plain, aliases, "-bv", "root", "mixed", "nobody",
               "b@example.org")
    assert r.code == NOUSER
    config = f"{post.folder}/config"
    for line in (
            f"account default: localhost:{plain.port}, no tls, auth off",
            f"account default: chosen by default; in {config}:1",
            "sender <ann@example.org>",
            f"recipient <root>: alias in {aliases}:2 for <ann@example.org>, "
            "<bob@example.net>",
            f"recipient <mixed>: alias in {aliases}:8 for <eve@example.org>",
            f"recipient <ann@example.org>: deliverable by localhost:"
            f"{plain.port}, from \"root\"",
            f"recipient <b@example.org>: deliverable by localhost:"
            f"{plain.port}"):
        assert line in r.out.split("\n")
    assert "recipient <mixed>: refused: |touch" in r.out
    assert "recipient <nobody>: refused: no domain; " in r.out
    assert "\nehlo" in r.out
    assert plain.sessions == []


def test_verify_nobody(post, plain, aliases):
    r = submit(post, plain, aliases, "-bv", "nobody")
    assert r.code == NOUSER
    assert "recipient <nobody>: refused: " in r.out
    assert "deliverable" not in r.out


@pytest.mark.parametrize("message, code", [
    (b"To: bob\n" + b"Received: x\n" * 101 + b"\n", 69),
    (b"To: bob\nReferences: <" + b"x" * 999 + b"@x>\n\n", 65),
    (b"To: bob\nMIME-Version: 1.0\nContent-Type: multipart/signed; "
     b"boundary=b\n\n--b\n\n" + b"x" * 999 + b"\n--b--\n", 65)],
    ids=["a loop", "a line too long", "signed"])
def test_verify_tells_what_cannot_go(post, plain, aliases, message, code):
    told = submit(post, plain, aliases, "-bv", "-t", stdin=message)
    done = submit(post, plain, aliases, "-t", stdin=message)
    assert told.code == done.code == code
    assert told.err == done.err != ""


OTHER = "\naccount other\nhost other.example\nfrom eve@example.net\n"


def test_verify_without_the_message_that_chooses(post, plain):
    path = post.config(post.settings(plain) + OTHER)
    r = post.run("-C", path, "-bv", "bob@example.org")
    assert "the From field of a message may choose another" in r.out
    for flags in (["-f", "ann@example.org"], ["-a", "default"], ["-t"]):
        r = post.run("-C", path, "-bv", *flags, "bob@example.org")
        assert "may choose" not in r.out
    r = post.run("-C", path, "-bv", "--read-envelope-from",
                 "bob@example.org", stdin=b"From: eve@example.net\n\n")
    assert "account other: " in r.out
    assert "sender <eve@example.net>" in r.out


@pytest.mark.parametrize("flags, text, by", [
    (["-a", "default"], b"", "-a"), (["-f", "ann@example.org"], b"",
                                     "the envelope sender"),
    ([], b"From: ann@example.org\n", "the From field"), ([], b"", "default")])
def test_verify_tells_why_this_account(post, plain, aliases, flags, text, by):
    r = submit(post, plain, aliases, "-bv", "-t", *flags, "bob",
               stdin=text + b"\n")
    assert r.code == OK
    assert f"account default: chosen by {by}; in " in r.out


def test_verify_tells_the_ehlo_name(post, plain, aliases):
    r = submit(post, plain, aliases, "-bv", "bob",
               settings={"domain": "box.example.org"})
    assert "\nehlo box.example.org\n" in r.out


def test_verify_shows_fields(post, plain, aliases):
    r = submit(post, plain, aliases, "-bv", "-t", "-F", "Ann",
               stdin=b"To: root,\n x@example.org\n\n")
    assert r.code == OK
    assert "\nfield From: Ann <ann@example.org>\n" in r.out
    assert ("\nfield To: ann@example.org, bob@example.net, x@example.org\n"
            in r.out)


def test_verify_is_what_is_done(post, plain, aliases):
    args = ("root", "staff", "mixed", "nobody", "a b", "x@example.org")
    told = submit(post, plain, aliases, "-bv", *args)
    done = submit(post, plain, aliases, *args)
    assert told.code == done.code
    to = [line.split("<")[1].split(">")[0] for line in told.out.split("\n")
          if ": deliverable by " in line]
    assert plain.messages[0].to == to


# Many.

def test_many_local_recipients(post, plain, aliases):
    with open(aliases, "a", encoding="utf-8") as f:
        f.writelines(f"u{i}: u{i}@example.org\n" for i in range(10000))
    names = ",\n ".join(f"u{i}" for i in range(10000))
    begin = time.monotonic()
    m = sent(post, plain, aliases, "-t", stdin=f"To: {names}\n\n".encode())
    assert m.to == [f"u{i}@example.org" for i in range(10000)]
    assert len(m.fields("To")[0].split(",")) == 10000
    assert time.monotonic() - begin < 30


# What belongs to the machine, where a test may put something in its place.

def in_a_box(post, *args, binds):
    """Submit on a machine called "box", with files in the place of its own."""
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        pytest.skip("only root can name a machine")
    missing = [to for to in binds.values() if not os.path.exists(to)]
    if missing:
        pytest.skip(f"no {missing[0]} here to be replaced")
    mounts = "".join(f"mount --bind {a} {b} && " for a, b in binds.items())
    done = subprocess.run(
        ["unshare", "-um", "sh", "-c", f"hostname box && {mounts} "
         "echo ready >ready && exec \"$@\"", "sh", post.binary, *args],
        cwd=post.folder, env=post.environment(), input=b"\n",
        capture_output=True, timeout=PATIENCE)
    if not (post.folder / "ready").exists():
        pytest.skip(f"no namespaces here: {done.stderr.decode()}")
    return done.returncode, done.stderr.decode()


@pytest.fixture
def hosts(post):
    path = post.folder / "hosts"
    path.write_text("127.0.0.1 localhost\n127.0.1.1 box.lan.example box\n")
    return {path: "/etc/hosts"}


@pytest.mark.parametrize("domain, to", [
    ("box", ROOT), ("BOX", ROOT), ("box.lan.example", ROOT),
    ("Box.LAN.example", ROOT),
    ("box.example.org", ["root@box.example.org"])])
def test_names_of_the_machine(post, plain, aliases, hosts, domain, to):
    path = post.config(post.settings(plain, aliases=aliases))
    assert in_a_box(post, "-C", path, f"root@{domain}",
                    binds=hosts) == (OK, "")
    assert plain.messages[0].to == to


def test_file_of_the_system(post, plain, aliases, hosts):
    path = post.config(post.settings(plain))
    assert in_a_box(post, "-C", path, "root",
                    binds={aliases: "/etc/aliases", **hosts}) == (OK, "")
    assert plain.messages[0].to == ROOT


def test_file_of_the_system_with_an_error(post, plain, aliases, hosts):
    aliases.write_text("what?\n")
    path = post.config(post.settings(plain))
    code, err = in_a_box(post, "-C", path, "root@box", RCPT,
                         binds={aliases: "/etc/aliases", **hosts})
    assert code == CONFIG
    assert "<root@box>: /etc/aliases:1: " in err
    assert plain.messages[0].to == [RCPT]
    code, err = in_a_box(post, "-C", path, "-n", "root@box.lan.example",
                         binds={aliases: "/etc/aliases", **hosts})
    assert (code, err) == (OK, "")


def test_mail_name(post, plain, aliases, hosts):
    with open(aliases, "a", encoding="utf-8") as f:
        f.write("default: all@example.org\n")
    (post.folder / "mailname").write_text("example.com\n")
    path = post.config(post.settings(plain, aliases=aliases))
    assert in_a_box(post, "-C", path, "root@Example.com", "x@example.com",
                    binds={post.folder / "mailname": "/etc/mailname",
                           **hosts}) == (OK, "")
    assert plain.messages[0].to == ROOT + ["x@example.com"]
