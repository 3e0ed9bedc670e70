"""A second domain, with nothing of the first in it, from Turtle alone (tests/profiles/lighthouses)."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import kg
from kg.model.digest import digest
from kg.schema.context import context
from kg.schema.jsonschema import json_schema

PROFILE = Path(__file__).parent.parent / "profiles" / "lighthouses"
TEXT = """Grey Cape Light has stood since 1871.
Its beam leads ships past Molar Reef, and in fog a bell is struck.
On a clear night it is seen from about eighteen nautical miles.
"""

Json = dict[str, Any]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the profile that a test may take away."""
    return Path(shutil.copytree(PROFILE, tmp_path / "lighthouses"))


def begin(path: Path, profile: Path) -> kg.Workspace:
    """A new workspace that holds the article."""
    article = path.with_suffix(".txt")
    article.write_text(TEXT, "utf-8")
    w = kg.init(path, profile=str(profile))
    w.ingest(article, agent="keeper-1.0")
    return w


@pytest.fixture
def workspace(tmp_path: Path, folder: Path) -> Iterator[kg.Workspace]:
    with begin(tmp_path / "w", folder) as w:
        yield w


def claim(w: kg.Workspace, words: str, statement: Json, **changes: Any) -> Json:
    snapshot = next(w.records.all("snapshot"))
    start = TEXT.index(words)
    return {
        "category": "safety-at-sea",
        "paraphrase": "The light keeps ships off the reef.",
        "polarity": "affirmed",
        "certainty": "asserted",
        "statement": statement,
        "source": {"id": w.records.ids("source")[0]},
        "anchor": {
            "snapshot": w.iris.snapshot_digest(snapshot.id),
            "start": start,
            "end": start + len(words),
            "exact": digest(words),
        },
        "provenance": {"agent": "keeper-1.0"},
        **changes,
    }


def guides(w: kg.Workspace, **changes: Any) -> Json:
    statement = {
        "relation": "sea:guidesPast",
        "subject": {"curie": "light:grey-cape", "label": "the cape light"},
        "object": "light:molar-reef",
        "qualifiers": {"fogSignal": "light:bell"},
    }
    return claim(w, "Its beam leads ships past Molar Reef, and in fog a bell is struck", statement, **changes)


def seen_from(w: kg.Workspace, unit: str) -> Json:
    quantity = {"low": "18", "high": "18", "approximate": True, "unit": unit}
    statement = {"relation": "sea:isSeenFrom", "subject": "light:grey-cape", "quantity": quantity}
    return claim(w, "it is seen from about eighteen nautical miles", statement, category="light")


def codes(w: kg.Workspace, record: Json) -> set[str]:
    with pytest.raises(kg.Refused) as refused:
        w.add(record)
    return {f.code for f in refused.value.report.violations}


def test_claims_enter_and_are_answered(workspace: kg.Workspace) -> None:
    receipt = workspace.add([guides(workspace), seen_from(workspace, "[nmi_i]")])
    assert len(receipt.added) == 2
    record = workspace.claim(receipt.added[0])
    assert record["statement"]["subject"]["label"] == "Grey Cape Light"
    assert record["statement"]["qualifiers"]["fogSignal"]["curie"] == "light:bell"
    assert record["anchor"]["verification"] == "verified"
    rows = workspace.query(
        "SELECT ?claim ?low WHERE { ?claim stemma:statement ?s . ?s stemma:relation sea:isSeenFrom ; stemma:low ?low }"
    ).dicts()
    assert rows == [{"claim": receipt.added[1], "low": 18.0}]


def test_what_is_exported_goes_in_again(workspace: kg.Workspace, tmp_path: Path, folder: Path) -> None:
    receipt = workspace.add([guides(workspace), seen_from(workspace, "[nmi_i]")])
    exported = [json.loads(line) for line in workspace.export("jsonl").splitlines()]
    claims = [r for r in exported if r.get("type", "claim") == "claim"]
    assert {c["id"] for c in claims} == set(receipt.added)
    assert all(c == workspace.claim(c["id"]) for c in claims)
    around = [workspace.writer.record(n) for word in ("source", "snapshot") for n in workspace.records.all(word)]
    with kg.init(tmp_path / "other", profile=str(folder)) as other:
        other.add([*around, *claims], keep_review=True)
        assert {c["statement"]["id"] for c in other.claims()} == {c["statement"]["id"] for c in claims}


def test_its_own_shapes_refuse(workspace: kg.Workspace) -> None:
    wrong_class = guides(workspace)
    wrong_class["statement"]["qualifiers"]["fogSignal"] = "light:molar-reef"
    assert codes(workspace, wrong_class) == {"Statement-fogSignal"}
    assert codes(workspace, seen_from(workspace, "km")) == {"Statement-rangeInNauticalMiles"}
    assert codes(workspace, guides(workspace, category="efficacy")) >= {"Claim-category"}


def test_core_rules_hold_here_too(workspace: kg.Workspace) -> None:
    both = guides(workspace)
    both["statement"]["quantity"] = {"low": "1", "unit": "{ship}"}
    assert codes(workspace, both) == {"Statement-objectOrQuantity"}


def test_nothing_of_the_first_domain_is_known(workspace: kg.Workspace) -> None:
    foreign = guides(workspace)
    foreign["statement"]["object"] = "MONDO:0004976"
    assert "term-unknown" in codes(workspace, foreign)
    stray = guides(workspace)
    stray["statement"]["qualifiers"] = {"donor": "light:bell"}
    assert codes(workspace, stray) == {"key-unknown"}


def test_schema_and_context_are_its_own(workspace: kg.Workspace) -> None:
    schema = json_schema(workspace.profile, "claim")
    assert schema["properties"]["category"]["enum"] == ["building", "light", "safety-at-sea"]
    qualifiers = schema["$defs"]["Statement"]["properties"]["qualifiers"]["properties"]
    assert list(qualifiers) == ["fogSignal"]
    assert qualifiers["fogSignal"]["title"] == "fog signal"
    assert "Statement-rangeInNauticalMiles" in schema["$defs"]["Statement"]["$comment"]
    terms = context(workspace.profile)["@context"]
    assert terms["light"] == {"@id": "https://lights.example/light/", "@prefix": True}
    inner = terms["statement"]["@context"]["qualifiers"]["@context"]
    assert inner["fogSignal"]["@id"] == "https://lights.example/ontology#fogSignal"


def test_workspace_opens_without_the_folder_it_was_made_from(tmp_path: Path, folder: Path) -> None:
    with begin(tmp_path / "w", folder) as w:
        added = w.add(guides(w)).added
    shutil.rmtree(folder)
    with kg.open(tmp_path / "w") as again:
        assert [c["id"] for c in again.claims()] == list(added)
        assert again.validate().conforms
        assert codes(again, seen_from(again, "km")) == {"Statement-rangeInNauticalMiles"}
