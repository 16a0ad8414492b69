"""A scripted submission server on the loopback interface.

It speaks SMTP in the clear, with STARTTLS or with TLS from the start, knows
five SASL mechanisms, keeps all that it is sent, and misbehaves on request:

    with Server(tls="implicit", certs=make_certs(folder)) as server:
        server.on("RCPT TO:<nobody@", "550 5.1.1 no such user")
        server.on("DOT", HangUp())
        ... submit to localhost, server.port ...
        server.messages[0].rcpts

A rule is a prefix of a command (without case) and what happens instead of the
usual reply: a text, or one of the actions below.  CONNECT stands for the
greeting, DOT for the end of a message, CHALLENGE for a client's answer to a
334.  Nothing here waits for a time to pass: wait() waits for what happened.
"""

import argparse
import base64
import hashlib
import hmac
import os
import pathlib
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading

KEEP_MAX = 16 * 1024 * 1024     # octets of a message kept beside its hash
CHUNK = 256 * 1024
WORDS = ("PIPELINING", "SIZE 209715200", "8BITMIME", "DSN",
         "ENHANCEDSTATUSCODES")
MECHANISMS = ("PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256")


class Over(Exception):
    """The connection has ended, or is to end."""


class Cancelled(Exception):
    """The client gave up a login with "*"."""


# What a rule may do.  USUAL, returned by act(), is the usual reply to follow.

USUAL = object()


class Reply:
    """Say something, after an event if there is one."""

    def __init__(self, text, event=None):
        self.text, self.event = text, event

    def act(self, session):
        if self.event is not None:
            session.server.wait(self.event.is_set)
        session.say(self.text)


class Hold:
    """The usual reply, after an event."""

    def __init__(self, event):
        self.event = event

    def act(self, session):
        session.server.wait(self.event.is_set)
        return USUAL


class HangUp:
    """Close the connection, after some last words if there are any."""

    def __init__(self, text=None):
        self.text = text

    def act(self, session):
        if self.text is not None:
            session.say(self.text)
        raise Over


class Silence:
    """Read on, and never answer again."""

    def act(self, session):
        while session.receive():
            pass
        raise Over


class Raw:
    """Octets as they are."""

    def __init__(self, octets):
        self.octets = octets

    def act(self, session):
        session.write(self.octets)


class Message:
    """What arrived: the envelope, and the message without its stuffing."""

    def __init__(self, sender, params):
        self.sender = sender
        self.params = params
        self.rcpts = []         # (address, parameters)
        self.head = b""         # the header, each line with CRLF
        self.body = b""         # what follows the empty line, or its start
        self.size = 0
        self.bare = False       # a lone CR or LF was in it
        self.sha256 = ""        # of all of it
        self.body_sha256 = ""
        self.user = None
        self.tls = None

    @property
    def text(self):
        return self.head + b"\r\n" + self.body

    @property
    def to(self):
        return [address for address, _ in self.rcpts]

    def fields(self, name):
        """The bodies of all fields of that name, unfolded."""
        found, inside = [], False
        for line in self.head.split(b"\r\n"):
            if line[:1] in (b" ", b"\t"):
                if inside:
                    found[-1] += line
                continue
            key, colon, rest = line.partition(b":")
            inside = bool(colon) and \
                key.strip().lower() == name.lower().encode()
            if inside:
                found.append(rest.strip())
        return [f.decode("utf-8", "replace") for f in found]

    def field(self, name):
        found = self.fields(name)
        return found[0] if found else None


class Taking:
    """A message on its way in."""

    def __init__(self, message):
        self.message = message
        self.all = hashlib.sha256()
        self.rest = hashlib.sha256()
        self.start = b""
        self.in_body = False

    def add(self, block):
        m = self.message
        lines = block.count(b"\r\n")
        if lines != block.count(b"\n") or lines != block.count(b"\r"):
            m.bare = True
        m.size += len(block)
        self.all.update(block)
        if self.in_body:
            self.add_body(block)
            return
        self.start += block
        if self.start.startswith(b"\r\n"):
            at, skip = 0, 2
        else:
            at, skip = self.start.find(b"\r\n\r\n") + 2, 2
            if at == 1:
                return
        m.head = self.start[:at]
        self.in_body = True
        self.add_body(self.start[at + skip:])

    def add_body(self, block):
        self.rest.update(block)
        room = KEEP_MAX - len(self.message.body)
        if room > 0:
            self.message.body += block[:room]

    def end(self):
        m = self.message
        if not self.in_body:
            m.head = self.start
        m.sha256 = self.all.hexdigest()
        m.body_sha256 = self.rest.hexdigest()
        return m


