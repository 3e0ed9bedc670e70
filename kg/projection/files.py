"""The files of a projection: where they lie, and whether they are as they were left."""

from __future__ import annotations

import zlib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import orjson

_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Files:
    """``projection.duckdb`` (columns), ``projection.sqlite`` (text) and, once closed, a seal over both.

    :param folder: where they lie.
    """

    folder: Path

    @property
    def columns(self) -> Path:
        """The columns."""
        return self.folder / "projection.duckdb"

    @property
    def texts(self) -> Path:
        """The JSON and the words."""
        return self.folder / "projection.sqlite"

    @property
    def _seal(self) -> Path:
        return self.folder / "projection.seal"

    def seal(self) -> None:
        """Write down what the files are, after they were closed."""
        with suppress(OSError):  # unsealed files are checked on opening
            self._seal.write_bytes(orjson.dumps(self._sums()))

    def unseal(self) -> bool | None:
        """Whether the files are as they were closed; ``None`` if they were never closed. The seal is broken."""
        try:
            told = orjson.loads(self._seal.read_bytes())
            self._seal.unlink()
        except FileNotFoundError:
            return None
        except (OSError, ValueError):
            return False
        return bool(told == self._sums())

    def remove(self) -> None:
        """Take the files away."""
        for path in (self.columns, self.texts, self._seal):
            for part in self.folder.glob(f"{path.name}*"):
                part.unlink()

    def _sums(self) -> dict[str, list[int]]:
        return {path.name: _sum(path) for path in (self.columns, self.texts) if path.exists()}


def _sum(path: Path) -> list[int]:
    size, check = 0, 0
    with path.open("rb") as f:
        while piece := f.read(_PIECE):
            size, check = size + len(piece), zlib.crc32(piece, check)
    return [size, check]
