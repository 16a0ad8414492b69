"""What a rule of the scripted server may do.

act() does it, and returns USUAL where the usual reply is to follow.
"""

import time

USUAL = object()


class Over(Exception):
    """The connection has ended, or is to end."""


class Cancelled(Exception):
    """The client gave up a login with "*"."""


class Answered(Exception):
    """A rule has answered in the middle of a login."""


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


class Gather:
    """The usual reply, once these octets have come as well: a client that
    waits for a reply before it sends them waits for ever."""

    def __init__(self, octets):
        self.octets = octets

    def act(self, session):
        while self.octets not in session.buf:
            session.more()
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


class Endless:
    """The same octets, until nobody takes them; then the end."""

    def __init__(self, octets):
        self.octets = octets
        self.sent = 0

    def act(self, session):
        while True:
            session.write(self.octets)
            self.sent += len(self.octets)


class Drip:
    """Octets one by one, with a pause before each: a second, or until the
    event that next() returns."""

    def __init__(self, octets, next_one=None):
        self.octets, self.next_one = octets, next_one
        self.sent = 0

    def act(self, session):
        for i in range(len(self.octets)):
            if self.next_one is None:
                until = time.monotonic() + 1
                session.server.wait(lambda: time.monotonic() >= until, 1)
            else:
                session.server.wait(self.next_one().is_set)
            session.write(self.octets[i:i + 1])
            self.sent += 1
