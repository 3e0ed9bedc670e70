"""Copies of the store that workers open: one base, and a copy of it by hard links for each."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Protocol


class Copied(Protocol):
    """A store that can be copied while it is used."""

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
        """Delete all copies and the folder."""
        delete(self._folder)

    def base(self, store: Copied) -> Path:
        """A copy of the store as it is now, in a new directory.

        :raises WorkspaceError: if it cannot be made.
        :raises OSError: likewise.
        """
        path = self._new("base")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            store.backup(path)
        except BaseException:
            delete(path)
            raise
        return path

    def copy(self, base: Path) -> Path:
        """A directory with the files of a base. What the engine never writes again is linked.

        :raises OSError: if it cannot be made.
        """
        path = self._new("worker")
        try:
            path.mkdir()
            for file in os.scandir(base):
                make = os.link if file.name.endswith(".sst") else shutil.copyfile
                make(file.path, path / file.name)
        except OSError:
            delete(path)
            raise
        return path

    def _new(self, what: str) -> Path:
        self._count += 1
        return self._folder / f"{what}-{self._count}"


def delete(path: Path) -> None:
    """Delete a copy; what cannot be deleted is left to the next start."""
    shutil.rmtree(path, ignore_errors=True)
