"""What the scripted server was sent: an envelope and a message."""

import hashlib

KEEP_MAX = 16 * 1024 * 1024     # octets of a message kept beside its hash


class Message:
    """What arrived: the envelope, and the message without its stuffing."""

    def __init__(self, sender, params):
        self.sender = sender
        self.params = params
        self.rcpts = []         # (address, parameters)
        self.delivered = []     # those that got a 250 for it
        self.chunks = []        # sizes, of BDAT
        self.head = b""         # the header, each line with CRLF
        self.body = b""         # what follows the empty line, or its start
        self.size = 0
        self.bare = False       # a lone CR or LF was in it
        self.sha256 = ""        # of all of it
        self.body_sha256 = ""
        self.user = None
        self.tls = None

    @property
    def body_kind(self):
        return "BDAT" if self.chunks else "DATA"

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
        self.cr = b""           # the last octet, if it was a CR

    def add(self, block):
        m = self.message
        seen = self.cr + block
        self.cr = b"\r" if seen.endswith(b"\r") else b""
        lines = seen.count(b"\r\n")
        if lines != seen.count(b"\n") or \
                lines != seen.count(b"\r") - len(self.cr):
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
        m.bare = m.bare or self.cr != b""
        m.sha256 = self.all.hexdigest()
        m.body_sha256 = self.rest.hexdigest()
        return m
