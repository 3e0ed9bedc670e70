"""Who may do what: roles, keys, and the statements of interests that reviewers make."""

from __future__ import annotations
