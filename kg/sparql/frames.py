"""Messages between the owner and a worker: a letter, a length and so many bytes, on a pipe."""

from __future__ import annotations

import os
import struct

_HEAD = struct.Struct(">cI")
_CHUNK = 1 << 16

HELLO, DATA, END, ERROR = b"H", b"D", b"E", b"X"
"""What a worker says: that it is ready, a part of an answer, that the answer is whole, what is wrong."""

SETTINGS, FOLLOW, BACK, WELL, QUERY, UPDATE = b"S", b"F", b"B", b"W", b"Q", b"U"
"""What the owner says: who the worker is, a commit to make or to undo, whether all is done, a
question, an update."""

LOST = 75
"""The exit code of a worker that cannot follow any more, through no fault of a question."""


def frame(kind: bytes, payload: bytes) -> bytes:
    """One message."""
    return _HEAD.pack(kind, len(payload)) + payload


def commit(number: int, removes: bytes, adds: bytes) -> bytes:
    """The payload of a commit: its number, and the N-Quads that go and come."""
    return struct.pack(">QI", number, len(removes)) + removes + adds


def read_commit(payload: bytes) -> tuple[int, bytes, bytes]:
    """The opposite of :func:`commit`."""
    number, length = struct.unpack_from(">QI", payload)
    return number, payload[12 : 12 + length], payload[12 + length :]


def send(handle: int, data: bytes) -> None:
    """Write all of it."""
    left = memoryview(data)
    while left:
        left = left[os.write(handle, left) :]


class Reader:
    """Reads messages from a pipe.

    :param most: longest payload that is believed, in bytes.
    """

    def __init__(self, handle: int, most: int) -> None:
        self._handle, self._most = handle, most
        self._parts: list[bytes] = []
        self._length = 0

    @property
    def ready(self) -> bool:
        """Whether a whole message is there.

        :raises ValueError: if it is longer than is believed.
        """
        if self._length < _HEAD.size:
            return False
        length: int = _HEAD.unpack_from(self._first())[1]
        if length > self._most:
            raise ValueError(f"a message of {length:,} bytes")
        return self._length >= _HEAD.size + length

    def more(self) -> None:
        """Wait for more bytes.

        :raises EOFError: if the other end is gone.
        """
        chunk = os.read(self._handle, _CHUNK)
        if not chunk:
            raise EOFError
        self._parts.append(chunk)
        self._length += len(chunk)

    def read(self) -> tuple[bytes, bytes]:
        """The next message.

        :raises EOFError: if the other end is gone.
        :raises ValueError: if it is longer than is believed.
        """
        while not self.ready:
            self.more()
        held = b"".join(self._parts)
        kind, length = _HEAD.unpack_from(held)
        size = _HEAD.size + length
        rest = held[size:]
        self._parts, self._length = [rest] if rest else [], len(rest)
        return kind, held[_HEAD.size : size]

    def _first(self) -> bytes:
        """The head of what is held, in one piece."""
        if len(self._parts[0]) < _HEAD.size:
            self._parts = [b"".join(self._parts)]
        return self._parts[0]
