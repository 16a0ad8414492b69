"""A signed root of the DNS on the loopback interface, by BIND's named.

    with Signed(folder, ["_25._tcp.mail.example.org. TLSA 3 1 1 ..."]) as dns:
        ... dns.address answers, and dns.anchor is the file with its key ...

The records stand in the root zone itself.  Below it are zones of other kinds:
plain. is not signed, old. was signed until 2020, and broken. cannot be read;
what belongs there is put there.  `forge` is a pair of texts, the second of
which stands instead of the first once all is signed.
"""

import pathlib
import shutil
import socket
import subprocess
import threading

import pytest

from conftest import free_ports, until
from names import own_address, packed

TOOLS = ("named", "dnssec-keygen", "dnssec-signzone")
HEAD = """$TTL 300
@ SOA ns. root. 1 3600 600 86400 300
@ NS ns.
"""
CONF = """options {{
  directory "{dir}";
  pid-file none;
  session-keyfile none;
  listen-on port {port} {{ 127.0.0.1; }};
  listen-on-v6 {{ none; }};
  recursion yes;
  dnssec-validation no;
}};
controls {{ }};
zone "." {{ type primary; file "root.signed"; }};
zone "plain" {{ type primary; file "plain"; }};
zone "old" {{ type primary; file "old.signed"; }};
zone "broken" {{ type primary; file "there-is-none"; }};
"""


def missing():
    path = "/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin"
    return [t for t in TOOLS if shutil.which(t, path=path) is None]


class Signed:
    def __init__(self, folder, records, forge=None):
        if missing():
            pytest.skip(f"not installed: {', '.join(missing())}")
        self.dir = pathlib.Path(folder)
        self.dir.mkdir()
        self.address = own_address()
        self.anchor = self.dir / "anchor"
        zones = {"root": [], "plain": [], "old": []}
        for record in records:
            last = record.split()[0].rstrip(".").rpartition(".")[2]
            zones[last if last in zones else "root"].append(record)
        self.write("plain", zones["plain"])
        self.write("old", zones["old"])
        self.sign("old", "old.", "-s", "20200101000000", "-e",
                  "20200201000000")
        self.write("root", zones["root"] + [
            f"ns. A {self.address}", "plain. NS ns.", "old. NS ns.",
            "broken. NS ns.", (self.dir / "dsset-old.").read_text()])
        key = self.sign("root", ".")
        self.anchor.write_text(key.read_text())
        if forge is not None:
            text = (self.dir / "root.signed").read_text()
            assert forge[0] in text
            (self.dir / "root.signed").write_text(text.replace(*forge))
        self.port, = free_ports(1)
        (self.dir / "conf").write_text(CONF.format(dir=self.dir,
                                                   port=self.port))

    def write(self, name, records):
        (self.dir / name).write_text(HEAD + "\n".join(records) + "\n")

    def call(self, *command):
        done = subprocess.run(command, cwd=self.dir, text=True, timeout=60,
                              stdin=subprocess.DEVNULL, capture_output=True)
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(command)}: {done.stderr[-400:]}")
        return done.stdout

    def sign(self, name, origin, *when):
        keys = self.dir / f"keys-{name}"
        keys.mkdir()
        key = self.call("dnssec-keygen", "-K", str(keys), "-a",
                        "ECDSAP256SHA256", "-f", "KSK", origin).strip()
        self.call("dnssec-signzone", "-P", "-z", "-S", "-K", str(keys), "-o",
                  origin, *when, "-O", "full", "-f", f"{name}.signed", name)
        return keys / f"{key}.key"

    def answer(self, query):
        """named's, or None; it listens on addresses of interfaces alone."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.settimeout(2)
            s.connect(("127.0.0.1", self.port))   # to hear of a refusal
            try:
                s.send(query)
                return s.recv(65535)
            except OSError:
                return None

    def is_up(self):
        assert self.process.poll() is None, (self.dir / "log").read_text()
        reply = self.answer(b"\0\1\1\0\0\1\0\0\0\0\0\0" + packed("") +
                            b"\0\6\0\1")
        return reply is not None and reply[3] & 15 == 0

    def relay(self):
        while True:
            query, client = self.sock.recvfrom(4096)
            if not query:
                return
            reply = self.answer(query)
            if reply is not None:
                self.sock.sendto(reply, client)

    def __enter__(self):
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind((self.address, 53))
        with open(self.dir / "log", "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                ["named", "-g", "-n", "1", "-c", str(self.dir / "conf")],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={"PATH": "/usr/sbin:/usr/bin:/usr/local/sbin:"
                     "/usr/local/bin"})
        self.thread = threading.Thread(target=self.relay, daemon=True)
        self.thread.start()
        try:
            until(self.is_up, "an answer of named")
        except BaseException:
            self.__exit__()
            raise
        return self

    def stop(self):
        """No more answers from now on."""
        self.process.terminate()
        self.process.wait(30)

    def __exit__(self, *unused):
        self.stop()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.sendto(b"", (self.address, 53))
        self.thread.join(10)
        self.sock.close()
