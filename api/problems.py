"""Every error of every route as one body: a problem detail (RFC 9457)."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from api.endpoint import allowed
from kg import errors
from kg.errors import KgError, Refused, UsageError

PROBLEMS = "https://w3id.org/stemma/problem/"
"""Namespace of the problem types; the last part is the error's code."""

MEDIA_TYPE = "application/problem+json"


class UnknownMediaType(UsageError):
    """The body is of a media type that is not read here."""

    code = "media-type"


class TooLarge(UsageError):
    """The body is longer than is read."""

    code = "too-large"


class TooMany(UsageError):
    """One caller asks too often, or for too much.

    :param retry_after: seconds to wait.
    :param headers: what else the answer carries.
    """

    code = "too-many"

    def __init__(self, message: str, *, retry_after: int, headers: Mapping[str, str], hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.retry_after, self.headers = retry_after, headers


class Unreadable(UsageError):
    """The body is not what its media type says, or more than is read."""

    code = "document"


class Unmet(UsageError):
    """What is there is not what ``If-Match`` or ``If-None-Match`` expects."""

    code = "precondition"


STATUS: Mapping[type[KgError], int] = {
    errors.DocumentError: 422,
    errors.Refused: 422,
    errors.VersionConflict: 409,
    errors.NotFound: 404,
    errors.ProfileError: 500,
    errors.DataError: 422,
    errors.NotAcceptable: 406,
    UnknownMediaType: 415,
    TooLarge: 413,
    Unmet: 412,
    TooMany: 429,
    errors.Unauthorized: 401,
    errors.Forbidden: 403,
    errors.QueryError: 400,
    errors.PreconditionMissing: 428,
    errors.UsageError: 400,
    errors.QueryEnded: 503,
    errors.Overloaded: 503,
    errors.WorkspaceFull: 507,
    errors.WorkspaceBusy: 503,
    errors.WorkspaceError: 503,
    errors.KgError: 500,
}
"""The HTTP status of each error; a class that is not in it takes its parent's."""

_AGAIN = 5
"""When to come again after an error that passes, in seconds, if the error does not tell."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What went wrong, where, and what to do, as HTTP tells it."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: str
    where: str = ""
    hint: str = ""
    findings: tuple[Mapping[str, str], ...] = ()
    versions: Mapping[str, Any] | None = None
    """Of a conflict: the record as it is now, and as it was sent."""

    @staticmethod
    def of(request: Request, status: int, code: str, detail: str, **more: Any) -> Problem:
        """The problem of one request."""
        return Problem(PROBLEMS + code, HTTPStatus(status).phrase, status, detail, request.url.path, code, **more)


def status_of(error: KgError) -> int:
    """The HTTP status of an error."""
    if isinstance(error, errors.QueryEnded) and error.reason == "deadline":
        return 504
    return next(STATUS[c] for c in type(error).__mro__ if c in STATUS)


def install(app: FastAPI) -> None:
    """Make every error of an application a problem."""
    app.add_exception_handler(KgError, answer_error)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(Exception, _unforeseen)


def answer_error(request: Request, error: Exception) -> Response:
    """An error of ours as a problem; of one that passes, when to come again."""
    assert isinstance(error, KgError)
    request.state.problem = error  # for the log and the counters
    status = status_of(error)
    if status >= 500:
        logging.getLogger(__name__).error("%s %s: %s", request.method, request.url.path, error)
    found = error.report.findings if isinstance(error, Refused) else ()
    told: Sequence[Mapping[str, str]] = [f.as_dict() for f in found]
    more: dict[str, Any] = {"where": error.where, "hint": error.hint, "findings": tuple(told)}
    if isinstance(error, errors.VersionConflict):
        more["versions"] = _versions(request, error)
    headers = dict(getattr(error, "headers", {}))
    if status in (429, 503, 504, 507):
        headers["Retry-After"] = str(getattr(error, "retry_after", _AGAIN))
    if status == 401:
        headers["WWW-Authenticate"] = challenge(given=getattr(error, "given", False))
    return _answer(request, Problem.of(request, status, error.code, error.message, **more), headers)


def _versions(request: Request, error: errors.VersionConflict) -> Mapping[str, Any] | None:
    """Both versions of a claim that two people edited."""
    sent = getattr(request.state, "sent", None)
    if sent is None:
        return None
    return {"current": request.app.state.workspace.claim(error.where), "sent": sent}


def challenge(*, given: bool) -> str:
    """How to ask for a key (RFC 6750, section 3).

    :param given: whether there was one, which did not hold.
    """
    return 'Bearer realm="stemma"' + (', error="invalid_token"' if given else "")


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    headers = dict(error.headers or {})
    if error.status_code == 405:
        headers["Allow"] = allowed(request.app.routes, request.scope["path"])
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=headers)
    codes = {404: "not-found", 405: "method", 413: TooLarge.code}
    details = {404: "there is nothing at this address", 405: f"{request.method} is not done here"}
    hints = {404: "The routes are listed at /openapi.json.", 405: f"Done here: {headers.get('Allow', '')}."}
    status = error.status_code
    problem = Problem.of(
        request,
        status,
        codes.get(status, "http"),
        details.get(status, str(error.detail)),
        where=request.url.path,
        hint=hints.get(status, ""),
    )
    return _answer(request, problem, headers)


def _validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    found = tuple(
        {
            "code": str(e["type"]),
            "severity": "violation",
            "message": str(e["msg"]),
            "pointer": "/" + "/".join(str(step) for step in e["loc"]),
            "value": repr(e.get("input"))[:120],
        }
        for e in error.errors()
    )
    where = found[0]["pointer"] if found else ""
    detail = "the call does not hold what it must: " + "; ".join(f["message"] for f in found)
    return _answer(request, Problem.of(request, 422, "validation", detail, where=where, findings=found))


def _unforeseen(request: Request, error: Exception) -> Response:
    detail = "something went wrong here that is not your fault; the server's log tells more"
    return _answer(request, Problem.of(request, 500, "internal", detail, hint="Try again, or report it."))


def _answer(request: Request, problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
    """The problem as JSON; as a page where a reader's browser asked for a page."""
    if getattr(request.state, "page", False):
        page: Response = request.app.state.site.problem(problem)
    else:
        told = {name: value for name, value in asdict(problem).items() if value is not None}
        page = JSONResponse(told, problem.status, media_type=MEDIA_TYPE)
    page.headers.update(headers or {})
    if id := getattr(request.state, "request_id", None):
        page.headers["X-Request-ID"] = id
    return page
