"""Many writers on few claims: an edit that was made on an older version is told, and none is lost."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from random import Random
from urllib.parse import quote, urlsplit

import kg
from reliability.doors import PARAPHRASE, VERSION
from reliability.http import serve
from reliability.material import IRIS, claim, make
from reliability.tally import Case, Part, Tally

HOT = 50
"""How many claims all writers edit."""
THREADS, OVER_HTTP = 32, 4
EDITS = 10
"""How many edits each writer gets through in a round."""

Written = list[tuple[str, int]]


class Writers:
    """Rounds of writers on one workspace.

    :param http: address and key of a service over it.
    """

    def __init__(self, workspace: kg.Workspace, http: tuple[str, str], edits: int) -> None:
        self._workspace, self._http, self._edits = workspace, http, edits
        self._versions: dict[str, set[int]] = defaultdict(set)
        self._seen = workspace.journal.last

    def round(self, number: int) -> Tally:
        """All writers at once, then a look at what became of their edits."""
        tally = Tally()
        with ThreadPoolExecutor(THREADS) as pool:
            runs = [pool.submit(self._writer, number, i, tally) for i in range(THREADS)]
            for run in runs:
                for id, version in run.result():
                    tally.counts["acknowledged edits"] += 1
                    if version in self._versions[id]:
                        tally.faults.append(f"version {version} of {id} was acknowledged twice")
                    self._versions[id].add(version)
        self._compare(tally)
        return tally

    def _writer(self, number: int, place: int, tally: Tally) -> Written:
        random, done = Random(number * 1000 + place), Written()
        by_http = place < OVER_HTTP
        edit = self._over_http if by_http else self._in_process
        while len(done) < self._edits:
            id = IRIS.of("claim", f"hot-{random.randrange(HOT)}")
            start = time.perf_counter()
            version = edit(id, f"Writer {place}, round {number}, edit {len(done)}.", random)
            if version is None:
                tally.counts["conflicts told over HTTP" if by_http else "conflicts told"] += 1
            else:
                tally.time("an edit over HTTP" if by_http else "an edit", time.perf_counter() - start)
                done.append((id, version))
        return done

    def _in_process(self, id: str, said: str, random: Random) -> int | None:
        record = self._workspace.claim(id)
        time.sleep(random.uniform(0, 0.01))  # a curator thinks
        try:
            receipt = self._workspace.add({**record, "paraphrase": said})
        except kg.VersionConflict:
            return None
        assert receipt.changed == (id,)
        return int(record["version"]) + 1

    def _over_http(self, id: str, said: str, random: Random) -> int | None:
        url, key = self._http
        path, triples = f"/graphs?graph={quote(id, safe='')}", {"Accept": "application/n-triples"}
        server = HTTPConnection(str(urlsplit(url).netloc), timeout=60)
        try:
            server.request("GET", path, headers=triples)
            answer = server.getresponse()
            lines, tag = answer.read().decode().splitlines(), answer.headers["ETag"]
            version = next(int(line.split('"')[1]) for line in lines if str(VERSION) in line)
            kept = [line for line in lines if str(PARAPHRASE) not in line]
            body = "\n".join([*kept, f'<{id}> {PARAPHRASE} "{said}" .\n'])
            headers = {"If-Match": tag, "Authorization": f"Bearer {key}", "Content-Type": "application/n-triples"}
            server.request("PUT", path, body.encode(), headers)
            answer = server.getresponse()
            told = answer.read()
        finally:
            server.close()
        if answer.status in (409, 412):
            return None
        if answer.status != 204:
            raise AssertionError(f"PUT {path}: {answer.status} {told[:300]!r}")
        return version + 1

    def _compare(self, tally: Tally) -> None:
        """Versions acknowledged, versions in the history, and the version that stands."""
        history: dict[str, list[int]] = defaultdict(list)
        for entry in self._workspace.journal.entries(self._seen):
            for touched in entry.touched:
                history[touched.id].append(touched.after)
        for i in range(HOT):
            id = IRIS.of("claim", f"hot-{i}")
            acked, now = self._versions[id], self._workspace.claim(id)["version"]
            if acked != set(range(2, len(acked) + 2)):
                tally.faults.append(f"the acknowledged versions of {id} have gaps: {sorted(acked)[-5:]}")
            if history[id] != sorted(acked):
                tally.faults.append(f"the history of {id} has versions that nobody was told, or lacks some")
            if now != len(acked) + 1:
                tally.faults.append(f"{id} is at version {now} after {len(acked)} acknowledged edits")


@contextmanager
def session(folder: Path, small: bool) -> Iterator[Case]:
    """Rounds on one workspace with its hot claims, which is checked at the end."""
    with make(folder / "W") as workspace:
        workspace.add([claim(f"hot-{i}", f"Hot, {i}.", i) for i in range(HOT)])
        with serve(workspace) as http:
            yield Writers(workspace, http, 2 if small else EDITS).round
        if not workspace.check().conforms or not workspace.validate().conforms:
            raise AssertionError("the workspace of the writers is not whole")


PART = Part(
    "writers",
    "No edit is lost: an edit on an older version is told as a conflict, and every acknowledged version is in the "
    "history.",
    f"{THREADS} writers make {EDITS} edits each in a round, {EDITS * 30} in all, on {HOT} claims of one workspace; "
    f"{OVER_HTTP} of them over HTTP with If-Match. Each reads a claim, edits it, sends it with its version, and tries "
    "again when told of a conflict. After each round the versions acknowledged, in the journal and in the store are "
    "compared.",
    "rounds",
    full=30,
    small=1,
    session=session,
)
