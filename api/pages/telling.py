"""Statements as sentences: subject, relation, object or quantity, and the qualifiers by their labels."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kg.profile import Profile
from kg.schema.names import STEMMA, XSD
from kg.schema.shapes import Field, Shape

_ENDS = tuple(STEMMA + name for name in ("relation", "subject", "object", "of"))
_DURATION = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T.*)?")
_TIMES = ("year", "month", "week", "day")
# The print symbols of UCUM that a reader would not know; annotations in braces are told as they are.
_UNITS = {"a": "years", "mo": "months", "wk": "weeks", "d": "days", "h": "hours", "1": ""}


@dataclass(frozen=True, slots=True)
class Sentence:
    """A statement for reading.

    :param quantity: what stands for the object where there is none.
    :param qualifiers: label, and the values: terms as mappings, or text.
    """

    subject: Mapping[str, Any]
    relation: Mapping[str, Any]
    object: Mapping[str, Any] | None
    quantity: str | None
    of: Mapping[str, Any] | None
    qualifiers: tuple[tuple[str, tuple[Any, ...]], ...]


@dataclass(frozen=True)
class Teller:
    """Tells records in words, by the labels of one profile."""

    profile: Profile

    def sentence(self, statement: Mapping[str, Any]) -> Sentence:
        """The statement of a claim's record for reading."""
        quantity = statement.get("quantity")
        return Sentence(
            subject=statement["subject"],
            relation=statement["relation"],
            object=statement.get("object"),
            quantity=quantity_text(quantity) if quantity else None,
            of=quantity.get("of") if quantity else None,
            qualifiers=tuple(self._qualifiers(statement)),
        )

    def short(self, statement: Mapping[str, Any]) -> str:
        """Subject, relation and object or quantity in one line of text."""
        told = self.sentence(statement)
        end = told.object["label"] if told.object else told.quantity
        return f"{told.subject['label']} {told.relation['label']} {end or ''}".strip()

    def label(self, path: str) -> str:
        """The label of a property by its IRI, or by the name of one of ours."""
        return self.profile.vocabulary.label(path if ":" in path else STEMMA + path)

    def definition(self, iri: str) -> str:
        """The definition of a term; empty if there is none."""
        term = self.profile.vocabulary.get(iri if ":" in iri else STEMMA + iri)
        return term.definition if term else ""

    def fields(self, record: str) -> tuple[Field, ...]:
        """The fields of a kind of record, in the shapes' order."""
        shape: Shape = self.profile.shapes[record]
        return shape.fields

    def _qualifiers(self, statement: Mapping[str, Any]) -> list[tuple[str, tuple[Any, ...]]]:
        found = []
        for f in self.fields("statement"):
            if f.path in _ENDS or f.key[0] == "quantity":
                continue
            value = value_at(statement, f.key)
            if value is not None:
                values = value if isinstance(value, list) else [value]
                told = (duration(v) if f.datatype == XSD + "duration" else v for v in values)
                found.append((self.label(f.path), tuple(told)))
        return found


def value_at(record: Mapping[str, Any], key: tuple[str, ...]) -> Any:
    """The value at a key of a record, or ``None``."""
    here: Any = record
    for step in key:
        here = here.get(step) if isinstance(here, Mapping) else None
    return here


def quantity_text(quantity: Mapping[str, Any]) -> str:
    """A quantity for reading.

    >>> quantity_text({"low": "2", "high": "5", "approximate": True, "unit": "a"})
    'about 2 to 5 years'
    """
    low, high = quantity.get("low"), quantity.get("high")
    if low is not None and low == high:
        number = str(low)
    elif low is not None and high is not None:
        open_low = "" if quantity.get("lowInclusive", True) else "more than "
        open_high = "" if quantity.get("highInclusive", True) else "less than "
        number = f"{open_low}{low} to {open_high}{high}"
    elif low is not None:
        number = f"{'at least' if quantity.get('lowInclusive', True) else 'more than'} {low}"
    else:
        number = f"{'at most' if quantity.get('highInclusive', True) else 'less than'} {high}"
    unit = str(quantity.get("unit", ""))
    told = _UNITS.get(unit, unit.strip("{}"))
    about = "about " if quantity.get("approximate") else ""
    return f"{about}{number}{'' if told == '%' else ' '}{told}".strip()


def duration(text: str) -> str:
    """An ISO 8601 duration of whole years, months, weeks and days in words; any other as it is.

    >>> duration("P1Y6M"), duration("PT2H")
    ('1 year 6 months', 'PT2H')
    """
    found = _DURATION.fullmatch(text)
    if not found or "T" in text or not any(found.groups()):
        return text
    parts = zip(found.groups(), _TIMES, strict=True)
    return " ".join(f"{n} {unit}{'' if n == '1' else 's'}" for n, unit in parts if n)
