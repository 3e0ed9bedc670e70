"""A property, a closed list, a rule or a term that is added in Turtle is known everywhere, with no line of Python."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pyoxigraph import RdfFormat, parse

import kg
from kg.model.digest import digest
from kg.resources import folder
from kg.schema.context import context
from kg.schema.jsonschema import json_schema

TEXT = "Frozen cells kept at minus 150 degrees may help people who are ill at sea, a ferry company says.\n"

ONTOLOGY = """
@prefix rdfs:   <http://www.w3.org/2000/01/rdf-schema#> .
@prefix owl:    <http://www.w3.org/2002/07/owl#> .
@prefix skos:   <http://www.w3.org/2004/02/skos/core#> .
@prefix stemma: <https://w3id.org/stemma/ontology/> .
@prefix term:   <https://w3id.org/stemma/term/> .

stemma:storageTemperature
    a owl:DatatypeProperty ;
    rdfs:label "storage temperature"@en ;
    skos:definition "How cold the cells are kept, in degrees Celsius."@en .

stemma:Handling
    a owl:Class ;
    rdfs:subClassOf stemma:Value ;
    rdfs:label "handling"@en ;
    skos:definition "How the cells come to the patient."@en .

stemma:freshHandling a stemma:Handling ; rdfs:label "fresh"@en ; skos:notation "fresh" .
stemma:frozenHandling a stemma:Handling ; rdfs:label "frozen"@en ; skos:notation "frozen" .

stemma:handling
    a owl:ObjectProperty ;
    rdfs:label "handling"@en ;
    skos:definition "Whether the cells were frozen."@en .

term:sea-sickness
    a stemma:Disease ;
    rdfs:label "sea sickness"@en ;
    skos:altLabel "illness at sea"@en ;
    skos:definition "A term for this test."@en .
"""

SHAPES = """
@prefix sh:     <http://www.w3.org/ns/shacl#> .
@prefix xsd:    <http://www.w3.org/2001/XMLSchema#> .
@prefix stemma: <https://w3id.org/stemma/ontology/> .
@prefix shape:  <https://w3id.org/stemma/shapes/> .

shape:Statement sh:property shape:Statement-storageTemperature , shape:Statement-handling .

shape:Statement-storageTemperature
    a sh:PropertyShape ;
    sh:path stemma:storageTemperature ;
    sh:datatype xsd:string ;
    sh:pattern "^-?[0-9]+ Cel$" ;
    sh:maxCount 1 ;
    sh:order 50 ;
    stemma:key "qualifiers.storageTemperature" ;
    stemma:identifies true ;
    sh:severity sh:Violation ;
    sh:message "A storage temperature is whole degrees, such as -150 Cel." .

shape:Statement-handling
    a sh:PropertyShape ;
    sh:path stemma:handling ;
    sh:nodeKind sh:IRI ;
    sh:class stemma:Handling ;
    sh:maxCount 1 ;
    sh:order 51 ;
    stemma:key "qualifiers.handling" ;
    stemma:identifies true ;
    sh:severity sh:Warning ;
    sh:message "The handling is one word from the list." .

shape:Statement-coldMeansFrozen
    a sh:NodeShape ;
    sh:targetClass stemma:Statement ;
    sh:or (
        [ sh:property [ sh:path stemma:storageTemperature ; sh:maxCount 0 ] ]
        [ sh:property [ sh:path stemma:handling ; sh:hasValue stemma:frozenHandling ] ]
    ) ;
    sh:severity sh:Warning ;
    sh:message "Cells that have a storage temperature are frozen." .
"""

Json = dict[str, Any]


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    """The shipped profile's own folders, and two files of Turtle beside them."""
    own = tmp_path / "cold"
    for kind, turtle in (("ontology", ONTOLOGY), ("shapes", SHAPES)):
        shutil.copytree(folder(kind) / "cell-therapy", own / kind)
        (own / kind / "storage.ttl").write_text(turtle, "utf-8")
    return own


@pytest.fixture
def workspace(tmp_path: Path, profile: Path) -> Iterator[kg.Workspace]:
    article = tmp_path / "ferry.txt"
    article.write_text(TEXT, "utf-8")
    with kg.init(tmp_path / "w", profile=str(profile)) as w:
        w.ingest(article)
        yield w


