"""The texts that a workspace holds. They never leave it in an export."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from kg.model.digest import DIGEST, digest


class Library:
    """Texts by the digest of their UTF-8 bytes, one file each.

    :param directory: where the files lie; made when the first text is put.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._read = lru_cache(maxsize=256)(self._load)

    def put(self, text: str) -> str:
        """Hold a text, durably.

        :returns: its digest.
        """
        name = digest(text)
        path = self._path(name)
        if not path.is_file():
            self._directory.mkdir(parents=True, exist_ok=True)
            part = path.with_suffix(".part")
            with part.open("wb") as f:
                f.write(text.encode("utf-8"))
                f.flush()
                os.fsync(f.fileno())
            part.replace(path)
        self._read.cache_clear()
        return name

    def get(self, name: str) -> str | None:
        """The text of a digest, or ``None`` if it is not held, or no longer as it was."""
        return self._read(name)

    def __iter__(self) -> Iterator[str]:
        for path in sorted(self._directory.glob("*.txt")):
            yield f"sha256:{path.stem}"

    def _load(self, name: str) -> str | None:
        path = self._path(name)
        if not path.is_file():
            return None
        try:
            text = path.read_bytes().decode("utf-8")
        except UnicodeDecodeError:
            return None
        return text if digest(text) == name else None

    def _path(self, name: str) -> Path:
        found = DIGEST.fullmatch(name)
        if not found:
            raise ValueError(f"{name!r} is not sha256: and 64 hex digits")
        return self._directory / f"{found[1]}.txt"
