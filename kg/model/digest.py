"""SHA-256 digests, spelled ``sha256:`` and 64 hex digits."""

from __future__ import annotations

import hashlib
import re

DIGEST = re.compile(r"sha256:([0-9a-f]{64})")


def digest(text: str) -> str:
    """The digest of the UTF-8 bytes of a text.

    >>> digest("")[:14]
    'sha256:e3b0c44'
    """
    return "sha256:" + hashlib.sha256(text.encode("utf-8")).hexdigest()


def short_hash(text: str, digits: int = 32) -> str:
    """The first hex digits of a text's SHA-256."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:digits]