class Session(threading.Thread):
    """One connection."""

    def __init__(self, server, sock):
        super().__init__(daemon=True)
        self.server = server
        self.sock = sock
        self.buf = b""
        self.commands = []      # without line ends
        self.transcript = []    # "C: ..." and "S: ..."
        self.turns = 0          # times that the client had to be waited for
        self.spoke = False
        self.bare = False       # a command ended in a lone LF
        self.early = False      # plaintext stood behind STARTTLS
        self.tls = None         # "TLSv1.3"
        self.sni = None
        self.user = None
        self.failure = None     # of the TLS handshake
        self.helo = None
        self.mail = None
        self.over = False       # the connection is closed
        self.quit = False       # QUIT was received

    # The wire.

    def receive(self):
        if self.spoke:
            self.turns += 1
            self.spoke = False
        try:
            data = self.sock.recv(CHUNK)
        except OSError:
            data = b""
        return data

    def write(self, data):
        try:
            self.sock.sendall(data)
        except OSError:
            raise Over from None
        self.spoke = True

    def say(self, text):
        """The last line's code stands before a space, others' before '-'."""
        code, _, rest = text.partition(" ")
        lines = rest.split("\n")
        out = "".join(f"{code}{' ' if i == len(lines) - 1 else '-'}{line}\r\n"
                      for i, line in enumerate(lines))
        with self.server.changed:
            self.transcript += ["S: " + line
                                for line in out.split("\r\n")[:-1]]
        data = out.replace("\r\n", self.server.newline).encode(
            "utf-8", "surrogateescape")
        step = self.server.piece or len(data)
        for i in range(0, len(data), step):
            self.write(data[i:i + step])

    def line(self):
        while b"\n" not in self.buf:
            data = self.receive()
            if not data:
                raise Over
            self.buf += data
        line, _, self.buf = self.buf.partition(b"\n")
        if line.endswith(b"\r"):
            line = line[:-1]
        else:
            self.bare = True
        if b"\r" in line:
            self.bare = True
        text = line.decode("utf-8", "surrogateescape")
        with self.server.changed:
            self.transcript.append("C: " + text)
            self.commands.append(text)
            self.server.changed.notify_all()
        return text

    # The conversation.

    def run(self):
        try:
            if self.server.tls == "implicit":
                self.start_tls()
            self.greet()
            while True:
                self.obey(self.line())
        except Over:
            pass
        finally:
            self.close()

    def close(self):
        try:
            self.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.sock.close()
        with self.server.changed:
            self.over = True
            self.server.changed.notify_all()

    def start_tls(self):
        if self.server.tls_silent:
            Silence().act(self)
        context = self.server.context()
        context.sni_callback = self.note_name
        try:
            self.sock = context.wrap_socket(self.sock, server_side=True)
        except (OSError, ssl.SSLError) as e:
            self.failure = e
            raise Over from None
        self.tls = self.sock.version()
        self.spoke = False

    def note_name(self, _sock, name, _context):
        self.sni = name

    def greet(self):
        if not self.ruled("CONNECT"):
            self.say(f"220 {self.server.name} ESMTP")

    def ruled(self, command):
        action = self.server.action(command)
        if callable(action):
            action = action(self, command)
        if action is None:
            return False
        if isinstance(action, str):
            action = Reply(action)
        return action.act(self) is not USUAL

    def obey(self, line):
        verb = line.split(" ")[0].split(":")[0].upper()
        if verb == "QUIT":
            with self.server.changed:
                self.quit = True
        if not self.ruled(line):
            handler = getattr(self, "on_" + verb.lower(), None)
            if handler is None:
                self.say("500 5.5.2 what?")
            else:
                handler(line)

    def words(self):
        s = self.server
        words = list(s.words)
        if s.tls == "starttls" and self.tls is None:
            words.append("STARTTLS")
        if s.auth and (self.tls is not None or s.auth_in_clear):
            words.append("AUTH " + " ".join(s.auth))
        return words

    def on_ehlo(self, line):
        self.helo = line[5:]
        self.mail = None
        self.say("250 " + "\n".join([self.server.name] + self.words()))

    def on_helo(self, line):
        self.helo = line[5:]
        self.mail = None
        self.say("250 " + self.server.name)

    def on_starttls(self, _line):
        if "STARTTLS" not in self.words():
            self.say("502 5.5.1 no STARTTLS here")
            return
        self.early = self.buf != b""
        self.buf = b""
        with self.server.changed:
            self.transcript.append("S: 220 2.0.0 go ahead")
        self.write(b"220 2.0.0 go ahead\r\n" + self.server.inject)
        self.start_tls()
        self.helo = self.mail = None

    def on_noop(self, _line):
        self.say("250 2.0.0 ok")

    def on_rset(self, _line):
        self.mail = None
        self.say("250 2.0.0 ok")

    def on_quit(self, _line):
        self.say("221 2.0.0 bye")
        raise Over

    @staticmethod
    def path(line, skip):
        """The path and the parameters of MAIL and RCPT."""
        rest = line[skip:].strip()
        if not rest.startswith("<"):
            return None, None
        quoted = False
        for i, c in enumerate(rest):
            if c == '"' and rest[i - 1] != "\\":
                quoted = not quoted
            if c == ">" and not quoted:
                return rest[1:i], rest[i + 1:].split()
        return None, None

    def on_mail(self, line):
        address, params = self.path(line, 10)
        if address is None:
            self.say("501 5.5.4 syntax")
        elif self.helo is None or self.mail is not None:
            self.say("503 5.5.1 out of order")
        elif self.server.auth and self.server.auth_required and \
                self.user is None:
            self.say("530 5.7.0 log in first")
        else:
            self.mail = Message(address, params)
            self.say("250 2.1.0 ok")

    def on_rcpt(self, line):
        address, params = self.path(line, 8)
        if self.mail is None:
            self.say("503 5.5.1 MAIL first")
        elif not address:
            self.say("501 5.5.4 syntax")
        else:
            self.mail.rcpts.append((address, params))
            self.say("250 2.1.5 ok")

    def on_data(self, _line):
        if self.mail is None or not self.mail.rcpts:
            self.say("554 5.5.1 no valid recipients")
            return
        self.say("354 go ahead, end with a lone dot")
        self.data()

    def data(self):
        taking = Taking(self.mail)
        block = b"\r\n" + self.buf      # a line end before each line
        while (end := block.find(b"\r\n.\r\n")) == -1:
            cut = block.rfind(b"\r\n")
            if cut > 0:
                taking.add(self.unstuffed(block[:cut + 2]))
                block = block[cut:]
            data = self.receive()
            if not data:
                raise Over
            block += data
        taking.add(self.unstuffed(block[:end + 2]))
        self.buf = block[end + 5:]
        message = taking.end()
        message.user, message.tls = self.user, self.tls
        self.mail = None
        with self.server.changed:
            self.commands.append("DOT")
            self.transcript.append(f"C: ({message.size} octets, and a dot)")
            self.server.changed.notify_all()
        if self.ruled("DOT"):
            with self.server.changed:
                self.server.unanswered.append(message)
            return
        with self.server.changed:
            self.server.messages.append(message)
            self.server.changed.notify_all()
            number = len(self.server.messages)
        self.say(f"250 2.0.0 Ok: queued as TEST{number}")

    @staticmethod
    def unstuffed(block):
        return block.replace(b"\r\n.", b"\r\n")[2:]

    # Logging in.

    def challenge(self, octets):
        self.say("334 " + base64.b64encode(octets).decode())
        return self.answer(self.line())

    def answer(self, text):
        if self.server.has_rule("CHALLENGE"):
            self.ruled("CHALLENGE")
            raise Cancelled
        if text == "*":
            raise Cancelled
        return base64.b64decode("" if text == "=" else text)

    def on_auth(self, line):
        mechanism, _, first = line[5:].partition(" ")
        mechanism = mechanism.upper()
        if mechanism not in self.server.auth or \
                (self.tls is None and not self.server.auth_in_clear):
            self.say("504 5.5.4 no such mechanism")
            return
        try:
            initial = self.answer(first) if first else None
            user = LOGINS[mechanism](self, initial)
        except Cancelled:
            self.say("501 5.0.0 cancelled")
            return
        except (ValueError, KeyError, IndexError):
            self.say("501 5.5.2 cannot read that")
            return
        if user is None:
            self.say("535 5.7.8 wrong user or password")
            return
        self.user = user
        self.say("235 2.7.0 welcome")

    def known(self, user, password):
        return user if self.server.users.get(user) == password else None

    def plain(self, initial):
        if initial is None:
            initial = self.challenge(b"")
        _, user, password = initial.split(b"\0")
        return self.known(user.decode(), password.decode())

    def login(self, initial):
        user = initial if initial is not None else self.challenge(b"Username:")
        password = self.challenge(b"Password:")
        return self.known(user.decode(), password.decode())

    def cram_md5(self, _initial):
        challenge = b"<17.42@" + self.server.name.encode() + b">"
        user, _, digest = self.challenge(challenge).decode().rpartition(" ")
        password = self.server.users.get(user)
        if password is None:
            return None
        right = hmac.new(password.encode(), challenge, "md5").hexdigest()
        return user if hmac.compare_digest(right, digest) else None

    def scram(self, initial, hash_name):
        """RFC 5802, without channel binding."""
        fault = self.server.scram_fault
        if initial is None:
            initial = self.challenge(b"")
        binding, authzid, bare = initial.decode().split(",", 2)
        if binding not in ("n", "y"):
            raise ValueError("channel binding was not offered")
        first = dict(part.split("=", 1) for part in bare.split(","))
        user = first["n"].replace("=2C", ",").replace("=3D", "=")
        nonce = first["r"] + "server"
        if fault == "nonce":
            nonce = "x" + nonce
        salt, count = b"salt and salt", self.server.iterations
        server_first = f"r={nonce},s={base64.b64encode(salt).decode()}," \
            f"i={count}"
        final = self.challenge(server_first.encode()).decode()
        without, _, proof = final.rpartition(",p=")
        parts = dict(part.split("=", 1) for part in without.split(","))
        header = f"{binding},{authzid},".encode()
        if base64.b64decode(parts["c"]) != header or parts["r"] != nonce:
            raise ValueError("not what was agreed on")
        password = self.server.users.get(user, "")
        salted = hashlib.pbkdf2_hmac(hash_name, password.encode(), salt, count)
        client = hmac.new(salted, b"Client Key", hash_name).digest()
        stored = hashlib.new(hash_name, client).digest()
        said = f"{bare},{server_first},{without}".encode()
        signature = hmac.new(stored, said, hash_name).digest()
        right = bytes(a ^ b for a, b in zip(client, signature))
        if user not in self.server.users or \
                base64.b64decode(proof) != right:
            return None
        key = hmac.new(salted, b"Server Key", hash_name).digest()
        verifier = hmac.new(key, said, hash_name).digest()
        if fault == "signature":
            verifier = bytes(len(verifier))
        if fault != "no-signature":
            self.challenge(b"v=" + base64.b64encode(verifier))
        return user

    def scram_sha_1(self, initial):
        return self.scram(initial, "sha1")

    def scram_sha_256(self, initial):
        return self.scram(initial, "sha256")


