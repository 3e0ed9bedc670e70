"""No sentence of the articles is in the project: no run of eight words in common."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
RUN = 8


def words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", text.lower())


def runs(text: str) -> Iterator[tuple[str, ...]]:
    found = words(text)
    return zip(*(found[i:] for i in range(RUN)), strict=False)


def tracked() -> list[Path]:
    told = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if told.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in told.stdout.split("\0") if name]


@pytest.mark.shared
def test_no_eight_words_of_the_articles_are_in_the_project() -> None:
    shared = Path(os.environ.get("STEMMA_SHARED", ROOT.parent / "shared"))
    seeds = sorted((shared / "seeds").glob("*.txt"))
    if not seeds:
        pytest.skip(f"the articles are not in {shared / 'seeds'}")
    theirs = {run for seed in seeds for run in runs(seed.read_text("utf-8"))}
    assert len(theirs) > 3000
    files = tracked()
    assert len(files) > 50
    for path in files:
        if path.is_file():
            try:
                text = path.read_text("utf-8")
            except UnicodeDecodeError:
                continue
            shared_runs = [" ".join(run) for run in runs(text) if run in theirs]
            assert not shared_runs, f"{path.relative_to(ROOT)} repeats an article: {shared_runs[0][:30]}…"
