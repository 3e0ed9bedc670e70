"""The owner's end of one worker: start it, send to it, hear from it, end it."""

from __future__ import annotations

import fcntl
import json
import logging
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any

import pyoxigraph

from kg.sparql import frames
from kg.sparql.snapshot import delete

_log = logging.getLogger(__name__)
_MOST = 1 << 20
"""Longest message that is believed of a worker, in bytes."""
_PIPE = 1 << 20
_LOW = 10
"""By how much the priority of a worker is lowered that takes long."""
_SET_PIPE_SIZE = 1031
_ENDS = {-signal.SIGXCPU: "deadline", -signal.SIGKILL: "killed", -signal.SIGTERM: "killed", frames.LOST: "killed"}
_NO_MEMORY = ("memory allocation", "bad_alloc", "MemoryError")
"""What the engine, its storage and Python say when there is no more memory."""


class Gone(Exception):
    """The worker ended, or says what makes no sense."""


class Worker:
    """A worker process on its own copy of the store.

    Make it in a thread that lives as long as it shall: the system ends it with that thread.

    :param folder: its copy, deleted with it.
    :param settings: what it is told at its start.
    :param number: the commit of its copy, should the copy not tell.
    """

    def __init__(self, folder: Path, settings: Mapping[str, Any], number: int, epoch: int) -> None:
        self._folder, self.epoch = folder, epoch
        self._told = folder.with_suffix(".err")
        with self._told.open("wb") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "kg.sparql.worker", str(os.getpid())],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                bufsize=0,
                env=_environment(),
                cwd=folder,
                process_group=0,
            )
        assert self._process.stdin
        assert self._process.stdout
        self._to, self._from = self._process.stdin.fileno(), self._process.stdout.fileno()
        self._reader = frames.Reader(self._from, _MOST)
        self._woken, self._wake = os.pipe()
        self._ready = select.poll()
        for handle in (self._from, self._woken):
            self._ready.register(handle, select.POLLIN)
        self._lowered = self._buried = False
        self._use, self._waking = Lock(), Lock()
        self._times = Path(f"/proc/{self._process.pid}/schedstat")
        self.number = number
        self.sandbox = ""
        with suppress(OSError):
            fcntl.fcntl(self._from, _SET_PIPE_SIZE, _PIPE)
        with suppress(OSError):  # hear() tells
            frames.send(
                self._to, frames.frame(frames.SETTINGS, json.dumps({**settings, "folder": str(folder)}).encode())
            )

    def begin(self, patience: float = 60.0) -> None:
        """Wait until it is ready.

        :param patience: seconds to wait at most.
        :raises Gone: if it ends before.
        """
        if not select.select([self._from], [], [], patience)[0]:
            raise Gone
        kind, told = self.hear()
        if kind != frames.HELLO:
            raise Gone
        hello = _json(told)
        self.sandbox = str(hello.get("sandbox"))
        if isinstance(number := hello.get("number"), int):
            self.number = number

    def settle(self) -> None:
        """Wait until it has done all that it was sent.

        :raises Gone: if it ends before.
        """
        self.say(frames.frame(frames.WELL, b""))
        if self.hear()[0] != frames.HELLO:
            raise Gone

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process.poll() is None

    @property
    def seconds(self) -> float:
        """How much processor time its answering thread had, in seconds; where that is not told, the time of day.

        The threads of the engine's storage are left out: they tidy up whatever is asked.
        """
        try:
            return int(self._times.read_bytes().split()[0]) / 1e9
        except (OSError, ValueError, IndexError):
            return time.monotonic()

    def say(self, message: bytes) -> None:
        """Send a message.

        :raises Gone: if it ended.
        """
        with self._use:
            self._check()
            try:
                frames.send(self._to, message)
            except OSError:
                raise Gone from None

    def hear(self) -> tuple[bytes, bytes]:
        """Wait for a message.

        :raises Gone: if it ended, or was ended; a large process takes its time to go.
        """
        with self._use:
            self._check()
            try:
                while not self._reader.ready:
                    if any(handle == self._woken for handle, _ in self._ready.poll()):
                        raise Gone
                    self._reader.more()
                return self._reader.read()
            except (EOFError, OSError, ValueError):
                raise Gone from None

    def _check(self) -> None:
        if self._buried:
            raise Gone

    def lower(self) -> None:
        """Let others go first from now on."""
        self._lowered = True
        self._prefer(_LOW)

    def _prefer(self, priority: int) -> None:
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, self._process.pid, priority)

    def kill(self) -> None:
        """End it at once, and tell who waits for it."""
        if self._process.returncode is None:
            with suppress(OSError):
                self._process.send_signal(signal.SIGKILL)
            if self._lowered:  # it goes sooner so, where that is allowed
                self._prefer(0)
        with self._waking:
            if not self._buried:
                os.write(self._wake, b"!")

    def words(self) -> str:
        """What it wrote on its standard error, the end of it."""
        try:
            return self._told.read_bytes()[-4096:].decode("utf-8", "replace").strip()
        except OSError:
            return ""

    def bury(self) -> str:
        """End it, delete its copy, and tell why it ended: ``memory``, ``deadline``, ``crash``,
        or ``killed`` for what was no fault of the question."""
        self.kill()
        code = self._process.wait()
        self._close()
        words = self.words()
        if words and code != -signal.SIGKILL:
            _log.warning("a query worker ended with %d: %s", code, words)
        self._told.unlink(missing_ok=True)
        delete(self._folder)
        if code in _ENDS:
            return _ENDS[code]
        return "memory" if any(w in words for w in _NO_MEMORY) else "crash"

    def _close(self) -> None:
        with self._use, self._waking:  # nobody reads or writes what may be another file by then
            if self._buried:
                return
            self._buried = True
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe:
                    pipe.close()
            os.close(self._woken)
            os.close(self._wake)


def told(payload: bytes) -> dict[str, Any]:
    """What a worker says as JSON.

    :raises Gone: if it is none.
    """
    return _json(payload)


def _json(payload: bytes) -> dict[str, Any]:
    try:
        found = json.loads(payload)
    except ValueError:
        raise Gone from None
    if not isinstance(found, dict):
        raise Gone
    return found


def _environment() -> dict[str, str]:
    """What a worker may know of ours: where its modules are, and no more."""
    places = (Path(__file__).parent, pyoxigraph.__file__)
    kept = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT", "TMPDIR")
    return {
        **{name: os.environ[name] for name in kept if name in os.environ},
        "PYTHONPATH": os.pathsep.join(dict.fromkeys(str(Path(p).parent.parent) for p in places if p)),
        "PYTHONUTF8": "1",
    }
