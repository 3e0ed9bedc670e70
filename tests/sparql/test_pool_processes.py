"""The processes of a pool: started when asked, replaced when killed, ended with it, and told when there can be none."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from kg.errors import WorkspaceError
from kg.sparql import sandbox
from kg.sparql.pool import Pool

Live = Any
Ask = Callable[..., list[dict[str, str]]]
proc = pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="the system does not tell of processes")
ONE = "SELECT ?o { <http://e/s5> e:p5 ?o }"


def workers(live: Live) -> set[int]:
    """The processes that work in the folder of a store."""
    pids = (int(p) for t in Path("/proc/self/task").glob("*/children") for p in t.read_text().split())
    return {p for p in pids if str(live.folder) in os.path.realpath(f"/proc/{p}/cwd")}


@proc
def test_a_worker_that_is_killed_is_replaced_and_none_outlives_the_pool(
    make_live: Callable[[], Live], until: Callable[[Callable[[], bool]], None], rows: Ask
) -> None:
    live = make_live()
    pool = live.pool()
    pool.warm()
    until(lambda: pool.counts().idle == 3)
    first = workers(live)
    assert len(first) == 3
    for worker in first:
        os.kill(worker, signal.SIGKILL)
    assert rows(pool, ONE)
    until(lambda: len(workers(live) - first) == 3 == len(workers(live)))
    snapshots = live.folder / "snapshots-0"
    assert len([p for p in snapshots.iterdir() if p.is_dir()]) <= 7
    pool.close()
    pool.close()
    assert workers(live) == set()
    assert not snapshots.exists()
    with pytest.raises(WorkspaceError, match="closed"):
        pool.ask(ONE)


def test_a_close_ends_what_runs(make_live: Callable[[], Live], until: Callable[[Callable[[], bool]], None]) -> None:
    pool = make_live().pool()
    with ThreadPoolExecutor(1) as threads:
        asking = threads.submit(pool.ask, "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }")
        until(lambda: pool.counts().running == 1)
        pool.close()
        with pytest.raises(WorkspaceError, match="closed"):
            asking.result()


def test_a_pool_that_nobody_asks_starts_nothing(make_live: Callable[[], Live]) -> None:
    live = make_live()
    pool = live.pool()
    live.commit('<http://e/n> <http://e/new> "n" <http://e/g> .\n')
    assert pool.number == live.number
    pool.close()
    assert not (live.folder / "snapshots-0").exists()
    with pytest.raises(WorkspaceError, match="closed"):
        pool.ask(ONE)


@proc
def test_who_asks_once_needs_one_worker(make_live: Callable[[], Live], rows: Ask) -> None:
    live = make_live()
    assert rows(live.pool(), ONE)
    assert len(workers(live)) == 1


def test_what_an_earlier_owner_left_is_deleted(make_live: Callable[[], Live], rows: Ask) -> None:
    live = make_live()
    left = live.folder / "snapshots-0" / "base-1"
    left.mkdir(parents=True)
    (left / "file").touch()
    assert rows(live.pool(), ONE)
    assert not (left / "file").exists()


def test_without_a_store_it_is_told(tmp_path: Path) -> None:
    class Broken:
        path = None

        def backup(self, target: Path) -> None:
            raise WorkspaceError("the store cannot be copied", where=str(target))

    pool = Pool(Broken(), 0, tmp_path / "s", union=True, prefixes={})
    try:
        with pytest.raises(WorkspaceError, match="cannot be copied"):
            pool.ask("ASK {}")
    finally:
        pool.close()


def test_the_sandbox_is_told(pool: Pool) -> None:
    pool.warm()
    assert pool.sandbox == sandbox.expected()
