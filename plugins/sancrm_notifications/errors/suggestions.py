"""Finds what was meant by a misspelt name."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def meant(written: str, known: Iterable[str]) -> str:
    """Return «: did you mean sslmode?» where a known name is close to what was written, else nothing."""
    by_lower = {name.lower(): name for name in known}
    close = get_close_matches(written.strip().lower().replace("-", "_"), by_lower, n=1)
    return f": did you mean {by_lower[close[0]]}?" if close else ""
