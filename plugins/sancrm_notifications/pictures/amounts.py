"""Amounts so short that they fit beside a bar: one unit for a group of bars, one digit after the comma."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sancrm_notifications.text.money import KOPECKS_IN_ROUBLE, MINUS, NO_BREAK_SPACE, divide, grouped

if TYPE_CHECKING:
    from collections.abc import Iterable

_THOUSAND, _MILLION = 1000 * KOPECKS_IN_ROUBLE, 1_000_000 * KOPECKS_IN_ROUBLE
_WHOLE_FROM = 1000  # tenths: from a hundred on the digit after the comma says nothing


@dataclass(frozen=True, slots=True)
class Unit:
    """What amounts are counted in."""

    name: str
    kopecks: int

    def number(self, kopecks: int) -> str:
        """Return ``12,6``, ``−126``, ``0``: rounded half away from zero, without the unit's name."""
        tenths = divide(abs(kopecks) * 10, self.kopecks)
        if self.kopecks == KOPECKS_IN_ROUBLE or tenths >= _WHOLE_FROM:
            digits = grouped(divide(abs(kopecks), self.kopecks))
        else:
            whole, rest = divmod(tenths, 10)
            digits = f"{whole},{rest}" if tenths else "0"
        return f"{MINUS}{digits}" if kopecks < 0 and digits != "0" else digits


ROUBLES = Unit("₽", KOPECKS_IN_ROUBLE)
THOUSANDS = Unit(f"тыс.{NO_BREAK_SPACE}₽", _THOUSAND)
MILLIONS = Unit(f"млн{NO_BREAK_SPACE}₽", _MILLION)


def unit_for(amounts_kopecks: Iterable[int | None]) -> Unit:
    """Return the unit in which the greatest of these amounts has at most four digits before the comma."""
    greatest = max((abs(amount) for amount in amounts_kopecks if amount is not None), default=0)
    if greatest < _THOUSAND:
        return ROUBLES
    return THOUSANDS if greatest < 10 * _MILLION else MILLIONS


def short_text(kopecks: int) -> str:
    """Return ``12,6 тыс. ₽``, ``1,3 млн ₽``, ``640 ₽``."""
    unit = MILLIONS if abs(kopecks) >= _MILLION else unit_for([kopecks])
    return f"{unit.number(kopecks)}{NO_BREAK_SPACE}{unit.name}"
