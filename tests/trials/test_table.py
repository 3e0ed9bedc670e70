"""The table of import rules: it holds together, and it is Turtle that decides."""

from __future__ import annotations

from string import ascii_uppercase, digits

import pytest
from pyoxigraph import RdfFormat, parse

from kg.errors import ProfileError, UsageError
from kg.profile import Profile
from kg.schema.names import STEMMA
from kg.schema.vocabulary import Vocabulary
from kg.trials.fields import _READINGS
from kg.trials.table import FLAT, V2, Table

PROFILE = Profile.load("cell-therapy")
VOCABULARY = PROFILE.vocabulary
TABLE = Table.of(VOCABULARY)
ALL = [*TABLE.rules, *(r for j in TABLE.joins for r in j.rules)]


def test_there_are_rules() -> None:
    assert len(TABLE.rules) == 20
    assert [len(j.rules) for j in TABLE.joins] == [5]
    assert (TABLE.name, TABLE.publisher, TABLE.kind) == ("ctgov", "ClinicalTrials.gov", "trial-record")


@pytest.mark.parametrize("rule", ALL, ids=lambda r: r.name)
def test_every_rule_reads_both_formats_and_is_told(rule: object) -> None:
    assert set(rule.paths) == {FLAT, V2}  # type: ignore[attr-defined]
    term = VOCABULARY.terms[rule.iri]  # type: ignore[attr-defined]
    assert term.definition.endswith(".")
    assert rule.reading in _READINGS  # type: ignore[attr-defined]


def test_every_reading_is_in_the_table_and_in_the_code() -> None:
    told = {t.iri.removeprefix(STEMMA) for t in VOCABULARY.members(STEMMA + "Reading")}
    assert told == set(_READINGS)


def test_every_object_is_a_term_and_every_relation_a_relation() -> None:
    values = [v for r in ALL for v in r.values.values()]
    assert [v.object for v in values if v.object and not VOCABULARY.is_a(v.object, STEMMA + "Entity")] == []
    relations = {x for x in (*(v.relation for v in values), *(r.relation for r in ALL)) if x}
    assert [x for x in relations if not VOCABULARY.is_a(x, STEMMA + "Relation")] == []


def test_every_rule_that_names_terms_finds_some_and_shows_them() -> None:
    for rule in ALL:
        makes = {rule.relation, *(v.relation for v in rule.values.values())} - {None}
        forms = {rule.form, *(v.form for v in rule.values.values() if v.relation)} - {None, ""}
        assert bool(makes) == bool(forms), rule.name
        assert all("{trial}" in f and "{value}" in f for f in forms), rule.name
        if rule.reading in ("readsNames", "readsProse", "readsIdentifiers"):
            assert rule.terms, rule.name


def test_the_same_words_in_both_formats() -> None:
    """Each word of today's format has a meaning that a word of the retired one has too, and else it is new."""
    for rule in TABLE.rules:
        loud = {w: v for w, v in rule.values.items() if w.isupper() and set(w) <= {*ascii_uppercase, *digits, *"_+"}}
        quiet = [v for w, v in rule.values.items() if w not in loud]
        assert [w for w, v in loud.items() if v not in quiet] == [], rule.name


def test_what_running_text_means_is_a_cell_and_a_tissue() -> None:
    for name, means in TABLE.reads_as.items():
        assert VOCABULARY.is_a(name, STEMMA + "CellType"), name
        kinds = sorted(c for m in means for c in ("CellType", "Tissue") if VOCABULARY.is_a(m, STEMMA + c))
        assert kinds == ["CellType", "Tissue"], name


def test_what_is_accepted_is_coded() -> None:
    """What is read from running text waits for a person."""
    accepted = {r.reading for r in ALL if r.accepted}
    assert "readsProse" not in accepted
    assert {r.reading for r in ALL if r.reading == "readsProse" and not r.accepted} == {"readsProse"}


def test_every_qualifier_that_is_filled_is_one() -> None:
    paths = {f.path for f in PROFILE.shapes["statement"].fields}
    assert [r.fills for r in ALL if r.fills and r.fills not in paths] == []


def test_a_profile_without_rules_says_so() -> None:
    with pytest.raises(UsageError, match="no rules for trial records"):
        Table.of(Vocabulary([]))


def test_a_table_with_a_gap_names_it() -> None:
    gap = "@prefix s: <https://w3id.org/stemma/ontology/> . <urn:x:registry> a s:Registry ."
    table = Table.of(Vocabulary(q.triple for q in parse(input=gap, format=RdfFormat.TURTLE)))
    with pytest.raises(ProfileError, match="versionInfo"):
        _ = table.version
