"""Commands that judge: validate, verify, agreement."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from kg.agreement import agreement as compare
from kg.agreement import read_marks
from kg.cli.options import FormatOption, WorkspaceOption, opened, read_all
from kg.cli.output import Form, compact, findings, note, progress, result, rows
from kg.errors import Refused, UsageError
from kg.gate.engines import engines
from kg.report import Report
from kg.resources import folder
from kg.schema.names import STEMMA
from kg.verification import Verification
from kg.workspace import Workspace

VERIFICATION = STEMMA + "Verification"


def validate(
    context: typer.Context,
    files: Annotated[
        list[Path] | None, typer.Argument(help="Records to judge; default: all that is stored.", metavar="[FILE…]")
    ] = None,
    engine: Annotated[
        str | None,
        typer.Option(
            help="The SHACL engine that judges every record; default: compiled checks, and the fastest engine "
            "for what they leave in doubt. All find the same.",
            metavar=f"[{'|'.join(engines())}]",
        ),
    ] = None,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="How many processes; default: one a core, if there is much to judge.")
    ] = None,
    workspace: WorkspaceOption = None,
    form: FormatOption = Form.TABLE,
) -> None:
    """Judge records by the gate, without writing."""
    if files and (engine or jobs):
        raise UsageError("an engine is chosen for what is stored", hint="Leave --engine and --jobs out, or the files.")
    with opened(context, workspace) as w:
        if files:
            try:
                report = w.admit(read_all(w, files), dry_run=True, keep_review=True).report
            except Refused as e:
                report = e.report
        else:
            report = _validated(w, engine, jobs)
    findings(report, form)
    if form is Form.TABLE:
        result("conforms" if report.conforms else _count(report))
    raise typer.Exit(0 if report.conforms else 1)


def _validated(w: Workspace, engine: str | None, jobs: int | None) -> Report:
    """Judge what is stored, telling on stderr how far it is."""
    judged = 0
    with progress() as bar:
        task = bar.add_task("records judged", total=None)

        def tell(more: int) -> None:
            nonlocal judged
            judged += more
            bar.update(task, completed=judged)

        report = w.validate(engine, jobs, tell)
    note(f"{judged:,} records judged")
    return report


def verify(context: typer.Context, workspace: WorkspaceOption = None, form: FormatOption = Form.TABLE) -> None:
    """Check every claim's anchor against the texts that are held."""
    with opened(context, workspace) as w:
        states = w.verify()
        words = [str(t.notation) for t in w.profile.vocabulary.members(VERIFICATION)]
    counted = Counter(v.state for v in states)
    counts = {"claims": len(states), **{word: counted[word] for word in words}}
    bad = [v for v in states if v.at_fault]
    if form is Form.TABLE:
        result("  ".join(f"{word} {number}" for word, number in counts.items()))
        for v in bad:
            note(f"{v.claim}: {v.state}" + (f" ({v.drift}, in {v.newer})" if v.drift else ""))
    elif form is Form.JSON:
        result(compact({"counts": counts, "claims": [_state(v) for v in states]}, indent=2))
    else:
        rows(form, map(_state, states), ())
    raise typer.Exit(1 if bad else 0)


def agreement(
    passes: Annotated[
        list[Path] | None,
        typer.Argument(help="Two passes as claim records; default: the shipped corpus's.", metavar="[FILE FILE]"),
    ] = None,
    form: FormatOption = Form.TABLE,
) -> None:
    """How far two independent passes over the same texts agree."""
    files = passes or sorted((folder("data") / "als" / "passes").glob("pass-*.jsonl"))
    if len(files) != 2:
        raise UsageError("two passes are compared", hint="Give two files.")
    told = compare(read_marks(files[0]), read_marks(files[1]))
    if form is not Form.TABLE:
        result(compact(told.as_dict()))
        return
    both = f"both {told.matched} (F1 {told.f1:.3f}), span overlap {told.overlap:.3f}"
    result(f"claims {told.first} and {told.second}, {both}")
    for axis, kappa in told.kappa.items():
        shown = "n/a" if kappa is None else f"{kappa:.3f}"
        result(f"{axis}: Cohen's kappa {shown}, same word {told.same[axis]:.3f}")


def _state(v: Verification) -> dict[str, str]:
    told = {"id": v.claim, "verification": v.state, "drift": v.drift, "newer": v.newer}
    return {k: s for k, s in told.items() if s is not None}


def _count(report: Report) -> str:
    return f"{len(report.violations)} findings"
