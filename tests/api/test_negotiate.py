from __future__ import annotations

import pytest

from api.negotiate import choose, preferred, wants_page
from kg.errors import NotAcceptable, UsageError

OFFERS = {"text/html": "html", "application/json": "json", "text/turtle": "ttl", "text/csv": "csv"}


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        (None, "text/html"),
        ("", "text/html"),
        ("*/*", "text/html"),
        ("text/turtle", "text/turtle"),
        ("TEXT/Turtle; charset=utf-8", "text/turtle"),
        ("application/*", "application/json"),
        ("text/*;q=0.5, text/csv", "text/csv"),
        ("text/*, text/html;q=0.1", "text/turtle"),
        ("*/*;q=0.1, application/json;q=0.2", "application/json"),
        ("text/html;q=0, */*", "application/json"),
        ("image/png, text/turtle;q=0.001", "text/turtle"),
        ("nonsense", "text/html"),
        ("text/turtle;q=nonsense, text/csv;q=0.3", "text/csv"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html"),
    ],
)
def test_the_best_liked_is_chosen(accept: str | None, media: str) -> None:
    assert preferred(accept, OFFERS) == media


@pytest.mark.parametrize("accept", ["image/png", "text/html;q=0", "*/*;q=0", "application/xml, image/*"])
def test_what_suits_nobody_is_refused_with_the_offer(accept: str) -> None:
    with pytest.raises(NotAcceptable, match="formats you accept") as refused:
        preferred(accept, OFFERS)
    assert "text/turtle" in refused.value.hint


def test_the_format_parameter_goes_before_accept() -> None:
    assert choose("text/html", "ttl", OFFERS) == ("text/turtle", "ttl")
    assert choose("text/html", "text/csv", OFFERS) == ("text/csv", "csv")
    with pytest.raises(UsageError, match="no such format"):
        choose(None, "docx", OFFERS)


def test_who_wants_a_page() -> None:
    assert wants_page("text/html,*/*;q=0.8")
    assert not wants_page("*/*")
    assert not wants_page("application/json, text/html;q=0.5")
    assert not wants_page(None)
