"""The server that speaks the Model Context Protocol: tools, resources, and what a model must know first.

Needs the extra ``mcp``.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, ParamSpec

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ResourceError, ResourceNotFoundError, ToolError
from mcp.types import ToolAnnotations
from pydantic import Field

from api.mcp.reader import Reader
from api.mcp.telling import Json
from kg.errors import KgError, NotFound
from kg.version import __version__

P = ParamSpec("P")
Filters = dict[str, str | list[str]]

INSTRUCTIONS = Path(__file__).parent / "instructions.md"
"""What a model is told before it asks anything."""

_READS = ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False)

Claim = Annotated[str, Field(description="IRI of a claim, or the last part of it.")]
Limit = Annotated[int, Field(description="How many at most.", ge=1)]
Cursor = Annotated[str | None, Field(description="`next` of the answer before, for the following page.")]


def build(reader: Reader) -> MCPServer[None]:
    """A server over a reader; it is run by the caller."""
    server: MCPServer[None] = MCPServer(
        "stemma",
        title="Stemma",
        version=__version__,
        instructions=INSTRUCTIONS.read_text("utf-8"),
        log_level="WARNING",
    )
    _claim_tools(server, reader)
    _wider_tools(server, reader)
    _resources(server, reader)
    return server


def _told(ask: Callable[P, Awaitable[Json]]) -> Callable[P, Awaitable[Json]]:
    """A tool whose refusals reach the model in words."""

    @wraps(ask)
    async def asked(*args: P.args, **kwargs: P.kwargs) -> Json:
        try:
            return await ask(*args, **kwargs)
        except KgError as e:
            raise ToolError(str(e)) from None

    return asked


def _claim_tools(server: MCPServer[None], reader: Reader) -> None:
    @server.tool(title="Search claims", annotations=_READS)
    @_told
    async def search_claims(
        text: Annotated[str, Field(description="Words of the paraphrase, notes, title or terms.")] = "",
        filters: Annotated[
            Filters | None,
            Field(
                description="Filter to one or several values, such as {'disease': 'ALS', 'polarity': 'negated'}; "
                "`describe_vocabulary` lists them. Without `status`, accepted and proposed claims are found."
            ),
        ] = None,
        limit: Limit = 10,
        cursor: Cursor = None,
    ) -> dict[str, Any]:
        """Find what sources say: claims with polarity, certainty, verification, review and source."""
        return await reader.search(text, filters or {}, limit, cursor)

    @server.tool(title="Read a claim", annotations=_READS)
    @_told
    async def read_claim(claim: Claim) -> dict[str, Any]:
        """One claim with its qualifiers, notes, what it rests on, and the place of its words (not the words)."""
        return await reader.claim(claim)

    @server.tool(title="Conflicts of a claim", annotations=_READS)
    @_told
    async def conflicts(claim: Claim, limit: Limit = 20) -> dict[str, Any]:
        """The claims that contradict one or are in tension with it, with the rule that found each pair."""
        return await reader.conflicts(claim, limit)

    @server.tool(title="Lineage of a claim", annotations=_READS)
    @_told
    async def lineage(claim: Claim) -> dict[str, Any]:
        """Where a claim comes from: its roots (trials, studies), the steps to them, and who repeats whom."""
        return await reader.lineage(claim)


def _wider_tools(server: MCPServer[None], reader: Reader) -> None:
    @server.tool(title="Assess a therapy", annotations=_READS)
    @_told
    async def assess_therapy(
        variant: Annotated[str | None, Field(description="A term of the therapy: CURIE, IRI or name.")] = None,
        disease: Annotated[str | None, Field(description="CURIE, IRI or name of a disease.")] = None,
        limit: Limit = 3,
    ) -> dict[str, Any]:
        """What speaks for and against a therapy: letters A to F or U by shown rules, each with its claims and roots."""
        return await reader.assess(variant, disease, limit)

    @server.tool(title="Look up a term", annotations=_READS)
    @_told
    async def look_up(
        text: Annotated[str, Field(description="A CURIE, an IRI, or words of a name or synonym.")], limit: Limit = 10
    ) -> dict[str, Any]:
        """A term with what is broader and narrower and the claims about it; or, for words, the terms so named."""
        return await reader.look_up(text, limit)

    @server.tool(title="Find trials", annotations=_READS)
    @_told
    async def find_trials(
        filters: Annotated[
            Filters | None, Field(description="Such as {'disease': 'ALS', 'route': 'intrathecal', 'phase': 'phase 2'}.")
        ] = None,
        limit: Limit = 5,
        cursor: Cursor = None,
    ) -> dict[str, Any]:
        """Trials that claims tell of, with phase, status, enrolment, cells and route; each value names its claims."""
        return await reader.trials(filters or {}, limit, cursor)

    @server.tool(title="Ask in SPARQL", annotations=_READS)
    @_told
    async def sparql_select(
        query: Annotated[str, Field(description="A SELECT or ASK; the prefixes of the ontology are known.")],
        limit: Limit = 50,
    ) -> dict[str, Any]:
        """Rows of a SPARQL 1.1 query over the claims. Claims that the rows name are told beside them."""
        return await reader.select(query, limit)

    @server.tool(title="Describe the vocabulary", annotations=_READS)
    @_told
    async def describe_vocabulary(
        kind: Annotated[
            str | None, Field(description="A kind of term, such as 'Relation'; leave out for the overview.")
        ] = None,
    ) -> dict[str, Any]:
        """The filters, the words of the closed lists with their meaning, and the prefixes; or all terms of a kind."""
        return await reader.vocabulary(kind)


def _resources(server: MCPServer[None], reader: Reader) -> None:
    async def text(ask: Awaitable[Json]) -> str:
        try:
            return json.dumps(await ask, ensure_ascii=False, indent=1)
        except NotFound as e:
            raise ResourceNotFoundError(str(e)) from None
        except KgError as e:
            raise ResourceError(str(e)) from None

    @server.resource("stemma://claim/{id}", title="A claim", mime_type="application/json")
    async def claim(id: str) -> str:
        """One claim: what a source says, with polarity, certainty, verification, review and source."""
        return await text(reader.claim(id))

    @server.resource("stemma://lineage/{id}", title="The lineage of a claim", mime_type="application/json")
    async def lineage(id: str) -> str:
        """The roots of a claim and the steps to them."""
        return await text(reader.lineage(id))

    @server.resource("stemma://entity/{curie}", title="A term", mime_type="application/json")
    async def entity(curie: str) -> str:
        """A term of the vocabulary and the claims about it."""
        return await text(reader.look_up(curie, 10))

    @server.resource("stemma://vocabulary", title="The vocabulary", mime_type="application/json")
    async def vocabulary() -> str:
        """Filters, words and prefixes."""
        return await text(reader.vocabulary(None))

    @server.resource("stemma://queries", title="Example queries", mime_type="application/json")
    async def queries() -> str:
        """SPARQL queries that run as they are, each with the question that it answers."""
        return await text(reader.examples())
