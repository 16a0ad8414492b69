"""What `make bench` runs: posthorn beside other clients, on this machine.

Each client that is installed submits the same messages to the same server, in
turn, and a table a scenario says what that took.  The server (server.c) is on
the loopback interface, "50 ms" is behind a delay line (delay.c) with that round
trip, and the client alone is measured (meter.c).  A run counts only if the exit
status was 0 and every recipient and every octet of the body arrived.

The program is $POSTHORN, else the one at the top of the tree.  Other clients
are looked for in the PATH, or are $MSMTP, $CURL and $SWAKS.
"""

import argparse
import collections
import hashlib
import os
import pathlib
import queue
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "whole"))

from server import make_certs  # noqa: E402

RTT = 50                        # milliseconds
PATIENCE = 45                   # what comes later than that is a turn
LIMIT = 100                     # seconds for a run
BUDGET = 3                      # seconds for a client and scenario, all runs
USER, PASSWORD = "bench", "throw-away-secret"
MIB = 1024 * 1024
LINKS = ("plain", "starttls", "tls")            # in the server's order
HEADER = """From: Bench <bench@example.org>
To: rcpt0@example.net
Subject: a message that is measured
Date: Mon, 05 Jan 2026 12:00:00 +0000
Message-ID: <bench@example.org>
MIME-Version: 1.0
Content-Type: text/plain; charset=us-ascii

"""

Scenario = collections.namedtuple("Scenario", "title link far rcpts size runs")
Message = collections.namedtuple("Message", "path sha256 longer")
Job = collections.namedtuple("Job", "link port sender rcpts path config ca")
Cost = collections.namedtuple("Cost", "wall cpu rss status killed")
Run = collections.namedtuple("Run", "cost turns faults notes")
Row = collections.namedtuple("Row", "figures notes right")

SCENARIOS = {
    "start": Scenario("start: --version", None, False, 0, 0, 21),
    "plain": Scenario("2 KiB in the clear, no login", "plain", False, 1, 2048,
                      15),
    "tls": Scenario("2 KiB, TLS and login", "tls", False, 1, 2048, 15),
    "tls-50ms": Scenario("2 KiB, TLS and login, 50 ms away", "tls", True, 1,
                         2048, 5),
    "starttls-50ms": Scenario("2 KiB, STARTTLS and login, 50 ms away",
                              "starttls", True, 1, 2048, 5),
    "rcpts-50ms": Scenario("1000 recipients, TLS and login, 50 ms away", "tls",
                           True, 1000, 2048, 3),
    "big": Scenario("20 MiB, TLS and login", "tls", False, 1, 20 * MIB, 5),
}


class Failed(Exception):
    """What went wrong, for a person."""


# How each client is called.

def sendmail(program, job):
    """posthorn and msmtp have their flags and configuration in common."""
    return [program, "-C", job.config, "-i", "-f", job.sender, "--",
            *job.rcpts]


def curl(program, job):
    scheme = "smtps" if job.link == "tls" else "smtp"
    command = [program, "-q", "-sS", "--crlf", "--upload-file", job.path,
               "--mail-from", job.sender]
    for rcpt in job.rcpts:
        command += ["--mail-rcpt", rcpt]
    if job.link != "plain":
        command += ["--ssl-reqd", "--cacert", job.ca, "--sasl-ir", "--user",
                    f"{USER}:{PASSWORD}", "--login-options", "AUTH=PLAIN"]
    return command + [f"{scheme}://localhost:{job.port}/bench.example"]


def swaks(program, job):
    command = [program, "--server", "localhost", "--port", job.port,
               "--from", job.sender, "--to", ",".join(job.rcpts), "--data",
               f"@{job.path}", "--pipeline", "--silent", "2"]
    if job.link != "plain":
        command += ["--tls-on-connect" if job.link == "tls" else "--tls",
                    "--tls-verify", "--tls-ca-path", job.ca, "--auth", "PLAIN",
                    "--auth-user", USER, "--auth-password", PASSWORD]
    return command


CLIENTS = {"posthorn": sendmail, "msmtp": sendmail, "curl": curl,
           "swaks": swaks}


