"""Records of both formats, and the files that hold them."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kg.document.read import pointed
from kg.errors import DataError, DocumentError, UsageError
from kg.profile import Profile
from kg.trials.files import read_records
from kg.trials.record import RecordError, read_record
from kg.trials.table import FLAT, V2, Table

Record = dict[str, Any]
Maker = Callable[..., Record]


@pytest.fixture(scope="module")
def table() -> Table:
    return Table.of(Profile.load("cell-therapy").vocabulary)


def test_the_format_is_told_by_where_the_number_stands(table: Table, flat: Maker, v2: Maker) -> None:
    old, new = read_record(flat(), table), read_record(v2(), table)
    assert (old.format, old.number, old.updated) == (FLAT, "NCT99000001", "2018-06-01")
    assert (new.format, new.number, new.updated) == (V2, "NCT99000001", "2019-06-01")


def test_the_rank_in_a_search_is_no_part_of_a_record(table: Table, flat: Maker) -> None:
    assert read_record(flat(), table).text == read_record(flat(Rank=512), table).text
    assert '"Rank"' not in read_record(flat(), table).text


@pytest.mark.parametrize("paths", ["entries", "lists"])
def test_every_entry_is_what_its_pointer_names(table: Table, flat: Maker, v2: Maker, paths: str) -> None:
    for data in (flat(), v2()):
        record = read_record(data, table)
        found = [e for rule in table.rules for e in getattr(record, paths)(rule.paths)]
        assert found
        assert [e for e in found if pointed(record.text, e.pointer) != e.text] == []


def test_blank_values_and_nothing_are_no_entries(table: Table, flat: Maker) -> None:
    record = read_record(flat(Condition=["", "  ", None, "ALS"]), table)
    rule = next(r for r in table.rules if r.name == "ctgov-condition")
    assert [(e.pointer, e.text) for e in record.entries(rule.paths)] == [("/Condition/3", "ALS")]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ("a text", "record-format"),
        ([], "record-format"),
        ({}, "record-format"),
        ({"NCTId": []}, "record-format"),
        ({"protocolSection": []}, "record-format"),
        ({"NCTId": ["ISRCTN12345678"], "LastUpdatePostDate": ["June 1, 2018"]}, "record-number"),
        ({"NCTId": ["NCT99000001"]}, "record-date"),
        ({"NCTId": ["NCT99000001"], "LastUpdatePostDate": ["soon"]}, "record-date"),
    ],
)
def test_what_is_no_record_has_a_class(table: Table, data: object, code: str) -> None:
    with pytest.raises(RecordError) as caught:
        read_record(data, table)
    assert caught.value.code == code


def test_a_number_that_canonical_json_cannot_hold(table: Table, flat: Maker) -> None:
    with pytest.raises(DocumentError):
        read_record(flat(Extra=2**60), table)


# ---- files


def read(path: Path) -> list[object]:
    return [data for _, data in read_records(path)]


def test_every_kind_of_file_holds_the_same(tmp_path: Path, flat: Maker) -> None:
    one, two = flat("NCT99000001"), flat("NCT99000002")
    lines = json.dumps(one) + "\n\n" + json.dumps(two) + "\n"
    (tmp_path / "a.jsonl").write_text(lines, "utf-8")
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(lines.encode(), mtime=0))
    (tmp_path / "a.json").write_text(json.dumps([one, two]), "utf-8")
    (tmp_path / "b.json").write_text(json.dumps({"studies": [one, two], "nextPageToken": "x"}), "utf-8")
    for name in ("a.jsonl", "a.jsonl.gz", "a.json", "b.json"):
        assert read(tmp_path / name) == [one, two], name
    (tmp_path / "c.json").write_text(json.dumps(one), "utf-8")
    assert read(tmp_path / "c.json") == [one]


def test_a_broken_line_is_its_own_error(tmp_path: Path, flat: Maker) -> None:
    path = tmp_path / "a.jsonl"
    good = json.dumps(flat()).encode()
    path.write_bytes(b"\n".join([good, b"{broken", b"\xff\xfe", b'{"a": 1, "a": 2}', good]))
    found = list(read_records(path))
    assert [isinstance(data, DataError) for _, data in found] == [False, True, True, True, False]
    assert [place for place, _ in found] == [f"a.jsonl line {i}" for i in range(1, 6)]


def test_a_line_that_is_too_long_is_skipped(tmp_path: Path, flat: Maker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kg.trials.files.MAX_BYTES", 4000)
    path = tmp_path / "a.jsonl"
    path.write_text('"' + "x" * 9000 + '"\n' + json.dumps(flat()) + "\n", "utf-8")
    first, second = read(path)
    assert isinstance(first, DocumentError)
    assert second == flat()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("none.jsonl", None),
        ("empty.jsonl", b"\n\n"),
        ("empty.json", b"[]"),
        ("broken.json", b"{"),
        ("not.json", b"\xff"),
        ("torn.jsonl.gz", gzip.compress(b'{"a": 1}\n' * 50, mtime=0)[:-12]),
        ("no.jsonl.gz", b"plain"),
    ],
)
def test_a_file_that_cannot_be_read(tmp_path: Path, name: str, data: bytes | None) -> None:
    if data is not None:
        (tmp_path / name).write_bytes(data)
    with pytest.raises(DataError):
        read(tmp_path / name)


@pytest.mark.parametrize("name", ["trials.csv", "trials.gz", "trials"])
def test_another_kind_of_file_is_a_call_at_fault(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"x")
    with pytest.raises(UsageError):
        read(tmp_path / name)
