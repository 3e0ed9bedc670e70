"""Synthetic claims: real terms, popular ones more often, no text."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import islice
from typing import Any

from kg.admit import Admission
from kg.errors import DataError
from kg.model.digest import digest
from kg.model.values import canonical
from kg.schema.names import STEMMA, XSD
from kg.store.commit import utc_now
from kg.store.journal import Entry, Touched
from kg.workspace import Workspace

_BATCH = 1000
_LENGTH = 10_000_000
SOURCES = 200
_ONE = canonical("1", XSD + "integer")


def claims(workspace: Workspace, seed: int = 7) -> Iterator[dict[str, Any]]:
    """Claim records without end, the same for the same seed and profile.

    Subjects are cell types, objects diseases, outcomes and processes, relations those of efficacy
    and mechanism; one in twelve is negated.
    """
    rng = random.Random(seed)
    vocabulary = workspace.profile.vocabulary

    def terms(name: str) -> list[str]:
        found = [t for t in vocabulary.members(STEMMA + name) if t.notation and not t.deprecated]
        return [str(t.notation) for t in found]

    relations = [
        str(workspace.profile.prefixes.compress(t.iri))
        for t in vocabulary.members(STEMMA + "Relation")
        if STEMMA + "QuantityRelation" not in t.classes
    ]
    subjects, routes = terms("CellType"), terms("Route")
    objects = [*terms("Disease"), *terms("Outcome"), *terms("Process")]
    rng.shuffle(objects)
    for number in range(10**9):
        subject, object_ = _popular(rng, subjects), _popular(rng, objects)
        start = rng.randrange(_LENGTH - 200)
        record: dict[str, Any] = {
            "category": rng.choice(["efficacy", "mechanism", "safety"]),
            "paraphrase": f"Synthetic claim {seed}-{number}.",
            "polarity": "negated" if rng.random() < 1 / 12 else "affirmed",
            "certainty": rng.choice(["asserted", "hedged", "speculative"]),
            "statement": {
                "subject": subject,
                "relation": _popular(rng, relations),
                "object": object_,
                "qualifiers": {"route": [rng.choice(routes)]} if rng.random() < 0.5 else {},
            },
            "source": {"id": workspace.iris.of("source", f"synthetic-{number % SOURCES}")},
            "anchor": {
                "snapshot": text_of(number),
                "start": start,
                "end": start + 80,
                "exact": digest(f"{seed}-{number}"),
            },
            "provenance": {"agent": "bench", "at": "2026-01-01T00:00:00Z"},
        }
        yield record


def text_of(number: int) -> str:
    """The digest of the text that a claim stands in; nobody holds it."""
    return digest(f"the text of source {number % SOURCES}, which nobody holds")


def fill(workspace: Workspace, count: int) -> Workspace:
    """Put synthetic claims into an empty workspace, by its journal, and open it anew.

    They are encoded and journalled as commits of a thousand, then replayed as after a crash: the
    gate is not asked, so that 100,000 take minutes and not half an hour.
    """
    workspace.add(sources(workspace))
    made = claims(workspace)
    admission = Admission(workspace.profile, workspace.iris)
    number = workspace.journal.last
    while count > 0 and (batch := list(islice(made, min(_BATCH, count)))):
        number += 1
        read = admission.json((str(i), r) for i, r in enumerate(batch))
        if read.findings:
            raise DataError(f"a synthetic claim is no record: {read.findings[0]}")
        nodes = [c.node for c in admission.changes(read.nodes, None, utc_now(), keep_review=False)]
        versioned = [n.with_values(Claim_version=[_ONE]) if n.shape.record == "claim" else n for n in nodes]
        lines = tuple(sorted({line for n in versioned for line in n.lines()}))
        touched = tuple(Touched(n.id, "claim", 0, 1) for n in nodes if n.shape.record == "claim")
        workspace.journal.append(Entry(number, utc_now(), workspace.agent("bench"), "synthetic", touched, (), lines))
        count -= len(batch)
    path = workspace.path
    workspace.close()
    return Workspace(path)


def sources(workspace: Workspace) -> list[dict[str, Any]]:
    """The sources of synthetic claims, and their snapshots."""
    ids = [workspace.iris.of("source", f"synthetic-{n}") for n in range(SOURCES)]
    sources = [{"type": "source", "id": i, "kind": "web-page", "title": f"Synthetic {n}"} for n, i in enumerate(ids)]
    texts = [{"type": "snapshot", "id": text_of(n), "source": [i], "length": _LENGTH} for n, i in enumerate(ids)]
    return [*sources, *texts]


def _popular(rng: random.Random, items: list[str]) -> str:
    """One of them, the first ones far more often (Zipf with exponent 1)."""
    return items[min(len(items) - 1, int(len(items) ** rng.random()) - 1)]
