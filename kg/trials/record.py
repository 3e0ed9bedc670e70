"""One registry record, in either format, and the values that stand in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kg.document.read import canonical_json
from kg.errors import DataError
from kg.trials.table import FLAT, V2, Paths, Table
from kg.trials.values import read_date


@dataclass(frozen=True, slots=True)
class Entry:
    """A value of a record: its JSON Pointer and its text.

    A string is its own text; any other value's text is its canonical JSON, as anchors read it.
    ``size`` is how many entries a list has.
    """

    pointer: str
    text: str
    size: int = 1


@dataclass(frozen=True, slots=True)
class TrialRecord:
    """A record as it is frozen.

    :param number: the registry's number, such as ``NCT03280056``.
    :param updated: day of the last change, ISO 8601.
    :param text: its canonical JSON: the text of its snapshot.
    """

    number: str
    format: str
    updated: str
    data: Mapping[str, Any]
    text: str

    def groups(self, paths: Mapping[str, Paths]) -> Iterator[list[Entry]]:
        """The values at the paths of this record's format, a list a group of paths.

        A path that ends at a list gives the list's entries; blank values give nothing.
        """
        for group in paths.get(self.format, ()):
            yield [e for path in group for e in self._entries(path)]

    def entries(self, paths: Mapping[str, Paths]) -> list[Entry]:
        """The values at the paths of this record's format, in order."""
        return [e for group in self.groups(paths) for e in group]

    def lists(self, paths: Mapping[str, Paths]) -> list[Entry]:
        """The lists at the paths of this record's format, as wholes, with how many entries each has."""
        found = (_at(self.data, p.split("/")[1:], "") for group in paths.get(self.format, ()) for p in group)
        return [Entry(at, canonical_json(v), len(v)) for f in found for at, v in f if isinstance(v, list) and v]

    def _entries(self, path: str) -> Iterator[Entry]:
        for pointer, value in _at(self.data, path.split("/")[1:], ""):
            listed = enumerate(value) if isinstance(value, list) else [(None, value)]
            for i, item in listed:
                text = _text(item)
                if text.strip():
                    yield Entry(pointer if i is None else f"{pointer}/{i}", text)


class RecordError(DataError):
    """A record that cannot be imported.

    :param code: the class under which it is counted.
    """

    def __init__(self, code: str, message: str, *, number: str = "", hint: str = "") -> None:
        super().__init__(message, where=number, hint=hint)
        self.code = code


def read_record(data: object, table: Table) -> TrialRecord:
    """Tell the format of a record, and freeze it.

    :raises RecordError: if it is in neither format, or lacks its number or day of last change.
    """
    if not isinstance(data, dict):
        raise RecordError("record-format", "a trial record is a JSON object")
    kept = {k: v for k, v in data.items() if k not in table.leaves_out}
    for format in (FLAT, V2):
        record = TrialRecord("", format, "", kept, "")
        number = _first(record.entries(table.number_paths))
        if number is not None:
            break
    else:
        where = " or ".join(p for paths in table.number_paths.values() for p in paths[0])
        raise RecordError("record-format", f"no registry number at {where}", hint="Is this a record of the registry?")
    if not table.number_form.fullmatch(number):
        raise RecordError("record-number", f"{number[:40]!r} is no number of {table.publisher}", number=number[:40])
    day = _first(record.entries(table.updated_paths))
    updated = read_date(day) if day is not None else None
    if updated is None:
        raise RecordError("record-date", "the record does not tell the day of its last change", number=number)
    return TrialRecord(number, format, updated.iso, kept, canonical_json(kept))


def _first(entries: Sequence[Entry]) -> str | None:
    return entries[0].text if entries else None


def _at(value: Any, steps: list[str], pointer: str) -> Iterator[tuple[str, Any]]:
    if not steps:
        yield pointer, value
    elif steps[0] == "*":
        if isinstance(value, list):
            for i, item in enumerate(value):
                yield from _at(item, steps[1:], f"{pointer}/{i}")
    elif isinstance(value, dict) and steps[0] in value:
        yield from _at(value[steps[0]], steps[1:], f"{pointer}/{steps[0]}")


def _text(value: Any) -> str:
    if value is None or isinstance(value, dict | list):
        return ""
    return value if isinstance(value, str) else canonical_json(value)
