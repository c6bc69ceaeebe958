"""Query rows as they travel between tasks: dicts of JSON's own types, never a float for money."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence


class Cursor(Protocol):
    """What is used of a DB-API cursor after its query ran."""

    @property
    def description(self) -> Sequence[Any] | None:
        """One sequence for each column, its name first."""

    def fetchall(self) -> list[tuple[Any, ...]]:
        """Return all rows."""


def json_rows(cursor: Cursor) -> list[Any]:
    """Return all rows, each a dict by column name; instants and days become ISO strings."""
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, map(_json_value, row), strict=True)) for row in cursor.fetchall()]


def instant(written: str | None) -> datetime | None:
    """Return the instant that such a row holds; None stays None."""
    return None if written is None else datetime.fromisoformat(written)


def _json_value(value: object) -> object:
    return value.isoformat() if isinstance(value, date | datetime) else value
