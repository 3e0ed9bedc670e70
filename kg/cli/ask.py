"""Commands that read: query, export, conflicts, log."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from kg.cli.options import FormatOption, WorkspaceOption, opened
from kg.cli.output import Form, note, result, rows, save, table
from kg.errors import UsageError
from kg.query import Result
from kg.workspace import CURATOR


def query(
    context: typer.Context,
    sparql: Annotated[str | None, typer.Argument(help="The query; the prefixes are known.")] = None,
    file: Annotated[Path | None, typer.Option("--file", "-f", help="Read the query from a file.")] = None,
    form: Annotated[
        str | None, typer.Option("--format", help="table, json, xml, csv, tsv, jsonl; ttl, nt, jsonld, rdf.")
    ] = None,
    at: Annotated[
        str | None, typer.Option("--at", help="Ask the state as of a commit or a date.", metavar="N|DATE")
    ] = None,
    timeout: Annotated[float, typer.Option(help="Seconds after which it is ended.", min=0.1)] = CURATOR.deadline,
    workspace: WorkspaceOption = None,
) -> None:
    """Answer a SPARQL query over the union of all graphs."""
    if (sparql is None) == (file is None):
        raise UsageError("give the query, or --file FILE, and not both")
    text = sparql or _read(file)
    with opened(context, workspace) as w:
        _print(w.query(text, at=at, limits=replace(CURATOR, deadline=timeout)), form)


def _print(answer: Result, form: str | None) -> None:
    if form == "jsonl" and answer.kind == "rows":
        rows(Form.JSONL, answer.dicts(), ())
    elif form in (None, "table") and answer.kind == "rows":
        short = answer.prefixes.compress if answer.prefixes else None
        lines = [["" if t is None else (short and short(str(t))) or str(t) for t in d] for d in answer.plain_rows()]
        table(answer.variables, lines)
        note(f"{len(lines)} rows")
    elif form in (None, "table") and answer.kind == "truth":
        result(str(answer.truth).lower())
    else:
        result(answer.serialize(form if form not in (None, "table") else "ttl").decode("utf-8"))


def export(
    context: typer.Context,
    form: Annotated[
        str, typer.Option("--format", help="jsonl, nq, ttl, trig, jsonld, graphml, gexf, cyjs, csv.")
    ] = "jsonl",
    view: Annotated[str, typer.Option(help="claims, entities or sources.")] = "claims",
    status: Annotated[str | None, typer.Option(help="Only claims with this review status.")] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write to a file.")] = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Write the claims in a format that other tools read."""
    with opened(context, workspace) as w:
        text = w.export(form, view=view, status=status)
    save([text], output)


def conflicts(
    context: typer.Context,
    claim: Annotated[str | None, typer.Option(help="Only those of this claim.")] = None,
    explain: Annotated[bool, typer.Option("--explain", help="Tell the rule, both places and the path.")] = False,
    workspace: WorkspaceOption = None,
    form: FormatOption = Form.TABLE,
) -> None:
    """Pairs of claims, proposed or accepted, that clash."""
    with opened(context, workspace) as w:
        found = [c.as_dict() for c in w.conflicts(claim)]
    columns = ("kind", "because", "a", "b", *(("explain",) if explain else ()))
    rows(form, found, columns)
    note(f"{len(found)} conflicts between claims that are proposed or accepted")


def log(context: typer.Context, workspace: WorkspaceOption = None, form: FormatOption = Form.TABLE) -> None:
    """Every commit: number, time, who, why, and how many records it touched."""
    with opened(context, workspace) as w:
        told = [
            {
                "commit": e.number,
                "at": e.at,
                "agent": e.agent,
                "why": e.why,
                "added": sum(not t.before for t in e.touched),
                "changed": sum(bool(t.before) for t in e.touched),
            }
            for e in w.log()
        ]
    rows(form, told, ("commit", "at", "agent", "why", "added", "changed"))


def _read(path: Path | None) -> str:
    try:
        return path.read_text("utf-8") if path else ""
    except (OSError, UnicodeDecodeError) as e:
        raise UsageError(f"the query cannot be read: {e}", where=str(path)) from None
