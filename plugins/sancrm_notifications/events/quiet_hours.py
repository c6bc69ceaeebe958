"""When clients are left in peace, by the clock of their branch: pure.

Source: docs/events.md, Quiet hours.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From when to when nobody is written to; the same time twice: never."""

    begin: time = time(22)
    end: time = time(9)

    def delay(self, local: datetime) -> timedelta | None:
        """Return how long it is quiet from an aware, local instant on; None: it is not quiet."""
        if not self._is_quiet(local.time()):
            return None
        return _next(local, self.end)

    def left(self, local: datetime) -> timedelta:
        """Return how long it is until it is quiet; a day where it never is."""
        if self.begin == self.end:
            return timedelta(days=1)
        return _next(local, self.begin)

    def _is_quiet(self, at: time) -> bool:
        if self.begin <= self.end:
            return self.begin <= at < self.end
        return at >= self.begin or at < self.end


def _next(local: datetime, at: time) -> timedelta:
    """Return how long it is until the clock shows this time next, also where it is set forward or back."""
    day = local.date() if local.time() < at else local.date() + timedelta(days=1)
    moment = datetime.combine(day, at, tzinfo=local.tzinfo)
    return moment.astimezone(UTC) - local.astimezone(UTC)
