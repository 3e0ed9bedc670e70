"""Add: records in files, as mappings or as RDF are read, judged and become one commit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kg.admit import Admission, Batch
from kg.door import file_quads
from kg.errors import Refused
from kg.quads import Quads
from kg.report import Report
from kg.schema.names import STEMMA
from kg.store.commit import utc_now
from kg.store.plan import Changeset, Receipt

Given = Path | str | Mapping[str, Any] | Iterable[Mapping[str, Any]]
"""A file of JSON lines or RDF, one record as a mapping, or several."""


@dataclass(frozen=True)
class Adder:
    """Takes records into a workspace, or RDF where any is admitted."""

    quads: Quads

    def read(self, records: Given) -> Batch:
        """Read records without judging them. See :meth:`kg.workspace.Workspace.read`."""
        if self.quads.profile.admits_any:
            return Batch(quads=file_quads(records))
        if isinstance(records, Path | str):
            return self._admission.file(Path(records))
        several = isinstance(records, Iterable) and not isinstance(records, Mapping)
        listed = [dict(r) if isinstance(r, Mapping) else r for r in (records if several else [records])]
        return self._admission.json((f"record {i}", r) for i, r in enumerate(listed, start=1))

    def admit(self, batch: Batch, *, agent: str | None, why: str, dry_run: bool, keep_review: bool) -> Receipt:
        """Judge what was read and commit it. See :meth:`kg.workspace.Workspace.add`.

        :param agent: IRI of who proposes; ``None`` for each record's own.
        """
        if self.quads.profile.admits_any:
            return self.quads.add(batch.quads, agent=agent, why=why, dry_run=dry_run)
        changes = self._admission.changes(batch.nodes, agent, utc_now(), keep_review=keep_review)
        proposers = {a for c in changes if (a := c.node.one(STEMMA + "agent"))}
        signed = agent or (proposers.pop() if len(proposers) == 1 else self.quads.software)
        try:
            return self.quads.committer.commit(
                Changeset(changes, signed, why), dry_run=dry_run, findings=batch.findings
            )
        except Refused as e:
            raise Refused(Report(batch.placed(e.report.findings))) from None

    @property
    def _admission(self) -> Admission:
        return Admission(self.quads.profile, self.quads.iris)
