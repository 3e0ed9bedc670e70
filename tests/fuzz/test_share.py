"""A share of the fuzzing: some cases of every operation, each held to the OpenAPI."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

import kg

WORDS = "the cells may slow ALS"


@pytest.fixture(scope="module")
def run() -> ModuleType:
    """The runner of ``make fuzz``."""
    spec = importlib.util.spec_from_file_location("fuzz_run", Path(__file__).with_name("run.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def closed(ingested: kg.Workspace, claim: Callable[..., object]) -> Path:
    ingested.add(claim(WORDS))  # type: ignore[arg-type]
    ingested.close()
    return ingested.path


def test_no_case_finds_a_fault(run: ModuleType, closed: Path, tmp_path: Path) -> None:
    told = run.fuzz(tmp_path, closed, 1, "fuzzing")
    assert told["exit"] == 0, told["output"][-4000:]
    assert told["cases"] >= 40
    assert "Traceback" not in (tmp_path / "server.log").read_text()
