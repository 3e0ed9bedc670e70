"""Writing over REST: propose and edit records, and decide on claims. Every call goes through the gate."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import JSONResponse, Response

from api.auth import PersonDep, needs
from api.deps import WorkspaceDep
from api.once import Once
from api.rest.bodies import JSON, MERGE, merged, one_object, read_body, records
from api.rest.claims import etag
from kg.access.caller import Caller
from kg.access.conduct import own_interests
from kg.errors import Forbidden, PreconditionMissing, UsageError
from kg.store.plan import Receipt

router = APIRouter(prefix="/api/v1", tags=["Writing"])

BodyDep = Annotated[bytes, Depends(read_body)]
DryRun = Annotated[bool, Query(description="Judge only; write nothing.")]
Why = Annotated[str, Query(description="What for; kept in the journal.", max_length=500)]
_RECORDS = {
    "requestBody": {
        "required": True,
        "description": "Claims, sources and snapshots: one record, an array, or one a line.",
        "content": {
            "application/json": {
                "schema": {"anyOf": [{"$ref": "#/components/schemas/Record"}, {"$ref": "#/components/schemas/Records"}]}
            },
            "application/x-ndjson": {"schema": {"type": "string"}},
        },
    },
    "parameters": [
        {
            "name": "Idempotency-Key",
            "in": "header",
            "description": "The same key with the same body is done once, and answered alike.",
            "schema": {"type": "string", "minLength": 1, "maxLength": 255},
        }
    ],
}
_MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": True,
    "description": "The entity tag of the claim that the edit was made on, or its version in quotes.",
    "schema": {"type": "string"},
}
_DONE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "What it did.",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Receipt"}}},
    },
    201: {
        "description": "What it did; there are new records.",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Receipt"}}},
    },
}


@router.post(
    "/claims",
    operation_id="addRecords",
    summary="Add claims, sources and snapshots",
    dependencies=[needs("curator")],
    status_code=200,
    responses=_DONE,
    openapi_extra=_RECORDS,
)
def add(
    request: Request,
    body: BodyDep,
    workspace: WorkspaceDep,
    caller: PersonDep,
    dry_run: DryRun = False,
    keep_review: Annotated[bool, Query(description="Keep the decisions that the records carry; for an admin.")] = False,
    why: Why = "REST",
) -> Response:
    """Add records, all or none; claims land as proposed, by whoever calls.

    A record that is there already with the same content is no change.
    """
    if keep_review and not caller.may("manage"):
        raise Forbidden("only an admin loads history with its decisions", reason="role", where="keep_review")
    given = records(request, body)

    def made() -> tuple[int, dict[str, Any]]:
        agent = None if keep_review else caller.agent
        batch = workspace.read(given)
        if not caller.may("manage"):
            batch.findings.extend(own_interests(batch.nodes, caller.agent))
        receipt = workspace.admit(batch, agent=agent, why=why, dry_run=dry_run, keep_review=keep_review)
        return (201 if receipt.added and not dry_run else 200), receipt_json(receipt, dry_run=dry_run)

    status, told = _once(request, caller, body, made)
    headers = {"Location": told["added"][0]} if status == 201 and len(told["added"]) == 1 else {}
    return JSONResponse(told, status, headers=headers)


def _of_a_claim(media: str, schema: str) -> dict[str, Any]:
    """How a route that edits a claim describes itself: keywords for its decorator.

    :param media: the media type of its body, ``schema``: the name of what it holds.
    """
    content = {media: {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    return {
        "dependencies": [needs("curator")],
        "responses": {200: _DONE[200]},
        "openapi_extra": {"requestBody": {"required": True, "content": content}, "parameters": [_MATCH]},
    }


@dataclass(frozen=True)
class Edit:
    """A call to edit one claim."""

    request: Request
    id: str
    body: BodyDep
    workspace: WorkspaceDep
    caller: PersonDep
    dry_run: DryRun = False
    why: Why = "REST"

    def made(self, record: Mapping[str, Any]) -> Response:
        """The claim becomes this record, if it is still at the version that the call tells."""
        iri = str(self.workspace.claim(self.id)["id"])
        if record.get("id", iri) not in (iri, self.id):
            raise UsageError("the record in the body bears another id", where="/id", hint="Leave it out.")
        sent = {**record, "id": iri, "version": _base(self.request)}
        self.request.state.sent = sent
        receipt = self.workspace.add(sent, agent=self.caller.agent, why=self.why, dry_run=self.dry_run)
        headers = {"ETag": f'"{etag(self.workspace, self.workspace.claim(iri))}"'}
        return JSONResponse(receipt_json(receipt, dry_run=self.dry_run), headers=headers)


EditDep = Annotated[Edit, Depends()]


@router.put(
    "/claims/{id:path}",
    operation_id="replaceClaim",
    summary="Replace a claim",
    **_of_a_claim(JSON, "Claim"),
)
def replace(edit: EditDep) -> Response:
    """Replace a claim by the record in the body, if it is still at the version that `If-Match` tells.

    Otherwise 409, with the claim as it is now and as it was sent.
    """
    return edit.made(one_object(edit.request, edit.body))


@router.patch(
    "/claims/{id:path}",
    operation_id="editClaim",
    summary="Edit a claim",
    **_of_a_claim(MERGE, "ClaimPatch"),
)
def patch(edit: EditDep) -> Response:
    """Edit a claim by a JSON merge patch (RFC 7396), as `PUT` replaces it."""
    changes = one_object(edit.request, edit.body, (MERGE, JSON))
    return edit.made(merged(edit.workspace.claim(edit.id), changes))


@router.post(
    "/review",
    operation_id="review",
    summary="Decide on claims",
    dependencies=[needs("reviewer")],
    responses={200: _DONE[200]},
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {JSON: {"schema": {"$ref": "#/components/schemas/Decision"}}},
        }
    },
)
def review(request: Request, body: BodyDep, workspace: WorkspaceDep, caller: PersonDep) -> Response:
    """Decide on claims that others proposed, on all of them or none."""
    told = one_object(request, body)
    claims: Any = told.get("claims")
    status = told.get("status")
    texts = [told.get(n) for n in ("reason", "comment")]
    whole = isinstance(claims, list) and claims and all(isinstance(c, str) for c in claims)
    if not whole or not isinstance(status, str) or not all(t is None or isinstance(t, str) for t in texts):
        hint = '{"claims": [ids], "status": "accepted", "reason": …, "comment": …}'
        raise UsageError("the body names claims and a status", where="body", hint=f"Send {hint}.")
    unknown = sorted(told.keys() - {"claims", "status", "reason", "comment"})
    if unknown:
        raise UsageError("there is no such member", where=unknown[0])
    receipt = workspace.review(claims, status, by=str(caller.agent), reason=texts[0], comment=texts[1])
    return JSONResponse(receipt_json(receipt))


def receipt_json(receipt: Receipt, *, dry_run: bool = False) -> dict[str, Any]:
    """What a commit did, for JSON."""
    return {
        "commit": receipt.number,
        "dryRun": dry_run,
        "added": list(receipt.added),
        "changed": list(receipt.changed),
        "same": list(receipt.same),
        "findings": [f.as_dict() for f in receipt.report.findings],
    }


def _base(request: Request) -> int:
    """The version that ``If-Match`` tells: the first part of a claim's entity tag."""
    told = request.headers.get("if-match")
    if told is None:
        hint = "Send If-Match with the entity tag that the claim was read with."
        raise PreconditionMissing("an edit says which version it was made on", where="If-Match", hint=hint)
    version = told.strip().removeprefix("W/").strip('"').partition("-")[0]
    if not version.isdecimal() or len(version) > 9:
        raise UsageError("this is no entity tag of a claim", where="If-Match", hint='Such as "3".')
    return int(version)


def _once(
    request: Request, caller: Caller, body: bytes, make: Callable[[], tuple[int, dict[str, Any]]]
) -> tuple[int, dict[str, Any]]:
    key = request.headers.get("idempotency-key")
    if key is None:
        return make()
    once: Once = request.app.state.once
    call = f"{caller.name} {request.url.path}?{request.url.query}"
    if (known := once.begin(call, key, body)) is not None:
        return known
    answer = None
    try:
        answer = make()
        return answer
    finally:
        once.end(call, key, body, answer)
