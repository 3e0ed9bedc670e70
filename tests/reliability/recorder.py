"""Records what was synced, and when: copies of a workspace at every moment at which power may fail.

The process writes into a workspace. Around each sync that Python makes, and at each acknowledgement,
the folder is copied beside a list of what is certain to be on the disk: of which file how many bytes,
and in which folders the names. Of the store only tables, manifests and names are certain; its log is
never synced while it is open.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import kg
from reliability.audit import Ack
from reliability.doors import Doors


@dataclass
class Recorder:
    """Copies a workspace, and keeps what of it is synced.

    :param target: where the copies go.
    """

    folder: Path
    target: Path
    random: Random
    often: float
    synced: dict[str, int] = field(default_factory=dict)
    """Path of a file to how many of its bytes are certain."""
    named: dict[str, list[str]] = field(default_factory=dict)
    """Path of a folder to the names in it that are certain."""
    acks: list[Ack] = field(default_factory=list)
    copies: int = 0

    def note(self, handle: int) -> None:
        """Something was synced."""
        path = Path(os.readlink(f"/proc/self/fd/{handle}"))
        if self.folder != path and self.folder not in path.parents:
            return
        name = path.relative_to(self.folder).as_posix()
        if path.is_dir():
            self.named[name] = sorted(p.name for p in path.iterdir())
        else:
            self.synced[name] = os.fstat(handle).st_size

    def renamed(self, old: str, new: str) -> None:
        """A file has another name now; what is certain of its bytes goes with it."""
        names = [Path(p).relative_to(self.folder).as_posix() for p in (old, new) if self.folder in Path(p).parents]
        if len(names) == 2 and names[0] in self.synced:
            self.synced[names[1]] = self.synced.pop(names[0])

    def copy(self, moment: str) -> None:
        """Power may fail now."""
        if self.random.random() > self.often:
            return
        place = self.target / f"{self.copies:04d}"
        self.copies += 1
        self._copy_to(place / "W")
        told: dict[str, Any] = {
            "moment": moment,
            "synced": self.synced,
            "named": self.named,
            "acks": [[a.number, a.touched, a.door, a.held] for a in self.acks],
        }
        (place / "told.json").write_text(json.dumps(told), encoding="utf-8")

    def _copy_to(self, place: Path) -> None:
        """Copy the folder; the engine tidies up by itself, and then the copy is made again."""
        while True:
            try:
                shutil.copytree(self.folder, place, ignore=shutil.ignore_patterns("snapshots", "LOCK", "projection.*"))
                return
            except shutil.Error:
                shutil.rmtree(place)


def record(folder: Path, target: Path, doors: Sequence[str], seed: int, often: float) -> None:
    """Make a workspace, write into it by some doors, and copy it on the way."""
    recorder = Recorder(folder, target, Random(seed), often)
    real = {name: getattr(os, name) for name in ("fsync", "fdatasync")}

    def synced(name: str, handle: int) -> None:
        recorder.copy(f"before {name}")
        real[name](handle)
        recorder.note(handle)
        recorder.copy(f"after {name}")

    for name in real:
        setattr(os, name, lambda handle, name=name: synced(name, handle))
    sys.addaudithook(lambda event, args: recorder.renamed(*map(str, args[:2])) if event == "os.rename" else None)
    page = folder.parent / "page.txt"
    from reliability.material import TEXT, claim

    page.write_bytes(TEXT.encode())
    with kg.init(folder) as workspace:
        workspace.ingest(page)
        workspace.add([claim(f"first-{i}", f"Said first, {i}.", i) for i in range(3)])
        through = Doors(workspace, folder.parent, seed)
        recorder.acks.append(Ack(workspace.journal.last, (), "init"))
        for door in doors:
            ack = through(door)
            if ack is not None:
                recorder.acks.append(ack)
                recorder.copy(f"acknowledged {door}")
        recorder.copy("at the end")
