"""A realm of MIT Kerberos, with a KDC of its own on the loopback interface.

    from kdc import realm                   # the fixture, one a session
    realm.env                               # finds the KDC, has no ticket
    realm.ticket(folder)                    # the same with ann's ticket
    realm.server                            # has the key of smtp/localhost

Nothing of the system's is read: $KRB5_CONFIG names another krb5.conf, and
tickets are files.
"""

import os
import pathlib
import shutil
import socket
import subprocess
import tempfile

import pytest

from conftest import PASSWORD, USER, free_ports, until

REALM = "POSTHORN.TEST"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
TOOLS = ["krb5kdc", "kdb5_util", "kadmin.local", "kinit"]

KRB5_CONF = """[libdefaults]
	default_realm = {realm}
	dns_lookup_kdc = false
	dns_lookup_realm = false
	dns_canonicalize_hostname = false
	rdns = false
	udp_preference_limit = 1
[realms]
	{realm} = {{
		kdc = 127.0.0.1:{port}
	}}
[domain_realm]
	localhost = {realm}
[logging]
	kdc = FILE:{dir}/kdc.log
"""

KDC_CONF = """[kdcdefaults]
	kdc_listen = ""
	kdc_tcp_listen = 127.0.0.1:{port}
[realms]
	{realm} = {{
		database_name = {dir}/principal
		key_stash_file = {dir}/stash
		acl_file = {dir}/acl
	}}
"""


class Realm:
    """ann's password is that of the tests; smtp/localhost has a keytab, and
    smtp/elsewhere is there, but nobody's."""

    principal = f"{USER}@{REALM}"

    def __init__(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="posthorn-kdc-"))
        self.port, = free_ports(1)
        for name, text in (("krb5.conf", KRB5_CONF), ("kdc.conf", KDC_CONF)):
            (self.dir / name).write_text(text.format(
                dir=self.dir, port=self.port, realm=REALM))
        # libgssglue, which libgsasl may be linked with, loses 16 octets of
        # what it asks the other for.
        (self.dir / "leaks").write_text("leak:libgssapi_krb5\n")
        self.env = {"KRB5_CONFIG": str(self.dir / "krb5.conf"),
                    "KRB5CCNAME": f"FILE:{self.dir}/none",
                    "LSAN_OPTIONS": f"suppressions={self.dir}/leaks:"
                    "print_suppressions=0"}
        self.keytab = self.dir / "keytab"
        self.server = {**self.env, "KRB5_KTNAME": f"FILE:{self.keytab}",
                       # Threads of one server, tickets of one second.
                       "KRB5RCACHENAME": "none:"}
        self.process = None

    def call(self, *command, stdin=None):
        done = subprocess.run(
            command, input=stdin, text=True, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, timeout=60,
            env={"PATH": PATH, **self.env,
                 "KRB5_KDC_PROFILE": str(self.dir / "kdc.conf")})
        if done.returncode != 0:
            raise RuntimeError(f"{command[0]}: {done.stdout}")
        return done.stdout

    def start(self):
        self.call("kdb5_util", "create", "-s", "-W",
                  stdin=f"{PASSWORD}\n{PASSWORD}\n")
        self.call("kadmin.local", stdin=f"""addprinc {USER}
{PASSWORD}
{PASSWORD}
addprinc -randkey smtp/localhost
addprinc -randkey smtp/elsewhere
ktadd -k {self.keytab} smtp/localhost
""")
        with open(self.dir / "output", "wb") as out:
            self.process = subprocess.Popen(
                ["krb5kdc", "-n"], stdin=subprocess.DEVNULL, stdout=out,
                stderr=out, env={
                    "PATH": PATH, **self.env,
                    "KRB5_KDC_PROFILE": str(self.dir / "kdc.conf")})
        until(lambda: self.process.poll() is not None or self.connects(),
              "the KDC's port")
        if self.process.poll() is not None:
            raise RuntimeError((self.dir / "output").read_text())

    def connects(self):
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self):
        if self.process is not None:
            self.process.terminate()
            self.process.wait(30)
        shutil.rmtree(self.dir, ignore_errors=True)

    def ticket(self, folder):
        """The environment of who is ann, in a cache in that folder."""
        cache = f"FILE:{folder}/ticket"
        self.call("kinit", "-c", cache, USER, stdin=f"{PASSWORD}\n")
        return {**self.env, "KRB5CCNAME": cache}


@pytest.fixture(scope="session")
def realm():
    missing = [p for p in TOOLS if shutil.which(p, path=PATH) is None]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    r = Realm()
    try:
        r.start()
        yield r
    finally:
        r.stop()
