"""A certificate of ours: files, a token of SoftHSM, and what opens the key."""

import os
import shutil
import ssl
import time

import pytest

from conftest import MESSAGE, RCPT, quiet, said
from server import openssl
from softhsm import make_client, token  # noqa: F401
from test_tofu import terminal  # noqa: F401

OK, UNAVAILABLE, PROTOCOL, CONFIG = 0, 69, 76, 78
WORD = "key-4711"                       # what opens encrypted keys
VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": None}


@pytest.fixture(scope="session")
def client(certs):
    """NAME.pem and NAME.key of ann-client and eve-client, in many forms."""
    for name in ("ann-client", "eve-client"):
        make_client(certs, name)
    key = ("-in", "ann-client.key", "-passout", f"pass:{WORD}")
    openssl(certs, "x509", "-in", "ann-client.pem", "-outform", "DER", "-out",
            "ann-client.der")
    openssl(certs, "pkey", "-in", "ann-client.key", "-outform", "DER",
            "-out", "ann-client.key.der")
    openssl(certs, "pkcs8", "-topk8", *key, "-out", "ann-client.p8")
    openssl(certs, "pkcs8", "-topk8", *key, "-outform", "DER", "-out",
            "ann-client.p8.der")
    openssl(certs, "ec", *key, "-aes256", "-out", "ann-client.old")
    (certs / "ann-client.both").write_text(
        (certs / "ann-client.pem").read_text() +
        (certs / "ann-client.key").read_text())
    for path in certs.glob("ann-client.*"):
        path.chmod(0o600)
    return certs


@pytest.fixture(params=VERSIONS)
def strict(serve, request):
    """A server that nobody gets into without a certificate."""
    return serve(tls="implicit", client_ca="ca", tls_max=VERSIONS[
        request.param])


@pytest.fixture
def modern(serve):
    return serve(tls="implicit", client_ca="ca")


def files(client, cert="ann-client.pem", key="ann-client.key", **more):
    return {"tls_cert_file": client / cert, "tls_key_file":
            key and client / key, **more}


def shown(server):
    return [s.client for s in server.sessions]


FORMS = {
    "PEM": ("ann-client.pem", "ann-client.key", None),
    "DER": ("ann-client.der", "ann-client.key.der", None),
    "PEM and DER": ("ann-client.pem", "ann-client.key.der", None),
    "both in one file": ("ann-client.both", "ann-client.both", None),
    "both, and no other keyword": ("ann-client.both", None, None),
    "encrypted PKCS#8": ("ann-client.pem", "ann-client.p8", WORD),
    "encrypted PKCS#8 in DER": ("ann-client.pem", "ann-client.p8.der", WORD),
    "encrypted by OpenSSL itself": ("ann-client.pem", "ann-client.old", WORD),
    "a word that is not needed": ("ann-client.pem", "ann-client.key", WORD),
}


@pytest.mark.parametrize("form", FORMS)
def test_form(post, strict, client, form):
    cert, key, word = FORMS[form]
    quiet(post.submit(strict, RCPT, settings=files(
        client, cert, key, tls_key_password=word)))
    assert shown(strict) == ["ann-client"] and len(strict.messages) == 1


def test_by_starttls(post, serve, client):
    server = serve(tls="starttls", client_ca="ca")
    quiet(post.submit(server, RCPT, settings=files(client)))
    assert shown(server) == ["ann-client"]


def test_story(post, modern, client):
    r = post.submit(modern, "-v", RCPT, settings=files(client))
    assert "the server asks for our certificate: CN=ann-client, issued by " \
        "CN=posthorn throw-away CA, valid until 20" in r.err


