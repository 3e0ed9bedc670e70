"""What every page is written with: the templates, and how terms, words and links are told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader
from networkx import MultiDiGraph

from api.kept import Kept
from api.pages.picture import Picture, overview
from api.pages.telling import Teller, quantity_text
from api.problems import Problem
from kg import __version__
from kg.assess.values import Assessment
from kg.browse import STANDING, Browser, Filter
from kg.schema.names import DCTERMS, DEFAULT_BASE, RDF_TYPE, STEMMA
from kg.schema.shapes import Kind
from kg.schema.vocabulary import Term
from kg.trials.browse import Trials
from kg.workspace import Workspace

TEMPLATES = Path(__file__).parent / "templates"
STATIC = Path(__file__).parent / "static"

_LONG = 60
"""Longest title in a list, in letters."""
_SAFE = "/:@-._~!$'()*,;=+"


@dataclass(frozen=True, slots=True)
class Drawn:
    """The entity graph of a commit, and its picture."""

    graph: MultiDiGraph
    picture: Picture


class Site:
    """Writes the pages of one workspace."""

    def __init__(self, workspace: Workspace, browser: Browser, kept: Kept) -> None:
        self.workspace, self.browser, self._kept = workspace, browser, kept
        self.teller = Teller(workspace.profile)
        self._templates = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals.update(
            site=self,
            tell=self.teller,
            version=__version__,
            url=url,
            count=count,
            quantity=quantity_text,
            reviewer=browser.reviewer,
        )

    def render(self, template: str, status: int = 200, **context: Any) -> HTMLResponse:
        """A page from a template."""
        return HTMLResponse(self._templates.get_template(template).render(context), status)

    def problem(self, problem: Problem) -> HTMLResponse:
        """A problem as a page."""
        return self.render("problem.html", problem.status, problem=problem)

    def href(self, iri: str | None) -> str | None:
        """Where a link to an IRI leads: our own page, or elsewhere by http or https; ``None`` if it is no link."""
        if not iri or not iri.startswith(("http://", "https://")):
            return None
        for base in (self.workspace.iris.base, DEFAULT_BASE):
            if iri.startswith(base):
                name = iri.removeprefix(base)
                return "/id/" + quote(name.partition("#")[0], safe=_SAFE)
        curie = self.workspace.profile.prefixes.compress(iri)
        if curie and iri in self.workspace.profile.vocabulary:
            return "/entity/" + quote(curie, safe=_SAFE)
        return iri

    def outside(self, iri: str | None) -> str | None:
        """The IRI itself if it can be followed out of here, else ``None``."""
        return iri if iri and iri.startswith(("http://", "https://")) else None

    def term(self, iri: str) -> dict[str, Any]:
        """A term as records write it: ``{id, curie, label}``."""
        return self.workspace.writer.term(iri)

    def root_label(self, iri: str) -> str:
        """How a trial, study or source is told in a list: by its number, or else its title."""
        node = self.workspace.records.get(iri)
        if node is not None and (title := node.one(DCTERMS + "title")):
            return title if len(title) <= _LONG else title[: _LONG - 1].rstrip() + "…"
        curie = self.workspace.profile.prefixes.compress(iri)
        return curie.partition(":")[2] if curie else iri.removeprefix("https://").rstrip("/")

    def word(self, name: str, value: str) -> Term | None:
        """The term behind a word of a record, such as polarity ``negated``."""
        return self._words.get((name, value))

    def word_label(self, name: str, value: str) -> str:
        """How a word of a record is told."""
        term = self.word(name, value)
        return term.label if term else value

    def link_label(self, type: str) -> str:
        """How a type of link between claims is told."""
        fields = self.workspace.profile.shapes["claim"].fields
        return next((self.teller.label(f.path) for f in fields if f.link == type), type)

    def agent(self, iri: str) -> str:
        """How an agent is told: software by its name, a person by ORCID."""
        short = self.workspace.profile.prefixes.compress(iri) or iri
        return f"{short.removeprefix('agent:')} (software)" if short.startswith("agent:") else short

    def classes(self, term: Term) -> list[str]:
        """The labels of the entity classes of a term, the nearest ones."""
        vocabulary = self.workspace.profile.vocabulary
        near = [c for c in vocabulary.facts(term.iri, RDF_TYPE) if c in vocabulary]
        return sorted(vocabulary.label(c) for c in near)

    def is_ours(self, iri: str) -> bool:
        """Whether an IRI lies below our base or that of the ontology."""
        return iri.startswith((self.workspace.iris.base, DEFAULT_BASE))

    def short(self, asked: Filter, value: str) -> str:
        """How a filter's value is written in an address."""
        if asked.cls is not None:
            return self.workspace.profile.prefixes.compress(value) or value
        head = self.workspace.iris.of(asked.name, "")
        return value.removeprefix(head)

    def value_label(self, asked: Filter, value: str) -> str:
        """How a filter's value is told."""
        if asked.cls is not None:
            return self.workspace.profile.vocabulary.label(value)
        node = self.workspace.records.get(value if ":" in value else self.workspace.iris.of(asked.name, value))
        if node is not None and (title := node.one(DCTERMS + "title")):
            return title
        return self.word_label(asked.name, value)

    def drawn(self) -> Drawn:
        """The entity graph, and the picture of its middle."""
        return self._kept.get("drawn", self._draw)

    def records(self) -> Mapping[str, dict[str, Any]]:
        """Every claim's record by its IRI, read when it is asked for."""
        return self._kept.get("records", self.browser.held)

    def conflicting(self) -> Mapping[str, int]:
        """In how many conflicts each source stands."""
        return self._kept.get("conflicting", self.workspace.clashes().sources)

    def assessments(self) -> Sequence[Assessment]:
        """Every assessment."""
        return self._kept.get("assessments", self.assess)

    def assess(self, variant: str | None = None, disease: str | None = None) -> Sequence[Assessment]:
        """Assessments, as the workspace makes them; none if the profile has no rule for it."""
        rules = self.workspace.profile.vocabulary.members(STEMMA + "ScoreRule")
        return self.workspace.assess(variant, disease) if rules else ()

    def trials(self) -> Trials:
        """Every trial that a proposed or accepted claim tells of."""
        return self._kept.get("trials", self._fold)

    def _fold(self) -> Trials:
        records = self.browser.records({"status": STANDING})
        return Trials.of(records, self.workspace.profile.vocabulary, self.workspace.profile.prefixes)

    def _draw(self) -> Drawn:
        graph = self.workspace.graph("entities")
        return Drawn(graph, overview(graph, self.href))

    @cached_property
    def _words(self) -> Mapping[tuple[str, str], Term]:
        vocabulary, shapes = self.workspace.profile.vocabulary, self.workspace.profile.shapes
        lists = {
            f.key[-1]: str(f.cls)
            for shape in (*shapes.values(), *(f.part for s in shapes.values() for f in s.fields if f.part))
            for f in shape.fields
            if f.kind is Kind.TOKEN
        }
        lists |= {"verification": STEMMA + "Verification", "conflict": STEMMA + "ConflictKind"}
        return {(n, str(t.notation)): t for n, cls in lists.items() for t in vocabulary.members(cls)}


def url(path: str, **parameters: Any) -> str:
    """An address with parameters; a list stands several times, ``None`` not at all."""
    told = {k: v for k, v in parameters.items() if v not in (None, "", [])}
    return f"{path}?{urlencode(told, doseq=True)}" if told else path


def count(number: int, one: str, many: str | None = None) -> str:
    """A number with its noun.

    >>> count(1200, "claim"), count(1, "entity", "entities")
    ('1,200 claims', '1 entity')
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"
