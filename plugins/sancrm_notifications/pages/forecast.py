"""What sending a previewed message would do: send it, change the one in the chat, or nothing; and what would differ."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from dataclasses import dataclass, replace
from html import unescape
from typing import TYPE_CHECKING, Any

from sancrm_notifications.ledger.comparing import Effect, effect
from sancrm_notifications.notifications.profitability.corrections import is_corrected
from sancrm_notifications.notifications.profitability.rules import is_corrected_unasked
from sancrm_notifications.pages.figure_words import Changed, differences
from sancrm_notifications.pages.words import period_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_TAG = re.compile(r"<[^<>]*>")


WORDS = {Effect.SEND: "отправить", Effect.CHANGE: "изменить", Effect.NOTHING: "уже в чате"}


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a text that only one side has; ``is_new``: the preview's."""

    text: str
    is_new: bool


@dataclass(frozen=True, slots=True)
class Forecast:
    """What would happen to one message, with the difference to what is in the chat; empty where there is none.

    ``is_left_as_it_is``: its figures in the chat are others, but its period ended too long ago to correct it unasked.
    """

    effect: Effect
    destination: str
    told_as: str
    message_id: int | None
    figures: list[Changed]
    lines: list[Line]
    is_left_as_it_is: bool = False


def forecast(compared: Mapping[str, Any], zone: str, *, corrects_old: bool = False) -> Forecast:
    """Return what would happen to a previewed message, as storing and revising decide it.

    ``zone`` is the IANA name of the zone that periods end in; ``corrects_old``: the run's form has asked for it.
    """
    found = effect(compared, _is_changed)
    is_change = found is Effect.CHANGE
    is_left = is_change and not corrects_old and _is_old(compared, zone)
    return Forecast(
        Effect.NOTHING if is_left else found,
        compared["destination"],
        compared["told_as"],
        compared["message_id"],
        list(differences(compared["shown_figures"], compared["new_figures"])) if is_change else [],
        _changed_lines(compared["known_html"], compared["new_html"]) if is_change and compared["known_html"] else [],
        is_left,
    )


def counts(found: Iterable[Forecast]) -> dict[Effect, int]:
    """Return how many messages each effect would have."""
    counted = Counter(each.effect for each in found)
    return {each: counted[each] for each in Effect}


def _is_changed(before: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    return before != now if "repairs" in now else is_corrected(before, now)


def _is_old(compared: Mapping[str, Any], zone: str) -> bool:
    """Tell whether a report's period had ended too long ago for a correction when its preview was written."""
    period = period_of(compared["period"])
    if period is None or "repairs" in compared["new_figures"]:
        return False
    return not is_corrected_unasked(replace(period, time_zone=zone), compared["stored_at"])


def _changed_lines(before: str, after: str) -> list[Line]:
    pairs = difflib.ndiff(_lines(before), _lines(after))
    return [Line(pair[2:], is_new=pair[0] == "+") for pair in pairs if pair[0] in "+-" and pair[2:].strip()]


def _lines(html: str) -> list[str]:
    return unescape(_TAG.sub("", html)).splitlines()