def test_expired_is_for_the_server_to_judge(post, modern, client):
    openssl(client, "ca", "-config", "ca.cnf", "-batch", "-notext",
            "-rand_serial", "-cert", "ca.pem", "-keyfile", "ca.key", "-in",
            "ann-client.csr", "-out", "old-client.pem", "-startdate",
            "20200101000000Z", "-enddate", "20210101000000Z")
    r = post.submit(modern, "-v", RCPT,
                    settings=files(client, "old-client.pem"))
    assert r.code == PROTOCOL
    assert "which has expired on 2021-01-01" in r.err
    assert "tls_cert_file" in r.err.splitlines()[-1]


# Nothing is read before it is wanted.

def test_not_read_where_nobody_asks(post, serve):
    server = serve(tls="implicit")
    quiet(post.submit(server, RCPT, settings={
        "tls_cert_file": "/nonexistent", "tls_key_file": "pkcs11:token=no",
        "tls_key_passwordeval": "touch asked; echo x"}))
    assert not (post.folder / "asked").exists()


def test_command_not_run_for_an_open_key(post, modern, client):
    quiet(post.submit(modern, RCPT, settings=files(
        client, tls_key_passwordeval="touch asked; echo x")))
    assert not (post.folder / "asked").exists()


# What is kept of a session is the session of this certificate.

def test_resumed_as_the_same(post, modern, client):
    for _ in range(2):
        quiet(post.submit(modern, RCPT, settings=files(client)))
    assert [s.resumed for s in modern.sessions] == [False, True]


def test_not_resumed_without_the_word(post, modern, client):
    """Nobody gets in by what another call has opened."""
    for word, code in (WORD, OK), (WORD, OK), ("no", CONFIG), (None, CONFIG):
        r = post.submit(modern, RCPT, start_new_session=True, settings=files(
            client, key="ann-client.p8", tls_key_password=word))
        assert r.code == code, r.err
    assert [s.resumed for s in modern.sessions][:2] == [False, False]
    assert len(modern.messages) == 2
    assert not any((post.home / ".local/state/posthorn/tls").glob("*"))


def test_not_resumed_without_the_token(post, modern, token):  # noqa: F811
    for pin, code in (token.pin, OK), (token.pin, OK), (None, CONFIG):
        r = post.submit(modern, RCPT, env=token.env, start_new_session=True,
                        settings=on_token(token, tls_key_password=pin))
        assert r.code == code, r.err
    assert [s.resumed for s in modern.sessions][:2] == [False, False]
    assert len(modern.messages) == 2


def test_not_resumed_as_somebody_else(post, modern, client):
    for who in ("ann-client", "eve-client"):
        quiet(post.submit(modern, RCPT, settings=files(
            client, f"{who}.pem", f"{who}.key")))
    assert [s.resumed for s in modern.sessions] == [False, False]
    assert shown(modern) == ["ann-client", "eve-client"]


def test_not_resumed_with_a_new_one(post, modern, client):
    """The path is the same, the file is another."""
    for who in ("ann-client", "eve-client"):
        for end in ("pem", "key"):
            shutil.copy(client / f"{who}.{end}", post.folder / f"new.{end}")
        quiet(post.submit(modern, RCPT, settings=files(
            post.folder, "new.pem", "new.key")))
    assert shown(modern) == ["ann-client", "eve-client"]


# What is wrong is said, with what to do about it.

def test_none_to_show(post, strict):
    r = post.submit(strict, RCPT)
    assert r.code == PROTOCOL and strict.messages == []
    said(r, "asked for a certificate of ours", "set tls_cert_file")


def test_one_that_it_does_not_know(post, strict, client):
    make_client(client, "stranger", ca="other-ca")
    r = post.submit(strict, RCPT, settings=files(client, "stranger.pem",
                                                 "stranger.key"))
    assert r.code == PROTOCOL and strict.messages == []
    said(r, "the server refused TLS", "tls_cert_file")


