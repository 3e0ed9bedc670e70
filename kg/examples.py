"""The example queries that ship with the project, and their description for SPARQL editors.

An example is one file ``docs/queries/NAME.rq``: SPARQL that runs as it is, under a head of comment
lines that says what it is::

    # title: Where the cells come from
    # question: From which tissue is each type of cell said to come?
    # for: researcher
    # keywords: cell source, tissue
    PREFIX ...

Nothing about it stands anywhere else; :func:`describe` gives it as the RDF that SPARQL editors read
(``sh:SPARQLExecutable`` of SHACL, with its ``sh:prefixes``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from rdflib import RDF, RDFS, SDO, SH, XSD, Graph, Literal, URIRef

from kg.errors import DataError
from kg.resources import folder
from kg.schema.names import DEFAULT_BASE

NAMESPACE = DEFAULT_BASE + "queries/"
"""What stands before an example's name in its IRI, unless the caller says otherwise."""

_HEAD = re.compile(r"# ?(title|question|for|keywords): *(.*?) *\n")
_NEEDED = ("title", "question", "for", "keywords")
_PREFIX = re.compile(r"PREFIX\s+([\w.-]*):\s*<([^<>]*)>", re.IGNORECASE)
_BEFORE = re.compile(rf"(?:\s+|#[^\n]*\n|{_PREFIX.pattern}|BASE\s*<[^<>]*>)*", re.IGNORECASE)
_FORMS = MappingProxyType(
    {
        "select": (SH.SPARQLSelectExecutable, SH.select),
        "ask": (SH.SPARQLAskExecutable, SH.ask),
        "construct": (SH.SPARQLConstructExecutable, SH.construct),
    }
)
"""What each form of query is called, and the property that holds its text."""


@dataclass(frozen=True, slots=True)
class Example:
    """One example query.

    :param name: the file's name without ``.rq``.
    :param title: a few words.
    :param question: what it asks, as a sentence.
    :param audience: who asks it.
    :param keywords: words to find it by.
    :param form: ``select``, ``ask`` or ``construct``.
    :param prefixes: prefix to namespace, as the query declares them.
    :param query: the SPARQL, without the head of comment lines.
    """

    name: str
    title: str
    question: str
    audience: str
    keywords: tuple[str, ...]
    form: str
    prefixes: Mapping[str, str]
    query: str


def examples(directory: Path | None = None) -> tuple[Example, ...]:
    """Every example of a folder, sorted by name.

    :param directory: where the ``.rq`` files are; default the folder that ships with the project.
    :raises DataError: if a file has no whole head, or holds no SELECT, ASK or CONSTRUCT.
    """
    return tuple(_read(path) for path in sorted((directory or folder("docs/queries")).glob("*.rq")))


def describe(found: Iterable[Example], *, namespace: str = NAMESPACE, endpoint: str | None = None) -> Graph:
    """The examples as ``sh:SPARQLExecutable``, as SPARQL editors look for them.

    Without blank nodes, so that it may be loaded anywhere.

    :param namespace: what stands before an example's name in its IRI.
    :param endpoint: URL of the endpoint that answers them, if there is one.
    :raises DataError: if two of them give one prefix different meanings.
    """
    graph = Graph()
    graph.bind("sh", SH)
    graph.bind("schema", SDO)
    prefixes = URIRef(namespace + "prefixes")
    declared: dict[str, str] = {}
    for example in found:
        me = URIRef(namespace + example.name)
        kind, text = _FORMS[example.form]
        graph.add((me, RDF.type, SH.SPARQLExecutable))
        graph.add((me, RDF.type, kind))
        graph.add((me, RDFS.label, Literal(example.title, lang="en")))
        graph.add((me, RDFS.comment, Literal(example.question, lang="en")))
        graph.add((me, text, Literal(example.query)))
        graph.add((me, SH.prefixes, prefixes))
        for word in example.keywords:
            graph.add((me, SDO.keywords, Literal(word)))
        if endpoint:
            graph.add((me, SDO.target, URIRef(endpoint)))
        for prefix, meaning in example.prefixes.items():
            if declared.setdefault(prefix, meaning) != meaning:
                raise DataError(f"the prefix {prefix} stands for {declared[prefix]} elsewhere", where=example.name)
    for prefix, meaning in declared.items():
        one = URIRef(f"{prefixes}#{prefix}")
        graph.add((prefixes, SH.declare, one))
        graph.add((one, SH.prefix, Literal(prefix)))
        graph.add((one, SH.namespace, Literal(meaning, datatype=XSD.anyURI)))
    return graph


def _read(path: Path) -> Example:
    text = path.read_text("utf-8")
    head: dict[str, str] = {}
    end = 0
    while line := _HEAD.match(text, end):
        head[line[1]] = line[2]
        end = line.end()
    missing = [key for key in _NEEDED if not head.get(key)]
    if missing:
        raise DataError(f"the head has no {' and no '.join(missing)}", where=str(path), hint="Write `# title: ...`.")
    query = text[end:]
    begun = _BEFORE.match(query)
    form = re.match(r"\w*", query[begun.end() if begun else 0 :])
    word = form[0].lower() if form else ""
    if word not in _FORMS:
        raise DataError(f"the query is no {', '.join(_FORMS).upper()}", where=str(path))
    keywords = tuple(w.strip() for w in head["keywords"].split(",") if w.strip())
    return Example(
        name=path.stem,
        title=head["title"],
        question=head["question"],
        audience=head["for"],
        keywords=keywords,
        form=word,
        prefixes=dict(_PREFIX.findall(query)),
        query=query,
    )
