"""Certificates that are no good × what is said of them: the whole line, the
exit code, and that nothing was sent."""

import re
import ssl
import struct

import pytest

from conftest import RCPT, quiet
from gnuserver import gnu  # noqa: F401
from zoo import staple, stock

OK, PROTOCOL, CONFIG = 0, 76, 78
LINKS = ["starttls", "implicit"]
PIN = "pin-sha256:[A-Za-z0-9+/]{43}="
DAY = r"20\d\d-\d\d-\d\d"
NOW = DAY + r" \d\d:\d\d UTC"


@pytest.fixture(scope="session")
def zoo(tmp_path_factory):
    return stock(tmp_path_factory.mktemp("zoo"))


def said(text):
    """@ stands for a folder, PIN, DAY and NOW for what they look like."""
    text = re.escape(text).replace("@", r"/\S*/")
    for word in ("PIN", "DAY", "NOW"):
        text = text.replace(word, globals()[word])
    return rf"posthorn: default: \S+: {text}\n"


def silent(server):
    """Nobody has logged in, and no message went."""
    if server.tls == "starttls":
        assert all(c.split(" ")[0] in ("EHLO", "STARTTLS", "QUIT")
                   for c in server.commands)
    else:
        assert server.commands == []
    assert server.messages == []


def judged(post, server, zoo, code, text, settings):
    values = {"tls_trust_file": zoo / "ca.pem", **settings}
    for key, value in settings.items():
        if key in ("tls_trust_file", "tls_crl_file") and "/" not in value:
            values[key] = zoo / f"{value}.pem"
    r = post.submit(server, RCPT, settings=values)
    if code == OK:
        quiet(r)
        assert len(server.messages) == 1
        return
    assert (r.code, r.out) == (code, ""), r.err
    assert re.fullmatch(said(text), r.err), r.err
    assert len(r.err) < 1000
    silent(server)


TAIL = " (asked for localhost; shown: CN={}, DAY to DAY)"
TOO_WEAK = ": it takes RSA of 2048 bits or as much, or what " \
    "\"tls_priorities\" says, and a signature with SHA-256; the server needs " \
    "a new one; until then \"tls_fingerprint PIN\" goes without"
UNKNOWN = "the certificate is signed by CN={}, whom {} does not trust{}; " \
    "if you know it to be right, write \"tls_trust_file FILE\" with the " \
    "certificate of that CA, or \"tls_fingerprint PIN\", or " \
    "\"tls_trust tofu\""
BETWEEN = ", or the server does not send the certificates in between"
FORGED = "the certificate may be forged, and nothing was sent"
LIMITS = "a CA in the chain has signed what it may not, such as this name " \
    f"(name constraints): {FORGED}"

DELTA = "it is a delta, with the changes since another"
OF_SOME = "it is of some certificates only (Issuing Distribution Point)"


def not_for(names, name="localhost", other=None):
    return f"the certificate is for {names}, not for {name}; if you know " \
        f"that to be the same server, write \"tls_host_override " \
        f"{other or names}\" (asked for {name}; shown: CN="


def by_key(names, why=""):
    """No name that could be written is in the certificate."""
    return f"the certificate is for {names}, not for localhost{why}; if you " \
        "know it to be right, write \"tls_fingerprint PIN\", or \"tls_trust " \
        "tofu\""


def override(name):
    return {"tls_host_override": name}


def crl(name):
    return {"tls_crl_file": name}


def named(name, san):
    """What is said of a certificate of the zoo's that is for that."""
    other = "NAME" if "*" in san else san
    return not_for(san, "mail.example.test", other) + \
        f"name-{name}, DAY to DAY)"


MAIL = override("mail.example.test")

AS_SUCH = " as a server is named: in its list of DNS names or of addresses"

