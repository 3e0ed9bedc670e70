"""Files that are no readable text are refused, with where and why."""

from __future__ import annotations

from pathlib import Path

import pytest

from kg.document.read import MAX_BYTES, canonical_json, read_document
from kg.errors import DocumentError


def written(folder: Path, data: bytes, name: str = "a.txt") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("text", ["plain\n", "\ufeffwith a mark", "a\r\nb\rc\n", "\U0001f9ec e\u0301 \u00a0", " x "])
def test_the_text_of_a_plain_file_is_unchanged(tmp_path: Path, text: str) -> None:
    document = read_document(written(tmp_path, text.encode()))
    assert document.text == text
    assert document.media_type == "text/plain"


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "empty"),
        (b" \n\t ", "no text"),
        (b"caf\xe9", "not UTF-8: byte 3 is 0xe9"),
        (b"\xff\xfea\x00", "not UTF-8: byte 0"),
        (b"\xed\xa0\x80", "not UTF-8"),
        (b"PK\x03\x04", "binary: character 2 is U+0003"),
        (b"a\x00b", "binary: character 1 is U+0000"),
    ],
)
@pytest.mark.parametrize("name", ["a.txt", "a.html"])
def test_a_file_that_is_no_text_is_refused(tmp_path: Path, data: bytes, told: str, name: str) -> None:
    path = written(tmp_path, data, name)
    with pytest.raises(DocumentError) as caught:
        read_document(path)
    assert told in caught.value.message
    assert caught.value.where == str(path)
    assert caught.value.hint


def test_a_long_file_is_not_even_opened(tmp_path: Path) -> None:
    path = written(tmp_path, b"")
    with path.open("r+b") as f:
        f.truncate(200 * 1024 * 1024)
    with pytest.raises(DocumentError, match=f"at most {MAX_BYTES:,} are read"):
        read_document(path)


@pytest.mark.parametrize("name", ["nowhere.txt", ".", "a\0b"])
def test_what_is_no_file_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(DocumentError, match="no such file"):
        read_document(tmp_path / name)


def test_canonical_json_has_one_spelling() -> None:
    assert canonical_json({"b": [1.0, "\u00e9"], "a": None}) == '{"a":null,"b":[1,"\u00e9"]}'
    with pytest.raises(DocumentError):
        canonical_json({"a": float("nan")})
