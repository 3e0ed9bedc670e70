"""Ingest: a file becomes a snapshot of a source."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyoxigraph import NamedNode

from kg.admit import Admission
from kg.document.library import Library
from kg.document.read import read_document
from kg.document.text import Document
from kg.errors import NotFound, UsageError
from kg.model.digest import digest, short_hash
from kg.model.iris import Iris
from kg.model.node import Node
from kg.profile import Profile
from kg.report import Finding
from kg.schema.names import STEMMA
from kg.store.commit import Committer, utc_now
from kg.store.plan import Changeset
from kg.store.records import Records

KIND = STEMMA + "SourceKind"
OF_SOURCE = STEMMA + "ofSource"


@dataclass(frozen=True, slots=True)
class Ingested:
    """What an ingest did.

    :param new: whether the snapshot was not registered before.
    :param claims: how many registered claims stand in this text.
    """

    source: str
    snapshot: str
    length: int
    new: bool
    claims: int

    def as_dict(self) -> dict[str, Any]:
        """The outcome for JSON."""
        return {
            "source": self.source,
            "snapshot": self.snapshot,
            "length": self.length,
            "new": self.new,
            "claims": self.claims,
        }


@dataclass(frozen=True)
class Intake:
    """Takes documents into a workspace."""

    profile: Profile
    iris: Iris
    library: Library
    records: Records
    committer: Committer

    def ingest(self, path: Path, *, url: str | None, source: str | None, kind: str | None, agent: str) -> Ingested:
        """Freeze one file. See :meth:`kg.workspace.Workspace.ingest`."""
        self._check(url, kind)
        document = read_document(path)
        name = digest(document.text)
        snapshot = self.records.get(self.iris.snapshot(name))
        owner = self._source(document, snapshot, url or document.url, source)
        records = [] if owner else [self._new_source(document, path, name, url, kind)]
        owner = owner or str(records[0]["id"])
        nodes = []
        if snapshot is None:
            records.append(self._new_snapshot(document, name, owner))
        elif owner not in snapshot.atoms(OF_SOURCE):
            owners = (*snapshot.values[OF_SOURCE], NamedNode(owner))
            nodes.append(Node.of(snapshot.id, snapshot.shape, {**snapshot.values, OF_SOURCE: owners}))
        changeset, findings = self._changeset(records, nodes, path, agent)
        self.committer.commit(changeset, dry_run=True, findings=findings)  # what is refused leaves no text
        self.library.put(document.text)
        self.committer.commit(changeset, findings=findings)
        claims = len(self.records.subjects(STEMMA + "snapshot", self.iris.snapshot(name)))
        return Ingested(owner, name, len(document.text), snapshot is None, claims)

    def _check(self, url: str | None, kind: str | None) -> None:
        words = sorted(str(t.notation) for t in self.profile.vocabulary.members(KIND))
        if kind is not None and kind not in words:
            raise UsageError("no such kind of source", where=kind, hint=f"Kinds: {', '.join(words)}.")
        if url is not None and not re.fullmatch(r"https?://\S+", url):
            raise UsageError("the URL is an http or https address", where=url)

    def _source(self, document: Document, snapshot: Node | None, url: str | None, named: str | None) -> str | None:
        """The registered source of the document, if there is one."""
        if named is not None:
            iri = named if ":" in named else self.iris.of("source", named)
            found = self.records.get(iri)
            if found is None or found.shape.record != "source":
                raise NotFound("no source is registered under this IRI", where=named)
            return iri
        if url is not None:
            known = [n.id for n in self.records.all("source") if n.one(STEMMA + "url") == url]
            if known:
                return known[0]
        if snapshot is not None:
            return snapshot.atoms(OF_SOURCE)[0]
        own = self._own_source(digest(document.text))
        return own if self.records.get(own) is not None else None

    def _own_source(self, name: str) -> str:
        """The IRI of the source of a text that no registered record names."""
        return self.iris.of("source", short_hash(name, 16))

    def _new_source(
        self, document: Document, path: Path, name: str, url: str | None, kind: str | None
    ) -> dict[str, Any]:
        record = {
            "type": "source",
            "id": self._own_source(name),
            "kind": kind or "web-page",
            "title": document.title or path.stem,
            "authors": [document.author] if document.author else None,
            "published": document.published,
            "url": url or document.url,
        }
        return {k: v for k, v in record.items() if v is not None}

    def _new_snapshot(self, document: Document, name: str, owner: str) -> dict[str, Any]:
        return {
            "type": "snapshot",
            "id": name,
            "source": [owner],
            "length": len(document.text),
            "mediaType": document.media_type,
            "extractor": document.extractor,
        }

    def _changeset(
        self, records: list[dict[str, Any]], nodes: list[Node], path: Path, agent: str
    ) -> tuple[Changeset, list[Finding]]:
        admission = Admission(self.profile, self.iris)
        batch = admission.json((str(path), r) for r in records)
        changes = admission.changes([*batch.nodes, *nodes], agent, utc_now(), keep_review=False)
        return Changeset(changes, agent, f"ingest {path.name}"), batch.findings
