"""The JSON-LD context: a record with it expands to triples that the store holds of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from pyoxigraph import RdfFormat, parse

import kg
from kg.profile import Profile
from kg.resources import folder
from kg.schema.context import context
from kg.schema.names import RDF_TYPE, STEMMA

BASE = json.loads((folder("shapes") / "examples" / "base.json").read_text("utf-8"))
CLAIM = BASE["records"]["claim"]["id"]

Json = dict[str, Any]
Triples = set[tuple[str, str, str]]

FULL: Json = {
    "notes": ["one", "two"],
    "evidence": {"level": "unsupported", "design": "ECO:0000180"},
    "links": [{"type": "repeats", "to": BASE["records"]["count"]["id"]}],
    "review": {
        "status": "rejected",
        "by": ["https://w3id.org/stemma/agent/reader-2.0"],
        "at": "2024-06-03T09:00:00Z",
        "reason": "wrong-span",
        "comment": "Too wide.",
    },
}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[kg.Workspace]:
    with kg.init(tmp_path_factory.mktemp("context") / "w", base="https://cells.example/kg/") as w:
        for text in BASE["texts"]:
            w.library.put(text)
        text = json.dumps(BASE["records"])
        for record in ("claim", "source", "snapshot", "interests"):
            text = text.replace(f"https://w3id.org/stemma/{record}/", f"https://cells.example/kg/{record}/")
        records = json.loads(text)
        full = json.loads(json.dumps(FULL).replace("https://w3id.org/stemma/claim/", "https://cells.example/kg/claim/"))
        statement = {**records["claim"]["statement"], "result": {"n": 12, "estimate": "1.50", "low": "1", "p": "0.04"}}
        w.add([*(records | {"claim": {**records["claim"], **full, "statement": statement}}).values()], keep_review=True)
        yield w


def of(w: kg.Workspace, record: str) -> Json:
    return context(w.profile, record, base=w.iris.base)


def expanded(document: Json) -> Triples:
    quads = parse(input=json.dumps(document), format=RdfFormat.JSON_LD)
    return {(str(q.subject), q.predicate.value, str(q.object)) for q in quads}


def stored(w: kg.Workspace) -> Triples:
    """The triples of every record, also of those that queries do not see."""
    quads = (q for word in w.profile.shapes for n in w.records.all(word) for q in n.quads())
    return {(str(q.subject), q.predicate.value, str(q.object)) for q in quads}


def named(triples: Triples) -> Triples:
    """Those without blank nodes."""
    return {t for t in triples if not any(x.startswith("_:") for x in t)}


def claim(w: kg.Workspace) -> Json:
    return w.claim("https://cells.example/kg/claim/example")


def test_a_claims_triples_are_those_of_the_store(workspace: kg.Workspace) -> None:
    found = named(expanded({**of(workspace, "claim"), **claim(workspace)}))
    assert found <= stored(workspace)
    told = {predicate.removeprefix(STEMMA) for _, predicate, _ in found}
    assert told >= {
        *("category", "polarity", "certainty", "paraphrase", "source", "statement", "note", "attributedTo"),
        *("snapshot", "start", "end", "exact", "before", "after", "evidenceLevel", "evidenceType", "version"),
        *("reviewStatus", "reviewedBy", "reviewedAt", "reviewReason", "reviewComment", "agent", "at", "activity"),
        *("relation", "subject", "object", "disease", "route", "followUp", "resultN", "resultEstimate", "resultP"),
    }


def test_only_parts_links_and_the_type_are_missing(workspace: kg.Workspace) -> None:
    """What of a claim and its statement JSON-LD cannot say, and nothing else."""
    record = claim(workspace)
    found = expanded({**of(workspace, "claim"), **record})
    ids = {f"<{record['id']}>", f"<{record['statement']['id']}>"}
    missing = {p for s, p, o in stored(workspace) - found if s in ids}
    assert missing == {RDF_TYPE, STEMMA + "mention", STEMMA + "restsOn", STEMMA + "repeats"}


def test_parts_become_blank_nodes_with_all_they_hold(workspace: kg.Workspace) -> None:
    found = expanded({**of(workspace, "claim"), **claim(workspace)})
    parts = {(p, o) for s, p, o in found if s.startswith("_:")}
    held = {(p, o) for s, p, o in stored(workspace) if "claim/example#" in s}
    assert parts == held


def test_a_quantity_is_told(workspace: kg.Workspace) -> None:
    record = workspace.claim("https://cells.example/kg/claim/example-count")
    found = named(expanded({**of(workspace, "claim"), **record}))
    assert found <= stored(workspace)
    assert {STEMMA + "low", STEMMA + "high", STEMMA + "unit"} <= {p for _, p, _ in found}


@pytest.mark.parametrize("record", ["source", "snapshot"])
def test_sources_and_snapshots_are_told_whole(workspace: kg.Workspace, record: str) -> None:
    for node in workspace.records.all(record):
        found = expanded({**of(workspace, record), **workspace.writer.record(node)})
        assert found == {(str(q.subject), q.predicate.value, str(q.object)) for q in node.quads()}


def test_a_snapshot_named_by_its_digest_gets_its_iri(workspace: kg.Workspace) -> None:
    node = next(workspace.records.all("snapshot"))
    record = {**workspace.writer.record(node), "id": workspace.iris.snapshot_digest(node.id)}
    assert {s for s, _, _ in expanded({**of(workspace, "snapshot"), **record})} == {f"<{node.id}>"}


def test_short_forms_of_entry_are_understood(workspace: kg.Workspace) -> None:
    document = {
        **of(workspace, "claim"),
        "id": "https://cells.example/kg/claim/short",
        "type": "claim",
        "statement": {"id": "https://cells.example/kg/statement/x", "subject": "CL:0000134", "object": "term:bell"},
        "source": "https://cells.example/kg/source/x",
        "provenance": {"agent": "reader-2.0"},
        "review": {"by": ["agent:reader-3.0", "orcid:0000-0002-1825-0097"]},
    }
    found = {(p.removeprefix(STEMMA), o) for _, p, o in expanded(document)}
    assert found >= {
        (RDF_TYPE, f"<{STEMMA}Claim>"),
        ("subject", "<http://purl.obolibrary.org/obo/CL_0000134>"),
        ("object", "<https://w3id.org/stemma/term/bell>"),
        ("source", "<https://cells.example/kg/source/x>"),
        ("agent", "<https://w3id.org/stemma/agent/reader-2.0>"),
        ("reviewedBy", "<https://w3id.org/stemma/agent/reader-3.0>"),
        ("reviewedBy", "<https://orcid.org/0000-0002-1825-0097>"),
    }


def test_computed_keys_labels_and_links_say_nothing(workspace: kg.Workspace) -> None:
    record = claim(workspace)
    bare = json.loads(json.dumps(record))
    del bare["anchor"]["verification"], bare["links"]
    bare["source"] = {"id": bare["source"]["id"]}
    for key in ("relation", "subject", "object"):
        bare["statement"][key] = {"id": bare["statement"][key]["id"]}
    head = of(workspace, "claim")
    assert named(expanded({**head, **record})) == named(expanded({**head, **bare}))


def test_a_value_out_of_the_list_is_not_taken_for_another(workspace: kg.Workspace) -> None:
    document = {**of(workspace, "claim"), "id": "https://cells.example/kg/claim/x", "polarity": "hedged"}
    assert f"<{STEMMA}hedged>" not in {o for _, _, o in expanded(document)}


def test_unknown_record_is_the_callers_fault() -> None:
    with pytest.raises(kg.UsageError):
        context(Profile.load("cell-therapy"), "page")
