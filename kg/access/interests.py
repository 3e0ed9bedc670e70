"""Statements of interests: what a person must have said before they decide on claims."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from kg.errors import UsageError
from kg.model.iris import Iris
from kg.model.node import Node
from kg.model.orcid import PERSONS, is_person
from kg.schema.names import STEMMA

RECORD = "interests"
"""The record's word."""


def person_iri(text: str) -> str:
    """The IRI of a person, from an ORCID iD as people write it.

    :raises UsageError: if it is none.

    >>> person_iri("0000-0002-1825-0097")
    'https://orcid.org/0000-0002-1825-0097'
    """
    iri = PERSONS + text.removeprefix("orcid:").removeprefix(PERSONS)
    if not is_person(iri):
        raise UsageError("this is no ORCID iD", where=text, hint="It reads like 0000-0002-1825-0097.")
    return iri


def statement(
    iris: Iris, person: str, interests: Sequence[str], before: Node | None, day: date | None = None
) -> dict[str, Any]:
    """A person's statement as a record for ``add``.

    :param person: IRI of an ORCID iD.
    :param interests: in their words; none says that there are none.
    :param before: the statement that they made earlier, if any; it is replaced.
    :param day: when they said so; ``None`` for today, in UTC.
    """
    record: dict[str, Any] = {"type": RECORD, "id": iris.interests(person), "person": person}
    record["declared"] = (day or datetime.now(UTC).date()).isoformat()
    record |= {"interests": list(interests)} if interests else {"none": True}
    version = before.one(STEMMA + "version") if before is not None else None
    return record | ({"version": int(version)} if version else {})
