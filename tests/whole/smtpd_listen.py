"""A listening socket, and a thread for each connection that comes."""

import contextlib
import os
import socket
import threading


def listen(address, port=0, path=None, buffers=None):
    """On a port of that loopback address, or a unix socket; with buffers of
    so many octets for those who connect, where the system has a say."""
    if path is not None:
        family, where = socket.AF_UNIX, os.fspath(path)
    else:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        where = (address, port)
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if buffers is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffers)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, buffers)
        sock.bind(where)
        sock.listen(100)
    except OSError:
        sock.close()
        raise
    return sock


def one_port(*addresses):
    """A port that is free on each of these addresses."""
    while True:
        with contextlib.ExitStack() as held:
            first = held.enter_context(listen(addresses[0]))
            port = first.getsockname()[1]
            try:
                for address in addresses[1:]:
                    held.enter_context(listen(address, port))
            except OSError:
                continue
            return port


class Listener:
    """session(sock) makes a thread for a connection, which has close()."""

    def __init__(self, session, address="127.0.0.1", port=0, path=None,
                 buffers=None):
        self.session = session
        self.address, self.port, self.path = address, port, path
        self.buffers = buffers
        self.changed = threading.Condition()
        self.sessions = []
        self.stopping = False

    def start(self):
        self.listener = listen(self.address, self.port, self.path,
                               self.buffers)
        if self.path is None:
            self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.accept, daemon=True)
        self.thread.start()
        return self

    def accept(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            if self.stopping:
                sock.close()
                return
            if self.path is None:
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            session = self.session(sock)
            with self.changed:
                self.sessions.append(session)
                self.changed.notify_all()
            session.start()

    def connect(self):
        family = self.listener.family
        with socket.socket(family, socket.SOCK_STREAM) as sock:
            sock.settimeout(5)
            sock.connect(self.listener.getsockname())

    def stop(self):
        with self.changed:
            self.stopping = True
            self.changed.notify_all()
        try:                            # wakes accept(), on every system
            self.connect()
        except OSError:
            pass
        self.thread.join(10)
        self.listener.close()
        for session in self.sessions:
            if session.is_alive():
                session.close()
        for session in self.sessions:
            session.join(10)

    def __enter__(self):
        return self.start()

    def __exit__(self, *unused):
        self.stop()

    def wait(self, happened, seconds=20):
        """Wait until happened() is true; for an Event set by poke()."""
        with self.changed:
            return self.changed.wait_for(
                lambda: happened() or self.stopping, seconds) and happened()

    def poke(self, event):
        with self.changed:
            event.set()
            self.changed.notify_all()
