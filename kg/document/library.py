"""The texts that a workspace holds. They never leave it in an export."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from threading import get_ident

from kg.durable import sync_directory
from kg.errors import Damaged, WorkspaceError
from kg.model.digest import DIGEST, digest


class Library:
    """Texts by the digest of their UTF-8 bytes, one file each.

    :param directory: where the files lie; made when the first text is put.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._load = lru_cache(maxsize=256)(self._read)

    def put(self, text: str) -> str:
        """Hold a text, durably; one that was damaged is mended.

        :returns: its digest.
        :raises WorkspaceError: if it cannot be written.
        """
        name = digest(text)
        path = self._path(name)
        try:
            if self._is_held(name):
                return name
            if not self._directory.is_dir():
                self._directory.mkdir(parents=True, exist_ok=True)
                sync_directory(self._directory.parent)
            part = path.with_suffix(f".{get_ident()}.part")
            with part.open("wb") as f:
                f.write(text.encode("utf-8"))
                f.flush()
                os.fsync(f.fileno())
            part.replace(path)
            sync_directory(self._directory)
        except OSError as e:
            hint = "Nothing was changed. Free some space and try again."
            raise WorkspaceError(f"the text cannot be kept: {e.strerror}", where=str(path), hint=hint) from None
        return name

    def get(self, name: str) -> str | None:
        """The text of a digest, or ``None`` if it is not held.

        :raises Damaged: if the file is no longer as it was written.
        """
        try:
            state = self._path(name).stat()
        except FileNotFoundError:
            return None
        return self._load(name, state.st_mtime_ns, state.st_size, state.st_ino)

    def __iter__(self) -> Iterator[str]:
        for path in sorted(self._directory.glob("*.txt")):
            yield f"sha256:{path.stem}"

    def states(self) -> dict[str, str]:
        """The digest of each text that is held, with what tells whether its file was touched."""
        try:
            with os.scandir(self._directory) as found:
                files = [(f.name, f.stat()) for f in found if f.name.endswith(".txt")]
        except OSError:  # made when the first text is put; a file may go while it is looked at
            return {}
        return {f"sha256:{n.removesuffix('.txt')}": f"{s.st_mtime_ns} {s.st_size}" for n, s in files}

    def _is_held(self, name: str) -> bool:
        try:
            return self.get(name) is not None
        except Damaged:
            return False

    def _read(self, name: str, *state: int) -> str:
        """Read a file whose state (time, size and place on the disk) is part of what is remembered."""
        path = self._path(name)
        try:
            text = path.read_bytes().decode("utf-8")
        except (UnicodeDecodeError, OSError):
            text = None
        if text is None or digest(text) != name:
            raise Damaged(
                "this text in the library is not as it was written",
                where=str(path),
                hint="Ingest the document again, or restore the file from a backup.",
            )
        return text

    def _path(self, name: str) -> Path:
        found = DIGEST.fullmatch(name)
        if not found:
            raise ValueError(f"{name!r} is not sha256: and 64 hex digits")
        return self._directory / f"{found[1]}.txt"
