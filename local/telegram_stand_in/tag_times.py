"""The formats of ``<tg-time unix="…" format="…">``."""

from __future__ import annotations

import re
from typing import Any

MOST_SECONDS = 2**31 - 1
# "r" is relative; else an optional week day, then date and time, each short or long.
FORMAT = re.compile(r"r|w?[dD]?[tT]?")


class TimeFormatError(Exception):
    """The format is not one of Telegram's; the text is its reason."""


def time_entity(unix: str, date_format: str) -> dict[str, Any] | None:
    """Return the fields of a ``date_time`` entity; None when the tag names no moment."""
    if not FORMAT.fullmatch(date_format):
        raise TimeFormatError("Invalid date format used")
    if not re.fullmatch(r"[0-9]{1,10}", unix) or not 0 < int(unix) <= MOST_SECONDS:
        return None
    return {"unix_time": int(unix)} | ({"date_time_format": date_format} if date_format else {})
