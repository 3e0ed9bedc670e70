"""Queries that mean harm are refused or ended, each for itself, and nobody else is harmed."""

from __future__ import annotations

import runpy
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from kg.errors import Overloaded, QueryEnded, QueryError
from kg.sparql.answer import Limits
from kg.sparql.lanes import HEAVY, WAITING_HEAVY, weigh
from kg.store.limits import check_text, scan

Live = Any
QUERIES = runpy.run_path(str(Path(__file__).with_name("hostile.py")))["QUERIES"]
siege = runpy.run_path(str(Path(__file__).with_name("siege.py")), run_name="siege")["siege"]
HERE = Limits(deadline=0.6, memory=96 << 20, rows=100_000, bytes=4 << 20)
COUNT = "SELECT (COUNT(*) AS ?n) {{ ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }} # {}"


def test_there_are_enough_of_them_and_each_has_its_name() -> None:
    assert len(QUERIES) >= 60
    assert len({q.name for q in QUERIES}) == len(QUERIES)


@pytest.mark.parametrize("hostile", [q for q in QUERIES if q.must_be == "refused"], ids=lambda q: q.name)
def test_what_must_be_refused_is_refused_before_anything_reads_it(hostile: Any) -> None:
    with pytest.raises(QueryError) as caught:
        check_text(hostile.text)
    assert caught.value.where.startswith("line ")


@pytest.mark.parametrize("hostile", [q for q in QUERIES if q.must_be == "ended"], ids=lambda q: q.name)
def test_what_must_be_ended_is_not_refused(hostile: Any) -> None:
    check_text(hostile.text)


def test_each_is_over_by_its_deadline_and_others_go_on(make_live: Callable[[], Live]) -> None:
    """A share of them; the whole list at its full deadline is in the reliability harness."""
    live = make_live()
    pool = live.pool(size=4)
    pool.warm()
    share = [q for q in QUERIES if q.must_be != "refused"][::6]

    def read(n: int) -> None:
        answer = pool.ask(f"SELECT ?p ?o {{ <http://e/s{n % 1800}> ?p ?o }}")
        assert answer.commit <= live.number
        assert b'"p":' in answer.read()

    found = siege(
        share,
        lambda text: pool.ask(text, limits=HERE).body.close(),
        read,
        lambda n: live.commit(f'<http://e/n{n}> <http://e/new> "{n}" <http://e/g> .\n'),
        at_once=4,
    )
    assert found.wrong == []
    assert sum(found.fates.values()) == len(share)
    assert found.fates["ended"] > len(share) / 2
    assert len(found.reads) > len(share) < len(found.writes)


def test_of_many_heavy_ones_some_wait_and_the_rest_are_told_to_come_again(make_live: Callable[[], Live]) -> None:
    pool = make_live().pool()
    pool.warm()

    def ask(n: int) -> str:
        try:
            pool.ask(COUNT.format(n), limits=Limits(deadline=1.0)).body.close()
        except (QueryEnded, Overloaded) as e:
            return e.code
        return "answered"

    with ThreadPoolExecutor(WAITING_HEAVY + 8) as threads:
        told = list(threads.map(ask, range(WAITING_HEAVY + 8)))
    assert set(told) == {"query-ended", "overloaded"}
    assert told.count("overloaded") > 7
    assert pool.ask("ASK {}").read()


LIGHT = [
    "SELECT ?p ?o { <http://e/s> ?p ?o }",
    "PREFIX e: <http://e/> SELECT ?o { e:s e:p ?o . ?o e:q ?x OPTIONAL { ?x e:label ?l } }",
    "ASK {}",
    "SELECT * { ?s ?p ?o } LIMIT 10",
    "DESCRIBE <http://e/s>",
    "CONSTRUCT WHERE { <http://e/s> ?p ?o }",
    "SELECT ?c { ?c a <http://e/Claim> ; <http://e/about> <http://e/x> } ORDER BY ?c LIMIT 50",
]


@pytest.mark.parametrize("text", LIGHT)
def test_a_point_read_looks_light(text: str) -> None:
    assert weigh(scan(text)) < HEAVY


def test_most_of_what_must_be_ended_looks_heavy() -> None:
    heavy = [q.name for q in QUERIES if q.must_be == "ended" and weigh(scan(q.text)) == HEAVY]
    assert len(heavy) > 0.9 * sum(q.must_be == "ended" for q in QUERIES)


def test_what_looks_light_and_is_not_gives_way(make_live: Callable[[], Live]) -> None:
    """It runs as long as nobody waits; then it is asked again behind the heavy ones."""
    pool = make_live().pool()
    pool.warm()
    liar = "SELECT * {{ {} FILTER(?i < ?l && ?l < ?o && ?o < ?r && ?r < ?i) }} # {}"
    product = "?g <http://e/p1> ?i . ?j <http://e/p2> ?l . ?m <http://e/p3> ?o . ?q <http://e/p4> ?r"
    assert weigh(scan(liar.format(product, 0))) < HEAVY
    ended: list[str] = []

    def lie(n: int) -> None:
        try:
            pool.ask(liar.format(product, n), limits=Limits(deadline=2.5)).body.close()
        except (QueryEnded, Overloaded) as e:
            ended.append(e.code)

    with ThreadPoolExecutor(4) as threads:
        lying = [threads.submit(lie, n) for n in range(4)]
        for n in range(200):
            assert pool.ask(f"ASK {{ <http://e/s{n}> ?p ?o }}").read()
        for each in lying:
            each.result()
    assert len(ended) == 4
