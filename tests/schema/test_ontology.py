"""The shipped ontology: every term told, every IRI known, relations in an order that holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from rdflib import Graph, Literal, URIRef
from rdflib.namespace import OWL, RDF, RDFS, SKOS

from kg.conflict.rules import Order
from kg.profile import Profile
from kg.schema.names import STEMMA, local_name

PROFILE = Profile.load("cell-therapy")
VOCABULARY = PROFILE.vocabulary
OURS = (STEMMA, "https://w3id.org/stemma/term/", "https://w3id.org/stemma/rule/")
KINDS = {
    "class": (str(OWL.Class),),
    "property": tuple(str(OWL[f"{k}Property"]) for k in ("Object", "Datatype", "Annotation")),
    "relation": (STEMMA + "Relation",),
    "value": (STEMMA + "Value",),
    "entity": (STEMMA + "Entity",),
    "conflict rule": (STEMMA + "ConflictRule",),
}


def read(*names: str) -> Graph:
    """The ontology's Turtle, or that of some of its files."""
    graph = Graph()
    for path in PROFILE.ontology_files:
        if not names or path.name in names:
            graph.parse(path, format="turtle")
    return graph


GRAPH = read()
SUBJECTS = {str(s) for s in GRAPH.subjects() if isinstance(s, URIRef)}
TERMS = sorted({t.iri for kinds in KINDS.values() for k in kinds for t in VOCABULARY.members(k)})
RELATIONS = [t.iri for t in VOCABULARY.members(STEMMA + "Relation")]


def pairs(name: str) -> Iterator[tuple[str, str]]:
    return ((str(s), str(o)) for s, o in GRAPH.subject_objects(URIRef(STEMMA + name)))


def implied(relation: str) -> set[str]:
    """What a relation implies, without itself unless it is in a ring."""
    found: set[str] = set()
    todo = [relation]
    while todo:
        for up in VOCABULARY.facts(todo.pop(), STEMMA + "implies"):
            if up not in found:
                found.add(up)
                todo.append(up)
    return found


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_there_are_terms_of_each_kind(kind: str) -> None:
    assert any(VOCABULARY.members(k) for k in KINDS[kind])


def test_every_term_has_one_label_in_english() -> None:
    labels = {iri: list(GRAPH.objects(URIRef(iri), RDFS.label)) for iri in TERMS}
    wrong = [i for i, ls in labels.items() if [getattr(x, "language", None) for x in ls] != ["en"]]
    assert wrong == []
    assert [i for i, (label,) in labels.items() if str(label) != str(label).strip() or not str(label)] == []


def test_every_term_of_ours_has_a_definition() -> None:
    """Terms of others are defined at their own IRIs, under their own licences."""
    ours = [i for i in TERMS if i.startswith(OURS)]
    assert [i for i in ours if not VOCABULARY.terms[i].definition] == []
    told = [str(o) for i in ours for o in GRAPH.objects(URIRef(i), SKOS.definition)]
    assert [t for t in told if not t.endswith(".")] == []


def test_every_term_of_the_core_says_where_it_is_defined() -> None:
    core = read("core.ttl")
    subjects = {s for s in core.subjects(RDFS.label, None) if isinstance(s, URIRef)}
    assert [s for s in subjects if (s, RDFS.isDefinedBy, URIRef(STEMMA.rstrip("/"))) not in core] == []


def test_every_iri_of_ours_in_the_shapes_is_in_the_ontology() -> None:
    used = {str(x) for t in PROFILE.shapes_graph for x in t if str(x).startswith(OURS)}
    assert sorted(used - SUBJECTS) == []


def test_every_iri_of_ours_in_the_ontology_is_told() -> None:
    used = {str(x) for t in GRAPH for x in t if isinstance(x, URIRef) and str(x).startswith(OURS)}
    assert sorted(used - SUBJECTS) == []


def test_every_property_of_the_shapes_is_a_property() -> None:
    properties = {t.iri for k in KINDS["property"] for t in VOCABULARY.members(k)}
    shapes = PROFILE.shapes.values()
    fields = [f for s in shapes for f in (*s.fields, *(g for x in s.fields if x.part for g in x.part.fields))]
    assert [f.code for f in fields if f.path.startswith(STEMMA) and f.path not in properties] == []
    literal = {t.iri for t in VOCABULARY.members(str(OWL.DatatypeProperty))}
    wrong = [f.code for f in fields if f.path.startswith(STEMMA) and (f.path in literal) != (f.datatype is not None)]
    assert wrong == []


def test_every_namespace_has_a_prefix() -> None:
    outside = (str(OWL), "https://creativecommons.org/", STEMMA.rstrip("/"))
    iris = {str(x) for t in GRAPH for x in t if isinstance(x, URIRef)}
    assert sorted(i for i in iris if PROFILE.prefixes.compress(i) is None and not i.startswith(outside)) == []


def test_every_broader_term_is_there() -> None:
    assert sorted(str(o) for o in GRAPH.objects(None, SKOS.broader) if str(o) not in SUBJECTS) == []
    assert [t.iri for t in VOCABULARY if any(t.iri in VOCABULARY.ancestors(b) for b in t.broader)] == []


def test_words_are_told_once_in_a_closed_list() -> None:
    lists = [t.iri for t in VOCABULARY.members(str(OWL.Class)) if VOCABULARY.is_subclass(t.iri, STEMMA + "Value")]
    for cls in lists:
        words = Counter(t.notation for t in VOCABULARY.members(cls))
        if cls != STEMMA + "Value":
            assert {w: n for w, n in words.items() if n > 1 or w is None} == {}, local_name(cls)


def test_notations_of_entities_are_their_curies() -> None:
    told = [t for t in VOCABULARY.members(STEMMA + "Entity") if t.notation]
    assert [t.iri for t in told if t.notation != PROFILE.prefixes.compress(t.iri)] == []


def test_a_notation_is_plain_text() -> None:
    wrong = [str(s) for s, o in GRAPH.subject_objects(SKOS.notation) if not isinstance(o, Literal) or o.language]
    assert wrong == []


# ---- relations


@pytest.mark.parametrize("name", ["implies", "conflictsWith"])
def test_relations_point_to_relations(name: str) -> None:
    found = list(pairs(name))
    assert found
    assert [p for p in found if not {*p} <= {*RELATIONS}] == []


def test_no_relation_implies_itself() -> None:
    assert [r for r in RELATIONS if r in implied(r)] == []


def test_cures_implies_halts_implies_slows() -> None:
    assert {STEMMA + "halts", STEMMA + "slows"} <= implied(STEMMA + "cures")


def test_conflicts_are_known_both_ways() -> None:
    assert (URIRef(STEMMA + "conflictsWith"), RDF.type, OWL.SymmetricProperty) in GRAPH
    order = Order(VOCABULARY)
    for one, other in pairs("conflictsWith"):
        assert other in order.conflicting(one)
        assert one in order.conflicting(other)


def test_no_relation_conflicts_with_itself_or_with_what_it_implies() -> None:
    """Else one claim would contradict itself."""
    order = Order(VOCABULARY)
    assert [r for r in RELATIONS if order.implied(r) & order.conflicting(r)] == []
