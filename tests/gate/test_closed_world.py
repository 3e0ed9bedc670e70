"""What must hold of the world around a record."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest

import kg
from kg.model.orcid import is_orcid

Make = Callable[..., dict[str, Any]]
WORDS = "the cells may slow ALS"
BASE = "https://w3id.org/stemma/"


def codes(found: tuple[kg.Finding, ...]) -> set[str]:
    return {f.code for f in found}


def test_a_claim_on_a_text_that_was_changed_is_refused(
    ingested: kg.Workspace, article: Any, claim: Make, findings: Any
) -> None:
    path = ingested.path / "library" / f"{article.digest.removeprefix('sha256:')}.txt"
    path.write_text("something else")
    os.utime(path, ns=(1, 1))
    (found,) = findings(lambda: ingested.add(claim(WORDS)))
    assert (found.code, found.value) == ("text-damaged", str(path))
    assert found.hint
    ingested.ingest(article.path)
    ingested.add(claim(WORDS))
    assert ingested.validate().conforms


def test_a_claim_on_a_text_that_is_not_held_is_judged_by_its_length(
    workspace: kg.Workspace, article: Any, claim: Make, findings: Any
) -> None:
    records = [
        {"type": "source", "id": article.source, "kind": "web-page", "title": "The clinic"},
        {"type": "snapshot", "id": article.digest, "source": [article.source], "length": len(article.text)},
    ]
    past = claim(WORDS, anchor__end=len(article.text) + 1)
    assert codes(findings(lambda: workspace.add([*records, past]))) == {"offset"}
    workspace.add([*records, claim(WORDS)])
    assert [v.state for v in workspace.verify()] == ["unverified"]
    assert codes(findings(lambda: workspace.add(past))) == {"offset"}


def test_a_length_that_the_text_does_not_have_is_refused(ingested: kg.Workspace, article: Any, findings: Any) -> None:
    record = {"type": "snapshot", "id": article.digest, "source": [article.source], "version": 1}
    for length in (1, len(article.text) - 1, len(article.text) + 1):
        found = findings(lambda length=length: ingested.add({**record, "length": length}))
        assert "snapshot-length" in codes(found)


@pytest.mark.parametrize(
    ("links", "code"),
    [
        ([{"type": "repeats", "to": BASE + "claim/me"}], "link-self"),
        ([{"type": "repeats", "to": BASE + "claim/nobody"}], "link-target"),
        ([{"type": "overstates", "to": "urn:uuid:5"}], "Claim-overstates"),
    ],
)
def test_a_link_leads_somewhere(filled: kg.Workspace, claim: Make, findings: Any, links: Any, code: str) -> None:
    assert code in codes(findings(lambda: filled.add(claim("Results vary", id="me", links=links))))


def test_a_link_may_lead_to_a_claim_of_the_same_payload(ingested: kg.Workspace, claim: Make) -> None:
    first = claim("Results vary from person", id="first")
    second = claim("Results vary", nth=1, id="second", links=[{"type": "repeats", "to": BASE + "claim/first"}])
    ingested.add([second, first])
    assert ingested.claim("second")["links"] == [{"type": "repeats", "to": BASE + "claim/first"}]


@pytest.mark.parametrize(
    ("orcid", "fits"),
    [
        ("0000-0002-1825-0097", True),
        ("0000-0001-5109-3700", True),
        ("0000-0002-1694-233X", True),
        ("0000-0002-1825-0098", False),
        ("0000-0002-1694-2330", False),
        ("", False),
        ("X", False),
        ("\u0660\u0660", False),
        ("0000-000X-1825-0097", False),
    ],
)
def test_the_check_digit_of_an_orcid_fits(orcid: str, fits: bool) -> None:
    assert is_orcid("https://orcid.org/" + orcid) is fits


def test_mentions_lie_inside_the_words(filled: kg.Workspace, claim: Make, findings: Any) -> None:
    record = claim(WORDS)
    start, end = record["anchor"]["start"], record["anchor"]["end"]
    inside = {"curie": "CL:0000134", "start": start, "end": end}
    filled.add({**record, "id": "inside", "mentions": [inside]}, dry_run=True)
    for change in ({"start": start - 1}, {"end": end + 1}, {"start": end}):
        found = findings(lambda change=change: filled.add({**record, "mentions": [{**inside, **change}]}))
        assert codes(found) & {"mention-outside", "Mention-start"}
