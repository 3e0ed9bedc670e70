"""The shapes as fields; what a field cannot carry is refused, never lost on the way to JSON."""

from __future__ import annotations

from pathlib import Path

import pytest

import kg
from kg.profile import Profile
from kg.schema.names import STEMMA, XSD
from kg.schema.shapes import Field, Kind, Shape

HEAD = """
@prefix rdfs:   <http://www.w3.org/2000/01/rdf-schema#> .
@prefix owl:    <http://www.w3.org/2002/07/owl#> .
@prefix skos:   <http://www.w3.org/2004/02/skos/core#> .
@prefix sh:     <http://www.w3.org/ns/shacl#> .
@prefix xsd:    <http://www.w3.org/2001/XMLSchema#> .
@prefix stemma: <https://w3id.org/stemma/ontology/> .
@prefix shape:  <https://w3id.org/stemma/shapes/> .
"""
ONTOLOGY = """
stemma:Thing a owl:Class ; rdfs:subClassOf stemma:Entity ; rdfs:label "thing"@en .
stemma:Colour a owl:Class ; rdfs:subClassOf stemma:Value ; rdfs:label "colour"@en .
stemma:red a stemma:Colour ; rdfs:label "red"@en ; skos:notation "red" .
stemma:Odd a owl:Class ; rdfs:subClassOf stemma:Value ; rdfs:label "odd"@en .
stemma:even a stemma:Odd ; rdfs:label "even"@en .
"""
ADD = "shape:Statement sh:property shape:Statement-size . shape:Statement-size "
GOOD = """a sh:PropertyShape ; sh:path stemma:size ; sh:message "A size." ; stemma:key "qualifiers.size" """


def load(tmp_path: Path, shapes: str, ontology: str = ONTOLOGY) -> dict[str, Shape]:
    """The shapes of a profile with these lines in it."""
    for kind, turtle in (("ontology", ontology), ("shapes", shapes)):
        (tmp_path / kind).mkdir(exist_ok=True)
        (tmp_path / kind / "own.ttl").write_text(HEAD + turtle, "utf-8")
    return Profile.load(tmp_path).shapes


def size(tmp_path: Path, more: str) -> Field:
    field = load(tmp_path, f"{ADD}{GOOD}; {more} .")["statement"].field(STEMMA + "size")
    assert field is not None
    return field


def test_shipped_records() -> None:
    shapes = Profile.load("cell-therapy").shapes
    assert set(shapes) == {"claim", "statement", "source", "snapshot", "interests"}
    claim = shapes["claim"]
    assert claim.target == STEMMA + "Claim"
    assert ("anchor", "verification") in claim.computed
    assert [f.order for f in claim.fields] == sorted(f.order for f in claim.fields)


@pytest.mark.parametrize(
    ("record", "path", "kind", "key"),
    [
        ("claim", "polarity", Kind.TOKEN, "polarity"),
        ("claim", "statement", Kind.STATEMENT, "statement"),
        ("claim", "source", Kind.SOURCE, "source"),
        ("claim", "snapshot", Kind.DIGEST, "anchor.snapshot"),
        ("claim", "mention", Kind.PART, "mentions"),
        ("claim", "repeats", Kind.LINK, "links"),
        ("claim", "agent", Kind.IRI, "provenance.agent"),
        ("claim", "paraphrase", Kind.LITERAL, "paraphrase"),
        ("statement", "subject", Kind.TERM, "subject"),
        ("statement", "relation", Kind.TERM, "relation"),
    ],
)
def test_kinds_follow_from_the_shapes(record: str, path: str, kind: Kind, key: str) -> None:
    field = Profile.load("cell-therapy").shapes[record].field(STEMMA + path)
    assert field is not None
    assert (field.kind, ".".join(field.key)) == (kind, key)


def test_parts_have_fields_of_their_own() -> None:
    mention = Profile.load("cell-therapy").shapes["claim"].field(STEMMA + "mention")
    assert mention is not None
    assert mention.part is not None
    assert [(f.key, f.kind) for f in mention.part.fields] == [
        (("curie",), Kind.CURIE),
        (("start",), Kind.LITERAL),
        (("end",), Kind.LITERAL),
    ]


def test_a_field_carries_what_its_shape_says(tmp_path: Path) -> None:
    field = size(
        tmp_path,
        "sh:datatype xsd:integer ; sh:minCount 1 ; sh:maxCount 1 ; sh:order 7 ; sh:minInclusive 2 ; "
        'sh:maxExclusive 9 ; sh:pattern "^[0-9]$" ; stemma:identifies true ; stemma:bookkeeping true',
    )
    assert (field.code, field.message, field.key) == ("Statement-size", "A size.", ("qualifiers", "size"))
    assert (field.minimum, field.maximum, field.many, field.order) == (1, 1, False, 7)
    assert (field.datatype, field.pattern) == (XSD + "integer", "^[0-9]$")
    assert field.facets == {"minInclusive": "2", "maxExclusive": "9"}
    assert field.identifies
    assert field.bookkeeping
    assert not field.quantity


