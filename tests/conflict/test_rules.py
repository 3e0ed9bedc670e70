"""Every conflict rule: a pair that it finds, and one that it leaves alone."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import kg
from kg.model.digest import digest
from kg.profile import Profile

ALS, SC, MSC, HSC, THERAPY = "MONDO:0004976", "CL:0000034", "CL:0000134", "CL:0000037", "term:therapy"
TEXTS = ("The first page says many things. " * 40, "The second page says other things. " * 40)
Spec = dict[str, Any]


def said(subject: str, relation: str, object: str | Spec, source: int = 0, **more: Any) -> Spec:
    ends = {"quantity": object} if isinstance(object, dict) else {"object": object}
    statement = {"subject": subject, "relation": f"stemma:{relation}", **ends}
    statement["qualifiers"] = more.pop("qualifiers", {})
    return {"statement": statement, "source": source, "polarity": "affirmed", "certainty": "asserted", **more}


def people(low: str, high: str | None = None, **more: Any) -> Spec:
    return {"low": low, "high": high or low, "unit": "{person}", **more}


NEGATED = {"polarity": "negated"}
HEDGED = {"certainty": "hedged"}
HOPED = {"certainty": "speculative"}
FEW = {"qualifiers": {"population": "term:few-cases"}}

FOUND: list[tuple[str, str, Spec, Spec]] = [
    ("opposite", "contradiction", said(MSC, "cures", ALS), said(THERAPY, "slows", ALS, 1, **NEGATED)),
    ("opposite", "tension", said(MSC, "cures", ALS, **HEDGED), said(THERAPY, "cures", ALS, 1, **NEGATED)),
    ("opposite", "tension", said(SC, "halts", ALS), said(MSC, "halts", ALS, 1, **NEGATED)),
    ("excluding-relations", "contradiction", said(MSC, "raises", "HGNC:7739"), said(MSC, "reduces", "HGNC:7739", 1)),
    (
        "excluding-relations",
        "contradiction",
        said(MSC, "abundantIn", "UBERON:0002371"),
        said(MSC, "rareIn", "UBERON:0002371", 1),
    ),
    (
        "numbers",
        "contradiction",
        said(ALS, "hasIncidence", {"low": "2", "high": "2", "unit": "/(10*6)/a"}),
        said(ALS, "hasIncidence", {"low": "1.5", "high": "2.5", "unit": "/(10*5)/a"}, 1),
    ),
    (
        "numbers",
        "contradiction",
        said("clinicaltrials:NCT03280056", "hasEnrolment", people("189", of="term:als-patients")),
        said("clinicaltrials:NCT03280056", "hasEnrolment", people("263"), 1),
    ),
    (
        "harm-denied",
        "contradiction",
        said(SC, "causesAdverseEvent", "HP:0002315"),
        said(SC, "causesAdverseEvent", "NCIT:C41331", 1, **NEGATED),
    ),
    (
        "harm-denied",
        "tension",
        said(SC, "causesAdverseEvent", "HP:0002315"),
        said(
            SC, "causesAdverseEvent", "NCIT:C41331", 1, qualifiers={"population": "term:trial-participants"}, **NEGATED
        ),
    ),
    (
        "safe-against-harm",
        "tension",
        said(SC, "causesAdverseEvent", "HP:0002315"),
        said(MSC, "isSafeFor", "term:stem-cell-therapy", 1),
    ),
    ("proven-against-open", "tension", said(SC, "isProvenFor", ALS), said(SC, "needsStudyFor", ALS, 1)),
    ("proven-against-hoped", "tension", said(SC, "isProvenFor", ALS), said(MSC, "cures", ALS, 1, **HOPED)),
    ("all-against-some", "tension", said(SC, "isProvenFor", ALS), said(SC, "manages", ALS, 1, **FEW)),
    ("varies", "tension", said(SC, "isProvenFor", ALS), said(SC, "resultsVaryBy", "term:person", 1)),
    (
        "stops-against-slows",
        "tension",
        said(HSC, "halts", "term:neurologic-damage"),
        said(SC, "slows", ALS, 1, **HEDGED),
    ),
    ("other-cell", "tension", said(HSC, "halts", ALS), said(MSC, "halts", ALS, 1, **NEGATED)),
    ("origin", "tension", said(SC, "derivedFrom", "UBERON:0000178"), said(MSC, "derivedFrom", "UBERON:0002371", 1)),
    ("own-or-donor", "tension", said(SC, "hasDonor", "term:autologous"), said(MSC, "hasDonor", "term:allogeneic", 1)),
    (
        "becomes-or-secretes",
        "tension",
        said(SC, "differentiatesInto", "CL:0000540"),
        said(MSC, "secretes", "term:growth-factors", 1),
    ),
    (
        "irreversible",
        "contradiction",
        said(SC, "regenerates", "CL:0000100"),
        said(ALS, "isReversible", "term:neurologic-damage", 1, **NEGATED),
    ),
    (
        "cause",
        "tension",
        said(ALS, "hasCause", "term:genetic-change"),
        said(ALS, "hasCause", "term:disease-cause-none-known", 1, **NEGATED),
    ),
    ("pace", "contradiction", said(ALS, "hasCourse", "term:fast"), said(ALS, "hasCourse", "term:slow", 1)),
    ("pace-varies", "tension", said(ALS, "hasCourse", "term:fast"), said(ALS, "hasCourse", "term:varying-pace", 1)),
    ("here-against-to-come", "tension", said(SC, "isAvailableFor", ALS), said(SC, "cures", ALS, 1, **HOPED)),
    ("no-difference", "tension", said(SC, "treats", ALS), said(MSC, "noSignificantDifferenceIn", "term:alsfrs-r", 1)),
    (
        "approved-against-none",
        "contradiction",
        said("CHEBI:8863", "isApprovedFor", ALS),
        said(THERAPY, "treats", ALS, 1, **NEGATED),
    ),
    (
        "abundant-against-rare",
        "tension",
        said(SC, "abundantIn", "term:own-body"),
        said(MSC, "rareIn", "UBERON:0002371", 1),
    ),
    (
        "replacement",
        "tension",
        said(SC, "replaces", "term:damaged-cell"),
        said(MSC, "replaces", "CL:0000100", 1, **NEGATED),
    ),
    (
        "to-be-had-against-not-approved",
        "tension",
        said(SC, "isAvailableFor", ALS),
        said(SC, "isApprovedBy", "term:fda", 1, **NEGATED),
    ),
    (
        "ranges",
        "contradiction",
        said("term:alsfrs-r", "outcomeRange", {"low": "0", "high": "4", "unit": "1"}),
        said("term:alsfrs-r", "outcomeRange", {"low": "0", "high": "48", "unit": "1"}, 1),
    ),
    ("done-against-hoped", "tension", said(SC, "isStudiedFor", ALS), said(SC, "needsStudyFor", ALS, 1, **HOPED)),
]

LEFT_ALONE: list[tuple[str, Spec, Spec]] = [
    (
        "the weaker denied is not the stronger denied",
        said(MSC, "slows", ALS),
        said(THERAPY, "cures", ALS, 1, **NEGATED),
    ),
    ("another disease", said(MSC, "cures", "MONDO:0005180"), said(MSC, "cures", ALS, 1, **NEGATED)),
    (
        "another route",
        said(MSC, "slows", ALS, qualifiers={"route": ["NCIT:C38267"]}),
        said(MSC, "slows", ALS, 1, qualifiers={"route": ["NCIT:C38276"]}, **NEGATED),
    ),
    (
        "the same number in another unit",
        said(ALS, "hasIncidence", {"low": "20", "high": "20", "unit": "/(10*6)/a"}),
        said(ALS, "hasIncidence", {"low": "2", "high": "2", "unit": "/(10*5)/a"}, 1),
    ),
    (
        "units that measure other things",
        said(ALS, "hasSurvival", {"low": "2", "high": "5", "unit": "a"}),
        said(ALS, "hasSurvival", {"low": "50", "high": "50", "unit": "%"}, 1),
    ),
    (
        "about 190 may be 189",
        said("clinicaltrials:NCT03280056", "hasEnrolment", people("190", approximate=True)),
        said("clinicaltrials:NCT03280056", "hasEnrolment", people("189"), 1),
    ),
    (
        "two tissues that go together",
        said(MSC, "derivedFrom", "UBERON:0001013"),
        said(MSC, "derivedFrom", "UBERON:0002371", 1),
    ),
    ("hedged against asserted, same direction", said(MSC, "slows", ALS, **HEDGED), said(MSC, "slows", ALS, 1)),
    (
        "one source that says both mechanisms",
        said(SC, "replaces", "term:damaged-cell"),
        said(SC, "secretes", "term:growth-factors"),
    ),
]


@pytest.fixture(scope="module")
def two_pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed workspace that holds two texts, to be copied."""
    folder = tmp_path_factory.mktemp("pages")
    with kg.init(folder / "w") as w:
        for n, text in enumerate(TEXTS):
            (folder / f"{n}.txt").write_text(text, encoding="utf-8")
            w.ingest(folder / f"{n}.txt")
    return folder / "w"


