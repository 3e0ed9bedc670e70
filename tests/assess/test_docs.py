"""docs/assessment.md tells every rule and weight as the ontology has it."""

from __future__ import annotations

from pathlib import Path

import pytest

from kg.profile import Profile
from kg.schema.names import STEMMA
from kg.schema.vocabulary import Term, Vocabulary

PAGE = (Path(__file__).parent.parent.parent / "docs" / "assessment.md").read_text("utf-8")
VOCABULARY: Vocabulary = Profile.load("cell-therapy").vocabulary
CLASSES = ("RootRule", "LineageRule", "SilenceRule", "LevelRule", "ColumnRule", "GradeRule")
RULES = [t for cls in CLASSES for t in VOCABULARY.members(STEMMA + cls)]


def name(rule: Term) -> str:
    return rule.iri.rsplit("/", 1)[-1]


@pytest.mark.parametrize("rule", RULES, ids=name)
def test_every_rule_is_told_in_its_own_words(rule: Term) -> None:
    lines = [line for line in PAGE.splitlines() if f"| `{name(rule)}` |" in line]
    (line,) = lines
    assert line.endswith(f"| {rule.definition} |")


def test_every_weight_is_told() -> None:
    weights = [
        (term.label, VOCABULARY.facts(term.iri, STEMMA + weight))
        for cls, weight in (("EvidenceLevel", "weight"), ("Certainty", "weight"), ("Relation", "denialWeight"))
        for term in VOCABULARY.members(STEMMA + cls)
    ]
    told = [f"| {label} | {float(number):g} |" for label, numbers in weights for number in numbers]
    assert len(told) >= 12
    assert [row for row in told if row not in PAGE.splitlines()] == []


def test_the_formula_is_the_score_rules_own() -> None:
    (rule,) = VOCABULARY.members(STEMMA + "ScoreRule")
    quoted = " ".join(line.removeprefix("> ") for line in PAGE.splitlines() if line.startswith("> "))
    assert quoted == rule.definition


def test_every_subject_of_the_rules_file_is_a_known_term() -> None:
    """A slip in an IRI would make a term without a label."""
    facts = ("favours", "disfavours", "wanted", "isOutcome", "groupedUnder", "ownGroup", "weight", "denialWeight")
    marked = [t for t in VOCABULARY if any(VOCABULARY.facts(t.iri, STEMMA + f) for f in facts)]
    assert [t.iri for t in marked if t.label == t.iri] == []
    ends = (
        "wanted",
        "groupedUnder",
        "givesOutcome",
        "ofDesign",
        "ofPopulation",
        "ofOutcome",
        "ofCategory",
        "forColumn",
    )
    named = {end for t in VOCABULARY for f in ends for end in VOCABULARY.facts(t.iri, STEMMA + f)}
    assert [end for end in named if end not in VOCABULARY or VOCABULARY.label(end) == end] == []
