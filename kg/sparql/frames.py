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
        self._held = b""

    def read(self) -> tuple[bytes, bytes]:
        """The next message.

        :raises EOFError: if the other end is gone.
        :raises ValueError: if it is longer than is believed.
        """
        while len(self._held) < _HEAD.size:
            self._more()
        kind, length = _HEAD.unpack_from(self._held)
        if length > self._most:
            raise ValueError(f"a message of {length:,} bytes")
        size = _HEAD.size + length
        if len(self._held) < size:
            parts, held = [self._held], len(self._held)
            while held < size:
                parts.append(self._chunk())
                held += len(parts[-1])
            self._held = b"".join(parts)
        payload, self._held = self._held[_HEAD.size : size], self._held[size:]
        return kind, payload

    def _more(self) -> None:
        self._held += self._chunk()

    def _chunk(self) -> bytes:
        chunk = os.read(self._handle, _CHUNK)
        if not chunk:
            raise EOFError
        return chunk
