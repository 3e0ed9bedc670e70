"""The example queries: whole, portable, answered as expected, and shown as they are.

``STEMMA_RENEW=1 pytest tests/test_examples.py`` writes the expected answers and the page anew.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import pyoxigraph
import pytest
from rdflib.plugins.sparql import prepareQuery

import kg
from kg.cli.demo import load_corpus
from kg.errors import DataError
from kg.examples import Example, describe, examples
from kg.query import Result
from kg.resources import folder

HERE = folder("docs/queries")
EXPECTED = HERE / "expected"
PAGE = HERE / "README.md"
MARK = "<!-- From here on this page is made by that command. -->\n"
RENEW = os.environ.get("STEMMA_RENEW") == "1"
ALL = examples()
AUDIENCES = {
    "reader": "For a reader: a patient, a relative, an editor",
    "researcher": "For a researcher",
    "curator": "For a curator",
    "visualiser": "For one who draws",
    "app developer": "For an app",
}

each = pytest.mark.parametrize("example", ALL, ids=[e.name for e in ALL])


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[kg.Workspace]:
    """A workspace of the shipped corpus."""
    with kg.init(tmp_path_factory.mktemp("corpus") / "W") as workspace:
        load_corpus(workspace, folder("data") / "als")
        yield workspace


@pytest.fixture(scope="module")
def elsewhere(corpus: kg.Workspace) -> pyoxigraph.Store:
    """The same quads in another store, put in the other way round."""
    store = pyoxigraph.Store()
    store.extend(reversed(list(corpus.store.quads())))
    return store


def held(path: Path, made: str) -> None:
    """A file in the project is what was made just now; renewing writes it."""
    if RENEW:
        path.parent.mkdir(exist_ok=True)
        path.write_text(made, encoding="utf-8")
    there = path.read_text("utf-8") if path.is_file() else ""
    assert there == made, f"{path.name} is out of date; if that is meant: STEMMA_RENEW=1 pytest {Path(__file__).name}"


def expected(answer: Result) -> tuple[str, str]:
    """The answer as a file: its suffix and its text, rows or triples sorted."""
    if answer.kind == "graph":
        return "nt", "".join(sorted(f"{t} .\n" for t in answer.triples))
    data = json.loads(answer.serialize("json"))
    if answer.kind == "truth":
        return "json", json.dumps(data) + "\n"
    rows = sorted(json.dumps(row, ensure_ascii=False, sort_keys=True) for row in data["results"]["bindings"])
    head, body = json.dumps(data["head"]), ",\n".join(rows)
    return "json", f'{{"head": {head}, "results": {{"bindings": [\n{body}\n]}}}}\n'


def test_there_are_twenty_and_each_is_for_somebody() -> None:
    assert len(ALL) >= 20
    assert {e.audience for e in ALL} == set(AUDIENCES)
    assert {e.form for e in ALL} == {"select", "ask", "construct"}
    assert len({e.title for e in ALL}) == len({e.question for e in ALL}) == len(ALL)


@each
def test_it_says_what_it_is_and_runs_as_it_is(example: Example, corpus: kg.Workspace) -> None:
    assert example.question.endswith("?")
    assert len(example.keywords) >= 3
    assert example.prefixes.items() <= corpus.profile.prefixes.namespaces.items()
    prepareQuery((HERE / f"{example.name}.rq").read_text("utf-8"))  # an engine that knows no prefix of ours
    corpus.store.query(example.query)


@each
def test_the_answer_is_the_expected_one(example: Example, corpus: kg.Workspace) -> None:
    answer = corpus.query(example.query)
    suffix, text = expected(answer)
    held(EXPECTED / f"{example.name}.{suffix}", text)
    assert answer.truth is not None or answer.rows or answer.triples, "a question without an answer shows nothing"
    assert len(answer.rows) <= 30
    assert len(answer.triples) <= 80


@each
def test_the_answer_hangs_on_no_order_of_storage(
    example: Example, corpus: kg.Workspace, elsewhere: pyoxigraph.Store
) -> None:
    again = elsewhere.query(example.query, use_default_graph_as_union=True)
    answer = corpus.query(example.query)
    if isinstance(again, pyoxigraph.QuerySolutions):
        assert [tuple(row) for row in again] == list(answer.rows)
    elif isinstance(again, pyoxigraph.QueryTriples):
        assert set(again) == set(answer.triples)
    else:
        assert bool(again) is answer.truth


def test_every_expected_answer_has_its_query() -> None:
    orphans = [p for p in EXPECTED.iterdir() if p.stem not in {e.name for e in ALL}]
    if RENEW:
        for path in orphans:
            path.unlink()
        return
    assert not orphans


def test_the_page_shows_every_question_with_its_answer(corpus: kg.Workspace) -> None:
    head, mark, _ = PAGE.read_text("utf-8").partition(MARK)
    assert mark
    held(PAGE, head + mark + "".join(page(corpus)))


def test_over_the_union_count_is_count_distinct(corpus: kg.Workspace) -> None:
    """The default graph is a bag: a triple that stood in two graphs would count twice."""

    def number(query: str) -> int:
        return int(corpus.query(query).rows[0][0].value)

    everything = number("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")
    assert everything > 20_000
    assert everything == number("SELECT (COUNT(*) AS ?n) { SELECT DISTINCT ?s ?p ?o { ?s ?p ?o } }")
    claims = len(corpus.records.ids("claim"))
    for pattern in (
        "?x a stemma:Claim",
        "?x stemma:statement ?statement",
        "?x stemma:source/stemma:kind ?kind",
        "?x stemma:statement/stemma:relation ?relation",
        "?x stemma:statement/stemma:subject ?subject . ?x stemma:polarity ?polarity ; stemma:category ?category",
    ):
        assert number(f"SELECT (COUNT(?x) AS ?n) {{ {pattern} }}") == claims, pattern
        assert number(f"SELECT (COUNT(DISTINCT ?x) AS ?n) {{ {pattern} }}") == claims, pattern


def test_editors_find_the_examples() -> None:
    """The queries that SIB's SPARQL editor asks an endpoint, over the description."""
    store = pyoxigraph.Store()
    turtle = describe(ALL, endpoint="https://example.org/sparql").serialize(format="turtle")
    store.load(turtle, format=pyoxigraph.RdfFormat.TURTLE)
    sh = "PREFIX sh: <http://www.w3.org/ns/shacl#> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> "
    found = store.query(
        sh + "SELECT ?comment ?query { ?sq a sh:SPARQLExecutable ; rdfs:comment ?comment ; "
        "sh:select|sh:ask|sh:construct ?query }"
    )
    assert {(r["comment"].value, r["query"].value) for r in found} == {(e.question, e.query) for e in ALL}
    declared = store.query(sh + "SELECT DISTINCT ?prefix ?namespace { [] sh:namespace ?namespace ; sh:prefix ?prefix }")
    assert {(r["prefix"].value, r["namespace"].value) for r in declared} == {
        pair for e in ALL for pair in e.prefixes.items()
    }
    targets = store.query("SELECT (COUNT(*) AS ?n) { ?q <https://schema.org/target> <https://example.org/sparql> }")
    assert [int(row["n"].value) for row in targets] == [len(ALL)]
    assert not any(isinstance(t, pyoxigraph.BlankNode) for q in store for t in (q.subject, q.object))


