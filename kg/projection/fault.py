"""What goes wrong below the projection, told in one way."""

from __future__ import annotations

import errno
import os
import sqlite3


class Fault(Exception):
    """The columns cannot be read or written."""


FAULTS = (Fault, sqlite3.DatabaseError, OSError)
"""What it means that the projection's files are not as they should be, or that there is no room for them."""


def is_full(fault: Exception) -> bool:
    """Whether there is no room on the disk."""
    told = str(fault).lower()
    return "disk is full" in told or os.strerror(errno.ENOSPC).lower() in told
