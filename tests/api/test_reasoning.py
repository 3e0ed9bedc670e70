"""Conflicts and assessments over HTTP, as JSON and as pages."""

from __future__ import annotations

import re
from html import unescape

import httpx
import pytest

import kg
from api.command import start

CLAIM = "https://w3id.org/stemma/claim/"
OPPOSITE = "https://w3id.org/stemma/rule/opposite"


def pairs(answer: httpx.Response) -> list[tuple[str, str]]:
    assert answer.status_code == 200, answer.text
    found = [sorted((c["a"], c["b"])) for c in answer.json()["items"]]
    return [(a.removeprefix(CLAIM)[:2], b.removeprefix(CLAIM)[:2]) for a, b in found]


def words(page: httpx.Response) -> str:
    assert page.status_code == 200, page.text
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.text)))


# ---- conflicts


def test_conflicts_are_found_by_kind_rule_and_source(http: httpx.Client) -> None:
    every = pairs(http.get("/api/v1/conflicts"))
    assert ("c1", "c2") in every
    by_rule = http.get("/api/v1/conflicts", params={"rule": "opposite"})
    assert ("c1", "c2") in pairs(by_rule)
    assert {c["because"] for c in by_rule.json()["items"]} == {OPPOSITE}
    for same in ("rule:opposite", OPPOSITE):
        assert pairs(http.get("/api/v1/conflicts", params={"rule": same})) == pairs(by_rule)
    kinds = [pairs(http.get("/api/v1/conflicts", params={"kind": k})) for k in ("contradiction", "tension")]
    assert sorted(kinds[0] + kinds[1]) == sorted(every)
    assert pairs(http.get("/api/v1/conflicts", params={"kind": ["contradiction", "tension"]})) == every
    assert pairs(http.get("/api/v1/conflicts", params={"source": "courier"})) == every
    assert pairs(http.get("/api/v1/conflicts", params={"source": "notice"})) == []
    assert pairs(http.get("/api/v1/conflicts", params={"claim": "c3-count"})) == []


@pytest.mark.parametrize(
    ("asked", "where"),
    [
        ("/api/v1/conflicts?kind=quarrel", "kind"),
        ("/api/v1/conflicts?rule=thumb", "rule"),
        ("/api/v1/conflicts?colour=red", "colour"),
        ("/conflicts?kind=quarrel", "kind"),
        ("/conflicts?colour=red", "colour"),
        ("/api/v1/assessments?disease=CL:0000134", "CL:0000134"),
        ("/api/v1/assessments?variant=nothing-of-the-sort", "nothing-of-the-sort"),
        ("/api/v1/assessments?colour=red", "colour"),
        ("/assessments?colour=red", "colour"),
        ("/assessments?disease=nothing-of-the-sort", "nothing-of-the-sort"),
    ],
)
def test_what_cannot_be_asked_says_where(http: httpx.Client, asked: str, where: str) -> None:
    told = http.get(asked)
    assert (told.status_code, told.json()["where"]) == (400, where)
    assert told.json()["hint"] or told.json()["detail"]


def test_the_page_of_conflicts_has_both_sides_by_rule(http: httpx.Client) -> None:
    page = http.get("/conflicts")
    told = words(page)
    for there in (
        "Said and denied",
        "One claim says what the other denies",
        "Cells of the marrow might slow ALS a little.",
        "The rival denies that the cells slow it.",
        "hedged",
        "negated",
        "The Pebble Courier",
        "7 claims that are proposed or accepted",
    ):
        assert there in told
    total = http.get("/api/v1/conflicts").json()["total"]
    assert f"{total} pairs of claims that clash" in told
    assert 'href="/id/claim/c1-hope"' in page.text
    assert 'href="/id/source/courier"' in page.text


