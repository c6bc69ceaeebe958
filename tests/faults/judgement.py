"""Counts what a fault has cost, from two witnesses only: what the stand-in accepted, and what the ledger says."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from sancrm_notifications.text.delivery_notes import mark_repeat
from tests.faults.scene import PHONE, TOKEN
from tests.tdlib import shown_text

if TYPE_CHECKING:
    from tests.faults.scene import Scene

REPEAT = shown_text(mark_repeat(""))
_MARK = re.compile(r"№\d{4}\.")
_SENDING = {"sendMessage", "sendRichMessage", "editMessageText"}
# A request may reach the server so much later than the one after it, however exactly both were begun: a share of
# Telegram's window, and a moment of a busy computer.
TOLERANCE = 0.05


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one play; every message has a number of its own in its text.

    ``lost``: neither in a chat nor visibly waiting for a person.  ``duplicates``: copies beyond the first.
    ``marked``: copies that say they may be a repeat.  ``unrecorded`` and ``unmarked``: duplicates that the ledger does
    not have as possible, or whose text does not say so.  ``disordered``: neighbours of a chat's batch that came the
    wrong way round, and reports after their summary.  ``over_limits``: windows with more requests than Telegram allows.
    ``leaks``: lines of the log with the token or a phone.
    """

    messages: int
    accepted: int
    lost: int
    duplicates: int
    marked: int
    unrecorded: int
    unmarked: int
    disordered: int
    over_limits: int
    leaks: int
    states: dict[str, int]


def judge(scene: Scene) -> Outcome:
    """Return what the chats and the ledger show."""
    known = scene.rows("select * from notifications.messages where state <> 'preview' order by message_id")
    accepted = scene.stand_in.messages()
    copies = {row["key"]: [message for message in accepted if _mark(row["html"]) in message["text"]] for row in known}
    extra = {row["key"]: max(len(copies[row["key"]]) - 1, 0) for row in known}
    return Outcome(
        messages=len(known),
        accepted=len(accepted),
        lost=sum(not copies[row["key"]] and row["state"] not in {"parked", "held", "covered"} for row in known),
        duplicates=sum(extra.values()),
        marked=sum(REPEAT in message["text"] for message in accepted),
        unrecorded=sum(max(extra[row["key"]] - row["possible_repeats"], 0) for row in known),
        unmarked=sum(max(extra[key] - _marked(copies[key]), 0) for key in copies),
        disordered=_disordered(known, copies),
        over_limits=over_limits(scene),
        leaks=_leaks(scene),
        states=_counted(known),
    )


def over_limits(scene: Scene) -> int:
    """Return how many sliding windows hold more requests than Telegram allows, over the whole log of requests."""
    scale = scene.pace.time_scale
    by_chat: dict[int, list[float]] = defaultdict(list)
    for call in scene.stand_in.requests():
        if call["method"] in _SENDING and call["status"] != 401:
            by_chat[call["chat_id"]].append(call["arrived_at"])
    windows = [sum(_crowded(times, 1, scale) + _crowded(times, 20, 60 * scale) for times in by_chat.values())]
    everything = sorted(moment for times in by_chat.values() for moment in times)
    limits = scene.settings.limits
    windows.append(_crowded(everything, limits.bot_messages, limits.bot_window_seconds - 0.02 * scale))
    return sum(windows)


def _crowded(moments: list[float], number: int, seconds: float) -> int:
    """Count the messages that come sooner than a window after the one ``number`` places before."""
    moments = sorted(moments)
    return sum(
        later - earlier < seconds * (1 - TOLERANCE) for earlier, later in zip(moments, moments[number:], strict=False)
    )


def _mark(html: str) -> str:
    found = _MARK.search(html)
    assert found, html
    return found[0]


def _marked(copies: list[dict[str, Any]]) -> int:
    return sum(REPEAT in message["text"] for message in copies)


def _disordered(known: list[dict[str, Any]], copies: dict[str, list[dict[str, Any]]]) -> int:
    """Count by first acceptance: a later copy says itself that it may be one."""
    arrivals: dict[tuple[str, str], list[float]] = defaultdict(list)
    last: dict[str, float] = {}
    closing: dict[str, float] = {}
    for row in known:
        if not copies[row["key"]]:
            continue
        moment = copies[row["key"]][0]["accepted_at"]
        if row["closes_batch"]:
            closing[row["batch"]] = moment
        else:
            arrivals[row["batch"], row["destination"]].append(moment)
            last[row["batch"]] = max(moment, last.get(row["batch"], 0.0))
    swapped = sum(later < earlier for times in arrivals.values() for earlier, later in pairwise(times))
    return swapped + sum(moment < last.get(batch, 0.0) for batch, moment in closing.items())


def _leaks(scene: Scene) -> int:
    if not scene.log.exists():
        return 0
    lines = scene.log.read_text(encoding="utf-8").splitlines()
    return sum(TOKEN in line or scene.token in line or PHONE in line for line in lines)


def _counted(known: list[dict[str, Any]]) -> dict[str, int]:
    states = [row["state"] for row in known]
    return {state: states.count(state) for state in sorted(set(states))}