WRONG = {
    "no certificate": ({"tls_cert_file": "{c}/none.pem"},
                       ["none.pem: No such file", '"tls_cert_file"']),
    "no key": ({"tls_key_file": "{c}/none.key"},
               ["none.key: No such file", '"tls_key_file"']),
    "a folder": ({"tls_key_file": "{c}"}, ["not a regular file"]),
    "no certificate in it": ({"tls_cert_file": "{c}/ann-client.key"},
                             ["ann-client.key: no certificate", "PEM or DER"]),
    "no key in it": ({"tls_key_file": "{c}/ann-client.pem"},
                     ["ann-client.pem: no private key", "PEM or DER"]),
    "empty": ({"tls_cert_file": "{c}/empty"}, ["empty: no certificate"]),
    "an empty key": ({"tls_key_file": "{c}/empty"}, ["empty: no private"]),
    "another's key": ({"tls_key_file": "{c}/eve-client.key"},
                      ["tls_key_file is not the one of the certificate"]),
    "no key behind the certificate": ({"tls_key_file": None},
                                      ["ann-client.pem: no private key"]),
}


@pytest.mark.parametrize("row", WRONG)
def test_wrong(post, modern, client, row):
    settings, words = WRONG[row]
    (client / "empty").touch(0o600)
    (client / "ann-client.pem").chmod(0o600)
    r = post.submit(modern, RCPT, settings=files(
        client, **{k: v and v.format(c=client)
                   for k, v in settings.items()}))
    assert r.code == CONFIG, r.err
    said(r, *words)
    assert modern.commands == []


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o622])
def test_others_may_read_the_key(post, modern, client, mode):
    key = post.folder / "own.key"
    shutil.copy(client / "ann-client.key", key)
    key.chmod(mode)
    r = post.submit(modern, RCPT, settings=files(client, key=key))
    assert r.code == CONFIG
    said(r, f"others can read {key}", f"chmod 600 {key}")


def test_key_where_secrets_are_mounted(post, modern, client):
    folder = post.folder / "credentials"
    folder.mkdir()
    key = folder / "own.key"
    shutil.copy(client / "ann-client.key", key)
    key.chmod(0o440)
    quiet(post.submit(modern, RCPT, settings=files(client, key=key),
                      env={"CREDENTIALS_DIRECTORY": str(folder)}))
    assert len(modern.messages) == 1


def test_key_alone(post, modern, client):
    r = post.submit(modern, RCPT, settings={
        "tls_key_file": client / "ann-client.key"})
    assert r.code == CONFIG
    said(r, "tls_key_file without a certificate", "tls_cert_file FILE")


# What opens a key.

SOURCES = {
    "password": {"tls_key_password": "{w}"},
    "command": {"tls_key_passwordeval": "echo {w}"},
    "file": {"tls_key_password_file": "{f}/word"},
}


def words(post, source, word):
    (post.folder / "word").write_text(word + "\n")
    (post.folder / "word").chmod(0o600)
    return {k: v.format(w=word, f=post.folder)
            for k, v in SOURCES[source].items()}


@pytest.mark.parametrize("source", SOURCES)
def test_opened_by(post, modern, client, source):
    quiet(post.submit(modern, RCPT, settings=files(
        client, key="ann-client.p8", **words(post, source, WORD))))
    assert shown(modern) == ["ann-client"]


@pytest.mark.parametrize("source", SOURCES)
def test_wrong_word(post, modern, client, source):
    r = post.submit(modern, RCPT, start_new_session=True, settings=files(
        client, key="ann-client.p8", **words(post, source, "no-such-word")))
    assert r.code == CONFIG
    said(r, "ann-client.p8: the PIN or passphrase of", next(iter(
        SOURCES[source])), "config:")
    assert "no-such-word" not in r.err and modern.commands == []


def test_command_that_fails(post, modern, client):
    r = post.submit(modern, RCPT, settings=files(
        client, key="ann-client.p8", tls_key_passwordeval="exit 3"))
    assert r.code == 75
    said(r, "passwordeval")


def test_nobody_to_ask(post, modern, client):
    r = post.submit(modern, RCPT, start_new_session=True, settings=files(
        client, key="ann-client.p8"))
    assert r.code == CONFIG
    said(r, "terminal")
    assert modern.commands == []


