"""docs/api.md names what there is."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest

PAGE = Path(__file__).parents[2] / "docs" / "api.md"


@pytest.mark.skipif(not PAGE.is_file(), reason="docs/ does not ship with the wheel")
def test_every_filter_and_every_address_is_told(http: httpx.Client) -> None:
    text = PAGE.read_text("utf-8")
    told = http.get("/openapi.json").json()
    filters = {p["name"] for p in told["paths"]["/api/v1/claims"]["get"]["parameters"]}
    assert {f for f in filters if f"`{f}`" not in text} == set()
    addresses = {re.sub(r"\{path\}", "...", path) for path in told["paths"]}
    assert {a for a in addresses if f"`{a}" not in text} == set()
