"""The shapes as pySHACL runs them fastest judge as the shapes that were written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rdflib import Graph

import kg
from kg.codec.read import Reader
from kg.gate.compiled import compiled
from kg.gate.gate import ntriples
from kg.gate.shacl import judge
from kg.profile import Profile

Record = dict[str, Any]
Judged = set[tuple[str, str, str, str, str, str]]

BAD: dict[str, Record] = {
    "nothing wrong": {},
    "no polarity": {"without": "polarity"},
    "no category, no paraphrase": {"without": "category", "paraphrase": "  "},
    "an end before the start": {"anchor__end": 1},
    "a digest that is none": {"anchor__exact": "sha256:no"},
    "own proposal accepted": {
        "review": {"status": "accepted", "by": ["agent:pass-1"], "at": "2026-01-31T12:00:00Z"},
    },
    "rejected without a reason": {"review": {"status": "rejected", "by": ["pass-2"], "at": "2026-01-31T12:00:00Z"}},
    "hedged and established": {"evidence": {"level": "established"}},
    "a number and an object": {"statement__quantity": {"low": "1", "high": "2"}},
    "enrolment of nobody": {
        "statement": {
            "subject": "term:clinical-trial",
            "relation": "stemma:hasEnrolment",
            "quantity": {"low": "0", "high": "0", "unit": "{person}"},
        }
    },
    "a cell as a disease": {"statement__qualifiers": {"disease": "CL:0000134"}},
    "a mention without a term": {"mentions": [{"start": 1, "end": 3}]},
}


@pytest.fixture(scope="module")
def profile() -> Profile:
    return Profile.load("cell-therapy")


@pytest.mark.parametrize("wrong", BAD)
def test_both_find_the_same(
    wrong: str, profile: Profile, claim: Callable[..., Record], workspace: kg.Workspace
) -> None:
    reader = Reader(profile.shapes, profile.vocabulary, profile.prefixes, workspace.iris)
    nodes = reader.record(claim("the cells may slow ALS", **BAD[wrong]))
    text = ntriples(q for n in nodes for q in n.quads())
    types = "".join(
        f"<{iri}> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <{c}> .\n"
        for iri in {iri for n in nodes for _, iri in n.iris()}
        if (term := profile.vocabulary.get(iri))
        for c in term.classes
    )
    focus = [n.id for n in nodes]
    as_written = results(text, types, Graph() + profile.shapes_graph, focus)
    assert results(text, types, compiled(profile.shapes_graph), focus) == as_written
    # A claim by itself lacks its registered source; whatever else is wrong must show beside that.
    assert len(as_written) > (2 if wrong != "nothing wrong" else 0)


def test_an_unknown_property_is_still_refused(profile: Profile) -> None:
    text = (
        "<urn:x:s> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <https://w3id.org/stemma/ontology/Source> .\n"
        '<urn:x:s> <http://purl.org/dc/terms/title> "A title" .\n'
        '<urn:x:s> <urn:x:more> "more" .\n'
    )
    shapes = compiled(profile.shapes_graph)
    found = results(text, "", shapes, ["urn:x:s"])
    assert ("property-unknown", "urn:x:more") in {(code, pointer) for code, _, _, pointer, _, _ in found}
    assert found == results(text, "", Graph() + profile.shapes_graph, ["urn:x:s"])


def test_what_cannot_be_cut_loose_is_left() -> None:
    shapes = Graph().parse(data=LEFT, format="turtle")
    assert set(compiled(shapes)) == set(shapes)


def results(text: str, types: str, shapes: Graph, focus: list[str]) -> Judged:
    found = judge(text, types, shapes, focus)
    return {(f.code, f.message, f.about, f.pointer, f.value, f.severity.value) for f in found}


LEFT = """
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix x: <urn:x:> .
x:used a sh:NodeShape ; sh:targetClass x:A ; sh:property x:p .
x:user a sh:NodeShape ; sh:targetClass x:B ; sh:node x:used .
x:off a sh:NodeShape ; sh:targetClass x:C ; sh:deactivated true ; sh:property x:p .
x:one a sh:NodeShape ; sh:targetClass x:D ; sh:targetNode x:n ; sh:property x:p .
x:nameless a sh:NodeShape ; sh:targetClass x:E ; sh:property [ sh:path x:q ; sh:minCount 1 ] .
x:p a sh:PropertyShape ; sh:path x:q ; sh:minCount 1 .
"""
