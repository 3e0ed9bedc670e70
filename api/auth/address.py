"""Addresses that only this machine reaches."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, seen from itself.

    >>> is_loopback("127.0.0.1"), is_loopback("::1"), is_loopback("localhost"), is_loopback("0.0.0.0")
    (True, True, True, False)
    """
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_safe(url: str) -> bool:
    """Whether what is fetched from an address comes from whom it names: https, or this machine.

    >>> is_safe("https://orcid.org"), is_safe("http://127.0.0.1:9/keys"), is_safe("http://example.org")
    (True, True, False)
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    plain = parts.username is None and not parts.fragment
    return bool(host) and plain and (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(str(host))))
