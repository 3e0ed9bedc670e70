"""A siege: hostile queries in waves while others read and write, and what became of all of them.

Run with ``runpy.run_path``; what is asked, read and written is the caller's, so that it fits a pool, a
workspace and a server.
"""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from kg.errors import Overloaded, QueryEnded, QueryError


@dataclass
class Figures:
    """What a siege found; times are in seconds.

    :param fates: how many queries were refused, ended, answered, or told to come again for good.
    :param wrong: what was not as it must be, in words.
    :param longest: the longest time from asking to being over.
    :param reads: how long each point read took; ``writes`` likewise.
    """

    fates: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    longest: float = 0.0
    reads: list[float] = field(default_factory=list)
    writes: list[float] = field(default_factory=list)

    def share(self, times: str, part: float) -> float:
        """The time within which so large a part was done."""
        found = sorted(getattr(self, times))
        return float(found[min(len(found) - 1, int(len(found) * part))]) if found else 0.0


def siege(
    queries: Sequence[Any],
    ask: Callable[[str], object],
    read: Callable[[int], object],
    write: Callable[[int], object],
    *,
    at_once: int = 8,
    patience: int = 1000,
    seed: int = 7,
) -> Figures:
    """Ask hostile queries, several at once, while point reads and writes go on.

    :param queries: names, texts and fates, as in hostile.py.
    :param ask: asks one text and gives up the answer; raises what it is told.
    :param read: a point read; must raise if its answer is wrong. It gets a number; ``write`` likewise.
    :param at_once: how many hostile queries are asked at once.
    :param patience: how often one that is told to come again does so.
    """
    found, done, one = Figures(), threading.Event(), threading.Lock()
    order = list(queries)
    random.Random(seed).shuffle(order)

    def attack(hostile: Any) -> None:
        fate = "told to come again"
        for _ in range(patience):
            start = time.monotonic()
            fate = _fate(ask, hostile.text)
            with one:
                found.longest = max(found.longest, time.monotonic() - start)
            if fate != "told to come again":
                break
            time.sleep(0.05)
        with one:
            found.fates[fate] += 1
            if fate != hostile.must_be and hostile.must_be != "either":
                found.wrong.append(f"{hostile.name}: {fate}")

    def repeat(call: Callable[[int], object], times: list[float], pause: float) -> None:
        for number in range(10**9):
            if done.is_set():
                return
            start = time.monotonic()
            try:
                call(number)
            except Exception as e:
                found.wrong.append(f"beside it: {type(e).__name__}: {e}")
            times.append(time.monotonic() - start)
            done.wait(pause)

    with ThreadPoolExecutor(at_once + 4) as threads:
        beside = [threads.submit(repeat, read, found.reads, 0.01) for _ in range(3)]
        beside.append(threads.submit(repeat, write, found.writes, 0.05))
        try:
            for each in [threads.submit(attack, hostile) for hostile in order]:
                each.result()
        finally:
            done.set()
        for each in beside:
            each.result()
    return found


def _fate(ask: Callable[[str], object], text: str) -> str:
    try:
        ask(text)
    except QueryEnded as e:
        return "ended" if e.reason in ("deadline", "memory", "rows", "bytes") else e.reason
    except QueryError:
        return "refused"
    except Overloaded:
        return "told to come again"
    return "answered"
