"""SPARQL and the Graph Store verbs on a workspace: whatever comes in goes through the gate."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pyoxigraph import BlankNode, Literal, NamedNode, Quad

import kg

Make = Callable[..., dict[str, Any]]
State = Callable[[kg.Workspace], Any]
WORDS = "the cells may slow ALS"
AGENT = "https://w3id.org/stemma/agent/someone"
G = "https://example.org/g"


@pytest.fixture
def one(ingested: kg.Workspace, claim: Make) -> kg.Workspace:
    ingested.add(claim(WORDS, id="a"))
    return ingested


@pytest.fixture
def anything(tmp_path: Path) -> Iterator[kg.Workspace]:
    with kg.init(tmp_path / "O", profile="open") as opened:
        yield opened


# ---- asking


def test_an_answer_knows_what_was_committed_before(one: kg.Workspace, claim: Make) -> None:
    text = "SELECT ?c { ?c a stemma:Claim }"
    assert len(one.query(text).rows) == 1
    for n in range(3):
        one.add(claim(WORDS, id=f"x{n}"))
        assert len(one.query(text).rows) == n + 2


def test_an_earlier_state_can_be_asked(one: kg.Workspace) -> None:
    one.add({**one.claim("a"), "paraphrase": "Said otherwise."})
    text = "SELECT ?p { ?c stemma:paraphrase ?p }"
    now = one.query(text).dicts()[0]["p"]
    assert now == "Said otherwise."
    assert one.query(text, at=2).dicts()[0]["p"] != now
    assert one.query(text, at=1).rows == ()
    assert one.query(text, at="2999-12-31").dicts()[0]["p"] == now
    with pytest.raises(kg.NotFound):
        one.query(text, at=9)


def test_a_query_that_takes_too_long_is_ended(one: kg.Workspace) -> None:
    from kg.sparql.answer import Limits

    text = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
    with pytest.raises(kg.QueryEnded) as caught:
        one.query(text, limits=Limits(deadline=1.0))
    assert caught.value.reason == "deadline"
    assert one.query("ASK {}").truth


# ---- updates of records


def update(paraphrase: str) -> str:
    return f"""DELETE {{ GRAPH ?c {{ ?c stemma:paraphrase ?p }} }}
        INSERT {{ GRAPH ?c {{ ?c stemma:paraphrase "{paraphrase}" }} }}
        WHERE {{ GRAPH ?c {{ ?c stemma:paraphrase ?p }} }}"""


def test_an_update_is_an_edit(one: kg.Workspace) -> None:
    receipt = one.quads.update(update("Said otherwise."), agent=AGENT)
    assert receipt.changed == (one.iris.of("claim", "a"),)
    record = one.claim("a")
    assert (record["paraphrase"], record["version"]) == ("Said otherwise.", 2)
    assert [e.agent for e in one.log()][-1] == AGENT


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('INSERT DATA { GRAPH <urn:x> { <urn:s> <urn:p> "o" } }', "graph-foreign"),
        ('INSERT DATA { <urn:s> <urn:p> "o" }', "graph-foreign"),
        ("DELETE WHERE { GRAPH ?c { ?c stemma:source ?s } }", "claim-source"),
        ("CLEAR ALL", "record-removed"),
        ("DELETE { GRAPH ?g { ?c stemma:reviewStatus ?s } } INSERT { GRAPH ?g { ?c stemma:reviewStatus "
         "stemma:accepted } } WHERE { GRAPH ?g { ?c stemma:reviewStatus ?s } }", "review-by-update"),
    ],
)  # fmt: skip
def test_an_update_goes_through_the_gate(one: kg.Workspace, state: State, findings: Any, text: str, code: str) -> None:
    before = state(one)
    assert code in {f.code for f in findings(lambda: one.quads.update(text, agent=AGENT))}
    assert state(one) == before


def test_updates_at_the_same_time_lose_nothing(one: kg.Workspace, claim: Make) -> None:
    one.add([claim(WORDS, id=f"n{i}") for i in range(4)])

    def edit(i: int) -> None:
        text = f"""DELETE {{ GRAPH ?c {{ ?c stemma:note ?p }} }} INSERT {{ GRAPH ?c {{ ?c stemma:note "{i}" }} }}
            WHERE {{ BIND(<{one.iris.of("claim", f"n{i % 4}")}> AS ?c)
                OPTIONAL {{ GRAPH ?c {{ ?c stemma:note ?p }} }} }}"""
        one.quads.update(text, agent=AGENT)

    threads = [threading.Thread(target=edit, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [one.claim(f"n{i}")["version"] for i in range(4)] == [3, 3, 3, 3]


# ---- graphs of records


def test_the_graph_of_a_record_can_be_read_and_put(one: kg.Workspace, findings: Any) -> None:
    name = one.iris.of("claim", "a")
    quads = one.quads.graph_get(name)
    assert quads
    told = [q if not q.predicate.value.endswith("paraphrase") else _said(q) for q in quads]
    assert one.quads.graph_put(name, told, agent=AGENT).changed == (name,)
    assert one.claim("a")["paraphrase"] == "Said otherwise."
    assert {f.code for f in findings(lambda: one.quads.graph_delete(name, agent=AGENT))} == {"record-removed"}
    assert one.quads.graph_get(one.iris.of("claim", "none")) is None
    with pytest.raises(kg.NotFound):
        one.quads.graph_delete(one.iris.of("claim", "none"), agent=AGENT)


def _said(quad: Quad) -> Quad:
    return Quad(quad.subject, quad.predicate, Literal("Said otherwise."), quad.graph_name)


# ---- a workspace that takes anything


def test_any_rdf_comes_in_and_goes_out(anything: kg.Workspace) -> None:
    quads = anything.quads
    quads.update(f'INSERT DATA {{ <urn:s> <urn:p> "o" . GRAPH <{G}> {{ _:b <urn:p> 1 }} }}', agent=AGENT)
    assert anything.query("ASK { <urn:s> <urn:p> ?o }").truth
    assert not anything.query("ASK { ?b <urn:p> 1 }").truth  # the default graph is no union
    assert anything.query("ASK { GRAPH ?g { ?b <urn:p> 1 } FILTER isBlank(?b) }").truth
    graphs = anything.query("SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }").dicts()
    assert graphs == [{"g": G}]
    assert isinstance((quads.graph_get(G) or [])[0].subject, BlankNode)
    quads.graph_post(G, [Quad(NamedNode("urn:s"), NamedNode("urn:p"), Literal("2"))], agent=AGENT)
    assert len(quads.graph_get(G) or []) == 2
    quads.graph_put(G, [], agent=AGENT)
    assert quads.graph_get(G) == []
    quads.graph_delete(G, agent=AGENT)
    assert quads.graph_get(G) is None


def test_what_came_in_is_there_after_opening_again(anything: kg.Workspace) -> None:
    anything.quads.update(f"INSERT DATA {{ GRAPH <{G}> {{ _:a <urn:p> _:b }} }} ; CREATE GRAPH <urn:e>", agent=AGENT)
    lines = list(anything.dump())
    anything.close()
    with kg.open(anything.path) as again:
        assert list(again.dump()) == lines
        assert again.check().conforms
        assert again.quads.graph_get("urn:e") == []
    (anything.path / "store").rename(anything.path / "gone")
    with kg.open(anything.path) as again:
        assert list(again.dump()) == lines
