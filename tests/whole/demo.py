"""What `./bootstrap demo` runs: one message, from standard input to a server.

A submission server is started on the loopback interface, with TLS by a
throw-away CA and a login; the program, with a configuration file as a user
would write it, submits a message; and all that happened is shown.  Nothing
leaves this machine, and nothing is left behind on it.
"""

import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

from server import Server, make_certs

SAMPLE = b"Subject: hi\n\nhello\n"
RCPT = "you@example.org"
PASSWORD = "demo-secret"
SHOWN = 12                      # lines of a body
PATIENCE = 120                  # seconds for the program

CONFIG = """account default
host localhost
port {port}
tls_trust_file {certs}/ca.pem
tls_starttls off
auth on
user you
password {password}
from me@example.org
"""

NEXT = """To send real mail, write ~/.config/posthorn/config (chmod 600):
  account default
  host smtp.example.org
  user me@example.org
  passwordeval cat ~/.smtp-password
Then try
  printf 'Subject: hi\\n\\nhello\\n' | ./posthorn you@example.org
and read: man man/posthorn.1 man/posthorn.conf.5"""


class Failed(Exception):
    """What went wrong, for a person."""


def title(text):
    print(f"\n== {text}")


def program():
    top = pathlib.Path(__file__).resolve().parent.parent.parent
    named = os.environ.get("POSTHORN")
    places = [named] if named else ["posthorn", top / "posthorn"]
    for place in places:
        path = pathlib.Path(place).resolve()
        if path.is_file() and os.access(path, os.X_OK):
            return str(path)
    raise Failed(f"no program at {pathlib.Path(places[-1]).resolve()}; run "
                 "./bootstrap, or name one in $POSTHORN")


def message():
    if sys.stdin is None or sys.stdin.isatty():
        return SAMPLE, "a sample"
    given = sys.stdin.buffer.read()
    if given:
        return given, "standard input"
    return SAMPLE, "a sample, for standard input is empty"


def submit(binary, folder, config, text):
    """Run the program; returns its exit status, and shows what it says."""
    command = [binary, "-C", str(config), "-v", "-d", "-i", RCPT]
    env = {"HOME": str(folder), "TMPDIR": str(folder),
           "PATH": os.environ.get("PATH", "/usr/bin:/bin")}
    for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LD_LIBRARY_PATH"):
        if name in os.environ:
            env[name] = os.environ[name]
    try:
        done = subprocess.run(command, input=text, env=env, timeout=PATIENCE,
                              stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
    except subprocess.TimeoutExpired:
        raise Failed(f"{binary} did not end in {PATIENCE} s") from None
    except OSError as e:
        raise Failed(f"cannot run {binary}: {e.strerror}") from None
    for line in done.stdout.decode("utf-8", "replace").splitlines():
        print("  " + line.removeprefix("posthorn: "))
    if PASSWORD.encode() in done.stdout:
        raise Failed("the password was shown")
    return done.returncode


def printable(octets):
    text = octets.decode("utf-8", "replace")
    return "".join(c if c.isprintable() or c == "\t" else "?" for c in text)


def arrived(m):
    title("What arrived")
    print(f"  from <{m.sender}>, logged in as {m.user}, by {m.tls}")
    print(f"  to   {', '.join(f'<{to}>' for to in m.to)}")
    lines = m.text.split(b"\r\n")[:-1]
    head = m.head.count(b"\r\n") + 1
    for line in lines[:head + SHOWN]:
        print("  | " + printable(line))
    if len(lines) > head + SHOWN or len(m.body) < m.size - len(m.head) - 2:
        print("  | ... and more")
    print(f"  {m.size} octets, sha256 {m.sha256}")


def demo(folder):
    binary = program()
    text, source = message()
    try:
        certs = make_certs(folder / "certs")
    except FileNotFoundError:
        raise Failed("the openssl command is not installed") from None
    except RuntimeError as e:
        raise Failed(str(e)) from None
    with Server(tls="implicit", certs=certs, auth=("PLAIN", "LOGIN"),
                words=("PIPELINING", "8BITMIME"),
                users={"you": PASSWORD}) as server:
        config = folder / "config"
        config.touch(mode=0o600)
        config.write_text(CONFIG.format(port=server.port, certs=certs,
                                        password=PASSWORD))
        print(f"The message is {source}; the server is localhost:"
              f"{server.port}, with a CA of its own.")
        title("The configuration, in a file that only you can read")
        for line in config.read_text().splitlines():
            print("  " + (line if not line.startswith("password ")
                          else "password ***"))
        title(f"{os.path.basename(binary)} -C config -v -d -i {RCPT}")
        status = submit(binary, folder, config, text)
        if status != 0:
            raise Failed(f"{binary} ended with {status}; the lines above say "
                         "why")
        if len(server.messages) != 1:
            raise Failed("the program ended well, and nothing arrived")
        arrived(server.messages[0])
        turns = server.sessions[0].turns
        print(f"  exit status 0; the server had to wait {turns} times")
    title("What next")
    print(NEXT)


def leave(*_unused):
    raise KeyboardInterrupt


def main():
    signal.signal(signal.SIGTERM, leave)
    folder = None
    try:
        folder = pathlib.Path(tempfile.mkdtemp(prefix="posthorn-demo-"))
        demo(folder)
        sys.stdout.flush()
        return 0
    except Failed as e:
        why = str(e)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 1
    except OSError as e:
        why = f"{e.filename or 'system'}: {e.strerror}"
    except KeyboardInterrupt:
        why = "interrupted"
    finally:
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)
    sys.stdout.flush()
    print(f"demo: {why}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
