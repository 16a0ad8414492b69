"""One connection to the scripted server."""

import socket
import ssl
import threading

from smtpd_acts import Over, Reply, Silence, USUAL
from smtpd_login import Login
from smtpd_message import Message, Taking

CHUNK = 256 * 1024


class Session(Login, threading.Thread):
    """One connection."""

    def __init__(self, server, sock):
        super().__init__(daemon=True)
        self.server = server
        self.sock = sock
        self.buf = b""
        self.commands = []      # without line ends
        self.transcript = []    # "C: ..." and "S: ..."
        self.flights = []       # lists of commands, by the read that had them
        self.landed = False     # octets came since the last command
        self.reads = 0          # that had something; in TLS, of a record each
        self.turns = 0          # times that the client had to be waited for
        self.spoke = False
        self.bare = False       # a command ended in a lone LF
        self.early = False      # plaintext stood behind STARTTLS
        self.tls = None         # "TLSv1.3"
        self.resumed = False    # its session was that of another connection
        self.alpn = None        # what was agreed on
        self.sni = None
        self.client = None      # the common name in the client's certificate
        self.user = None
        self.failure = None     # of the TLS handshake
        self.helo = None
        self.mail = None
        self.mails = 0          # that MAIL was accepted
        self.taking = None      # a message that comes in chunks
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
        self.landed = True
        self.reads += data != b""
        return data

    def more(self):
        """Into the buffer, with what else is there already, up to a bound."""
        data = self.receive()
        if not data:
            raise Over
        self.buf += data
        self.sock.settimeout(0)
        try:
            while len(self.buf) < CHUNK and (data := self.sock.recv(CHUNK)):
                self.reads += 1
                self.buf += data
        except (BlockingIOError, ssl.SSLWantReadError):
            pass
        except OSError:
            raise Over from None
        finally:
            self.sock.settimeout(None)

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
            self.more()
        line, _, self.buf = self.buf.partition(b"\n")
        if line.endswith(b"\r"):
            line = line[:-1]
        else:
            self.bare = True
        if b"\r" in line:
            self.bare = True
        text = line.decode("utf-8", "surrogateescape")
        with self.server.changed:
            if self.landed:
                self.flights.append([])
                self.landed = False
            self.flights[-1].append(text)
            self.transcript.append("C: " + text)
        self.note(text)
        return text

    def note(self, command):
        with self.server.changed:
            self.commands.append(command)
            self.server.changed.notify_all()

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
        try:
            self.sock = self.server.context().wrap_socket(
                self.sock, server_side=True, do_handshake_on_connect=False)
            self.sock.do_handshake()
        except (OSError, ssl.SSLError) as e:
            self.failure = e
            raise Over from None
        finally:
            self.sni = getattr(self.sock, "name", None)
        self.tls = self.sock.version()
        self.resumed = self.sock.session_reused
        self.alpn = self.sock.selected_alpn_protocol()
        self.client = dict(pair for rdn in (self.sock.getpeercert() or {}).get(
            "subject", ()) for pair in rdn).get("commonName")
        self.spoke = False

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
        if verb == "BDAT":
            self.on_bdat(line)
        elif not self.ruled(line):
            handler = getattr(self, "on_" + verb.lower(), None)
            if handler is None or verb in self.server.unknown:
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

    def forget(self):
        self.mail = self.taking = None

    def on_ehlo(self, line):
        self.helo = line[5:]
        self.forget()
        self.say("250 " + "\n".join([self.server.name] + self.words()))

    on_lhlo = on_ehlo

    def on_helo(self, line):
        self.helo = line[5:]
        self.forget()
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
        self.helo = None
        self.forget()

    def on_noop(self, _line):
        self.say("250 2.0.0 ok")

    def on_rset(self, _line):
        self.forget()
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
        limit = self.server.limit("MAILMAX")
        if address is None:
            self.say("501 5.5.4 syntax")
        elif self.helo is None or self.mail is not None:
            self.say("503 5.5.1 out of order")
        elif self.server.auth and self.server.auth_required and \
                self.user is None:
            self.say("530 5.7.0 log in first")
        elif limit is not None and self.mails >= limit:
            self.say("451 4.7.0 too many messages in this session")
        else:
            self.mails += 1
            self.mail = Message(address, params)
            self.say("250 2.1.0 ok")

    def on_rcpt(self, line):
        address, params = self.path(line, 8)
        if self.mail is None:
            self.say("503 5.5.1 MAIL first")
        elif not address:
            self.say("501 5.5.4 syntax")
        elif self.too_many(address):
            self.say("452 4.5.3 too many recipients")
        else:
            self.mail.rcpts.append((address, params))
            self.say("250 2.1.5 ok")

    def too_many(self, address):
        """RFC 9422 says so beforehand; rcpt_max is nobody's business."""
        limits = [self.server.limit("RCPTMAX"), self.server.rcpt_max]
        if any(n is not None and len(self.mail.rcpts) >= n for n in limits):
            return True
        limit = self.server.limit("RCPTDOMAINMAX")
        if limit is None:
            return False
        domains = {a.rpartition("@")[2].lower()
                   for a in self.mail.to + [address]}
        return len(domains) > limit

    # The message.

    def on_data(self, _line):
        if self.taking is not None:
            self.say("503 5.5.1 DATA after BDAT")
        elif self.mail is None or not self.mail.rcpts:
            self.say("554 5.5.1 no valid recipients")
        elif "BODY=BINARYMIME" in self.mail.params:
            self.say("503 5.5.1 BINARYMIME wants BDAT")
        else:
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
        self.taken(taking)

    @staticmethod
    def unstuffed(block):
        return block.replace(b"\r\n.", b"\r\n")[2:]

    def on_bdat(self, line):
        """RFC 3030.  Rules on CHUNK come before the octets, and those on BDAT
        behind them; what a refused chunk holds is read all the same."""
        size, _, last = line[5:].strip().upper().partition(" ")
        if not size.isascii() or not size.isdigit() or \
                last not in ("", "LAST"):
            self.say("501 5.5.4 syntax")
            raise Over
        if self.ruled("CHUNK"):
            return
        if self.mail is not None and self.taking is None:
            self.taking = Taking(self.mail)
        welcome = self.mail is not None and self.mail.rcpts and \
            "CHUNKING" in self.words()
        self.chunk(int(size), self.taking.add if welcome else None)
        if self.ruled(line):
            self.forget()
        elif not welcome:
            self.say("503 5.5.1 MAIL first" if self.mail is None else
                     "554 5.5.1 no valid recipients")
            self.forget()
        else:
            self.mail.chunks.append(int(size))
            if last:
                self.taken(self.taking)
            else:
                self.say(f"250 2.0.0 {size} octets received")

    def chunk(self, left, take):
        while left > 0:
            if self.buf == b"":
                self.buf = self.receive()
                if not self.buf:
                    raise Over
            block, self.buf = self.buf[:left], self.buf[left:]
            left -= len(block)
            if take is not None:
                take(block)

    def taken(self, taking):
        message = taking.end()
        message.user, message.tls = self.user, self.tls
        self.forget()
        with self.server.changed:
            self.transcript.append(f"C: ({message.size} octets)")
        self.note("DOT")
        with self.server.changed:
            self.server.unanswered.append(message)
        if self.server.protocol == "lmtp":
            for address in message.to:
                if not self.ruled(f"DOT <{address}>"):
                    self.accept(message, [address])
                    self.say(f"250 2.1.5 <{address}> has it")
        elif not self.ruled("DOT"):
            number = self.accept(message, message.to)
            self.say(f"250 2.0.0 Ok: queued as TEST{number}")

    def accept(self, message, to):
        """Before it is said, for a test may look as soon as it was."""
        server = self.server
        with server.changed:
            if message in server.unanswered:
                server.unanswered.remove(message)
                server.messages.append(message)
            message.delivered += to
            server.changed.notify_all()
            return len(server.messages)
