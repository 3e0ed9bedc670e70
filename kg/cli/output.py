"""What commands print: results on stdout, everything else on stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from kg.errors import Refused, UsageError
from kg.report import Report


class Form(StrEnum):
    """How a command prints its result."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"


def note(text: str) -> None:
    """Tell the person something; programs do not read it."""
    print(text, file=sys.stderr)


def result(text: str) -> None:
    """Print a result, ending its last line."""
    sys.stdout.write(text if text.endswith("\n") or not text else text + "\n")


def rows(form: Form, records: Iterable[dict[str, Any]], columns: Sequence[str]) -> None:
    """Print records as a table, one JSON array, or one JSON object a line."""
    match form:
        case Form.TABLE:
            table(columns, [[str(r.get(c, "")) for c in columns] for r in records])
        case Form.JSON:
            result(compact(list(records), indent=2))
        case Form.JSONL:
            for r in records:
                result(compact(r))


def table(columns: Sequence[str], lines: Iterable[Sequence[str]]) -> None:
    """Print a table: ruled on a terminal, tab-separated into a pipe."""
    if not sys.stdout.isatty():
        result("\t".join(columns))
        for line in lines:
            result("\t".join(cell.replace("\t", " ").replace("\n", " ") for cell in line))
        return
    drawn = Table(*columns)
    for line in lines:
        drawn.add_row(*(cell.replace("[", r"\[") for cell in line))
    Console().print(drawn)


def compact(value: object, indent: int | None = None) -> str:
    """A value as JSON, letters as they are."""
    return json.dumps(value, ensure_ascii=False, indent=indent)


def findings(report: Report, form: Form) -> None:
    """Print a report: for people on stderr, for programs on stdout."""
    if form is Form.TABLE:
        for finding in report.findings:
            note(str(finding))
        return
    listed = [f.as_dict() for f in report.findings]
    if form is Form.JSON:
        result(compact({"conforms": report.conforms, "findings": listed}, indent=2))
    else:
        rows(form, listed, ())


@contextmanager
def told_if_refused(form: Form, after: str = "") -> Iterator[None]:
    """End the command with 1 and every finding, if what is done within is refused.

    :param after: what to say behind it.
    """
    try:
        yield
    except Refused as e:
        findings(e.report, form)
        note(f"{e}{after}")
        raise typer.Exit(1) from None


def save(pieces: Iterable[str], path: Path | None) -> None:
    """Write a result to a file, or to stdout if there is none.

    :raises UsageError: if it cannot be written.
    """
    if path is None:
        sys.stdout.writelines(pieces)
        return
    try:
        with path.open("w", encoding="utf-8") as file:
            file.writelines(pieces)
    except OSError as e:
        raise UsageError(f"the file cannot be written: {e.strerror}", where=str(path)) from None
    note(f"wrote {path}")


def progress() -> Progress:
    """A progress bar on stderr; silent where stderr is no terminal."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        disable=not sys.stderr.isatty(),
    )
