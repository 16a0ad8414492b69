"""Certificates that are no good, each in its way, and revocation lists."""

import os
import pathlib

from smtpd_certs import CA_CONFIG, make_ca, make_cert, make_key, openssl

OWN = "DNS:localhost,IP:127.0.0.1"


def make_rsa(folder, name, bits):
    openssl(folder, "genrsa", "-out", f"{name}.key", str(bits))
    os.chmod(folder / f"{name}.key", 0o600)


class Zoo:
    """A CA, ca.pem, and what it has issued, in a folder of its own."""

    def __init__(self, folder):
        self.folder = folder = pathlib.Path(folder)
        (folder / "ca.cnf").write_text(CA_CONFIG)
        (folder / "index.txt").write_text("")
        make_ca(folder, "ca", "zoo CA")
        make_ca(folder, "other-ca", "another CA")
        (folder / "both-ca.pem").write_text(self.read("ca") +
                                            self.read("other-ca"))
        self.serial = 1000

    def read(self, name):
        return (self.folder / f"{name}.pem").read_text()

    def make(self, name, san=OWN, ca="ca", extra=(), digest="sha256",
             bits=None, days=30, subject=None, chain=()):
        """A certificate; extra are lines of x509v3_config(5).  Those that are
        in the chain are sent along."""
        if bits is None:
            make_key(self.folder, name)
        else:
            make_rsa(self.folder, name, bits)
        lines = list(extra)
        if san:
            lines.append(f"subjectAltName={san}")
        (self.folder / f"{name}.cnf").write_text("\n".join(lines) + "\n")
        self.serial += 1
        openssl(self.folder, "req", "-new", "-key", f"{name}.key", "-out",
                f"{name}.csr", "-subj", f"/CN={subject or name}")
        openssl(self.folder, "x509", "-req", "-in", f"{name}.csr", "-CA",
                f"{ca}.pem", "-CAkey", f"{ca}.key", "-set_serial",
                str(self.serial), "-days", str(days), f"-{digest}",
                "-extfile", f"{name}.cnf", "-out", f"{name}.pem")
        own = self.read(name)
        for other in chain:
            own += self.read(other)
        (self.folder / f"{name}.pem").write_text(own)

    def make_between(self, name, extra=(), **more):
        """A CA below the CA."""
        self.make(name, san=None, extra=[
            "basicConstraints=critical,CA:TRUE",
            "keyUsage=critical,keyCertSign,cRLSign", *extra], **more)

    def make_root(self, name, subject, bits=None, digest="sha256"):
        """Another CA, of that strength."""
        make_rsa(self.folder, name, bits)
        openssl(self.folder, "req", "-x509", "-new", "-key", f"{name}.key",
                "-out", f"{name}.pem", "-days", "30", f"-{digest}", "-subj",
                f"/CN={subject}", "-addext",
                "keyUsage=critical,keyCertSign,cRLSign")

    def make_self_signed(self, name, subject):
        make_key(self.folder, name)
        openssl(self.folder, "req", "-x509", "-new", "-key", f"{name}.key",
                "-out", f"{name}.pem", "-days", "30", "-subj",
                f"/CN={subject}", "-addext", f"subjectAltName={OWN}")

    def make_list(self, name, ca="ca", revoked=(), hours=24 * 7, extra=(),
                  dates=None):
        """A revocation list; with negative hours it is too old.  extra are
        lines of x509v3_config(5), dates from when to when it is valid."""
        rows = "".join(
            f"R\t300101000000Z\t260102030405Z\t{number:04X}\tunknown\t/CN=x\n"
            for number in revoked)
        folder = self.folder
        (folder / "revoked.txt").write_text(rows)
        (folder / "crl.cnf").write_text(
            CA_CONFIG.replace("index.txt", "revoked.txt") +
            "\n".join(["[crl_more]", *extra, "[only_cas]", "onlyCA = TRUE"]) +
            "\n")
        when = ["-crlhours", str(hours)] if hours > 0 else [
            "-crl_lastupdate", "20250101000000Z",
            "-crl_nextupdate", "20250201000000Z"]
        if dates:
            when = ["-crl_lastupdate", dates[0], "-crl_nextupdate", dates[1]]
        if extra:
            when += ["-crlexts", "crl_more"]
        openssl(folder, "ca", "-config", "crl.cnf", "-gencrl", "-cert",
                f"{ca}.pem", "-keyfile", f"{ca}.key", "-out",
                f"{name}.pem", *when)


