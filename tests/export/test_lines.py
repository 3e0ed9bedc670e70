"""JSON lines and CSV: the records, and counts of what they speak of."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import kg


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.split("\n") if line]


def cells(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_claims_are_the_records_themselves(workspace: kg.Workspace) -> None:
    exported = workspace.export("jsonl")
    assert exported == "".join(json.dumps(c, ensure_ascii=False) + "\n" for c in workspace.claims())
    ids = [c["id"] for c in lines(exported)]
    assert ids == sorted(ids)
    assert len(ids) == 7
    first = lines(exported)[0]
    assert list(first)[:4] == ["id", "category", "paraphrase", "polarity"]
    assert first["review"]["status"] == "accepted"
    assert first["anchor"]["verification"] == "verified"
    assert "“Hope”" in exported


def test_lines_of_claims_and_sources_make_the_same_workspace(workspace: kg.Workspace, tmp_path: Path) -> None:
    file = tmp_path / "all.jsonl"
    file.write_text(workspace.export("jsonl", view="sources") + workspace.export("jsonl"), encoding="utf-8")
    with kg.init(tmp_path / "again") as again:
        again.add(file, keep_review=True)
        assert again.export("nq") == workspace.export("nq")


def test_sources_come_before_their_snapshots(workspace: kg.Workspace) -> None:
    records = lines(workspace.export("jsonl", view="sources"))
    assert [r["type"] for r in records] == ["source"] * 3 + ["snapshot"] * 3
    assert records[2]["interests"] == ["sells boats", "sells nets"]


def test_a_status_keeps_only_the_sources_it_needs(workspace: kg.Workspace) -> None:
    records = lines(workspace.export("jsonl", view="sources", status="rejected"))
    assert [r["id"].split("/")[-2] for r in records] == ["source", "snapshot"]
    assert records[0]["id"].endswith("leaflet")


def test_entities_count_their_claims(workspace: kg.Workspace) -> None:
    entities = {e["curie"]: e for e in lines(workspace.export("jsonl", view="entities"))}
    assert list(entities) == ["CL:0000134", "MONDO:0004976", "NCIT:C38267", "clinicaltrials:NCT03280056"]
    cell = entities["CL:0000134"]
    assert (cell["label"], cell["class"]) == ("mesenchymal stem cell", "cell type")
    assert cell["roles"] == {"mentions": 1, "subject": 4}
    assert (cell["claims"], cell["sources"], cell["affirmed"], cell["negated"]) == (4, 2, 3, 1)
    assert (cell["accepted"], cell["proposed"], cell["rejected"]) == (2, 2, 0)
    assert entities["NCIT:C38267"]["roles"] == {"route": 1}
    assert entities["clinicaltrials:NCT03280056"]["roles"] == {"links": 1, "restsOn": 1, "subject": 2}


def test_csv_has_a_column_a_field_and_a_label_a_term(workspace: kg.Workspace) -> None:
    rows = cells(workspace.export("csv"))
    assert [r["id"] for r in rows] == [c["id"] for c in workspace.claims()]
    first = rows[0]
    assert (first["statement.subject"], first["statement.subject.label"]) == ("CL:0000134", "mesenchymal stem cell")
    assert first["statement.qualifiers.route"] == "NCIT:C38267"
    assert first["statement.qualifiers.followUp"] == "P3M"
    assert (first["anchor.verification"], first["review.status"]) == ("verified", "accepted")
    assert json.loads(first["mentions"])[0]["curie"] == "CL:0000134"
    assert rows[4]["statement.quantity.approximate"] == "true"
    assert rows[4]["anchor.pointer"] == "/Count/0"


def test_every_field_of_the_shapes_is_a_column(workspace: kg.Workspace) -> None:
    header = next(csv.reader(io.StringIO(workspace.export("csv"))))
    assert len(header) == len(set(header))
    shapes = workspace.profile.shapes
    assert {".".join(f.key) for f in shapes["claim"].fields} <= {*header, "statement", "source"}
    assert {"statement." + ".".join(f.key) for f in shapes["statement"].fields} <= set(header)


def test_no_cell_is_a_formula(workspace: kg.Workspace) -> None:
    titles = [r["title"] for r in cells(workspace.export("csv", view="sources"))]
    assert titles == ["Coast study", "Lantern Gazette", "'=Harbour <Leaflet> & more"]


def test_csv_of_entities_has_the_counts(workspace: kg.Workspace) -> None:
    rows = cells(workspace.export("csv", view="entities"))
    assert [r["claims"] for r in rows] == ["4", "4", "1", "4"]
    assert json.loads(rows[0]["roles"]) == {"mentions": 1, "subject": 4}
