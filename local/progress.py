"""Progress lines: what is being done, and how many seconds since the start."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SILENCE_SECONDS = 5.0


class Progress:
    """Prints lines with the seconds since it was made; while waiting, at most one line in five seconds."""

    def __init__(self) -> None:
        self._started_at = time.monotonic()
        self._spoke_at = self._started_at

    def elapsed_seconds(self) -> float:
        """Return the seconds since the start."""
        return time.monotonic() - self._started_at

    def say(self, what: str) -> None:
        """Print a line."""
        self._spoke_at = time.monotonic()
        print(f"[{self.elapsed_seconds():4.0f} s] {what}", flush=True)

    def still(self, what: str) -> None:
        """Print a line about a wait that goes on, if nothing was printed for a while."""
        if self.is_due():
            self.say(f"… {what}")

    def is_due(self) -> bool:
        """Tell whether nothing was printed for a while."""
        return time.monotonic() - self._spoke_at >= SILENCE_SECONDS

    @contextmanager
    def step(self, doing: str) -> Iterator[None]:
        """Print what is being done, and how long it took."""
        self.say(f"{doing} …")
        started_at = time.monotonic()
        yield
        self.say(f"{doing}: done in {time.monotonic() - started_at:.1f} s")
