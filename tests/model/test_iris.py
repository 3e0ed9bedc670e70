from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.model.digest import digest
from kg.model.iris import Iris, is_iri

IRIS = Iris("https://example.org/base/")


@given(st.text())
def test_a_snapshot_is_named_by_its_digest_and_read_back(text: str) -> None:
    try:
        name = digest(text)
    except UnicodeEncodeError:
        return
    assert IRIS.snapshot_digest(IRIS.snapshot(name)) == name
    assert IRIS.is_("snapshot", IRIS.snapshot(name))


@pytest.mark.parametrize("name", ["", "abc", "sha256:abc", "sha256:" + "A" * 64, "md5:" + "0" * 64])
def test_what_is_no_digest_names_no_snapshot(name: str) -> None:
    with pytest.raises(ValueError, match="64 hex digits"):
        IRIS.snapshot(name)


@pytest.mark.parametrize("name", ["", "a b", "a/b", "a#b", "a?b", "\u00e9", "a\u200b", "../x", ".."])
def test_the_name_of_a_record_is_plain(name: str) -> None:
    assert not IRIS.is_("claim", IRIS.of("claim", name))
    assert IRIS.is_("claim", IRIS.of("claim", "a.b_c-1"))


@given(st.text())
def test_the_same_content_has_the_same_name(text: str) -> None:
    try:
        assert IRIS.minted("claim", text) == IRIS.minted("claim", text)
    except UnicodeEncodeError:
        return
    assert IRIS.is_("claim", IRIS.minted("claim", text))
    assert IRIS.minted("claim", text) != IRIS.minted("claim", text + "x")


@pytest.mark.parametrize(
    "text", ["", "a", "no iri", "https://e/\u200b", "https://e/\u00a0x", "https://e/\u2060", "https://e/ ", "//e/x"]
)
def test_what_cannot_be_seen_is_no_iri(text: str) -> None:
    assert not is_iri(text)
