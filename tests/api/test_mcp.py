"""A real client of the Model Context Protocol against `stemma mcp`: a process on a workspace, and one on a service."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.shared.exceptions import MCPError

import kg
from api.mcp.doors import Elsewhere
from api.mcp.telling import named, review, shortened
from kg.errors import UsageError, WorkspaceError

STEMMA = [sys.executable, "-c", "from kg.cli.main import main; main()"]
CLAIM = "https://w3id.org/stemma/claim/"
TEXT_OF_THE_COURIER = ("could ease the slide of ALS", "they do no such thing", "Forty-one islanders")
NEEDED = {"id", "polarity", "certainty", "verification", "review", "source", "paraphrase", "statement"}
TOOLS = {
    "search_claims",
    "read_claim",
    "conflicts",
    "lineage",
    "assess_therapy",
    "look_up",
    "find_trials",
    "sparql_select",
    "describe_vocabulary",
}
CALLS: list[tuple[str, dict[str, Any]]] = [
    ("search_claims", {"text": "marrow"}),
    ("search_claims", {"filters": {"polarity": ["negated"], "disease": "ALS"}}),
    ("read_claim", {"claim": "c1-hope"}),
    ("conflicts", {"claim": CLAIM + "c1-hope"}),
    ("lineage", {"claim": "c1-hope"}),
    ("assess_therapy", {"variant": "CL:0000134", "disease": "ALS"}),
    ("look_up", {"text": "CL:0000134"}),
    ("look_up", {"text": "MSC"}),
    ("find_trials", {"filters": {"disease": "ALS"}}),
    ("sparql_select", {"query": "SELECT ?claim ?says { ?claim stemma:paraphrase ?says }"}),
    ("describe_vocabulary", {}),
    ("describe_vocabulary", {"kind": "Relation"}),
]


@asynccontextmanager
async def session(*arguments: str) -> AsyncIterator[ClientSession]:
    environment = {k: v for k, v in os.environ.items() if k.startswith(("PYTHON", "PATH", "HOME", "TMP"))}
    server = StdioServerParameters(command=STEMMA[0], args=[*STEMMA[1:], *arguments], env=environment)
    with open(os.devnull, "w") as quiet:
        async with stdio_client(server, errlog=quiet) as (read, write), ClientSession(read, write) as client:
            await client.initialize()
            yield client


async def told(client: ClientSession, tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
    answer = await client.call_tool(tool, arguments)
    assert not answer.is_error, answer.content  # type: ignore[union-attr]
    found = answer.structured_content  # type: ignore[union-attr]
    assert isinstance(found, dict)
    assert json.loads(answer.content[0].text) == found, "both kinds of client are told the same"  # type: ignore[union-attr]
    return found


async def answers(client: ClientSession) -> list[dict[str, Any]]:
    return [await told(client, tool, arguments) for tool, arguments in CALLS]


def run(use: Callable[[ClientSession], Awaitable[Any]], *arguments: str) -> Any:
    async def used() -> Any:
        async with session(*arguments) as client:
            return await use(client)

    return asyncio.run(used())


@pytest.fixture(scope="module")
def served(workspace: kg.Workspace, http: httpx.Client) -> list[dict[str, Any]]:
    """What every tool answers, asked of a running service."""
    found: list[dict[str, Any]] = run(answers, "mcp", "--url", str(http.base_url))
    return found


def test_a_client_finds_tools_resources_and_what_to_know_first(own: kg.Workspace, served: list[dict[str, Any]]) -> None:
    """The workspace is opened by the process itself, which answers as the service does."""
    path = own.path
    own.close()

    async def use(client: ClientSession) -> None:
        listed = (await client.list_tools()).tools
        assert {t.name for t in listed} == TOOLS
        for tool in listed:
            assert tool.description
            assert tool.annotations
            assert tool.annotations.read_only_hint
            assert not tool.annotations.destructive_hint
        result = client.initialize_result
        assert result is not None
        assert result.server_info.name == "stemma"
        for words in ("never a fact", "is software", "not held", "negated", "roots"):
            assert words in (result.instructions or "").replace("\n", " "), words
        assert await answers(client) == served
        await what_is_wrong(client)
        await what_is_left_out(client)
        templates = (await client.list_resource_templates()).resource_templates
        assert "stemma://claim/{id}" in {t.uri_template for t in templates}
        claim = await client.read_resource("stemma://claim/c2-denial")
        record = json.loads(claim.contents[0].text)  # type: ignore[union-attr]
        assert (record["polarity"], claim.contents[0].mime_type) == ("negated", "application/json")  # type: ignore[union-attr]
        for uri in (
            "stemma://vocabulary",
            "stemma://queries",
            "stemma://entity/CL:0000134",
            "stemma://lineage/c1-hope",
        ):
            assert json.loads((await client.read_resource(uri)).contents[0].text)  # type: ignore[union-attr]
        with pytest.raises(MCPError, match="no such claim"):
            await client.read_resource("stemma://claim/nobody")

    run(use, "--workspace", str(path), "mcp")


def test_every_claim_is_told_with_who_says_it_and_how_surely(served: list[dict[str, Any]]) -> None:
    told_of = 0
    for (tool, _), answer in zip(CALLS, served, strict=True):
        marks = [answer] if tool == "read_claim" else answer.get("claims", [])
        for claim in marks:
            if not isinstance(claim, dict) or "paraphrase" not in claim:
                continue
            told_of += 1
            assert set(claim) >= NEEDED, (tool, claim)
            assert claim["source"]["id"]
            by = claim["review"].get("by", ["nobody"])
            if claim["review"]["status"] == "accepted" and all("/agent/" in a for a in by):
                assert "software only" in claim["review"]["note"]
        beside = {c["id"] for c in marks if isinstance(c, dict)}
        assert tool in ("search_claims", "read_claim", "look_up") or set(named(answer)) <= beside | {answer.get("of")}
        assert not any(words in json.dumps(answer, ensure_ascii=False) for words in TEXT_OF_THE_COURIER)
    assert told_of > 20


def test_what_the_tools_answer(served: list[dict[str, Any]]) -> None:
    text, filtered, read, clashes, line, assessed, term, terms, trials, rows, vocabulary, relations = served
    assert [c["id"] for c in text["claims"]] == [CLAIM + "c1-hope", CLAIM + "c2-denial"]
    assert read["id"] == CLAIM + "c1-hope"
    assert text["claims"][0]["source"]["interests"] == ['sells the cells by post "<b>cheap</b>"']
    assert {c["polarity"] for c in filtered["claims"]} == {"negated"}
    assert read["certainty"] == "hedged"
    assert read["qualifiers"] == {"cellSource": "bone marrow (UBERON:0002371)"}
    assert read["statement"].startswith("mesenchymal stem cell (CL:0000134) slows (stemma:slows)")
    assert read["anchor"]["start"] < read["anchor"]["end"]
    (clash,) = [c for c in clashes["conflicts"] if CLAIM + "c2-denial" in (c["a"], c["b"])]
    assert clash["kind"] in ("contradiction", "tension")
    assert clash["explain"]
    assert [r["id"] for r in line["roots"]] == ["https://clinicaltrials.gov/study/NCT03280056"]
    assert {cell["letter"] for item in assessed["assessments"] for cell in item["table"].values()} <= set("ABCDEFU")
    assert term["curie"] == "CL:0000134"
    assert terms["entities"][0]["curie"] == "CL:0000134"
    assert trials["trials"][0]["number"] == "NCT03280056"
    assert rows["total"] == len(rows["rows"]) == 7, "the rejected one is withheld"
    assert {"disease", "polarity"} <= {f["name"] for f in vocabulary["filtersOfClaims"]}
    assert {"asserted", "hedged", "speculative", "verified"} <= {w["word"] for w in vocabulary["words"]}
    assert "stemma:slows" in {t["curie"] for t in relations["terms"]}


WRONG: list[tuple[str, dict[str, Any]]] = [
    ("read_claim", {"claim": "nobody"}),
    ("search_claims", {"filters": {"colour": "red"}}),
    ("search_claims", {"limit": 5000}),
    ("sparql_select", {"query": "SELEKT"}),
    ("sparql_select", {"query": "CONSTRUCT WHERE { ?s ?p ?o }"}),
    ("describe_vocabulary", {"kind": "Nothing"}),
    ("read_claim", {}),
]


async def what_is_wrong(client: ClientSession) -> None:
    said = []
    for tool, arguments in WRONG:
        answer = await client.call_tool(tool, arguments)
        assert answer.is_error, (tool, arguments)  # type: ignore[union-attr]
        said.append(answer.content[0].text)  # type: ignore[union-attr]
    for words in ("no such claim", "no such filter", "from 1 to 50", "column", "SELECT", "Relation", "claim"):
        assert words in "\n".join(said), words
    assert "Traceback" not in "\n".join(said)


async def what_is_left_out(client: ClientSession) -> None:
    cut = await told(client, "sparql_select", {"query": "SELECT * { ?s ?p ?o }", "limit": 3})
    assert (len(cut["rows"]), cut["total"] > 3, "left out" in cut["note"]) == (3, True, True)
    asked = await told(client, "sparql_select", {"query": "ASK { ?s a stemma:Claim }"})
    assert asked["answer"] is True
    first = await told(client, "search_claims", {"limit": 2})
    second = await told(client, "search_claims", {"limit": 2, "cursor": first["next"]})
    assert not {c["id"] for c in first["claims"]} & {c["id"] for c in second["claims"]}
    assert first["total"] == 7
    everything = await told(client, "search_claims", {"filters": {"status": ["rejected"]}})
    assert "do not use it" in everything["claims"][0]["review"]["note"]


def test_a_wrong_address_and_a_service_that_does_not_answer_are_told() -> None:
    with pytest.raises(UsageError, match="no address of a service"):
        Elsewhere("ftp://x")
    with pytest.raises(WorkspaceError, match="does not answer"):
        asyncio.run(Elsewhere("http://127.0.0.1:9").get("/api/v1/claims"))


def test_a_workspace_that_is_served_says_how_to_ask_it(own: kg.Workspace) -> None:
    done = subprocess.run(
        [*STEMMA, "--workspace", str(own.path), "mcp"],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 1
    assert "--url" in done.stderr
    assert done.stdout == ""


def test_without_the_extra_it_says_what_to_install(tmp_path: Path) -> None:
    script = "import sys; sys.modules['mcp'] = None; from kg.cli.main import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", script, "mcp", "--url", "http://127.0.0.1:9"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 2
    assert "stemma-kg[mcp]" in done.stderr


def test_review_and_lists_are_told_as_they_are() -> None:
    person = {"review": {"status": "accepted", "by": ["https://orcid.org/0000-0002-1825-0097"]}}
    assert "note" not in review(person)
    assert "nobody" in review({"review": {"status": "proposed"}})["note"]
    assert shortened({"a": [1, 2, 3]}, 2) == {"a": [1, 2], "aLeftOut": 1}
    assert list(named({"x": [CLAIM + "a", "see " + CLAIM + "b"]})) == [CLAIM + "a"]
