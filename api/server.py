"""A server of a workspace: bound to its socket, told when it listens, and ended with what it has begun."""

from __future__ import annotations

import logging
import socket
import sys
import threading
from types import TracebackType

import uvicorn
from starlette.concurrency import run_in_threadpool

from api.app import create_app
from api.auth.access import Access
from api.settings import Settings
from kg.errors import KgError, UsageError, WorkspaceError
from kg.workspace import Workspace

_LOOK = 5
"""How often it looks for what other processes did to keys, in seconds."""


class Server(uvicorn.Server):
    """Serves a workspace on one socket.

    With the first server of a workspace its own key is made, and shown on stderr this once.

    :param bound: the socket it listens on.
    :param announce: print its address when it listens.
    """

    def __init__(
        self, workspace: Workspace, bound: socket.socket, settings: Settings, *, announce: bool = False
    ) -> None:
        app = create_app(workspace, settings)
        self._access: Access = app.state.access
        super().__init__(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                lifespan="off",
                server_header=False,
                timeout_graceful_shutdown=max(1, round(settings.grace)),
                forwarded_allow_ips=list(settings.proxies),
                callback_notify=self._notify,
                timeout_notify=_LOOK,
            )
        )
        self.listening = threading.Event()
        self._line = address(bound) if announce else None
        self._workspace = workspace
        key = self._access.own_key()
        self._access.look()
        if key:
            print(
                f"the workspace's own key, shown this once and kept in {workspace.path / 'key'}:\n{key}",
                file=sys.stderr,
            )

    async def _notify(self) -> None:
        await run_in_threadpool(self._access.look)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer, then tell so."""
        await super().startup(sockets)
        if self._line:
            print(self._line, flush=True)
            threading.Thread(target=self._make_ready, name="stemma ready", daemon=True).start()
        self.listening.set()

    def _make_ready(self) -> None:
        """Bring lists and search up to date, so that the first reader need not wait."""
        try:
            self._workspace.ready()
        except KgError as e:  # whoever reads is told so too
            if not self.should_exit:
                logging.getLogger(__name__).warning("lists and search are not ready: %s", e)


class Running:
    """A server in a thread of its own that answers until it is stopped; a ``with`` block stops it at its end.

    :param bound: the socket it listens on, which it closes.
    """

    def __init__(self, workspace: Workspace, bound: socket.socket, settings: Settings) -> None:
        self.url = address(bound)
        self._bound = bound
        try:
            self._server = Server(workspace, bound, settings)
        except BaseException:
            bound.close()
            raise
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


def listen(settings: Settings) -> socket.socket:
    """A socket bound to the address of the settings.

    :raises UsageError: if others could reach it without sign-in, or the port is taken.
    """
    settings.check_host()
    host = settings.host
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, settings.port), family=family, backlog=512)
    except OSError as e:
        raise UsageError(
            f"this address cannot be listened on: {e.strerror or e}",
            where=f"{host} port {settings.port}",
            hint="Choose another port, or 0 for any free one.",
        ) from None


def address(bound: socket.socket) -> str:
    """The URL of a bound socket: ``http://127.0.0.1:8000/``."""
    host, port = bound.getsockname()[:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"
