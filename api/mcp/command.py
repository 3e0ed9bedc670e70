"""``stemma mcp``: speak the Model Context Protocol on stdin and stdout."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from importlib import import_module
from importlib.util import find_spec
from typing import Annotated, Any

import typer

from api.app import create_app
from api.mcp.doors import Door, Elsewhere, Within
from api.mcp.reader import Reader
from kg.cli.options import WorkspaceOption, opened
from kg.errors import UsageError, WorkspaceBusy

KEY = "STEMMA_KEY"
"""The environment variable with the key for a service that asks for one."""


def mcp(
    context: typer.Context,
    workspace: WorkspaceOption = None,
    url: Annotated[
        str | None, typer.Option("--url", help="Ask a running service instead, such as http://127.0.0.1:8000.")
    ] = None,
) -> None:
    """Answer language models over the Model Context Protocol (stdio); reading only.

    Without --url the workspace is opened here, which needs that nothing else has it open. With --url a
    running `stemma serve` answers; a key, if it asks for one, is read from STEMMA_KEY.
    """
    serving = _protocol()
    with ExitStack() as stack:
        door: Door
        if url is not None:
            door = Elsewhere(url, os.environ.get(KEY))
        else:
            door = Within(create_app(_opened(stack, context, workspace)))
        print("stemma mcp: reading from stdin; end it with Ctrl-C or by closing stdin", file=sys.stderr)
        serving.build(Reader(door)).run("stdio")


def _opened(stack: ExitStack, context: typer.Context, workspace: Any) -> Any:
    try:
        return stack.enter_context(opened(context, workspace))
    except WorkspaceBusy as e:
        hint = "While `stemma serve` has it, ask that: stemma mcp --url http://127.0.0.1:PORT"
        raise WorkspaceBusy(e.message, where=e.where, hint=hint) from None


def _protocol() -> Any:
    """The module that needs the extra.

    :raises UsageError: if the extra is not installed.
    """
    if find_spec("mcp") is None:
        raise UsageError(
            "the Model Context Protocol is not installed", hint="Install it: pip install 'stemma-kg[mcp]'."
        )
    return import_module("api.mcp.server")
