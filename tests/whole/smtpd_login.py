"""How a client logs in to the scripted server: five SASL mechanisms."""

import base64
import hashlib
import hmac

from smtpd_acts import Answered, Cancelled

MECHANISMS = ("PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256")


class Login:
    """The part of a session that answers AUTH."""

    def challenge(self, octets):
        self.say("334 " + base64.b64encode(octets).decode())
        return self.answer(self.line())

    def answer(self, text):
        if self.ruled("CHALLENGE"):
            raise Answered
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
        except Answered:
            return
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


LOGINS = {name: getattr(Login, name.lower().replace("-", "_"))
          for name in MECHANISMS}
