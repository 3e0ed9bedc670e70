"""One small workspace: two invented texts, one invented record, seven claims."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import kg

LEAFLET = (
    "Harbour Leaflet, spring issue\n\n"
    "At the quay house they hope that mesenchymal cells slow ALS a little.\n"
    "Nobody on the pier lost sleep over it: no harm came of the needle.\n"
    "The big study down the coast took 189 sailors.\n"
)
GAZETTE = (
    "Lantern Gazette no. 7\n\n"
    "We read the leaflet. It says the cells slow ALS; perhaps so.\n"
    "Our own reading is plain: the cells did not slow ALS at all. 🧪 That is that.\n"
)
RECORD = json.dumps({"Count": ["196"], "Name": "Coast study"}, separators=(",", ":"))

MSC, ALS, TRIAL = "CL:0000134", "MONDO:0004976", "clinicaltrials:NCT03280056"
SLOWS_ALS = {"subject": MSC, "relation": "stemma:slows", "object": ALS}


def sha(text: str) -> str:
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def anchor(text: str, words: str) -> dict[str, Any]:
    start = text.index(words)
    end = start + len(words)
    before, after = text[max(0, start - 32) : start], text[end : end + 32]
    return {
        "snapshot": sha(text),
        "start": start,
        "end": end,
        "exact": sha(words),
        "before": sha(before),
        "after": sha(after),
    }


def claim(id: str, paraphrase: str, statement: dict[str, Any], anchor: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "id": id,
        "category": "efficacy",
        "paraphrase": paraphrase,
        "polarity": "affirmed",
        "certainty": "asserted",
        "statement": statement,
        "anchor": anchor,
        "provenance": {"agent": "agent:pass-1", "at": "2026-02-01T10:00:00Z"},
        "review": {"status": "proposed"},
        **more,
    }


def make_records() -> list[dict[str, Any]]:
    base = "https://w3id.org/stemma/claim/"
    accepted = {"status": "accepted", "by": ["agent:pass-2"], "at": "2026-02-02T10:00:00Z"}
    rejected = {**accepted, "status": "rejected", "reason": "wrong-span"}
    leaflet, gazette, registry = (
        {"id": f"https://w3id.org/stemma/source/{n}"} for n in ("leaflet", "gazette", "coast")
    )
    enrolment = {"subject": TRIAL, "relation": "stemma:hasEnrolment"}
    start = LEAFLET.index("mesenchymal cells")
    return [
        {
            "type": "source",
            "id": leaflet["id"],
            "kind": "web-page",
            "title": "=Harbour <Leaflet> & more",
            "interests": ["sells boats", "sells nets"],
            "published": "2025-04",
            "publisher": "The quay house",
        },
        {"type": "source", "id": gazette["id"], "kind": "news", "title": "Lantern Gazette", "published": "2025-05-01"},
        {"type": "source", "id": registry["id"], "kind": "trial-record", "title": "Coast study", "about": TRIAL},
        {"type": "snapshot", "id": sha(LEAFLET), "source": [leaflet["id"]], "length": len(LEAFLET)},
        {"type": "snapshot", "id": sha(GAZETTE), "source": [gazette["id"]], "length": len(GAZETTE)},
        {"type": "snapshot", "id": sha(RECORD), "source": [registry["id"]], "length": len(RECORD)},
        claim(
            "a-hope",
            "Giving the cells is hoped to slow the disease.",
            {**SLOWS_ALS, "qualifiers": {"route": ["NCIT:C38267"], "followUp": "P3M"}},
            anchor(LEAFLET, "mesenchymal cells slow ALS a little"),
            certainty="speculative",
            source=leaflet,
            review=accepted,
            mentions=[{"curie": MSC, "start": start, "end": start + len("mesenchymal cells")}],
            notes=["“Hope” is the leaflet’s own word; A < B & C."],
        ),
        claim(
            "b-repeat",
            "The cells are said to slow the disease.",
            SLOWS_ALS,
            anchor(GAZETTE, "the cells slow ALS; perhaps so"),
            certainty="hedged",
            source=gazette,
            links=[{"type": "repeats", "to": base + "a-hope"}, {"type": "reports-on", "to": TRIAL}],
            restsOn=[{"id": base + "a-hope", "assertedBy": "source"}],
        ),
        claim(
            "c-denial",
            "The cells do not slow the disease.",
            SLOWS_ALS,
            anchor(GAZETTE, "the cells did not slow ALS at all. 🧪"),
            polarity="negated",
            source=gazette,
            review=accepted,
            links=[{"type": "contradicts", "to": base + "a-hope"}],
            restsOn=[{"id": TRIAL, "assertedBy": "curator", "because": "it is the only one named"}],
        ),
        claim(
            "d-size",
            "The trial enrolled 189 people.",
            {**enrolment, "quantity": {"low": "189", "high": "189", "unit": "{person}"}},
            anchor(LEAFLET, "took 189 sailors"),
            category="trial_design",
            source=leaflet,
        ),
        claim(
            "e-record",
            "The record gives about 196 people.",
            {**enrolment, "quantity": {"low": "196", "unit": "{person}", "approximate": True}},
            {"snapshot": sha(RECORD), "pointer": "/Count/0", "exact": sha("196")},
            category="trial_design",
            source=registry,
        ),
        claim(
            "f-cited",
            "The cells slow the disease, a paper says.",
            SLOWS_ALS,
            {"cites": "https://doi.org/10.1000/harbour"},
            source=gazette,
        ),
        claim(
            "g-refused",
            "The needle does no harm.",
            {"subject": MSC, "relation": "stemma:cures", "object": ALS},
            anchor(LEAFLET, "no harm came of the needle"),
            source=leaflet,
            review=rejected,
        ),
    ]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[kg.Workspace]:
    folder = tmp_path_factory.mktemp("export")
    with kg.init(folder / "w") as w:
        w.add(make_records(), keep_review=True)
        for name, text in (("leaflet", LEAFLET), ("record", RECORD)):  # the gazette's text is not held
            (folder / f"{name}.txt").write_text(text, encoding="utf-8")
            w.ingest(folder / f"{name}.txt")
        yield w


@pytest.fixture
def records() -> list[dict[str, Any]]:
    return make_records()


@pytest.fixture
def texts() -> dict[str, str]:
    return {"leaflet": LEAFLET, "gazette": GAZETTE}


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[kg.Workspace]:
    with kg.init(tmp_path / "empty") as w:
        yield w