def test_what_is_no_example_says_so(tmp_path: Path) -> None:
    path = tmp_path / "new.rq"
    path.write_text("# title: New\n# for: reader\nASK { ?s ?p ?o }\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"new\.rq: the head has no question and no keywords"):
        examples(tmp_path)
    path.write_text("# title: N\n# for: r\n# question: Q?\n# keywords: k\nDESCRIBE <x:y>\n", encoding="utf-8")
    with pytest.raises(DataError, match="no SELECT"):
        examples(tmp_path)
    one = "# title: N\n# for: r\n# question: Q?\n# keywords: k, l\n# why so\nPREFIX x: <{}>\nASK {{ ?s x:p ?o }}\n"
    path.write_text(one.format("x:1"), encoding="utf-8")
    (tmp_path / "two.rq").write_text(one.format("x:2"), encoding="utf-8")
    found = examples(tmp_path)
    assert [(e.form, e.keywords) for e in found] == [("ask", ("k", "l"))] * 2
    assert found[0].query.startswith("# why so\n")
    with pytest.raises(DataError, match="the prefix x stands for x:1 elsewhere"):
        describe(found)


# ---- the page


def page(corpus: kg.Workspace) -> Iterator[str]:
    order = list(AUDIENCES)
    sections = groupby(sorted(ALL, key=lambda e: (order.index(e.audience), e.title)), key=lambda e: e.audience)
    for audience, found in sections:
        yield f"\n## {AUDIENCES[audience]}\n"
        for example in found:
            yield f"\n### {example.title}\n\n{example.question} ([{example.name}.rq]({example.name}.rq))\n\n"
            body = re.sub(r"^PREFIX .*\n+", "", example.query, flags=re.MULTILINE).strip()
            yield f"```sparql\n{body}\n```\n\n"
            yield from shown(corpus.query(example.query), corpus)


def shown(answer: Result, corpus: kg.Workspace) -> Iterator[str]:
    if answer.truth is not None:
        yield f"**{str(answer.truth).lower()}**\n"
    elif answer.kind == "graph":
        triples = sorted(answer.triples, key=str)
        named = {p: n for p, n in corpus.profile.prefixes.namespaces.items() if any(n in str(t) for t in triples)}
        text = (pyoxigraph.serialize(triples, format=pyoxigraph.RdfFormat.TURTLE, prefixes=named) or b"").decode()
        text = re.sub(r"^@prefix .*\n", "", text, flags=re.MULTILINE)
        yield f"```turtle\n{text}```\n"
    else:
        yield f"| {' | '.join(answer.variables)} |\n|{' --- |' * len(answer.variables)}\n"
        for row in answer.rows:
            yield f"| {' | '.join(cell(term, corpus) for term in row)} |\n"


def cell(term: object, corpus: kg.Workspace) -> str:
    if term is None:
        return ""
    text = getattr(term, "value", str(term))
    if isinstance(term, pyoxigraph.NamedNode):
        own = text.removeprefix(corpus.iris.base)
        text = corpus.profile.prefixes.compress(text) or own
        text = f"`{text}`" if not text.startswith("http") else f"<{text}>"
    return re.sub(r"([0-9a-f]{8})[0-9a-f]{56}", r"\1…", text).replace("|", r"\|").replace("\n", " ")
