from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import kg
from kg.browse import Browser, browse, cut
from kg.errors import UsageError

TEXT = "Kelp Digest\nMarrow cells calm the sea of ALS.\nThey do not.\nThe trial took sixty sailors.\nFat holds cells.\n"
MSC, ALS = "CL:0000134", "MONDO:0004976"
SOURCE = "https://w3id.org/stemma/source/kelp"
PROFILE = Path(__file__).parent / "profiles" / "lighthouses"


def sha(text: str) -> str:
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def claim(name: str, words: str, statement: dict[str, Any], **more: Any) -> dict[str, Any]:
    start = TEXT.index(words)
    return {
        "id": f"https://w3id.org/stemma/claim/{name}",
        "category": "efficacy",
        "paraphrase": f"In our words: {name}.",
        "polarity": "affirmed",
        "certainty": "asserted",
        "statement": statement,
        "source": {"id": SOURCE},
        "anchor": {"snapshot": sha(TEXT), "start": start, "end": start + len(words), "exact": sha(words)},
        "provenance": {"agent": "agent:one"},
        **more,
    }


TREATS = {"subject": MSC, "relation": "stemma:treats", "object": ALS, "qualifiers": {"route": ["NCIT:C38276"]}}
CLAIMS = [
    claim("a", "Marrow cells calm the sea of ALS", TREATS, notes=["Kelpish."]),
    claim("b", "They do not", TREATS, polarity="negated", certainty="hedged"),
    claim(
        "c",
        "The trial took sixty sailors",
        {
            "subject": "clinicaltrials:NCT03280056",
            "relation": "stemma:hasEnrolment",
            "quantity": {"low": "60", "high": "60", "unit": "{person}"},
            "qualifiers": {"disease": ALS},
        },
        category="trial_design",
    ),
    claim(
        "d",
        "Fat holds cells",
        {"subject": MSC, "relation": "stemma:derivedFrom", "object": "UBERON:0001013"},
        category="cell_source",
        mentions=[{"curie": "UBERON:0001013", "start": TEXT.index("Fat"), "end": TEXT.index("Fat") + 3}],
    ),
]


def build(folder: Path) -> kg.Workspace:
    workspace = kg.init(folder / "w")
    workspace.add(
        [
            {"type": "source", "id": SOURCE, "kind": "web-page", "title": "Kelp Digest"},
            {"type": "snapshot", "id": sha(TEXT), "source": [SOURCE], "length": len(TEXT)},
            *CLAIMS,
        ]
    )
    return workspace


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[kg.Workspace]:
    """Four claims; tests change nothing in it."""
    with build(tmp_path_factory.mktemp("browse")) as opened:
        yield opened


@pytest.fixture
def own(tmp_path: Path) -> Iterator[kg.Workspace]:
    """The same, to be changed."""
    with build(tmp_path) as opened:
        yield opened


def names(browser: Browser, **filters: str | list[str]) -> str:
    return "".join(item["id"][-1] for item in browser.page(filters).items)


def test_the_claims_themselves_come_back(workspace: kg.Workspace) -> None:
    page = browse(workspace, {})
    assert list(page.items) == list(workspace.claims())
    assert (page.total, page.next) == (4, None)


def test_a_filter_takes_a_curie_an_iri_a_label_a_synonym_or_a_word(workspace: kg.Workspace) -> None:
    browser = Browser(workspace)
    for word in (ALS, "http://purl.obolibrary.org/obo/MONDO_0004976", "ALS", "amyotrophic LATERAL sclerosis"):
        assert names(browser, disease=word) == "abc"
    for word in ("negated", "stemma:negated", "https://w3id.org/stemma/ontology/negated"):
        assert names(browser, polarity=word) == "b"
    for word in ("treats", "stemma:treats"):
        assert names(browser, relation=word) == "ab"


def test_what_stands_as_subject_or_object_needs_no_qualifier(workspace: kg.Workspace) -> None:
    browser = Browser(workspace)
    assert names(browser, disease=ALS) == "abc", "a and b have it as object, c as qualifier"
    assert names(browser, cellSource="UBERON:0001013") == "d"
    assert names(browser, qualifier=ALS) == "c"


def test_terms_below_the_given_one_count(workspace: kg.Workspace) -> None:
    browser = Browser(workspace)
    assert names(browser, cellType="CL:0000034") == "abd", "a mesenchymal stem cell is a stem cell"
    assert names(browser, entity="CL:0000034") == "abd"
    assert names(browser, subject="CL:0000034") == "", "the roles are exact"
    tallied = dict(browser.tally({}, "cellType"))
    assert all(names(browser, cellType=iri).__len__() == n for iri, n in tallied.items())


def test_values_of_one_filter_add_up_and_filters_narrow(workspace: kg.Workspace) -> None:
    browser = Browser(workspace)
    assert names(browser, category=["trial_design", "cell_source"]) == "cd"
    assert names(browser, category=["trial_design", "efficacy"], polarity="affirmed") == "ac"


def test_text_is_searched_by_words(workspace: kg.Workspace) -> None:
    browser = Browser(workspace)
    assert names(browser, text="kelpish") == "a"
    assert names(browser, text="KELP digest") == "abcd", "the title of the source"
    assert names(browser, text="gehrig") == "abc", "a synonym of the disease"
    assert names(browser, text="mesench stem") == "abd", "beginnings of words"
    assert names(browser, text="al") == "", "a short word is whole"
    assert names(browser, text="...") == ""


