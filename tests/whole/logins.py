"""A real Postfix for logins: by Dovecot, and by Cyrus SASL.

    from logins import logins               # the fixture, one a module
    logins.settings("dovecot", ...)         # or "cyrus": posthorn's account
    logins.bearer(...)                      # a token for OAUTHBEARER

Dovecot offers what the fixture `postfix` has, and takes bearer tokens, which
it validates itself (introspection_mode = local).  Cyrus SASL has its users in
a sasldb of ours, and where there is a realm (kdc.py) it takes its tickets.
"""

import base64
import hashlib
import hmac
import json
import os
import pwd
import shutil
import subprocess
import time

import pytest

from conftest import PASSWORD, USER, Postfix

CYRUS_MECHANISMS = ("DIGEST-MD5", "NTLM", "SCRAM-SHA-256", "SCRAM-SHA-1",
                    "CRAM-MD5", "PLAIN", "LOGIN", "ANONYMOUS")
DOVECOT_MECHANISMS = ("SCRAM-SHA-256", "SCRAM-SHA-1", "CRAM-MD5", "PLAIN",
                      "LOGIN")
BEARERS = ("OAUTHBEARER", "XOAUTH2")
ISSUER = "https://login.example.org/"

MASTER_CF = """127.0.0.1:{cyrus} inet n - n - - smtpd
  -o smtpd_tls_wrappermode=yes
  -o smtpd_sasl_type=cyrus
  -o smtpd_sasl_path=smtpd
  -o smtpd_sasl_local_domain=localhost
  -o myhostname=localhost
  -o smtpd_sasl_security_options=
127.0.0.1:{clear} inet n - n - - smtpd
  -o smtpd_tls_security_level=none
  -o smtpd_tls_auth_only=no
  -o smtpd_sasl_type=cyrus
  -o smtpd_sasl_path=smtpd
  -o smtpd_sasl_local_domain=localhost
  -o myhostname=localhost
  -o smtpd_sasl_security_options=
"""

# The passdb of tokens comes first, and is asked for these mechanisms alone.
OAUTH2 = """auth_mechanisms = $auth_mechanisms oauthbearer xoauth2
passdb {{
  driver = oauth2
  mechanisms = oauthbearer xoauth2
  args = {dir}/oauth2.conf
}}
"""

OAUTH2_CONF = """introspection_mode = local
local_validation_key_dict = fs:posix:prefix={dir}/keys/
issuers = {issuer}
username_attribute = sub
"""

SMTPD_CONF = """pwcheck_method: auxprop
auxprop_plugin: sasldb
sasldb_path: {dir}/etc/sasl/sasldb2
mech_list: {mechanisms}
log_level: 3
"""


def url64(octets):
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


class Logins(Postfix):
    tls_names = {**Postfix.tls_names, "cyrus": "off", "clear": "off"}

    def __init__(self, certs, realm=None):
        super().__init__(certs)
        self.realm = realm
        self.key = os.urandom(32)

    def write(self):
        super().write()
        self.write_dovecot()
        self.write_cyrus()
        etc = self.dir / "etc"
        with open(etc / "master.cf", "a", encoding="utf-8") as f:
            f.write(MASTER_CF.format(**self.ports))
        with open(etc / "main.cf", "a", encoding="utf-8") as f:
            f.write(f"cyrus_sasl_config_path = {self.dir}/etc/sasl\n")
            if self.realm:
                f.write("import_environment = MAIL_CONFIG MAIL_DEBUG "
                        "MAIL_LOGTAG LANG=C KRB5RCACHENAME=none:"
                        f" KRB5_CONFIG={self.dir}/etc/sasl/krb5.conf"
                        f" KRB5_KTNAME={self.dir}/etc/sasl/keytab\n")

    def write_dovecot(self):
        names = {"dir": self.dir, "issuer": ISSUER}
        keys = self.dir / "keys/default/HS256"
        keys.mkdir(parents=True)
        (keys / "default").write_bytes(base64.b64encode(self.key))
        (self.dir / "oauth2.conf").write_text(OAUTH2_CONF.format(**names))
        conf = self.dir / "dovecot.conf"
        head, mark, tail = conf.read_text().partition("passdb {")
        conf.write_text(head + OAUTH2.format(**names) + mark + tail)

    def write_cyrus(self):
        # Where Debian's Postfix looks, whatever cyrus_sasl_config_path says.
        folder = self.dir / "etc/sasl"
        folder.mkdir()
        mechanisms = CYRUS_MECHANISMS + (
            ("GSSAPI", "GS2-KRB5") if self.realm else ())
        (folder / "smtpd.conf").write_text(SMTPD_CONF.format(
            dir=self.dir, mechanisms=" ".join(mechanisms)))
        done = subprocess.run(
            ["saslpasswd2", "-p", "-c", "-u", "localhost", "-f",
             folder / "sasldb2", USER], input=PASSWORD, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
        if done.returncode != 0:
            raise RuntimeError(f"saslpasswd2: {done.stdout}")
        if self.realm:
            shutil.copy(self.realm.keytab, folder / "keytab")
            shutil.copy(self.realm.dir / "krb5.conf", folder / "krb5.conf")
        for path in folder.iterdir():
            shutil.chown(path, "postfix")

    def bearer(self, seconds=3600, pad=0, **claims):
        """A token for ann, that is good for so long, with so many octets
        of no use in it."""
        now = int(time.time())
        claims = {"sub": USER, "iss": ISSUER, "iat": now - 7200,
                  "exp": now + seconds, **claims}
        if pad:
            claims["pad"] = "x" * pad
        text = ".".join(url64(json.dumps(part).encode()) for part in
                        ({"alg": "HS256", "typ": "JWT"}, claims))
        return text + "." + url64(hmac.digest(
            self.key, text.encode(), hashlib.sha256))

    def settings(self, tls, **more):
        """Of "dovecot", "cyrus", or "clear": Cyrus SASL without TLS."""
        text = super().settings("implicit" if tls == "dovecot" else tls,
                                **more)
        if tls != "clear":
            return text
        return "".join(line for line in text.splitlines(True)
                       if not line.startswith("tls")) + "tls off\n"

    def how(self):
        """Of the last login the server's word: its method, and who."""
        lines = [line for line in (self.dir / "maillog").read_text(
            errors="replace").splitlines() if "sasl_method=" in line]
        words = dict(w.strip().partition("=")[::2]
                     for w in lines[-1].split(","))
        return words["sasl_method"], words["sasl_username"]


@pytest.fixture(scope="module")
def logins(certs, request):
    missing = [p for p in ("postfix", "postconf", "dovecot", "saslpasswd2")
               if shutil.which(p, path="/usr/sbin:/usr/bin") is None]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    if os.geteuid() != 0:
        pytest.skip("Postfix is started by root only")
    try:
        realm = request.getfixturevalue("realm")
    except pytest.skip.Exception:
        realm = None
    p = Logins(certs, realm)
    try:
        p.start()
        yield p
    finally:
        p.stop()
