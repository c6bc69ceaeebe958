"""Amounts so short that they fit beside a bar: one unit for a group of bars, one digit after the comma."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sancrm_notifications.text.claims import Claim, rouble_text, rough_text
from sancrm_notifications.text.money import KOPECKS_IN_ROUBLE, MINUS, NO_BREAK_SPACE, divide, grouped

if TYPE_CHECKING:
    from collections.abc import Iterable

_THOUSAND, _MILLION = 1000 * KOPECKS_IN_ROUBLE, 1_000_000 * KOPECKS_IN_ROUBLE
UNKNOWN = "неизвестна"
_DIGITS = 3  # that say anything


@dataclass(frozen=True, slots=True)
class Unit:
    """What amounts are counted in, and with how many digits after the comma at most."""

    name: str
    kopecks: int
    most_decimals: int

    def number(self, kopecks: int) -> str:
        """Return ``12,6``, ``−126``, ``0``: three digits, rounded half away from zero, without the unit's name."""
        magnitude = abs(kopecks)
        before_comma = len(str(magnitude // self.kopecks))
        decimals = min(self.most_decimals, max(_DIGITS - before_comma, 0))
        steps = divide(magnitude * 10**decimals, self.kopecks)
        whole, rest = divmod(steps, 10**decimals)
        digits = f"{grouped(whole)},{rest:0{decimals}d}" if decimals and steps else grouped(whole)
        return f"{MINUS}{digits}" if kopecks < 0 and steps else digits


ROUBLES = Unit("₽", KOPECKS_IN_ROUBLE, 0)
THOUSANDS = Unit(f"тыс.{NO_BREAK_SPACE}₽", _THOUSAND, 1)
MILLIONS = Unit(f"млн{NO_BREAK_SPACE}₽", _MILLION, 2)


def unit_for(amounts_kopecks: Iterable[int | None]) -> Unit:
    """Return the unit in which the greatest of these amounts has at most three digits before the comma, if any has."""
    greatest = max((abs(amount) for amount in amounts_kopecks if amount is not None), default=0)
    if greatest < _THOUSAND:
        return ROUBLES
    return THOUSANDS if greatest < _MILLION else MILLIONS


def short_text(kopecks: int) -> str:
    """Return ``12,6 тыс. ₽``, ``1,26 млн ₽``, ``640 ₽``."""
    unit = unit_for([kopecks])
    return f"{unit.number(kopecks)}{NO_BREAK_SPACE}{unit.name}"


def claimed_text(kopecks: int, claim: Claim) -> str:
    """Return ``12,6 тыс. ₽``, ``около 13 тыс. ₽``, ``не больше 12 640 ₽`` or ``неизвестна``, said of a profit.

    A bound is not rounded: it would be none any more.
    """
    match claim:
        case Claim.EXACT:
            return short_text(kopecks)
        case Claim.ABOUT:
            return claim.words + rough_text(kopecks)
        case Claim.AT_MOST | Claim.AT_LEAST:
            return claim.words + rouble_text(kopecks)
        case Claim.NONE:
            return UNKNOWN


def profit_text(kopecks: int, claim: Claim, of: str) -> tuple[str, str]:
    """Return ``Прибыль сети`` or ``Убыток сети``, and how large it is; ``of`` is « сети»."""
    if kopecks >= 0 or claim is Claim.NONE:
        return f"Прибыль{of}", claimed_text(kopecks, claim)
    # The profit is at most this loss: the loss is at least it.
    return f"Убыток{of}", claimed_text(-kopecks, Claim.AT_LEAST if claim is Claim.AT_MOST else claim)
