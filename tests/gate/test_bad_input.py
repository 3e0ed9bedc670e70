"""Every bad input of the first issue: told with where and why, and everything kept is as before."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import kg

Make = Callable[..., dict[str, Any]]
WORDS = "Headache was the most frequent complaint"
NOWHERE = "sha256:" + "0" * 64

RECORDS: dict[str, tuple[dict[str, Any], str, str]] = {
    "no source": ({"without": "source"}, "claim-source", "/source/id"),
    "a source that is not registered": (
        {"source__id": "https://w3id.org/stemma/source/nobody"},
        "source-unregistered",
        "/source/id",
    ),
    "words with another digest": ({"anchor__exact": NOWHERE}, "anchor-broken", "/anchor/exact"),
    "words of another place": ({"anchor__start": 5}, "anchor-broken", "/anchor/exact"),
    "a made-up CURIE": ({"statement__subject": "CL:9999999"}, "term-unknown", "subject"),
    "a CURIE with a made-up prefix": ({"statement__subject": "NOPE:1"}, "Statement-subject", "/statement/subject"),
    "two polarities": ({"polarity": ["affirmed", "negated"]}, "Claim-polarity", "/polarity"),
    "no polarity": ({"without": "polarity"}, "Claim-polarity", "polarity"),
    "an end before its start": ({"anchor__start": 60, "anchor__end": 40}, "Claim-start", "start"),
    "an end at its start": ({"anchor__start": 60, "anchor__end": 60}, "Claim-start", "start"),
    "offsets past the text": ({"anchor__end": 100_000}, "offset", "/anchor/end"),
    "an offset below 0": ({"anchor__start": -1}, "Claim-start", "start"),
    "a snapshot that is not registered": ({"anchor__snapshot": NOWHERE}, "snapshot-unregistered", "/anchor/snapshot"),
    "a snapshot that is no digest": ({"anchor__snapshot": "sha256:abc"}, "digest", "/anchor/snapshot"),
    "no anchor": ({"without": "anchor"}, "Claim-anchored", ""),
    "no words": ({"without": "anchor__exact"}, "Claim-anchored", ""),
    "no statement": ({"without": "statement"}, "Claim-statement", "statement"),
    "no agent": ({"without": "provenance"}, "Claim-agent", "agent"),
    "a blank paraphrase": ({"paraphrase": " \u00a0\n"}, "Claim-paraphrase", "paraphrase"),
    "a long paraphrase": ({"paraphrase": "x" * 501}, "Claim-paraphrase", "paraphrase"),
    "a key that nobody knows": ({"hedge": "no"}, "key-unknown", "/hedge"),
    "a value without its unit": (
        {
            "statement": {
                "subject": "clinicaltrials:NCT03280056",
                "relation": "stemma:hasEnrolment",
                "quantity": {"low": "48"},
            }
        },
        "Statement-valueHasUnit",
        "",
    ),
    "a hedged claim that is established": (
        {"evidence": {"level": "established"}},
        "Claim-hedgedIsNotEstablished",
        "",
    ),
    "a wrong ORCID": ({"provenance__agent": "orcid:0000-0002-1825-0098"}, "orcid", "agent"),
    "a mention outside the span": (
        {"mentions": [{"curie": "CL:0000134", "start": 0, "end": 5}]},
        "mention-outside",
        "/mentions",
    ),
    "a link to no claim": (
        {"links": [{"type": "repeats", "to": "https://w3id.org/stemma/claim/nobody"}]},
        "link-target",
        "",
    ),
}


@pytest.mark.parametrize("name", RECORDS)
def test_a_bad_record_is_refused_whole(
    filled: kg.Workspace,
    claim: Make,
    findings: Callable[..., tuple[kg.Finding, ...]],
    state: Callable[..., Any],
    tmp_path: Path,
    name: str,
) -> None:
    changes, code, pointer = RECORDS[name]
    before = state(filled)
    good, bad = claim("Results vary from person", statement__relation="stemma:treats"), claim(WORDS, **changes)
    path = tmp_path / "claims.jsonl"
    path.write_text(f"{json.dumps(good)}\n{json.dumps(bad)}\n")
    for records in ([good, bad], path):
        found = findings(lambda records=records: filled.add(records))
        told = [f for f in found if f.code == code]
        assert told, [str(f) for f in found]
        assert any(f.pointer.endswith(pointer) for f in told)
        assert all(f.where in ("record 2", f"{path} line 2") for f in found), [str(f) for f in found]
        assert all(f.message for f in found)
    assert state(filled) == before


def lines(claim: Make, seventh: bytes) -> bytes:
    good = [json.dumps(claim("Results vary from person", id=f"good-{i}")).encode() for i in range(10)]
    return b"\n".join([*good[:6], seventh, *good[7:]]) + b"\n"


@pytest.mark.parametrize(
    "seventh",
    [b"{", b'{"a": 1,}', b"nonsense", b"[1, 2]", b"null", b'"text"', b"17", b'{"a": 1} {"b": 2}', b"{}", b"\x00"],
)
def test_broken_json_on_line_7_of_10(
    filled: kg.Workspace, claim: Make, findings: Any, state: Any, tmp_path: Path, seventh: bytes
) -> None:
    path = tmp_path / "claims.jsonl"
    path.write_bytes(lines(claim, seventh))
    before = state(filled)
    found = findings(lambda: filled.add(path))
    assert {f.where for f in found} == {f"{path} line 7"}
    assert state(filled) == before


def test_every_broken_line_is_told(filled: kg.Workspace, claim: Make, findings: Any, tmp_path: Path) -> None:
    path = tmp_path / "claims.jsonl"
    path.write_bytes(lines(claim, b"{").replace(b'"affirmed"', b'"perhaps"', 2))
    assert {f.where for f in findings(lambda: filled.add(path))} == {f"{path} line {i}" for i in (1, 2, 7)}


def sparse(path: Path) -> None:
    with path.open("wb") as f:
        f.write(b'{"paraphrase": "')
        f.truncate(200 * 1024 * 1024)


FILES: dict[str, tuple[bytes | Callable[[Path], None], str]] = {
    "empty": (b"", "no record|this is no JSON"),
    "blank": (b"\n \n\t\n", "no record|this is no JSON"),
    "200 MB in one line": (sparse, "at most"),
    "not UTF-8": (b'{"paraphrase": "caf\xe9"}\n', "UTF-8|this is no"),
    "binary": (bytes(range(256)) * 10, "UTF-8|this is no"),
    "zip": (b"PK\x03\x04\x14\x00\x08\x08", "this is no"),
}


@pytest.mark.parametrize("suffix", [".jsonl", ".json", ".nq", ".trig", ".ttl", ".nt"])
@pytest.mark.parametrize("name", FILES)
def test_a_bad_file_is_refused(filled: kg.Workspace, state: Any, tmp_path: Path, name: str, suffix: str) -> None:
    content, told = FILES[name]
    path = tmp_path / f"records{suffix}"
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        content(path)
    before = state(filled)
    with pytest.raises(kg.DataError) as caught:
        filled.add(path)
    error = caught.value
    found = list(error.report.violations) if isinstance(error, kg.Refused) else [error]
    assert all(f.where.startswith(str(path)) for f in found)
    assert any(re.search(told, f.message) for f in found)
    assert state(filled) == before


@pytest.mark.parametrize("name", ["nowhere.jsonl", "folder.jsonl", "records.csv", "records"])
def test_what_cannot_be_read_at_all_is_told(filled: kg.Workspace, state: Any, tmp_path: Path, name: str) -> None:
    (tmp_path / "folder.jsonl").mkdir()
    before = state(filled)
    with pytest.raises(kg.KgError) as caught:
        filled.add(tmp_path / name)
    assert caught.value.where == str(tmp_path / name)
    assert caught.value.hint
    assert state(filled) == before


@pytest.mark.parametrize("content", ["[]", "{}", "null", '[{"type": "source"}, 5]', "[[]]"])
def test_a_json_file_without_a_record(filled: kg.Workspace, state: Any, tmp_path: Path, content: str) -> None:
    path = tmp_path / "records.json"
    path.write_text(content)
    before = state(filled)
    with pytest.raises(kg.DataError):
        filled.add(path)
    assert state(filled) == before


def test_nested_triple_terms_do_not_crash_the_parser(filled: kg.Workspace, state: Any, tmp_path: Path) -> None:
    path = tmp_path / "records.ttl"
    path.write_text("<a:b> <a:b> " + "<<( <a:b> <a:b> " * 50_000 + "<a:b>" + " )>>" * 50_000 + " .")
    before = state(filled)
    with pytest.raises(kg.DocumentError, match="triple terms"):
        filled.add(path)
    assert state(filled) == before


@pytest.mark.parametrize("records", [None, 5, "nowhere.jsonl", [None], [[]], [5], ["text"], [[{}]], [b"x"]])
def test_what_is_no_record_is_told_in_python_too(filled: kg.Workspace, state: Any, records: Any) -> None:
    before = state(filled)
    with pytest.raises(kg.DataError):
        filled.add(records)
    assert state(filled) == before


@pytest.mark.parametrize("agent", ["a b", 'a"b', "a\nb", "agent:", "https://example.org/a b", "\u200b"])
def test_an_agent_has_a_name(filled: kg.Workspace, claim: Make, state: Any, agent: str) -> None:
    before = state(filled)
    with pytest.raises(kg.UsageError, match="an agent is"):
        filled.add(claim(WORDS), agent=agent)
    assert state(filled) == before