@pytest.mark.parametrize(
    ("filters", "said"),
    [
        ({"colour": "red"}, "no such filter"),
        ({"polarity": "maybe"}, "no such value"),
        ({"disease": "MONDO:9999999"}, "no term"),
        ({"disease": "CL:0000134"}, "no term"),
        ({"relation": "heals"}, "no term"),
        ({"reviewer": "cat"}, "no such value"),
    ],
)
def test_a_wrong_filter_is_refused_with_what_to_do(workspace: kg.Workspace, filters: dict[str, str], said: str) -> None:
    with pytest.raises(UsageError, match=said) as refused:
        browse(workspace, filters)
    assert refused.value.where == next(iter(filters))
    assert refused.value.hint


def test_pages_hold_every_claim_once_also_while_claims_come(own: kg.Workspace) -> None:
    browser = Browser(own)
    first = browser.page({}, limit=2)
    assert [i["id"][-1] for i in first.items] == ["a", "b"]
    words = {"subject": "CL:0000034", "relation": "stemma:treats", "object": ALS}
    own.add([claim("a2", "They do not", words), claim("c2", "They do not", words)])
    second = browser.page({}, limit=3, cursor=first.next)
    assert [i["id"].rsplit("/", 1)[1] for i in second.items] == ["c", "c2", "d"]
    assert second.next is None
    assert second.total == 6


def test_a_wrong_limit_or_cursor_is_refused() -> None:
    for limit in (0, -1, 1001):
        with pytest.raises(UsageError, match="limit"):
            cut(["a"], str, limit, None)
    for cursor in ("!", "ä", "_w==", "a"):
        with pytest.raises(UsageError, match="no cursor"):
            cut(["a"], str, 1, cursor)
    assert cut([], str, 5, None) == ([], None)


def test_answers_follow_commits_and_texts(own: kg.Workspace, tmp_path: Path) -> None:
    browser = Browser(own)
    assert names(browser, verification="unverified") == "abcd"
    commit = own.committer.number
    (tmp_path / "kelp.txt").write_text(TEXT, encoding="utf-8", newline="")
    own.ingest(tmp_path / "kelp.txt")
    assert own.committer.number == commit, "the snapshot was registered already"
    assert names(browser, verification="verified") == "abcd"
    own.review(["a"], "accepted", by="agent:two")
    assert names(browser, status="accepted", reviewer="software") == "a"


def test_tallies_count_claims(workspace: kg.Workspace) -> None:
    browser = Browser(workspace)
    assert browser.tally({}, "polarity") == [("affirmed", 3), ("negated", 1)]
    assert browser.tally({"polarity": "negated"}, "certainty") == [("hedged", 1)]


def test_the_filters_follow_from_the_shapes(workspace: kg.Workspace, tmp_path: Path) -> None:
    assert {"disease", "cellType", "cellSource", "route", "category", "status"} <= set(Browser(workspace).filters)
    with kg.init(tmp_path / "sea", profile=str(PROFILE)) as sea:
        filters = Browser(sea).filters
        assert "fogSignal" in filters
        assert "disease" not in filters
        assert set(filters["category"].words) == {"building", "light", "safety-at-sea"}


def test_search_tells_the_nearest_first_with_our_own_words(workspace: kg.Workspace) -> None:
    browser = Browser(workspace)
    hits = browser.search("kelpish words")
    assert ([h.record["id"][-1] for h in hits.items], hits.total, hits.next) == (["a"], 1, None)
    assert hits.items[0].snippet == (("In our ", False), ("words", True), (": a.", False)), "the note is not shown"
    first = browser.search("kelp", limit=3)
    rest = browser.search("kelp", limit=3, cursor=first.next)
    assert sorted(h.record["id"][-1] for h in (*first.items, *rest.items)) == ["a", "b", "c", "d"]
    assert browser.search("kelp", {"polarity": "negated"}).total == 1
    assert browser.search("...").total == 0
    assert browser.search('"kelp" OR (*').total == 0, "what a language of queries would be is words here"
    with pytest.raises(UsageError, match="no cursor"):
        browser.search("kelp", cursor="YQ==")


def test_a_beginning_suggests_terms_and_sources(workspace: kg.Workspace) -> None:
    browser = Browser(workspace)
    first = browser.suggest("mesench str")[0]
    assert (first.curie, first.kind, first.claims) == (MSC, "term", 3)
    assert first.classes
    assert browser.suggest("als")[0].curie == ALS
    source = browser.suggest("kelp d")[0]
    assert (source.id, source.kind, source.label, source.claims) == (SOURCE, "source", "Kelp Digest", 4)
    assert browser.suggest("zzz") == browser.suggest("") == []


def test_claims_are_folded_by_what_they_say(workspace: kg.Workspace) -> None:
    folds = Browser(workspace).rollup({"disease": ALS}, ("relation", "disease"))
    told = {str(f.by["relation"]).rsplit("/", 1)[1]: f for f in folds}
    assert (told["treats"].claims, told["treats"].sources) == (2, 1)
    assert told["treats"].counts["polarity"] == {"affirmed": 1, "negated": 1}
    with pytest.raises(UsageError, match="no such filter"):
        Browser(workspace).rollup({}, ("colour",))


def test_questions_can_ask_for_a_term_itself(workspace: kg.Workspace) -> None:
    browser = Browser(workspace)
    stem = frozenset(t.iri for t in browser.terms("CL:0000034"))
    assert browser.count({"cellType": "CL:0000034"}) == 3
    assert browser.count(browser.question({}, exact={"cellType": stem})) == 0
    negated = browser.question({"cellType": "CL:0000034"}, without={"polarity": frozenset(["negated"])})
    assert [r["id"][-1] for r in browser.records(negated)] == ["a", "d"]
