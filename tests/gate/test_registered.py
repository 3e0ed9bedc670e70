"""Terms that no vocabulary holds, and that a registered source makes known."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import kg

Record = dict[str, Any]
Findings = Callable[[Callable[[], object]], tuple[kg.Finding, ...]]

NUMBER = "NCT99000001"
TRIAL = f"clinicaltrials:{NUMBER}"
SOURCE = f"https://w3id.org/stemma/source/{NUMBER}"


def source(**changes: Any) -> Record:
    record = {
        "type": "source",
        "id": NUMBER,
        "kind": "trial-record",
        "title": f"Trial record {NUMBER}",
        "about": TRIAL,
    }
    return {k: v for k, v in (record | changes).items() if v is not None}


def claim(trial: str = TRIAL, **changes: Any) -> Record:
    return {
        "category": "trial_design",
        "paraphrase": "The registry gives it the phase 3.",
        "polarity": "affirmed",
        "certainty": "asserted",
        "statement": {"subject": trial, "relation": "stemma:hasPhase", "object": "term:phase-3"},
        "source": {"id": SOURCE},
        "anchor": {"cites": f"https://clinicaltrials.gov/study/{NUMBER}"},
        "provenance": {"agent": "agent:tester-1"},
    } | changes


def codes(found: tuple[kg.Finding, ...]) -> set[str]:
    return {f.code for f in found}


def test_a_trial_is_known_by_its_record_in_the_same_change(workspace: kg.Workspace) -> None:
    workspace.add([source(), claim()])
    subject = next(workspace.claims())["statement"]["subject"]
    assert subject == {"id": f"https://clinicaltrials.gov/study/{NUMBER}", "curie": TRIAL, "label": NUMBER}
    assert workspace.validate().conforms


def test_a_trial_is_known_by_a_record_that_is_in(workspace: kg.Workspace) -> None:
    workspace.add([source()])
    workspace.add([claim()])
    assert len(list(workspace.claims())) == 1


def test_the_record_of_one_trial_makes_no_other_known(workspace: kg.Workspace, findings: Findings) -> None:
    found = findings(lambda: workspace.add([source(), claim("clinicaltrials:NCT99000002")]))
    assert {"term-unknown", "Statement-subject"} <= codes(found)


@pytest.mark.parametrize(
    "record",
    [
        source(about=None),
        source(kind="web-page"),
        source(about="clinicaltrials:NCT9900000"),
        source(about="https://elsewhere.example/study/NCT99000001"),
        source(about="MONDO:9999999"),
    ],
    ids=["about nothing", "of another kind", "a number too short", "another registry", "no trial"],
)
def test_what_is_no_record_of_it_makes_it_not_known(
    workspace: kg.Workspace, findings: Findings, record: Record
) -> None:
    assert "term-unknown" in codes(findings(lambda: workspace.add([record, claim()])))
    assert workspace.records.ids("source") == []


def test_a_trial_is_no_disease(workspace: kg.Workspace, findings: Findings) -> None:
    """It is known as what its class says, and as nothing else."""
    wrong = claim(
        "CL:0000134",
        statement={
            "subject": "CL:0000134",
            "relation": "stemma:slows",
            "object": "term:progression",
            "qualifiers": {"disease": TRIAL},
        },
    )
    assert codes(findings(lambda: workspace.add([source(), wrong]))) == {"Statement-disease"}


@pytest.mark.parametrize("change", [{"about": None}, {"kind": "web-page"}, {"about": "MONDO:0004976"}])
def test_the_record_goes_on_being_about_it(workspace: kg.Workspace, findings: Findings, change: Record) -> None:
    workspace.add([source(), claim()])
    assert "source-about" in codes(findings(lambda: workspace.add([source(version=1, **change)])))
    assert workspace.validate().conforms


def test_unless_another_record_is_about_it(workspace: kg.Workspace) -> None:
    workspace.add([source(), claim()])
    workspace.add([source(id="second"), source(version=1, about=None)])
    assert workspace.validate().conforms


def test_the_vocabularys_own_trials_need_no_record(workspace: kg.Workspace) -> None:
    workspace.add([source(about=None), claim("clinicaltrials:NCT03280056")])
    assert next(workspace.claims())["statement"]["subject"]["label"].startswith("NurOwn")


def test_another_domain_registers_in_turtle_alone(tmp_path: Path, findings: Findings) -> None:
    folder = tmp_path / "ships"
    (folder / "ontology").mkdir(parents=True)
    (folder / "ontology" / "ships.ttl").write_text(SHIPS, "utf-8")
    log = {"type": "source", "id": "log", "kind": "ships-log", "title": "A log", "about": "ship:IMO1234567"}
    sails = claim(
        "ship:IMO1234567",
        category="voyage",
        statement={"subject": "ship:IMO1234567", "relation": "ship:sailsTo", "object": "ship:Grimsay"},
        source={"id": "https://w3id.org/stemma/source/log"},
    )
    with kg.init(tmp_path / "W", profile=str(folder)) as w:
        assert "term-unknown" in codes(findings(lambda: w.add([{**log, "about": "ship:Grimsay"}, sails])))
        w.add([log, sails])
        assert next(w.claims())["statement"]["subject"]["label"] == "IMO1234567"


SHIPS = """
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix stemma: <https://w3id.org/stemma/ontology/> .
@prefix ship: <https://ships.example/> .
ship:prefixes sh:declare [ sh:prefix "ship" ; sh:namespace "https://ships.example/"^^xsd:anyURI ] .
ship:voyage a stemma:Category ; rdfs:label "voyage"@en ; skos:notation "voyage" ; skos:definition "A voyage."@en .
ship:log a stemma:SourceKind ; rdfs:label "log"@en ; skos:notation "ships-log" ; skos:definition "A log."@en .
ship:Ship a owl:Class ; rdfs:subClassOf stemma:Entity ; rdfs:label "ship"@en ; skos:definition "A ship."@en ;
    stemma:registeredBy ship:log ; stemma:registeredAs "https://ships[.]example/IMO[0-9]{7}" .
ship:Port a owl:Class ; rdfs:subClassOf stemma:Entity ; rdfs:label "port"@en ; skos:definition "A port."@en .
ship:Grimsay a ship:Port ; rdfs:label "Grimsay"@en ; skos:definition "A port."@en .
ship:sailsTo a stemma:Relation ; rdfs:label "sails to"@en ; skos:definition "Goes there."@en .
"""
