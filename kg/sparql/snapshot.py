"""Copies of the store that workers open: one base, and a copy of it by hard links for each.

They lie beside the store. While its disk is full they lie on another one that has room, if there is
one, whole instead of linked: so reading goes on.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from kg.errors import WorkspaceError

ROOM = 8 << 20
"""Bytes that the engine needs for what it writes when it opens a copy and follows commits."""
_MEMORY = Path("/dev/shm")


class Copied(Protocol):
    """A store that can be copied while it is used."""

    @property
    def path(self) -> Path | None:
        """Its directory; ``None`` in memory."""

    def backup(self, target: Path) -> None:
        """Copy the files into a new directory."""


class Snapshots:
    """The folder of the copies, made with the first. What an earlier owner left there is deleted.

    :param folder: on the disk of the store, or hard links cannot be made.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._count = 0
        self.clean()

    def clean(self) -> None:
        """Delete all copies and the folders."""
        for folder in (self._folder, *self._spares()):
            delete(folder)

    def base(self, store: Copied) -> Path:
        """A copy of the store as it is now, in a new directory.

        :raises WorkspaceError: if it cannot be made.
        :raises OSError: likewise.
        """
        path = self._new("base", 0)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            store.backup(path)
        except (OSError, WorkspaceError):
            delete(path)
            if store.path is None or _room(store.path) >= ROOM:
                raise
            return self._as_it_lies(store.path)
        return path

    def _as_it_lies(self, store: Path) -> Path:
        """A copy of the files of a store whose engine has no room to write out what it holds in memory.

        The log has that, and is read when the copy is opened. The log comes last: a change that comes
        meanwhile is whole in it, or left out. Should the engine tidy up just then, the copy does not
        open, and another is made.
        """
        files = [f for f in os.scandir(store) if f.is_file() and not f.name.startswith("LO")]  # its lock, its notes
        path = self._new("base", sum(f.stat().st_size for f in files))
        try:
            path.mkdir(parents=True)
            for file in sorted(files, key=lambda f: f.name.endswith(".log")):
                shutil.copyfile(file.path, path / file.name)
        except OSError:
            delete(path)
            raise
        return path

    def copy(self, base: Path) -> Path:
        """A directory with the files of a base. What the engine never writes again is linked.

        :raises OSError: if it cannot be made.
        """
        path = self._new("worker", sum(f.stat().st_size for f in os.scandir(base)))
        linked = path.parent == base.parent
        try:
            path.mkdir()
            for file in os.scandir(base):
                make = os.link if linked and file.name.endswith(".sst") else shutil.copyfile
                make(file.path, path / file.name)
        except OSError:
            delete(path)
            raise
        return path

    def _new(self, what: str, size: int) -> Path:
        """A path for a copy.

        :param size: how many bytes it has where it is no links.
        """
        self._count += 1
        folder = self._folder
        if _room(folder) < ROOM:
            folder = next((s for s in self._spares() if _room(s) >= ROOM + 2 * size and _private(s)), folder)
        return folder / f"{what}-{self._count}"

    def _spares(self) -> Iterator[Path]:
        """Folders on other disks; whose they are is told by the name of the one beside the store."""
        name = f"stemma-copies-{os.getuid()}-{zlib.crc32(str(self._folder.absolute()).encode()):08x}"
        here = _disk(self._folder)
        for place in (Path(tempfile.gettempdir()), _MEMORY):
            if place.is_dir() and _disk(place) != here:
                yield place / name


def delete(path: Path) -> None:
    """Delete a copy; what cannot be deleted is left to the next start."""
    shutil.rmtree(path, ignore_errors=True)


def _disk(folder: Path) -> int:
    return _there(folder).stat().st_dev


def _room(folder: Path) -> int:
    """Free bytes on the disk of a folder, which may be yet to be made."""
    told = os.statvfs(_there(folder))
    return told.f_bavail * told.f_frsize


def _there(folder: Path) -> Path:
    return next(f for f in (folder.absolute(), *folder.absolute().parents) if f.is_dir())


def _private(folder: Path) -> bool:
    """Make a folder that nobody else may read, unless it is there and ours."""
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        told = folder.lstat()
    except OSError:
        return False
    return told.st_uid == os.getuid() and not told.st_mode & 0o077 and not folder.is_symlink()
