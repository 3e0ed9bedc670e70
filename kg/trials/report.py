"""What an import did."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kg.report import Finding
from kg.schema.names import local_name


@dataclass(frozen=True, slots=True)
class TrialReport:
    """Counts of one import.

    :param records: records in the file, readable or not.
    :param imported: records that were not known; ``renewed``: newer records of known trials;
        ``unchanged``: known as they are; ``older``: than the one that is known, and left out.
    :param twice: numbers of records that stand a second time in the file, unchanged.
    :param refused: records that were not taken, by class of error.
    :param left_out: values from which no claim was made, by class.
    :param accepted: new claims that the rules accepted; ``proposed``: that wait for a person;
        ``superseded``: older claims that a newer record took the place of.
    :param unmapped: entries that name no term of the vocabulary, by rule.
    :param unmapped_conditions: conditions that stayed text; ``unmapped_texts`` tells which, and how often.
    :param errors: every refusal and every value left out, with its record and place.
    :param seconds: how long it took.
    """

    file: str
    records: int
    imported: int
    renewed: int
    unchanged: int
    older: int
    twice: tuple[str, ...]
    refused: Mapping[str, int]
    left_out: Mapping[str, int]
    accepted: int
    proposed: int
    superseded: int
    unmapped: Mapping[str, int]
    unmapped_conditions: int
    unmapped_texts: Mapping[str, int]
    errors: tuple[Finding, ...]
    seconds: float

    @property
    def rate(self) -> float:
        """Records a second."""
        return self.records / self.seconds if self.seconds else 0.0

    @property
    def complete(self) -> bool:
        """Whether no record was refused."""
        return not self.refused

    def as_dict(self) -> dict[str, Any]:
        """The counts for JSON."""
        return {
            "file": self.file,
            "records": self.records,
            "imported": self.imported,
            "renewed": self.renewed,
            "unchanged": self.unchanged,
            "older": self.older,
            "twice": list(self.twice),
            "refused": dict(sorted(self.refused.items())),
            "leftOut": dict(sorted(self.left_out.items())),
            "claims": {"accepted": self.accepted, "proposed": self.proposed, "superseded": self.superseded},
            "unmappedConditions": self.unmapped_conditions,
            "unmapped": dict(sorted(self.unmapped.items())),
            "seconds": round(self.seconds, 1),
            "recordsPerSecond": round(self.rate, 1),
        }


@dataclass
class Tally:
    """Counts while they grow."""

    records: int = 0
    imported: int = 0
    renewed: int = 0
    unchanged: int = 0
    older: int = 0
    accepted: int = 0
    proposed: int = 0
    superseded: int = 0
    twice: list[str] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    unmapped: Counter[str] = field(default_factory=Counter)
    texts: Counter[str] = field(default_factory=Counter)
    errors: list[Finding] = field(default_factory=list)

    def refuse(self, finding: Finding) -> None:
        """Count a record that is not taken."""
        self.refused[finding.code] += 1
        self.errors.append(finding)

    def leave_out(self, finding: Finding) -> None:
        """Count a value from which no claim is made."""
        self.left_out[finding.code] += 1
        self.errors.append(finding)

    def report(self, file: str, condition_rule: str, seconds: float) -> TrialReport:
        """The counts as they stand.

        :param condition_rule: the rule whose unmapped entries are the unmapped conditions.
        """
        return TrialReport(
            file=file,
            records=self.records,
            imported=self.imported,
            renewed=self.renewed,
            unchanged=self.unchanged,
            older=self.older,
            twice=tuple(self.twice),
            refused=dict(self.refused),
            left_out=dict(self.left_out),
            accepted=self.accepted,
            proposed=self.proposed,
            superseded=self.superseded,
            unmapped={local_name(iri): n for iri, n in self.unmapped.items() if n},
            unmapped_conditions=self.unmapped[condition_rule],
            unmapped_texts=dict(self.texts.most_common()),
            errors=tuple(self.errors),
            seconds=seconds,
        )
