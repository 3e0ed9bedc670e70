"""``stemma serve``, and a server in a thread for the demo and the tests."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Annotated, NoReturn

import typer

from api.logs import log_to
from api.server import Running, Server, listen
from api.settings import Settings, read_settings
from kg.cli.main import build
from kg.cli.options import WorkspaceOption, named, opened
from kg.cli.output import note, result
from kg.cli.relay import Relay
from kg.errors import UsageError
from kg.workspace import Workspace


def serve(
    context: typer.Context,
    workspace: WorkspaceOption = None,
    host: Annotated[
        str | None, typer.Option("--host", help="Address to listen on; default: only this machine.")
    ] = None,
    port: Annotated[int | None, typer.Option("--port", help="Port to listen on; 0 for any free one.")] = None,
    config: Annotated[
        Path | None, typer.Option("--config", help="File of settings; default: serve.toml in the workspace.")
    ] = None,
    print_settings: Annotated[
        bool, typer.Option("--print-settings", help="Print the settings that would hold, and end.")
    ] = False,
) -> None:
    """Serve the workspace over HTTP until Ctrl-C; its address is printed when it listens."""
    folder = named(context, workspace)
    settings = read_settings(folder, config, host=host, port=port)
    if print_settings:
        result(settings.toml())
        return
    with listen(settings) as bound, opened(context, folder) as w:
        note(f"serving {w.name}: {len(w.records.ids('claim'))} claims; Ctrl-C ends it")
        log_to(sys.stderr, settings.log)
        previous = signal.signal(signal.SIGTERM, _ended)
        try:
            with Relay(w, build):  # the command line works through this process while it serves
                Server(w, bound, settings, announce=True).run(sockets=[bound])
        except KeyboardInterrupt:
            note("ended")
        finally:
            signal.signal(signal.SIGTERM, previous)


def start(workspace: Workspace, host: str = "127.0.0.1", port: int = 0, settings: Settings | None = None) -> Running:
    """Serve an open workspace in a thread of its own.

    :param port: 0 for any free one.
    :param settings: how it runs, host and port included; ``None`` for the defaults.
    :returns: what is running; it answers when this returns.
    :raises UsageError: if others could reach it without sign-in, or the port is taken.
    """
    chosen = settings or read_options(host=host, port=port)
    return Running(workspace, listen(chosen), chosen)


def read_options(*, host: str, port: int) -> Settings:
    """Settings of a call in Python: the environment says nothing to it.

    :raises UsageError: if the port is none.
    """
    if not 0 <= port <= 65535:
        raise UsageError("a port is a number from 0 to 65535", where=str(port))
    return Settings(host=host, port=port)


def _ended(signum: int, frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)
