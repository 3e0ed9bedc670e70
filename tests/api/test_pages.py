from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest

import kg
from api import create_app
from api.command import start

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
PAGES = [
    "/",
    "/conflicts",
    "/trials",
    "/conflicts?rule=opposite",
    "/assessments",
    "/search",
    "/search?q=cells",
    "/search?disease=MONDO%3A0004976&polarity=negated",
    "/sources",
    "/entities",
    "/entities?q=stem",
    "/entity/CL:0000134",
    "/entity/MONDO:0004976",
    "/entity/UBERON:0000955",
    "/id/claim/c1-hope",
    "/id/claim/c3-count",
    "/id/claim/c4-safe",
    "/id/claim/c7-shop",
    "/id/source/courier",
    "/id/source/notice",
    "/id/ontology/slows",
    "/id/ontology/affirmed",
    "/query",
    "/query?query=SELECT%20%3Fs%20%3Fo%20%7B%20%3Fs%20a%20%3Fo%20%7D%20LIMIT%203",
    "/query?query=ASK%20%7B%7D",
    "/query?query=nonsense",
]


class Page(HTMLParser):
    """What a test looks at in a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.tags: list[str] = []
        self.inline: list[str] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        told = dict(attrs)
        if tag in ("a", "link") and told.get("href"):
            self.links.append(str(told["href"]))
        self.inline += [name for name, _ in attrs if name.startswith("on") or name == "style"]

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def page(http: httpx.Client, path: str, status: int = 200) -> Page:
    answer = http.get(path, headers=BROWSER)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return Page(answer.text)


@pytest.mark.parametrize("path", PAGES)
def test_pages_need_no_script_and_bear_the_policy(http: httpx.Client, path: str) -> None:
    answer = http.get(path, headers=BROWSER)
    told = Page(answer.text)
    assert answer.status_code == 200
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "script" not in told.tags
    assert not told.inline
    assert told.tags.count("h1") == 1
    assert "main" in told.tags


def test_no_page_and_no_answer_holds_the_source_text(http: httpx.Client, workspace: kg.Workspace) -> None:
    text = next(t for s in workspace.library if (t := workspace.library.get(s)))
    sentences = [s.strip() for s in re.split(r"[.!?\n]", text) if len(s.split()) > 4]
    assert len(sentences) >= 5
    snapshot = workspace.records.ids("snapshot")
    others = ["/api/v1/claims", "/api/v1/sources", "/api/v1/graph?view=claims", "/id/source/courier?format=nq"]
    paths = [*PAGES, *others, *("/id/" + iri.removeprefix(workspace.iris.base) for iri in snapshot)]
    for path in paths:
        shown = unescape(http.get(path, headers=BROWSER).text)
        assert not [s for s in sentences if s in shown], path


def test_every_link_within_leads_somewhere(http: httpx.Client) -> None:
    paths = (
        "/",
        "/search",
        "/conflicts",
        "/assessments",
        "/trials",
        "/entities",
        "/entity/CL:0000134",
        "/id/claim/c1-hope",
    )
    paths += ("/id/source/courier",)
    links = {link for path in paths for link in page(http, path).links if link.startswith("/")}
    assert len(links) > 60
    for link in sorted(links):
        assert http.get(link, headers=BROWSER).status_code == 200, link


def test_a_claim_page_tells_all_of_it(http: httpx.Client, workspace: kg.Workspace) -> None:
    told = page(http, "/id/claim/c1-hope")
    for words in (
        "Cells of the marrow might slow ALS a little.",
        "hedged",
        "affirmed",
        "accepted by software only",
        "verified",
        "Dr Quill",
        "Pebble & Sons",
        "2024-10-02",
        "sells the cells by post",
        "owns shares in the clinic",
        "mesenchymal stem cell slows amyotrophic lateral sclerosis",
        "bone marrow",
        "It is named.",
        "said by the curator",
        "preliminary",
        "pass-1 (software)",
        "contradicts this one",
        "1 other claim makes the same statement",
    ):
        assert words in told.text, words
    for link in (
        "/entity/CL:0000134",
        "/entity/MONDO:0004976",
        "/entity/clinicaltrials:NCT03280056",
        "https://clinicaltrials.gov/study/NCT03280056",
        "https://courier.example/autumn",
        "/id/claim/c2-denial",
        "/id/claim/c6-dream",
        "/id/claim/c1-hope.ttl",
        "/id/claim/c1-hope.json",
    ):
        assert link in told.links, link
    start, end = (workspace.claim("c1-hope")["anchor"][k] for k in ("start", "end"))
    assert f"{start} to {end}" in told.text


def test_who_accepted_is_told(http: httpx.Client) -> None:
    assert "accepted by software only" not in page(http, "/id/claim/c3-count").text
    assert "https://orcid.org/0000-0002-1825-0097" in page(http, "/id/claim/c3-count").links
    assert "rejected" in page(http, "/id/claim/c7-shop").text
    assert "wrong statement" in page(http, "/id/claim/c7-shop").text


def test_quantities_are_told_with_their_unit(http: httpx.Client) -> None:
    assert "has enrolment 41 person" in page(http, "/id/claim/c3-count").text


def test_a_negated_claim_says_so(http: httpx.Client) -> None:
    assert "The source says that this is not so" in page(http, "/id/claim/c2-denial").text


def test_what_disagrees_stands_on_the_page(http: httpx.Client) -> None:
    told = page(http, "/id/claim/c2-denial")
    assert "Who disagrees" in told.text
    assert "/id/claim/c1-hope" in told.links


def test_hostile_words_stay_words(http: httpx.Client) -> None:
    for path in ("/id/claim/c4-safe", "/id/source/courier", "/search", "/search?q=%3Cscript%3E", "/sources", "/"):
        body = http.get(path, headers=BROWSER).text
        assert "<script" not in body, path
        assert "<b>cheap" not in body, path
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in http.get("/id/claim/c4-safe", headers=BROWSER).text


def test_only_addresses_of_the_web_become_links(workspace: kg.Workspace) -> None:
    site = create_app(workspace).state.site
    for iri in ("javascript:alert(1)", "JAVASCRIPT:alert(1)", "data:text/html,x", "file:///etc/passwd", "", None):
        assert site.href(iri) is None
        assert site.outside(iri) is None
    assert site.href("https://elsewhere.example/x") == "https://elsewhere.example/x"
    assert site.href("https://w3id.org/stemma/claim/c1-hope") == "/id/claim/c1-hope"
    assert site.href("http://purl.obolibrary.org/obo/MONDO_0004976") == "/entity/MONDO:0004976"


def test_the_home_page_counts_and_says_of_what(http: httpx.Client) -> None:
    told = page(http, "/")
    assert "8 claims of 2 sources" in told.text
    assert "of 5 accepted claims, accepted by software only 4" in told.text
    assert "All 8 claims, counted" in told.text
    assert "/search?status=accepted&reviewer=software" in told.links
    assert "svg" in told.tags
    assert "/entity/CL:0000134" in told.links


def test_the_numbers_of_the_home_page_are_those_of_their_links(http: httpx.Client) -> None:
    told = http.get("/", headers=BROWSER).text
    rows = re.findall(r'<th scope="row"><a href="(/search[^"]*)"[^>]*>.*?<td class="n">(\d+)</td>', told, re.DOTALL)
    assert len(rows) > 10
    for href, number in rows:
        found = page(http, unescape(href)).text
        assert re.search(rf"\b{number} claims? found", found), href


def test_search_narrows_and_widens(http: httpx.Client) -> None:
    told = page(http, "/search?q=cells")
    assert "claims found" in told.text
    narrowed = next(link for link in told.links if "polarity=negated" in link and "q=cells" in link)
    again = page(http, narrowed)
    assert "/id/claim/c2-denial" in again.links
    assert "/id/claim/c5-fat" not in again.links
    assert "/search?q=cells" in again.links, "the filter can be taken off"


def test_search_finds_entities_by_synonym(http: httpx.Client) -> None:
    assert "/entity/MONDO:0004976" in page(http, "/search?q=Lou+Gehrig").links


def test_search_pages(http: httpx.Client, own: kg.Workspace) -> None:
    first = own.claim("c5-fat")
    copies = [{**first, "id": f"https://w3id.org/stemma/claim/x{i:02}", "paraphrase": f"Copy {i}."} for i in range(30)]
    own.add([{k: v for k, v in c.items() if k not in ("version", "review")} for c in copies])
    with start(own) as running, httpx.Client(base_url=running.url) as client:
        seen: list[str] = []
        path: str | None = "/search"
        while path:
            told = page(client, path)
            seen += [link for link in told.links if link.startswith("/id/claim/")]
            path = next((link for link in told.links if "cursor=" in link), None)
        assert len(seen) == len(set(seen)) == 38


def test_nothing_found_says_what_to_try(http: httpx.Client) -> None:
    told = page(http, "/search?q=zebrafish&polarity=negated")
    assert "No claim fits" in told.text
    assert "fewer words" in told.text
    assert "taking a filter off" in told.text
    assert "No entity is called so" in page(http, "/entities?q=zebrafishes").text


def test_a_source_page_has_its_claims_in_the_order_of_the_text(http: httpx.Client, workspace: kg.Workspace) -> None:
    told = page(http, "/id/source/courier")
    shown = [link for link in told.links if link.startswith("/id/claim/") and "?" not in link]
    of_it = [c for c in workspace.claims() if c["source"]["id"].endswith("courier")]
    expected = [c["id"] for c in sorted(of_it, key=lambda c: c["anchor"]["start"])]
    assert shown == ["/id/" + iri.removeprefix(workspace.iris.base) for iri in expected]
    assert "its text is held here" in told.text
    assert "7 claims" in told.text


def test_an_entity_page_groups_by_relation(http: httpx.Client) -> None:
    told = page(http, "/entity/CL:0000134")
    assert "slows 2 claims affirmed 1 negated 1" in told.text
    assert "is derived from" in told.text
    assert "1 claim that was rejected, retracted or superseded is left out" in told.text
    assert "svg" in told.tags
    empty = page(http, "/entity/UBERON:0000955")
    assert "No claim names this term." in empty.text


def test_an_error_in_a_query_is_told_in_the_page(http: httpx.Client) -> None:
    told = page(http, "/query?query=SELECT+%3Fx+WHERE+%7B")
    assert "no SPARQL query" in told.text
    assert "column" in told.text


def test_an_empty_workspace_has_pages_too(tmp_path: Path) -> None:
    with (
        kg.init(tmp_path / "w") as workspace,
        start(workspace) as running,
        httpx.Client(base_url=running.url) as http,
    ):
        assert "There are no claims yet" in page(http, "/").text
        assert "No claim fits" in page(http, "/search").text
        assert "No source is registered" in page(http, "/sources").text
        assert "none names an entity" in page(http, "/entities").text
        assert http.get("/openapi.json").status_code == 200
        assert http.get("/api/v1/claims").json() == {"items": [], "total": 0, "next": None}
