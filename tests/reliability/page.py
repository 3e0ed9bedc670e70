"""docs/reliability.md: what the harness found, written by the run itself."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import pyoxigraph

from reliability.tally import Part, Tally, percentile

HEAD = """# Reliability

What a store must promise was tried on real processes and real files, with no stand-ins. This page is written by
the run itself: `make reliability`, or a part of it with `make reliability ONLY=kills`. A share of every part
runs with `make test`. How it is built, and what it does not try, is in
[decision 11](decisions/0011-reliability-is-tried-on-processes-and-files.md).
"""


class Told(Protocol):
    """What is told of a part."""

    part: Part
    done: int
    seconds: float
    ended: str
    tally: Tally


def write_page(path: Path, runs: Sequence[Told]) -> str:
    """Write what runs came to.

    :returns: the table of it, for whoever ran it.
    """
    table = _table(runs)
    text = f"{HEAD}\n{_machine()}\n\n{table}\n{''.join(_section(r) for r in runs)}"
    path.write_text(text, encoding="utf-8")
    return table


def _machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30)
    return (
        f"Machine: {platform.system()} {platform.release()}, {platform.machine()}, {os.cpu_count()} cores, "
        f"{memory:.0f} GB of memory; Python {platform.python_version()}, pyoxigraph {pyoxigraph.__version__}. "
        "Times are of a machine that other work shared."
    )


def _table(runs: Sequence[Told]) -> str:
    rows = ["| part | ran | of | promises broken | run ended | minutes |", "| --- | ---: | ---: | ---: | --- | ---: |"]
    for r in runs:
        ran, whole = f"{r.done:,} {r.part.unit}", f"{r.part.full:,}"
        rows.append(f"| {r.part.name} | {ran} | {whole} | {len(r.tally.faults)} | {r.ended} | {r.seconds / 60:.1f} |")
    return "\n".join(rows) + "\n"


def _section(r: Told) -> str:
    lines = [f"\n## {r.part.name}\n", f"{r.part.promise}\n", f"{r.part.how}\n"]
    lines.append(f"{r.done:,} of {r.part.full:,} {r.part.unit}; {len(r.tally.faults)} promises broken.\n")
    lines += [f"- {name}: {count:,}" for name, count in sorted(r.tally.counts.items())]
    for name, times in sorted(r.tally.samples.items()):
        if times:
            told = ", ".join(f"p{p} {percentile(times, p / 100):,.1f}" for p in (50, 90, 99))
            lines.append(f"- {name}, in ms: {told}, most {max(times):,.1f} ({len(times):,} times)")
    lines += [f"- {name}: {text}" for name, text in sorted(r.tally.notes.items())]
    if r.tally.faults:
        lines += ["", "Broken:", "", *(f"- {_short(f)}" for f in r.tally.faults[:20])]
    return "\n".join(lines) + "\n"


def _short(text: str) -> str:
    return text.replace("\n", " ")[:300]