def configuration(link, port, ca):
    words = {"host": "localhost", "port": port, "from": "bench@example.org",
             "auth": "off", "tls": "off"}
    if link != "plain":
        words.update(auth="plain", user=USER, password=PASSWORD, tls="on",
                     tls_trust_file=ca, tls_starttls="on"
                     if link == "starttls" else "off")
    return "account default\n" + "".join(f"{k} {v}\n"
                                         for k, v in words.items())


# The server.

class Connection:
    """What server.c reports of one."""

    def __init__(self):
        self.sender = None
        self.rcpts = []
        self.body = None        # the SHA-256
        self.bare = 0
        self.turns = 0
        self.tls, self.user = "-", "-"
        self.resumed = False

    def add(self, line):
        """Returns true with the last line."""
        key, _, rest = line.partition(" ")
        if key == "mail":
            self.sender = rest
        elif key == "rcpt":
            self.rcpts.append(rest)
        elif key == "body":
            _, self.body, bare = rest.split()
            self.bare = int(bare)
        elif key == "end":
            turns, self.tls, resumed, self.user = rest.split()
            self.turns = int(turns)
            self.resumed = resumed != "0"
        return key == "end"


class Tool:
    """A program that prints its ports, and ends when its input does."""

    def __init__(self, *command):
        self.process = subprocess.Popen([str(c) for c in command], text=True,
                                        stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE)
        self.ports = self.process.stdout.readline().split()

    def stop(self):
        self.process.stdin.close()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()


