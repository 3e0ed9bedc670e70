"""Nothing without a root enters as JSON, whatever poses as one; and what is computed is never believed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import kg
from kg.schema.names import SOURCE

Make = Callable[..., dict[str, Any]]
Refuses = Callable[..., None]
BASE = "https://w3id.org/stemma/"
WORDS = "Mesenchymal stem cells calm microglia in the dish"
ID = BASE + "claim/rootless"
CITED = {"cites": "https://doi.org/10.1002/mus.27472", "verification": "cited"}
ACCEPTED = {"status": "accepted", "by": ["agent:pass-2"], "at": "2026-02-01T00:00:00Z"}

JSON: dict[str, tuple[dict[str, Any], str]] = {
    "no source": ({"without": "source"}, "claim-source"),
    "null": ({"source": None}, "Claim-source"),
    "an empty object": ({"source": {}}, "Claim-source"),
    "an id that is null": ({"source__id": None}, "Claim-source"),
    "an empty text": ({"source": ""}, "Claim-source"),
    "a blank text": ({"source__id": " "}, "Claim-source"),
    "an empty list": ({"source": []}, "Claim-source"),
    "a list of two": ({"source": [BASE + "source/other", BASE + "source/third"]}, "Claim-source"),
    "a list of lists": ({"source": [[BASE + "source/other"]]}, "Claim-source"),
    "a literal": ({"source": "the page of the clinic"}, "Claim-source"),
    "a number": ({"source": 5}, "Claim-source"),
    "true": ({"source": True}, "Claim-source"),
    "javascript:": ({"source__id": "javascript:alert(1)"}, "Claim-source"),
    "data:": ({"source__id": "data:text/html,said"}, "Claim-source"),
    "a file": ({"source__id": "file:///etc/passwd"}, "Claim-source"),
    "an IRI of no width": ({"source__id": "\u200b"}, "Claim-source"),
    "an IRI with a part of no width": ({"source__id": BASE + "source/other\u200b"}, "Claim-source"),
    "an IRI with a soft hyphen": ({"source__id": BASE + "source/ot\u00adher"}, "Claim-source"),
    "an IRI with a blank": ({"source__id": BASE + "source/other "}, "Claim-source"),
    "an IRI in another script": ({"source__id": BASE + "source/\u043ether"}, "source-unregistered"),
    "a source that is not registered": ({"source__id": BASE + "source/nobody"}, "source-unregistered"),
    "a source of another base": ({"source__id": "https://example.org/source/other"}, "source-unregistered"),
    "a deleted source": ({"source__id": BASE + "source/deleted"}, "source-unregistered"),
    "a source that is only described": (
        {"source": {"id": BASE + "source/nobody", "type": "web-page", "title": "Nobody"}},
        "source-unregistered",
    ),
    "a snapshot that is not registered": ({"anchor__snapshot": "sha256:" + "1" * 64}, "snapshot-unregistered"),
    "a snapshot of another source": ({"source__id": BASE + "source/other"}, "snapshot-of-other-source"),
    "the claim itself": ({"id": ID, "source__id": ID}, "source-unregistered"),
    "a class": ({"source__id": SOURCE}, "source-unregistered"),
    "a term": ({"source__id": "CL:0000134"}, "source-unregistered"),
    "no anchor": ({"without": "anchor"}, "Claim-anchored"),
    "a type that nearly is one": ({"type": "Claim"}, "record"),
    "an empty type": ({"type": ""}, "record"),
    "a list of types": ({"type": ["claim", "source"]}, "record"),
    "a statement by itself": ({"type": "statement"}, "record"),
    "two statements": ({"statement": [{}, {}]}, "Claim-statement"),
    "a bare statement": (
        {"statement": None, "subject": "CL:0000134", "relation": "stemma:slows", "object": "MONDO:0004976"},
        "key-unknown",
    ),
    "two anchors": ({"anchor": [{}, {}]}, "key"),
    "an anchor that says it is verified": (
        {"anchor__verification": "verified", "anchor__exact": "sha256:" + "0" * 64},
        "anchor-broken",
    ),
    "words and a cited work": ({"anchor__cites": CITED["cites"]}, "Claim-anchored"),
    "a cited work without a source": ({"anchor": CITED, "without": "source"}, "claim-source"),
}
REVIEWED: dict[str, tuple[dict[str, Any], str]] = {
    "a cited fact that poses as accepted": ({"anchor": CITED, "review": ACCEPTED}, "Claim-citedIsNotAccepted"),
    "accepted by its own proposer": ({"review": {**ACCEPTED, "by": ["agent:pass-1"]}}, "Claim-reviewedBy"),
    "accepted by its proposer and another": (
        {"review": {**ACCEPTED, "by": ["agent:pass-2", "agent:pass-1"]}},
        "Claim-reviewedBy",
    ),
    "accepted by nobody": ({"review": {"status": "accepted"}}, "Claim-decisionHasReviewer"),
    "accepted by a text": ({"review": {**ACCEPTED, "by": ["everyone we asked"]}}, "Claim-reviewedBy"),
    "rejected for no reason": ({"review": {**ACCEPTED, "status": "rejected"}}, "Claim-refusalHasReason"),
}


@pytest.mark.parametrize("door", ["mapping", "jsonl"])
@pytest.mark.parametrize("name", [*JSON, *REVIEWED])
def test_no_json_without_a_root_enters(
    library: kg.Workspace, claim: Make, refuses: Refuses, state: Any, tmp_path: Path, name: str, door: str
) -> None:
    changes, code = {**JSON, **REVIEWED}[name]
    record = claim(WORDS, **changes)
    path = tmp_path / "payload.jsonl"
    path.write_text(json.dumps(record) + "\n")
    before = state(library)
    payload = record if door == "mapping" else path
    refuses(library, payload, code, keep_review=name in REVIEWED)
    assert state(library) == before


@pytest.mark.parametrize("what", ["claim", "statement", "snapshot"])
def test_no_other_record_is_a_source(
    library: kg.Workspace, claim: Make, refuses: Refuses, state: Any, what: str
) -> None:
    before = state(library)
    for id in library.records.ids(what):
        refuses(library, claim(WORDS, source__id=id), "source-unregistered")
    assert state(library) == before


def test_all_that_is_in_conforms(library: kg.Workspace) -> None:
    assert library.validate().conforms
    assert len(JSON) + len(REVIEWED) >= 17


# ---- what is computed is never believed


def test_a_verification_that_comes_along_is_not_believed(library: kg.Workspace, claim: Make) -> None:
    for state in ("cited", "broken", "unverified", "nonsense"):
        record = claim("Results vary from person", id=f"told-{state}", anchor__verification=state)
        library.add(record)
        assert library.claim(f"told-{state}")["anchor"]["verification"] == "verified"
    assert library.validate().conforms


def test_a_decision_that_comes_along_is_not_believed(library: kg.Workspace, claim: Make) -> None:
    library.add(claim("Results vary from person", id="decided", review=ACCEPTED))
    assert library.claim("decided")["review"] == {"status": "proposed"}


def test_a_cited_fact_may_be_proposed(library: kg.Workspace, claim: Make) -> None:
    library.add(claim("Results vary", id="cited", anchor=CITED, source__id=BASE + "source/other"))
    assert library.claim("cited")["anchor"] == CITED
    with pytest.raises(kg.Refused):
        library.review(["cited"], "accepted", by="agent:pass-2")
    assert library.claim("cited")["review"]["status"] == "proposed"
