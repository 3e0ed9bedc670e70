"""``stemma interests``: what reviewers have to do with those whom claims are about."""

from __future__ import annotations

from typing import Annotated

import typer

from kg.access.interests import RECORD, person_iri, statement
from kg.cli.options import AgentOption, FormatOption, WorkspaceOption, opened
from kg.cli.output import Form, result, rows
from kg.errors import UsageError

interests = typer.Typer(
    name="interests", help="Statements of interests; a person who reviews has made one.", no_args_is_help=True
)


@interests.command()
def declare(
    context: typer.Context,
    agent: AgentOption = None,
    text: Annotated[
        list[str] | None, typer.Option("--text", help="An interest, in your words; several times for more.")
    ] = None,
    none: Annotated[bool, typer.Option("--none", help="There is nothing to declare.")] = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Say which interests you have, dated today; it replaces what you said before."""
    if bool(text) == none:
        raise UsageError("say --text INTEREST, or --none", hint="One of the two.")
    if agent is None:
        raise UsageError("a statement needs a person", hint="Say whose it is with --as ORCID.")
    person = person_iri(agent)
    with opened(context, workspace) as w:
        record = statement(w.iris, person, text or (), w.get(w.iris.interests(person)))
        receipt = w.add(record, agent=person, why="interests declared")
    result(f"{record['id']}; commit {receipt.number}")


@interests.command("list")
def listed(context: typer.Context, workspace: WorkspaceOption = None, form: FormatOption = Form.TABLE) -> None:
    """List the statements of interests."""
    with opened(context, workspace) as w:
        found = [w.writer.record(n) for n in w.records.all(RECORD)]
    if form is Form.TABLE:
        found = [{**r, "interests": "; ".join(r.get("interests", ["none"]))} for r in found]
    rows(form, found, ("person", "declared", "interests"))