class Server:
    """The server, here and far away."""

    def __init__(self, tools, certs):
        self.came = queue.Queue()
        self.tool = Tool(tools / "server", PATIENCE, certs / "server.pem",
                         certs / "server.key", USER, PASSWORD)
        self.line = Tool(tools / "delay", RTT, *self.tool.ports)
        if len(self.line.ports) != len(LINKS):
            self.stop()
            raise Failed("the server did not start")
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        connection = Connection()
        for line in self.tool.process.stdout:
            if connection.add(line.rstrip("\n")):
                self.came.put(connection)
                connection = Connection()

    def port(self, link, far):
        ports = self.line.ports if far else self.tool.ports
        return ports[LINKS.index(link)]

    def wait(self, sender, seconds):
        """The connection that brought mail of that sender, or None."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            try:
                connection = self.came.get(timeout=left)
            except queue.Empty:
                break
            if connection.sender == sender:
                return connection
        return None

    def stop(self):
        self.line.stop()
        self.tool.stop()


# Runs.

def environment(home):
    env = {"HOME": str(home), "TMPDIR": str(home), "LANG": "C.UTF-8"}
    for name in ("PATH", "PERL5LIB", "LD_LIBRARY_PATH", "ASAN_OPTIONS",
                 "UBSAN_OPTIONS", "LSAN_OPTIONS", "LLVM_PROFILE_FILE"):
        if name in os.environ:
            env[name] = os.environ[name]
    return env


def faults(cost, message, job, connection):
    """What a run should have done, and did not."""
    if cost.killed:
        return [f"not done in {LIMIT} s"]
    found = [f"exit status {cost.status}"] if cost.status else []
    if connection is None or connection.body is None:
        return found + ["nothing arrived"]
    if sorted(connection.rcpts) != sorted(job.rcpts):
        found.append(f"{len(connection.rcpts)} recipients of "
                     f"{len(job.rcpts)}")
    if connection.body not in (message.sha256, message.longer):
        found.append("the body was altered")
    if connection.bare:
        found.append("lone CR or LF")
    if job.link != "plain" and "-" in (connection.tls, connection.user):
        found.append("no TLS, or no login")
    return found


class Bench:
    def __init__(self, folder, tools, clients):
        self.folder, self.tools, self.clients = folder, tools, clients
        self.certs = make_certs(folder / "certs")
        self.messages = {}
        self.count = 0
        self.server = Server(tools, self.certs)
        for name in clients:
            (folder / name).mkdir()

    def meter(self, name, command, stdin=os.devnull):
        """What a command costs, and the last line that it said."""
        output = self.folder / "output"
        meter = subprocess.Popen(
            [str(self.tools / "meter"), str(LIMIT), str(stdin), str(output),
             *map(str, command)], env=environment(self.folder / name),
            cwd=self.folder, text=True, stdout=subprocess.PIPE)
        try:
            printed = meter.communicate()[0]
        finally:
            meter.terminate()           # it ends the client
            meter.wait()
        if meter.returncode != 0:
            raise Failed("the meter failed")
        wall, cpu, rss, status, killed = map(int, printed.split())
        said = output.read_text(errors="replace").strip().split("\n")[-1]
        return Cost(wall / 1000, cpu / 1000, rss / 1024, status,
                    bool(killed)), said

    def message(self, size):
        """A file of that many octets of body, some of whose lines begin with
        a dot."""
        if size in self.messages:
            return self.messages[size]
        lines = [f"{'.' * (i % 8 == 3)}line {i:03} {'x' * 61}"
                 for i in range(256)]
        block = "\n".join(lines) + "\n"
        body = (block * (size // len(block) + 1))[:size - 1] + "\n"
        path = self.folder / f"message-{size}"
        path.write_text(HEADER + body)
        body = body.replace("\n", "\r\n").encode()
        self.messages[size] = Message(
            str(path), hashlib.sha256(body).hexdigest(),
            hashlib.sha256(body + b"\r\n").hexdigest())
        return self.messages[size]

    def job(self, scenario, far):
        port = self.server.port(scenario.link, far)
        ca = str(self.certs / "ca.pem")
        config = self.folder / f"config-{port}"
        if not config.exists():
            config.touch(mode=0o600)
            config.write_text(configuration(scenario.link, port, ca))
        self.count += 1
        return Job(scenario.link, port, f"run{self.count}@example.org",
                   [f"rcpt{i}@example.net" for i in range(scenario.rcpts)],
                   self.message(scenario.size).path, str(config), ca)

    def submit(self, name, scenario, far):
        job = self.job(scenario, far)
        call = CLIENTS[name]
        cost, said = self.meter(name, call(self.clients[name], job), job.path
                                if call is sendmail else os.devnull)
        came = self.server.wait(job.sender, 0.5 if cost.status else 5)
        message = self.message(scenario.size)
        wrong = faults(cost, message, job, came)
        if wrong and said:
            wrong.append(said[:200])
        notes = []
        if came is not None and came.body == message.longer:
            notes.append("adds an empty line")
        if came is not None and came.resumed:
            notes.append("resumes TLS")
        return Run(cost, came.turns if came else 0, wrong, notes)

    def run(self, name, scenario):
        if scenario.link is not None:
            return self.submit(name, scenario, scenario.far)
        cost, _ = self.meter(name, [self.clients[name], "--version"])
        return Run(cost, None, [f"exit status {cost.status}"]
                   if cost.status else [], [])

    def measure(self, scenario, runs):
        """The runs of each client, one after another, nobody first always."""
        names = list(self.clients)
        results = {name: [] for name in names}
        spent = dict.fromkeys(names, 0)
        for i in range(runs or scenario.runs):
            for name in names[i % len(names):] + names[:i % len(names)]:
                if spent[name] > BUDGET:
                    continue
                begun = time.monotonic()
                results[name].append(self.run(name, scenario))
                spent[name] += time.monotonic() - begun
        return {name: self.row(name, scenario, results[name])
                for name in names}

    def row(self, name, scenario, runs):
        """Medians of the runs that were right."""
        good = [r for r in runs if not r.faults]
        bad = [r for r in runs if r.faults]
        notes = list(dict.fromkeys(n for r in runs for n in r.notes))
        if bad:
            notes.append(f"{len(bad)} of {len(runs)} runs failed: "
                         + ", ".join(bad[0].faults))
        if not good:
            return Row(None, notes, False)
        right, turns = not bad, None
        if scenario.far:
            turns = statistics.median(r.turns for r in good)
        elif scenario.link is not None:
            # Waits are told from dawdling only where they are long.
            far = self.submit(name, scenario, True)
            turns = far.turns
            if far.faults:
                notes.append("far away: " + ", ".join(far.faults))
                right, turns = False, None
        figures = [statistics.median(r.cost[i] for r in good)
                   for i in range(3)]
        return Row([turns] + figures, notes, right)

    def stop(self):
        self.server.stop()


# Tables.

def show(scenario, rows):
    """Returns true if posthorn's runs were all right."""
    print(f"\n{scenario.title}\n{'':10}{'turns':>7}{'wall ms':>10}"
          f"{'CPU ms':>9}{'RSS MiB':>9}{'x posthorn':>12}")
    own = rows["posthorn"].figures
    for name, (figures, notes, _) in rows.items():
        if figures is None:
            line = f"{name:10}{'fails':>7}"
        else:
            turns, wall, cpu, rss = figures
            line = f"{name:10}{'-' if turns is None else f'{turns:g}':>7}" \
                f"{wall:10.1f}{cpu:9.1f}{rss:9.1f}" \
                + (f"{wall / own[1]:12.2f}" if own else f"{'-':>12}")
        print(line + "".join(f"  {note}" for note in notes), flush=True)
    return rows["posthorn"].right