# The certificate, settings, the exit code and what is said.
TABLE = {
    "an address among the names": (
        "dns-address", override("127.0.0.1"), PROTOCOL,
        by_key("127.0.0.1", AS_SUCH).replace("localhost", "127.0.0.1") +
        TAIL.format("dns-address").replace("localhost", "127.0.0.1")),
    "a name too long to be shown": (
        "long", {}, PROTOCOL, by_key("a name of 301 octets") +
        TAIL.format("long")),
    "a name that is none": ("odd", {}, PROTOCOL, by_key("a ; rm -rf x") +
                            TAIL.format("odd")),
    "a name that is none, and one": (
        "odd-and-plain", {}, PROTOCOL,
        not_for("a ; x, b.example.org", other="b.example.org") +
        "odd-and-plain, DAY to DAY)"),
    "a name in a URI": ("uri", {}, PROTOCOL, by_key("localhost", AS_SUCH) +
                        TAIL.format("localhost")),
    "good": ("good", {}, OK, None),
    "an EC key by a CA between": ("below", {}, OK, None),
    "RSA of 2048 bits": ("rsa2048", {}, OK, None),

    # Not now.
    "expired": ("expired", {}, PROTOCOL,
                "the certificate expired on 2021-01-01 00:00 UTC, and it is "
                "NOW here; the server needs a new one, or this clock is "
                "wrong (asked for localhost; shown: CN=posthorn test server, "
                "2020-01-01 to 2021-01-01)"),
    "not yet valid": (
        "early", {}, PROTOCOL, "the certificate becomes valid only on "
        "2090-01-01 00:00 UTC, and it is NOW here; the server needs a new "
        "one, or this clock is wrong (asked for localhost; shown: "
        "CN=posthorn test server, 2090-01-01 to 2091-01-01)"),

    # Revoked, by a list.
    "revoked": ("good", crl("list-good"), PROTOCOL,
                "the certificate of the server was revoked on 2026-01-02 "
                "03:04 UTC by its CA, as a list in @list-good.pem says; the "
                "server needs a new one" + TAIL.format("good")),
    "not revoked": ("good", crl("list-empty"), OK, None),
    "a CA between is revoked": (
        "below", crl("list-inter"), PROTOCOL,
        "the certificate of CN=a CA between was revoked on 2026-01-02 03:04 "
        "UTC by its CA, as a list in @list-inter.pem says; the server needs "
        "a new one (asked for localhost; shown: CN=below, DAY to DAY; CN=a "
        "CA between, DAY to DAY)"),
    "revoked by a CA between": (
        "below", crl("list-below"), PROTOCOL,
        "the certificate of the server was revoked on 2026-01-02 03:04 UTC "
        "by its CA, as a list in @list-below.pem says; the server needs a "
        "new one (asked for localhost; shown: CN=below, DAY to DAY; CN=a CA "
        "between, DAY to DAY)"),
    "another CA's list": ("good", crl("list-other"), OK, None),
    "several lists": ("below", crl("list-several"), PROTOCOL,
                      "the certificate of the server was revoked on "
                      "2026-01-02 03:04 UTC by its CA, as a list in "
                      "@list-several.pem says; the server needs a new one "
                      "(asked for localhost; shown: CN=below, DAY to DAY; "
                      "CN=a CA between, DAY to DAY)"),
    "a list among certificates": (
        "good", crl("list-and-more"), PROTOCOL,
        "the certificate of the server was revoked on 2026-01-02 03:04 UTC "
        "by its CA, as a list in @list-and-more.pem says; the server needs "
        "a new one" + TAIL.format("good")),
    "an old list": ("good", crl("list-old"), CONFIG,
                    "@list-old.pem: the revocation list of CN=zoo CA is good "
                    "until 2025-02-01 00:00 UTC only, and it is NOW here; "
                    "fetch a new one, or take \"tls_crl_file\" away"),
    "an old list of another's": ("others", {
        **crl("list-old"), "tls_trust_file": "both-ca"}, OK, None),
    "an old list, and a new one": (
        "good", crl("list-old-and-new"), PROTOCOL,
        "the certificate of the server was revoked on 2026-01-02 03:04 UTC "
        "by its CA, as a list in @list-old-and-new.pem says; the server "
        "needs a new one" + TAIL.format("good")),
    **{row: ("good", crl(f"list-{name}"), CONFIG,
             f"@list-{name}.pem: a revocation list of CN=zoo CA does not tell "
             f"of all that it has revoked: {why}; have whole lists only in "
             "\"tls_crl_file\", or take it away")
       for row, name, why in [
           ("a list of changes", "delta", DELTA),
           ("a list of changes, and an old one", "old-and-delta", DELTA),
           ("a list of changes, and a new one", "new-and-delta", DELTA),
           ("a list of CAs", "of-cas", OF_SOME),
           ("a list of CAs, and an old one", "old-and-of-cas", OF_SOME),
           ("a list with what nobody knows", "strange", "it has a critical "
            "extension that is not known here")]},
    "a list with what is known": ("good", crl("list-known"), OK, None),
    "a list to come": ("good", crl("list-early"), CONFIG,
                       "@list-early.pem: the revocation list of CN=zoo CA is "
                       "valid only from 2090-01-01 00:00 UTC, and it is NOW "
                       "here; fetch it again, or this clock is wrong"),
    "a list to come, and one of today": (
        "good", crl("list-early-and-new"), OK, None),
    "a list to come, and an old one": (
        "good", crl("list-early-and-old"), CONFIG,
        "@list-early-and-old.pem: the revocation list of CN=zoo CA is good "
        "until 2025-02-01 00:00 UTC only, and it is NOW here; fetch a new "
        "one, or take \"tls_crl_file\" away"),
    "a forged list": ("good", crl("list-false"), CONFIG,
                      "@list-false.pem: a revocation list is in the name of "
                      "CN=zoo CA, and not signed by it; fetch it again, or "
                      "take \"tls_crl_file\" away"),
    "no list there": ("good", crl("none"), CONFIG,
                      "@none.pem: No such file or directory; check "
                      "\"tls_crl_file\""),
    "no list in it": ("good", crl("ca"), CONFIG,
                      "@ca.pem: no revocation list that can be read "
                      "(Base64 decoding error.); \"tls_crl_file\" wants CRLs "
                      "in PEM"),
    # Revoked, by what is stapled; tests/unit/test-staple.c has the rest.
    "nothing stapled that must be": (
        "must-staple", {}, PROTOCOL,
        "the certificate demands that its CA's word on it is stapled to it "
        "(OCSP must-staple), and what the server has stapled is: none; it "
        "may be revoked, and nothing was sent; the server needs OCSP "
        "stapling" + TAIL.format("must-staple")),

    # Weak.
    "RSA of 1024 bits": (
        "rsa1024", {}, PROTOCOL,
        "the certificate of the server is too weak, with a key of RSA, 1024 "
        "bits" + TOO_WEAK + TAIL.format("rsa1024")),
    "RSA of 1024 bits, with tls_priorities": (
        "rsa1024", {"tls_priorities": "NORMAL:-VERS-TLS1.3"}, PROTOCOL,
        "the certificate of the server is too weak, with a key of RSA, 1024 "
        "bits" + TOO_WEAK + TAIL.format("rsa1024")),
    "RSA of 1024 bits, where signatures may be old": (
        "rsa1024", {"tls_priorities": "NORMAL:%VERIFY_ALLOW_SIGN_WITH_SHA1"},
        PROTOCOL, "the certificate of the server is too weak, with a key of "
        "RSA, 1024 bits" + TOO_WEAK + TAIL.format("rsa1024")),
    "RSA of 1024 bits, where CAs may be old": (
        "rsa1024", {"tls_priorities": "NORMAL:%VERIFY_ALLOW_X509_V1_CA_CRT"},
        PROTOCOL, "the certificate of the server is too weak, with a key of "
        "RSA, 1024 bits" + TOO_WEAK + TAIL.format("rsa1024")),
    "RSA of 1024 bits, allowed": (
        "rsa1024", {"tls_priorities": "NORMAL:%PROFILE_LOW"}, OK, None),
    "SHA-1": ("sha1", {}, PROTOCOL,
              "the certificate of the server is too weak, with a signature "
              "of ECDSA-SHA1" + TOO_WEAK + TAIL.format("sha1")),
    "SHA-1, allowed": ("sha1", {
        "tls_priorities": "NORMAL:%PROFILE_LOW:%VERIFY_ALLOW_SIGN_WITH_SHA1"},
        OK, None),
    "MD5": ("md5", {"tls_trust_file": "sha1-root"}, PROTOCOL,
            "the certificate of the server is too weak, with a signature of "
            "RSA-MD5" + TOO_WEAK + TAIL.format("md5")),
    "a weak CA between": (
        "below-weak", {}, PROTOCOL,
        "the certificate of CN=a weak CA is too weak, with a key of RSA, "
        "1024 bits" + TOO_WEAK + " (asked for localhost; shown: "
        "CN=below-weak, DAY to DAY; CN=a weak CA, DAY to DAY)"),
    "a weak root": ("by-weak-root", {"tls_trust_file": "weak-root"}, PROTOCOL,
                    "the certificate of a trusted CA is too weak" + TOO_WEAK +
                    TAIL.format("by-weak-root")),
    "a root by SHA-1": (        # nobody needs its signature
        "by-sha1-root", {"tls_trust_file": "sha1-root"}, OK, None),

    # By nobody who is known.
    "unknown issuer": ("others", {}, PROTOCOL,
                       UNKNOWN.format("another CA", "@ca.pem", BETWEEN) +
                       TAIL.format("others")),
    "unknown issuer of one between": (
        "below", {"tls_trust_file": "other-ca"}, PROTOCOL,
        UNKNOWN.format("zoo CA", "@other-ca.pem", "") + " (asked for "
        "localhost; shown: CN=below, DAY to DAY; CN=a CA between, DAY to "
        "DAY)"),
    "self-signed": (
        "self-signed", {}, PROTOCOL,
        "the certificate is self-signed: signed by CN=localhost, whom "
        "@ca.pem does not trust; if you know it to be right, write "
        "\"tls_fingerprint PIN\", or \"tls_trust tofu\", or "
        "\"tls_trust_file FILE\" with that certificate" +
        TAIL.format("localhost")),
    "self-signed, and trusted": (
        "self-signed", {"tls_trust_file": "self-signed"}, OK, None),
    "the CA's name and another key": (
        "forged", {}, PROTOCOL, UNKNOWN.format("zoo CA", "@ca.pem", BETWEEN) +
        TAIL.format("forged")),

    # For somebody, or something, else.
    "wrong host": ("mail", {}, PROTOCOL,
                   not_for("mail.example.org") + "mail, DAY to DAY)"),
    "for clients": ("client", {}, PROTOCOL,
                    "the certificate is not one for servers; the server "
                    "needs another" + TAIL.format("client")),
    "the root's dot": ("good", {"host": "localhost."}, OK, None),
    "the root's dot in tls_host_override": (
        "mail", override("mail.example.org."), OK, None),
    "another case": ("mail", override("Mail.Example.ORG"), OK, None),
    "a common name": ("common", {}, OK, None),
    "a common name beside others": (
        "common-and-other", {}, PROTOCOL,
        not_for("mail.example.org") + "localhost, DAY to DAY)"),
    "an address": ("good", {"host": "127.0.0.1"}, OK, None),
    "another address": ("by-address", {"host": "127.0.0.1"}, PROTOCOL,
                        not_for("192.0.2.1", "127.0.0.1") +
                        "by-address, DAY to DAY)"),
    "an address, and no name": (
        "by-address", {}, PROTOCOL, not_for("192.0.2.1") +
        "by-address, DAY to DAY)"),
    "a name, and no address": (
        "by-name", {"host": "127.0.0.1"}, PROTOCOL,
        not_for("localhost", "127.0.0.1") + "by-name, DAY to DAY)"),
    "an international name": (
        "name-international", override("münchen.example.test"), OK, None),
    "an international name in A-labels": (
        "name-international", override("xn--mnchen-3ya.example.test"), OK,
        None),

    # Wildcards.
    "*.example.test": ("name-label", MAIL, OK, None),
    "*.example.test, the domain": (
        "name-label", override("example.test"), PROTOCOL,
        not_for("*.example.test", "example.test", "NAME") +
        "name-label, DAY to DAY)"),
    "*.example.test, two labels": (
        "name-label", override("a.mail.example.test"), PROTOCOL,
        not_for("*.example.test", "a.mail.example.test", "NAME") +
        "name-label, DAY to DAY)"),
    "*.example.test, an international label": (
        "name-label", override("münchen.example.test"), OK, None),
    "*": ("name-all", MAIL, PROTOCOL, named("all", "*")),
    "*.test": ("name-top", override("mail.test"), PROTOCOL,
               not_for("*.test", "mail.test", "NAME") +
               "name-top, DAY to DAY)"),
    "*.*.test": ("name-twice", MAIL, PROTOCOL, named("twice", "*.*.test")),
    "m*l.example.test": ("name-within", MAIL, PROTOCOL,
                         named("within", "m*l.example.test")),
    "m*.example.test": ("name-behind", MAIL, PROTOCOL,
                        named("behind", "m*.example.test")),
    "*il.example.test": ("name-end", MAIL, OK, None),   # RFC 6125 6.4.3
    "mail.*.test": ("name-deep", MAIL, PROTOCOL,
                    named("deep", "mail.*.test")),

    # Name constraints.
    "permitted": ("limit-permitted", {}, OK, None),
    "permitted elsewhere": (
        "limit-elsewhere", {}, PROTOCOL, LIMITS + " (asked for localhost; "
        "shown: CN=limit-elsewhere, DAY to DAY; CN=CA elsewhere, DAY to "
        "DAY)"),
    "excluded": (
        "limit-excluded", {}, PROTOCOL, LIMITS + " (asked for localhost; "
        "shown: CN=limit-excluded, DAY to DAY; CN=CA excluded, DAY to DAY)"),
}


