"""Faults that were planned: which calls they hit, and when."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

KINDS = frozenset(
    {
        "reset",  # the connection is reset
        "close",  # the connection is closed without an answer
        "hang",  # no answer for `seconds`, then the connection is closed
        "status",  # the answer is `status` with a proxy's HTML page
        "error",  # the answer is Telegram's own: `status` with `description`, or the usual words of 401, 409 and 500
        "garbage",  # 200 with a body that is no JSON
        "truncated",  # 200 whose body ends early
        "flood",  # 429 with `retry_after` seconds, or without parameters when that is None
        "not_ok",  # 200 with {"ok": false}
        "refuse",  # the connection is closed as soon as it is opened, before a byte is read
        "slow",  # the true answer, `seconds` late
    }
)


@dataclass(slots=True)
class Fault:
    """One plan.  Empty filters match everything.

    ``when`` is "before" (the call has no effect) or "after" (it has, and the answer is lost).  ``times`` is how
    many calls it hits in all, ``every`` hits each k-th match, ``share`` a random part of them (by ``seed``).
    """

    kind: str
    when: str = "before"
    method: str | None = None
    chat_id: int | None = None
    text: str | None = None
    times: int | None = None
    every: int = 1
    share: float = 1.0
    seed: int = 0
    status: int = 502
    seconds: float = 60.0
    retry_after: int | None = None
    description: str = ""
    fault_id: int = 0
    matched: int = 0
    hit: int = 0
    _random: random.Random = field(default_factory=random.Random, repr=False)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"no fault is called {self.kind!r}; there are {', '.join(sorted(KINDS))}")
        if self.when not in ("before", "after"):
            raise ValueError(f"a fault comes before or after, not {self.when!r}")
        if self.every < 1 or not 0 <= self.share <= 1:
            raise ValueError("every is 1 or more, share between 0 and 1")
        self._random = random.Random(self.seed)  # noqa: S311 - repeatable on purpose

    def strikes(self, method: str, chat_id: int | None, text: str) -> bool:
        """Count a call and decide whether it is hit."""
        if self.times is not None and self.hit >= self.times:
            return False
        if self.method and self.method.lower() != method.lower():
            return False
        if self.chat_id is not None and self.chat_id != chat_id:
            return False
        if self.text and self.text not in text:
            return False
        self.matched += 1
        struck = self.matched % self.every == 0 and self._random.random() < self.share
        self.hit += struck
        return struck

    def report(self) -> dict[str, Any]:
        """Return the plan and how often it matched and hit."""
        names = (name for name in self.__dataclass_fields__ if not name.startswith("_"))
        return {name: getattr(self, name) for name in names}


@dataclass(slots=True)
class Faults:
    """All plans, oldest first; a call is hit by the first that strikes.  They do not survive a restart."""

    plans: list[Fault] = field(default_factory=list)
    planned: int = 0

    def plan(self, **description: Any) -> Fault:
        """Add a plan; ValueError or TypeError says what is wrong with it."""
        self.planned += 1
        fault = Fault(**description, fault_id=self.planned)
        self.plans.append(fault)
        return fault

    def clear(self) -> None:
        """Drop all plans."""
        self.plans.clear()

    def for_call(self, when: str, method: str, chat_id: int | None, text: str) -> Fault | None:
        """Return the plan that hits this call at this moment of it, if any does."""
        calls = (plan for plan in self.plans if plan.kind != "refuse" and plan.when == when)
        return next((plan for plan in calls if plan.strikes(method, chat_id, text)), None)

    def for_connection(self) -> Fault | None:
        """Return the plan that refuses this new connection, if any does."""
        refusals = (plan for plan in self.plans if plan.kind == "refuse")
        return next((plan for plan in refusals if plan.strikes("", None, "")), None)
