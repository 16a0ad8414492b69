"""A SOCKS5 proxy on the loopback interface (RFC 1928, RFC 1929).

    with Socks(port_of={"mail.example.org": server.port}) as proxy:
        ... connect to mail.example.org through 127.0.0.1, proxy.port ...
        proxy.requests[0].host

Names lead to 127.0.0.1, and whatever port was asked for to the one in port_of
if the name or the address is there.  What goes wrong is said beforehand:

    Socks(fault="reply", answer=b"\\x05\\x05\\x00\\x01" + bytes(6))

fault is the stage (method, login, reply), and answer the octets sent there
instead; None is a hang-up, and b"" is silence.
"""

import collections
import socket
import threading

from smtpd_acts import Over
from smtpd_listen import Listener

Request = collections.namedtuple("Request", "kind host port user password")

OK, REFUSED, NO_COMMAND, NO_KIND = 0, 5, 7, 8
NONE, LOGIN, NO_METHOD = 0, 2, 0xff
V4, NAME, V6 = 1, 3, 4


class Relay(threading.Thread):
    """One connection through the proxy."""

    def __init__(self, proxy, sock):
        super().__init__(daemon=True)
        self.proxy, self.sock = proxy, sock
        self.far = None
        self.over = False
        self.user = self.password = None
        self.methods = b""

    def take(self, n):
        got = b""
        while len(got) < n:
            block = self.sock.recv(n - len(got))
            if not block:
                raise Over
            got += block
        return got

    def say(self, stage, octets):
        if self.proxy.fault != stage:
            self.sock.sendall(octets)
            return
        if self.proxy.answer is None:
            raise Over
        self.sock.sendall(self.proxy.answer)
        while self.sock.recv(4096):
            pass
        raise Over

    def run(self):
        try:
            self.greet()
            self.connect(self.request())
            back = threading.Thread(target=self.copy, daemon=True,
                                    args=(self.far, self.sock))
            back.start()
            self.copy(self.sock, self.far)
            back.join(10)
        except (Over, OSError):
            pass
        finally:
            self.close()

    def close(self):
        for sock in (self.far, self.sock):
            if sock is not None:
                try:
                    sock.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
                sock.close()
        with self.proxy.changed:
            self.over = True
            self.proxy.changed.notify_all()

    def greet(self):
        version, n = self.take(2)
        self.methods = self.take(n)
        method = NONE if self.proxy.users is None else LOGIN
        if version != 5 or method not in self.methods:
            method = NO_METHOD
        self.say("method", bytes((5, method)))
        if method == NO_METHOD:
            raise Over
        if method == LOGIN:
            self.log_in()

    def log_in(self):
        _, n = self.take(2)
        self.user = self.take(n).decode()
        self.password = self.take(self.take(1)[0]).decode()
        good = self.proxy.users.get(self.user) == self.password
        self.say("login", bytes((1, 0 if good else 1)))
        if not good:
            raise Over

    def request(self):
        version, command, _, kind = self.take(4)
        if kind == NAME:
            host = self.take(self.take(1)[0]).decode()
        elif kind in (V4, V6):
            host = socket.inet_ntop(
                socket.AF_INET if kind == V4 else socket.AF_INET6,
                self.take(4 if kind == V4 else 16))
        else:
            self.refuse(NO_KIND)
        port = int.from_bytes(self.take(2), "big")
        asked = Request(kind, host, port, self.user, self.password)
        with self.proxy.changed:
            self.proxy.requests.append(asked)
            self.proxy.changed.notify_all()
        if version != 5 or command != 1:
            self.refuse(NO_COMMAND)
        return asked

    def refuse(self, code):
        self.say("reply", bytes((5, code, 0, V4)) + bytes(6))
        raise Over

    def connect(self, asked):
        port = self.proxy.port_of.get(asked.host, asked.port)
        host = "127.0.0.1" if asked.kind == NAME else asked.host
        try:
            self.far = socket.create_connection((host, port), 10)
        except OSError:
            self.refuse(REFUSED)
        self.far.settimeout(None)
        self.say("reply", bytes((5, OK, 0)) + self.proxy.bound)

    @staticmethod
    def copy(source, sink):
        try:
            while block := source.recv(65536):
                sink.sendall(block)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass


class Socks(Listener):
    """See the module's text.  As a context manager it starts and stops."""

    def __init__(self, users=None, port_of=None, fault=None, answer=None,
                 bound=bytes((V4, 0, 0, 0, 0, 0, 0)), **listener):
        super().__init__(lambda sock: Relay(self, sock), **listener)
        self.users = users              # {name: password}, or no login
        self.port_of = port_of or {}
        self.fault, self.answer = fault, answer
        self.bound = bound              # kind, address and port in the reply
        self.requests = []