@pytest.mark.parametrize("tls", LINKS)
@pytest.mark.parametrize("row", TABLE)
def test_certificate(post, serve, zoo, row, tls):
    cert, settings, code, text = TABLE[row]
    server = serve(tls=tls, certs=zoo, cert=cert, auth=["PLAIN"])
    judged(post, server, zoo, code, text, settings)


@pytest.mark.parametrize("cert", ["others", "expired", "mail", "rsa1024",
                                  "must-staple", "limit-excluded", "sha1"])
def test_no_check(post, serve, zoo, cert):
    """Whoever wants none gets none."""
    server = serve(tls="implicit", certs=zoo, cert=cert)
    judged(post, server, zoo, OK, None, {"tls_certcheck": "off"})


# Old versions.

def versioned(name):
    version = getattr(ssl.TLSVersion, name)
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).minimum_version = version
    except ValueError:
        pytest.skip(f"this OpenSSL has no {name}")
    return version


LEAST = "the server has no TLS that is good enough: {} is the least, by " \
    "\"tls_min_version\""


@pytest.mark.parametrize("tls", LINKS)
@pytest.mark.parametrize("theirs, ours, text", [
    ("TLSv1", None, LEAST.format("TLS 1.2")),
    ("TLSv1_1", None, LEAST.format("TLS 1.2")),
    ("TLSv1_2", None, None),
    ("TLSv1", "1.0", None),
    ("TLSv1_1", "1.0", None),
    ("TLSv1", "1.1", LEAST.format("TLS 1.1")),
    ("TLSv1_1", "1.1", None),
    ("TLSv1", "1.2", LEAST.format("TLS 1.2")),
    ("TLSv1_2", "1.3", LEAST.format("TLS 1.3")),
    ("TLSv1_3", "1.3", None)])
