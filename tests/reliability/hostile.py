"""Queries that mean harm, sent to a service that others use: each is ended in time, and the others notice little."""

from __future__ import annotations

import json
import os
import runpy
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from random import Random
from urllib.parse import quote, urlsplit

from kg.access.keys import Keyring
from kg.access.own import KEYS
from reliability.doors import NOTE
from reliability.material import IRIS, claim, make, quiet
from reliability.tally import Case, Part, Tally

DEADLINE, GRACE = 10.0, 0.5
"""Of a query, in seconds, and how long after it the answer must be there."""
CLAIMS = 200
QUERIES = runpy.run_path(str(Path(__file__).resolve().parent.parent / "sparql" / "hostile.py"))["QUERIES"]
_STEMMA = [sys.executable, "-c", "from kg.cli.main import main; main()"]


class Service:
    """``stemma serve`` in a process of its own, and two who use it all the time: one reads, one writes."""

    def __init__(self, folder: Path, small: bool) -> None:
        with make(folder / "W") as workspace:
            workspace.add([claim(f"c{i}", f"Said, {i}.", i, **quiet(i)) for i in range(CLAIMS)])
            self._key = Keyring(workspace.path / KEYS).create("curator", by=workspace.agent(None)).text
        command = [*_STEMMA, "serve", "--port", "0", "--workspace", str(folder / "W")]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert self._process.stdout is not None
        self._host = str(urlsplit(self._process.stdout.readline().strip()).netloc)
        self._size = self._memory()
        self._ended, self._busy, self._one = threading.Event(), threading.Event(), threading.Lock()
        self._tally = Tally()
        self._others = [threading.Thread(target=self._use, args=(use,)) for use in (self._read, self._write)]
        for thread in self._others:
            thread.start()
        time.sleep(0.5 if small else 5.0)  # the others by themselves, to compare with

    def case(self, number: int) -> Tally:
        """One of the queries, while others read and write."""
        query, tally = QUERIES[number % len(QUERIES)], Tally()
        self._busy.set()
        start = time.perf_counter()
        status, told = self._send("POST", "/sparql", query.text.encode("utf-8", "replace"), "application/sparql-query")
        took = time.perf_counter() - start
        self._busy.clear()
        tally.counts["queries"] += 1
        tally.counts[f"answered with {status}"] += 1
        tally.time("until it was ended", took)
        if took > DEADLINE + GRACE:
            tally.faults.append(f"{query.name}: ended after {took:.2f} s")
        if status != 200 and not _says_why(told):
            tally.faults.append(f"{query.name}: {status} does not say why: {told[:200]!r}")
        if query.must_be != "either" and status == 200:
            tally.faults.append(f"{query.name}: was answered")
        if self._process.poll() is not None:
            tally.faults.append(f"{query.name}: the service has ended")
        tally.counts["most MB the service grew by"] = max(0, self._memory() - self._size) >> 20
        with self._one:
            tally.take(self._tally)
            self._tally = Tally()
        return tally

    def close(self) -> None:
        """End the others, and the service."""
        self._ended.set()
        for thread in self._others:
            thread.join()
        self._process.send_signal(signal.SIGTERM)
        with self._process:
            self._process.wait(60)

    def _use(self, use: object) -> None:
        assert callable(use)
        random, number = Random(0), 0
        while not self._ended.is_set():
            number += 1
            busy, start = self._busy.is_set(), time.perf_counter()
            name, status = use(random.randrange(CLAIMS), number)
            took = time.perf_counter() - start
            with self._one:
                self._tally.time(f"{name}, {'meanwhile' if busy else 'alone'}", took)
                if status >= 400:
                    self._tally.faults.append(f"{name}: answered with {status}")
            time.sleep(0.05)

    def _read(self, place: int, number: int) -> tuple[str, int]:
        return "a record read", self._send("GET", f"/api/v1/claims/c{place}")[0]

    def _write(self, place: int, number: int) -> tuple[str, int]:
        id = IRIS.of("claim", f"c{place}")
        body = f'<{id}> {NOTE} "Note {number}." .'.encode()
        path = f"/graphs?graph={quote(id, safe='')}"
        return "a claim written", self._send("POST", path, body, "application/n-triples")[0]

    def _send(self, method: str, path: str, body: bytes | None = None, media: str = "") -> tuple[int, bytes]:
        headers = {"Content-Type": media, "Authorization": f"Bearer {self._key}"} if body is not None else {}
        if media == "application/sparql-query":
            del headers["Authorization"]  # anybody may ask
        with closing(HTTPConnection(self._host, timeout=60)) as server:
            server.request(method, path, body, headers)
            answer = server.getresponse()
            return answer.status, answer.read()

    def _memory(self) -> int:
        """Bytes of memory that the service's own process has."""
        pages = int(Path(f"/proc/{self._process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")


def _says_why(body: bytes) -> bool:
    try:
        told = json.loads(body)
    except ValueError:
        return False
    return bool(told.get("title") or told.get("detail"))


@contextmanager
def session(folder: Path, small: bool) -> Iterator[Case]:
    """A service of its own."""
    service = Service(folder, small)
    try:
        yield service.case
    finally:
        service.close()


PART = Part(
    "hostile",
    f"A query that means harm is ended by its deadline and {GRACE} s, with an error that says so, and reading and "
    "writing go on beside it.",
    f"Every query of tests/sparql/hostile.py, one after the other, without a key, to `stemma serve` with {CLAIMS} "
    f"claims and the public deadline of {DEADLINE:.0f} s. All the while one client reads single records and another "
    "writes; their times are compared with those when they are alone.",
    "queries",
    full=len(QUERIES),
    small=3,
    session=session,
)
