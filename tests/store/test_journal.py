"""Acknowledged means journalled, and a journal that was touched is found out."""

from __future__ import annotations

import resource
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kg.errors import Damaged, WorkspaceError
from kg.store.journal import Entry, Journal, Touched

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


def entry(number: int, why: str = "a test") -> Entry:
    touched = (Touched("https://example.org/claim/x", "claim", number - 1, number),)
    adds = (f'<a:s> <a:p> "{number}\U0001f9ec" <a:g> .\n',)
    return Entry(number, "2026-01-31T12:00:00Z", "https://example.org/agent", why, touched, (), adds)


def filled(path: Path, count: int = 5) -> Path:
    journal = Journal(path)
    for number in range(1, count + 1):
        journal.append(entry(number))
    return path


def test_what_is_appended_is_read_back(tmp_path: Path) -> None:
    path = filled(tmp_path / "j")
    again = Journal(path)
    assert again.last == 5
    assert list(again.entries()) == [entry(i) for i in range(1, 6)]
    assert list(again.entries(after=3)) == [entry(4), entry(5)]
    again.append(entry(6))
    assert Journal(path).last == 6


def test_no_file_is_an_empty_journal(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j")
    assert journal.last == 0
    assert list(journal.entries()) == []
    assert not (tmp_path / "j").exists()


@given(whys=st.lists(TEXT, min_size=1, max_size=4))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
def test_any_text_is_kept(tmp_path: Path, whys: list[str]) -> None:
    path = tmp_path / "j"
    for left in tmp_path.iterdir():
        left.unlink()
    journal = Journal(path)
    for number, why in enumerate(whys, start=1):
        journal.append(entry(number, why))
    assert [e.why for e in Journal(path).entries()] == whys


@pytest.mark.parametrize("cut", [1, 2, 50, 200, -1])
def test_a_torn_last_line_is_cut_off_and_kept_aside(tmp_path: Path, cut: int) -> None:
    path, more = filled(tmp_path / "j"), filled(tmp_path / "more", 6)
    whole, longer = path.read_bytes(), more.read_bytes()
    torn = longer[: len(whole) + cut] if cut > 0 else longer[:-1]
    path.write_bytes(torn)
    assert Journal(path).last == 5
    assert path.read_bytes() == whole
    assert path.with_name("j.torn").read_bytes() == torn[len(whole) :]
    Journal(path).append(entry(6))
    assert path.read_bytes() == longer


@pytest.mark.parametrize("tail", [b"\0" * 300, b"\n", b"{}\n", b"\xff\xfe\n", b"x" * 40 + b"\n"])
def test_what_was_never_acknowledged_may_be_garbled(tmp_path: Path, tail: bytes) -> None:
    path = filled(tmp_path / "j")
    whole = path.read_bytes()
    for garbled in (tail, tail + whole.splitlines(keepends=True)[4], whole.splitlines(keepends=True)[0]):
        path.write_bytes(whole + garbled)
        assert Journal(path).last == 5
        assert path.read_bytes() == whole


@pytest.mark.parametrize("cut", [1, 40, 400])
def test_an_acknowledged_line_that_is_gone_is_found(tmp_path: Path, cut: int) -> None:
    path = filled(tmp_path / "j")
    path.write_bytes(path.read_bytes()[:-cut])
    with pytest.raises(Damaged):
        Journal(path)
    path.with_name("j.mark").unlink()  # the store tells too how far it must go
    with pytest.raises(Damaged):
        Journal(path, stored=5)


@pytest.mark.parametrize("mark", [b"", b"\0" * 112, b"7 sha256:00 00000000", b"\xff" * 20])
def test_a_mark_that_is_none_tells_nothing(tmp_path: Path, mark: bytes) -> None:
    path = filled(tmp_path / "j")
    path.with_name("j.mark").write_bytes(mark)
    assert Journal(path).last == 5


@given(data=st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80)
def test_a_changed_byte_is_found(tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "j"
    if not path.exists():
        filled(path)
        (tmp_path / "whole").write_bytes(path.read_bytes())
    whole = (tmp_path / "whole").read_bytes()
    place = data.draw(st.integers(0, len(whole) - 2))
    changed = whole[:place] + bytes([whole[place] ^ data.draw(st.integers(1, 255))]) + whole[place + 1 :]
    path.write_bytes(changed)
    with pytest.raises(Damaged, match=r"line \d") as caught:
        Journal(path)
    assert str(path) in caught.value.where
    assert caught.value.hint


@pytest.mark.parametrize(
    "change",
    [
        lambda lines: [lines[1], lines[0], *lines[2:]],
        lambda lines: [*lines[:3], lines[4], lines[3]],
        lambda lines: lines[1:],
        lambda lines: [*lines[:2], *lines[3:]],
        lambda lines: [lines[0], *lines],
        lambda lines: [*lines[:2], b"\n", *lines[2:]],
        lambda lines: [*lines[:2], b"{}\n", *lines[3:]],
        lambda lines: [*lines[:2], b"[]\n", *lines[3:]],
        lambda lines: [*lines[:2], b"\xff\xfe\n", *lines[3:]],
    ],
)
def test_lines_that_were_swapped_or_taken_out_are_found(tmp_path: Path, change) -> None:
    path = filled(tmp_path / "j")
    path.write_bytes(b"".join(change(path.read_bytes().splitlines(keepends=True))))
    with pytest.raises(Damaged):
        Journal(path)


def test_damage_after_opening_is_found_on_reading(tmp_path: Path) -> None:
    path = filled(tmp_path / "j")
    journal = Journal(path)
    path.write_bytes(path.read_bytes().replace(b"a test", b"a jest", 1))
    with pytest.raises(Damaged, match="line 1"):
        list(journal.entries())


def test_a_full_disk_leaves_the_journal_as_it_was(tmp_path: Path) -> None:
    path = filled(tmp_path / "j")
    journal, whole = Journal(path), path.read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(whole) + 10, hard))
    try:
        with pytest.raises(WorkspaceError, match="cannot be written") as caught:
            journal.append(entry(6))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert caught.value.where == str(path)
    assert path.read_bytes() == whole
    journal.append(entry(6))
    assert list(Journal(path).entries()) == [entry(i) for i in range(1, 7)]
