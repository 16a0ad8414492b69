"""A token of SoftHSM that holds the key and the certificate of a client.

    from softhsm import token               # the fixture
    post.run(..., env=token.env)
    settings: tls_cert_file and tls_key_file are token.cert and token.key,
    PKCS#11 URIs without a PIN; it is token.pin

GnuTLS finds SoftHSM by the module file that its package gives p11-kit.  What
is in the token lies in a folder of ours, which $SOFTHSM2_CONF names.
"""

import os
import pathlib
import shutil
import subprocess

import pytest

from smtpd_certs import make_key, openssl

MODULES = "/usr/share/p11-kit/modules/softhsm2.module"
CONF = """directories.tokendir = {folder}/tokens
objectstore.backend = file
log.level = ERROR
slots.removable = false
"""


def make_client(folder, name, ca="ca"):
    """A certificate for a client, NAME.pem and NAME.key beside the CA's."""
    make_key(folder, name)
    openssl(folder, "req", "-new", "-key", f"{name}.key", "-out",
            f"{name}.csr", "-subj", f"/CN={name}",
            "-addext", "extendedKeyUsage=clientAuth")
    openssl(folder, "ca", "-config", "ca.cnf", "-batch", "-notext",
            "-rand_serial", "-cert", f"{ca}.pem", "-keyfile", f"{ca}.key",
            "-in", f"{name}.csr", "-out", f"{name}.pem", "-days", "30")


class Token:
    label, name, pin = "posthorn", "ann-token", "token-7321"

    def __init__(self, folder, certs):
        self.folder = folder
        (folder / "tokens").mkdir()
        (folder / "conf").write_text(CONF.format(folder=folder))
        self.env = {"SOFTHSM2_CONF": str(folder / "conf")}
        url = f"pkcs11:token={self.label}"
        self.cert = f"{url};object={self.name};type=cert"
        self.key = f"{url};object={self.name};type=private"
        make_client(certs, self.name)
        self.tool("--initialize", "--label", self.label,
                  "pkcs11:manufacturer=SoftHSM%20project")
        self.tool("--initialize-pin", url)
        what = ("--write", "--login", "--label", self.name, "--id", "a1")
        self.tool(*what, "--load-privkey", certs / f"{self.name}.key", url)
        self.tool(*what, "--no-mark-private", "--load-certificate",
                  certs / f"{self.name}.pem", url)

    def tool(self, *args):
        done = subprocess.run(
            ["p11tool", "--batch", *args], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60,
            env={**os.environ, **self.env, "GNUTLS_PIN": self.pin,
                 "GNUTLS_SO_PIN": self.pin})
        if done.returncode != 0:
            raise RuntimeError(f"p11tool {args[0]}: {done.stdout.decode()}")


@pytest.fixture(scope="session")
def token(certs, tmp_path_factory):
    missing = [p for p in ("p11tool", MODULES)
               if not pathlib.Path(shutil.which(p) or p).exists()]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    return Token(tmp_path_factory.mktemp("token"), certs)