def test_without_a_greatest_count_there_may_be_many(tmp_path: Path) -> None:
    field = size(tmp_path, "sh:class stemma:Thing")
    assert (field.many, field.minimum, field.kind) == (True, 0, Kind.TERM)


def test_a_class_of_values_is_a_closed_list(tmp_path: Path) -> None:
    assert size(tmp_path, "sh:class stemma:Colour").kind is Kind.TOKEN


def test_rules_against_several_properties_are_taken(tmp_path: Path) -> None:
    assert size(tmp_path, "sh:class stemma:Thing ; sh:disjoint stemma:subject , stemma:object").kind is Kind.TERM


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("sh:in ( 1 2 )", "in beyond"),
        ("sh:hasValue 1", "hasValue"),
        ("sh:uniqueLang true", "uniqueLang"),
        ("sh:or ( [ sh:datatype xsd:string ] )", "or beyond"),
        ("sh:not [ sh:datatype xsd:string ]", "not beyond"),
        ('sh:flags "i" ; sh:pattern "a"', "flags"),
        ("sh:deactivated true", "deactivated"),
        ("sh:qualifiedMinCount 1", "qualifiedMinCount"),
        ("sh:sparql [ sh:select 'x' ]", "sparql"),
        ("stemma:identify true", "identify"),
        ("sh:datatype xsd:string , xsd:integer", "datatype twice"),
        ('sh:message "Another size."', "message twice"),
        ("sh:class stemma:Thing , stemma:Entity", "class twice"),
        ("sh:minCount 0.5", "whole number"),
        ("sh:maxCount -1", "whole number"),
        ("sh:datatype xsd:int", "datatype"),
        ("sh:class stemma:Nowhere", "Nowhere is not in the ontology"),
        ("sh:class stemma:Odd", "skos:notation"),
        ('sh:datatype xsd:string ; sh:pattern "[a"', "regular expression"),
        ("sh:node shape:Statement", "part of itself"),
    ],
)
def test_what_a_field_cannot_carry_is_refused(tmp_path: Path, more: str, told: str) -> None:
    with pytest.raises(kg.ProfileError, match=told) as refused:
        size(tmp_path, more)
    assert refused.value.where


@pytest.mark.parametrize(
    ("shape", "told"),
    [
        ('sh:path stemma:size ; sh:message "A size." ; stemma:key "size" .', "lacks nothing"),
        ('a sh:PropertyShape ; sh:message "A size." ; stemma:key "size" .', "lacks path"),
        ('a sh:PropertyShape ; sh:path stemma:size ; stemma:key "size" .', "lacks message"),
        ('a sh:PropertyShape ; sh:path stemma:size ; sh:message "A size." .', "lacks key"),
        (
            'a sh:PropertyShape ; sh:path [ sh:inversePath stemma:size ] ; sh:message "A size." ; stemma:key "size" .',
            "no single property",
        ),
        ('a sh:PropertyShape ; sh:path stemma:subject ; sh:message "A size." ; stemma:key "size" .', "share"),
        ('a sh:PropertyShape ; sh:path stemma:size ; sh:message "A size." ; stemma:key "subject" .', "share"),
        ('a sh:PropertyShape ; sh:path stemma:size ; sh:message "A size." ; stemma:key "subject.size" .', "share"),
        ('a sh:PropertyShape ; sh:path stemma:size ; sh:message "A size." ; stemma:key "quantity" .', "share"),
    ],
)
def test_shapes_that_are_not_whole_are_refused(tmp_path: Path, shape: str, told: str) -> None:
    with pytest.raises(kg.ProfileError, match=told):
        load(tmp_path, ADD + shape)


def test_a_nameless_property_shape_is_refused(tmp_path: Path) -> None:
    with pytest.raises(kg.ProfileError, match="lacks"):
        load(tmp_path, "shape:Statement sh:property [ sh:path stemma:size ; sh:minCount 1 ] .")


def test_two_words_for_one_thing_are_refused(tmp_path: Path) -> None:
    twins = ONTOLOGY + 'stemma:crimson a stemma:Colour ; rdfs:label "crimson"@en ; skos:notation "red" .'
    with pytest.raises(kg.ProfileError, match="skos:notation"):
        load(tmp_path, f"{ADD}{GOOD}; sh:class stemma:Colour .", twins)


def test_a_record_word_has_one_shape(tmp_path: Path) -> None:
    with pytest.raises(kg.ProfileError, match="claim already"):
        load(tmp_path, 'shape:Other a sh:NodeShape ; stemma:record "claim" .')


def test_turtle_that_is_none_is_refused_by_file(tmp_path: Path) -> None:
    with pytest.raises(kg.ProfileError) as refused:
        load(tmp_path, "shape:Statement sh:property")
    assert refused.value.where.endswith("own.ttl")
