"""How a client logs in to the scripted server: by any SASL mechanism but
Kerberos, and of NTLM no more than its form."""

import base64
import hashlib
import hmac
import json
import re
import struct

from smtpd_acts import Answered, Cancelled

MECHANISMS = ("PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256")
# Those that have what else they need, or are named; -PLUS by tls-unique alone,
# for Python has no tls-exporter.
OTHERS = ("SCRAM-SHA-1-PLUS", "SCRAM-SHA-256-PLUS", "DIGEST-MD5", "NTLM",
          "OAUTHBEARER", "XOAUTH2", "EXTERNAL", "ANONYMOUS")


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

    def scram(self, initial, hash_name, plus=False):
        """RFC 5802; with channel binding by tls-unique (RFC 5929)."""
        fault = self.server.scram_fault
        if initial is None:
            initial = self.challenge(b"")
        binding, authzid, bare = initial.decode().split(",", 2)
        if (binding == "p=tls-unique") != plus:
            raise ValueError("another channel binding was asked for")
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
        if plus:
            header += self.sock.get_channel_binding("tls-unique")
        if plus and fault == "binding":     # somebody is in between
            header += b"x"
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

    def scram_sha_1_plus(self, initial):
        return self.scram(initial, "sha1", True)

    def scram_sha_256_plus(self, initial):
        return self.scram(initial, "sha256", True)

    def digest_md5(self, _initial):
        """RFC 2831, qop=auth."""
        nonce = "OA6MG9tEQGm2hh"
        heard = self.challenge(
            f'realm="{self.server.name}",nonce="{nonce}",qop="auth",'
            "charset=utf-8,algorithm=md5-sess".encode()).decode()
        said = {k: quoted or bare for k, quoted, bare in re.findall(
            r'([a-z-]+)=(?:"([^"]*)"|([^,]*))', heard)}
        user, cnonce = said["username"], said["cnonce"]
        if said["nonce"] != nonce or said["qop"] != "auth":
            raise ValueError("not what was agreed on")
        password = self.server.users.get(user, "")

        def h(octets):
            return hashlib.md5(octets).digest()

        a1 = h(f"{user}:{said['realm']}:{password}".encode()) + \
            f":{nonce}:{cnonce}".encode()

        def proof(verb):
            a2 = h(f"{verb}:{said['digest-uri']}".encode()).hex()
            return h(f"{h(a1).hex()}:{nonce}:{said['nc']}:{cnonce}:auth:{a2}"
                     .encode()).hex()

        if user not in self.server.users or \
                said["response"] != proof("AUTHENTICATE"):
            return None
        self.digest = said
        fault = self.server.scram_fault
        if fault != "no-signature":
            self.challenge(b"rspauth=" + (b"0" * 32 if fault == "signature"
                                          else proof("").encode()))
        return user

    def ntlm(self, initial):
        """MS-NLMP, and the response is not checked: who it is from is."""
        if initial is None:
            initial = self.challenge(b"")
        if initial[:12] != b"NTLMSSP\0\1\0\0\0":
            raise ValueError("no negotiation")
        target = "CORP".encode("utf-16le")
        heard = self.challenge(
            b"NTLMSSP\0\2\0\0\0" + struct.pack("<HHI", len(target),
                                               len(target), 48)
            + struct.pack("<I", 0x8201) + b"12345678" + bytes(16) + target)
        if heard[:12] != b"NTLMSSP\0\3\0\0\0":
            raise ValueError("no response")
        size, _, at = struct.unpack("<HHI", heard[36:44])
        user = heard[at:at + size].decode("utf-16le")
        return user if user in self.server.users else None

    def external(self, initial):
        user = (self.challenge(b"") if initial is None else initial).decode()
        return user if user in self.server.users or user == "" else None

    def anonymous(self, initial):
        trace = self.challenge(b"") if initial is None else initial
        return f"anonymous, {trace.decode()}"

    def bearer(self, user, token, answer):
        """The password is the token; another wants the reason heard first."""
        if self.server.users.get(user) == token:
            return user
        heard = self.challenge(json.dumps(self.server.denial).encode())
        if heard != answer:
            raise ValueError("not the answer to a denial")
        return None

    def oauthbearer(self, initial):
        """RFC 7628."""
        if initial is None:
            initial = self.challenge(b"")
        head, *pairs, end, last = initial.decode().split("\1")
        user = re.fullmatch("n,a=([^,]*),", head).group(1).replace("=2C", ",")
        self.pairs = dict(p.split("=", 1) for p in pairs)
        if end or last:
            raise ValueError("no end")
        return self.bearer(user.replace("=3D", "="), self.token(
            self.pairs["auth"]), b"\1")

    def xoauth2(self, initial):
        if initial is None:
            initial = self.challenge(b"")
        user, auth, end, last = initial.decode().split("\1")
        if end or last or not user.startswith("user="):
            raise ValueError("not its form")
        return self.bearer(user[5:], self.token(auth.removeprefix("auth=")),
                           b"")

    @staticmethod
    def token(auth):
        if not auth.startswith("Bearer "):
            raise ValueError("no bearer token")
        return auth.removeprefix("Bearer ")


LOGINS = {name: getattr(Login, name.lower().replace("-", "_"))
          for name in MECHANISMS + OTHERS}
