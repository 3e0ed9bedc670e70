"""``stemma bench``: figures that anyone can measure again, each beside what it is compared with."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any

import typer

from kg.bench.conflicts import upkeep
from kg.bench.reading import reading
from kg.bench.validating import validating
from kg.bench.writing import loading, writing
from kg.cli.options import FormatOption
from kg.cli.output import Form, note, rows
from kg.errors import UsageError

Tell = Callable[[str], None]
Rows = Iterator[dict[str, Any]]


def _each(measure: Callable[[int, Tell], Rows]) -> Callable[[tuple[int, ...], Tell], Rows]:
    def every(sizes: tuple[int, ...], tell: Tell) -> Rows:
        for size in sizes:
            yield from measure(size, tell)

    return every


BENCHES: Mapping[str, tuple[str, Callable[[tuple[int, ...], Tell], Rows]]] = {
    "writing": ("gate and durable commit of one claim, and many writers", writing),
    "loading": ("a load with the whole gate beside bare bulk_load", _each(loading)),
    "validating": ("judging all that is stored, beside shacl-rust and pySHACL", _each(validating)),
    "reading": ("lists, facets, roll-ups, conflicts and text beside SPARQL", _each(reading)),
    "conflicts": ("keeping conflicts in step", upkeep),
}


def bench(
    what: Annotated[
        list[str] | None,
        typer.Argument(help="; ".join(f"{name}: {about}" for name, (about, _) in BENCHES.items()), metavar="[WHAT…]"),
    ] = None,
    size: Annotated[
        list[int] | None, typer.Option("--size", min=100, help="Claims in the workspace; several times for more sizes.")
    ] = None,
    form: FormatOption = Form.TABLE,
) -> None:
    """Measure, and print medians and ratios of one run."""
    chosen, sizes = what or list(BENCHES), tuple(size or (1_000, 10_000))
    for name in chosen:
        if name not in BENCHES:
            raise UsageError("there is no such benchmark", where=name, hint=f"Known: {', '.join(BENCHES)}.")
    for name in chosen:
        about, measure = BENCHES[name]
        note(f"{name}: {about}")
        measured = measure(sizes, note)
        if form is Form.TABLE:
            for row in measured:  # each as soon as it is there: the whole takes long
                rows(form, [{"figure": k, "value": v} for k, v in row.items()], ("figure", "value"))
        else:
            rows(form, ({"bench": name, **row} for row in measured), ())
