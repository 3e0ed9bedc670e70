"""The description of a workspace says what the endpoint says, in VoID and DCAT."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
import rdflib
from rdflib import DCAT, DCTERMS, RDF, VOID, Literal, URIRef

import kg
from api.command import start
from kg.catalogue import census
from kg.errors import QueryEnded
from kg.query import Result

DATASET = URIRef("https://w3id.org/stemma/void#dataset")
VERSION = URIRef("http://www.w3.org/ns/dcat#version")
DATATYPE_PARTITION = URIRef("http://ldf.fi/void-ext#datatypePartition")
DATATYPE = URIRef("http://ldf.fi/void-ext#datatype")


@pytest.fixture(scope="module")
def told(http: httpx.Client) -> rdflib.Graph:
    answer = http.get("/.well-known/void", headers={"Accept": "text/turtle"})
    assert answer.status_code == 200
    return rdflib.Graph().parse(data=answer.text, format="turtle")


def number(graph: rdflib.Graph, about: object, predicate: URIRef) -> int:
    found = graph.value(URIRef(str(about)), predicate)
    assert isinstance(found, Literal)
    return int(found)


def ask(http: httpx.Client, query: str) -> list[dict[str, str]]:
    answer = http.get("/sparql", params={"query": query}, headers={"Accept": "application/sparql-results+json"})
    assert answer.status_code == 200
    return [{k: v["value"] for k, v in row.items()} for row in answer.json()["results"]["bindings"]]


def test_the_totals_are_those_of_the_endpoint(http: httpx.Client, told: rdflib.Graph) -> None:
    (row,) = ask(
        http,
        """SELECT (COUNT(*) AS ?t) (COUNT(DISTINCT ?s) AS ?ss) (COUNT(DISTINCT ?p) AS ?ps) (COUNT(DISTINCT ?o) AS ?os)
           WHERE { ?s ?p ?o }""",
    )
    assert number(told, DATASET, VOID.triples) == int(row["t"])
    assert number(told, DATASET, VOID.distinctSubjects) == number(told, DATASET, VOID.entities) == int(row["ss"])
    assert number(told, DATASET, VOID.properties) == int(row["ps"])
    assert number(told, DATASET, VOID.distinctObjects) == int(row["os"])
    (graphs,) = ask(http, "SELECT (COUNT(DISTINCT ?g) AS ?n) { GRAPH ?g { ?s ?p ?o } }")
    assert number(told, DATASET, VOID.documents) == int(graphs["n"])


def test_every_property_is_counted(http: httpx.Client, told: rdflib.Graph) -> None:
    rows = ask(http, "SELECT ?p (COUNT(*) AS ?t) (COUNT(DISTINCT ?s) AS ?ss) WHERE { ?s ?p ?o } GROUP BY ?p")
    wanted = {r["p"]: (int(r["t"]), int(r["ss"])) for r in rows}
    parts = told.objects(DATASET, VOID.propertyPartition)
    found = {
        str(told.value(p, VOID.property)): (number(told, p, VOID.triples), number(told, p, VOID.distinctSubjects))
        for p in parts
    }
    assert found == wanted
    assert sum(t for t, _ in found.values()) == number(told, DATASET, VOID.triples)


def test_every_class_is_counted_with_its_properties_and_where_they_lead(http: httpx.Client, told: rdflib.Graph) -> None:
    rows = ask(http, "SELECT ?c (COUNT(DISTINCT ?s) AS ?n) WHERE { ?s a ?c } GROUP BY ?c")
    parts = {str(told.value(p, VOID["class"])): p for p in told.objects(DATASET, VOID.classPartition)}
    assert {c: number(told, p, VOID.entities) for c, p in parts.items()} == {r["c"]: int(r["n"]) for r in rows}
    claims = parts["https://w3id.org/stemma/ontology/Claim"]
    of_claims = {str(told.value(p, VOID.property)): p for p in told.objects(claims, VOID.propertyPartition)}
    held = ask(http, "SELECT ?p (COUNT(*) AS ?n) WHERE { ?s a stemma:Claim ; ?p ?o } GROUP BY ?p")
    assert {p: number(told, part, VOID.triples) for p, part in of_claims.items()} == {r["p"]: int(r["n"]) for r in held}
    made = of_claims["https://w3id.org/stemma/ontology/statement"]
    ends = {str(told.value(p, VOID["class"])) for p in told.objects(made, VOID.classPartition)}
    assert ends == {"https://w3id.org/stemma/ontology/Statement"}
    says = of_claims["https://w3id.org/stemma/ontology/paraphrase"]
    types = {str(told.value(p, DATATYPE)) for p in told.objects(says, DATATYPE_PARTITION)}
    assert types == {"http://www.w3.org/2001/XMLSchema#string"}


def test_links_to_others_are_counted_by_prefix(http: httpx.Client, told: rdflib.Graph) -> None:
    head = "http://purl.obolibrary.org/obo/MONDO_"
    wanted = ask(
        http, f'SELECT ?p (COUNT(*) AS ?n) {{ ?s ?p ?o FILTER(isIRI(?o) && STRSTARTS(STR(?o), "{head}")) }} GROUP BY ?p'
    )
    target = next(t for t in told.subjects(VOID.uriSpace, Literal(head)))
    sets = list(told.subjects(VOID.objectsTarget, target))
    assert {str(told.value(s, VOID.linkPredicate)): number(told, s, VOID.triples) for s in sets} == {
        r["p"]: int(r["n"]) for r in wanted
    }
    assert all(told.value(s, VOID.subjectsTarget) == DATASET for s in sets)
    spaces = {str(told.value(t, VOID.uriSpace)) for t in told.objects(None, VOID.objectsTarget)}
    assert "http://purl.obolibrary.org/obo/CL_" in spaces
    assert not any(s.startswith(("https://w3id.org/stemma/", str(rdflib.RDFS), str(rdflib.OWL))) for s in spaces)


def test_it_says_where_everything_is_and_that_is_true(http: httpx.Client, told: rdflib.Graph) -> None:
    assert (DATASET, RDF.type, DCAT.Dataset) in told
    assert told.value(DATASET, DCTERMS.license) == URIRef("https://creativecommons.org/licenses/by/4.0/")
    assert told.value(DATASET, VOID.uriSpace) == Literal("https://w3id.org/stemma/")
    endpoint = told.value(DATASET, VOID.sparqlEndpoint)
    assert http.get(str(endpoint), params={"query": "ASK {}"}).status_code == 200
    dumps = {str(d) for d in told.objects(DATASET, VOID.dataDump)}
    downloads = {str(told.value(d, DCAT.downloadURL)) for d in told.objects(DATASET, DCAT.distribution)}
    assert dumps == downloads
    assert len(dumps) == 6
    for url in sorted(dumps):
        answer = http.get(url)
        assert answer.status_code == 200
        assert http.get(url, headers={"If-None-Match": answer.headers["etag"]}).status_code == 304
    for example in told.objects(DATASET, VOID.exampleResource):
        assert http.get(str(example).replace("https://w3id.org/stemma/", "/id/")).status_code == 200
    catalogue = next(told.subjects(RDF.type, DCAT.Catalog))
    assert (catalogue, DCAT.dataset, DATASET) in told
    services = list(told.objects(catalogue, DCAT.service))
    assert {str(told.value(s, DCAT.servesDataset)) for s in services} == {str(DATASET)}
    described = told.value(next(s for s in services if str(s).endswith("api")), DCAT.endpointDescription)
    assert http.get(str(described)).json()["openapi"].startswith("3.1")


def test_a_dump_is_the_export(http: httpx.Client, workspace: kg.Workspace) -> None:
    assert http.get("/dumps/claims.nq").text == workspace.export("nq")
    assert http.get("/dumps/entities.graphml").text == workspace.export("graphml", view="entities")
    assert http.get("/dumps/all.nq").text == "".join(workspace.dump())
    for name in ("claims.exe", "nothing.nq", "claims"):
        assert http.get(f"/dumps/{name}").json()["code"] == "not-found"


def test_every_format_says_the_same(http: httpx.Client, told: rdflib.Graph) -> None:
    for format, parser in (("jsonld", "json-ld"), ("nt", "nt"), ("rdf", "xml")):
        same = rdflib.Graph().parse(data=http.get(f"/.well-known/void.{format}").content, format=parser)
        assert set(same) == set(told), format
    page = http.get("/.well-known/void", headers={"Accept": "text/html"})
    assert f"{number(told, DATASET, VOID.triples):,}" in page.text
    first = http.get("/.well-known/void.ttl")
    assert http.get("/.well-known/void.ttl", headers={"If-None-Match": first.headers["etag"]}).status_code == 304
    assert http.get("/.well-known/void.exe").status_code == 404


def test_it_is_counted_anew_after_a_commit(own: kg.Workspace) -> None:
    with start(own) as running, httpx.Client(base_url=running.url, timeout=60) as client:
        counts = []
        for _ in range(2):
            graph = rdflib.Graph().parse(data=client.get("/.well-known/void.ttl").text, format="turtle")
            (row,) = ask(client, "SELECT (COUNT(*) AS ?t) { ?s ?p ?o }")
            assert number(graph, DATASET, VOID.triples) == int(row["t"])
            assert graph.value(DATASET, VERSION) == Literal(str(own.committer.number))
            counts.append(row["t"])
            own.add({"type": "source", "id": "https://w3id.org/stemma/source/new", "kind": "news", "title": "New"})
        assert counts[0] != counts[1]


def test_the_licence_is_that_of_the_workspace_if_it_names_one(own: kg.Workspace) -> None:
    other = "https://creativecommons.org/publicdomain/zero/1.0/"
    settings = own.path / "workspace.toml"
    settings.write_text(settings.read_text("utf-8") + f'license = "{other}"\n', encoding="utf-8")
    with start(own) as running, httpx.Client(base_url=running.url, timeout=60) as client:
        graph = rdflib.Graph().parse(data=client.get("/.well-known/void.ttl").text, format="turtle")
        assert graph.value(DATASET, DCTERMS.license) == URIRef(other)
        assert f'<{other}>; rel="license"' in client.get("/id/claim/c1-hope").headers["link"]
        assert f'<{other}>; rel="license"' not in client.get("/id/ontology/slows").headers["link"]


def test_a_workspace_of_any_rdf_is_described_without_what_nobody_knows(tmp_path: Path) -> None:
    with kg.init(tmp_path / "w", profile="open") as workspace:
        workspace.quads.update(
            "INSERT DATA { <x:a> a <x:C> ; <x:p> 1 , 2 . GRAPH <x:g> { <x:b> a <x:C> } }", agent=None
        )
        with start(workspace) as running, httpx.Client(base_url=running.url, timeout=60) as client:
            graph = rdflib.Graph().parse(data=client.get("/.well-known/void.ttl").text, format="turtle")
            assert number(graph, DATASET, VOID.triples) == 3
            assert graph.value(DATASET, DCTERMS.license) is None
            assert graph.value(DATASET, VOID.dataDump) == URIRef(f"{running.url}dumps/all.nq")
            assert client.get("/dumps/all.nq").text.count(" .\n") == 4
            assert client.get("/queries").json()["items"] == []


def test_what_cannot_be_counted_in_time_is_left_out(workspace: kg.Workspace) -> None:
    """Most of the questions are ended, as a worker ends them at its deadline."""

    def impatient(query: str) -> Result:
        if "?o" in query:
            raise QueryEnded("too long", reason="deadline")
        return workspace.query(query)

    found = census.take(impatient, 7, workspace.profile.prefixes, workspace.iris.base)
    assert not found.whole
    assert found.totals == {}
    assert found.properties == found.linksets == ()
    assert {c.iri: c.entities for c in found.classes}["https://w3id.org/stemma/ontology/Claim"] == 7
    assert census.take(workspace.query, 7, workspace.profile.prefixes, workspace.iris.base).whole
