"""What came of a delivery, judged from what the stand-in accepted and nothing else; pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from benchmarks.delivery_scenarios import Planned

TOO_MANY_REQUESTS = 429


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of ``messages`` to be sent: how many requests it took and what stands in the chats.

    ``seconds`` lie between the start and the last message accepted; ``is_stopped`` when time was up before the end.
    """

    messages: int
    seconds: float
    requests: int
    refused: int
    missing: int
    repeated: int
    is_stopped: bool

    @property
    def refused_share(self) -> float:
        """The part of all requests that was answered with 429."""
        return self.refused / self.requests if self.requests else 0.0


def judge(
    planned: Sequence[Planned], requests: Iterable[dict[str, Any]], began_at: float, *, is_stopped: bool
) -> Outcome:
    """Hold a stand-in's log of requests against what was to be sent; ``began_at`` is in seconds since the epoch."""
    sends = [one for one in requests if one["method"].lower() == "sendmessage"]
    accepted = [one for one in sends if one["is_sent"]]
    arrived = Counter((one["chat_id"], _first_line(one["text"])) for one in accepted)
    wanted = {(one.chat_id, _first_line(one.html)) for one in planned}
    return Outcome(
        messages=len(planned),
        seconds=max((one["arrived_at"] for one in accepted), default=began_at) - began_at,
        requests=len(sends),
        refused=sum(one["status"] == TOO_MANY_REQUESTS for one in sends),
        missing=len(wanted - arrived.keys()),
        repeated=sum(arrived.values()) - len(arrived),
        is_stopped=is_stopped,
    )


def _first_line(text: str) -> str:
    return text.partition("\n")[0]
