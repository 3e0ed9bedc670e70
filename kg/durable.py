"""What must be on the disk before it counts: bytes of files, and their names in folders."""

from __future__ import annotations

import os
from pathlib import Path


def sync_directory(directory: Path) -> None:
    """Wait until the disk has the names in a folder."""
    _sync(directory, os.O_RDONLY)


def sync_tree(folder: Path) -> None:
    """Wait until the disk has a folder with all that is in it, and its name."""
    for path in folder.rglob("*"):
        _sync(path, os.O_RDONLY)
    sync_directory(folder)
    sync_directory(folder.parent)


def write_synced(path: Path, data: bytes) -> None:
    """Write a file and wait until the disk has it, and its name."""
    with path.open("wb") as f:
        f.write(data)
        f.flush()
        os.fsync(f.fileno())
    sync_directory(path.parent)


def _sync(path: Path, how: int) -> None:
    handle = os.open(path, how)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
