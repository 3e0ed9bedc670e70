"""Numbers, dates and ages as registries write them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.trials.values import read_age, read_date, read_number


@pytest.mark.parametrize(
    ("text", "iso", "ends"),
    [
        ("August 28, 2017", "2017-08-28", ("20170828", "20170828")),
        ("2017-08-28", "2017-08-28", ("20170828", "20170828")),
        ("August 2017", "2017-08", ("20170801", "20170831")),
        ("2017-08", "2017-08", ("20170801", "20170831")),
        ("february 2016", "2016-02", ("20160201", "20160229")),
    ],
)
def test_dates_of_both_formats(text: str, iso: str, ends: tuple[str, str]) -> None:
    found = read_date(text)
    assert found is not None
    assert (found.iso, found.ends) == (iso, ends)


@pytest.mark.parametrize(
    "text", ["", "2017", "31 August 2017", "February 30, 2017", "2017-13", "2017-02-29", "Brumaire 2017", "0000-01-01"]
)
def test_what_is_no_date(text: str) -> None:
    assert read_date(text) is None


@given(st.dates(min_value=date(1900, 1, 1), max_value=date(2199, 12, 31)))
def test_every_day_reads_back(day: date) -> None:
    found = read_date(day.isoformat())
    assert found is not None
    assert found.iso == day.isoformat()
    assert found.ends == (day.strftime("%Y%m%d"),) * 2
    month = read_date(day.isoformat()[:7])
    assert month is not None
    last = (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    assert month.ends == (day.strftime("%Y%m01"), last.strftime("%Y%m%d"))


@pytest.mark.parametrize(("text", "number"), [("263", 263), (" 1 ", 1)])
def test_numbers(text: str, number: int) -> None:
    assert read_number(text) == number


@pytest.mark.parametrize("text", ["0", "-5", "1.5", "about 20", "", "\u0663", "9999999999"])
def test_what_is_no_number_above_nought(text: str) -> None:
    assert read_number(text) is None


@pytest.mark.parametrize(("text", "age"), [("18 Years", (18, "Years")), ("1 Day", (1, "Day"))])
def test_ages(text: str, age: tuple[int, str]) -> None:
    assert read_age(text) == age


@pytest.mark.parametrize("text", ["N/A", "Years", "18", "18 and over", "eighteen Years"])
def test_what_is_no_age(text: str) -> None:
    assert read_age(text) is None
