"""Power that fails: what was not synced is cut, garbled, zeroed or of an earlier time; nothing acknowledged is lost."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import kg
from kg.errors import KgError
from reliability.audit import Ack, faults, rootless
from reliability.recorder import record
from reliability.tally import Case, Part, Tally

EACH = 20
"""How many images are made of one recorded run."""
LENGTH = 14
_DOORS = ("add", "edit", "review", "ingest", "put", "add", "load", "revert", "edit", "ingest")
_INDEX = "conflicts.sqlite"
"""SQLite syncs it itself, before it lets go of the log that it was made from."""


@dataclass(frozen=True)
class Moment:
    """A copy of a workspace, and what of it was synced."""

    path: Path
    told: dict[str, Any]

    @property
    def acks(self) -> list[Ack]:
        """What was acknowledged by then."""
        return [Ack(n, tuple((i, v) for i, v in touched), door, held) for n, touched, door, held in self.told["acks"]]


class Power:
    """Recorded runs, and images of what power failures leave of them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(["reliability.recorder"])
        self._run = -1
        self._moments: list[Moment] = []

    def case(self, number: int) -> Tally:
        """One failure of power, and what opens afterwards."""
        if number // EACH != self._run:
            self._run = number // EACH
            self._moments = self._recorded(self._run)
        random, tally = Random(number), Tally()
        place = random.randrange(len(self._moments))
        moment, image = self._moments[place], self._folder / "image"
        shutil.rmtree(image, ignore_errors=True)
        shutil.copytree(moment.path / "W", image)
        earlier = self._moments[random.randrange(place + 1)]
        what = [self._store(image, earlier, random), *self._files(image, moment, random)]
        tally.counts["images"] += 1
        tally.counts[f"store: {what[0]}"] += 1
        tally.counts[f"moment: {moment.told['moment'].split()[0]}"] += 1
        about = f"image {number} ({moment.told['moment']}; {'; '.join(what)})"
        try:
            with kg.open(image) as workspace:
                found = [*faults(workspace, moment.acks, deep=number % 5 == 0), *rootless(workspace)]
                tally.faults += [f"{about}: {f}" for f in found]
        except KgError as e:
            tally.faults.append(f"{about}: does not open: {e!r}")
        return tally

    def _recorded(self, number: int) -> list[Moment]:
        shutil.rmtree(self._folder / "run", ignore_errors=True)
        target, random = self._folder / "run" / "copies", Random(number)
        target.mkdir(parents=True)
        doors = random.choices(_DOORS, k=LENGTH)
        if number % 5 == 4:
            doors[LENGTH // 2] = "bulk"
        where = self._folder / "run" / "W"
        process = self._context.Process(target=record, args=(where, target, doors, number, 0.5))
        process.start()
        process.join(300)
        if process.exitcode != 0:
            raise AssertionError(f"the run that is recorded ended with {process.exitcode}")
        found = (Moment(p, json.loads((p / "told.json").read_text())) for p in sorted(target.iterdir()))
        return [m for m in found if m.acks]

    # ---- what is lost

    def _store(self, image: Path, earlier: Moment, random: Random) -> str:
        """The store keeps its tables; of its log no byte is certain."""
        kind = random.choice(("kept", "log cut", "log garbled", "log zeroed", "log empty", "earlier", "log block lost"))
        if kind == "earlier":
            shutil.rmtree(image / "store")
            shutil.copytree(earlier.path / "W" / "store", image / "store")
            return kind
        for log in sorted((image / "store").glob("*.log")):
            _spoil(log, 0, kind.removeprefix("log "), random)
        return kind

    def _files(self, image: Path, moment: Moment, random: Random) -> Iterator[str]:
        """Of every other file the bytes and the name are certain that were synced."""
        synced, named = moment.told["synced"], moment.told["named"]
        for path in sorted(p for p in image.rglob("*") if p.is_file()):
            name = path.relative_to(image).as_posix()
            if name.startswith("store/") or name == _INDEX or not path.exists():
                continue
            folder = path.parent.relative_to(image).as_posix()
            if path.name not in named.get(folder, []) and random.random() < 0.5:
                path.unlink()
                yield f"{name} lost"
                continue
            certain = synced.get(name, 0)
            if path.stat().st_size > certain:
                kind = random.choice(("kept", "cut", "garbled", "zeroed", "empty"))
                _spoil(path, certain, kind, random)
                if kind != "kept":
                    yield f"{name} {kind}"


def _spoil(path: Path, certain: int, kind: str, random: Random) -> None:
    """Damage a file behind the bytes that are certain."""
    size = path.stat().st_size
    if size <= certain or kind == "kept":
        return
    place = random.randrange(certain, size)
    if kind in ("cut", "empty"):
        os.truncate(path, certain if kind == "empty" else place)
        return
    block = place - place % 4096 if place - place % 4096 >= certain else place
    many = min(4096, size - block) if kind == "block lost" else size - block
    with path.open("r+b") as f:
        f.seek(block)
        f.write(random.randbytes(many) if kind == "garbled" else bytes(many))


@contextmanager
def session(folder: Path, small: bool) -> Iterator[Case]:
    """Runs and images in a folder."""
    yield Power(folder).case


PART = Part(
    "power",
    "Power that fails at any moment takes nothing that was acknowledged, and the workspace opens by itself.",
    "A process writes by every door; before and after each sync, and at each acknowledgement, the folder is copied "
    "beside a list of the bytes and names that are certain to be on the disk. Of the copy everything else is cut, "
    "garbled, zeroed, emptied or unnamed, and the store's log, which is never synced, is damaged too or the whole "
    "store is of an earlier moment. So the journal is ahead of the store, or the store of the mark. It is a model: no "
    "blocks are reordered inside what was synced, and no real disk was cut off.",
    "images",
    full=500,
    small=5,
    session=session,
)
