"""What a reader makes of a file."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Document:
    """A file's text and what the file tells of itself.

    ``text`` of a plain-text file is that file's text unchanged; ``url``, ``title`` and so on are
    ``None`` where the file does not tell them.
    """

    text: str
    media_type: str
    extractor: str
    title: str | None = None
    url: str | None = None
    author: str | None = None
    published: str | None = None
