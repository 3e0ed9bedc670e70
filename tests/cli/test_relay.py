"""While a workspace is served, the command line works through the server."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

import kg

Make = Callable[..., dict[str, Any]]
STEMMA = [sys.executable, "-c", "from kg.cli.main import main; main()"]
WORDS = "the cells may slow ALS"


def stemma(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*STEMMA, *arguments], cwd=cwd, capture_output=True, text=True, timeout=120)


@pytest.fixture
def served(ingested: kg.Workspace) -> Iterator[tuple[Path, str]]:
    """The folder of a workspace that another process serves, and its address."""
    ingested.close()
    command = [*STEMMA, "serve", "--port", "0", "--workspace", str(ingested.path)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert server.stdout is not None
        yield ingested.path, server.stdout.readline().strip()
    finally:
        server.send_signal(signal.SIGTERM)
        with server:
            assert server.wait(60) == 0


def test_commands_go_through_the_server(served: tuple[Path, str], claim: Make) -> None:
    folder, url = served
    (folder.parent / "mine").mkdir()
    (folder.parent / "mine" / "c.jsonl").write_text(json.dumps(claim(WORDS, id="a")))
    here = folder.parent / "mine"
    added = stemma("--workspace", str(folder), "add", "c.jsonl", "--format", "json", cwd=here)
    assert (added.returncode, added.stderr) == (0, "")
    assert json.loads(added.stdout)["added"] == 1
    with urlopen(f"{url}api/v1/claims/a", timeout=30) as answer:
        assert json.load(answer)["id"].endswith("/claim/a")
    listed = stemma("log", "--format", "jsonl", cwd=folder)
    assert json.loads(listed.stdout.splitlines()[-1])["commit"] == json.loads(added.stdout)["commit"]
    backup = stemma(
        "backup",
        "copy",
        cwd=here / "..",
    )
    assert backup.returncode == 2  # no workspace here or above
    backup = stemma("backup", "copy", "--workspace", str(folder), cwd=here)
    assert backup.returncode == 0, backup.stderr
    assert (here / "copy" / "backup.json").is_file()


def test_faults_are_told_as_without_a_server(served: tuple[Path, str], claim: Make, tmp_path: Path) -> None:
    folder, _ = served
    (tmp_path / "bad.jsonl").write_text(json.dumps(claim(WORDS, polarity="perhaps")))
    refused = stemma("add", str(tmp_path / "bad.jsonl"), cwd=folder)
    assert refused.returncode == 1
    assert "Claim-polarity" in refused.stderr
    assert "nothing was written" in refused.stderr
    for arguments, code, told in (
        (["show", "99"], 1, "there is no such commit"),
        (["query", "SELECT"], 2, "no SPARQL query"),
        (["log", "--nonsense"], 2, "No such option"),
        (["review", "x"], 2, "choose one of"),
    ):
        done = stemma(*arguments, cwd=folder)
        assert done.returncode == code, done.stderr
        assert told in done.stderr
        assert "Traceback" not in done.stderr


def test_a_second_server_is_told_who_has_the_workspace(served: tuple[Path, str]) -> None:
    folder, _ = served
    second = stemma("serve", "--port", "0", cwd=folder)
    assert second.returncode == 1
    assert "has this workspace open" in second.stderr
    assert str(os.getpid()) not in second.stderr
