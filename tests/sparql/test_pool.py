"""What a pool answers: the same as the engine in process, in every format, and told when not."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from pyoxigraph import QueryResultsFormat, parse, parse_query_results

from kg.errors import NotAcceptable, QueryEnded, QueryError, UsageError
from kg.sparql.answer import GRAPHS, ROWS, Dataset, Limits
from kg.sparql.pool import Pool

Live = Any
Ask = Callable[..., list[dict[str, str]]]
ONE = "SELECT ?o { <http://e/s5> e:p5 ?o }"

# ---- kinds and formats


@pytest.mark.parametrize("format", ROWS)
def test_rows_come_in_every_format(pool: Pool, format: str) -> None:
    answer = pool.ask("SELECT ?s ?o { ?s e:p3 ?o } ORDER BY ?o LIMIT 3", rows=format)
    assert (answer.kind, answer.format, answer.variables) == ("rows", format, ("s", "o"))
    body = answer.read()
    assert len(body) == answer.length
    if format == "csv":
        assert len(list(csv.reader(io.StringIO(body.decode())))) == 4
    else:
        assert len(list(parse_query_results(body, ROWS[format]))) == 3  # type: ignore[arg-type]


@pytest.mark.parametrize("format", ROWS)
def test_a_truth_comes_in_every_format(pool: Pool, format: str) -> None:
    answer = pool.ask("ASK { <http://e/s5> ?p ?o }", rows=format)
    assert (answer.kind, answer.variables) == ("truth", ())
    assert b"true" in answer.read()


@pytest.mark.parametrize("format", GRAPHS)
def test_triples_come_in_every_format_each_once(pool: Pool, format: str) -> None:
    answer = pool.ask("CONSTRUCT { <http://e/x> e:p ?p } WHERE { ?s ?p ?o }", graph=format)
    assert (answer.kind, answer.format) == ("graph", format)
    body = answer.read()
    quads = list(parse(body, GRAPHS[format]))
    assert len(quads) == len(set(quads)) == 9
    assert (b"e:x" in body or b'"@id":"e:x"' in body or b"e:p" in body) == (format in ("ttl", "trig", "rdf"))


def test_a_long_answer_is_kept_on_disk(live: Live, pool: Pool) -> None:
    text = "SELECT ?s ?o ?x { ?s e:next ?o . ?x e:next ?y }"
    answer = pool.ask(text, rows="csv")
    with answer.body as body:
        assert body.fileno() >= 0
        assert sum(1 for _ in body) == 200 * 200 + 1
    inside = live.store.query(text, {"e": "http://e/"}).serialize(format=QueryResultsFormat.CSV)
    assert answer.length == len(inside)


def test_what_has_no_format_is_not_acceptable(pool: Pool) -> None:
    for text, kind in ((ONE, "rows"), ("ASK {}", "a truth")):
        with pytest.raises(NotAcceptable, match=kind):
            pool.ask(text, rows=None)
    with pytest.raises(NotAcceptable, match="triples"):
        pool.ask("DESCRIBE <http://e/s5>", graph=None)
    with pytest.raises(UsageError, match="no such format"):
        pool.ask(ONE, rows="pdf")


def test_the_answer_is_that_of_the_engine_in_process(live: Live, pool: Pool) -> None:
    text = "SELECT * { ?s ?p ?o OPTIONAL { ?o e:next ?x } } ORDER BY ?s ?p ?o ?x"
    inside = live.store.query(text, {"e": "http://e/"}).serialize(format=QueryResultsFormat.JSON)
    answer = pool.ask(text)
    assert answer.read() == inside
    assert answer.length > 1 << 17


# ---- the dataset


@pytest.mark.parametrize(
    ("text", "dataset", "rows_there"),
    [
        ("SELECT * { <http://e/s5> ?p ?o }", Dataset(), 2),
        ("SELECT * FROM <http://e/links> { <http://e/s5> ?p ?o }", Dataset(), 1),
        ("SELECT * FROM NAMED <http://e/links> { <http://e/s5> ?p ?o }", Dataset(), 0),
        ("SELECT * FROM NAMED <http://e/links> { GRAPH ?g { <http://e/s5> ?p ?o } }", Dataset(), 1),
        ("SELECT * { <http://e/s5> ?p ?o }", Dataset(default=("http://e/links",)), 1),
        ("SELECT * FROM <http://e/nothing> { <http://e/s5> ?p ?o }", Dataset(default=("http://e/links",)), 1),
        ("SELECT * { <http://e/s5> ?p ?o }", Dataset(default=("http://e/links", "http://e/g5")), 2),
        ("SELECT * { GRAPH ?g { <http://e/s5> ?p ?o } }", Dataset(default=("http://e/links",)), 0),
        ("SELECT * { GRAPH ?g { <http://e/s5> ?p ?o } }", Dataset(named=("http://e/links",)), 1),
        ("SELECT * { <http://e/s5> ?p ?o }", Dataset(named=("http://e/links",)), 0),
    ],
)
def test_the_dataset_is_that_of_the_request_else_of_the_text(
    pool: Pool, text: str, dataset: Dataset, rows_there: int, rows: Ask
) -> None:
    assert len(rows(pool, text, dataset=dataset)) == rows_there


# ---- faults


@pytest.mark.parametrize(
    ("text", "where", "told"),
    [
        ("SELEKT", "line 1, column 7", "this is no SPARQL query"),
        ("SELECT * {\n  ?s ?p }", "line 2, column 10", "this is no SPARQL query"),
        ("SELECT * {\n ?s ?p ?o .\n SERVICE <http://e/> {} }", "line 3, column 2", "SERVICE is not allowed"),
        ("INSERT DATA {}", "line 1, column 10", "this is no SPARQL query"),
        ("ASK { ?s ?p '\ud800' }", "", "the query failed"),
    ],
)
def test_a_wrong_query_is_told_with_its_place(pool: Pool, text: str, where: str, told: str) -> None:
    with pytest.raises(QueryError, match=told) as caught:
        pool.ask(text)
    assert caught.value.where == where


def test_an_answer_over_a_cap_is_not_given_out(pool: Pool, rows: Ask) -> None:
    for format in ROWS:
        assert pool.ask("SELECT * { ?s e:next ?o }", rows=format, limits=Limits(rows=200)).read()
        with pytest.raises(QueryEnded, match="more than 199 rows") as caught:
            pool.ask("SELECT * { ?s e:next ?o }", rows=format, limits=Limits(rows=199))
        assert caught.value.reason == "rows"
    with pytest.raises(QueryEnded, match="more than 10 rows"):
        pool.ask("CONSTRUCT WHERE { ?s e:next ?o }", limits=Limits(rows=10))
    with pytest.raises(QueryEnded, match="longer than 10,000 bytes") as caught:
        pool.ask("SELECT * { ?s ?p ?o }", limits=Limits(bytes=10_000))
    assert caught.value.reason == "bytes"
    assert rows(pool, ONE)


@pytest.mark.parametrize("format", ROWS)
def test_rows_are_counted_whatever_they_hold(pool: Pool, format: str) -> None:
    values = ["'a'", "'\"}},{'", "'{},'", "'<result>'", "'\\n'", "UNDEF", "UNDEF"]
    text = f"SELECT ?x ?none {{ VALUES ?x {{ {' '.join(values)} }} }}"
    with pytest.raises(QueryEnded):
        pool.ask(text, rows=format, limits=Limits(rows=6))
    assert pool.ask(text, rows=format, limits=Limits(rows=9)).read()


def test_deadline_and_memory_end_a_query_and_nothing_else(pool: Pool, rows: Ask) -> None:
    product = "?a ?b ?c . ?d ?e ?f . ?g ?h ?i"
    with pytest.raises(QueryEnded, match=r"ended at its deadline of 0\.4 s") as caught:
        pool.ask(f"SELECT (COUNT(*) AS ?n) {{ {product} }}", limits=Limits(deadline=0.4))
    assert caught.value.reason == "deadline"
    with pytest.raises(QueryEnded, match="more than 64 MiB of memory") as caught:
        pool.ask(f"SELECT * {{ {product} }} ORDER BY ?c ?f ?i", limits=Limits(deadline=30, memory=64 << 20))
    assert caught.value.reason == "memory"
    assert rows(pool, ONE) == [{"o": "5"}]
    assert pool.counts().ended["deadline"] >= 1


# ---- updates


def test_an_update_comes_back_as_quads_and_changes_nothing(live: Live, pool: Pool, rows: Ask) -> None:
    where = "{ GRAPH ?g { ?s e:p3 ?o FILTER(?o = '3') } }"
    delta = pool.update(f"DELETE {{ GRAPH ?g {{ ?s e:p3 ?o }} }} INSERT {{ GRAPH ?g {{ ?s e:was ?o }} }} WHERE {where}")
    assert delta.removes == ('<http://e/s3> <http://e/p3> "3" <http://e/g3> .\n',)
    assert delta.adds == ('<http://e/s3> <http://e/was> "3" <http://e/g3> .\n',)
    assert delta.number == live.number
    assert rows(pool, "SELECT ?o { <http://e/s3> e:p3 ?o }") == [{"o": "3"}]
    assert pool.update("DELETE DATA { GRAPH e:g { e:a e:b 'c' } }").removes == ()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("INSERT DATE {}", "no SPARQL update"),
        ("LOAD <http://127.0.0.1:9/>", "LOAD"),
        ("INSERT { ?s ?p ?o } WHERE { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }", "SERVICE"),
    ],
)
def test_a_wrong_update_is_told(pool: Pool, text: str, told: str) -> None:
    with pytest.raises(QueryError, match=told):
        pool.update(text)


def test_an_update_without_end_is_ended(pool: Pool) -> None:
    with pytest.raises(QueryEnded, match="deadline"):
        pool.update("INSERT { ?a ?b ?i } WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }", limits=Limits(deadline=0.5))
