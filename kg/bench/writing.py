"""What it costs to write: one claim through gate and journal, many writers, and a load of many.

Everything is measured in one run beside what the bare engine takes for the same quads.
"""

from __future__ import annotations

import json
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import pyoxigraph
from pyoxigraph import RdfFormat

from kg.bench.synthetic import claims, fill, sources
from kg.gate.gate import Gate
from kg.workspace import Workspace

ROUNDS = 200
"""Claims written one by one at each size."""
CLIENTS = 16
_EACH = 25
_SLOW = 15
"""Claims judged by pySHACL alone."""


def writing(sizes: tuple[int, ...], tell: Callable[[str], None]) -> Iterator[dict[str, Any]]:
    """Write claims one by one, and from many threads, at each size.

    :param sizes: claims that are there already; the first is what the others are compared with.
    :returns: a row a size, times in milliseconds: gate and durable commit of one claim, the same
        quads by a bare ``Store.extend`` (which syncs nothing), the gate alone by each engine.
    """
    first: float | None = None
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            tell(f"filling a workspace with {size:,} synthetic claims")
            with fill(Workspace.init(Path(folder) / "w"), size) as workspace:
                made = claims(workspace, seed=11)
                whole, bare = _one_by_one(workspace, made, Path(folder) / "bare")
                fast, slow = _judging(workspace, made)
                rate = _together(workspace, made)
        first = first or median(whole)
        yield {
            "claims": size,
            "gate + commit p50": _ms(median(whole)),
            "p99": _ms(quantiles(whole, n=100)[-1]),
            "bare extend p50": _ms(median(bare)),
            "ratio to bare": round(median(whole) / median(bare), 1),
            "ratio to first size": round(median(whole) / first, 2),
            "gate alone p50": _ms(median(fast)),
            "gate by pySHACL p50": _ms(median(slow)),
            "times faster": round(median(slow) / median(fast), 1),
            f"{CLIENTS} writers, claims/s": round(rate),
        }


def loading(size: int, tell: Callable[[str], None]) -> Iterator[dict[str, Any]]:
    """Load many claims with the whole gate, beside bare ``bulk_load`` and ``optimize`` of the same quads."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "claims.jsonl"
        with Workspace.init(Path(folder) / "w") as workspace:
            workspace.add(sources(workspace))
            with path.open("w", encoding="utf-8") as f:
                f.writelines(json.dumps(r) + "\n" for r in islice(claims(workspace), size))
            tell(f"loading {size:,} synthetic claims through the gate")
            begun = time.perf_counter()
            workspace.load(path)
            workspace.store.optimize()
            ours = time.perf_counter() - begun
            begun = time.perf_counter()
            workspace.ready()
            derived = time.perf_counter() - begun
            lines = list(workspace.dump())
            (Path(folder) / "all.nq").write_text("".join(lines), encoding="utf-8")
            workspace.store.flush()
            held = sum(p.stat().st_size for p in (workspace.path / "store").rglob("*") if p.is_file())
        tell("loading the same quads into a bare store")
        store = pyoxigraph.Store(str(Path(folder) / "bare"))
        begun = time.perf_counter()
        store.bulk_load(path=str(Path(folder) / "all.nq"), format=RdfFormat.N_QUADS)
        store.optimize()
        bare = time.perf_counter() - begun
    yield {
        "claims": size,
        "load s": round(ours, 1),
        "claims/s": round(size / ours),
        "conflicts, lists and search s": round(derived, 1),
        "bare bulk_load + optimize s": round(bare, 1),
        "ratio": round(ours / bare, 1),
        "quads a claim": round(len(lines) / size, 1),
        "store bytes a claim": round(held / size),
    }


def _one_by_one(workspace: Workspace, made: Iterator[dict[str, Any]], bare: Path) -> tuple[list[float], list[float]]:
    whole, engine = [], []
    store = pyoxigraph.Store(str(bare))
    for record in islice(made, ROUNDS + 10):
        begun = time.perf_counter()
        receipt = workspace.add(record)
        whole.append(time.perf_counter() - begun)
        quads = [q for i in receipt.added if (n := workspace.get(i)) for q in n.quads()]
        begun = time.perf_counter()
        store.extend(quads)
        engine.append(time.perf_counter() - begun)
    return whole[10:], engine[10:]


def _judging(workspace: Workspace, made: Iterator[dict[str, Any]]) -> tuple[list[float], list[float]]:
    fast, slow = Gate(workspace.profile, workspace.iris), Gate(workspace.profile, workspace.iris, "pyshacl")
    times: tuple[list[float], list[float]] = [], []
    for record in islice(made, _SLOW + 2):
        nodes = workspace.read(record).nodes
        for gate, found in ((fast, times[0]), (slow, times[1])):
            begun = time.perf_counter()
            gate.judge(nodes, workspace)
            found.append(time.perf_counter() - begun)
    return times[0][2:], times[1][2:]


def _together(workspace: Workspace, made: Iterator[dict[str, Any]]) -> float:
    """Claims a second from several threads at once."""
    work = [list(islice(made, _EACH)) for _ in range(CLIENTS)]

    def write(records: list[dict[str, Any]]) -> None:
        for record in records:
            workspace.add(record)

    threads = [threading.Thread(target=write, args=(w,)) for w in work]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return CLIENTS * _EACH / (time.perf_counter() - begun)


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 2)
