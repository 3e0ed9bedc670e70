"""Commands that write: init, ingest, add, review."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kg.cli.options import AgentOption, FormatOption, WorkspaceOption, opened, read_all
from kg.cli.output import Form, compact, findings, note, progress, result, rows, told_if_refused
from kg.errors import DataError, UsageError
from kg.profile import DEFAULT
from kg.schema.names import DEFAULT_BASE
from kg.trials.importer import import_trials
from kg.workspace import Workspace


def init(
    directory: Annotated[Path, typer.Argument(help="A new or empty folder.")],
    profile: Annotated[str, typer.Option(help="A shipped profile, or the folder of your own.")] = DEFAULT,
    base: Annotated[str, typer.Option(help="Namespace of the records' IRIs.")] = DEFAULT_BASE,
    name: Annotated[str | None, typer.Option(help="What people call it.")] = None,
) -> None:
    """Make a workspace."""
    Workspace.init(directory, profile=profile, base=base, name=name).close()
    note(f"made the workspace {directory}")


def ingest(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(help="Text or HTML files, UTF-8.", metavar="FILE…")],
    kind: Annotated[
        str | None, typer.Option("--as", help="Kind of source: web-page, news, article, …; or trials.")
    ] = None,
    url: Annotated[str | None, typer.Option(help="Where it was found; the same URL again is a newer snapshot.")] = None,
    source: Annotated[str | None, typer.Option(help="IRI of the registered source that it is a snapshot of.")] = None,
    workspace: WorkspaceOption = None,
    form: FormatOption = Form.TABLE,
) -> None:
    """Freeze documents as snapshots; with --as trials, import trial records and their facts."""
    if len(files) > 1 and (url or source):
        raise UsageError("--url and --source name one source", hint="Give one file with them.")
    if kind == "trials":
        _trials(context, files, workspace, form)
        return
    done, wrong = [], 0
    with opened(context, workspace) as w:
        for path in files:
            try:
                done.append({"file": str(path), **w.ingest(path, url=url, source=source, kind=kind).as_dict()})
            except DataError as e:
                wrong += 1
                note(str(e))
    rows(form, done, ("file", "source", "snapshot", "length", "new", "claims"))
    raise typer.Exit(1 if wrong else 0)


def _trials(context: typer.Context, files: list[Path], workspace: Path | None, form: Form) -> None:
    with opened(context, workspace) as w, progress() as bar:
        task = bar.add_task("trial records", total=None)
        reports = [import_trials(w, path, progress=lambda done: bar.update(task, completed=done)) for path in files]
    for report in reports:
        for error in report.errors:
            note(str(error))
        if form is Form.TABLE:
            result("\n".join(f"{k}: {compact(v)}" for k, v in report.as_dict().items()))
        else:
            result(compact(report.as_dict()))
    raise typer.Exit(0 if all(r.complete for r in reports) else 1)


def add(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(help="JSON lines or RDF.", metavar="FILE…")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Judge only; write nothing.")] = False,
    agent: AgentOption = None,
    why: Annotated[str, typer.Option(help="What for; kept in the log.")] = "add",
    keep_review: Annotated[
        bool, typer.Option("--keep-review", help="Keep the decisions that the records carry.")
    ] = False,
    workspace: WorkspaceOption = None,
    form: FormatOption = Form.TABLE,
) -> None:
    """Add sources, snapshots and claims: all of them, or none."""
    with opened(context, workspace) as w:
        batch = read_all(w, files)
        with told_if_refused(form):
            receipt = w.admit(batch, agent=agent, why=why, dry_run=dry_run, keep_review=keep_review)
        findings(receipt.report, Form.TABLE)
    told = {"commit": receipt.number, "dryRun": dry_run, "added": len(receipt.added)}
    told |= {"changed": len(receipt.changed), "same": len(receipt.same)}
    if form is Form.TABLE:
        verb = "would add" if dry_run else "added"
        result(f"{verb} {told['added']}, changed {told['changed']}, same {told['same']}; commit {told['commit']}")
    else:
        result(compact(told | {"ids": [*receipt.added, *receipt.changed]}))


def review(
    context: typer.Context,
    claims: Annotated[list[str], typer.Argument(help="Claims: IRIs, or the last part of them.", metavar="CLAIM…")],
    accept: Annotated[bool, typer.Option("--accept", help="The source says so at that anchor.")] = False,
    reject: Annotated[str | None, typer.Option(help="It does not; with the reason.", metavar="REASON")] = None,
    retract: Annotated[str | None, typer.Option(help="Take an accepted claim back.", metavar="REASON")] = None,
    comment: Annotated[str | None, typer.Option(help="What else to say.")] = None,
    agent: AgentOption = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Decide on proposed claims; nobody decides on their own."""
    chosen: list[tuple[str, str | None]] = [("accepted", None)] if accept else []
    chosen += [(w, r) for w, r in (("rejected", reject), ("retracted", retract)) if r]
    if len(chosen) != 1:
        raise UsageError("choose one of --accept, --reject REASON, --retract REASON")
    if agent is None:
        raise UsageError("a decision needs a name", hint="Say who decides with --as.")
    status, reason = chosen[0]
    with opened(context, workspace) as w, told_if_refused(Form.TABLE):
        receipt = w.review(claims, status, by=agent, reason=reason, comment=comment)
    result(f"{status} {len(receipt.changed)}, unchanged {len(receipt.same)}; commit {receipt.number}")
