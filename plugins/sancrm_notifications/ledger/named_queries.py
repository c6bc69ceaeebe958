"""Loads the statements of the `.sql` files beside it by name, so that SQL is read and linted as SQL."""

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
    queries: dict[str, bytes] = {}
    for file in sorted(Path(__file__).parent.glob("*.sql")):
        pieces = _NAME.split(file.read_bytes())
        queries |= {name.decode(): text for name, text in zip(pieces[1::2], pieces[2::2], strict=True)}
    return queries
