"""Commands that keep a workspace: its history, backups, and whether its files are whole."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kg.bulk import BATCH
from kg.cli.options import AgentOption, FormatOption, WorkspaceOption, opened
from kg.cli.output import Form, compact, findings, note, progress, result, rows, save, told_if_refused
from kg.history import Edit
from kg.workspace import Workspace

_When = Annotated[str, typer.Argument(help="Number of a commit, or a date.", metavar="N|DATE")]


def show(
    context: typer.Context, commit: _When, workspace: WorkspaceOption = None, form: FormatOption = Form.TABLE
) -> None:
    """What one commit did, record by record."""
    with opened(context, workspace) as w:
        entry = w.history.entry(w.history.number(commit))
        edits = w.history.show(entry.number)
    told = {"commit": entry.number, "at": entry.at, "agent": entry.agent, "why": entry.why}
    if form is Form.TABLE:
        result("\n".join(f"{k}: {v}" for k, v in told.items()))
        result(_listed(edits))
    else:
        result(compact({**told, "records": [e.as_dict() for e in edits]}))


def diff(
    context: typer.Context, old: _When, new: _When, workspace: WorkspaceOption = None, form: FormatOption = Form.TABLE
) -> None:
    """What changed from one commit to another, record by record."""
    with opened(context, workspace) as w:
        edits = w.history.diff(w.history.number(old), w.history.number(new))
    if form is Form.TABLE:
        result(_listed(edits))
    else:
        rows(form, [e.as_dict() for e in edits], ())
    note(f"{len(edits)} records differ")


def revert(
    context: typer.Context,
    commit: Annotated[int, typer.Argument(help="Number of the commit.", metavar="N")],
    agent: AgentOption = None,
    why: Annotated[str, typer.Option(help="What for; kept in the log.")] = "",
    workspace: WorkspaceOption = None,
) -> None:
    """Take a commit back by a new one: edits are undone, claims that it brought are retracted."""
    with opened(context, workspace) as w, told_if_refused(Form.TABLE):
        receipt = w.history.revert(commit, agent=w.agent(agent), why=why)
    result(f"took back {len(receipt.changed)} records of commit {commit}; commit {receipt.number}")


def backup(
    context: typer.Context,
    target: Annotated[Path, typer.Argument(help="A new or empty folder.", metavar="DIR")],
    workspace: WorkspaceOption = None,
) -> None:
    """Copy the workspace as of exactly one commit, also while it is written."""
    with opened(context, workspace) as w:
        made = w.backup(target)
    result(f"backed up commit {made.number} in {len(made.files)} files: {target}")


def restore(
    source: Annotated[Path, typer.Argument(help="A backup.", metavar="BACKUP")],
    target: Annotated[Path, typer.Argument(help="A new or empty folder.", metavar="DIR")],
) -> None:
    """Make a workspace of a backup."""
    with Workspace.restore(source, target) as w:
        result(f"restored commit {w.journal.last}: {target}")


def compact_store(context: typer.Context, workspace: WorkspaceOption = None) -> None:
    """Make the store's files small and queries fast."""
    with opened(context, workspace) as w:
        w.compact()
    note("compacted")


def check(
    context: typer.Context,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Make all that is derived again, too.")] = False,
    workspace: WorkspaceOption = None,
    form: FormatOption = Form.TABLE,
) -> None:
    """Hold the journal, the store and the texts against what was written."""
    with opened(context, workspace) as w:
        report = w.check(progress=lambda step: note(f"checking the {step}"))
        if rebuild and report.conforms:
            w.rebuild()
    findings(report, form)
    if form is Form.TABLE:
        result("whole" if report.conforms else f"{len(report.violations)} findings")
    raise typer.Exit(0 if report.conforms else 1)


def dump(
    context: typer.Context,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write to a file.")] = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Every record as sorted N-Quads, to be compared with diff, kept in git, or loaded again."""
    with opened(context, workspace) as w:
        save(w.dump(), output)


def load(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(help="JSON lines, or N-Quads as dump writes them.", metavar="FILE…")],
    agent: AgentOption = None,
    keep_review: Annotated[
        bool, typer.Option("--keep-review", help="Keep decisions, versions and places in history, as in a dump.")
    ] = False,
    batch: Annotated[int, typer.Option(help="How many records stand or fall together.", min=1)] = BATCH,
    workspace: WorkspaceOption = None,
    form: FormatOption = Form.TABLE,
) -> None:
    """Add many records as a stream; called again, it goes on where it stopped."""
    with opened(context, workspace) as w, progress() as bar:
        for path in files:
            task = bar.add_task(path.name, total=None)
            with told_if_refused(form, "; what was committed before this batch stays"):
                told = w.load(
                    path,
                    agent=agent,
                    keep_review=keep_review,
                    batch=batch,
                    progress=lambda done, task=task: bar.update(task, completed=done),  # type: ignore[misc]
                )
            if form is Form.TABLE:
                result(f"added {told.added}, changed {told.changed}, same {told.same}; commit {told.commit}")
            else:
                result(compact({"file": str(path), **told.as_dict()}))
        bar.add_task("conflicts, lists and search", total=None)
        w.ready()


def _listed(edits: list[Edit]) -> str:
    lines = []
    for edit in edits:
        lines.append(f"{edit.record} {edit.id} {edit.before or 'none'} -> {edit.after or 'none'}")
        for name, (gone, came) in edit.changes.items():
            lines.extend(f"  - {name} {value}" for value in gone)
            lines.extend(f"  + {name} {value}" for value in came)
    return "\n".join(lines)
