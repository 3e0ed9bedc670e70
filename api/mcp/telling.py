"""Records as a model is told them: short, and never without who says so, how surely, and who looked at it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from api.pages.telling import quantity_text
from kg.schema.names import DEFAULT_BASE

Json = dict[str, Any]

CLAIM = re.compile(r"https?://[^\s?#]+/claim/[^\s/?#]+")
"""The IRI of a claim."""

SOFTWARE = DEFAULT_BASE + "agent/"
"""What the IRIs of software begin with."""

MOST = 8
"""How many of a long list are told; how many are left out stands beside it."""


def mark(record: Mapping[str, Any]) -> Json:
    """A claim in brief: what nobody may leave out who repeats it."""
    return {
        "id": record["id"],
        "paraphrase": record["paraphrase"],
        "polarity": record["polarity"],
        "certainty": record["certainty"],
        "category": record["category"],
        "statement": sentence(record["statement"]),
        "verification": record["anchor"]["verification"],
        "review": review(record),
        "source": record["source"],
    }


def whole(record: Mapping[str, Any]) -> Json:
    """A claim with all that its record holds; of its anchor the place and digests, for there is no text."""
    told = mark(record)
    told["qualifiers"] = {name: _labels(value) for name, value in record["statement"].get("qualifiers", {}).items()}
    rest = ("attributedTo", "notes", "restsOn", "evidence", "links", "mentions", "anchor", "provenance", "version")
    told |= {name: record[name] for name in rest if name in record}
    told["statementId"] = record["statement"]["id"]
    return {name: value for name, value in told.items() if value not in ({}, [])}


def sentence(statement: Mapping[str, Any]) -> str:
    """A statement in one line, without its qualifiers."""
    end = statement.get("object")
    told = _label(end) if end else quantity_text(statement["quantity"]) if "quantity" in statement else ""
    return f"{_label(statement['subject'])} {_label(statement['relation'])} {told}".strip()


def review(record: Mapping[str, Any]) -> Json:
    """How far a claim was reviewed, in words that cannot be misread."""
    found: Json = dict(record.get("review", {}))
    by = [str(agent) for agent in found.get("by", ())]
    if found.get("status") == "accepted" and by and all(agent.startswith(SOFTWARE) for agent in by):
        found["note"] = "accepted by software only; no person has looked at it"
    elif found.get("status") == "proposed":
        found["note"] = "proposed; nobody but its maker has looked at it"
    elif found.get("status") not in ("accepted", None):
        found["note"] = f"{found['status']}: do not use it as a claim that stands"
    return found


def named(value: Any) -> Iterator[str]:
    """The claims that an answer names, in the order in which they stand in it."""
    if isinstance(value, str):
        if CLAIM.fullmatch(value):
            yield value
    elif isinstance(value, Mapping):
        for held in value.values():
            yield from named(held)
    elif isinstance(value, list | tuple):
        for held in value:
            yield from named(held)


def shortened(value: Any, most: int = MOST) -> Any:
    """The same with long lists cut; beside each stands how many are left out."""
    if isinstance(value, Mapping):
        told: Json = {}
        for name, held in value.items():
            told[name] = shortened(held, most)
            if isinstance(held, list) and len(held) > most:
                told[f"{name}LeftOut"] = len(held) - most
        return told
    if isinstance(value, list):
        return [shortened(held, most) for held in value[:most]]
    return value


def _labels(value: Any) -> Any:
    return [_label(v) for v in value] if isinstance(value, list) else _label(value)


def _label(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    label, curie = value.get("label"), value.get("curie")
    return f"{label} ({curie})" if label and curie else label or curie or value.get("id", "")
