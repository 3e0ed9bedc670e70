"""Queries while the disk of the store is full: they are answered from copies that lie elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from reliability.diskfull import fill, mount, unmount
from reliability.material import make

QUERY = "ASK { ?claim a stemma:Claim }"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk of its own."""
    place = tmp_path / "disk"
    place.mkdir()
    if not mount(place):
        pytest.skip("only root may mount the small disk that this test fills")
    yield place
    unmount(place)


@pytest.mark.parametrize("left", [0, 100])
def test_the_first_question_is_answered_though_the_engine_has_no_room_to_copy_itself(disk: Path, left: int) -> None:
    with make(disk / "W", 3) as workspace:
        fill(disk / "filler", left)
        assert workspace.query(QUERY).truth
        (disk / "filler").unlink()
        assert workspace.query(QUERY).truth