def test_one_word_for_all_hosts(post, modern, client):
    """The first puts off; the word is fetched once."""
    modern.on("MAIL", "450 not now", times=1)
    quiet(post.submit(modern, RCPT, settings=files(
        client, key="ann-client.p8", host="localhost 127.0.0.1",
        tls_key_passwordeval=f"echo x >>asked; echo {WORD}")))
    assert shown(modern) == ["ann-client"] * 2
    assert (post.folder / "asked").read_text() == "x\n"


def at_terminal(post, config, answers, env=None):
    """Run it there and answer, in turn, each prompt with these words."""
    pty = pytest.importorskip("pty")
    mail = post.folder / "mail"
    mail.write_bytes(MESSAGE)
    pid, fd = pty.fork()
    if pid == 0:
        os.dup2(os.open(mail, os.O_RDONLY), 0)
        os.execve(post.binary, ["posthorn", "-C", config, RCPT],
                  post.environment(env))
    text = b""
    for prompt, answer in answers:
        while prompt not in text:
            text += os.read(fd, 4096)
        text = text.partition(prompt)[2]
        os.write(fd, answer.encode() + b"\n")
    try:
        while block := os.read(fd, 4096):
            text += block
    except OSError:
        pass
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), text.decode()


def test_asked(post, modern, client):
    config = post.config(post.settings(modern, **files(
        client, key="ann-client.p8")))
    code, text = at_terminal(post, config, [
        (b"ann-client.p8: ", "no"),
        (b"ann-client.p8 (that was wrong): ", WORD)])
    assert (code, text.strip()) == (OK, "")
    assert shown(modern) == ["ann-client"]


def test_asked_three_times(post, modern, client):
    config = post.config(post.settings(modern, **files(
        client, key="ann-client.p8")))
    code, text = at_terminal(post, config, [
        (b"ann-client.p8: ", "a"), (b"(that was wrong): ", "b"),
        (b"(that was wrong): ", "c")])
    assert code == CONFIG and "3 wrong answers" in text
    assert modern.commands == []


def test_asked_behind_a_wrong_word(post, modern, client):
    """What is configured is not tried again; a person may."""
    ran = post.folder / "ran"
    config = post.config(post.settings(modern, **files(
        client, key="ann-client.p8",
        tls_key_passwordeval=f"echo x >>{ran}; echo no")))
    code, text = at_terminal(post, config, [
        (b"ann-client.p8 (that was wrong): ", WORD)])
    assert (code, text.strip()) == (OK, "")
    assert ran.read_text() == "x\n"


def test_time_to_type(post, terminal, modern, client):  # noqa: F811
    """What a person takes is none of total_timeout's."""
    t = terminal("-C", post.config(post.settings(modern, **files(
        client, key="ann-client.p8", total_timeout=1))), RCPT)
    t.expect("ann-client.p8: ")
    time.sleep(1.2)             # the time itself is what this is about
    t.type(WORD + "\n")
    assert t.end() == OK, t.shown


def test_the_same_again(post, modern, client):
    config = post.config(post.settings(modern, **files(
        client, key="ann-client.p8")))
    code, text = at_terminal(post, config, [
        (b"ann-client.p8: ", "a"), (b"(that was wrong): ", "a")])
    assert code == CONFIG and "the same was given again" in text


# A token.

def on_token(token, **more):  # noqa: F811
    return {"tls_cert_file": token.cert, "tls_key_file": token.key, **more}


def test_token(post, strict, token):  # noqa: F811
    quiet(post.submit(strict, RCPT, env=token.env, settings=on_token(
        token, tls_key_password=token.pin)))
    assert shown(strict) == [token.name]


def test_token_by_one_uri(post, modern, token):  # noqa: F811
    quiet(post.submit(modern, RCPT, env=token.env, settings={
        "tls_cert_file": token.cert.replace(";type=cert", ""),
        "tls_key_password": token.pin}))
    assert shown(modern) == [token.name]


