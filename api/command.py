"""``stemma serve``, and a server in a thread for the demo and the tests."""

from __future__ import annotations

import ipaddress
import logging
import signal
import socket
import sys
import threading
from types import FrameType, TracebackType
from typing import Annotated, NoReturn

import typer
import uvicorn

from api.app import create_app
from kg.cli.main import build
from kg.cli.options import WorkspaceOption, opened
from kg.cli.relay import Relay
from kg.errors import UsageError, WorkspaceError
from kg.workspace import Workspace

GRACE = 5
"""How long running requests may take to end after a stop, in seconds."""


def serve(
    context: typer.Context,
    workspace: WorkspaceOption = None,
    host: Annotated[str, typer.Option("--host", help="Address to listen on; a loopback one.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", help="Port to listen on; 0 for any free one.")] = 8000,
) -> None:
    """Serve the workspace over HTTP until Ctrl-C; its address is printed when it listens."""
    with listen(host, port) as bound, opened(context, workspace) as w:
        logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
        print(f"serving {w.name}: {len(w.records.ids('claim'))} claims; Ctrl-C ends it", file=sys.stderr)
        previous = signal.signal(signal.SIGTERM, _ended)
        try:
            with Relay(w, build):  # the command line works through this process while it serves
                _Server(w, bound, announce=True).run(sockets=[bound])
        except KeyboardInterrupt:
            print("ended", file=sys.stderr)
        finally:
            signal.signal(signal.SIGTERM, previous)


def start(workspace: Workspace, host: str = "127.0.0.1", port: int = 0) -> Running:
    """Serve an open workspace in a thread of its own.

    :param port: 0 for any free one.
    :returns: what is running; it answers when this returns.
    :raises UsageError: if the host is no loopback address, or the port is taken.
    """
    return Running(workspace, listen(host, port))


class Running:
    """A server that answers until it is stopped; a ``with`` block stops it at its end.

    :param bound: the socket it listens on, which it closes.
    """

    def __init__(self, workspace: Workspace, bound: socket.socket) -> None:
        self.url = address(bound)
        self._bound = bound
        self._server = _Server(workspace, bound)
        self._thread = threading.Thread(target=self._server.run, args=([bound],), name="stemma serve", daemon=True)
        self._thread.start()
        while not self._server.listening.wait(0.1):
            if not self._thread.is_alive():
                raise WorkspaceError("the service did not start", where=self.url)

    def wait(self) -> None:
        """Wait until it ends; Ctrl-C ends it."""
        try:
            while self._thread.is_alive():
                self._thread.join(0.5)
        except KeyboardInterrupt:
            pass
        finally:
            self.stop()

    def stop(self) -> None:
        """End it, and wait until it has ended."""
        self._server.should_exit = True
        self._thread.join()
        self._bound.close()

    def __enter__(self) -> Running:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class _Server(uvicorn.Server):
    """A server that tells when it listens."""

    def __init__(self, workspace: Workspace, bound: socket.socket, *, announce: bool = False) -> None:
        super().__init__(
            uvicorn.Config(
                create_app(workspace),
                log_config=None,
                access_log=False,
                lifespan="off",
                server_header=False,
                timeout_graceful_shutdown=GRACE,
            )
        )
        self.listening = threading.Event()
        self._line = address(bound) if announce else None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer, then tell so."""
        await super().startup(sockets)
        if self._line:
            print(self._line, flush=True)
        self.listening.set()


def listen(host: str, port: int) -> socket.socket:
    """A socket bound to a loopback address.

    :raises UsageError: if the host is another, or the port is taken or none.
    """
    if not _is_loopback(host):
        raise UsageError(
            "there is no sign-in yet, so only this machine is served",
            where=f"--host {host}",
            hint="Use 127.0.0.1, ::1 or localhost.",
        )
    if not 0 <= port <= 65535:
        raise UsageError("a port is a number from 0 to 65535", where=f"--port {port}")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=128)
    except OSError as e:
        raise UsageError(
            f"this port cannot be listened on: {e.strerror or e}",
            where=f"--port {port}",
            hint="Choose another, or 0 for any free one.",
        ) from None


def address(bound: socket.socket) -> str:
    """The URL of a bound socket: ``http://127.0.0.1:8000/``."""
    host, port = bound.getsockname()[:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _ended(signum: int, frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)
