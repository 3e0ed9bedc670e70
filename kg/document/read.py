"""Files to text: what is frozen as a snapshot."""

from __future__ import annotations

import json
import re
from pathlib import Path

import rfc8785

from kg.document.html import read_html
from kg.document.text import Document
from kg.errors import DocumentError

MAX_BYTES = 20 * 1024 * 1024
"""Longest file that is read, in bytes."""
_INDEX = re.compile("0|[1-9][0-9]*")


def read_document(path: Path) -> Document:
    """Read a ``.txt`` or ``.html`` file.

    :raises DocumentError: if it is missing, empty, too long, binary, or not UTF-8.
    """
    data = read_bytes(path)
    if path.suffix.lower() in (".html", ".htm", ".xhtml"):
        document = read_html(_utf8(data, path))
    else:
        document = Document(_utf8(data, path), "text/plain", "plain text, unchanged")
    if not document.text.strip():
        raise DocumentError("the file holds no text", where=str(path), hint="Give a file with words in it.")
    return document


def read_bytes(path: Path) -> bytes:
    """The bytes of a file that is not too long.

    :raises DocumentError: if it is missing, no file, or longer than :data:`MAX_BYTES`.
    """
    try:
        if not path.is_file():
            raise DocumentError("no such file", where=str(path), hint="Check the path.")
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise DocumentError(
                f"the file has {size:,} bytes; at most {MAX_BYTES:,} are read",
                where=str(path),
                hint="Split it, or save only the article.",
            )
        return path.read_bytes()
    except OSError as e:
        raise DocumentError(f"the file cannot be read: {e.strerror}", where=str(path)) from None


def canonical_json(value: object) -> str:
    """The canonical JSON (RFC 8785) of a value: the snapshot of a record.

    :raises DocumentError: if it holds what canonical JSON cannot.
    """
    try:
        return rfc8785.dumps(value).decode("utf-8")  # type: ignore[arg-type]
    except (rfc8785.CanonicalizationError, UnicodeEncodeError) as e:
        raise DocumentError(f"the record has no canonical JSON: {e}") from None


def pointed(text: str, pointer: str) -> str | None:
    """The string that a JSON Pointer (RFC 6901) names in a record's text.

    A string value is given as it is, any other value as its canonical JSON.

    :returns: ``None`` if the text is no JSON, or the pointer leads nowhere or to what has no text.

    >>> pointed('{"Phase":["Phase 3"]}', "/Phase/0")
    'Phase 3'
    """
    try:
        here = json.loads(text)
        for step in pointer.split("/")[1:]:
            name = step.replace("~1", "/").replace("~0", "~")
            here = here[int(name)] if isinstance(here, list) and _INDEX.fullmatch(name) else here[name]
        words = here if isinstance(here, str) else canonical_json(here)
        words.encode("utf-8")
    except (ValueError, KeyError, IndexError, TypeError, RecursionError, DocumentError):
        return None
    return words


def _utf8(data: bytes, path: Path) -> str:
    if not data:
        raise DocumentError("the file is empty", where=str(path), hint="Give a file with words in it.")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as e:
        raise DocumentError(
            f"the file is not UTF-8: byte {e.start} is 0x{data[e.start]:02x}",
            where=str(path),
            hint="Save it as UTF-8 first.",
        ) from None
    odd = next((i for i, c in enumerate(text) if ord(c) < 32 and c not in "\t\n\r\f\v"), None)
    if odd is not None:
        raise DocumentError(
            f"the file is binary: character {odd} is U+{ord(text[odd]):04X}",
            where=str(path),
            hint="Give a text or HTML file.",
        )
    return text
