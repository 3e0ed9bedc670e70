"""Minting and reading the IRIs of records, all below a workspace's base."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pyoxigraph import NamedNode

from kg.model.digest import DIGEST, short_hash

_NAME = re.compile(r"[0-9A-Za-z._-]+")


@dataclass(frozen=True, slots=True)
class Iris:
    """The IRIs of one workspace.

    :param base: namespace of its records, ending in ``/``.
    """

    base: str

    def of(self, record: str, name: str) -> str:
        """The IRI of a record: ``of("claim", "x")`` is ``<base>claim/x``."""
        return f"{self.base}{record}/{name}"

    def is_(self, record: str, iri: str) -> bool:
        """Whether the IRI is one of that kind of record, with a plain name after it.

        The name of a snapshot is the hex digits of its digest.
        """
        head = f"{self.base}{record}/"
        name = iri.removeprefix(head)
        if record == "snapshot":
            return iri.startswith(head) and DIGEST.fullmatch(f"sha256:{name}") is not None
        return iri.startswith(head) and _NAME.fullmatch(name) is not None and bool(name.strip("."))

    def snapshot(self, text_digest: str) -> str:
        """The IRI of a snapshot, from the digest of its text."""
        found = DIGEST.fullmatch(text_digest)
        if not found:
            raise ValueError(f"{text_digest!r} is not sha256: and 64 hex digits")
        return self.of("snapshot", found[1])

    def snapshot_digest(self, iri: str) -> str:
        """The digest of the text of a snapshot, from its IRI."""
        return "sha256:" + iri.rsplit("/", 1)[-1]

    def interests(self, person: str) -> str:
        """The IRI of a person's statement of interests, from their ORCID iD: each person has one."""
        return self.of("interests", person.rsplit("/", 1)[-1])

    def minted(self, record: str, content: str) -> str:
        """An IRI for a record that came without one: the same content has the same name."""
        return self.of(record, short_hash(content, 26))

    def part(self, owner: str, key: str, content: str) -> str:
        """The IRI of a part of a record, the same for the same content."""
        return f"{owner}#{key}-{short_hash(content, 12)}"


def is_iri(text: str) -> bool:
    """Whether a text is an absolute IRI without characters that nobody sees.

    >>> is_iri("https://example.org/a"), is_iri("https://example.org/a b"), is_iri("https://example.org/\\u200b")
    (True, False, False)
    """
    try:
        return NamedNode(text).value == text and text.isprintable()
    except ValueError:
        return False
