"""What several commands are given: the workspace that a call names, files of records, and options."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from kg.admit import Batch
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
    with Workspace(named(context, given)) as workspace:
        yield workspace


def named(context: typer.Context, given: Path | None) -> Path:
    """The folder of the workspace that the call names, before or after the command; else the nearest one."""
    told: Path | None = given or context.ensure_object(dict).get("workspace")
    return told or find_workspace(Path.cwd())


def read_all(workspace: Workspace, files: list[Path]) -> Batch:
    """The records of files, as one batch."""
    batch = workspace.read(files[0])
    for path in files[1:]:
        batch.take(workspace.read(path))
    return batch
