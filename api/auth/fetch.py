"""The one function of the service that asks another server for something."""

from __future__ import annotations

import time
import urllib.request
from email.message import Message
from typing import IO
from urllib.request import HTTPHandler, HTTPRedirectHandler, HTTPSHandler, OpenerDirector, ProxyHandler

from api.auth.address import is_safe

_SECONDS = 5.0
"""How long one request may take."""
_MOST = 256 << 10
"""Longest answer that is read, in bytes."""


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> None:
        raise OSError(f"it sends us on to {newurl}")


def fetch(url: str) -> bytes:
    """What stands at an address that the settings name; no other is gone to from there.

    :raises OSError: if it is no safe address, does not answer in time, or answers with too much.
    """
    if not is_safe(url):
        raise OSError(f"{url} is no https address, nor one of this machine")
    opener = OpenerDirector()
    for handler in (ProxyHandler(), HTTPHandler(), HTTPSHandler(), _NoRedirect(), urllib.request.HTTPErrorProcessor()):
        opener.add_handler(handler)
    opener.add_handler(urllib.request.HTTPDefaultErrorHandler())
    until = time.monotonic() + _SECONDS
    request = urllib.request.Request(url, headers={"Accept": "application/json"})
    with opener.open(request, timeout=_SECONDS) as answer:
        data = b""
        while piece := answer.read1(16 << 10):
            data += piece
            if len(data) > _MOST:
                raise OSError(f"{url} answers with more than {_MOST} bytes")
            if time.monotonic() > until:
                raise OSError(f"{url} did not answer in {_SECONDS:g} s")
        return data
