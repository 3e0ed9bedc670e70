"""Bytes that change by themselves, in every kind of file: found, or without harm."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from random import Random
from typing import Any

import kg
from kg.access.keys import Keyring
from kg.access.own import KEYS
from kg.browse import Browser
from kg.errors import KgError
from kg.resources import folder as resources
from reliability.audit import derived
from reliability.doors import Doors
from reliability.material import REVIEWER, make
from reliability.tally import Case, Part, Tally

Content = dict[str, Any]


class Flips:
    """Damages copies of one workspace, and of one backup of it."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._whole = folder, folder / "W"
        profile = folder / "profile"
        for kind in ("ontology", "shapes"):
            shutil.copytree(resources(kind) / "cell-therapy", profile / kind)
        with make(self._whole, 4, str(profile)) as workspace:
            doors = Doors(workspace, folder, 0)
            for door in ("add", "edit", "ingest", "add", "revert", "load"):
                doors(door)
            workspace.review(["first-1"], "accepted", by=REVIEWER)
            workspace.review(["first-2"], "rejected", by=REVIEWER, reason="not-said")
            Keyring(self._whole / KEYS).create("curator", by=workspace.agent(None))
            workspace.compact()
            doors("add")  # what stands in the log of the store alone
            self._content = content(workspace)
            workspace.backup(folder / "B")
        self._files = _kinds(self._whole, "") | _kinds(folder / "B", "backup: ")

    def case(self, number: int) -> Tally:
        """One file of a copy is damaged; then it is used as if nothing had happened."""
        random, tally = Random(number), Tally()
        kinds = sorted(self._files)
        kind = kinds[number % len(kinds)]
        name = random.choice(self._files[kind])
        copy = self._folder / "copy"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(self._folder / ("B" if kind.startswith("backup") else "W"), copy)
        how = _damage(copy / name, random)
        try:
            found = self._found(copy, backup=kind.startswith("backup"))
        except Exception as e:
            found = ""
            tally.faults.append(f"case {number}: {kind} {name}, {how}: raised {type(e).__name__}: {e}")
        if found == "silent":
            tally.faults.append(f"case {number}: {kind} {name}, {how}: other content, and nothing says so")
        tally.counts[f"{kind}: {found}"] += 1
        tally.counts["flips and cuts"] += 1
        shutil.rmtree(self._folder / "again", ignore_errors=True)
        return tally

    def _found(self, copy: Path, *, backup: bool) -> str:
        try:
            workspace = kg.Workspace.restore(copy, self._folder / "again") if backup else kg.open(copy)
        except KgError:
            return "found on opening"
        with workspace:
            if workspace.check().findings:
                return "found by check"
            try:
                told = content(workspace)
            except KgError:
                return "found on reading"
            if any(v.state == "broken" for v in workspace.verify()):
                return "found by verify"
            return "no harm" if told == self._content else "silent"


def content(workspace: kg.Workspace) -> Content:
    """All that readers may get to see of a workspace."""
    browser = Browser(workspace)
    return {
        "name": workspace.name,
        "base": workspace.iris.base,
        "profile": workspace.profile.digest,
        "quads": list(workspace.dump()),
        "claims": list(workspace.claims()),
        "conflicts": derived(workspace),
        "list": json.dumps(list(browser.records(browser.question({}))), sort_keys=True, default=str),
        "search": [str(h) for h in browser.search("cells").items],
        "keys": [asdict(k) for k in Keyring(workspace.path / KEYS).all()],
        "history": [asdict(e) for e in workspace.log()],
        "texts": {n: workspace.library.get(n) for n in workspace.library},
    }


def _kinds(folder: Path, prefix: str) -> dict[str, list[str]]:
    """The files of a folder, by kind."""
    found: dict[str, list[str]] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and path.stat().st_size:
            found.setdefault(prefix + _kind(name), []).append(name)
    return found


def _kind(name: str) -> str:
    first, _, last = name.partition("/")
    if first == "store":
        stem, dot, suffix = last.partition(".")
        return f"store {suffix}" if dot else f"store {stem.split('-')[0]}"
    return first if last else name


def _damage(path: Path, random: Random) -> str:
    size = path.stat().st_size
    how = random.choice(("flip", "flip", "flip", "cut", "zeros"))
    if how == "cut":
        place = random.randrange(size)
        os.truncate(path, place)
        return f"cut to {place} of {size} bytes"
    with path.open("r+b") as f:
        place = random.randrange(size)
        f.seek(place)
        if how == "flip":
            byte = f.read(1)[0]
            f.seek(place)
            f.write(bytes([byte ^ (1 << random.randrange(8))]))
            return f"a bit of byte {place} of {size}"
        f.write(b"\0" * min(512, size - place))
        return f"zeros from byte {place} of {size}"


@contextmanager
def session(folder: Path, small: bool) -> Iterator[Case]:
    """One workspace that was closed, and a backup of it."""
    yield Flips(folder).case


PART = Part(
    "flips",
    "A byte that changes by itself, or a file that is cut, is found or does no harm.",
    "Of a closed workspace with every kind of file (journal, mark, the store's tables, logs and manifests, texts, "
    "settings, profile, conflicts, read model, keys, lock) and of a backup of it, one file is damaged: a bit turned, "
    "the end cut off, or up to 512 bytes zeroed. It is opened or restored, checked, and everything that readers see "
    "is compared.",
    "flips",
    full=300,
    small=10,
    session=session,
)
