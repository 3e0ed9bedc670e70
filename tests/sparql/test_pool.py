"""Queries in worker processes: the same answers, always of the last commit, and told when not."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from pyoxigraph import NamedNode, QueryResultsFormat, RdfFormat, parse, parse_query_results

from kg.errors import NotAcceptable, QueryEnded, QueryError, UsageError, WorkspaceError
from kg.schema.names import XSD
from kg.sparql import sandbox
from kg.sparql.answer import GRAPHS, ROWS, At, Dataset, Limits
from kg.sparql.pool import Pool

Live = Any
proc = pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="the system does not tell of processes")
ONE = "SELECT ?o { <http://e/s5> e:p5 ?o }"
COUNT = "SELECT (COUNT(*) AS ?n) { ?s e:new ?o }"


def rows(pool: Pool, text: str, **options: Any) -> list[dict[str, str]]:
    bindings = json.loads(pool.ask(text, **options).read())["results"]["bindings"]
    return [{k: v["value"] for k, v in b.items()} for b in bindings]


def count(pool: Pool, text: str = COUNT, **options: Any) -> int:
    return int(rows(pool, text, **options)[0]["n"])


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


def test_blank_nodes_are_blank_nodes(make_live: Callable[[], Live]) -> None:
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
    pool: Pool, text: str, dataset: Dataset, rows_there: int
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


def test_an_answer_over_a_cap_is_not_given_out(pool: Pool) -> None:
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


def test_deadline_and_memory_end_a_query_and_nothing_else(pool: Pool) -> None:
    product = "?a ?b ?c . ?d ?e ?f . ?g ?h ?i"
    with pytest.raises(QueryEnded, match=r"ended at its deadline of 0\.4 s") as caught:
        pool.ask(f"SELECT (COUNT(*) AS ?n) {{ {product} }}", limits=Limits(deadline=0.4))
    assert caught.value.reason == "deadline"
    with pytest.raises(QueryEnded, match="more than 64 MiB of memory") as caught:
        pool.ask(f"SELECT * {{ {product} }} ORDER BY ?c ?f ?i", limits=Limits(deadline=30, memory=64 << 20))
    assert caught.value.reason == "memory"
    assert rows(pool, ONE) == [{"o": "5"}]
    assert pool.counts().ended["deadline"] >= 1


# ---- commits


def test_an_answer_knows_every_commit_before_the_question(make_live: Callable[[], Live]) -> None:
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


def test_an_earlier_state_can_be_asked(make_live: Callable[[], Live]) -> None:
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


def test_after_a_bulk_load_workers_start_again(make_live: Callable[[], Live]) -> None:
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
    make_live: Callable[[], Live], until: Callable[[Callable[[], bool]], None]
) -> None:
    live = make_live()
    pool = live.pool()
    pool.warm()
    for n in range(1, 1201):
        live.commit(f'<http://e/n{n}> <http://e/new> "{n}" <http://e/g> .\n')
    until(lambda: len(pool._backlog._held) < 300)
    assert count(pool) == 1200


def test_a_commit_that_workers_cannot_read_is_in_their_next_base(make_live: Callable[[], Live]) -> None:
    live = make_live()
    pool = live.pool()
    pool.warm()
    live.commit('<http://e/n> <http://e/new> "n" <http://e/g> .\n', told="this is no quad")
    assert count(pool, limits=Limits(deadline=30)) == 1


def test_the_mark_of_the_commit_can_be_hidden(make_live: Callable[[], Live]) -> None:
    live = make_live()
    pool = live.pool(union=False, mark=NamedNode("http://e/graph/commit"))
    live.commit('<http://e/n> <http://e/new> "n" .\n')
    assert pool.ask("ASK {}").commit == live.number
    assert count(pool) == 1
    assert count(pool, "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s <https://w3id.org/stemma/ontology/commit> ?o } }") == 0
    assert not rows(pool, "SELECT ?g { GRAPH ?g {} FILTER(?g = <http://e/graph/commit>) }")


# ---- updates


def test_an_update_comes_back_as_quads_and_changes_nothing(live: Live, pool: Pool) -> None:
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


# ---- processes


def workers(live: Live) -> set[int]:
    """The processes that work in the folder of a store."""
    pids = (int(p) for t in Path("/proc/self/task").glob("*/children") for p in t.read_text().split())
    return {p for p in pids if str(live.folder) in os.path.realpath(f"/proc/{p}/cwd")}


@proc
def test_a_worker_that_is_killed_is_replaced_and_none_outlives_the_pool(
    make_live: Callable[[], Live], until: Callable[[Callable[[], bool]], None]
) -> None:
    live = make_live()
    pool = live.pool()
    pool.warm()
    until(lambda: pool.counts().idle == 3)
    first = workers(live)
    assert len(first) == 3
    for worker in first:
        os.kill(worker, signal.SIGKILL)
    assert rows(pool, ONE)
    until(lambda: len(workers(live) - first) == 3 == len(workers(live)))
    snapshots = live.folder / "snapshots-0"
    assert len([p for p in snapshots.iterdir() if p.is_dir()]) <= 7
    pool.close()
    pool.close()
    assert workers(live) == set()
    assert not snapshots.exists()
    with pytest.raises(WorkspaceError, match="closed"):
        pool.ask(ONE)


def test_a_close_ends_what_runs(make_live: Callable[[], Live], until: Callable[[Callable[[], bool]], None]) -> None:
    pool = make_live().pool()
    with ThreadPoolExecutor(1) as threads:
        asking = threads.submit(pool.ask, "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }")
        until(lambda: pool.counts().running == 1)
        pool.close()
        with pytest.raises(WorkspaceError, match="closed"):
            asking.result()


def test_a_pool_that_nobody_asks_starts_nothing(make_live: Callable[[], Live]) -> None:
    live = make_live()
    pool = live.pool()
    live.commit('<http://e/n> <http://e/new> "n" <http://e/g> .\n')
    assert pool.number == live.number
    pool.close()
    assert not (live.folder / "snapshots-0").exists()
    with pytest.raises(WorkspaceError, match="closed"):
        pool.ask(ONE)


@proc
def test_who_asks_once_needs_one_worker(make_live: Callable[[], Live]) -> None:
    live = make_live()
    assert rows(live.pool(), ONE)
    assert len(workers(live)) == 1


def test_what_an_earlier_owner_left_is_deleted(make_live: Callable[[], Live]) -> None:
    live = make_live()
    left = live.folder / "snapshots-0" / "base-1"
    left.mkdir(parents=True)
    (left / "file").touch()
    assert rows(live.pool(), ONE)
    assert not (left / "file").exists()


def test_the_sandbox_is_told(pool: Pool) -> None:
    pool.warm()
    assert pool.sandbox == sandbox.expected()


def test_without_a_store_it_is_told(tmp_path: Path) -> None:
    class Broken:
        path = None

        def backup(self, target: Path) -> None:
            raise WorkspaceError("the store cannot be copied", where=str(target))

    pool = Pool(Broken(), 0, tmp_path / "s", union=True, prefixes={})
    try:
        with pytest.raises(WorkspaceError, match="cannot be copied"):
            pool.ask("ASK {}")
    finally:
        pool.close()


def test_numbers_and_dates_are_told_as_the_store_has_them(make_live: Callable[[], Live]) -> None:
    live = make_live()
    pool = live.pool()
    pool.warm()
    line = f'<http://e/n> <http://e/new> "01"^^<{XSD}integer> <http://e/g> .\n'
    live.commit(line)
    assert rows(pool, "SELECT ?o { ?s e:new ?o }") == [{"o": "1"}]
    live.commit(removes=line)
    assert count(pool) == 0
