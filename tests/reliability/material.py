"""What the harness writes into workspaces: a text of our own, and claims that its words make."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import kg
from kg.document.anchor import Anchor
from kg.model.digest import digest, short_hash
from kg.model.iris import Iris
from kg.schema.names import DEFAULT_BASE

Record = dict[str, Any]
IRIS = Iris(DEFAULT_BASE)

TEXT = """The Lantern Quarterly: notes from a lighthouse clinic

Stem cells from the cord may slow ALS, says the keeper. His sister says flatly that they do not slow it.
The cells calm microglia in a dish on the kitchen table. They are given into a vein, twice, a tide apart.
Nobody who came over the causeway was cured. Thirty-one islanders joined the winter study and twelve had placebo.
A headache was the worst that befell them. The price is forty herrings, or a winter's oil for the lamp \U0001f56f.
"""
WORDS = (
    "Stem cells from the cord may slow ALS",
    "they do not slow it",
    "The cells calm microglia in a dish",
    "Nobody who came over the causeway was cured",
    "A headache was the worst that befell them",
)
MSC, ALS = "CL:0000134", "MONDO:0004976"
STATEMENTS: tuple[Record, ...] = (
    {"subject": MSC, "relation": "stemma:slows", "object": ALS},
    {"subject": MSC, "relation": "stemma:treats", "object": ALS},
    {"subject": "CL:0000034", "relation": "stemma:slows", "object": ALS},
    {"subject": MSC, "relation": "stemma:cures", "object": ALS},
)
CELLS = (34, 37, 47, 48, 57, 62, 84, 100, 115, 125, 126, 127, 128, 129, 134, 136, 138, 187, 233, 235)
PLACES = (948, 955, 956, 966, 970, 995, 1013, 1017, 1134, 1264, 1359, 1384)
PROPOSER, REVIEWER = "agent:pass-1", "agent:pass-2"


def source_of(text: str) -> str:
    """The IRI of the source that ingest makes of a text."""
    return IRIS.of("source", short_hash(digest(text), 16))


def claim(id: str, said: str, number: int = 0, text: str = TEXT, words: str | None = None, **more: Any) -> Record:
    """A valid record.

    :param said: its paraphrase.
    :param number: which words and statement it takes, and whether it denies.
    """
    chosen = WORDS[number % len(WORDS)] if words is None else words
    start = text.index(chosen)
    anchor = Anchor.make(IRIS.snapshot(digest(text)), text, start, start + len(chosen))
    return {
        "id": id,
        "category": "efficacy",
        "paraphrase": said,
        "polarity": "negated" if number % 3 == 1 else "affirmed",
        "certainty": "hedged",
        "statement": STATEMENTS[number % len(STATEMENTS)],
        "source": {"id": source_of(text)},
        "anchor": {
            "snapshot": digest(text),
            "start": start,
            "end": start + len(chosen),
            "exact": anchor.exact,
            "before": anchor.before,
            "after": anchor.after,
        },
        "provenance": {"agent": PROPOSER, "at": "2026-01-31T12:00:00Z"},
        **more,
    }


def quiet(number: int) -> Record:
    """What makes a claim one of many that clash with few others."""
    cell, place = CELLS[number % len(CELLS)], PLACES[number // len(CELLS) % len(PLACES)]
    statement = {"subject": f"CL:{cell:07}", "relation": "stemma:derivedFrom", "object": f"UBERON:{place:07}"}
    return {"category": "cell_source", "polarity": "affirmed", "statement": statement}


def make(path: Path, claims: int = 0, profile: str = "cell-therapy") -> kg.Workspace:
    """A new workspace that holds the text, and so many claims."""
    workspace = kg.init(path, profile=profile)
    file = path.parent / f"{path.name}-lantern.txt"
    file.write_bytes(TEXT.encode("utf-8"))
    workspace.ingest(file)
    if claims:
        workspace.add([claim(f"first-{i}", f"Said first, {i}.", i) for i in range(claims)])
    return workspace
