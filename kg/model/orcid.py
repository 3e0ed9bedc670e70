"""ORCID iDs: what names a person here."""

from __future__ import annotations

import re

PERSONS = "https://orcid.org/"
"""Namespace of ORCID iDs; an agent below it is a person."""

_FORM = re.compile(r"[0-9]{4}-[0-9]{4}-[0-9]{4}-[0-9]{3}[0-9X]")


def is_person(agent: str | None) -> bool:
    """Whether an agent's IRI is that of a person: an ORCID iD whose check digit fits.

    >>> is_person("https://orcid.org/0000-0002-1825-0097"), is_person("https://w3id.org/stemma/agent/pass-1")
    (True, False)
    """
    digits = (agent or "").removeprefix(PERSONS)
    return agent is not None and agent.startswith(PERSONS) and _FORM.fullmatch(digits) is not None and is_orcid(agent)


def is_orcid(iri: str) -> bool:
    """Whether the check digit of an ORCID iD fits (ISO/IEC 7064 MOD 11-2).

    >>> is_orcid("https://orcid.org/0000-0002-1825-0097"), is_orcid("https://orcid.org/0000-0002-1825-0098")
    (True, False)
    """
    digits = iri.removeprefix(PERSONS).replace("-", "")
    total = 0
    for c in digits[:-1]:
        if not c.isdecimal():
            return False
        total = (total + int(c)) * 2
    rest = (12 - total % 11) % 11
    return digits[-1:] == ("X" if rest == 10 else str(rest))
