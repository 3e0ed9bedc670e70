"""The terms of the ontology, as the program sees them."""

from __future__ import annotations

from pyoxigraph import RdfFormat, parse

from kg.profile import Profile
from kg.schema.names import STEMMA
from kg.schema.vocabulary import Vocabulary

PIE = "https://pie.example/"
TURTLE = """
@prefix :        <https://pie.example/> .
@prefix rdfs:    <http://www.w3.org/2000/01/rdf-schema#> .
@prefix owl:     <http://www.w3.org/2002/07/owl#> .
@prefix skos:    <http://www.w3.org/2004/02/skos/core#> .
@prefix dcterms: <http://purl.org/dc/terms/> .

:Food a owl:Class ; rdfs:label "food"@en .
:Pie a owl:Class ; rdfs:subClassOf :Food ; rdfs:label "pie"@en .
:FruitPie a owl:Class ; rdfs:subClassOf :Pie ; rdfs:label "fruit pie"@en .

:apple a :FruitPie ; rdfs:label "apple pie"@en ; skos:altLabel "tarte aux pommes"@fr , "apple tart"@en ;
    skos:definition "A pie of apples."@en ; skos:notation "apple" ; skos:broader :fruit .
:fruit a :FruitPie ; rdfs:label "any fruit pie"@en ; skos:notation "any" ; skos:broader :whatever .
:whatever a :Pie ; rdfs:label "any pie"@en .
:quince a :FruitPie ; owl:deprecated true ; dcterms:isReplacedBy :apple .
:round skos:broader :ring . :ring skos:broader :round .
[] rdfs:label "nobody" .
"""


def small() -> Vocabulary:
    return Vocabulary(parse(input=TURTLE, format=RdfFormat.TURTLE))


def test_a_term_has_its_words() -> None:
    apple = small().terms[PIE + "apple"]
    assert (apple.label, apple.definition, apple.notation) == ("apple pie", "A pie of apples.", "apple")
    assert apple.synonyms == ("apple tart", "tarte aux pommes")
    assert not apple.deprecated


def test_classes_include_those_above() -> None:
    v = small()
    assert v.terms[PIE + "apple"].classes == {PIE + "FruitPie", PIE + "Pie", PIE + "Food"}
    assert v.is_a(PIE + "apple", PIE + "Food")
    assert not v.is_a(PIE + "whatever", PIE + "FruitPie")
    assert v.is_subclass(PIE + "FruitPie", PIE + "Food")
    assert v.is_subclass(PIE + "Food", PIE + "Food")
    assert not v.is_subclass(PIE + "Food", PIE + "Pie")


def test_members_are_sorted_and_reach_down() -> None:
    members = [t.iri.removeprefix(PIE) for t in small().members(PIE + "Food")]
    assert members == ["quince", "whatever", "fruit", "apple"]
    assert small().members(PIE + "Nothing") == ()


def test_ancestors_go_all_the_way_and_end_in_rings() -> None:
    v = small()
    assert v.ancestors(PIE + "apple") == {PIE + "apple", PIE + "fruit", PIE + "whatever"}
    assert v.ancestors(PIE + "round") == {PIE + "round", PIE + "ring"}
    assert v.ancestors(PIE + "unknown") == {PIE + "unknown"}


def test_deprecated_terms_name_what_replaces_them() -> None:
    quince = small().terms[PIE + "quince"]
    assert quince.deprecated
    assert quince.replaced_by == PIE + "apple"


def test_what_is_not_there_is_not_known() -> None:
    v = small()
    assert PIE + "cake" not in v
    assert v.get(PIE + "cake") is None
    assert v.label(PIE + "cake") == PIE + "cake"
    assert not v.is_a(PIE + "cake", PIE + "Food")
    assert v.facts(PIE + "cake", PIE + "x") == ()


def test_a_term_without_a_label_is_shown_by_its_iri() -> None:
    assert small().label(PIE + "quince") == PIE + "quince"


def test_blank_nodes_are_no_terms() -> None:
    assert "nobody" not in {t.label for t in small()}


def test_shipped_vocabulary_knows_the_field() -> None:
    v = Profile.load("cell-therapy").vocabulary
    assert v.label("http://purl.obolibrary.org/obo/MONDO_0004976") == "amyotrophic lateral sclerosis"
    assert v.is_a("http://purl.obolibrary.org/obo/CL_0000134", STEMMA + "Entity")
    assert v.is_a(STEMMA + "hasEnrolment", STEMMA + "Relation")
    assert {t.notation for t in v.members(STEMMA + "Polarity")} == {"affirmed", "negated"}
