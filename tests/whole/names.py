"""A name server on the loopback interface (RFC 1035), by UDP alone.

    with Names({("example.org", A): [...]}, own_address()) as names: ...

What is not in the table does not exist.  A list of records is the answer, an
int the code instead of one, octets what is sent as it is behind the question's
number, and None that nothing is sent at all.
"""

import os
import socket
import struct
import threading

A, AAAA, SRV = 1, 28, 33
FAILED, NO_NAME = 2, 3


def own_address():
    """Of this process alone, for there is only one port 53 on each."""
    n = os.getpid()
    return f"127.53.{n >> 8 & 255}.{n & 255}"


def packed(name):
    labels = [label.encode() for label in name.split(".") if label]
    return b"".join(bytes((len(x),)) + x for x in labels) + b"\0"


def srv(priority, weight, port, target):
    return struct.pack("!HHH", priority, weight, port) + packed(target)


def address(text):
    family = socket.AF_INET6 if ":" in text else socket.AF_INET
    return socket.inet_pton(family, text)


class Names:
    """As a context manager it starts and stops."""

    def __init__(self, table, where):
        self.table = {(name.lower(), kind): answer
                      for (name, kind), answer in table.items()}
        self.where = where
        self.asked = []

    def __enter__(self):
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind((self.where, 53))
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *unused):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.sendto(b"", (self.where, 53))
        self.thread.join(10)
        self.sock.close()

    def run(self):
        while True:
            query, client = self.sock.recvfrom(4096)
            if not query:
                return
            reply = self.answer(query)
            if reply is not None:
                self.sock.sendto(reply, client)

    def answer(self, query):
        labels, at = [], 12
        while query[at]:
            labels.append(query[at + 1:at + 1 + query[at]].decode())
            at += 1 + query[at]
        kind, = struct.unpack_from("!H", query, at + 1)
        name = ".".join(labels).lower()
        self.asked.append((name, kind))
        known = any(n == name for n, _ in self.table)
        found = self.table.get((name, kind), [] if known else NO_NAME)
        if found is None:
            return None
        if isinstance(found, bytes):
            return query[:2] + found
        code, records = (0, found) if isinstance(found, list) else (found, [])
        head = query[:2] + struct.pack("!HHHHH", 0x8180 | code, 1,
                                       len(records), 0, 0)
        return head + query[12:at + 5] + b"".join(
            b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 60, len(r)) + r
            for r in records)
