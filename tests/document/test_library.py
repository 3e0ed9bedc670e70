"""The library holds texts by their digests and tells when one is no longer as it was."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.document.library import Library
from kg.errors import Damaged
from kg.model.digest import digest


def file(folder: Path, name: str) -> Path:
    return folder / f"{name.removeprefix('sha256:')}.txt"


@given(text=st.text(st.characters(exclude_categories=["Cs"])))
def test_a_text_comes_back_as_it_was(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    library = Library(tmp_path_factory.getbasetemp() / "library")
    name = library.put(text)
    assert name == digest(text)
    assert library.get(name) == text
    assert name in set(library)


def test_what_is_not_held_is_none(tmp_path: Path) -> None:
    assert Library(tmp_path / "nowhere").get(digest("x")) is None
    assert list(Library(tmp_path / "nowhere")) == []


def test_a_text_is_written_once_and_nothing_else(tmp_path: Path) -> None:
    library = Library(tmp_path)
    name = library.put("words\r\n")
    before = file(tmp_path, name).stat().st_mtime_ns
    assert library.put("words\r\n") == name
    assert file(tmp_path, name).stat().st_mtime_ns == before
    assert [p.name for p in tmp_path.iterdir()] == [file(tmp_path, name).name]
    assert file(tmp_path, name).read_bytes() == b"words\r\n"


@pytest.mark.parametrize("data", [b"wordz", b"", b"\xff\xfe", b"words and more"])
def test_a_text_that_was_changed_is_told_and_mended_by_the_true_one(tmp_path: Path, data: bytes) -> None:
    library = Library(tmp_path)
    name = library.put("words")
    assert library.get(name) == "words"
    file(tmp_path, name).write_bytes(data)
    os.utime(file(tmp_path, name), ns=(1, 1))
    with pytest.raises(Damaged) as caught:
        library.get(name)
    assert caught.value.where == str(file(tmp_path, name))
    assert caught.value.hint
    assert library.put("words") == name
    assert library.get(name) == "words"


def test_a_text_that_was_taken_away_is_not_held(tmp_path: Path) -> None:
    library = Library(tmp_path)
    name = library.put("words")
    assert library.get(name) == "words"
    file(tmp_path, name).unlink()
    assert library.get(name) is None


@pytest.mark.parametrize("name", ["", "x", "sha256:../../etc/passwd", "sha256:" + "0" * 63])
def test_what_is_no_digest_names_no_file(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="64 hex digits"):
        Library(tmp_path).get(name)
