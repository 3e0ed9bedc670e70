"""An anchor holds exactly or it does not."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kg.document.anchor import CONTEXT, Anchor, contexts
from kg.document.read import pointed
from kg.model.digest import digest

NAME = "https://example.org/snapshot/x"
CHARACTER = st.characters(exclude_categories=["Cs"])
TEXT = st.text(CHARACTER, min_size=1, max_size=200)


@st.composite
def spans(draw: st.DrawFn) -> tuple[str, int, int]:
    text = draw(TEXT)
    start = draw(st.integers(0, len(text) - 1))
    return text, start, draw(st.integers(start + 1, len(text)))


def replaced(text: str, place: int, character: str) -> str:
    return text[:place] + character + text[place + 1 :]


@given(spans())
def test_what_was_made_holds(span: tuple[str, int, int]) -> None:
    text, start, end = span
    anchor = Anchor.make(NAME, text, start, end)
    assert anchor.holds(text)
    assert anchor.words(text) == text[start:end]
    assert (anchor.before, anchor.after) == contexts(text, start, end)


@given(spans(), st.data())
def test_any_change_inside_breaks_it(span: tuple[str, int, int], data: st.DataObject) -> None:
    text, start, end = span
    place, character = data.draw(st.integers(start, end - 1)), data.draw(CHARACTER)
    assume(text[place] != character)
    assert not Anchor.make(NAME, text, start, end).holds(replaced(text, place, character))


@given(spans(), st.data())
def test_no_change_outside_breaks_it(span: tuple[str, int, int], data: st.DataObject) -> None:
    text, start, end = span
    places = [*range(start), *range(end, len(text))]
    assume(places)
    changed = replaced(text, data.draw(st.sampled_from(places)), data.draw(CHARACTER))
    anchor = Anchor.make(NAME, text, start, end)
    assert anchor.holds(changed)
    assert anchor.drift(text, changed) is None


@given(spans(), TEXT)
def test_what_is_put_in_front_moves_it(span: tuple[str, int, int], front: str) -> None:
    text, start, end = span
    anchor = Anchor.make(NAME, text, start, end)
    drift = anchor.drift(text, front + text)
    if (front + text).count(text[start:end]) == 1:
        moved = start + len(front)
        assert drift == f"moved to {moved}-{moved + end - start}"
    else:
        assert drift is None or drift == "changed" or drift.startswith("moved to ")


@given(spans())
def test_words_that_are_gone_are_changed(span: tuple[str, int, int]) -> None:
    text, start, end = span
    gone = text.replace(text[start:end], "")
    assume(text[start:end] not in gone)
    assert Anchor.make(NAME, text, start, end).drift(text, gone) == "changed"


def test_offsets_count_code_points() -> None:
    text = "\U0001f9ec e\u0301 words"
    anchor = Anchor.make(NAME, text, 5, 10)
    assert anchor.words(text) == "words"
    assert Anchor.make(NAME, text, 0, 1).words(text) == "\U0001f9ec"


@pytest.mark.parametrize(("start", "end"), [(0, 0), (3, 2), (-1, 2), (0, 6), (5, 6), (9, 12)])
def test_offsets_that_name_no_words_make_no_anchor(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="no words"):
        Anchor.make(NAME, "words", start, end)


def test_the_same_words_twice_are_told_apart_by_their_offsets() -> None:
    text = "It varies. It costs. It varies."
    first, second = Anchor.make(NAME, text, 0, 10), Anchor.make(NAME, text, 21, 31)
    assert first.exact == second.exact
    assert first != second
    assert first.holds(text)
    assert second.holds(text)
    assert first.drift(text, "X" + text[1:]) == "moved to 21-31"
    assert second.drift(text, "X" + text[1:]) is None


@pytest.mark.parametrize(("before", "after"), [("A long beginning. ", ""), ("", " A long end.")])
def test_of_several_places_the_one_with_its_context_is_told(before: str, after: str) -> None:
    old = f"one {'x' * CONTEXT} It varies. {'y' * CONTEXT} two {'z' * CONTEXT} It varies. {'w' * CONTEXT}"
    start = old.index("It varies")
    newer = before + old + after
    drift = Anchor.make(NAME, old, start, start + 9).drift(old, newer)
    assert drift == (None if not before else f"moved to {start + len(before)}-{start + len(before) + 9}")


def test_several_places_with_the_same_context_are_no_answer() -> None:
    old = "." * CONTEXT + "words" + "." * CONTEXT
    assert Anchor.make(NAME, old, CONTEXT, CONTEXT + 5).drift(old, "." + old + old) == "changed"


RECORD = json.dumps({"Phase": ["Phase 3", "Phase 4"], "N": 196, "a/b": {"c~d": "x"}, "": "empty", "S": "\U0001f9ec y"})


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("/Phase/1", "Phase 4"),
        ("/N", "196"),
        ("/a~1b/c~0d", "x"),
        ("/", "empty"),
        ("/Phase", '["Phase 3","Phase 4"]'),
        ("/Phase/2", None),
        ("/Phase/-1", None),
        ("/Phase/01", None),
        ("/Phase/\u0661", None),
        ("/nowhere", None),
        ("/N/0", None),
    ],
)
def test_a_pointer_names_a_value_of_a_record(pointer: str, value: str | None) -> None:
    assert pointed(RECORD, pointer) == value


@pytest.mark.parametrize("text", ["", "no json", "[" * 100_000, '{"a": "\\ud800"}', '{"a": NaN}', '{"a": 1e999}'])
def test_a_text_that_is_no_record_has_no_values(text: str) -> None:
    assert pointed(text, "/a") is None
    assert not Anchor(NAME, digest(""), pointer="/a").holds(text)


def test_an_anchor_into_a_record_may_have_offsets_in_the_value() -> None:
    whole = Anchor(NAME, digest("\U0001f9ec y"), pointer="/S")
    inside = Anchor.make(NAME, RECORD, 2, 3, "/S")
    assert whole.holds(RECORD)
    assert inside.words(RECORD) == "y"
    assert inside.drift(RECORD, RECORD.replace(" y", " z")) == "changed"
    assert inside.drift(RECORD, RECORD.replace("196", "198")) is None


def test_words_are_found_again_in_a_long_text() -> None:
    words = "and the words stand here"
    old: Any = "a " * 100_000 + words + " b" * 100_000
    anchor = Anchor.make(NAME, old, 200_000, 200_000 + len(words))
    assert anchor.drift(old, "c " + old) == f"moved to 200002-{200_002 + len(words)}"