@pytest.fixture
def workspace(two_pages: Path, tmp_path: Path) -> Iterator[kg.Workspace]:
    with kg.open(shutil.copytree(two_pages, tmp_path / "w")) as w:
        yield w


def record(workspace: kg.Workspace, spec: Spec, start: int) -> Spec:
    text = TEXTS[spec["source"]]
    snapshot = digest(text)
    source = next(
        s.id
        for s in workspace.records.all("source")
        if workspace.iris.snapshot(snapshot) in workspace.records.snapshots_of(s.id)
    )
    return {
        "category": "efficacy",
        "paraphrase": f"What is said at {start}.",
        **spec,
        "source": {"id": source},
        "anchor": {"snapshot": snapshot, "start": start, "end": start + 9, "exact": digest(text[start : start + 9])},
        "provenance": {"agent": "tester"},
    }


def put(workspace: kg.Workspace, *specs: Spec) -> list[str]:
    return [workspace.add(record(workspace, s, 10 * n)).added[0] for n, s in enumerate(specs)]


@pytest.mark.parametrize(
    ("rule", "kind", "left", "right"), FOUND, ids=[f"{r}-{k}-{n}" for n, (r, k, *_) in enumerate(FOUND)]
)
def test_a_rule_finds_its_pair(workspace: kg.Workspace, rule: str, kind: str, left: Spec, right: Spec) -> None:
    a, b = put(workspace, left, right)
    found = workspace.conflicts()
    assert [(c.because, c.kind, {c.a, c.b}) for c in found] == [(f"https://w3id.org/stemma/rule/{rule}", kind, {a, b})]
    assert "What is said at 0." in found[0].explain
    assert "0-9" in found[0].explain


