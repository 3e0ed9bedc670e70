"""Logs: one JSON object a line on stderr, and an id that joins a request to its lines."""

from __future__ import annotations

import logging
import re
import time
import uuid
from typing import TextIO, cast

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bound_contextvars, merge_contextvars
from structlog.processors import JSONRenderer, TimeStamper, dict_tracebacks
from structlog.stdlib import BoundLogger, ProcessorFormatter, add_log_level, add_logger_name
from structlog.typing import Processor

from api.metrics import Meters

REQUEST_ID = "X-Request-ID"
_GIVEN = re.compile(r"[A-Za-z0-9._~+/=-]{1,128}")
_LOGGER = "stemma.request"


def log_to(stream: TextIO, level: str) -> logging.Handler:
    """Write every log of this process to a stream, also those of libraries.

    :param level: the least that is written: ``debug``, ``info``, ``warning`` or ``error``.
    :returns: what writes; taking it from the root logger ends it.
    """
    before: list[Processor] = [merge_contextvars, add_log_level, add_logger_name, TimeStamper(fmt="iso", utc=True)]
    after: list[Processor] = [ProcessorFormatter.remove_processors_meta, dict_tracebacks, JSONRenderer()]
    handler = logging.StreamHandler(stream)
    handler.setFormatter(ProcessorFormatter(foreign_pre_chain=before, processors=after))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(level.upper())
    for loud in ("uvicorn", "uvicorn.error", "asyncio"):
        logging.getLogger(loud).setLevel(max(logging.WARNING, root.level))
    return handler


class Watch:
    """Gives every request its id, counts it, and writes a line of it when it has been answered.

    The id is the client's own ``X-Request-ID`` if it is short and plain. What is asked for is not
    logged beyond the path: queries and keys stay out.

    :param meters: what counts.
    """

    def __init__(self, app: ASGIApp, meters: Meters) -> None:
        self._app, self._meters = app, meters
        processors: list[Processor] = [merge_contextvars, add_log_level, add_logger_name]
        processors += [TimeStamper(fmt="iso", utc=True), ProcessorFormatter.wrap_for_formatter]
        logger = structlog.wrap_logger(
            logging.getLogger(_LOGGER), processors, BoundLogger, cache_logger_on_first_use=True
        )
        self._log = cast(BoundLogger, logger)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and watch its answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        given = Headers(scope=scope).get(REQUEST_ID, "")
        id = state["request_id"] = given if _GIVEN.fullmatch(given) else uuid.uuid4().hex
        begun, status, size = time.perf_counter(), 0, 0

        async def watched(message: Message) -> None:
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[REQUEST_ID] = id
            elif message["type"] == "http.response.body":
                size += len(message.get("body", b""))
            await send(message)

        with bound_contextvars(request=id), self._meters.one_more():
            try:
                await self._app(scope, receive, watched)
            finally:
                seconds = time.perf_counter() - begun
                self._meters.answered(scope, status or 500, seconds)
                self._write(scope, status or 500, seconds, size)

    def _write(self, scope: Scope, status: int, seconds: float, size: int) -> None:
        state = scope["state"]
        caller = state.get("caller")
        problem = state.get("problem")
        self._log.info(
            "answered",
            method=scope["method"],
            path=scope["path"],
            route=state.get("route") or None,
            status=status,
            ms=round(seconds * 1000, 1),
            bytes=size,
            caller=caller.name if caller else None,
            agent=caller.agent if caller else None,
            code=getattr(problem, "code", None),
        )
