"""SHACL on the encoded text of a change. One function, so that another engine may judge."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pyshacl
from rdflib import Graph, Literal, URIRef
from rdflib.namespace import RDF, SH
from rdflib.term import Node

from kg.report import Finding, Severity
from kg.schema.names import local_name

_SEVERITY: dict[Node, Severity] = {
    SH.Violation: Severity.VIOLATION,
    SH.Warning: Severity.WARNING,
    SH.Info: Severity.INFO,
}


def judge(text: str, context: str, shapes: Graph, focus: Iterable[str]) -> Iterator[Finding]:
    """Judge records by the shapes.

    :param text: the records as canonical N-Triples; exactly what will be stored.
    :param context: N-Triples of what they refer to: registered records, and the types of terms.
    :param shapes: the shapes graph; never from the data.
    :param focus: IRIs of the records; results about the context are not theirs.
    :returns: a finding a result. An engine that fails is a finding too: it refuses.
    """
    wanted = set(focus)
    data = Graph()
    try:
        data.parse(data=text + context, format="nt")
        _, results, _ = pyshacl.validate(data, shacl_graph=shapes, advanced=False, inplace=True)
    except Exception as e:  # any failure of the engine refuses
        yield Finding("shacl-failed", f"the validator could not judge: {type(e).__name__}: {str(e)[:200]}")
        return
    if not isinstance(results, Graph):
        yield Finding("shacl-failed", "the validator gave no report")
        return
    for result in results.subjects(RDF.type, SH.ValidationResult):
        focus_node = str(results.value(result, SH.focusNode))
        if focus_node.split("#")[0] in wanted or focus_node in wanted:
            yield _finding(results, result, focus_node)


def _finding(results: Graph, result: Node, focus: str) -> Finding:
    def one(predicate: URIRef) -> Node | None:
        return results.value(result, predicate)

    shape, path, value = one(SH.sourceShape), one(SH.resultPath), one(SH.value)
    component = local_name(str(one(SH.sourceConstraintComponent)))
    message = str(one(SH.resultMessage) or "the shape does not hold")
    code = local_name(str(shape)) if isinstance(shape, URIRef) else component
    if component == "ClosedConstraintComponent":
        code, message = "property-unknown", "this property does not belong to the record"
    return Finding(
        code=code,
        message=message,
        about=focus,
        pointer=str(path) if isinstance(path, URIRef) else "",
        value=str(value)[:120] if isinstance(value, Literal | URIRef) and str(value) != focus else "",
        severity=_SEVERITY.get(one(SH.resultSeverity) or SH.Violation, Severity.VIOLATION),
    )
