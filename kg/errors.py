"""Everything that can go wrong, in one tree.

::

    KgError
    + DataError            the data is at fault (exit 1, HTTP 4xx)
    | + DocumentError      a file that is no readable text
    | + Refused            the gate refused a change; carries the report
    | + VersionConflict    the record changed since the base version was read
    | + NotFound           no such record
    | + ProfileError       a profile's ontology or shapes do not hold together
    + UsageError           the call is at fault (exit 2, HTTP 400)
    | + PreconditionMissing  a change that does not say which version it was made on (HTTP 428)
    | + QueryError         a query that is not SPARQL, or that is not allowed here
    | + NotAcceptable      an answer of a kind for which no format was asked (HTTP 406)
    | + Unauthorized       no key, or one that does not hold (HTTP 401)
    | + Forbidden          a key that may not do this (HTTP 403)
    + QueryEnded           a query that reached its deadline or a cap (exit 1, HTTP 503 or 504)
    + Overloaded           too many ask at once (exit 1, HTTP 503 with Retry-After)
    + WorkspaceError       the workspace cannot be opened or written (exit 1, HTTP 503)
      + WorkspaceBusy      another process owns it
      + WorkspaceFull      the disk is full; reading goes on (HTTP 507)
      + Damaged            its files do not agree with each other
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kg.report import Report


class KgError(Exception):
    """What went wrong, where, and what to do about it.

    :param message: one sentence saying what is wrong.
    :param where: file, line, JSON Pointer or IRI that it is about; empty if the whole call.
    :param hint: what to do; empty if the message says it.
    """

    code = "error"

    def __init__(self, message: str, *, where: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        advice = f". {self.hint}" if self.hint else ""
        return f"{place}{self.message}{advice}"


class DataError(KgError):
    """The data is at fault."""

    code = "data"


class DocumentError(DataError):
    """A file that is empty, binary, too long or not UTF-8."""

    code = "document"


class Refused(DataError):
    """The gate refused a change; nothing was written.

    :param report: every finding, with the record and the rule it is about.
    """

    code = "refused"

    def __init__(self, report: Report) -> None:
        findings = len(report.violations)
        super().__init__(f"refused: {findings} finding{'s' if findings != 1 else ''}; nothing was written")
        self.report = report


class VersionConflict(DataError):
    """The record changed since the base version was read."""

    code = "version-conflict"


class NotFound(DataError):
    """No such record."""

    code = "not-found"


class ProfileError(DataError):
    """A profile's ontology or shapes do not hold together."""

    code = "profile"


class UsageError(KgError):
    """The call is at fault."""

    code = "usage"


class NotAcceptable(UsageError):
    """An answer of a kind for which no format was asked."""

    code = "not-acceptable"


class PreconditionMissing(UsageError):
    """A change that does not say which version it was made on."""

    code = "precondition-required"


class QueryError(UsageError):
    """A query that is not SPARQL, or that is not allowed here."""

    code = "query"


class Unauthorized(UsageError):
    """There is no key or token, or it does not hold.

    :param given: whether there was one.
    """

    code = "unauthorized"

    def __init__(self, message: str, *, given: bool = False, where: str = "", hint: str = "") -> None:
        super().__init__(message, where=where, hint=hint)
        self.given = given


class Forbidden(UsageError):
    """Who calls is known, and may not do this.

    :param reason: ``role``, ``scope``, ``person``, ``name`` or ``origin``: what speaks against it.
    """

    code = "forbidden"

    def __init__(self, message: str, *, reason: str, where: str = "", hint: str = "") -> None:
        super().__init__(message, where=where, hint=hint)
        self.reason = reason


class QueryEnded(KgError):
    """A query that was ended before it had its answer; nothing of it was given out.

    :param reason: ``deadline``, ``memory``, ``rows``, ``bytes``, or ``crash`` for what the engine
        did not survive.
    """

    code = "query-ended"

    def __init__(self, message: str, *, reason: str, where: str = "", hint: str = "") -> None:
        super().__init__(message, where=where, hint=hint)
        self.reason = reason


class Overloaded(KgError):
    """Too many ask at once; the same call may go through later.

    :param retry_after: seconds to wait.
    """

    code = "overloaded"

    def __init__(self, message: str, *, retry_after: int = 1, where: str = "", hint: str = "") -> None:
        super().__init__(message, where=where, hint=hint)
        self.retry_after = retry_after


class WorkspaceError(KgError):
    """The workspace cannot be opened or written."""

    code = "workspace"


class WorkspaceBusy(WorkspaceError):
    """Another process owns the workspace."""

    code = "workspace-busy"


class WorkspaceFull(WorkspaceError):
    """The disk is full: nothing was changed, reading goes on, and writing comes back with space."""

    code = "workspace-full"


class Damaged(WorkspaceError):
    """The workspace's files do not agree with each other."""

    code = "damaged"