def test_token_and_file(post, modern, token, certs):  # noqa: F811
    quiet(post.submit(modern, RCPT, env=token.env, settings=on_token(
        token, tls_cert_file=certs / f"{token.name}.pem",
        tls_key_password=token.pin)))
    assert shown(modern) == [token.name]


def test_token_with_another_certificate(post, modern, client,
                                        token):  # noqa: F811
    r = post.submit(modern, RCPT, env=token.env, settings=on_token(
        token, tls_cert_file=client / "ann-client.pem",
        tls_key_password=token.pin))
    assert r.code == CONFIG
    said(r, "not the one of the certificate")


def test_token_wrong_pin_is_tried_once(post, modern, token):  # noqa: F811
    r = post.submit(modern, RCPT, env=token.env, start_new_session=True,
                    settings=on_token(token, tls_key_passwordeval="echo x "
                                      ">>asked; echo 0000"))
    assert r.code == CONFIG
    said(r, "the token posthorn: the PIN", "tls_key_passwordeval")
    assert (post.folder / "asked").read_text() == "x\n"
    assert modern.commands == []


def test_token_asks(post, modern, token):  # noqa: F811
    config = post.config(post.settings(modern, **on_token(token)))
    code, text = at_terminal(post, config, [
        (b"the token posthorn: ", "0000"),
        (b"the token posthorn (that was wrong): ", token.pin)], token.env)
    assert (code, text.strip()) == (OK, "")
    assert shown(modern) == [token.name]


def test_token_nobody_to_ask(post, modern, token):  # noqa: F811
    r = post.submit(modern, RCPT, env=token.env, start_new_session=True,
                    settings=on_token(token))
    assert r.code == CONFIG
    said(r, "terminal")


GONE = {"no such token": ("token=posthorn", "token=other"),
        "no such object": ("object=ann-token", "object=other")}


@pytest.mark.parametrize("row", GONE)
@pytest.mark.parametrize("keyword", ["tls_cert_file", "tls_key_file"])
def test_token_gone(post, modern, token, keyword, row):  # noqa: F811
    settings = on_token(token, tls_key_password=token.pin)
    settings[keyword] = settings[keyword].replace(*GONE[row])
    r = post.submit(modern, RCPT, env=token.env, settings=settings)
    assert r.code == UNAVAILABLE
    said(r, keyword, "p11-kit", "p11tool --list-all")


def test_token_unknown_scheme(post, modern):
    r = post.submit(modern, RCPT, settings={"tls_cert_file": "system:id=1"})
    assert r.code == UNAVAILABLE
    said(r, "cannot open system URIs")


def test_pin_in_the_uri(post, modern, token):  # noqa: F811
    r = post.submit(modern, RCPT, settings=on_token(
        token, tls_key_file=f"{token.key}?pin-value={token.pin}"))
    assert r.code == CONFIG
    said(r, "pin-value", "tls_key_passwordeval")
    assert token.pin not in r.err


def modules(post, config, env):
    """Which libraries of PKCS#11 one submission opens."""
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")
    trace = post.folder / "trace"
    r = post.run("-f", "-e", "trace=openat", "-o", trace, post.binary, "-C",
                 config, RCPT, program=shutil.which("strace"), env={
                     **env, "ASAN_OPTIONS": "detect_leaks=0:"
                     "intercept_tls_get_addr=0"})
    if "ptrace" in r.err:
        pytest.skip(f"strace does not work here: {r.err.strip()}")
    quiet(r)
    return "softhsm" in trace.read_text()


def test_no_module_without_a_uri(post, modern, client, token):  # noqa: F811
    config = post.config(post.settings(modern, **files(client)))
    assert not modules(post, config, token.env)
    config = post.config(post.settings(modern, **on_token(
        token, tls_key_password=token.pin)))
    assert modules(post, config, token.env)
