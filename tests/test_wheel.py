"""The wheel, not the checkout: what is in it, and that the demo runs from it alone."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel's content, unpacked away from the checkout."""
    if not (ROOT / "pyproject.toml").is_file():
        pytest.skip("not a checkout")
    out = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = out.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(out / "site")
    return out / "site"


def test_nothing_but_ours_stands_at_the_top(unpacked: Path) -> None:
    names = {p.name for p in unpacked.iterdir() if not p.name.endswith(".dist-info")}
    assert names == {"kg", "api"}


def test_the_demo_runs_from_the_wheel(unpacked: Path, tmp_path: Path) -> None:
    script = (
        "import sys, kg, kg.examples; from kg.cli.main import run\n"
        f"assert kg.__file__.startswith({str(unpacked)!r}), kg.__file__\n"
        "assert len(kg.examples.examples()) >= 20\n"
        "sys.exit(run(['demo', '--no-serve', '--workspace', 'D']))\n"
    )
    environment = os.environ | {"PYTHONPATH": str(unpacked)}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "claims of" in done.stdout
    assert (tmp_path / "D" / "als.graphml").is_file()
