"""Throw-away certificates, from a throw-away CA."""

import os
import pathlib
import subprocess


def openssl(folder, *args):
    done = subprocess.run(("openssl",) + args, cwd=folder, text=True,
                          stdin=subprocess.DEVNULL, capture_output=True)
    if done.returncode != 0:
        raise RuntimeError(f"openssl {args[0]} failed: "
                           f"{done.stderr.strip()[-400:]}")
    return done.stdout


CA_CONFIG = """[ca]
default_ca = own
[own]
new_certs_dir = .
database = index.txt
serial = serial.txt
default_md = sha256
policy = any
copy_extensions = copy
unique_subject = no
[any]
commonName = supplied
"""


def make_key(folder, name):
    openssl(folder, "genpkey", "-algorithm", "EC", "-pkeyopt",
            "ec_paramgen_curve:P-256", "-out", f"{name}.key")
    os.chmod(folder / f"{name}.key", 0o600)


def make_ca(folder, name, subject):
    make_key(folder, name)
    openssl(folder, "req", "-x509", "-new", "-key", f"{name}.key", "-out",
            f"{name}.pem", "-days", "30", "-subj", f"/CN={subject}",
            "-addext", "keyUsage=critical,keyCertSign,cRLSign")


def make_cert(folder, name, san, ca="ca", dates=None):
    """A server's certificate; dates are the first and the last day."""
    make_key(folder, name)
    openssl(folder, "req", "-new", "-key", f"{name}.key", "-out",
            f"{name}.csr", "-subj", "/CN=posthorn test server",
            "-addext", f"subjectAltName={san}",
            "-addext", "extendedKeyUsage=serverAuth")
    when = ("-days", "30") if dates is None else \
        ("-startdate", dates[0], "-enddate", dates[1])
    openssl(folder, "ca", "-config", "ca.cnf", "-batch", "-notext",
            "-rand_serial", "-cert", f"{ca}.pem", "-keyfile", f"{ca}.key",
            "-in", f"{name}.csr", "-out", f"{name}.pem", *when)


def make_certs(folder, all_of_them=False):
    """ca.pem and server.pem, and with all_of_them those that are no good.
    Returns the folder as a path."""
    folder = pathlib.Path(folder)
    folder.mkdir(exist_ok=True)
    (folder / "ca.cnf").write_text(CA_CONFIG)
    (folder / "index.txt").write_text("")
    make_ca(folder, "ca", "posthorn throw-away CA")
    own = "DNS:localhost,IP:127.0.0.1"
    make_cert(folder, "server", own)
    if all_of_them:
        make_cert(folder, "wrong-name", "DNS:mail.example.org")
        make_cert(folder, "expired", own,
                  dates=("20200101000000Z", "20210101000000Z"))
        make_ca(folder, "other-ca", "another CA")
        make_cert(folder, "unknown-ca", own, ca="other-ca")
        make_key(folder, "self-signed")
        openssl(folder, "req", "-x509", "-new", "-key", "self-signed.key",
                "-out", "self-signed.pem", "-days", "30", "-subj",
                "/CN=localhost", "-addext", f"subjectAltName={own}")
    return folder
