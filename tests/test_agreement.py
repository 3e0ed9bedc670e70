"""Agreement between passes."""

from __future__ import annotations

from pathlib import Path

import pytest

from kg.agreement import Mark, agreement, cohen_kappa, read_marks
from kg.errors import DataError


def mark(start: int, end: int, polarity: str = "affirmed", source: str = "s") -> Mark:
    return Mark(source, start, end, {"polarity": polarity, "certainty": "asserted", "category": "safety"})


def test_the_same_pass_agrees_fully() -> None:
    marks = [mark(0, 10), mark(20, 30, "negated")]
    told = agreement(marks, marks)
    assert (told.matched, told.f1, told.overlap) == (2, 1.0, 1.0)
    assert told.kappa["polarity"] == 1.0
    assert told.kappa["certainty"] is None, "one word throughout: chance alone would agree fully"


def test_spans_match_one_to_one_and_by_half() -> None:
    told = agreement([mark(0, 10)], [mark(0, 9), mark(0, 10), mark(6, 20)])
    assert told.matched == 1
    assert told.overlap == 1.0
    assert agreement([mark(0, 10)], [mark(6, 16)]).matched == 0
    assert agreement([mark(0, 10)], [mark(0, 10, source="other")]).matched == 0


def test_kappa_of_a_textbook_table() -> None:
    pairs = [("y", "y")] * 20 + [("y", "n")] * 5 + [("n", "y")] * 10 + [("n", "n")] * 15
    assert cohen_kappa(pairs) == pytest.approx(0.4)


def test_a_line_without_a_word_says_where(tmp_path: Path) -> None:
    path = tmp_path / "pass.jsonl"
    path.write_text('{"source": "s", "start": 0, "end": 1}\n', encoding="utf-8")
    with pytest.raises(DataError, match="line 1"):
        read_marks(path)
