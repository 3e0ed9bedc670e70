"""Runs the parts of the harness, in pieces if need be, and writes down what they came to.

What was run so far is kept in build/reliability/, so a part that was stopped goes on where it was.
"""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reliability.page import write_page
from reliability.parts import PARTS
from reliability.tally import Part, Tally

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / "build" / "reliability"
PAGE = ROOT / "docs" / "reliability.md"


@dataclass
class Run:
    """How far a part is.

    :param done: how many cases were run.
    :param seconds: how long they took.
    """

    part: Part
    done: int = 0
    seconds: float = 0.0
    ended: str = ""
    tally: Tally = field(default_factory=Tally)

    def save(self) -> None:
        """Keep it for later."""
        KEPT.mkdir(parents=True, exist_ok=True)
        told = {"done": self.done, "seconds": self.seconds, "ended": self.ended, "tally": self.tally.as_dict()}
        new = KEPT / f"{self.part.name}.new"
        new.write_text(json.dumps(told), encoding="utf-8")
        new.replace(KEPT / f"{self.part.name}.json")

    @staticmethod
    def load(part: Part, anew: bool = False) -> Run:
        """As it was kept."""
        path = KEPT / f"{part.name}.json"
        if anew or not path.is_file():
            return Run(part)
        told: dict[str, Any] = json.loads(path.read_text("utf-8"))
        return Run(part, told["done"], told["seconds"], told["ended"], Tally.of(told["tally"]))


def go_on(run: Run, count: int, until: float) -> None:
    """Run cases of a part until there are so many, or the time is up."""
    folder = Path(tempfile.mkdtemp(prefix=f"stemma-{run.part.name}-"))
    start, said = time.monotonic(), 0.0
    before = run.seconds
    try:
        with run.part.session(folder, False) as case:
            while run.done < count and time.monotonic() < until:
                run.tally.take(case(run.done))
                run.done += 1
                run.seconds = before + time.monotonic() - start
                run.ended = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())
                if time.monotonic() - said > 2:
                    said = time.monotonic()
                    _say(f"\r{run.part.name}: {run.done} of {count} {run.part.unit}, {len(run.tally.faults)} faults ")
                    run.save()
    finally:
        run.save()
        shutil.rmtree(folder, ignore_errors=True)
    _say(f"\r{run.part.name}: {run.done} of {count} {run.part.unit}, {len(run.tally.faults)} faults\n")


def main(arguments: Sequence[str]) -> int:
    """Run what is asked for.

    :returns: 0 if every promise held.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    told = _parser().parse_args(arguments)
    chosen = [PARTS[name] for name in told.parts] or list(PARTS.values())
    until = time.monotonic() + told.minutes * 60 if told.minutes else float("inf")
    for part in chosen:
        run = Run.load(part, told.anew)
        count = told.count or part.full
        if run.done < count and not told.page:
            go_on(run, count, until)
    runs = [Run.load(part) for part in PARTS.values()]
    print(write_page(PAGE, [r for r in runs if r.done]))
    asked = [r for r in runs if r.part in chosen]
    return int(any(r.tally.faults for r in asked))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.reliability", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="which parts; default: all")
    parser.add_argument("--minutes", type=float, help="stop after so many minutes; called again, it goes on")
    parser.add_argument("--count", type=int, help="how many cases; default: the whole")
    parser.add_argument("--anew", action="store_true", help="begin anew instead of going on")
    parser.add_argument("--page", action="store_true", help="run nothing; write the page again")
    return parser


def _say(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()
