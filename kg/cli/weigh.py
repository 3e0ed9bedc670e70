"""Commands that weigh: assess and lineage."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from kg.assess.picture import evidence_map
from kg.assess.values import Assessment
from kg.cli.options import FormatOption, WorkspaceOption, opened
from kg.cli.output import Form, compact, note, result, rows, save, table
from kg.errors import UsageError
from kg.lineage.desk import Descent
from kg.schema.names import local_name

Row = dict[str, Any]


class Show(StrEnum):
    """What the table of an assessment shows."""

    LETTERS = "letters"
    WHY = "why"
    OUTCOMES = "outcomes"
    SOURCES = "sources"


def assess(
    context: typer.Context,
    variant: Annotated[
        str | None, typer.Option(help="Only variants with this term or a narrower one (CURIE).", metavar="TERM")
    ] = None,
    disease: Annotated[str | None, typer.Option(help="In this disease (CURIE).", metavar="TERM")] = None,
    show: Annotated[
        Show, typer.Option(help="In a table: the letters; why each was given; outcomes with scores; sources.")
    ] = Show.LETTERS,
    picture: Annotated[
        Path | None, typer.Option(help="Draw the evidence map into an SVG file.", metavar="FILE.svg")
    ] = None,
    workspace: WorkspaceOption = None,
    form: FormatOption = Form.TABLE,
) -> None:
    """What speaks for and against each therapy variant, and how much, by rules that are shown."""
    with opened(context, workspace) as w:
        found = w.assess(variant, disease)
    if picture is not None:
        save([evidence_map(found)], picture)
    if form is Form.TABLE:
        _tabled(found, show)
    else:
        rows(form, (a.as_dict() for a in found), ())
    standing = [a.review for a in found[:1]]
    for s in standing:
        note(
            f"{len(found)} assessments; behind the first: {s.accepted} accepted claims "
            f"({s.by_software_only} by software only), {s.proposed} proposed"
        )


def lineage(
    context: typer.Context,
    claim: Annotated[str | None, typer.Argument(help="The claim: its IRI, or the last part of it.")] = None,
    source: Annotated[
        str | None, typer.Option(help="All claims of this source, and what it is silent on.", metavar="ID")
    ] = None,
    workspace: WorkspaceOption = None,
    form: FormatOption = Form.TABLE,
) -> None:
    """Where claims come from: each step to the root, links between claims, and silences."""
    if claim is not None and source is not None:
        raise UsageError("give a claim, or --source, and not both")
    with opened(context, workspace) as w:
        descent = w.lineage(claim, source=source)
        short = _shortener(w.profile.prefixes.compress, w.iris.base)
    if form is Form.JSON:
        result(compact(descent.as_dict(), indent=2))
    elif form is Form.JSONL:
        rows(form, _records(descent), ())
    else:
        table(("what", "from", "to", "by", "why"), _lines(descent, short))
    note(
        f"{len(descent.roots)} roots, {len(descent.steps)} steps, {len(descent.links)} links "
        f"({sum(k.stored for k in descent.links)} from records, the rest by rules), {len(descent.silences)} silences"
    )


# ---- assessments as tables


def _tabled(found: list[Assessment], show: Show) -> None:
    rows_of = {Show.LETTERS: _letters, Show.WHY: _why, Show.OUTCOMES: _outcomes, Show.SOURCES: _sources}
    told = [{**_about(a), **row} for a in found for row in rows_of[show](a)]
    columns = list(dict.fromkeys(key for row in told for key in row))
    table(columns, [[str(row.get(c, "")) for c in columns] for row in told])


def _about(a: Assessment) -> Row:
    return {"variant": a.variant.label, "disease": a.disease.label if a.disease else "not stated"}


def _letters(a: Assessment) -> Iterator[Row]:
    letters = {word: cell.letter for word, cell in a.table.items()}
    yield {**letters, "claims": len(a.claims), "sources": len(a.sources), "trials held": len(a.trials)}


def _why(a: Assessment) -> Iterator[Row]:
    for word, cell in a.table.items():
        claims = " ".join(map(local_name, cell.claims))
        yield {"column": word, "letter": cell.letter, "because": cell.because, "rule": cell.rule, "claims": claims}


def _outcomes(a: Assessment) -> Iterator[Row]:
    for o in a.outcomes:
        on = o.roots
        yield {
            "outcome": o.outcome.label,
            "for": o.favour,
            "against": o.against,
            "roots for": len(on.roots_for) + len(on.mixed),
            "roots against": len(on.roots_against) + len(on.mixed),
            "sources": on.sources_for + on.sources_against,
            "score": f"{o.score:+.3f}",
            "weight": f"{o.weight:.3f}",
        }


def _sources(a: Assessment) -> Iterator[Row]:
    for s in a.sources:
        told = " ".join(s.interests) or "none is recorded"
        yield {"source": s.title, "for": s.favour, "against": s.against, "interests": told}


# ---- lineage as a table


def _shortener(compress: Callable[[str], str | None], base: str) -> Callable[[str], str]:
    """Shows an IRI as its CURIE, and a record of this workspace without the base."""
    return lambda iri: iri.removeprefix(base) if iri.startswith(base) else compress(iri) or iri


def _lines(descent: Descent, short: Callable[[str], str]) -> Iterator[list[str]]:
    for s in (s.as_dict() for s in descent.steps):
        end = f"{short(str(s['to']))} ({s['label']})" if s["what"] == "root" else short(str(s["to"]))
        yield [f"step {s['depth']}: {s['what']}", short(str(s["from"])), end, str(s["assertedBy"]), str(s["because"])]
    for k in descent.links:
        by = "record" if k.stored else short(k.rule or "")
        yield [k.type, short(k.start), short(k.end) if k.end else "", by, k.explain]
    for x in descent.silences:
        yield ["silent", short(x.source), short(x.root), short(x.rule), x.explain]


def _records(descent: Descent) -> Iterator[Row]:
    yield from ({"record": "step", **s.as_dict()} for s in descent.steps)
    yield from ({"record": "link", **k.as_dict()} for k in descent.links)
    yield from ({"record": "silence", **s.as_dict()} for s in descent.silences)
