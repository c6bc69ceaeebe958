"""Telegram's limits on sending, as sliding windows."""

from __future__ import annotations

import math
import time
from collections import deque
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Rates:
    """How much may be sent; seconds are Telegram's, ``time_scale`` shrinks them (0.05: twenty times faster).

    ``jitter_seconds`` forgives a message that comes a moment early, ``burst`` that many messages above
    each window's number.
    """

    chat_per_second: int = 1
    group_per_minute: int = 20
    bot_per_second: int = 30
    burst: int = 0
    jitter_seconds: float = 0.05
    time_scale: float = 1.0
    enforced: bool = True


@dataclass(slots=True)
class Limits:
    """The windows' memory.  Only accepted calls count; a refused one costs nothing."""

    rates: Rates = field(default_factory=Rates)
    _accepted_at: dict[str, deque[float]] = field(default_factory=dict)

    def forget(self) -> None:
        """Empty all windows."""
        self._accepted_at.clear()

    def wait_seconds(self, bot_id: int, chat_id: int, *, is_group: bool) -> int:
        """Count one send, or return after how many whole seconds it may be tried (then it is not counted)."""
        if not self.rates.enforced:
            return 0
        now = time.monotonic()
        windows = self._windows(bot_id, chat_id, is_group=is_group)
        free_at = max(self._free_at(name, number, seconds) for name, number, seconds in windows)
        if free_at > now:
            return max(1, math.ceil(free_at - now))
        for name, number, _ in windows:
            accepted = self._accepted_at.setdefault(name, deque(maxlen=number))
            accepted.append(now)
        return 0

    def _windows(self, bot_id: int, chat_id: int, *, is_group: bool) -> list[tuple[str, int, float]]:
        rates = self.rates
        windows = [
            (f"{bot_id}", rates.bot_per_second + rates.burst, 1.0),
            (f"{bot_id} {chat_id}", rates.chat_per_second + rates.burst, 1.0),
        ]
        if is_group:
            windows.append((f"{bot_id} {chat_id} minute", rates.group_per_minute + rates.burst, 60.0))
        return windows

    def _free_at(self, name: str, number: int, seconds: float) -> float:
        accepted = self._accepted_at.get(name)
        if accepted is None or len(accepted) < number:
            return 0.0
        return accepted[0] + (seconds - self.rates.jitter_seconds) * self.rates.time_scale