def test_version(post, serve, zoo, tls, theirs, ours, text):
    server = serve(tls=tls, certs=zoo, cert="rsa2048", auth=["PLAIN"],
                   tls_max=versioned(theirs))
    judged(post, server, zoo, OK if text is None else PROTOCOL, text,
           {"tls_min_version": ours} if ours else {})


OLD = "NORMAL:-VERS-ALL:+VERS-TLS1.1:+VERS-TLS1.0"
LEFT_OUT = ", and \"tls_priorities\" leaves out more"
NOTHING_LEFT = "tls_priorities leaves nothing that tls_min_version allows, " \
    "which is {}; change one of them"


@pytest.mark.parametrize("theirs, priorities, ours, code, text", [
    ("TLSv1_1", "NORMAL:+VERS-TLS1.1", None, PROTOCOL,
     LEAST.format("TLS 1.2")),
    ("TLSv1_1", OLD, None, CONFIG, NOTHING_LEFT.format("TLS 1.2")),
    ("TLSv1_1", OLD, "1.1", OK, None),
    ("TLSv1", OLD, "1.1", PROTOCOL,
     "the server offers TLS1.0 only; TLS 1.1 is the least, by "
     "\"tls_min_version\""),
    ("TLSv1_2", "NORMAL:-VERS-TLS1.3", "1.3", CONFIG,
     NOTHING_LEFT.format("TLS 1.3")),
    ("TLSv1_1", "NORMAL:-VERS-ALL:+VERS-TLS1.0", "1.0", PROTOCOL,
     LEAST.format("TLS 1.0") + LEFT_OUT),
    ("TLSv1_3", "SECURE128", "1.3", OK, None),
    ("TLSv1_3", "SECURE256", "1.3", PROTOCOL,
     "the certificate of somebody in the chain is too weak" + TOO_WEAK +
     TAIL.format("rsa2048"))],
    ids=["offered", "nothing else", "allowed", "one of them", "without 1.3",
         "too few",
         "a level", "a level that takes more"])
