"""The search for secrets in all that a run of the program leaves behind.

A secret is looked for as it is, in base64 (at each of the three places that it
can have within a group, so also as a part of something longer), in hexadecimal
digits and with percent signs.  A file is searched unless it is as the test had
made it before the program was started; what a test writes later, secrets in it,
it has to own() first.
"""

import base64
import os
import pathlib
import re
import stat

CHUNK = 1 << 20
LONGEST = 4096                  # of a form, in octets


def forms(secret):
    """Every form of it, by name."""
    octets = secret.encode()
    found = {"plain": octets, "hex": octets.hex().encode(),
             "HEX": octets.hex().upper().encode()}
    for case in "%%%02x", "%%%02X":
        found[case % 0xab] = "".join(case % c for c in octets).encode()
    for before in range(3):
        code = base64.b64encode(bytes(before) + octets)
        # What depends on the neighbours too is left out.
        first = (before * 8 + 5) // 6
        last = (before + len(octets)) * 8 // 6
        found[f"base64, {before} before it"] = code[first:last]
    return found


class Search:
    """What is looked for, and what has been searched so far."""

    def __init__(self, *secrets):
        self.secrets = []
        self.files = self.octets = self.texts = 0
        self.found = []
        for secret in secrets:
            self.watch(secret)

    def watch(self, secret):
        """Look for this one too from now on."""
        self.secrets.append(secret)
        every = {f for s in self.secrets for f in forms(s).values()}
        self.pattern = re.compile(b"|".join(re.escape(f) for f in sorted(
            every)))

    def shown(self, octets):
        """Is there one in it?"""
        if isinstance(octets, str):
            octets = octets.encode("utf-8", "replace")
        self.texts += 1
        self.octets += len(octets)
        return self.pattern.search(octets) is not None

    def in_file(self, path):
        if not os.path.exists(path):
            return False
        self.files += 1
        tail = b""
        with open(path, "rb") as f:
            while chunk := f.read(CHUNK):
                self.octets += len(chunk)
                if self.pattern.search(tail + chunk):
                    return True
                tail = chunk[-LONGEST:]
        return False

    def folder(self, folder, but=frozenset()):
        """The files below it that have one, those apart whose state() is
        among `but`; they stand in self.found too."""
        found = [path for path in regular(folder)
                 if state(path) not in but and self.in_file(path)]
        self.found += map(str, found)
        return found


def regular(folder):
    for where, _, names in os.walk(folder):
        for name in names:
            path = pathlib.Path(where, name)
            try:
                if stat.S_ISREG(path.lstat().st_mode):
                    yield path
            except FileNotFoundError:
                pass            # somebody is still tidying up


def state(path):
    """Changes with what is in a file; None if it has gone."""
    try:
        st = path.lstat()
    except FileNotFoundError:
        return None
    return str(path), st.st_ino, st.st_size, st.st_mtime_ns


class Watch:
    """The folders of one test."""

    def __init__(self, search, *folders):
        self.search = search
        self.folders = list(folders)
        self.owned = set()      # states
        self.paths = set()
        self.leaked = []

    def own(self, path):
        """The test puts a secret there itself."""
        self.paths.add(str(path))
        return path

    def before(self):
        """The program is going to be started."""
        for folder in self.folders:
            self.owned |= {state(path) for path in regular(folder)}

    def look(self):
        for path in self.paths:
            if os.path.isfile(path):
                self.owned.add(state(pathlib.Path(path)))
        return [path for folder in self.folders
                for path in self.search.folder(folder, self.owned)]

    def ran(self):
        """The program has ended: what it left is not the test's, whoever
        starts it again."""
        self.leaked += self.look()

    def after(self):
        found = self.look()
        return found + [p for p in self.leaked if p not in found]
