"""CSV: one row a claim, entity or source, for spreadsheets and data frames."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import Any

from kg.export.base import Exportable
from kg.export.lines import rows
from kg.schema.shapes import Field, Kind, Shape


def table(workspace: Exportable, view: str, status: str | None) -> str:
    """The rows of a view as CSV (RFC 4180) with a header; its columns come from the shapes."""
    listed = list(rows(workspace, view, status))
    shapes = workspace.profile.shapes
    if view == "entities":
        header: Sequence[str] = list(listed[0]) if listed else ["id"]
    elif view == "sources":
        listed = [r for r in listed if r.get("type") == shapes["source"].record]
        header = ["id", *_columns(shapes["source"], shapes)]
    else:
        header = ["id", *_columns(shapes["claim"], shapes)]
    out = io.StringIO()
    writer = csv.DictWriter(out, header, extrasaction="ignore", restval="")
    writer.writeheader()
    writer.writerows(dict(_cells(r, header)) for r in listed)
    return out.getvalue()


def _columns(shape: Shape, shapes: Mapping[str, Shape]) -> Iterable[str]:
    """A column a field and one more for a term's label, in the shape's order; then what is computed."""
    found = [c for f in shape.fields for c in _of_field(f, shapes)]
    return dict.fromkeys([*found, *(".".join(key) for key in sorted(shape.computed))])


def _of_field(field: Field, shapes: Mapping[str, Shape]) -> Iterator[str]:
    name = ".".join(field.key)
    if field.kind is Kind.STATEMENT:
        yield f"{name}.id"
        yield from (f"{name}.{column}" for column in _columns(shapes["statement"], shapes))
    elif field.kind is Kind.SOURCE:
        yield f"{name}.id"
    else:
        yield name
        if field.kind is Kind.TERM:
            yield f"{name}.label"


def _cells(value: Any, header: Container[str], name: str = "") -> Iterator[tuple[str, str]]:
    """The cells of a JSON value, named by their dotted keys; what has no column of its own is JSON."""
    if isinstance(value, dict) and name in header and "id" in value:
        yield name, _text(value.get("curie", value["id"]))
        yield f"{name}.label", _text(value.get("label"))
    elif isinstance(value, dict) and name not in header:
        for key, inner in value.items():
            yield from _cells(inner, header, f"{name}.{key}" if name else key)
    elif isinstance(value, list) and f"{name}.label" in header:
        yield name, _text("; ".join(v.get("curie", v["id"]) for v in value))
        yield f"{name}.label", _text("; ".join(v.get("label", "") for v in value))
    elif isinstance(value, list) and not any(isinstance(v, dict) for v in value):
        yield name, _text("; ".join(map(str, value)))
    else:
        scalar = value is None or isinstance(value, str | int)
        yield name, _text(value if scalar else json.dumps(value, ensure_ascii=False))


def _text(value: str | int | bool | None) -> str:
    """A cell that no spreadsheet takes for a formula: text that begins like one gets a quote before it."""
    if isinstance(value, bool):
        return str(value).lower()
    text = "" if value is None else str(value)
    formula = text.startswith(("=", "@", "\t", "\r")) or (text[:1] in ("+", "-") and not _is_number(text))
    return f"'{text}" if formula else text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
