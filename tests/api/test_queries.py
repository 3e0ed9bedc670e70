"""Example queries, prefixes and classes, served so that SPARQL editors complete against us."""

from __future__ import annotations

import httpx
import pyoxigraph
import pytest
import rdflib
from pyoxigraph import RdfFormat

import kg
from api.app import create_app
from api.queries import for_editors
from kg.examples import examples

SHIPPED = {e.name: e for e in examples()}

# What the editors ask, each in the words of its own documentation.
ASKED_FOR_PREFIXES = """PREFIX sh: <http://www.w3.org/ns/shacl#>
SELECT DISTINCT ?prefix ?namespace WHERE { [] sh:namespace ?namespace ; sh:prefix ?prefix } ORDER BY ?prefix"""
ASKED_FOR_EXAMPLES = """PREFIX sh: <http://www.w3.org/ns/shacl#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT DISTINCT ?sq ?comment ?query WHERE { ?sq a sh:SPARQLExecutable ; rdfs:comment ?comment ;
  sh:select|sh:ask|sh:construct|sh:describe ?query . } ORDER BY ?sq"""
ASKED_FOR_CLASSES = """PREFIX void: <http://rdfs.org/ns/void#> PREFIX void-ext: <http://ldf.fi/void-ext#>
SELECT DISTINCT ?subjectClass ?prop ?objectClass ?objectDatatype WHERE {
  { ?cp void:class ?subjectClass ; void:propertyPartition ?pp . ?pp void:property ?prop .
    OPTIONAL { { ?pp void:classPartition [ void:class ?objectClass ] }
      UNION { ?pp void-ext:datatypePartition [ void-ext:datatype ?objectDatatype ] } } }
  UNION { ?linkset void:subjectsTarget ?subjectClass ; void:linkPredicate ?prop ; void:objectsTarget ?objectClass } }"""


def test_the_list_names_every_example(http: httpx.Client) -> None:
    told = http.get("/queries", headers={"Accept": "application/json"}).json()
    assert {e["name"] for e in told["items"]} == set(SHIPPED)
    assert told["total"] == len(SHIPPED)
    page = http.get("/queries", headers={"Accept": "text/html"}).text
    for item in told["items"]:
        assert SHIPPED[item["name"]].query == item["query"]
        assert f'href="{item["href"]}"' in page


@pytest.mark.parametrize("name", ["roots", "mechanism-graph", "is-a-cure-backed-by-a-trial"])
def test_each_is_told_in_every_format_and_runs(http: httpx.Client, name: str) -> None:
    query = http.get(f"/queries/{name}.rq")
    assert query.headers["content-type"].startswith("application/sparql-query")
    assert query.text == SHIPPED[name].query
    assert http.get("/sparql", params={"query": query.text}).status_code == 200
    for path in (f"/queries/{name}", f"/id/queries/{name}"):
        assert http.get(path, headers={"Accept": "application/json"}).json()["title"] == SHIPPED[name].title
        assert SHIPPED[name].title in http.get(path, headers={"Accept": "text/html"}).text
        graph = rdflib.Graph().parse(data=http.get(path + ".ttl").text, format="turtle")
        me = rdflib.URIRef(f"https://w3id.org/stemma/queries/{name}")
        assert (me, rdflib.RDF.type, rdflib.SH.SPARQLExecutable) in graph
        target = str(graph.value(me, rdflib.SDO.target))
        assert http.get(target, params={"query": SHIPPED[name].query}).status_code == 200
    tag = query.headers["etag"]
    assert http.get(f"/queries/{name}.rq", headers={"If-None-Match": tag}).status_code == 304


def test_what_is_no_example_is_404(http: httpx.Client) -> None:
    for path in ("/queries/none", "/queries/none.rq", "/queries/roots.exe", "/queries.exe", "/prefixes.exe"):
        assert http.get(path, headers={"Accept": "application/json"}).status_code == 404


def test_the_prefixes_are_those_of_the_profile(http: httpx.Client, workspace: kg.Workspace) -> None:
    known = workspace.profile.prefixes.namespaces
    assert http.get("/prefixes").json() == known
    assert http.get("/prefixes", headers={"Accept": "application/sparql-query"}).text.count("PREFIX ") == len(known)
    declared = rdflib.Graph().parse(data=http.get("/prefixes.ttl").text, format="turtle")
    rows = declared.query(ASKED_FOR_PREFIXES)
    assert {(str(r["prefix"]), str(r["namespace"])) for r in rows} == set(known.items())  # type: ignore[index]
    assert http.get("/id/prefixes", follow_redirects=True).json() == known


@pytest.mark.parametrize("accept", ["text/turtle", "application/ld+json", "application/n-triples"])
def test_editors_find_classes_prefixes_and_examples_in_the_service_description(
    http: httpx.Client, workspace: kg.Workspace, accept: str
) -> None:
    described = http.get("/sparql", headers={"Accept": accept})
    format = RdfFormat.from_media_type(described.headers["content-type"])
    assert format is not None
    store = pyoxigraph.Store()
    store.extend(pyoxigraph.parse(input=described.content, format=format))
    prefixes = store.query(ASKED_FOR_PREFIXES)
    assert {r["prefix"].value for r in prefixes} == set(workspace.profile.prefixes.namespaces)
    found = list(store.query(ASKED_FOR_EXAMPLES))
    assert {r["query"].value for r in found} == {e.query for e in SHIPPED.values()}
    rows = [
        {k.value: r[k].value for k in rows.variables if r[k]} for rows in [store.query(ASKED_FOR_CLASSES)] for r in rows
    ]
    ns = "https://w3id.org/stemma/ontology/"
    ends = {r["prop"]: r.get("objectClass", r.get("objectDatatype")) for r in rows if r["subjectClass"] == ns + "Claim"}
    assert ends[ns + "source"] == ns + "Source"
    assert ends[ns + "start"] == "http://www.w3.org/2001/XMLSchema#integer"


def test_examples_that_a_profile_does_not_know_are_left_out(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("small")
    (folder / "p" / "ontology").mkdir(parents=True)
    (folder / "p" / "shapes").mkdir()
    with kg.init(folder / "w", profile=str(folder / "p")) as workspace:
        state = create_app(workspace).state
        from_here = for_editors(state.site, state.kept, "https://kg.example.org/")
    asked = [t.object.value for t in from_here if t.predicate.value.endswith(("#select", "#ask", "#construct"))]  # type: ignore[union-attr]
    assert asked
    assert len(asked) < len(SHIPPED)
    assert not any("stemma:slows" in text for text in asked)
