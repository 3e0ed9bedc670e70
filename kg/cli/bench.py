"""``stemma bench``: figures that anyone can measure again."""

from __future__ import annotations

from typing import Annotated

import typer

from kg.bench.conflicts import upkeep
from kg.cli.options import FormatOption
from kg.cli.output import Form, note, rows
from kg.errors import UsageError


def bench(
    what: Annotated[str, typer.Argument(help="conflicts: adding one claim, at two sizes.")] = "conflicts",
    small: Annotated[int, typer.Option(min=100, help="Claims in the small workspace.")] = 1000,
    large: Annotated[int, typer.Option(min=100, help="Claims in the large workspace.")] = 100_000,
    form: FormatOption = Form.TABLE,
) -> None:
    """Measure, and print medians and ratios of one run."""
    if what != "conflicts":
        raise UsageError("there is no such benchmark", where=what, hint="Known: conflicts.")
    measured = list(upkeep((small, large), note))
    rows(form, measured, tuple(measured[0]))
