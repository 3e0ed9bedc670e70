"""Who owns a workspace: one process at a time, named in a file that others can read.

The lock goes with the process, however it ends; what the file says counts only while it is held.
"""

from __future__ import annotations

import fcntl
import json
import os
import sys
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from kg.errors import WorkspaceBusy, WorkspaceError
from kg.store.commit import utc_now

FILE = "owner.lock"


@dataclass(frozen=True, slots=True)
class Owner:
    """A process that has a workspace open.

    :param since: when it opened it.
    :param relay: path of the socket on which it takes commands of others, if it does.
    """

    pid: int
    command: str
    since: str
    relay: str | None = None


class Ownership:
    """The workspace is this process's until it is let go.

    :param path: folder of the workspace.
    :raises WorkspaceBusy: if another process, or another part of this one, has it open.
    :raises WorkspaceError: if the folder cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path / FILE
        try:
            self._handle: int | None = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as e:
            raise WorkspaceError(f"the workspace cannot be opened: {e.strerror}", where=str(path)) from None
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._handle)
            self._handle = None
            raise _busy(path) from None
        self._owner = Owner(os.getpid(), " ".join([Path(sys.argv[0]).name, *sys.argv[1:2]]), utc_now())
        self._write()

    def relay_at(self, socket: str | None) -> None:
        """Tell others where commands are taken; ``None`` if they no longer are."""
        self._owner = Owner(self._owner.pid, self._owner.command, self._owner.since, socket)
        self._write()

    def release(self) -> None:
        """Let go of it. Twice is no harm."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def _write(self) -> None:
        if self._handle is None:
            return
        with suppress(OSError):  # a full disk: others are told less, the lock holds all the same
            data = json.dumps(asdict(self._owner)).encode()
            os.pwrite(self._handle, data, 0)
            os.ftruncate(self._handle, len(data))


def owner_of(path: Path) -> Owner | None:
    """What the last owner of a workspace told of itself; it may have ended since."""
    try:
        return Owner(**json.loads((path / FILE).read_bytes()))
    except (OSError, ValueError, TypeError):
        return None


def _busy(path: Path) -> WorkspaceBusy:
    owner = owner_of(path)
    who = f"process {owner.pid} (`{owner.command}`, since {owner.since})" if owner else "another process"
    hint = "Wait until it has ended, or ask it over HTTP if it serves."
    return WorkspaceBusy(f"{who} has this workspace open", where=str(path), hint=hint)
