"""RDF exports: what loads again, what other parsers read, and what stands in it."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from pyoxigraph import BlankNode, Literal, NamedNode, Quad, RdfFormat, parse
from rdflib import Dataset, Graph

import kg
from kg.export.annotation import JSON_POINTER
from kg.export.rdf import DOCUMENTS, record_document
from kg.schema.names import DCTERMS, OA, RDF, STEMMA

FORMATS = {
    "ttl": (RdfFormat.TURTLE, "turtle"),
    "jsonld": (RdfFormat.JSON_LD, "json-ld"),
    "trig": (RdfFormat.TRIG, "trig"),
    "nq": (RdfFormat.N_QUADS, "nquads"),
}
VIEWS = ("claims", "entities", "sources")
BASE = "https://w3id.org/stemma/"


def quads(text: str | bytes, format: str) -> list[Quad]:
    return list(parse(input=text, format=FORMATS[format][0]))


def triples(text: str | bytes, format: str) -> set[str]:
    return {str(q.triple) for q in quads(text, format)}


def by_rdflib(text: str | bytes, format: str) -> set[str]:
    """What rdflib reads; a string is the same with and without its datatype, as in RDF 1.1."""
    read = Graph().parse(data=text, format=FORMATS[format][1])
    return {str(q.triple) for q in parse(input=read.serialize(format="nt"), format=RdfFormat.N_TRIPLES)}


def objects(text: str, subject: str, predicate: str) -> list[str]:
    found = (q for q in quads(text, "ttl") if q.subject == NamedNode(subject) and q.predicate.value == predicate)
    return sorted(q.object.value for q in found if isinstance(q.object, NamedNode | Literal))


# ---- loading again


def load(text: str, folder: Path, suffix: str = "nq") -> kg.Workspace:
    file = folder / f"dump.{suffix}"
    file.write_text(text, encoding="utf-8")
    again = kg.init(folder / "again")
    again.add(file, keep_review=True)
    return again


@pytest.mark.parametrize("format", ["nq", "trig"])
def test_a_dump_loads_to_the_same(workspace: kg.Workspace, tmp_path: Path, format: str) -> None:
    with load(workspace.export(format), tmp_path, format) as again:
        assert again.export("nq") == workspace.export("nq")
        assert again.validate().conforms


def test_a_dump_of_edited_records_loads_to_the_same(records: list[dict[str, Any]], tmp_path: Path) -> None:
    with kg.init(tmp_path / "w") as w:
        for record in records:
            w.add(record, keep_review=True)
        edited = w.claim("d-size")
        w.add({**edited, "paraphrase": "There were 189 people in it."}, keep_review=True)
        dump = w.export("nq")

    with load(dump, tmp_path) as again:
        assert again.export("nq") == dump
        assert again.claim("d-size")["version"] == 2


@pytest.mark.parametrize("status", ["rejected", "accepted"])
def test_a_dump_of_one_status_stands_alone(workspace: kg.Workspace, tmp_path: Path, status: str) -> None:
    dump = workspace.export("nq", status=status)
    with load(dump, tmp_path) as again:
        assert again.export("nq") == dump
        assert {c["review"]["status"] for c in again.claims()} == {status}


def test_a_records_lines_stand_together_and_sorted(workspace: kg.Workspace) -> None:
    lines = workspace.export("nq").splitlines()
    graphs = [line.rsplit(" ", 2)[1] for line in lines]
    order = list(dict.fromkeys(graphs))
    assert sum(a != b for a, b in pairwise(graphs)) == len(order) - 1
    kinds = [g.removeprefix(f"<{BASE}").split("/")[0] for g in order]
    assert kinds == ["source"] * 3 + ["snapshot"] * 3 + ["statement"] * 5 + ["claim"] * 7
    for graph in order:
        own = [line for line in lines if line.endswith(f" {graph} .")]
        assert own == sorted(own)


# ---- other parsers


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("format", FORMATS)
def test_rdflib_reads_what_pyoxigraph_reads(workspace: kg.Workspace, format: str, view: str) -> None:
    text = workspace.export(format, view=view)
    mine = quads(text, format)
    read: Graph | Dataset = Dataset() if format in ("trig", "nq") else Graph()
    read.parse(data=text, format=FORMATS[format][1])
    assert len(read) == len(set(mine)) > 0
    assert not [q for q in mine if isinstance(q.subject, BlankNode) or isinstance(q.object, BlankNode)]


@pytest.mark.parametrize("view", VIEWS)
def test_rdflib_loses_nothing_of_jsonld(workspace: kg.Workspace, view: str) -> None:
    assert by_rdflib(workspace.export("jsonld", view=view), "jsonld") == by_rdflib(
        workspace.export("ttl", view=view), "ttl"
    )


@pytest.mark.parametrize("view", VIEWS)
def test_all_four_say_the_same(workspace: kg.Workspace, view: str) -> None:
    said = {f: triples(workspace.export(f, view=view), f) for f in FORMATS}
    assert said["jsonld"] == said["ttl"]
    assert said["trig"] == said["nq"] <= said["ttl"]
    beyond = {t for t in said["ttl"] - said["nq"] if not any(f"#{p}>" in t.split(" ")[0] for p in PARTS)}
    assert not beyond


PARTS = ("annotation", "target", "selector", "refinement")


def test_native_quads_are_those_of_the_store(workspace: kg.Workspace) -> None:
    stored = {q for claim in workspace.records.all("claim") for q in claim.quads()}
    exported = {q for q in quads(workspace.export("trig"), "trig") if "/claim/" in str(q.graph_name)}
    assert exported == stored


def test_no_claim_becomes_a_bare_fact(workspace: kg.Workspace) -> None:
    for format in FORMATS:
        for view in VIEWS:
            said = quads(workspace.export(format, view=view), format)
            assert not [q for q in said if q.predicate.value == STEMMA + "slows"]


def test_prefixes_are_those_that_are_used(workspace: kg.Workspace) -> None:
    text = workspace.export("ttl")
    assert "stemma:subject CL:0000134" in text
    assert "@prefix oa: <http://www.w3.org/ns/oa#> ." in text
    assert "@prefix UBERON:" not in text


# ---- Web Annotation


def test_an_anchor_is_a_web_annotation(workspace: kg.Workspace) -> None:
    text, me = workspace.export("ttl"), BASE + "claim/a-hope"
    record = workspace.claim("a-hope")
    assert objects(text, f"{me}#annotation", OA + "hasBody") == [me]
    assert objects(text, f"{me}#annotation", OA + "hasTarget") == [f"{me}#target"]
    digest = record["anchor"]["snapshot"].removeprefix("sha256:")
    assert objects(text, f"{me}#target", OA + "hasSource") == [f"{BASE}snapshot/{digest}"]
    assert objects(text, f"{me}#selector", RDF + "type") == [OA + "TextPositionSelector"]
    assert objects(text, f"{me}#selector", OA + "start") == [str(record["anchor"]["start"])]
    assert objects(text, f"{me}#selector", OA + "end") == [str(record["anchor"]["end"])]
    assert objects(text, f"{me}#selector", STEMMA + "exact") == [record["anchor"]["exact"]]


def test_an_anchor_in_a_record_is_a_json_pointer(workspace: kg.Workspace) -> None:
    text, me = workspace.export("ttl"), f"{BASE}claim/e-record#selector"
    assert objects(text, me, RDF + "type") == [OA + "FragmentSelector"]
    assert objects(text, me, DCTERMS + "conformsTo") == [JSON_POINTER]
    assert objects(text, me, RDF + "value") == ["/Count/0"]
    assert objects(text, me, STEMMA + "exact") == [workspace.claim("e-record")["anchor"]["exact"]]


def test_offsets_inside_a_pointer_refine_it(records: list[dict[str, Any]], tmp_path: Path) -> None:
    claim = next(r for r in records if r["id"] == "e-record")
    claim["anchor"].update(start=0, end=3)
    with kg.init(tmp_path / "w") as w:
        w.add(records, keep_review=True)
        text = w.export("ttl")
    me = f"{BASE}claim/e-record"
    assert objects(text, f"{me}#selector", OA + "refinedBy") == [f"{me}#refinement"]
    assert objects(text, f"{me}#refinement", OA + "end") == ["3"]
    assert objects(text, f"{me}#refinement", STEMMA + "exact") == [claim["anchor"]["exact"]]


def test_a_cited_work_is_the_target_itself(workspace: kg.Workspace) -> None:
    text, me = workspace.export("ttl"), f"{BASE}claim/f-cited#annotation"
    assert objects(text, me, OA + "hasTarget") == ["https://doi.org/10.1000/harbour"]


# ---- JSON-LD


def test_jsonld_holds_the_json_records(workspace: kg.Workspace) -> None:
    blocks = json.loads(workspace.export("jsonld"))
    claims = next(b for b in blocks if b["@included"][0].get("type") == "claim")["@included"]
    assert [c["id"] for c in claims] == [c["id"] for c in workspace.claims()]
    told, record = claims[0], workspace.claim("a-hope")
    assert told["paraphrase"] == record["paraphrase"]
    assert told["anchor"] == record["anchor"]
    assert told["statement"]["subject"] == record["statement"]["subject"]


# ---- one record


@pytest.mark.parametrize("format", FORMATS)
def test_a_claim_comes_with_its_statement_and_source(workspace: kg.Workspace, format: str) -> None:
    document = record_document(workspace, BASE + "claim/b-repeat", format)
    assert document is not None
    subjects = {str(q.subject)[1:-1] for q in quads(document, format)}
    statement = workspace.claim("b-repeat")["statement"]["id"]
    assert {BASE + "claim/b-repeat", statement, BASE + "source/gazette"} <= subjects
    assert BASE + "source/leaflet" not in subjects
    whole = triples(workspace.export(format), format)
    assert triples(document, format) <= whole


def test_jsonld_of_a_record_says_what_its_turtle_says(workspace: kg.Workspace) -> None:
    for kind in ("source", "snapshot", "statement", "claim"):
        for iri in workspace.records.ids(kind):
            said = {f: record_document(workspace, iri, f) or b"" for f in ("ttl", "jsonld")}
            assert triples(said["jsonld"], "jsonld") == triples(said["ttl"], "ttl")
            assert by_rdflib(said["jsonld"], "jsonld") == by_rdflib(said["ttl"], "ttl")


def test_every_record_has_a_document_in_every_format(workspace: kg.Workspace) -> None:
    for kind in ("source", "snapshot", "statement", "claim"):
        iri = workspace.records.ids(kind)[0]
        for format in DOCUMENTS:
            document = record_document(workspace, iri, format)
            assert document is not None
            assert iri.encode() in document


def test_json_of_a_claim_is_its_record(workspace: kg.Workspace) -> None:
    document = record_document(workspace, BASE + "claim/a-hope", "json")
    assert json.loads(document or b"") == workspace.claim("a-hope")


def test_no_record_no_document(workspace: kg.Workspace) -> None:
    assert record_document(workspace, BASE + "claim/nobody", "ttl") is None
    with pytest.raises(kg.UsageError, match="no such format") as caught:
        record_document(workspace, BASE + "claim/a-hope", "docx")
    assert "jsonld" in caught.value.hint