def stock(folder):
    """All that the tests want."""
    zoo = Zoo(folder)
    make_cert(zoo.folder, "expired", OWN,
              dates=("20200101000000Z", "20210101000000Z"))
    make_cert(zoo.folder, "early", OWN,
              dates=("20900101000000Z", "20910101000000Z"))
    zoo.make("good")
    good = zoo.serial
    zoo.make_self_signed("self-signed", "localhost")
    zoo.make("mail", "DNS:mail.example.org")
    zoo.make("by-address", "IP:192.0.2.1")
    zoo.make("by-name", "DNS:localhost")
    zoo.make("common", None, subject="localhost")
    zoo.make("common-and-other", "DNS:mail.example.org", subject="localhost")
    zoo.make("dns-address", "DNS:127.0.0.1")
    zoo.make("uri", "URI:smtp://localhost", subject="localhost")
    zoo.make("long", "DNS:" + "a" * 300)
    zoo.make("odd", "DNS:a ; rm -rf x")
    zoo.make("odd-and-plain", "DNS:a ; x,DNS:b.example.org")
    zoo.make("client", extra=["extendedKeyUsage=clientAuth"])
    zoo.make("must-staple", extra=["tlsfeature=status_request"])
    zoo.make("sha1", digest="sha1")
    zoo.make("rsa1024", bits=1024)
    zoo.make("rsa2048", bits=2048)
    zoo.make("others", ca="other-ca")
    for name, pattern in {
            "label": "*.example.test", "all": "*", "top": "*.test",
            "twice": "*.*.test", "within": "m*l.example.test",
            "behind": "m*.example.test", "end": "*il.example.test",
            "deep": "mail.*.test",
            "international": "xn--mnchen-3ya.example.test"}.items():
        zoo.make(f"name-{name}", f"DNS:{pattern}")

    zoo.make_between("inter", subject="a CA between")
    inter = zoo.serial
    zoo.make("below", ca="inter", chain=["inter"])
    below = zoo.serial
    zoo.make_between("weak-inter", bits=1024, subject="a weak CA")
    zoo.make("below-weak", ca="weak-inter", chain=["weak-inter"])
    for name, limits in {
            "permitted": "permitted;DNS:localhost,permitted;"
                         "IP:127.0.0.1/255.255.255.255",
            "elsewhere": "permitted;DNS:example.org",
            "excluded": "excluded;DNS:localhost"}.items():
        zoo.make_between(f"ca-{name}", subject=f"CA {name}", extra=[
            f"nameConstraints=critical,{limits}"])
        zoo.make(f"limit-{name}", ca=f"ca-{name}", chain=[f"ca-{name}"])
    zoo.make_root("weak-root", "a weak root", bits=1024)
    zoo.make("by-weak-root", ca="weak-root")
    zoo.make_root("sha1-root", "an old root", bits=2048, digest="sha1")
    zoo.make("by-sha1-root", ca="sha1-root")
    zoo.make("md5", ca="sha1-root", digest="md5")
    # The CA's name and another key.
    make_ca(zoo.folder, "false-ca", "zoo CA")
    zoo.make("forged", ca="false-ca")

    zoo.make_list("list-empty")
    zoo.make_list("list-good", revoked=[good])
    zoo.make_list("list-inter", revoked=[inter])
    zoo.make_list("list-below", ca="inter", revoked=[below])
    zoo.make_list("list-other", ca="other-ca", revoked=[good])
    zoo.make_list("list-old", hours=-1)
    zoo.make_list("list-old-good", revoked=[good], hours=-1)
    zoo.make_list("list-false", ca="false-ca")
    zoo.make_list("list-delta", extra=["2.5.29.27=critical,DER:020101"])
    zoo.make_list("list-of-cas", extra=[
        "issuingDistributionPoint=critical,@only_cas"])
    zoo.make_list("list-strange", extra=["1.2.3.4.5=critical,DER:0500"])
    zoo.make_list("list-known", extra=["2.5.29.20=critical,DER:020101",
                                       "1.2.3.4.5=DER:0500"])
    zoo.make_list("list-early", dates=("20900101000000Z", "20910101000000Z"))
    for name, parts in {
            "list-old-and-delta": ["list-old", "list-delta"],
            "list-old-and-of-cas": ["list-old", "list-of-cas"],
            "list-new-and-delta": ["list-empty", "list-delta"],
            "list-early-and-new": ["list-early", "list-empty"],
            "list-early-and-old": ["list-early", "list-old"],
            "list-several": ["list-other", "list-good", "list-below"],
            "list-old-and-new": ["list-old-good", "list-empty"],
            "list-and-more": ["ca", "list-good", "ca"]}.items():
        (zoo.folder / f"{name}.pem").write_text(
            "a comment\n" + "\n".join(zoo.read(p) for p in parts))
    return zoo.folder


def staple(folder, cert, status="V", days=7):
    """The CA's word on a certificate of its own, as a file in DER: V is good, R
    revoked on 2026-01-02, for so many days.  Returns its path."""
    serial = openssl(folder, "x509", "-in", f"{cert}.pem", "-noout",
                     "-serial").partition("=")[2].strip()
    when = "260102030405Z" if status == "R" else ""
    (folder / "stapled.txt").write_text(
        f"{status}\t300101000000Z\t{when}\t{serial}\tunknown\t/CN=x\n")
    path = folder / f"{cert}-{status}.ocsp"
    openssl(folder, "ocsp", "-index", "stapled.txt", "-CA", "ca.pem",
            "-rsigner", "ca.pem", "-rkey", "ca.key", "-issuer", "ca.pem",
            "-cert", f"{cert}.pem", "-respout", str(path), "-resp_no_certs",
            "-ndays", str(days))
    return path
