"""The table of formats: every format in every view, stable, and without the texts."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import kg
from kg.export import FORMATS, VIEWS

EVERY = [(f, v) for f in FORMATS for v in VIEWS]

DIGESTS = """
import hashlib, json, sys
import kg
from kg.export import FORMATS, VIEWS
with kg.open(sys.argv[1]) as w:
    told = {f"{f} {v}": hashlib.sha256(w.export(f, view=v).encode()).hexdigest() for f in FORMATS for v in VIEWS}
print(json.dumps(told))
"""


def digests(folder: Path, seed: str) -> dict[str, str]:
    env = {**os.environ, "PYTHONHASHSEED": seed}
    done = subprocess.run([sys.executable, "-c", DIGESTS, folder], env=env, capture_output=True, text=True, check=True)
    found: dict[str, str] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize(("format", "view"), EVERY)
def test_every_format_has_every_view(workspace: kg.Workspace, format: str, view: str) -> None:
    text = workspace.export(format, view=view)
    assert text.endswith("\n")
    assert text == workspace.export(format, view=view)


@pytest.mark.parametrize(("format", "view"), EVERY)
def test_an_empty_workspace_exports_to_nothing_that_breaks(empty: kg.Workspace, format: str, view: str) -> None:
    text = empty.export(format, view=view)
    assert "https://w3id.org/stemma/claim/" not in text


def test_two_processes_write_the_same_bytes(tmp_path: Path, records: list[dict[str, object]]) -> None:
    for name, order in (("one", records), ("two", list(reversed(records)))):
        with kg.init(tmp_path / name) as w:
            w.add(order, keep_review=True)
    first, second = digests(tmp_path / "one", "1"), digests(tmp_path / "two", "2")
    assert len(first) == len(EVERY)
    assert first == second


@pytest.mark.parametrize(("format", "view"), EVERY)
def test_no_words_of_a_source_leave(workspace: kg.Workspace, texts: dict[str, str], format: str, view: str) -> None:
    exported = workspace.export(format, view=view)
    for text in texts.values():
        words = re.findall(r"\w+", text)
        runs = [" ".join(words[i : i + 4]) for i in range(len(words) - 3)]
        assert not [r for r in runs if r in exported]


@pytest.mark.parametrize(
    ("arguments", "known"),
    [
        ({"format": "docx"}, "jsonl"),
        ({"format": "jsonl", "view": "trials"}, "entities"),
        ({"format": "jsonl", "status": "draft"}, "accepted"),
        ({"format": "graphml", "status": "stemma:accepted"}, "accepted"),
    ],
)
def test_a_wrong_word_is_answered_with_the_right_ones(
    workspace: kg.Workspace, arguments: dict[str, str], known: str
) -> None:
    with pytest.raises(kg.UsageError) as caught:
        workspace.export(**arguments)
    assert caught.value.where in arguments.values()
    assert known in caught.value.hint


def test_a_status_chooses_claims(workspace: kg.Workspace) -> None:
    def ids(status: str | None) -> list[str]:
        lines = workspace.export("jsonl", status=status).splitlines()
        return [json.loads(line)["id"].rsplit("/", 1)[-1] for line in lines]

    assert ids("accepted") == ["a-hope", "c-denial"]
    assert ids("proposed") == ["b-repeat", "d-size", "e-record", "f-cited"]
    assert ids("rejected") == ["g-refused"]
    assert ids("superseded") == []
    assert ids(None) == sorted(ids("accepted") + ids("proposed") + ids("rejected"))
