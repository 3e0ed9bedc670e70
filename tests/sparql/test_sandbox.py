"""What a worker cannot do, also if a text slipped through the scan."""

from __future__ import annotations

import json
import os
import select
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from kg.sparql import frames, sandbox
from kg.sparql.process import Worker, told
from kg.store.oxigraph import OxigraphStore

pytestmark = pytest.mark.skipif(sandbox.expected() == sandbox.NONE, reason=sandbox.NONE)

TRIES = """
import ctypes, json, os, signal, socket, subprocess, sys, threading
from kg.sparql import sandbox
kind = sandbox.enter(os.getppid())
told = {"kind": kind}
libc = ctypes.CDLL(None, use_errno=True)

def attempt(name, call):
    try:
        call()
        told[name] = "done"
    except OSError as e:
        told[name] = e.errno
    except BaseException as e:
        told[name] = type(e).__name__

def system_call(number, *arguments):
    if libc.syscall(number, *arguments) == -1:
        raise OSError(ctypes.get_errno(), "")

attempt("internet", lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM))
attempt("unix", lambda: socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
attempt("pair", socket.socketpair)
attempt("exec", lambda: os.execv("/bin/true", ["true"]))
attempt("fork", os.fork)
attempt("run", lambda: subprocess.run(["/bin/true"]))
attempt("kill", lambda: os.kill(os.getppid(), 0))
attempt("ring", lambda: system_call(425, 1, None))
attempt("trace", lambda: system_call(101, 0, 0, 0, 0))
attempt("memory of others", lambda: system_call(310, os.getppid(), None, 0, None, 0, 0))
attempt("mount", lambda: system_call(165, None, None, None, 0, None))
attempt("clone3", lambda: system_call(435, None, 0))
seen = []

def inside():
    attempt("internet in a thread", lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM))
    seen.append(1)

thread = threading.Thread(target=inside)
thread.start()
thread.join()
told["threads"] = len(seen)
told["file"] = len(open(sys.argv[1], "wb").__class__.__name__) > 0
print(json.dumps(told))
"""


def test_the_filter_denies_the_network_programs_and_processes_but_not_threads(tmp_path: Path) -> None:
    code = [sys.executable, "-c", TRIES, str(tmp_path / "file")]
    ran = subprocess.run(code, capture_output=True, text=True, timeout=60, check=True)
    found = json.loads(ran.stdout)
    assert found.pop("kind") == sandbox.SECCOMP
    assert found.pop("threads") == 1
    assert found.pop("file") is True
    assert found.pop("clone3") == 38
    assert found.pop("run") in (1, "PermissionError")
    assert set(found.values()) == {1}, found


@pytest.mark.parametrize("silent", ["", "SILENT "])
def test_a_service_call_that_reaches_the_engine_reaches_no_listener(tmp_path: Path, silent: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        port = listener.getsockname()[1]
        text = f"SELECT * {{ SERVICE {silent}<http://127.0.0.1:{port}/> {{ ?a ?b ?c }} }}"
        answer = _ask(tmp_path, text)
        assert silent or answer["error"] == "failed"
        with pytest.raises(BlockingIOError):
            listener.accept()


def test_a_worker_ends_with_its_owner(tmp_path: Path) -> None:
    """The owner is killed, so it cannot clean up; the worker is in the middle of a query."""
    code = f"""
import json, sys, time
from pathlib import Path
from kg.sparql.pool import Pool
from kg.sparql.answer import Limits
from kg.store.oxigraph import OxigraphStore
from threading import Thread
from pyoxigraph import Literal, NamedNode, Quad
store = OxigraphStore(Path({str(tmp_path / "store")!r}))
e = NamedNode("http://e/")
store.apply([], [Quad(e, e, Literal(str(n)), e) for n in range(2000)])
pool = Pool(store, 0, Path({str(tmp_path / "snapshots")!r}), union=True, prefixes={{}})
pool.warm()
query = "SELECT (COUNT(*) AS ?n) {{ ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }}"
Thread(target=pool.ask, args=(query,), kwargs={{"limits": Limits(deadline=60)}}, daemon=True).start()
while pool.counts().running == 0 or pool.counts().idle < 2:
    time.sleep(0.01)
print(*(p for t in Path("/proc/self/task").glob("*/children") for p in t.read_text().split()), flush=True)
time.sleep(60)
"""
    owner = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert owner.stdout is not None
    with owner.stdout:
        workers = [int(p) for p in owner.stdout.readline().split()]
        owner.kill()
        owner.wait()
    assert len(workers) == 3
    for worker in workers:
        _ends(worker)


def _ends(pid: int) -> None:
    """Wait for the end of a process that is no child of ours."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        assert select.select([handle], [], [], 30)[0]
    finally:
        os.close(handle)


def _ask(folder: Path, text: str) -> dict[str, object]:
    """Ask a worker past the pool, which would have refused the text."""
    OxigraphStore(folder / "store").close()
    settings = {"union": True, "prefixes": {}, "mark": "http://e/mark", "hidden": ""}
    worker = Worker(folder / "store", settings, 0, 0)
    try:
        worker.begin()
        question = {"text": text, "rows": "json", "graph": "nt", "default": None, "named": [], "own": False}
        bounds = {"most_rows": 10, "most_bytes": 1000, "memory": 1 << 28, "seconds": 10.0}
        worker.say(frames.frame(frames.QUERY, json.dumps({**question, **bounds}).encode()))
        while True:
            kind, payload = worker.hear()
            if kind in (frames.END, frames.ERROR):
                return told(payload)
    finally:
        worker.bury()