def test_version_and_priorities(post, serve, zoo, theirs, priorities, ours,
                                code, text):
    server = serve(tls="implicit", certs=zoo, cert="rsa2048", auth=["PLAIN"],
                   tls_max=versioned(theirs))
    judged(post, server, zoo, code, text, {
        "tls_priorities": priorities,
        **({"tls_min_version": ours} if ours else {})})


@pytest.mark.parametrize("text", ["NONE", "NORMAL:-VERS-ALL"])
def test_nothing_left(post, serve, zoo, text):
    server = serve(tls="implicit", certs=zoo, cert="good")
    judged(post, server, zoo, CONFIG, NOTHING_LEFT.format("TLS 1.2"),
           {"tls_priorities": text})


def test_too_many(post, serve, zoo):
    (zoo / "many.pem").write_text((zoo / "good.pem").read_text() +
                                  (zoo / "inter.pem").read_text() * 20)
    (zoo / "many.key").write_text((zoo / "good.key").read_text())
    server = serve(tls="implicit", certs=zoo, cert="many")
    judged(post, server, zoo, PROTOCOL, "the server sends more certificates "
           "than a chain may have; it needs no others than its own and those "
           "between that and its CA", {})


def test_without_the_only_version(post, serve, zoo):
    server = serve(tls="implicit", certs=zoo, cert="rsa2048")
    server.context().minimum_version = ssl.TLSVersion.TLSv1_3
    judged(post, server, zoo, PROTOCOL, LEAST.format("TLS 1.2") + LEFT_OUT,
           {"tls_priorities": "NORMAL:-VERS-TLS1.3"})


