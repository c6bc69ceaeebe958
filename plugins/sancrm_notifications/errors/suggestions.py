"""Finds what was meant by a misspelt name."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def meant(written: str, known: Iterable[str]) -> str:
    """Return «: did you mean sslmode?» where a known name is close to what was written, else nothing."""
    near = nearest(written, known)
    return "" if near is None else f": did you mean {near}?"


def nearest(written: str, known: Iterable[str]) -> str | None:
    """Return the known name that is closest to what was written, or None where none is close."""
    by_lower = {name.lower(): name for name in known}
    close = get_close_matches(written.strip().lower().replace("-", "_"), by_lower, n=1)
    return by_lower[close[0]] if close else None
