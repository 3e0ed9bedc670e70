"""A disk that is full at random moments: nothing acknowledged is lost, reading goes on, writing comes back."""

from __future__ import annotations

import ctypes
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random

import kg
from kg.errors import KgError, NotFound, Refused, UsageError, VersionConflict
from reliability.audit import Ack, faults
from reliability.doors import Doors
from reliability.material import make
from reliability.tally import Case, Part, Tally

SIZE = 256 << 20
"""Bytes of the disk."""
BACK = 10.0
"""Within how many seconds after space is back writing must be, too."""
ANEW = 25
"""After so many points the workspace is closed, checked and opened again."""
_DOORS = ("add", "edit", "review", "put", "ingest", "add", "edit", "load", "update")
_AT_FAULT = (Refused, VersionConflict, UsageError, NotFound)


def mount(folder: Path, size: int = SIZE) -> bool:
    """Put a small disk in memory under a folder, if this process may."""
    libc = ctypes.CDLL(None, use_errno=True)
    told = f"size={size}".encode()
    return bool(libc.mount(b"tmpfs", str(folder).encode(), b"tmpfs", 0, told) == 0)


def unmount(folder: Path) -> None:
    """Take it away."""
    ctypes.CDLL(None, use_errno=True).umount2(str(folder).encode(), 2)


def fill(file: Path, left: int) -> None:
    """Fill the disk with a file, and leave so many kilobytes."""
    handle = os.open(file, os.O_WRONLY | os.O_CREAT)
    try:
        for block in (1 << 20, 1 << 12, 1):
            with suppress(OSError):
                while os.write(handle, b"x" * block):
                    pass
        os.ftruncate(handle, max(0, os.fstat(handle).st_size - (left << 10)))
    finally:
        os.close(handle)


class Disk:
    """A workspace on a small disk, and a file that fills the rest of it."""

    def __init__(self, folder: Path) -> None:
        self._disk = folder
        self.workspace = make(folder / "W", 3)
        self._doors = Doors(self.workspace, folder, 0)
        self._acks: list[Ack] = []
        self._turn = 0
        self._warm()

    def _warm(self) -> None:
        """Have query workers, as a service has: the first one needs room in the store's own folder."""
        assert self.workspace.query("ASK { ?s a stemma:Claim }").truth

    def case(self, number: int) -> Tally:
        """Fill the disk while a writer writes, look, free it, and look again."""
        random, tally = Random(number), Tally()
        if number % ANEW == ANEW - 1:
            self._reopen(number, tally)
        left = random.choice((0, 0, 1, 100, 5000))
        filler = threading.Timer(random.uniform(0, 0.15), fill, args=(self._disk / "filler", left))
        filler.start()
        full = self._write_until_full(number, tally)
        filler.join()
        tally.counts["points at which it was full"] += 1
        tally.counts["of them told as WorkspaceFull"] += full
        self._read(number, tally)
        if random.random() < 0.5:
            self._write(number, tally)  # once more while there is no room
            self._read(number, tally)
        (self._disk / "filler").unlink()
        self._come_back(number, tally)
        if number % 5 == 4:
            tally.faults += [f"point {number}: {f}" for f in faults(self.workspace, self._acks, deep=False)]
        return tally

    def close(self) -> None:
        """Close the workspace."""
        self.workspace.close()

    def _write_until_full(self, number: int, tally: Tally) -> bool:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            if not self._write(number, tally):
                return True
        return False

    def _write(self, number: int, tally: Tally) -> bool:
        """One change.

        :returns: whether there was room for it.
        """
        self._turn += 1
        try:
            ack = self._doors(_DOORS[self._turn % len(_DOORS)])
        except _AT_FAULT as e:
            tally.faults.append(f"point {number}: {e!r} {getattr(e, 'report', '')}")
            return True
        except KgError as e:
            tally.counts[f"told: {type(e).__name__}"] += 1
            return False
        except OSError as e:  # the file that was to be read: the harness has no room either
            tally.counts["the harness had no room itself"] += 1
            return e.errno != 28
        if ack is not None:
            self._acks.append(ack)
            tally.counts["acknowledged changes"] += 1
        return True

    def _read(self, number: int, tally: Tally) -> None:
        """A record, and a query."""
        for name, read in (
            ("a record", lambda: self.workspace.claim("first-0")),
            ("a query", lambda: self.workspace.query("ASK { ?s a stemma:Claim }").truth),
        ):
            try:
                assert read()
                tally.counts["reads while full"] += 1
            except Exception as e:
                tally.faults.append(f"point {number}: {name} could not be read: {e!r}")

    def _come_back(self, number: int, tally: Tally) -> None:
        start = time.perf_counter()
        while not self._write(number, tally):
            if time.perf_counter() - start > BACK:
                tally.faults.append(f"point {number}: writing did not come back within {BACK:.0f} s")
                return
            time.sleep(0.02)
        tally.time("until writing was back", time.perf_counter() - start)

    def _reopen(self, number: int, tally: Tally) -> None:
        self.workspace.close()
        self.workspace = kg.open(self._disk / "W")
        self._doors = Doors(self.workspace, self._disk, number)
        self._warm()
        tally.counts["times opened again"] += 1
        tally.faults += [f"point {number}, opened again: {f}" for f in faults(self.workspace, self._acks)]


class NoDisk(Exception):
    """This process may not mount a disk of its own."""


@contextmanager
def session(folder: Path, small: bool) -> Iterator[Case]:
    """A disk of its own."""
    place = folder / "disk"
    place.mkdir()
    if not mount(place):
        raise NoDisk("only root may mount the small disk that this part fills")
    try:
        disk = Disk(place)
        try:
            yield disk.case
        finally:
            disk.close()
    finally:
        unmount(place)


PART = Part(
    "diskfull",
    "On a full disk nothing acknowledged is lost, reading goes on, and writing comes back by itself with the space.",
    f"A workspace on a disk of {SIZE >> 20} MB (tmpfs). While it is written to by every door the disk is filled at a "
    "random moment, to the last byte or with a little left; a record is read and a query asked; then the space is "
    "given back and the time until a change is acknowledged taken. It is checked against all that was acknowledged.",
    "points",
    full=200,
    small=3,
    session=session,
)