def test_the_numbers_beside_the_filters_are_those_of_their_pages(http: httpx.Client) -> None:
    page = http.get("/conflicts").text
    found = re.findall(r'<a href="(/conflicts\?[^"]+)"[^>]*>[^<]*</a> <span class="n">(\d+)</span>', page)
    assert found
    for address, number in found:
        assert re.match(rf"{number} pairs? of claims", words(http.get(unescape(address))).partition("Query")[2].strip())


def test_conflicts_follow_a_commit(own: kg.Workspace) -> None:
    with start(own) as running, httpx.Client(base_url=running.url) as http:
        before = http.get("/api/v1/conflicts").json()["total"]
        own.review(["c2-denial"], "rejected", by="agent:pass-3", reason="wrong-statement")
        assert http.get("/api/v1/conflicts").json()["total"] < before
        assert "The rival denies" not in http.get("/conflicts").text


# ---- assessments


def test_assessments_are_those_of_the_workspace(http: httpx.Client, workspace: kg.Workspace) -> None:
    told = http.get("/api/v1/assessments").json()
    assert told["items"] == [a.as_dict() for a in workspace.assess()]
    assert told["total"] == len(told["items"]) > 0


@pytest.mark.parametrize("asked", ["CL:0000134", "http://purl.obolibrary.org/obo/CL_0000134", "mesenchymal stem cell"])
def test_assessments_of_a_variant_in_a_disease(http: httpx.Client, workspace: kg.Workspace, asked: str) -> None:
    told = http.get("/api/v1/assessments", params={"variant": asked, "disease": "ALS"}).json()
    assert told["items"] == [a.as_dict() for a in workspace.assess("CL:0000134", "MONDO:0004976")]
    assert {i["disease"]["curie"] for i in told["items"]} == {"MONDO:0004976"}


def test_an_assessment_holds_until_the_next_commit(own: kg.Workspace) -> None:
    with start(own) as running, httpx.Client(base_url=running.url) as http:
        first = http.get("/api/v1/assessments")
        tag = {"If-None-Match": first.headers["etag"]}
        again = http.get("/api/v1/assessments", headers=tag)
        assert (again.status_code, again.content) == (304, b"")
        own.review(["c2-denial"], "rejected", by="agent:pass-3", reason="wrong-statement")
        after = http.get("/api/v1/assessments", headers=tag)
        assert after.status_code == 200
        assert after.json() != first.json()


def test_the_page_of_assessments_has_letters_and_a_map(http: httpx.Client, workspace: kg.Workspace) -> None:
    page = http.get("/assessments", params={"disease": "ALS"})
    told = words(page)
    here = [a for a in workspace.assess() if a.disease and a.disease.label == "amyotrophic lateral sclerosis"]
    assert f"{len(here)} therapy variant" in told
    assert "accepted by software only" in told
    assert 'class="stemma-map"' in page.text
    assert "<style" not in page.text
    for a in here:
        assert a.variant.label in told
    links = set(re.findall(r'href="(/assessments/[0-9a-f]{12})"', page.text))
    assert len(links) == len(here)
    shown = [words(http.get(link)) for link in sorted(links)]
    for a in here:
        assert any(all(cell.because in page for cell in a.table.values()) for page in shown)


def test_an_assessment_page_leads_to_claims_and_interests(http: httpx.Client, workspace: kg.Workspace) -> None:
    listed = http.get("/assessments", params={"disease": "ALS"}).text
    pages = [http.get(k) for k in sorted(set(re.findall(r'href="(/assessments/[0-9a-f]{12})"', listed)))]
    behind = {
        iri.rpartition("/")[2]
        for a in workspace.assess(disease="MONDO:0004976")
        for cell in a.table.values()
        for iri in cell.claims
    }
    for name in behind:
        assert any(f'href="/id/claim/{name}"' in page.text for page in pages)
    assert any("sells the cells by post" in words(page) for page in pages)
    assert not any("<b>cheap" in page.text for page in pages)


def test_an_assessment_that_is_not_there_is_404(http: httpx.Client) -> None:
    assert http.get("/assessments/0123456789ab").status_code == 404
