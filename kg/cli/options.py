"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from kg.cli.output import Form
from kg.folder import find_workspace
from kg.workspace import Workspace

WorkspaceOption = Annotated[
    Path | None, typer.Option("--workspace", help="The workspace; default: the nearest one here or above.")
]
AgentOption = Annotated[
    str | None, typer.Option("--as", help="Who does it: an ORCID, or the name of a software agent.", metavar="AGENT")
]
FormatOption = Annotated[Form, typer.Option("--format", help="table for people; json or jsonl for programs.")]


@contextmanager
def opened(context: typer.Context, given: Path | None) -> Iterator[Workspace]:
    """The workspace that the call names, before or after the command, open."""
    told = context.ensure_object(dict)
    if (held := told.get("held")) is not None:  # the owner runs a command that another process sent
        yield held
        return
    named = given or told.get("workspace")
    with Workspace(named or find_workspace(Path.cwd())) as workspace:
        yield workspace
