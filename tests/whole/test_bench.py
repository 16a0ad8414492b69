"""What make bench runs: its figures make sense, and it believes no client."""

import os
import pathlib
import shutil
import signal
import sys

import pytest

from conftest import HERE, alive, family_of, until

BENCH = HERE.parent / "bench" / "bench.py"
RTT = 50
SLOW = 300                      # seconds; sanitizers are slow


@pytest.fixture
def tools(binary):
    folder = pathlib.Path(binary).parent / "tests" / "bench"
    if not (folder / "server").exists():
        pytest.skip("make bench has not been built beside the program")
    return folder


@pytest.fixture
def bench(post, tools):
    """Start it, with a temporary folder of its own."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    tmp = post.folder / "tmp"
    tmp.mkdir()

    def start(*args, program=post.binary, clients="posthorn", **more):
        env = {"POSTHORN": str(program), "BENCH_TOOLS": str(tools),
               "TMPDIR": str(tmp), "PYTHONDONTWRITEBYTECODE": "1", **more}
        return post.start(BENCH, "--clients", clients, *args, env=env,
                          program=sys.executable)

    yield start
    assert list(tmp.iterdir()) == []


def rows(out, client="posthorn"):
    """Its rows, as words."""
    return [line.split() for line in out.split("\n")
            if line.startswith(client + "  ")]


def check(row):
    """A row's turns and milliseconds, all of it being plausible."""
    name, turns, wall, cpu, rss, ratio = row[:6]    # words may follow
    assert (name, ratio) == ("posthorn", "1.00")
    assert 0 < float(cpu) < float(wall) * (os.cpu_count() or 1)
    assert 0.5 < float(rss) < 1000          # sanitizers take a lot
    return turns, float(wall)


def test_table(bench, post):
    r = post.finish(bench("--scenarios", "start,tls,tls-50ms", "--runs", "3"),
                    timeout=SLOW)
    assert (r.code, r.err) == (0, "")
    start, near, far = map(check, rows(r.out))
    assert start[0] == "-"
    for turns, wall in near, far:
        assert 3 <= float(turns) <= 5
    # TCP and TLS take one round trip each, and so does the first greeting.
    assert wall >= (float(turns) + 3) * RTT


@pytest.mark.parametrize("client", ["msmtp", "curl", "swaks"])
def test_other_client(bench, post, client):
    path = shutil.which(os.environ.get(client.upper()) or client)
    if path is None:
        pytest.skip(f"{client} is not installed")
    r = post.finish(bench("--scenarios", "start,plain,starttls-50ms", "--runs",
                          "1", clients=client, **{client.upper(): path}),
                    timeout=SLOW)
    assert (r.code, r.err) == (0, "")
    assert len(rows(r.out)) == 3
    assert len(rows(r.out, client)) == 3
    assert "fail" not in r.out


@pytest.mark.parametrize("command, status, killed", [
    (["sh", "-c", "exit 3"], 3, 0), (["sh", "-c", "kill -9 $$"], 137, 0),
    (["sleep", "100"], 137, 1), (["/nonexistent"], 127, 0)],
    ids=["exit", "signal", "late", "no program"])
def test_meter(post, tools, command, status, killed):
    r = post.finish(post.start(1, "/dev/null", post.folder / "said", *command,
                               program=tools / "meter"))
    assert (r.code, r.err) == (0, "")
    wall, cpu, rss, *end = map(int, r.out.split())
    assert end == [status, killed]
    assert wall >= 1000000 * killed
    assert 0 <= cpu < 1000000 and 0 < rss < 1000000


CHEATS = {
    "does nothing": ("exit 0", "nothing arrived"),
    "fails": ("echo no such luck; exit 75", "no such luck"),
    "fails late": ("$POST \"$@\"; exit 75", "exit status 75"),
    "alters": ("sed s/line/lime/ | $POST \"$@\"", "the body was altered"),
    "adds a recipient": ("$POST \"$@\" eve@example.net",
                         "2 recipients of 1"),
}


@pytest.mark.parametrize("cheat", CHEATS)
def test_cheat(bench, post, cheat):
    script, said = CHEATS[cheat]
    program = post.folder / "cheat"
    program.write_text(f"#!/bin/sh\nPOST='{post.binary}'\n{script}\n")
    program.chmod(0o755)
    r = post.finish(bench("--scenarios", "plain", "--runs", "1",
                          program=program), timeout=SLOW)
    assert r.code == 1
    assert rows(r.out)[0][1] == "fails"
    assert said in r.out


def test_no_program(bench, post):
    r = post.finish(bench(program="/nonexistent/posthorn"))
    assert r.code == 1
    assert r.err.count("\n") == 1 and "/nonexistent/posthorn" in r.err


def test_signal_leaves_nothing(bench, post):
    p = bench("--scenarios", "tls-50ms", "--runs", "1000")
    until(lambda: len(family_of(p.pid)) >= 5, "a client")
    pids = family_of(p.pid)
    p.send_signal(signal.SIGTERM)
    r = post.finish(p)
    assert r.code == 1 and "interrupted" in r.err
    until(lambda: not alive(pids), "the end of all")
