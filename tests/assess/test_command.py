"""``stemma assess`` and ``stemma lineage``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kg.cli.main import run

ALS, MSC = "MONDO:0004976", "CL:0000134"
TRIAL = "https://clinicaltrials.gov/study/NCT03280056"
Pages = Any
Out = pytest.CaptureFixture[str]


@pytest.fixture
def path(pages: Pages) -> str:
    """A workspace with a page and a study; closed, so that the command can open it."""
    page = pages.source("page", interests=["It sells the cells."])
    study = pages.source("study", "article", read=False)
    result = {"category": "trial_result", "rests_on": [(TRIAL, "curator")]}
    pages.say(page, MSC, "slows", ALS, id="good", **result)
    missed = {"category": "trial_result", "polarity": "negated"}
    pages.say(study, "clinicaltrials:NCT03280056", "meetsPrimaryEndpoint", "term:alsfrs-r", id="missed", **missed)
    pages.workspace.close()
    return str(pages.workspace.path)


def rows(out: Out) -> list[list[str]]:
    return [line.split("\t") for line in out.readouterr().out.splitlines()]


def test_the_letters_as_a_table(path: str, capsys: Out) -> None:
    assert run(["assess", "--workspace", path]) == 0
    head, row = rows(capsys)
    assert dict(zip(head, row, strict=True)) == {
        "variant": "mesenchymal stem cell",
        "disease": "amyotrophic lateral sclerosis",
        **dict.fromkeys(("mechanism", "preclinical", "cases", "risks"), "U"),
        "trials": "C",
        "claims": "2",
        "sources": "2",
        "trials held": "0",
    }


@pytest.mark.parametrize(
    ("show", "column", "told"),
    [
        ("why", "because", "At least one root speaks for it, and no more roots against than for."),
        ("outcomes", "score", "+0.000"),
        ("sources", "interests", "It sells the cells."),
    ],
)
def test_other_tables(path: str, capsys: Out, show: str, column: str, told: str) -> None:
    assert run(["assess", "--workspace", path, "--variant", MSC, "--show", show]) == 0
    head, *lines = rows(capsys)
    assert any(line[head.index(column)].startswith(told) for line in lines)


@pytest.mark.parametrize("form", ["json", "jsonl"])
def test_assessments_for_programs(path: str, capsys: Out, form: str) -> None:
    assert run(["assess", "--workspace", path, "--disease", ALS, "--format", form]) == 0
    printed = capsys.readouterr()
    (told,) = json.loads(printed.out) if form == "json" else map(json.loads, printed.out.splitlines())
    assert told["table"]["trials"]["letter"] == "C"
    assert told["review"] == {"proposed": 2, "accepted": 0, "acceptedBySoftwareOnly": 0}
    assert "0 accepted claims (0 by software only), 2 proposed" in printed.err


def test_the_picture_is_written(path: str, tmp_path: Path, capsys: Out) -> None:
    target = tmp_path / "map.svg"
    assert run(["assess", "--workspace", path, "--picture", str(target)]) == 0
    assert target.read_text("utf-8").startswith("<svg ")
    assert run(["assess", "--workspace", path, "--picture", str(tmp_path / "no" / "map.svg")]) == 2
    assert "cannot be written" in capsys.readouterr().err


def test_the_line_of_a_claim(path: str, capsys: Out) -> None:
    assert run(["lineage", "good", "--workspace", path]) == 0
    head, *lines = rows(capsys)
    assert head == ["what", "from", "to", "by", "why"]
    assert lines[0][:2] == ["step 1: root", "claim/good"]
    assert lines[0][3:] == ["curator", "The curator says so."]
    assert {(line[0], line[3]) for line in lines[1:]} == {
        ("reports-on", "rule/reports-on-root"),
        ("names-no-source", "rule/names-no-trial"),
        ("silent", "rule/silent-on-endpoint"),
    }


def test_the_silence_of_a_source(path: str, capsys: Out) -> None:
    assert run(["lineage", "--source", "page", "--workspace", path, "--format", "json"]) == 0
    (silence,) = json.loads(capsys.readouterr().out)["silences"]
    assert silence["rule"].endswith("/silent-on-endpoint")
    assert run(["lineage", "--workspace", path, "--format", "jsonl"]) == 0
    records = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {r["record"] for r in records} == {"step", "link", "silence"}


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["lineage", "nowhere"], 1, "no such claim"),
        (["lineage", "--source", "nowhere"], 1, "no such source"),
        (["lineage", "good", "--source", "page"], 2, "not both"),
        (["assess", "--variant", "CL:1"], 2, "not known"),
        (["assess", "--disease", MSC], 2, "no disease"),
    ],
)
def test_errors_say_what_is_wrong(path: str, capsys: Out, arguments: list[str], code: int, told: str) -> None:
    assert run([*arguments, "--workspace", path]) == code
    assert told in capsys.readouterr().err