# What is to be spoken (RFC 7301).

@pytest.mark.parametrize("protocol, agreed", [("smtp", "smtp"),
                                              ("lmtp", None)])
@pytest.mark.parametrize("tls", LINKS)
def test_alpn(post, serve, zoo, tls, protocol, agreed):
    """LMTP has no name there."""
    server = serve(tls=tls, certs=zoo, cert="good", protocol=protocol)
    server.context().set_alpn_protocols(["h2", "smtp", "lmtp"])
    for _ in range(2):          # the second session is resumed
        quiet(post.submit(server, RCPT, settings={
            "tls_trust_file": zoo / "ca.pem", "protocol": protocol}))
    assert [s.alpn for s in server.sessions] == [agreed, agreed]
    assert [s.resumed for s in server.sessions] == [False, True]


# A server that is too weak otherwise.

PARAMETERS = """-----BEGIN DH PARAMETERS-----
MIGHAoGBAP//////////yQ/aoiFowjTExmKLgNwc0SkCTgiKZ8x0Agu+pjsTmyJR
Sgh5jjQE3e+VGbPNOkMbMCsKbfJfFDdP4TVtbVHCReSFtXZiXn7G9ExC6aY37WsL
/1y29Aa37e44a/taiZ+lrp8kEXxLH+ZJKGZR7OZTgf//////////AgEC
-----END DH PARAMETERS-----
"""


