"""Import of trial records: read, judge, commit, a batch at a time.

A batch is all or nothing, and a record whose snapshot is registered is not read again, so an
import that was interrupted goes on where it was when it is started again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from kg.admit import Admission, Batch
from kg.codec.write import Writer
from kg.document.library import Library
from kg.errors import DataError, Refused
from kg.model.digest import digest
from kg.model.iris import Iris
from kg.model.node import Node
from kg.profile import Profile
from kg.report import Finding
from kg.schema.names import STEMMA, local_name
from kg.store.commit import utc_now
from kg.store.plan import Receipt
from kg.store.records import Records
from kg.trials.claims import ClaimWriter, JsonObject
from kg.trials.facts import Reading
from kg.trials.fields import FieldReader
from kg.trials.files import read_records
from kg.trials.record import TrialRecord, read_record
from kg.trials.report import Tally, TrialReport
from kg.trials.table import Table
from kg.trials.therapy import TherapyReader
from kg.version import __version__

BATCH = 50
"""How many records one commit holds."""

Progress = Callable[[int], None]
"""Called with the number of records done, after every batch and at the end."""


class Home(Protocol):
    """What the import needs of a workspace."""

    @property
    def profile(self) -> Profile: ...  # noqa: D102
    @property
    def iris(self) -> Iris: ...  # noqa: D102
    @property
    def library(self) -> Library: ...  # noqa: D102
    @property
    def records(self) -> Records: ...  # noqa: D102
    @property
    def writer(self) -> Writer: ...  # noqa: D102
    def claim_json(self, claim: Node) -> dict[str, Any]: ...  # noqa: D102
    def admit(  # noqa: D102
        self, batch: Batch, *, agent: str | None = None, why: str = "add", keep_review: bool = False
    ) -> Receipt: ...


def import_trials(
    workspace: Home, path: Path | str, *, agent: str | None = None, progress: Progress | None = None
) -> TrialReport:
    """Import a file of trial records.

    :param path: ``.json``, ``.jsonl`` or ``.jsonl.gz``, of either format.
    :param agent: who runs the import, for the log; the claims name the importer itself.
    :param progress: told how many records are done.
    :returns: what was done; errors are counted there by record, and do not stop the import.
    :raises DocumentError: if the file cannot be read.
    :raises UsageError: if the profile has no rules for trial records, or the file no known suffix.
    """
    return _Import(workspace, agent, progress or (lambda done: None)).run(Path(path))


@dataclass
class _Trial:
    """One record on its way in, as the records of the workspace that it becomes."""

    place: str
    record: TrialRecord
    reading: Reading
    known: bool
    source: JsonObject
    snapshot: JsonObject
    claims: list[JsonObject]
    superseded: list[JsonObject]
    refused: bool = False

    def placed(self, only: str = "") -> Iterator[tuple[str, JsonObject]]:
        """The records, each with a place of its own; only those of one part, if it is named."""
        parts = {"source": [self.source], "snapshot": [self.snapshot], "claim": self.claims, "older": self.superseded}
        for part, records in parts.items():
            if only in ("", part):
                yield from ((f"{self.place} {part} {i}", r) for i, r in enumerate(records))


class _Import:
    """One run over one file."""

    def __init__(self, workspace: Home, agent: str | None, progress: Progress) -> None:
        self._home, self._agent, self._progress = workspace, agent, progress
        self._table = Table.of(workspace.profile.vocabulary)
        statement = workspace.profile.shapes["statement"]
        self._fields = FieldReader(self._table)
        self._therapy = TherapyReader(self._table, statement)
        self._write = ClaimWriter(self._table, workspace.iris, statement, __version__, utc_now())
        self._tally = Tally()
        self._seen: dict[str, str] = {}
        self._waiting: list[_Trial] = []

    def run(self, path: Path) -> TrialReport:
        begun = time.monotonic()
        for place, data in read_records(path):
            self._tally.records += 1
            try:
                if isinstance(data, DataError):
                    raise data
                self._take(place, read_record(data, self._table))
            except DataError as e:
                self._tally.refuse(Finding(e.code, e.message, where=place, about=e.where, hint=e.hint))
            if len(self._waiting) >= BATCH:
                self._flush(path)
        self._flush(path)
        return self._tally.report(str(path), self._table.condition_rule, time.monotonic() - begun)

    # ---- one record

    def _take(self, place: str, record: TrialRecord) -> None:
        name = digest(record.text)
        if self._seen.get(record.number) == name:
            self._tally.twice.append(record.number)
            return
        if record.number in self._seen:
            self._flush(Path(place))
        self._seen[record.number] = name
        if self._home.records.get(self._home.iris.snapshot(name)) is not None:
            self._home.library.put(record.text)
            self._tally.unchanged += 1
            return
        known = self._home.records.get(self._write.source_id(record))
        published = (known.one(STEMMA + "published") if known else None) or ""
        if published > record.updated:
            self._tally.older += 1
            return
        self._waiting.append(self._trial(place, record, known))

    def _trial(self, place: str, record: TrialRecord, known: Node | None) -> _Trial:
        reading = Reading(record)
        self._fields.read(reading)
        self._therapy.read(reading)
        source = self._write.source(record)
        older = [] if known is None else list(self._older_claims(known))
        return _Trial(
            place=place,
            record=record,
            reading=reading,
            known=known is not None,
            source=source if known is None else self._home.writer.record(known) | source,
            snapshot=self._write.snapshot(record),
            claims=[self._write.claim(record, fact) for fact in reading.facts],
            superseded=older,
        )

    def _older_claims(self, source: Node) -> Iterator[JsonObject]:
        """The importer's own claims of the source that no person decided on, superseded."""
        mine = f"agent/{self._table.name}-importer-"
        for iri in self._home.records.subjects(STEMMA + "source", source.id):
            claim = self._home.records.get(iri)
            if claim is None or mine not in str(claim.one(STEMMA + "agent")):
                continue
            status = local_name(str(claim.one(STEMMA + "reviewStatus")))
            deciders = claim.atoms(STEMMA + "reviewedBy")
            if status in ("proposed", "accepted") and all(f"agent/{self._table.name}-" in d for d in deciders):
                yield self._write.superseded(self._home.claim_json(claim))

    # ---- one batch

    def _flush(self, path: Path) -> None:
        trials, self._waiting = self._waiting, []
        if trials:
            self._commit(trials, f"import of {path.name}")
        self._progress(self._tally.records)

    def _commit(self, trials: list[_Trial], why: str) -> None:
        """Commit some records; what the gate refuses is taken out, and the rest is tried again."""
        for trial in trials:
            self._home.library.put(trial.record.text)
        while trials:
            findings = self._admit(trials, why)
            if not findings:
                for trial in trials:
                    self._count(trial)
                return
            placed = {f.where: f for f in reversed(findings)}
            mended = [self._mended(t, placed) for t in trials]
            if not any(mended):
                break
            trials = [t for t in trials if not t.refused]
        if len(trials) == 1:
            self._refuse(trials[0], findings[0])
        elif trials:  # the findings name none of the records: each by itself
            for trial in trials:
                self._commit([trial], why)

    def _admit(self, trials: list[_Trial], why: str) -> list[Finding]:
        admission = Admission(self._home.profile, self._home.iris)
        batch = admission.json((place, r) for t in trials for place, r in t.placed())
        try:
            self._home.admit(batch, agent=self._agent, why=why, keep_review=True)
        except Refused as e:
            return list(e.report.violations)
        return []

    def _mended(self, trial: _Trial, findings: Mapping[str, Finding]) -> bool:
        """Take out of a record what the gate refused: a claim, or, where it is more, the record."""
        bad = {place: findings[place] for place, _ in trial.placed() if place in findings}
        claims = dict(trial.placed("claim"))
        whole = [finding for place, finding in bad.items() if place not in claims]
        if whole:
            self._refuse(trial, whole[0])
            return True
        for place, finding in bad.items():
            trial.claims.remove(claims[place])
            self._tally.leave_out(replace(finding, where=trial.place))
        return bool(bad)

    def _refuse(self, trial: _Trial, finding: Finding) -> None:
        trial.refused = True
        self._tally.refuse(replace(finding, where=trial.place, about=trial.record.number))

    def _count(self, trial: _Trial) -> None:
        tally, reading = self._tally, trial.reading
        tally.imported += not trial.known
        tally.renewed += trial.known
        accepted = sum(c["review"]["status"] == "accepted" for c in trial.claims)
        tally.accepted += accepted
        tally.proposed += len(trial.claims) - accepted
        tally.superseded += len(trial.superseded)
        for finding in reading.findings:
            tally.leave_out(replace(finding, where=f"{trial.place} {finding.where}"))
        for iri, entries in reading.unmapped.items():
            tally.unmapped[iri] += len(entries)
        tally.texts.update(e.text for e in reading.unmapped.get(self._table.condition_rule, ()))
