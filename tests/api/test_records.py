from __future__ import annotations

from urllib.parse import quote

import httpx
import networkx as nx
import pytest
import rdflib

import kg
from api.command import start
from kg.sparql.sandbox import expected

CLAIM = "https://w3id.org/stemma/claim/"


def ids(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [item["id"].removeprefix(CLAIM)[:2] for item in answer.json()["items"]]


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, "c1 c2 c3 c4 c5 c6 c7 c8"),
        ({"category": "safety"}, "c4"),
        ({"category": ["safety", "cell_source"]}, "c4 c5"),
        ({"polarity": "negated"}, "c2 c4"),
        ({"certainty": "stemma:hedged"}, "c1"),
        ({"status": "rejected"}, "c7"),
        ({"disease": "MONDO:0004976"}, "c1 c2 c6 c7 c8"),
        ({"disease": "http://purl.obolibrary.org/obo/MONDO_0004976"}, "c1 c2 c6 c7 c8"),
        ({"disease": "Amyotrophic Lateral Sclerosis", "polarity": "negated"}, "c2"),
        ({"disease": "neurodegenerative disease"}, "c1 c2 c6 c7 c8"),
        ({"cellType": "stem cell"}, "c1 c2 c4 c5 c6 c7"),
        ({"cellType": "CL:0000134"}, "c1 c2 c4 c5 c7"),
        ({"cellSource": "UBERON:0002371"}, "c1 c2"),
        ({"relation": "slows"}, "c1 c2"),
        ({"relation": "stemma:slows"}, "c1 c2"),
        ({"subject": "CL:0000034"}, "c6"),
        ({"object": "UBERON:0001013"}, "c5"),
        ({"mention": "MONDO:0004976"}, "c1"),
        ({"source": "notice"}, "c8"),
        ({"source": "https://w3id.org/stemma/source/notice"}, "c8"),
        ({"source": "nobody"}, ""),
        ({"verification": "unverified"}, "c8"),
        ({"reviewer": "person"}, "c3"),
        ({"status": "accepted", "reviewer": "software"}, "c1 c2 c4 c6"),
        ({"text": "rival denies"}, "c2"),
        ({"text": "shares in the clinic"}, "c1"),
        ({"text": "nothing-of-the-sort"}, ""),
    ],
)
def test_filters(http: httpx.Client, filters: dict[str, str | list[str]], found: str) -> None:
    assert ids(http.get("/api/v1/claims", params=filters)) == found.split()


@pytest.mark.parametrize("limit", [1, 3, 8, 50])
def test_paging_walks_every_claim_once(http: httpx.Client, workspace: kg.Workspace, limit: int) -> None:
    seen: list[str] = []
    answer = http.get("/api/v1/claims", params={"limit": limit})
    while True:
        body = answer.json()
        seen += [item["id"] for item in body["items"]]
        assert body["total"] == 8
        if body["next"] is None:
            assert "link" not in answer.headers
            break
        answer = http.get(answer.links["next"]["url"])
    assert seen == [c["id"] for c in workspace.claims()]


def test_paging_keeps_the_filters(http: httpx.Client) -> None:
    first = http.get("/api/v1/claims", params={"polarity": ["negated"], "limit": 1})
    second = http.get(first.links["next"]["url"])
    assert (ids(first), ids(second), second.json()["next"]) == (["c2"], ["c4"], None)


def test_a_claim_is_the_record_of_the_workspace(http: httpx.Client, workspace: kg.Workspace) -> None:
    for claim in workspace.claims():
        name = claim["id"].removeprefix(CLAIM)
        for id in (name, quote(claim["id"], safe="")):
            answer = http.get(f"/api/v1/claims/{id}")
            assert answer.json() == claim == workspace.claim(name)


def test_an_etag_holds_until_the_claim_may_have_changed(own: kg.Workspace) -> None:
    with start(own) as running, httpx.Client(base_url=running.url) as http:
        first = http.get("/api/v1/claims/c5-fat")
        tag = first.headers["etag"]
        again = http.get("/api/v1/claims/c5-fat", headers={"If-None-Match": f'"other", W/{tag}'})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        own.review(["c5-fat"], "accepted", by="agent:pass-2")
        after = http.get("/api/v1/claims/c5-fat", headers={"If-None-Match": tag})
        assert (after.status_code, after.json()["review"]["status"]) == (200, "accepted")
        assert after.headers["etag"] != tag
        assert ids(http.get("/api/v1/claims", params={"status": "proposed"})) == ["c8"]


def test_sources_tell_their_snapshots_and_counts(http: httpx.Client) -> None:
    body = http.get("/api/v1/sources").json()
    assert (body["total"], [s["id"][-6:] for s in body["items"]]) == (2, ["ourier", "notice"])
    courier = http.get("/api/v1/sources/courier").json()
    assert courier == body["items"][0]
    assert courier["publisher"] == "Pebble & Sons"
    assert [s["held"] for s in courier["snapshots"]] == [True]
    assert courier["claims"]["total"] == 7
    assert courier["claims"]["polarity"] == {"affirmed": 5, "negated": 2}
    assert courier["claims"]["verification"] == {"verified": 7}
    notice = http.get("/api/v1/sources", params={"limit": 1, "cursor": http_next(http)}).json()["items"][0]
    assert [s["held"] for s in notice["snapshots"]] == [False]


def http_next(http: httpx.Client) -> str:
    return str(http.get("/api/v1/sources", params={"limit": 1}).json()["next"])


