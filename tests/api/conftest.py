"""One workspace of an invented page and its eight claims, and the service over it on a free port."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

import kg
from api.command import start

TEXT = (
    "The Pebble Courier, autumn\n\n"
    "Dr Quill thinks marrow cells could ease the slide of ALS 🐚 somewhat.\n"
    "Her rival Mr Oat says flatly that they do no such thing.\n"
    "Forty-one islanders joined the ferry study. Nobody fell ill from it.\n"
    "Such cells come out of fat as well. One day they may end ALS, she dreams.\n"
    "Our shop sells the cells by post!\n"
)
NOTE = "Harbour note\nThe ferry study is under way.\n"

MSC, ALS, TRIAL = "CL:0000134", "MONDO:0004976", "clinicaltrials:NCT03280056"
COURIER, NOTICE = "https://w3id.org/stemma/source/courier", "https://w3id.org/stemma/source/notice"
SCRIPT = "<script>alert(1)</script>"


def sha(text: str) -> str:
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def claim(name: str, words: str, paraphrase: str, statement: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A claim of the courier at the words, made by one agent and accepted by another."""
    start = TEXT.index(words)
    end = start + len(words)
    return {
        "id": f"https://w3id.org/stemma/claim/{name}",
        "category": "efficacy",
        "paraphrase": paraphrase,
        "polarity": "affirmed",
        "certainty": "asserted",
        "statement": statement,
        "source": {"id": COURIER},
        "anchor": {"snapshot": sha(TEXT), "start": start, "end": end, "exact": sha(words)},
        "review": {"status": "accepted", "by": ["agent:pass-2"], "at": "2026-03-01T08:00:00Z"},
        "provenance": {"agent": "agent:pass-1", "at": "2026-02-01T10:00:00Z", "activity": "by hand"},
        **more,
    }


def place(word: str) -> dict[str, int]:
    return {"start": TEXT.index(word), "end": TEXT.index(word) + len(word)}


SLOWS = {"subject": MSC, "relation": "stemma:slows", "object": ALS, "qualifiers": {"cellSource": "UBERON:0002371"}}

CLAIMS = [
    claim(
        "c1-hope",
        "marrow cells could ease the slide of ALS",
        "Cells of the marrow might slow ALS a little.",
        SLOWS,
        certainty="hedged",
        attributedTo="Dr Quill",
        notes=["The courier's editor owns shares in the clinic."],
        mentions=[{"curie": ALS, **place("ALS")}],
        restsOn=[
            {"id": "https://clinicaltrials.gov/study/NCT03280056", "assertedBy": "curator", "because": "It is named."}
        ],
        evidence={"level": "preliminary"},
    ),
    claim(
        "c2-denial",
        "they do no such thing",
        "The rival denies that the cells slow it.",
        SLOWS,
        polarity="negated",
        links=[{"type": "contradicts", "to": "https://w3id.org/stemma/claim/c1-hope"}],
    ),
    claim(
        "c3-count",
        "Forty-one islanders joined the ferry study",
        "The trial enrolled 41 people.",
        {
            "subject": TRIAL,
            "relation": "stemma:hasEnrolment",
            "quantity": {"low": "41", "high": "41", "unit": "{person}"},
        },
        category="trial_design",
        review={"status": "accepted", "by": ["orcid:0000-0002-1825-0097"], "at": "2026-03-02T08:00:00Z"},
    ),
    claim(
        "c4-safe",
        "Nobody fell ill from it",
        f"No harm was seen {SCRIPT} at all.",
        {"subject": MSC, "relation": "stemma:causesAdverseEvent", "object": "NCIT:C41331"},
        category="safety",
        polarity="negated",
    ),
    claim(
        "c5-fat",
        "Such cells come out of fat as well",
        "The cells can be taken from fat.",
        {"subject": MSC, "relation": "stemma:derivedFrom", "object": "UBERON:0001013"},
        category="cell_source",
        review={"status": "proposed"},
    ),
    claim(
        "c6-dream",
        "they may end ALS",
        "A cure is dreamt of.",
        {"subject": "CL:0000034", "relation": "stemma:cures", "object": ALS},
        certainty="speculative",
        links=[{"type": "overstates", "to": "https://w3id.org/stemma/claim/c1-hope"}],
    ),
    claim(
        "c7-shop",
        "Our shop sells the cells by post",
        "The paper sells the cells itself.",
        {"subject": MSC, "relation": "stemma:isAvailableFor", "object": ALS},
        category="testimonial_or_promotion",
        review={
            "status": "rejected",
            "by": ["agent:pass-2"],
            "at": "2026-03-01T08:00:00Z",
            "reason": "wrong-statement",
        },
    ),
    {
        **claim(
            "c8-notice",
            "ALS",
            "The trial has to do with ALS.",
            {"subject": TRIAL, "relation": "stemma:studiesDisease", "object": ALS},
            category="trial_design",
            review={"status": "proposed"},
        ),
        "source": {"id": NOTICE},
        "anchor": {"snapshot": sha(NOTE), "start": 13, "end": 28, "exact": sha("The ferry study")},
    },
]

SOURCES = [
    {
        "type": "source",
        "id": COURIER,
        "kind": "news",
        "title": f"The Pebble Courier {SCRIPT}",
        "publisher": "Pebble & Sons",
        "authors": ["I. Scribe"],
        "published": "2024-10-02",
        "url": "https://courier.example/autumn",
        "interests": ['sells the cells by post "<b>cheap</b>"'],
    },
    {"type": "source", "id": NOTICE, "kind": "web-page", "title": "Harbour note"},
    {"type": "snapshot", "id": sha(TEXT), "source": [COURIER], "length": len(TEXT), "mediaType": "text/plain"},
    {"type": "snapshot", "id": sha(NOTE), "source": [NOTICE], "length": len(NOTE)},
    {
        "type": "interests",
        "id": "https://w3id.org/stemma/interests/0000-0002-1825-0097",
        "person": "orcid:0000-0002-1825-0097",
        "declared": "2026-02-28",
        "none": True,
    },
]


def build(folder: Path) -> kg.Workspace:
    """The workspace, with the courier's text held and the note's not."""
    workspace = kg.init(folder / "w", name="Pebble")
    workspace.add(SOURCES)
    (folder / "courier.txt").write_text(TEXT, encoding="utf-8")
    workspace.ingest(folder / "courier.txt")
    workspace.add(CLAIMS, keep_review=True)
    return workspace


@pytest.fixture(scope="session", name="build")
def _build() -> Callable[[Path], kg.Workspace]:
    """See :func:`build`."""
    return build


@pytest.fixture(scope="session")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[kg.Workspace]:
    """A workspace that tests only read."""
    with build(tmp_path_factory.mktemp("pebble")) as workspace:
        yield workspace


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workspace, closed: plain files that may be copied."""
    with build(tmp_path_factory.mktemp("built")) as workspace:
        return workspace.path


@pytest.fixture
def own(built: Path, tmp_path: Path) -> Iterator[kg.Workspace]:
    """A workspace that one test may change."""
    with kg.open(shutil.copytree(built, tmp_path / "w")) as workspace:
        yield workspace


@pytest.fixture(scope="session")
def http(workspace: kg.Workspace) -> Iterator[httpx.Client]:
    """A client of the service over the workspace."""
    with start(workspace) as running, httpx.Client(base_url=running.url, timeout=60) as client:
        yield client
