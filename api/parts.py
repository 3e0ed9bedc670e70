"""The files in a ``multipart/form-data`` body (RFC 7578)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from kg.errors import UsageError

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

MOST = 100
"""Most parts of a body."""


@dataclass
class Part:
    """One part of a body: its headers, in small letters, and its content."""

    headers: dict[str, str] = field(default_factory=dict)
    content: bytearray = field(default_factory=bytearray)

    @property
    def name(self) -> str:
        """The name of the file, or of the field."""
        _, told = parse_options_header(self.headers.get("content-disposition", ""))
        return (told.get(b"filename") or told.get(b"name") or b"").decode("utf-8", "replace")


def parts(body: bytes, content_type: str) -> list[Part]:
    """Read the parts of a body.

    :param content_type: the Content-Type header, which names the boundary.
    :raises UsageError: if it is no multipart body, or has too many parts.
    """
    boundary = parse_options_header(content_type)[1].get(b"boundary")
    if not boundary:
        raise UsageError("a multipart body names its boundary", where="Content-Type")
    reader = _Reader()
    try:
        parser = MultipartParser(boundary, reader.callbacks())
        parser.write(body)
        parser.finalize()
    except FormParserError as e:
        raise UsageError(f"this is no multipart body: {e}", where="body") from None
    if not reader.ended:
        raise UsageError("the multipart body ends before its last boundary", where="body")
    return reader.found


class _Reader:
    """Collects what the parser finds."""

    def __init__(self) -> None:
        self.found: list[Part] = []
        self.ended = False
        self._name = bytearray()
        self._value = bytearray()

    def callbacks(self) -> MultipartCallbacks:
        return {
            "on_part_begin": self._begin,
            "on_part_data": lambda data, start, end: self.found[-1].content.extend(data[start:end]),
            "on_header_field": lambda data, start, end: self._name.extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
            "on_header_end": self._header,
            "on_end": self._end,
        }

    def _begin(self) -> None:
        if len(self.found) == MOST:
            raise UsageError(f"the body has more than {MOST} parts", where="body")
        self.found.append(Part())

    def _header(self) -> None:
        self.found[-1].headers[self._name.decode("latin-1").lower()] = self._value.decode("latin-1").strip()
        self._name.clear()
        self._value.clear()

    def _end(self) -> None:
        self.ended = True
