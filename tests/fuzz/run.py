"""Runs schemathesis over the whole OpenAPI of a served workspace: ``python tests/fuzz/run.py [CASES]``.

It prints how many cases were made and what was found; it exits with 1 if anything was.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import kg
from kg.access.keys import Keyring
from kg.access.own import KEYS

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "allow_header_conformance",
)
"""What every answer is held to."""
PHASES = "examples,coverage,fuzzing,stateful"
HERE = str(Path(__file__).parent)
FEED = "/api/v1/changes"
"""It may stream for ever, so its events are tested by themselves."""


def fuzz(folder: Path, workspace: Path, examples: int, phases: str = PHASES) -> dict[str, Any]:
    """Serve a workspace from a process of its own and run schemathesis on it.

    :param folder: where reports may be written.
    :param examples: how many cases of each operation the generating phases make at most.
    :returns: ``cases``, ``failures`` (titles with counts), ``exit`` and ``output``.
    """
    with kg.open(workspace) as w:
        key = Keyring(workspace / KEYS).create("admin", by=w.agent(None), agent="https://orcid.org/0000-0002-1825-0097")
    command = [sys.executable, "-c", "from kg.cli.main import main; main()", "--workspace", str(workspace)]
    serve = [*command, "serve", "--port", "0"]
    with (
        (folder / "server.log").open("wb") as log,
        subprocess.Popen(serve, stdout=subprocess.PIPE, stderr=log, text=True) as server,
    ):
        try:
            assert server.stdout is not None
            url = server.stdout.readline().strip()
            return _run(folder, url, key.text, examples, phases)
        finally:
            server.send_signal(signal.SIGTERM)


def _run(folder: Path, url: str, key: str, examples: int, phases: str) -> dict[str, Any]:
    report = folder / "report.ndjson"
    done = subprocess.run(
        [
            *(str(Path(sys.executable).parent / "schemathesis"), "run", f"{url}openapi.json"),
            *("--phases", phases, "--checks", ",".join(CHECKS), "--max-examples", str(examples)),
            *("--header", f"Authorization: Bearer {key}", "--exclude-path", FEED, "--request-timeout", "60"),
            *("--report", "ndjson", "--report-ndjson-path", str(report), "--continue-on-failure"),
            *("--suppress-health-check", "all", "--warnings", "off", "--seed", "7"),
        ],
        capture_output=True,
        text=True,
        cwd=folder,
        env={**os.environ, "NO_COLOR": "1", "COLUMNS": "160", "SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": HERE},
    )
    found = re.search(r"Test cases:\s*\n?\s*([\d,]+) generated", done.stdout)
    cases = int(found[1].replace(",", "")) if found else 0
    failures = Counter(re.findall(r"^- (.+)$", done.stdout, re.MULTILINE))
    return {"cases": cases, "failures": dict(failures), "exit": done.returncode, "output": done.stdout + done.stderr}


def main(examples: int) -> int:
    """Run it on the demo's corpus."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        stemma = str(Path(sys.executable).parent / "stemma")
        subprocess.run(
            [stemma, "demo", "--no-serve", "--workspace", str(folder / "w")], check=True, capture_output=True
        )
        told = fuzz(folder, folder / "w", examples)
        errors = [line for line in (folder / "server.log").read_text().splitlines() if "Traceback" in line]
    print(told["output"])
    print(json.dumps({"cases": told["cases"], "failures": told["failures"], "tracebacks": len(errors)}))
    return 1 if told["exit"] or errors else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 300))
