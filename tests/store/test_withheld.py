"""Claims that were refused or taken back: told as such, readable, and out of every query."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import kg
from kg.model.digest import digest

TEXT = "A page about cells. The marrow cells may slow the illness, it says. " * 3
CLAIMS = "SELECT ?c WHERE { ?c a stemma:Claim }"


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[kg.Workspace]:
    (tmp_path / "page.txt").write_text(TEXT, encoding="utf-8")
    with kg.init(tmp_path / "w") as w:
        source = w.ingest(tmp_path / "page.txt").source
        for start in (20, 30):
            w.add(
                {
                    "category": "efficacy",
                    "paraphrase": f"Slowing, at {start}.",
                    "polarity": "affirmed",
                    "certainty": "hedged",
                    "statement": {"subject": "CL:0000134", "relation": "stemma:slows", "object": "MONDO:0004976"},
                    "source": {"id": source},
                    "anchor": {
                        "snapshot": digest(TEXT),
                        "start": start,
                        "end": start + 9,
                        "exact": digest(TEXT[start : start + 9]),
                    },
                    "provenance": {"agent": "one"},
                }
            )
        yield w


def test_a_rejected_claim_leaves_the_queries_and_stays_readable(workspace: kg.Workspace) -> None:
    first, second = (c["id"] for c in workspace.claims())
    before = workspace.claim(first)
    workspace.review([first], "rejected", by="two", reason="not-said", comment="Another page said it.")
    assert [r["c"] for r in workspace.query(CLAIMS).dicts()] == [second]
    assert not workspace.query(f"ASK {{ <{first}> stemma:paraphrase ?p }}").truth
    told = workspace.query(f"SELECT ?r WHERE {{ <{first}> a stemma:WithheldClaim ; stemma:reviewReason ?r }}").dicts()
    assert [r["r"].rsplit("/", 1)[-1] for r in told] == ["notSaid"]
    after = workspace.claim(first)
    assert after["review"]["status"] == "rejected"
    assert {k: v for k, v in after.items() if k not in ("review", "version")} == {
        k: v for k, v in before.items() if k not in ("review", "version")
    }
    assert len(list(workspace.claims())) == 2, "no count leaves it out"
    assert workspace.validate().conforms


def test_the_statement_stays_as_long_as_a_withheld_claim_names_it(workspace: kg.Workspace) -> None:
    both = [c["id"] for c in workspace.claims()]
    workspace.review(both, "rejected", by="two", reason="wrong-span")
    assert workspace.query(CLAIMS).dicts() == []
    assert [c["review"]["status"] for c in workspace.claims()] == ["rejected", "rejected"]


def test_it_is_the_same_after_opening_again(workspace: kg.Workspace) -> None:
    first = next(workspace.claims())["id"]
    workspace.review([first], "rejected", by="two", reason="duplicate")
    told = list(workspace.claims())
    workspace.close()
    with kg.open(workspace.path) as again:
        assert list(again.claims()) == told
        assert len(again.query(CLAIMS).dicts()) == 1
