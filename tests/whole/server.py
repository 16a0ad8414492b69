"""A scripted submission server on the loopback interface.

It speaks SMTP or LMTP in the clear, with STARTTLS or with TLS from the start,
takes DATA and BDAT, knows most SASL mechanisms, keeps all that it is sent, and
misbehaves on request:

    with Server(tls="implicit", certs=make_certs(folder)) as server:
        server.on("RCPT TO:<nobody@", "550 5.1.1 no such user")
        server.on("DOT", HangUp())
        ... submit to localhost, server.port ...
        server.messages[0].rcpts

A rule is a prefix of a command (without case) and what happens instead of the
usual reply: a text, or an action of smtpd_acts.py.  CONNECT stands for the
greeting; DOT for the end of a message, by DATA or by BDAT, in LMTP with the
recipient's <address> behind; CHUNK for a BDAT whose octets are not read yet;
CHALLENGE for a client's answer to a 334.  Nothing here waits for a time to pass
unless that is the point: wait() waits for what happened.

The parts are in files of their own, smtpd_*.py; this one is what tests import.
"""

import argparse
import shutil
import signal
import ssl
import sys
import tempfile

from smtpd_acts import (Drip, Endless, Gather, HangUp, Hold, Over, Raw, Reply,
                        Silence, USUAL)
from smtpd_certs import make_ca, make_cert, make_certs, make_key, openssl
from smtpd_listen import Listener, listen, one_port
from smtpd_login import MECHANISMS, OTHERS
from smtpd_message import Message
from smtpd_session import Session

__all__ = ["CHUNKING", "Drip", "Endless", "Gather", "HangUp", "Hold",
           "MECHANISMS", "Message", "OTHERS", "Over", "Raw", "Reply", "Server",
           "Session", "Silence", "USUAL", "WORDS", "listen", "make_ca",
           "make_cert", "make_certs", "make_key", "one_port", "openssl"]

WORDS = ("PIPELINING", "SIZE 209715200", "8BITMIME", "DSN",
         "ENHANCEDSTATUSCODES")
CHUNKING = WORDS + ("CHUNKING", "BINARYMIME")


def note_name(sock, name, _context):
    """The name that a client asked for, where its session finds it."""
    sock.name = name


class Server(Listener):
    """See the module's text.  As a context manager it starts and stops."""

    def __init__(self, tls="none", certs=None, cert="server", auth=(),
                 users=None, words=WORDS, name="localhost", inject=b"",
                 auth_in_clear=False, auth_required=True, scram_fault=None,
                 iterations=4096, tls_silent=False, tls_max=None, piece=0,
                 newline="\r\n", protocol="smtp", rcpt_max=None, client_ca=None,
                 **listener):
        super().__init__(lambda sock: Session(self, sock), **listener)
        self.tls = tls                  # "none", "starttls", "implicit"
        self.certs, self.cert = certs, cert
        self.auth = tuple(auth)
        self.users = users or {}
        self.words = tuple(words)
        self.name = name
        self.inject = inject            # octets right behind "220 go ahead"
        self.auth_in_clear = auth_in_clear
        self.auth_required = auth_required
        self.scram_fault = scram_fault  # nonce, signature, no-signature,
                                        # binding
        self.iterations = iterations
        self.denial = {"status": "invalid_token"}       # of a token
        self.tls_silent = tls_silent    # never answer a ClientHello
        self.tls_max = tls_max          # an ssl.TLSVersion
        self.client_ca = client_ca      # that clients' certificates are from
        self.piece = piece              # octets of a reply sent at a time
        self.newline = newline          # that ends each line of a reply
        self.protocol = protocol        # "smtp", "lmtp"
        self.unknown = ("EHLO", "HELO") if protocol == "lmtp" else ("LHLO",)
        self.rcpt_max = rcpt_max        # recipients a message, not announced
        self.contexts = {}
        self.rules = []
        self.messages = []      # accepted with 250, by somebody
        self.unanswered = []    # those that came whole, and were not

    def on(self, prefix, action, times=None):
        """Do that for commands with this prefix; older rules come after."""
        self.rules.insert(0, [prefix.upper(), action, times])
        return self

    def action(self, command):
        with self.changed:
            for rule in self.rules:
                if not command.upper().startswith(rule[0]) or rule[2] == 0:
                    continue
                if rule[2] is not None:
                    rule[2] -= 1
                return rule[1]
        return None

    def limit(self, name):
        """What LIMITS says of it (RFC 9422), or None."""
        for word in " ".join(w for w in self.words
                             if w.startswith("LIMITS ")).split():
            key, _, value = word.partition("=")
            if key == name:
                return int(value)
        return None

    def context(self):
        """One for all connections, so that sessions can be resumed."""
        kind = (self.cert, self.tls_max)
        with self.changed:
            if kind not in self.contexts:
                self.contexts[kind] = self.new_context()
            return self.contexts[kind]

    def new_context(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_ciphers("DEFAULT:@SECLEVEL=0")  # certificates of any kind
        context.load_cert_chain(self.certs / f"{self.cert}.pem",
                                self.certs / f"{self.cert}.key")
        if self.tls_max is not None:
            context.set_ciphers("ALL:@SECLEVEL=0")
            context.minimum_version = self.tls_max
            context.maximum_version = self.tls_max
        context.sni_callback = note_name
        if self.client_ca is not None:
            context.load_verify_locations(self.certs / f"{self.client_ca}.pem")
            context.verify_mode = ssl.CERT_REQUIRED
        return context

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
