"""The command line as a person and as a program use it: real files, and processes where they end with a code."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from kg.cli import main

STEMMA = Path(sys.executable).with_name("stemma")
ARTICLE = (
    "Harbour Clinic offers cells from bone marrow.\n"
    "The marrow cells may slow ALS in some people.\n"
    "There is no cure for ALS today.\n"
    "The marrow cells may slow ALS in some people.\n"
)

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """The command line, called in this process."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        capsys.readouterr()
        found = main.run(list(arguments))
        done = subprocess.CompletedProcess(arguments, found, *capsys.readouterr())
        assert done.returncode == code, done.stderr + done.stdout
        return done

    return call


@pytest.fixture
def process(tmp_path: Path) -> Run:
    """The installed command, in a process of its own each time."""

    def call(*arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [STEMMA, *arguments], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == code, done.stderr + done.stdout
        assert "Traceback" not in done.stderr
        return done

    return call


def sha(text: str) -> str:
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def claim(source: str, text: str, words: str, nth: int = 1, **changes: object) -> dict[str, object]:
    start = -1
    for _ in range(nth):
        start = text.index(words, start + 1)
    record: dict[str, object] = {
        "category": "efficacy",
        "paraphrase": f"Paraphrase of the words at {start}.",
        "polarity": "affirmed",
        "certainty": "hedged",
        "statement": {"subject": "CL:0000134", "relation": "stemma:slows", "object": "MONDO:0004976"},
        "source": {"id": source},
        "anchor": {"snapshot": sha(text), "start": start, "end": start + len(words), "exact": sha(words)},
        "provenance": {"agent": "tester"},
    }
    return record | changes


def lines(path: Path, records: list[dict[str, object]]) -> str:
    path.write_text("".join(json.dumps(r) + "\n" for r in records), encoding="utf-8")
    return str(path)


def ingested(run: Run, tmp_path: Path) -> str:
    (tmp_path / "article.txt").write_text(ARTICLE, encoding="utf-8")
    run("init", "W")
    told = run("ingest", "article.txt", "--workspace", "W", "--format", "jsonl", "--url", "https://example.org/harbour")
    return str(json.loads(told.stdout)["source"])


def test_from_an_article_to_verified_claims(run: Run, tmp_path: Path) -> None:
    source = ingested(run, tmp_path)
    records = [claim(source, ARTICLE, "The marrow cells may slow ALS", n) for n in (1, 2)]
    path = lines(tmp_path / "claims.jsonl", records)
    run("add", path, "--workspace", "W", "--dry-run")
    assert json.loads(run("verify", "--workspace", "W", "--format", "json").stdout)["counts"]["claims"] == 0
    added = json.loads(run("--workspace", "W", "add", path, "--format", "json").stdout)
    assert (added["added"], added["same"]) == (2, 0), "the same words twice are two claims, told apart by offsets"
    again = json.loads(run("--workspace", "W", "add", path, "--format", "json").stdout)
    assert (again["added"], again["same"]) == (0, 2)
    counts = json.loads(run("--workspace", "W", "verify", "--format", "json").stdout)["counts"]
    assert counts == {"claims": 2, "verified": 2, "broken": 0, "cited": 0, "drifted": 0, "unverified": 0}
    exported = [json.loads(line) for line in run("--workspace", "W", "export").stdout.splitlines()]
    assert [c["review"]["status"] for c in exported] == ["proposed", "proposed"]
    log = [json.loads(line) for line in run("--workspace", "W", "log", "--format", "jsonl").stdout.splitlines()]
    assert [e["commit"] for e in log] == [1, 2]


def test_one_changed_character_is_told_exactly(run: Run, tmp_path: Path) -> None:
    source = ingested(run, tmp_path)
    words = ["cells from bone marrow", "may slow ALS in some people", "no cure for ALS"]
    path = lines(tmp_path / "claims.jsonl", [claim(source, ARTICLE, w) for w in words])
    run("--workspace", "W", "add", path)
    changed = ARTICLE.replace("no cure", "no pure")
    (tmp_path / "newer.txt").write_text(changed, encoding="utf-8")
    pointed = [claim(source, ARTICLE, w) for w in words]
    for record in pointed:
        record["anchor"]["snapshot"] = sha(changed)  # type: ignore[index]
    run("--workspace", "W", "ingest", "newer.txt", "--url", "https://example.org/harbour")
    refused = run(
        "--workspace", "W", "add", lines(tmp_path / "new.jsonl", pointed), "--dry-run", "--format", "json", code=1
    )
    findings = json.loads(refused.stdout)["findings"]
    assert {(f["code"], f["where"].rsplit(" ", 1)[-1]) for f in findings} == {("anchor-broken", "3")}
    told = json.loads(run("--workspace", "W", "verify", "--format", "json", code=1).stdout)
    assert told["counts"]["drifted"] == 1
    assert told["counts"]["verified"] == 2


def test_broken_json_on_line_7_of_10_changes_nothing(run: Run, tmp_path: Path) -> None:
    source = ingested(run, tmp_path)
    good = json.dumps(claim(source, ARTICLE, "no cure for ALS"))
    path = tmp_path / "ten.jsonl"
    path.write_text("\n".join([good] * 6 + ['{"polarity": '] + [good] * 3) + "\n", encoding="utf-8")
    before = (tmp_path / "W" / "journal.jsonl").read_bytes()
    done = run("--workspace", "W", "add", str(path), code=1)
    assert "line 7" in done.stderr
    assert (tmp_path / "W" / "journal.jsonl").read_bytes() == before


def test_a_second_agent_decides_and_nobody_their_own(run: Run, tmp_path: Path) -> None:
    source = ingested(run, tmp_path)
    path = lines(tmp_path / "claims.jsonl", [claim(source, ARTICLE, "no cure for ALS")])
    id = json.loads(run("--workspace", "W", "add", path, "--format", "json").stdout)["ids"][0]
    own = run("--workspace", "W", "review", id, "--accept", "--as", "tester", code=1)
    assert "Claim-reviewedBy" in own.stderr
    run("--workspace", "W", "review", id, "--accept", code=2)
    unsaid = run("--workspace", "W", "review", id, "--accept", "--as", "0000-0002-1825-0097", code=1)
    assert "stemma interests declare" in unsaid.stderr
    run("--workspace", "W", "interests", "declare", "--as", "0000-0002-1825-0097", "--none")
    run("--workspace", "W", "review", id, "--accept", "--as", "0000-0002-1825-0097")
    record = json.loads(run("--workspace", "W", "export").stdout)
    assert record["review"]["status"] == "accepted"
    assert record["review"]["by"] == ["https://orcid.org/0000-0002-1825-0097"]


def test_query_forms_and_errors(run: Run, tmp_path: Path) -> None:
    ingested(run, tmp_path)
    ask = "SELECT ?s WHERE { ?s a stemma:Source }"
    rows = json.loads(run("--workspace", "W", "query", ask, "--format", "json").stdout)["results"]["bindings"]
    assert len(rows) == 1
    assert len(run("--workspace", "W", "query", ask, "--format", "csv").stdout.splitlines()) == 2
    (tmp_path / "q.rq").write_text(ask, encoding="utf-8")
    assert run("--workspace", "W", "query", "-f", "q.rq", "--format", "jsonl").stdout.count("\n") == 1
    assert re.search(r"line 1|1:1[0-9]", run("--workspace", "W", "query", "SELECT WHERE", code=2).stderr)
    assert "SERVICE" in run("--workspace", "W", "query", "SELECT * { SERVICE <http://x/> {} }", code=2).stderr


def test_calls_at_fault_exit_with_2(process: Run, tmp_path: Path) -> None:
    process("nonsense", code=2)
    process("verify", code=2)
    process("init", "W")
    assert "something here" in process("init", "W", code=2).stderr
    process("--workspace", "W", "export", "--format", "nonsense", code=2)
    process("--workspace", "W", "ingest", "none.txt", code=1)
    assert process("--workspace", "nowhere", "verify", code=1).stderr.count("\n") == 1


def test_demo_works_from_any_folder_and_leaves_no_process(process: Run, tmp_path: Path) -> None:
    told = process("demo", "--no-serve", "--workspace", "D")
    assert "900 claims of" in told.stdout
    assert (tmp_path / "D" / "als.graphml").stat().st_size > 10_000
    counts = json.loads(process("--workspace", "D", "verify", "--format", "json").stdout)["counts"]
    assert counts["claims"] == counts["verified"] + counts["unverified"] + counts["cited"]
    again = process("demo", "--no-serve", "--workspace", "D")
    assert again.stdout.splitlines()[0] == told.stdout.splitlines()[0]
