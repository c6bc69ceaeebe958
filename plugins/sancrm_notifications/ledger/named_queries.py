"""Loads ``queries.sql``: statements by name, so that SQL is read and linted as SQL."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

_NAME = re.compile(rb"^-- name: (\w+)$", re.MULTILINE)


@cache
def query(name: str) -> bytes:
    """Return the statement of that name.

    :raises KeyError: no statement has this name
    """
    return _queries()[name]


@cache
def _queries() -> dict[str, bytes]:
    pieces = _NAME.split((Path(__file__).parent / "queries.sql").read_bytes())
    return {name.decode(): text for name, text in zip(pieces[1::2], pieces[2::2], strict=True)}