LOGINS = {name: getattr(Session, name.lower().replace("-", "_"))
          for name in MECHANISMS}


class Server:
    """See the module's text.  As a context manager it starts and stops."""

    def __init__(self, tls="none", certs=None, cert="server", auth=(),
                 users=None, words=WORDS, name="localhost", inject=b"",
                 auth_in_clear=False, auth_required=True, scram_fault=None,
                 iterations=4096, tls_silent=False, tls_max=None, port=0,
                 piece=0, newline="\r\n"):
        self.tls = tls                  # "none", "starttls", "implicit"
        self.certs, self.cert = certs, cert
        self.auth = tuple(auth)
        self.users = users or {}
        self.words = tuple(words)
        self.name = name
        self.inject = inject            # octets right behind "220 go ahead"
        self.auth_in_clear = auth_in_clear
        self.auth_required = auth_required
        self.scram_fault = scram_fault  # nonce, signature, no-signature
        self.iterations = iterations
        self.tls_silent = tls_silent    # never answer a ClientHello
        self.tls_max = tls_max          # an ssl.TLSVersion
        self.port = port
        self.piece = piece              # octets of a reply sent at a time
        self.newline = newline          # that ends each line of a reply
        self.changed = threading.Condition()
        self.rules = []
        self.sessions = []
        self.messages = []      # accepted with 250
        self.unanswered = []    # taken to the dot, and answered by a rule
        self.stopping = False

    def on(self, prefix, action, times=None):
        """Do that for commands with this prefix; older rules come after."""
        self.rules.insert(0, [prefix.upper(), action, times])
        return self

    def has_rule(self, command):
        return any(command.upper().startswith(r[0]) for r in self.rules)

    def action(self, command):
        with self.changed:
            for rule in self.rules:
                if not command.upper().startswith(rule[0]) or rule[2] == 0:
                    continue
                if rule[2] is not None:
                    rule[2] -= 1
                return rule[1]
        return None

    def context(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certs / f"{self.cert}.pem",
                                self.certs / f"{self.cert}.key")
        if self.tls_max is not None:
            context.set_ciphers("ALL:@SECLEVEL=0")
            context.minimum_version = self.tls_max
            context.maximum_version = self.tls_max
        return context

    def start(self):
        self.listener = socket.create_server(("127.0.0.1", self.port))
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
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            session = Session(self, sock)
            with self.changed:
                self.sessions.append(session)
                self.changed.notify_all()
            session.start()

    def stop(self):
        with self.changed:
            self.stopping = True
            self.changed.notify_all()
        try:                            # wakes accept(), on every system
            socket.create_connection(("127.0.0.1", self.port), 5).close()
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

    def wait_command(self, prefix, seconds=20):
        """Wait until a command with this prefix has come."""
        return self.wait(lambda: any(c.startswith(prefix)
                                     for c in self.commands), seconds)

    def wait_closed(self, seconds=20):
        """Wait until every connection made so far has ended."""
        return self.wait(lambda: all(s.over for s in self.sessions), seconds)

    @property
    def commands(self):
        return [c for s in self.sessions for c in s.commands]

    @property
    def transcript(self):
        return "\n".join(line for s in self.sessions for line in s.transcript)


