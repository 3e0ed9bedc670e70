from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Quad, Store

from kg.model.values import canonical
from kg.schema.names import XSD

NUMBER = st.integers(0, 10**6)
TIMES = st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30))
ZONES = st.integers(-14 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m)))
LEXICAL: dict[str, st.SearchStrategy[str]] = {
    "string": st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")),
    "boolean": st.sampled_from(["true", "false", "1", "0"]),
    "integer": st.from_regex(r"[+-]?[0-9]{1,18}", fullmatch=True),
    "decimal": st.from_regex(r"[+-]?([0-9]{1,18}(\.[0-9]{0,18})?|\.[0-9]{1,18})", fullmatch=True),
    "dateTime": st.builds(lambda t, z: t.replace(tzinfo=z).isoformat(), TIMES, st.just(UTC) | ZONES),
    "date": TIMES.map(lambda t: t.date().isoformat()),
    "duration": st.builds(lambda y, m, d, h: f"P{y}Y{m}M{d}DT{h}H", NUMBER, NUMBER, NUMBER, NUMBER),
}
TYPED = st.sampled_from(sorted(LEXICAL)).flatmap(lambda n: LEXICAL[n].map(lambda text: (text, XSD + n)))


@given(TYPED)
def test_canonical_is_a_fixpoint(typed: tuple[str, str]) -> None:
    once = canonical(*typed)
    assert canonical(once.value, once.datatype.value) == once
    assert once.datatype.value == typed[1]


@given(TYPED)
def test_the_store_keeps_what_is_canonical(typed: tuple[str, str]) -> None:
    store, name = Store(), NamedNode("https://example.org/x")
    once = canonical(*typed)
    store.add(Quad(name, name, once))
    assert next(iter(store)).object == once


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**12), max_value=10**12))
def test_every_spelling_of_a_number_is_one(number: object) -> None:
    plain = f"{number:f}"
    sign, digits = ("-", plain[1:]) if plain.startswith("-") else ("", plain)
    assert canonical(f"{sign}000{digits}000", XSD + "decimal") == canonical(plain, XSD + "decimal")


@pytest.mark.parametrize(
    ("datatype", "text"),
    [
        *(("integer", t) for t in ("", " 1", "1 ", "1.0", "1_0", "\u0663", "1e3", "9223372036854775808")),
        *(("decimal", t) for t in ("", "1e5", "NaN", "INF", "1_000", "1,5", "\u0663", ".", "1" * 19, "0." + "1" * 19)),
        *(("boolean", t) for t in ("True", "yes", "", "01")),
        *(("dateTime", t) for t in ("2024-01-01", "2024-02-30T00:00:00Z", "2024-01-01 00:00:00Z", "20240101T000000Z")),
        *(("dateTime", t) for t in ("2024-01-01T24:00:00Z", "2024-01-01T00:00Z", "0000-01-01T00:00:00Z")),
        *(("duration", t) for t in ("P", "PT", "P1W", "P1.5M", "P3m", "3M", "P1S")),
        *(("string", t) for t in ("a\x00b", "a\x01b", "\ufffe", "\ud800")),
        ("int", "5"),
        ("float", "1.5"),
    ],
)
def test_what_is_no_value_is_refused(datatype: str, text: str) -> None:
    with pytest.raises(ValueError, match="is not a"):
        canonical(text, XSD + datatype)


def test_a_text_is_kept_as_it_is() -> None:
    text = "\u00e9 e\u0301 \U0001f9ec \u00a0\t\r\n\u2028 end "
    assert canonical(text, XSD + "string") == Literal(text)


@given(
    value=st.one_of(
        st.integers(-(2**62), 2**62).map(str),
        st.sampled_from(["true", "false", "0", "1", "-0", "007"]),
        st.datetimes().map(lambda d: d.replace(microsecond=0).isoformat() + "Z"),
    ),
    name=st.sampled_from(["integer", "boolean", "dateTime"]),
)
def test_what_need_not_be_asked_for_is_what_the_store_keeps(value: str, name: str) -> None:
    try:
        made = canonical(value, XSD + name)
    except ValueError:
        return
    store = Store()
    store.add(Quad(NamedNode("urn:a"), NamedNode("urn:a"), Literal(value, datatype=NamedNode(XSD + name))))
    assert next(iter(store)).object == made
