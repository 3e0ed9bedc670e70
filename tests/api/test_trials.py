"""Trials and lineage over HTTP: the shipped corpus, one service for the module."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from itertools import product
from pathlib import Path

import httpx
import pytest

import kg
from api.command import start

ROOT = Path(__file__).parents[2]
CORPUS = ROOT / "data" / "als"
QUERY = ROOT / "docs" / "queries" / "trials-cord-msc-intrathecal.rq"
TRIAL = "https://clinicaltrials.gov/study/NCT03280056"

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="data/ does not ship with the wheel")


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[kg.Workspace]:
    with kg.init(tmp_path_factory.mktemp("als") / "w", name="ALS") as workspace:
        files = ("sources.jsonl", "sources-facts.jsonl", "sources-trials.jsonl")
        for name in (*files, "claims-004.jsonl", "facts.jsonl", "trials.jsonl"):
            workspace.add(CORPUS / name, keep_review=True)
        yield workspace


@pytest.fixture(scope="module")
def web(corpus: kg.Workspace) -> Iterator[httpx.Client]:
    with start(corpus) as running, httpx.Client(base_url=running.url) as client:
        yield client


def numbers(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [item["number"] for item in answer.json()["items"]]


def words(page: httpx.Response) -> str:
    assert page.status_code == 200, page.text
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.text)))


@pytest.mark.parametrize("route", ["NCIT:C38267", "Intrathecal", "http://purl.obolibrary.org/obo/NCIT_C38267"])
def test_rest_and_sparql_give_the_same_trials(web: httpx.Client, corpus: kg.Workspace, route: str) -> None:
    asked = {"cellType": "CL:0000134", "cellSource": "umbilical cord", "route": route}
    told = web.get("/api/v1/trials", params=asked).json()
    rows = {
        (t["id"], disease["label"], phase["label"])
        for t in told["items"]
        for disease, phase in product(t["disease"], t["phase"] or [{"label": None}])
    }
    found = corpus.query(QUERY.read_text("utf-8")).dicts()
    assert rows == {(r["trial"], r["disease"], r.get("phase")) for r in found}
    assert len(rows) == told["total"] == 4


def test_every_value_has_the_claims_that_say_it(web: httpx.Client, corpus: kg.Workspace) -> None:
    items = web.get("/api/v1/trials", params={"limit": 1000}).json()["items"]
    assert len(items) > 20
    for item in items:
        for word in ("phase", "status", "enrolment", "disease", "cellType", "cellSource", "donor", "product", "route"):
            for value in item[word]:
                assert value["claims"], (item["id"], word)
                for iri in value["claims"]:
                    claim = corpus.claim(iri)
                    assert claim["statement"]["subject"]["id"] == item["id"]
                    assert claim["source"]["id"] in {s["id"] for s in item["sources"]}
                    if "id" in value:
                        assert value["id"] in str(claim["statement"])


def test_what_sources_disagree_on_stands_side_by_side(web: httpx.Client) -> None:
    item = next(i for i in web.get("/api/v1/trials?limit=1000").json()["items"] if i["id"] == TRIAL)
    assert {v["quantity"]["low"] for v in item["enrolment"]} >= {"263", "196"}


def test_filters_narrow_and_take_narrower_terms(web: httpx.Client) -> None:
    every = numbers(web.get("/api/v1/trials", params={"limit": 1000}))
    assert every == sorted(every)
    assert numbers(web.get("/api/v1/trials", params={"disease": "neurodegenerative disease", "limit": 1000}))
    by_phase = [set(numbers(web.get("/api/v1/trials", params={"phase": p}))) for p in ("phase 1", "phase 2")]
    either = numbers(web.get("/api/v1/trials", params={"phase": ["phase 1", "phase 2"]}))
    assert set(either) == by_phase[0] | by_phase[1]
    done = numbers(web.get("/api/v1/trials", params={"status": "completed", "donor": "autologous"}))
    assert 0 < len(done) < len(every)
    assert numbers(web.get("/api/v1/trials", params={"product": "NurOwn", "phase": "phase 3"})) == ["NCT03280056"]


def test_pages_of_trials_walk_all_of_them_once(web: httpx.Client) -> None:
    every, seen, cursor = numbers(web.get("/api/v1/trials?limit=1000")), [], None
    while True:
        answer = web.get("/api/v1/trials", params={"limit": 7, **({"cursor": cursor} if cursor else {})})
        seen += numbers(answer)
        if (cursor := answer.json()["next"]) is None:
            break
    assert seen == every


@pytest.mark.parametrize(
    ("asked", "where"), [("route=nowhere", "route"), ("colour=red", "colour"), ("enrolment=5", "enrolment")]
)
def test_a_wrong_filter_says_so(web: httpx.Client, asked: str, where: str) -> None:
    for address in ("/api/v1/trials", "/trials"):
        told = web.get(f"{address}?{asked}")
        assert (told.status_code, told.json()["where"]) == (400, where)


def test_the_page_of_trials_leads_to_claims(web: httpx.Client) -> None:
    page = web.get("/trials?cellSource=umbilical+cord&route=intrathecal")
    told = words(page)
    assert told.partition("Query")[2].split()[:2] == ["4", "trials"]
    assert "NCT01494480" in told
    links = set(re.findall(r'href="(/id/claim/[^"]+)"', page.text))
    assert len(links) > 8
    assert web.get(sorted(links)[0]).status_code == 200
    for address, number in re.findall(
        r'<a href="(/trials\?[^"]+)" title[^>]*>[^<]*</a> <span class="n">(\d+)<', page.text
    )[:6]:
        assert int(words(web.get(unescape(address))).partition("Query")[2].split()[0]) >= int(number)


# ---- lineage


def test_a_claim_of_the_article_reaches_the_trial(web: httpx.Client, corpus: kg.Workspace) -> None:
    answer = web.get("/api/v1/lineage/als-a4-056")
    assert answer.json() == corpus.lineage("als-a4-056").as_dict()
    assert TRIAL in {r["id"] for r in answer.json()["roots"]}
    again = web.get("/api/v1/lineage/als-a4-056", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304
    page = words(web.get("/id/claim/als-a4-056"))
    assert "Where its line ends" in page
    assert "NCT03280056" in page


def test_the_article_is_silent_on_the_failed_endpoint(web: httpx.Client) -> None:
    told = web.get("/api/v1/lineage", params={"source": "als-004"}).json()
    assert TRIAL in {s["root"] for s in told["silences"]}
    page = words(web.get("/id/source/als-004"))
    assert "What it does not tell" in page
    assert "does not tell that the trial missed its primary endpoint" in page


def test_lineage_of_what_is_not_there_is_404(web: httpx.Client) -> None:
    assert web.get("/api/v1/lineage/nothing").status_code == 404
    assert web.get("/api/v1/lineage?source=nobody").status_code == 404
    assert web.get("/api/v1/lineage?colour=red").status_code == 400