# Throw-away certificates.

def openssl(folder, *args):
    done = subprocess.run(("openssl",) + args, cwd=folder, text=True,
                          stdin=subprocess.DEVNULL, capture_output=True)
    if done.returncode != 0:
        raise RuntimeError(f"openssl {args[0]} failed: "
                           f"{done.stderr.strip()[-400:]}")


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


def leave(*_unused):
    raise KeyboardInterrupt


def main():
    signal.signal(signal.SIGTERM, leave)
    parser = argparse.ArgumentParser(description="A submission server on the "
                                     "loopback interface, for tests.")
    parser.add_argument("--tls", default="implicit",
                        choices=("none", "starttls", "implicit"))
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--user", default="you")
    parser.add_argument("--password", default="secret")
    options = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="posthorn-server-")
    try:
        certs = make_certs(folder)
        with Server(tls=options.tls, certs=certs, port=options.port,
                    auth=MECHANISMS, auth_in_clear=options.tls == "none",
                    users={options.user: options.password}) as server:
            print(f"localhost:{server.port}, tls {options.tls}, user "
                  f"{options.user}, CA {certs}/ca.pem", flush=True)
            shown = 0
            while True:
                server.wait(lambda: len(server.messages) > shown, None)
                message = server.messages[shown]
                shown += 1
                print(f"<{message.sender}> to {message.to}, {message.size} "
                      f"octets, sha256 {message.sha256}", flush=True)
    except KeyboardInterrupt:
        return 0
    except (OSError, RuntimeError) as e:
        print(f"server.py: {e}", file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
