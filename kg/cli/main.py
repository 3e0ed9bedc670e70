"""``stemma``: one command, and what it exits with: 0 good, 1 the data is at fault, 2 the call."""

from __future__ import annotations

import os
import sys
from importlib.metadata import entry_points
from pathlib import Path
from typing import Annotated

import typer

from kg.cli import ask, bench, check, curate, demo, interests, keep, keys, weigh
from kg.cli.output import note, result
from kg.cli.relay import relayed
from kg.errors import KgError, UsageError, WorkspaceBusy
from kg.version import __version__

_COMMANDS = (curate.init, curate.ingest, curate.add, curate.review, check.validate, check.verify, check.agreement)
_READING = (ask.query, weigh.assess, ask.conflicts, weigh.lineage, ask.export, ask.log, demo.demo, bench.bench)

_KEEPING = (keep.show, keep.diff, keep.revert, keep.dump, keep.load, keep.backup, keep.restore, keep.check)


def build(arguments: list[str]) -> typer.Typer:
    """The command line, with the commands that other packages bring (``serve``).

    Those are loaded only when they are called or listed: they bring a web framework.
    """
    app = typer.Typer(
        name="stemma", help="Claims, their words and their roots.", no_args_is_help=True, add_completion=False
    )
    app.callback()(_top)
    for command in (*_COMMANDS, *_READING, *_KEEPING):
        app.command()(command)
    app.command("compact")(keep.compact_store)
    app.add_typer(keys.keys)
    app.add_typer(interests.interests)
    listed = not arguments or "--help" in arguments
    for entry in entry_points(group="stemma.commands"):
        if listed or entry.name in arguments:
            app.command(entry.name)(entry.load())
    return app


def main() -> None:
    """Run the command line and exit."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command.

    :returns: the exit code.
    """
    try:
        typer.main.get_command(build(arguments)).main(arguments, prog_name="stemma")
    except SystemExit as e:
        return e.code if isinstance(e.code, int) else 0
    except WorkspaceBusy as e:
        code = relayed(Path(e.where), arguments) if not {"serve", "demo"} & set(arguments) else None
        if code is None:
            note(f"stemma: {e}")
        return 1 if code is None else code
    except KgError as e:
        note(f"stemma: {e}")
        return 2 if isinstance(e, UsageError) else 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _version(wanted: bool) -> None:
    if wanted:
        result(f"stemma {__version__}")
        raise typer.Exit


def _top(
    context: typer.Context,
    workspace: Annotated[
        Path | None, typer.Option("--workspace", help="The workspace; default: the nearest one here or above.")
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    context.ensure_object(dict)["workspace"] = workspace