def test_an_entity_tells_its_place_and_its_claims(http: httpx.Client) -> None:
    body = http.get("/api/v1/entities/CL:0000134").json()
    assert body == http.get(f"/api/v1/entities/{quote(body['id'], safe='')}").json()
    assert body["label"] == "mesenchymal stem cell"
    assert "MSC" in body["synonyms"]
    assert body["broader"][0]["curie"].startswith("CL:")
    assert body["narrower"]
    roles = body["claims"]
    assert roles["subject"]["total"] == 4, "c7 is rejected"
    assert roles["subject"]["polarity"] == {"affirmed": 2, "negated": 2}
    assert {i["id"] for i in roles["subject"]["items"]} == {f"{CLAIM}{n}" for n in CLAIMS_OF_MSC}
    for role in roles.values():
        assert http.get(role["href"]).json()["total"] == role["total"]
    relation = http.get("/api/v1/entities/stemma:slows").json()
    assert relation["claims"]["relation"]["total"] == 2


CLAIMS_OF_MSC = ("c1-hope", "c2-denial", "c4-safe", "c5-fat")


def test_entities_are_found_by_any_of_their_names(http: httpx.Client) -> None:
    for text in ("ALS", "als", "MONDO:0004976", "amyotrophic"):
        items = http.get("/api/v1/entities", params={"text": text}).json()["items"]
        assert items[0]["curie"] == "MONDO:0004976"
        assert items[0]["claims"] == 4
    everything = http.get("/api/v1/entities").json()
    assert {"CL:0000134", "UBERON:0002371"} <= {e["curie"] for e in everything["items"]}
    assert http.get("/api/v1/entities", params={"text": "no such thing"}).json() == {"items": [], "total": 0}


def test_conflicts_name_both_claims_and_the_rule(http: httpx.Client, workspace: kg.Workspace) -> None:
    body = http.get("/api/v1/conflicts").json()
    assert body["items"] == [c.as_dict() for c in workspace.conflicts()]
    assert any({c["a"], c["b"]} == {f"{CLAIM}c1-hope", f"{CLAIM}c2-denial"} for c in body["items"])
    mine = http.get("/api/v1/conflicts", params={"claim": "c2-denial"}).json()["items"]
    assert mine
    assert all(f"{CLAIM}c2-denial" in (c["a"], c["b"]) for c in mine)
    assert http.get("/api/v1/conflicts", params={"claim": "c3-count"}).json()["items"] == []


@pytest.mark.parametrize("view", ["entities", "claims", "sources"])
def test_the_graph_is_that_of_the_workspace(http: httpx.Client, workspace: kg.Workspace, view: str) -> None:
    body = http.get("/api/v1/graph", params={"view": view}).json()
    graph = nx.node_link_graph(body, edges="links")
    expected = workspace.graph(view)
    assert nx.utils.graphs_equal(graph, expected)
    assert graph.number_of_nodes() > 0


def test_what_describes_the_records(http: httpx.Client, workspace: kg.Workspace) -> None:
    ontology = rdflib.Graph().parse(data=http.get("/ontology").text, format="turtle")
    assert (rdflib.URIRef("https://w3id.org/stemma/ontology/slows"), None, None) in ontology
    shapes = rdflib.Graph().parse(data=http.get("/shapes").text, format="turtle")
    assert len(shapes) == len(workspace.profile.shapes_graph)
    for record in ("claim", "source", "snapshot", "statement"):
        answer = http.get(f"/shapes/{record}.schema.json")
        assert answer.headers["content-type"] == "application/schema+json"
        assert answer.json()["type"] == "object"
    context = http.get("/context.jsonld")
    assert context.headers["content-type"] == "application/ld+json"
    assert "paraphrase" in context.json()["@context"]


def test_health_tells_how_far_it_is(http: httpx.Client, workspace: kg.Workspace) -> None:
    assert http.get("/health").json() == {
        "status": "ok",
        "version": kg.__version__,
        "workspace": "Pebble",
        "profile": "cell-therapy",
        "commit": workspace.committer.number,
        "claims": 8,
        "sandbox": expected(),
    }


def test_the_description_is_whole(http: httpx.Client, workspace: kg.Workspace) -> None:
    told = http.get("/openapi.json").json()
    operations = [o for path in told["paths"].values() for o in path.values()]
    names = [o["operationId"] for o in operations]
    assert len(names) == len(set(names))
    assert {"/sparql", "/api/v1/claims", "/api/v1/claims/{id}", "/id/{path}"} <= set(told["paths"])
    claims = told["paths"]["/api/v1/claims"]["get"]
    assert {"disease", "cellType", "polarity", "limit", "cursor"} <= {p["name"] for p in claims["parameters"]}
    example = told["paths"]["/api/v1/claims/{id}"]["get"]["responses"]["200"]["content"]["application/json"]["example"]
    assert example == next(iter(workspace.claims()))
    assert all(o["responses"]["default"]["content"]["application/problem+json"] for o in operations)
    assert not unresolved(told, told["components"]["schemas"])


def unresolved(value: object, schemas: dict[str, object]) -> set[str]:
    """The references in a description that lead nowhere."""
    if isinstance(value, dict):
        lost = {r for k, r in value.items() if k == "$ref" and str(r).rsplit("/", 1)[-1] not in schemas}
        return lost.union(*(unresolved(v, schemas) for v in value.values()))
    return set().union(*(unresolved(v, schemas) for v in value)) if isinstance(value, list) else set()


def test_head_is_get_without_the_body(http: httpx.Client) -> None:
    for path in ("/", "/api/v1/claims", "/id/claim/c1-hope", "/static/stemma.css"):
        head, get = http.head(path), http.get(path)
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-type"] == get.headers["content-type"]
