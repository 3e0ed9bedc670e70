"""A small share of every part of the harness; `make reliability` runs all of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from reliability.diskfull import NoDisk
from reliability.parts import PARTS
from reliability.tally import Part, Tally


@pytest.mark.parametrize("part", PARTS.values(), ids=PARTS)
def test_a_small_share(part: Part, tmp_path: Path) -> None:
    tally = Tally()
    try:
        with part.session(tmp_path, True) as case:
            for number in range(part.small):
                tally.take(case(number))
    except NoDisk as e:
        pytest.skip(str(e))
    assert not tally.faults
    assert tally.counts
