"""Commands on a workspace that a server has open: the server runs them, the caller sees the output.

The server listens on a Unix socket that only its user can reach. A caller sends its arguments and
its folder, and gets what the command prints, piece by piece, and its exit code. So every command
does the same thing whether or not the workspace is served, and one process alone writes.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import socket
import struct
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import typer

from kg.errors import KgError, UsageError
from kg.owner import owner_of

if TYPE_CHECKING:
    from collections.abc import Callable

    import click

    from kg.workspace import Workspace

_OUT, _ERR, _END = b"1", b"2", b"e"
_HEAD = struct.Struct("!cI")
_LONGEST = 1 << 20
"""Longest call that is taken, in bytes."""


class Relay:
    """Takes commands of other processes of the same user on an open workspace.

    :param build: makes the command line for given arguments.
    """

    def __init__(self, workspace: Workspace, build: Callable[[list[str]], typer.Typer]) -> None:
        self._workspace, self._build = workspace, build
        self._folder = Path(tempfile.mkdtemp(prefix="stemma-"))  # a socket's path is short, a workspace's may not be
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.bind(str(self._folder / "relay"))
        os.chmod(self._folder / "relay", 0o600)
        self._socket.listen(16)
        self._streams = _Streams()
        threading.Thread(target=self._serve, name="stemma relay", daemon=True).start()
        workspace.ownership.relay_at(str(self._folder / "relay"))

    def close(self) -> None:
        """Take no more commands."""
        self._workspace.ownership.relay_at(None)
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._streams.restore()
        shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> Relay:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _serve(self) -> None:
        while True:
            try:
                caller, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._take, args=(caller,), name="stemma relayed", daemon=True).start()

    def _take(self, caller: socket.socket) -> None:
        with caller, suppress(OSError):
            call = json.loads(_received(caller, _LONGEST))
            out, err = (_Piece(caller, kind, call["tty"][i]) for i, kind in enumerate((_OUT, _ERR)))
            with self._streams.to(out, err):
                code = self._run(list(call["arguments"]), Path(call["folder"]))
            _send(caller, _END, str(code).encode())

    def _run(self, arguments: list[str], folder: Path) -> int:
        try:
            group: Any = typer.main.get_command(self._build(arguments))
            with group.make_context("stemma", list(arguments)) as top:
                top.obj = {"workspace": None, "held": self._workspace}
                self._invoke(group, top, [*top._protected_args, *top.args], folder)
        except SystemExit as e:
            return e.code if isinstance(e.code, int) else 0
        except KgError as e:
            print(f"stemma: {e}", file=sys.stderr)
            return 2 if isinstance(e, UsageError) else 1
        except Exception as e:
            return _told(e)
        return 0

    def _invoke(self, group: Any, above: click.Context, arguments: list[str], folder: Path) -> None:
        name, command, rest = group.resolve_command(above, arguments)
        with command.make_context(name, rest, parent=above) as context:
            if hasattr(command, "resolve_command"):
                self._invoke(command, context, [*context._protected_args, *context.args], folder)
                return
            paths = {p.name for p in command.params if p.type.name == "path"}
            context.params = {k: _absolute(v, folder) if k in paths else v for k, v in context.params.items()}
            command.invoke(context)


def relayed(path: Path, arguments: list[str]) -> int | None:
    """Have the owner of a workspace run a command.

    :returns: its exit code; ``None`` if the owner takes no commands.
    """
    owner = owner_of(path)
    if owner is None or owner.relay is None:
        return None
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
        try:
            server.connect(owner.relay)
        except OSError:
            return None
        call = {"arguments": arguments, "folder": str(Path.cwd()), "tty": [sys.stdout.isatty(), sys.stderr.isatty()]}
        data = json.dumps(call).encode()
        server.sendall(struct.pack("!I", len(data)) + data)
        while (piece := _piece(server)) is not None:
            kind, text = piece
            if kind == _END:
                return int(text)
            stream = sys.stdout if kind == _OUT else sys.stderr
            stream.write(text.decode("utf-8", "replace"))
            stream.flush()
    print("stemma: the server that has the workspace open has ended", file=sys.stderr)
    return 1


def _absolute(value: Any, folder: Path) -> Any:
    """A parameter with its paths as seen from the caller's folder."""
    if isinstance(value, list | tuple):
        return type(value)(_absolute(v, folder) for v in value)
    return value if value is None else type(value)(folder / value)


def _told(error: Exception) -> int:
    """What the command line says of an error in the call, and its exit code."""
    show = getattr(error, "show", None)
    code = getattr(error, "exit_code", None)
    if show is not None:
        show(file=sys.stderr)
    elif code is None:
        print(f"stemma: {type(error).__name__}: {error}", file=sys.stderr)
    return 1 if code is None else int(code)


class _Piece(io.TextIOBase):
    """A stream whose writes go to the caller."""

    def __init__(self, caller: socket.socket, kind: bytes, tty: bool) -> None:
        self._caller, self._kind, self._tty = caller, kind, tty

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """What the caller writes in."""
        return "utf-8"

    def write(self, text: str) -> int:
        """Send a piece of text."""
        data = text.encode("utf-8", "replace")
        for i in range(0, len(data), 1 << 16):
            _send(self._caller, self._kind, data[i : i + (1 << 16)])
        return len(text)

    def writable(self) -> bool:
        """Always."""
        return True

    def isatty(self) -> bool:
        """Whether the caller's own stream is a terminal."""
        return self._tty


_Pair = tuple[TextIO | None, TextIO | None]


class _Streams:
    """Standard output and error that go where the command of the present thread belongs."""

    def __init__(self) -> None:
        self._own = sys.stdout, sys.stderr
        self._now: ContextVar[_Pair] = ContextVar("streams", default=(None, None))
        sys.stdout, sys.stderr = (_Routed(self._own[i], self._now, i) for i in (0, 1))

    @contextmanager
    def to(self, out: Any, err: Any) -> Iterator[None]:
        token = self._now.set((out, err))
        try:
            yield
        finally:
            self._now.reset(token)

    def restore(self) -> None:
        sys.stdout, sys.stderr = self._own


class _Routed:
    def __init__(self, own: TextIO, now: ContextVar[_Pair], place: int) -> None:
        self._own, self._now, self._place = own, now, place

    def __getattr__(self, name: str) -> Any:
        return getattr(self._now.get()[self._place] or self._own, name)


def _send(to: socket.socket, kind: bytes, data: bytes) -> None:
    to.sendall(_HEAD.pack(kind, len(data)) + data)


def _piece(server: socket.socket) -> tuple[bytes, bytes] | None:
    head = _exactly(server, _HEAD.size)
    if head is None:
        return None
    kind, length = _HEAD.unpack(head)
    data = _exactly(server, length)
    return None if data is None else (kind, data)


def _received(caller: socket.socket, most: int) -> bytes:
    head = _exactly(caller, 4)
    (length,) = struct.unpack("!I", head) if head else (0,)
    return (_exactly(caller, length) or b"{}") if length <= most else b"{}"


def _exactly(source: socket.socket, length: int) -> bytes | None:
    data = b""
    while len(data) < length:
        more = source.recv(min(1 << 16, length - len(data)))
        if not more:
            return None
        data += more
    return data
