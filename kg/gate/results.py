"""What an engine found, as findings: the same whichever engine found it."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from kg.report import Finding, Severity
from kg.schema.names import local_name

SH = "http://www.w3.org/ns/shacl#"
_SEVERITY = {
    SH + "Violation": Severity.VIOLATION,
    SH + "Warning": Severity.WARNING,
    SH + "Info": Severity.INFO,
}
_CLOSED = SH + "ClosedConstraintComponent"


def is_theirs(focus: str, wanted: Collection[str]) -> bool:
    """Whether a result is about one of the records that are judged, or a part of one."""
    return focus in wanted or focus.split("#")[0] in wanted


def finding(
    *, focus: str, component: str, shape: str, path: str, value: str, severity: str, messages: Iterable[str]
) -> Finding:
    """One result as a finding.

    :param focus: IRI of the node that was judged.
    :param component: IRI of the constraint component; what no standard names counts all the same.
    :param shape: IRI of the shape that was broken, or nothing if it has none.
    :param path: IRI of the property, or nothing.
    :param value: IRI or lexical form of the offending value, or nothing.
    :param severity: IRI of the severity; one that is not known refuses.
    :param messages: what the shape itself says; of several, the first by the alphabet.
    """
    code, message = local_name(shape or component), min(messages, default="the shape does not hold")
    if component == _CLOSED:
        code, message = "property-unknown", "this property does not belong to the record"
    return Finding(
        code=code,
        message=message,
        about=focus,
        pointer=path,
        value=value[:120] if value != focus else "",
        severity=_SEVERITY.get(severity, Severity.VIOLATION),
    )


def failed(error: object) -> Finding:
    """An engine that cannot judge refuses."""
    told = f"{type(error).__name__}: {str(error)[:200]}" if isinstance(error, BaseException) else str(error)
    return Finding("shacl-failed", f"the validator could not judge: {told}")
