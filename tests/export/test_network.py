"""The claims as a networkx graph: what is a node, what an edge folds, and what it leads back to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import networkx as nx
import pytest

import kg
from kg.export.network import network

BASE = "https://w3id.org/stemma/"
CELL, ALS = "http://purl.obolibrary.org/obo/CL_0000134", "http://purl.obolibrary.org/obo/MONDO_0004976"
TRIAL = "https://clinicaltrials.gov/study/NCT03280056"
WORDS = ("affirmed", "negated", "asserted", "hedged", "speculative", "accepted", "proposed")

Edge = tuple[str, str, dict[str, Any]]


def edges(graph: nx.MultiDiGraph) -> list[Edge]:
    return list(graph.edges(data=True))


def only(graph: nx.MultiDiGraph, start: str, end: str) -> dict[str, Any]:
    found = list(graph.get_edge_data(start, end).values())
    assert len(found) == 1
    edge: dict[str, Any] = found[0]
    return edge


@pytest.mark.parametrize("view", ["claims", "entities", "sources"])
def test_every_node_has_a_name_and_every_edge_its_claims(workspace: kg.Workspace, view: str) -> None:
    graph = workspace.graph(view)
    claims = {c["id"] for c in workspace.claims()}
    assert graph.number_of_edges() > 0
    for node, data in graph.nodes(data=True):
        assert node.startswith(("http://", "https://"))
        assert data["name"] == data["label"] != ""
    for _, _, data in edges(graph):
        ids = data["claim_ids"].split(" ")
        assert set(ids) <= claims
        assert data["claims"] == len(ids) == data["affirmed"] + data["negated"]
        assert data["polarity"] in ("affirmed", "negated", "mixed")
        assert data["certainty"] in ("asserted", "hedged", "speculative")
        assert all(isinstance(v, str | int) for v in data.values())


def test_claims_of_the_same_triple_are_one_edge(workspace: kg.Workspace) -> None:
    edge = only(workspace.graph(), CELL, ALS)
    assert (edge["relation"], edge["label"], edge["name"]) == ("stemma:slows", "slows", "slows")
    assert [edge[w] for w in WORDS] == [3, 1, 2, 1, 1, 2, 2]
    assert (edge["claims"], edge["sources"]) == (4, 2)
    assert (edge["polarity"], edge["certainty"]) == ("mixed", "asserted")
    assert [i.rsplit("/", 1)[-1] for i in edge["claim_ids"].split()] == ["a-hope", "b-repeat", "c-denial", "f-cited"]


def test_an_entity_has_its_curie_and_nearest_class(workspace: kg.Workspace) -> None:
    data = workspace.graph().nodes[CELL]
    assert data == {
        "name": "mesenchymal stem cell",
        "label": "mesenchymal stem cell",
        "kind": "entity",
        "curie": "CL:0000134",
        "class": "cell type",
    }


def test_a_quantity_is_a_node_of_its_own(workspace: kg.Workspace) -> None:
    graph = workspace.graph()
    ends = {graph.nodes[end]["name"]: end for _, end in graph.out_edges(TRIAL)}
    assert sorted(ends) == ["189 {person}", "~≥ 196 {person}"]
    assert graph.nodes[ends["189 {person}"]]["kind"] == "quantity"
    assert ends["189 {person}"].startswith(BASE + "statement/")
    assert only(graph, TRIAL, ends["189 {person}"])["relation"] == "stemma:hasEnrolment"


@pytest.mark.parametrize(
    ("quantity", "text"),
    [
        ({"low": "3", "high": "3", "approximate": True}, "~3 a"),
        ({"low": "2", "high": "5"}, "2 to 5 a"),
        ({"low": "2", "high": "5", "highInclusive": False}, "2 to < 5 a"),
        ({"low": "50", "lowInclusive": False}, "> 50 a"),
        ({"high": "0.5"}, "≤ 0.5 a"),
        ({"high": "9", "highInclusive": False}, "< 9 a"),
    ],
)
def test_a_quantity_reads_as_it_is(
    tmp_path: Path, records: list[dict[str, Any]], quantity: dict[str, Any], text: str
) -> None:
    claim = next(r for r in records if r["id"] == "d-size")
    claim["statement"] = {
        "subject": "MONDO:0004976",
        "relation": "stemma:hasSurvival",
        "quantity": {**quantity, "unit": "a"},
    }
    with kg.init(tmp_path / "w") as w:
        w.add(records, keep_review=True)
        graph = w.graph()
    assert [graph.nodes[end]["name"] for _, end in graph.out_edges(ALS)] == [text]


def test_refused_claims_are_folded_only_when_asked_for(workspace: kg.Workspace) -> None:
    relations = {d["relation"] for _, _, d in edges(workspace.graph())}
    assert relations == {"stemma:slows", "stemma:hasEnrolment"}
    (refused,) = edges(network(workspace, "entities", "rejected"))
    assert (refused[2]["relation"], refused[2]["rejected"]) == ("stemma:cures", 1)


def test_the_view_claims_has_every_claim_as_a_node(workspace: kg.Workspace) -> None:
    graph = workspace.graph("claims")
    claims = {n: d for n, d in graph.nodes(data=True) if d["kind"] == "claim"}
    assert list(claims) == [c["id"] for c in workspace.claims()]
    told = claims[BASE + "claim/a-hope"]
    assert (told["polarity"], told["certainty"], told["category"]) == ("affirmed", "speculative", "efficacy")
    assert (told["status"], told["verification"]) == ("accepted", "verified")
    assert claims[BASE + "claim/c-denial"]["verification"] == "unverified"
    assert claims[BASE + "claim/f-cited"]["verification"] == "cited"
    assert claims[BASE + "claim/g-refused"]["status"] == "rejected"


def test_a_claim_leads_to_what_it_speaks_of_and_to_its_root(workspace: kg.Workspace) -> None:
    graph = workspace.graph("claims")
    claim = BASE + "claim/c-denial"
    ends = {d["relation"]: end for _, end, d in graph.out_edges(claim, data=True)}
    assert ends == {
        "stemma:statement": workspace.claim("c-denial")["statement"]["id"],
        "stemma:source": BASE + "source/gazette",
        "stemma:subject": CELL,
        "stemma:object": ALS,
        "stemma:contradicts": BASE + "claim/a-hope",
        "stemma:restsOn": TRIAL,
    }
    named = graph.nodes[ends["stemma:statement"]]["name"]
    assert named == "mesenchymal stem cell slows amyotrophic lateral sclerosis"
    assert only(graph, claim, ALS)["claim_ids"] == claim


def test_sources_are_linked_by_their_claims(workspace: kg.Workspace) -> None:
    graph = workspace.graph("sources")
    gazette, leaflet = BASE + "source/gazette", BASE + "source/leaflet"
    links = sorted((a, d["relation"], b) for a, b, d in edges(graph))
    assert links == [
        (gazette, "stemma:cites", "https://doi.org/10.1000/harbour"),
        (gazette, "stemma:contradicts", leaflet),
        (gazette, "stemma:repeats", leaflet),
        (gazette, "stemma:reportsOn", TRIAL),
        (gazette, "stemma:restsOn", TRIAL),
        (gazette, "stemma:restsOn", leaflet),
    ]
    told = graph.nodes[leaflet]
    assert (told["class"], told["published"], told["publisher"]) == ("web page", "2025-04", "The quay house")
    assert told["interests"] == "sells boats; sells nets"
    assert (told["claims"], told["accepted"], told["proposed"]) == (2, 1, 1)


def test_a_link_to_a_claim_that_is_not_chosen_is_left_out(workspace: kg.Workspace) -> None:
    graph = network(workspace, "claims", "proposed")
    assert BASE + "claim/a-hope" not in graph
    assert {d["relation"] for _, _, d in graph.out_edges(BASE + "claim/b-repeat", data=True)} == {
        *("stemma:statement", "stemma:source", "stemma:subject", "stemma:object", "stemma:reportsOn")
    }


def test_a_wrong_view_is_answered_with_the_right_ones(workspace: kg.Workspace) -> None:
    with pytest.raises(kg.UsageError, match="no such view") as caught:
        workspace.graph("trials")
    assert "sources" in caught.value.hint