@pytest.mark.parametrize(("why", "left", "right"), LEFT_ALONE, ids=[w for w, *_ in LEFT_ALONE])
def test_what_does_not_clash_is_left_alone(workspace: kg.Workspace, why: str, left: Spec, right: Spec) -> None:
    put(workspace, left, right)
    assert workspace.conflicts() == [], why


def test_every_rule_of_the_ontology_is_tried() -> None:
    rules = Profile.load("cell-therapy").vocabulary.members("https://w3id.org/stemma/ontology/ConflictRule")
    assert {t.iri.rsplit("/", 1)[-1] for t in rules} == {rule for rule, *_ in FOUND}


def test_conflicts_follow_the_claims(workspace: kg.Workspace, tmp_path: Path) -> None:
    a, b = put(workspace, said(MSC, "cures", ALS), said(THERAPY, "cures", ALS, 1, **NEGATED))
    assert len(workspace.conflicts()) == 1
    assert len(workspace.conflicts(a)) == 1
    workspace.review([b], "rejected", by="second", reason="not-said")
    assert workspace.conflicts() == []
    edited = record(workspace, said(MSC, "slows", ALS), 0) | {"id": a, "version": 1}
    workspace.add(edited)
    (c,) = put(workspace, said(THERAPY, "slows", ALS, 1, **NEGATED))
    assert {(x.a, x.b) for x in workspace.conflicts()} == {(a, c)}


def test_the_index_is_made_again_when_it_is_lost(workspace: kg.Workspace) -> None:
    put(workspace, said(MSC, "cures", ALS), said(THERAPY, "cures", ALS, 1, **NEGATED))
    told = workspace.conflicts()
    workspace.close()
    for path in workspace.path.glob("conflicts.sqlite*"):
        path.unlink()
    with kg.open(workspace.path) as again:
        assert again.conflicts() == told
    workspace.__init__(workspace.path)  # type: ignore[misc]  # the fixture closes it