def claim(w: kg.Workspace, **qualifiers: Any) -> Json:
    return {
        "category": "efficacy",
        "paraphrase": "Cells out of the freezer might be good against sea sickness.",
        "polarity": "affirmed",
        "certainty": "hedged",
        "statement": {
            "relation": "stemma:treats",
            "subject": "CL:0000034",
            "object": {"curie": "term:sea-sickness", "label": "illness at sea"},
            **({"qualifiers": qualifiers} if qualifiers else {}),
        },
        "source": {"id": w.records.ids("source")[0]},
        "anchor": {"snapshot": digest(TEXT), "start": 0, "end": 12, "exact": digest(TEXT[:12])},
        "provenance": {"agent": "reader-1.0"},
    }


def test_gate_refuses_a_bad_value_and_takes_a_good_one(workspace: kg.Workspace) -> None:
    with pytest.raises(kg.Refused) as refused:
        workspace.add(claim(workspace, storageTemperature="cold", handling="frozen"))
    (finding,) = refused.value.report.violations
    assert finding.code == "Statement-storageTemperature"
    assert "whole degrees" in finding.message
    assert workspace.add(claim(workspace, storageTemperature="-150 Cel", handling="frozen")).report.conforms


def test_shipped_profile_knows_nothing_of_it(workspace: kg.Workspace, tmp_path: Path) -> None:
    records = [workspace.writer.record(n) for word in ("source", "snapshot") for n in workspace.records.all(word)]
    with kg.init(tmp_path / "plain") as plain, pytest.raises(kg.Refused) as refused:
        plain.add([*records, claim(workspace, storageTemperature="-150 Cel")])
    assert {f.code for f in refused.value.report.violations} >= {"key-unknown", "term-unknown"}


def test_rule_in_turtle_warns(workspace: kg.Workspace) -> None:
    report = workspace.add(claim(workspace, storageTemperature="-150 Cel", handling="fresh")).report
    assert [(f.code, f.severity.value) for f in report.findings] == [("Statement-coldMeansFrozen", "warning")]


def test_record_comes_back_as_it_went_in(workspace: kg.Workspace) -> None:
    (id,) = workspace.add(claim(workspace, storageTemperature="-150 Cel", handling="frozen")).added
    record = workspace.claim(id)
    assert record["statement"]["qualifiers"] == {"storageTemperature": "-150 Cel", "handling": "frozen"}
    assert record["statement"]["object"]["label"] == "sea sickness"
    again = workspace.add(record, keep_review=True)
    assert (again.added, again.changed, again.same) == ((), (), (id,))


def test_it_is_part_of_the_statements_name(workspace: kg.Workspace) -> None:
    names = []
    for qualifiers in ({}, {"storageTemperature": "-150 Cel"}, {"storageTemperature": "-80 Cel"}):
        (id,) = workspace.add(claim(workspace, **qualifiers)).added
        names.append(workspace.claim(id)["statement"]["id"])
    assert len(set(names)) == 3


def test_query_finds_it(workspace: kg.Workspace) -> None:
    workspace.add(claim(workspace, storageTemperature="-150 Cel"))
    rows = workspace.query("SELECT ?t WHERE { ?s stemma:storageTemperature ?t }").dicts()
    assert rows == [{"t": "-150 Cel"}]


def test_json_schema_shows_it(workspace: kg.Workspace) -> None:
    statement = json_schema(workspace.profile, "claim")["$defs"]["Statement"]
    assert "Statement-coldMeansFrozen" in statement["$comment"]
    qualifiers = statement["properties"]["qualifiers"]["properties"]
    assert qualifiers["storageTemperature"] == {
        "title": "storage temperature",
        "description": "How cold the cells are kept, in degrees Celsius.",
        "$comment": "Statement-storageTemperature: A storage temperature is whole degrees, such as -150 Cel.",
        "type": "string",
        "pattern": "^-?[0-9]+ Cel$",
    }
    assert qualifiers["handling"]["enum"] == ["fresh", "frozen"]


def test_context_shows_it(workspace: kg.Workspace) -> None:
    (id,) = workspace.add(claim(workspace, storageTemperature="-150 Cel", handling="frozen")).added
    record = workspace.claim(id)
    document = json.dumps({**context(workspace.profile), **record})
    found = {(q.predicate.value, str(q.object)) for q in parse(input=document, format=RdfFormat.JSON_LD)}
    assert ("https://w3id.org/stemma/ontology/storageTemperature", '"-150 Cel"') in found
    handling = "https://w3id.org/stemma/ontology/handling"
    assert (handling, "<https://w3id.org/stemma/ontology/frozenHandling>") in found
