"""What it costs to keep conflicts in step: one claim added to a small and to a large workspace."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from kg.bench.synthetic import claims, fill
from kg.workspace import Workspace

ROUNDS = 40
"""Claims added and timed at each size."""


def upkeep(sizes: tuple[int, ...], tell: Callable[[str], None]) -> Iterator[dict[str, Any]]:
    """Add claims one by one at each size.

    :param sizes: claims that are there already; the first is what the others are compared with.
    :param tell: told what is going on.
    :returns: a row a size: median and 95th percentile of one add in milliseconds, of the conflict
        index's share, and of the first page of conflicts that is read after it, where what is new
        is judged; and the ratio of the medians of the adds to the first size.
    """
    first: float | None = None
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            tell(f"filling a workspace with {size:,} synthetic claims")
            with fill(Workspace.init(Path(folder) / "w"), size) as workspace:
                whole, index, told = _timed(workspace)
        first = first or median(whole)
        yield {
            "claims": size,
            "add ms (median)": round(median(whole) * 1000, 2),
            "add ms (p95)": round(quantiles(whole, n=20)[-1] * 1000, 2),
            "conflict index ms (median)": round(median(index) * 1000, 3),
            "conflict index ms (p95)": round(quantiles(index, n=20)[-1] * 1000, 3),
            "first page after it ms (median)": round(median(told) * 1000, 3),
            "first page after it ms (p95)": round(quantiles(told, n=20)[-1] * 1000, 3),
            "ratio": round(median(whole) / first, 2),
        }


def _timed(workspace: Workspace) -> tuple[list[float], list[float], list[float]]:
    whole, index, told = list[float](), list[float](), list[float]()
    workspace.clashes().page()  # what is there already is judged before
    follow = workspace.conflicting.follow

    def timed(*given: Any) -> None:
        begun = time.perf_counter()
        follow(*given)
        index.append(time.perf_counter() - begun)

    workspace.conflicting.follow = timed  # type: ignore[method-assign, assignment]
    for record in islice(claims(workspace, seed=11), ROUNDS + 5):
        begun = time.perf_counter()
        workspace.add(record)
        whole.append(time.perf_counter() - begun)
        workspace.committer.settle()
        begun = time.perf_counter()
        workspace.clashes().page()
        told.append(time.perf_counter() - begun)
    return whole[5:], index[5:], told[5:]
