"""What a pool knows: every commit before the question, an earlier state, and a load past the committer."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from pyoxigraph import NamedNode, RdfFormat, parse

from kg.errors import UsageError
from kg.schema.names import XSD
from kg.sparql.answer import At, Limits

Live = Any
Ask = Callable[..., list[dict[str, str]]]
Count = Callable[..., int]
COUNT = "SELECT (COUNT(*) AS ?n) { ?s e:new ?o }"


def test_an_answer_knows_every_commit_before_the_question(
    make_live: Callable[[], Live], rows: Ask, count: Count
) -> None:
    live = make_live()
    pool = live.pool()
    for n in range(1, 31):
        live.commit(f'<http://e/n{n}> <http://e/new> "{n}" <http://e/g> .\n')
        answer = pool.ask(COUNT)
        assert answer.commit == live.number
        assert json.loads(answer.read())["results"]["bindings"][0]["n"]["value"] == str(n)
    live.commit(removes='<http://e/n1> <http://e/new> "1" <http://e/g> .\n')
    assert count(pool) == 29
    assert count(pool, min_commit=live.number) == 29
    with pytest.raises(UsageError, match="there is no commit"):
        pool.ask(COUNT, min_commit=live.number + 1)
    assert rows(pool, "SELECT ?n { ?x <https://w3id.org/stemma/ontology/commit> ?n }") == [{"n": str(live.number)}]


def test_an_answer_may_be_stale_if_that_is_asked(make_live: Callable[[], Live]) -> None:
    live = make_live()
    pool = live.pool()
    pool.warm()
    live.commit('<http://e/n> <http://e/new> "n" <http://e/g> .\n')
    answer = pool.ask(COUNT, stale=True)
    assert json.loads(answer.read())["results"]["bindings"][0]["n"]["value"] == str(answer.commit - 1)
    assert answer.commit in (1, 2)


def test_many_askers_beside_many_commits(make_live: Callable[[], Live]) -> None:
    live = make_live()
    pool = live.pool(size=3)
    done = threading.Event()

    def read() -> int:
        asked = 0
        while not done.is_set():
            before = live.number
            answer = pool.ask("SELECT ?o { <http://e/counter> e:is ?o }")
            (row,) = json.loads(answer.read())["results"]["bindings"] or [{"o": {"value": "1"}}]
            assert int(row["o"]["value"]) == answer.commit >= before
            asked += 1
        return asked

    line = '<http://e/counter> <http://e/is> "{}" <http://e/c> .\n'
    live.commit(line.format(2))
    with ThreadPoolExecutor(6) as threads:
        asking = [threads.submit(read) for _ in range(6)]
        for n in range(3, 150):
            live.commit(line.format(n), line.format(n - 1))
        done.set()
        assert all(a.result() for a in asking)


def test_an_earlier_state_can_be_asked(make_live: Callable[[], Live], rows: Ask) -> None:
    live = make_live()
    early = live.pool()
    early.warm()
    for n in range(1, 6):
        live.commit(f'<http://e/n{n}> <http://e/new> "{n}" <http://e/t{n}> .\n')
    live.commit(removes='<http://e/n1> <http://e/new> "1" <http://e/t1> .\n')
    late = live.pool()
    for pool in (early, late):
        for number, there in ((2, 1), (6, 5)):
            answer = pool.ask(COUNT, at=At(number, live.back(number)))
            assert answer.commit == number
            assert json.loads(answer.read())["results"]["bindings"][0]["n"]["value"] == str(there)
        graphs = "SELECT ?g { GRAPH ?g {} FILTER(?g = e:t4) }"
        assert not rows(pool, graphs, at=At(4, live.back(4)))
        assert rows(pool, graphs)
    with pytest.raises(UsageError, match="there is no commit 8"):
        late.ask(COUNT, at=At(8, live.back(8)))


def test_after_a_bulk_load_workers_start_again(make_live: Callable[[], Live], count: Count) -> None:
    live = make_live()
    pool = live.pool()
    assert count(pool) == 0
    live.store.load(parse('<http://e/b> <http://e/new> "b" <http://e/g> .', RdfFormat.N_QUADS))
    pool.renew()
    assert count(pool) == 1
    live.commit("".join(f'<http://e/n{n}> <http://e/new> "{n}" <http://e/g> .\n' for n in range(20_001)))
    assert count(pool) == 20_002
    live.commit('<http://e/n> <http://e/new> "n" <http://e/g> .\n')
    assert count(pool) == 20_003


def test_a_long_backlog_becomes_a_new_base(
    make_live: Callable[[], Live], until: Callable[[Callable[[], bool]], None], count: Count
) -> None:
    live = make_live()
    pool = live.pool()
    pool.warm()
    for n in range(1, 1201):
        live.commit(f'<http://e/n{n}> <http://e/new> "{n}" <http://e/g> .\n')
    until(lambda: len(pool._backlog._held) < 300)
    assert count(pool) == 1200


def test_a_commit_that_workers_cannot_read_is_in_their_next_base(make_live: Callable[[], Live], count: Count) -> None:
    live = make_live()
    pool = live.pool()
    pool.warm()
    live.commit('<http://e/n> <http://e/new> "n" <http://e/g> .\n', told="this is no quad")
    assert count(pool, limits=Limits(deadline=30)) == 1


def test_the_mark_of_the_commit_can_be_hidden(make_live: Callable[[], Live], rows: Ask, count: Count) -> None:
    live = make_live()
    pool = live.pool(union=False, mark=NamedNode("http://e/graph/commit"))
    live.commit('<http://e/n> <http://e/new> "n" .\n')
    assert pool.ask("ASK {}").commit == live.number
    assert count(pool) == 1
    assert count(pool, "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s <https://w3id.org/stemma/ontology/commit> ?o } }") == 0
    assert not rows(pool, "SELECT ?g { GRAPH ?g {} FILTER(?g = <http://e/graph/commit>) }")


def test_blank_nodes_are_blank_nodes(make_live: Callable[[], Live], count: Count) -> None:
    live = make_live()
    pool = live.pool(union=False)
    pool.warm()
    live.commit("_:a <http://e/new> _:b <http://e/g> .\n_:b <http://e/new> _:a .\n")
    (quad,) = parse(
        pool.ask("CONSTRUCT { ?s ?p ?o } WHERE { GRAPH e:g { ?s e:new ?o . ?s ?p ?o } }").read(), RdfFormat.N_TRIPLES
    )
    live.commit(removes="_:a <http://e/new> _:b <http://e/g> .\n")
    assert quad.subject != quad.object
    assert not count(pool, "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s e:new ?o } }")
    assert count(pool) == 1


def test_numbers_and_dates_are_told_as_the_store_has_them(
    make_live: Callable[[], Live], rows: Ask, count: Count
) -> None:
    live = make_live()
    pool = live.pool()
    pool.warm()
    line = f'<http://e/n> <http://e/new> "01"^^<{XSD}integer> <http://e/g> .\n'
    live.commit(line)
    assert rows(pool, "SELECT ?o { ?s e:new ?o }") == [{"o": "1"}]
    live.commit(removes=line)
    assert count(pool) == 0
