"""Files of trial records, one record at a time."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, cast

from kg.codec.read import parse_json
from kg.document.read import MAX_BYTES, read_bytes
from kg.errors import DataError, DocumentError, UsageError

_LINES = (".jsonl", ".ndjson")


def read_records(path: Path) -> Iterator[tuple[str, object | DataError]]:
    """The records of a file, each with its place; a record that cannot be read is its error.

    A ``.json`` file holds one record, a list of them, or an object with the list ``studies``; a
    ``.jsonl`` file one a line, and so does a ``.jsonl.gz`` file, compressed.

    :raises DocumentError: if the file is missing, empty, or no such file at all.
    :raises UsageError: if its name ends in none of these.
    """
    suffixes = [s.lower() for s in path.suffixes]
    if suffixes[-1:] == [".json"]:
        return _whole(path)
    if suffixes[-1:] and suffixes[-1] in _LINES:
        return _lines(path, zipped=False)
    if suffixes[-1:] == [".gz"] and suffixes[-2:-1] and suffixes[-2] in _LINES:
        return _lines(path, zipped=True)
    raise UsageError("the kind of this file is not known", where=str(path), hint="Known: .json, .jsonl, .jsonl.gz.")


def _whole(path: Path) -> Iterator[tuple[str, object | DataError]]:
    try:
        value = parse_json(read_bytes(path).decode("utf-8"), str(path))
    except UnicodeDecodeError as e:
        raise DocumentError(f"the file is not UTF-8 at byte {e.start}", where=str(path)) from None
    if isinstance(value, dict) and isinstance(value.get("studies"), list):
        value = value["studies"]
    records = value if isinstance(value, list) else [value]
    if not records:
        raise DocumentError("the file holds no record", where=str(path))
    return ((f"{path.name} record {i}", r) for i, r in enumerate(records, start=1))


def _lines(path: Path, *, zipped: bool) -> Iterator[tuple[str, object | DataError]]:
    if not path.is_file():
        raise DocumentError("no such file", where=str(path), hint="Check the path.")
    return _read_lines(path, zipped=zipped)


def _read_lines(path: Path, *, zipped: bool) -> Iterator[tuple[str, object | DataError]]:
    found = False
    try:
        with cast(IO[bytes], gzip.open(path, "rb") if zipped else path.open("rb")) as f:
            for number, line in enumerate(_bounded(f), start=1):
                place = f"{path.name} line {number}"
                if line is None:
                    yield place, DocumentError(f"the line has more than {MAX_BYTES:,} bytes", where=place)
                elif line.strip():
                    found = True
                    yield place, _parsed(line, place)
    except (OSError, EOFError, zlib.error) as e:
        raise DocumentError(f"the file cannot be read: {e}", where=str(path)) from None
    if not found:
        raise DocumentError("the file holds no record", where=str(path), hint="Write one JSON object a line.")


def _bounded(f: IO[bytes]) -> Iterator[bytes | None]:
    """The lines of a file; ``None`` for one that is too long, which is skipped unread."""
    while line := f.readline(MAX_BYTES + 1):
        if len(line) <= MAX_BYTES or line.endswith(b"\n"):
            yield line
            continue
        while line and not line.endswith(b"\n"):
            line = f.readline(MAX_BYTES)
        yield None


def _parsed(line: bytes, place: str) -> object | DataError:
    try:
        return parse_json(line.decode("utf-8"), place)
    except UnicodeDecodeError as e:
        return DocumentError(f"the line is not UTF-8 at byte {e.start}", where=place)
    except DataError as e:
        return e
