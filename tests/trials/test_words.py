"""Names in running text: exact, whole, the longest first."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.trials.words import Dictionary

NAMES = {
    "stem cell": "x:stem",
    "stem cells": "x:stem",
    "mesenchymal stem cells": "x:msc",
    "MSC": "x:msc",
    "umbilical cord": "x:cord",
    "umbilical cord blood": "x:blood",
    "Wharton's jelly": "x:jelly",
    "ALS": "x:als",
    "II-IV": "",
    "IV": "x:vein",
    "i.v.": "x:vein",
    "stem/progenitor cell": "x:either",
}
DICTIONARY = Dictionary(NAMES)


def found(text: str) -> list[tuple[str, str]]:
    return [(f.term, text[f.span[0] : f.span[1]]) for f in DICTIONARY.find(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mesenchymal Stem Cells from cord", [("x:msc", "Mesenchymal Stem Cells")]),
        ("umbilical cord blood, umbilical cord", [("x:blood", "umbilical cord blood"), ("x:cord", "umbilical cord")]),
        ("umbilical-cord\nblood", [("x:blood", "umbilical-cord\nblood")]),
        ("Wharton\u2019s jelly", [("x:jelly", "Wharton\u2019s jelly")]),
        ("the stem cellular matrix and stemcells", []),
        ("stem. Cells", []),
        ("MSC, msc and Msc", [("x:msc", "MSC")]),
        ("also and ALSO and ALS", [("x:als", "ALS")]),
        ("grade II-IV, given IV", [("", "II-IV"), ("x:vein", "IV")]),
        ("given i.v. twice", [("x:vein", "i.v")]),
        ("a stem/progenitor cell, a stem progenitor cell", [("x:either", "stem/progenitor cell")]),
        ("\U0001f9ec MSC", [("x:msc", "MSC")]),
        ("", []),
    ],
)
def test_finds(text: str, expected: list[tuple[str, str]]) -> None:
    assert found(text) == expected


@pytest.mark.parametrize(
    ("text", "term"), [("umbilical  cord", "x:cord"), ("UMBILICAL-CORD", "x:cord"), ("the umbilical cord", None)]
)
def test_a_whole_text_is_a_name_in_any_case(text: str, term: str | None) -> None:
    assert DICTIONARY.whole(text) == term


@given(st.lists(st.sampled_from([*NAMES, "and", ",", "\u00e9", "\U0001f6a2", "cells"]), max_size=12))
def test_places_are_whole_words_in_order_and_apart(pieces: list[str]) -> None:
    text = " ".join(pieces)
    spans = [f.span for f in DICTIONARY.find(text)]
    assert spans == sorted(spans)
    assert all(a[1] <= b[0] for a, b in pairwise(spans))
    for start, end in spans:
        assert not text[start - 1 : start].isalnum()
        assert not text[end : end + 1].isalnum()
        assert start < end