def version(program):
    try:
        said = subprocess.run([program, "--version"], text=True, timeout=20,
                              stdin=subprocess.DEVNULL, errors="replace",
                              stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT).stdout
    except (OSError, subprocess.TimeoutExpired) as e:
        raise Failed(f"cannot run {program}: {e}") from None
    found = re.search(r"\d[\w.]*\.\d[\w.]*", said)
    return found.group() if found else "of no known version"


def find_clients(wanted):
    found, missing = {}, []
    for name in CLIENTS:
        if name not in wanted:
            continue
        given = os.environ.get(name.upper())
        if name == "posthorn" and not given:
            given = str(HERE.parent.parent / "posthorn")
        path = shutil.which(given or name)
        if path is not None:
            found[name] = os.path.abspath(path)
        elif given:
            raise Failed(f"no program at {given}: build it, or set "
                         f"{name.upper()}")
        else:
            missing.append(name)
    return found, missing


def find_tools(program):
    folder = pathlib.Path(os.environ.get("BENCH_TOOLS") or
                          pathlib.Path(program).resolve().parent /
                          "tests" / "bench")
    for name in ("delay", "meter", "server"):
        if not os.access(folder / name, os.X_OK):
            raise Failed(f"no {folder / name}: \"make bench\" builds it")
    return folder


def introduce(clients, missing):
    print("; ".join(f"{name} {version(path)}"
                    for name, path in clients.items()))
    if missing:
        print("not installed: " + ", ".join(missing))
    print(f"""
Everything is on this machine; "{RTT} ms away" is behind a delay line with that
round trip.  Medians.  Turns are how often the server had spoken and had to wait
for the client; what is not far away is done once more for them, far away.""")


def words(known):
    def split(text):
        for word in text.split(","):
            if word not in known:
                raise argparse.ArgumentTypeError(
                    f"{word} is none of: {', '.join(known)}")
        return text.split(",")
    return split


def leave(*_unused):
    raise KeyboardInterrupt


def main():
    for sig in (signal.SIGHUP, signal.SIGTERM):
        signal.signal(sig, leave)
    parser = argparse.ArgumentParser(
        description="posthorn beside other clients.")
    parser.add_argument("--scenarios", type=words(SCENARIOS), metavar="A,B",
                        default=list(SCENARIOS), help=", ".join(SCENARIOS))
    parser.add_argument("--clients", type=words(CLIENTS), metavar="A,B",
                        default=list(CLIENTS), help=", ".join(CLIENTS)
                        + " (posthorn always)")
    parser.add_argument("--runs", type=int, default=0,
                        help="of each client, in each scenario")
    options = parser.parse_args()
    folder = bench = None
    try:
        clients, missing = find_clients({"posthorn", *options.clients})
        tools = find_tools(clients["posthorn"])
        folder = pathlib.Path(tempfile.mkdtemp(prefix="posthorn-bench-"))
        bench = Bench(folder, tools, clients)
        introduce(clients, missing)
        right = [show(SCENARIOS[name],
                      bench.measure(SCENARIOS[name], options.runs))
                 for name in options.scenarios]
        return 0 if all(right) else 1
    except (Failed, RuntimeError) as e:
        why = str(e)
    except OSError as e:
        why = f"{e.filename or 'system'}: {e.strerror}"
    except KeyboardInterrupt:
        why = "interrupted"
    finally:
        if bench is not None:
            bench.stop()
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)
    print(f"bench: {why}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