def test_weak_exchange(post, serve, zoo):
    """Diffie-Hellman with 1024 bits, and nothing better."""
    server = serve(tls="implicit", certs=zoo, cert="rsa2048",
                   tls_max=ssl.TLSVersion.TLSv1_2)
    path = post.folder / "dh.pem"
    path.write_text(PARAMETERS)
    server.context().load_dh_params(path)
    server.context().set_ciphers("DHE-RSA-AES256-GCM-SHA384:@SECLEVEL=0")
    judged(post, server, zoo, PROTOCOL, "the server's key exchange is too "
           "weak: it takes Diffie-Hellman with 2048 bits, or what "
           "\"tls_priorities\" says, or elliptic curves", {})
    quiet(post.submit(server, RCPT, settings={
        "tls_trust_file": zoo / "ca.pem",
        "tls_priorities": "NORMAL:%PROFILE_LOW"}))


# What a server staples, in both versions of TLS.

STAPLED = {
    "good": ("good", "V", OK, None),
    "good, as it must be": ("must-staple", "V", OK, None),
    "revoked": ("good", "R", PROTOCOL,
                "the certificate of the server was revoked on 2026-01-02 "
                "03:04 UTC"),
    "revoked, and must be stapled": (
        "must-staple", "R", PROTOCOL,
        "the certificate of the server was revoked on 2026-01-02 03:04 UTC"),
}


@pytest.mark.parametrize("version", ["1.2", "1.3"])
@pytest.mark.parametrize("row", STAPLED)
def test_stapled(post, gnu, zoo, row, version):
    cert, status, code, text = STAPLED[row]
    server = gnu(certs=zoo, cert=cert, ocsp=staple(zoo, cert, status),
                 priority=f"NORMAL:-VERS-ALL:+VERS-TLS{version}")
    r = post.submit(server, RCPT, settings={"tls_trust_file": zoo / "ca.pem"})
    session, = server.sessions()
    assert r.code == code, r.err
    assert len(session.mail) == (code == OK)
    if code == OK:
        quiet(r)
    else:
        assert text in r.err and r.err.count("\n") == 1
        assert "OCSP" in r.err and session.commands == []


@pytest.mark.parametrize("how", ["--tls-certcheck=off",
                                 "--tls-trust=tofu"])
def test_lists_that_cannot_count(post, serve, zoo, how):
    """The command line wins over what is written."""
    server = serve(tls="implicit", certs=zoo, cert="good")
    config = post.config(post.settings(server, tls_crl_file=zoo / "none.pem"))
    r = post.run("-C", config, how, RCPT, start_new_session=True)
    assert r.code == (PROTOCOL if "tofu" in how else OK), r.err
    assert "tls_crl_file" not in r.err


# A session that was kept is worth no more than what it was verified by.

def kept(post):
    """When it was verified, and until when it is good."""
    file, = (post.home / ".local/state/posthorn/tls").iterdir()
    return struct.unpack("=qq", file.read_bytes()[8:24])


@pytest.mark.parametrize("cert", ["good", "must-staple"])
def test_kept_as_long_as_stapled(post, gnu, zoo, cert):
    server = gnu(certs=zoo, cert=cert, ocsp=staple(zoo, cert, days=2))
    for _ in range(2):
        quiet(post.submit(server, RCPT, settings={
            "tls_trust_file": zoo / "ca.pem"}))
    assert [s.tls[2] for s in server.sessions()] == ["0", "1"]
    verified, until = kept(post)
    assert 86400 < until - verified <= 2 * 86400


def test_expiry_is_the_certificate_s(post, gnu, zoo):
    server = gnu(certs=zoo, cert="good", ocsp=staple(zoo, "good", days=2))
    r = post.run("-C", post.config(post.settings(
        server, tls_trust_file=zoo / "ca.pem")), "--check", stdin=b"")
    assert "the certificate expires in 29 days" in r.out, r.out


def test_revoked_since(post, serve, zoo):
    server = serve(tls="implicit", certs=zoo, cert="good")
    lists = post.folder / "crl.pem"
    settings = {"tls_trust_file": zoo / "ca.pem", "tls_crl_file": lists}
    lists.write_text((zoo / "list-empty.pem").read_text())
    for _ in range(2):
        quiet(post.submit(server, RCPT, settings=settings))
    assert [s.resumed for s in server.sessions] == [False, True]
    lists.write_text((zoo / "list-good.pem").read_text())
    r = post.submit(server, RCPT, settings=settings)
    assert r.code == PROTOCOL and "was revoked" in r.err
    assert len(server.messages) == 2
