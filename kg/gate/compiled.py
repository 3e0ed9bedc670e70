"""The shapes in the form that pySHACL judges fastest; they say the same.

pySHACL judges a property shape that hangs under a node shape anew for every record, and one that
has targets of its own for all records together. So property shapes get their node shape's targets
and are cut loose from it. Which shape is cited, and with which path, value, message and severity,
stays as it was. Patterns are written as Python's ``re`` reads them, since ``$`` is another thing there.
"""

from __future__ import annotations

from rdflib import BNode, Graph, Literal, URIRef
from rdflib.collection import Collection
from rdflib.namespace import SH
from rdflib.term import Node

from kg.schema.patterns import python_form

_TARGETS = (SH.targetNode, SH.targetSubjectsOf, SH.targetObjectsOf, SH.target)


def compiled(shapes: Graph) -> Graph:
    """A shapes graph that gives the same results, sooner.

    A node shape that another shape uses, that is switched off or that has other targets than
    classes is left as it is, and so is every nameless property shape.
    """
    out = Graph()
    for s, p, o in shapes:
        out.add((s, p, Literal(python_form(str(o))) if p == SH.pattern else o))
    for shape in set(shapes.subjects(SH.targetClass, None)):
        properties = [p for p in shapes.objects(shape, SH.property) if isinstance(p, URIRef)]
        if properties and _loose(shapes, shape):
            _keep_closed(out, shape)
            for p in properties:
                out.remove((shape, SH.property, p))
                for target in shapes.objects(shape, SH.targetClass):
                    out.add((p, SH.targetClass, target))
    return out


def _loose(shapes: Graph, shape: Node) -> bool:
    used = any(True for _ in shapes.subjects(None, shape))
    other = any((shape, p, None) in shapes for p in (*_TARGETS, SH.deactivated))
    return not used and not other


def _keep_closed(out: Graph, shape: Node) -> None:
    """A closed shape allows the paths of its properties; without them they are told as ignored."""
    if (shape, SH.closed, None) not in out:
        return
    listed = out.value(shape, SH.ignoredProperties)
    ignored = list(Collection(out, listed)) if listed is not None else []
    paths = {path for p in out.objects(shape, SH.property) for path in out.objects(p, SH.path)}
    head = BNode()
    Collection(out, head, [*ignored, *sorted(p for p in paths if isinstance(p, URIRef))])
    out.remove((shape, SH.ignoredProperties, None))
    out.add((shape, SH.ignoredProperties, head))
