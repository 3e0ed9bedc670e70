"""Findings as values. Raising is the caller's choice."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from kg.errors import Refused


class Severity(Enum):
    """How bad a finding is; only a violation refuses."""

    VIOLATION = "violation"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a check found.

    :param code: stable name of the rule: a named shape (``Claim-polarity``) or a closed-world
        check (``term-unknown``).
    :param message: what is wrong.
    :param where: file and line, or the place of the record in the call.
    :param about: IRI or id of the record, as far as known.
    :param pointer: JSON Pointer (or property IRI) inside the record.
    :param value: the offending value, shortened.
    :param hint: what to do.
    """

    code: str
    message: str
    where: str = ""
    about: str = ""
    pointer: str = ""
    value: str = ""
    hint: str = ""
    severity: Severity = Severity.VIOLATION

    def __str__(self) -> str:
        place = " ".join(p for p in (self.where, self.about, self.pointer) if p)
        shown = f" (found: {self.value})" if self.value else ""
        advice = f". {self.hint}" if self.hint else ""
        return f"{place}: {self.message}{shown}{advice} [{self.code}]"

    def as_dict(self) -> dict[str, str]:
        """The finding for JSON, without empty members."""
        shown = {
            "code": self.code,
            "severity": self.severity.value,
            "message": self.message,
            "where": self.where,
            "about": self.about,
            "pointer": self.pointer,
            "value": self.value,
            "hint": self.hint,
        }
        return {k: v for k, v in shown.items() if v}


@dataclass(frozen=True, slots=True)
class Report:
    """What a check found, in order."""

    findings: tuple[Finding, ...] = ()

    @staticmethod
    def of(findings: Iterable[Finding]) -> Report:
        """Make a report, each finding once."""
        return Report(tuple(dict.fromkeys(findings)))

    @property
    def violations(self) -> tuple[Finding, ...]:
        """The findings that refuse."""
        return tuple(f for f in self.findings if f.severity is Severity.VIOLATION)

    @property
    def conforms(self) -> bool:
        """Whether nothing refuses."""
        return not self.violations

    def raise_for_violations(self) -> None:
        """:raises Refused: if anything refuses."""
        if not self.conforms:
            raise Refused(self)

    def __str__(self) -> str:
        return "\n".join(str(f) for f in self.findings) or "conforms"
