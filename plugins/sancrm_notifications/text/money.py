"""Money and shares as Russian text: exact integer kopecks in, no-break spaces and a true minus out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

NO_BREAK_SPACE = "\u00a0"
MINUS = "\u2212"
KOPECKS_IN_ROUBLE = 100


def divide(dividend: int, divisor: int) -> int:
    """Return the quotient rounded to an integer, half away from zero; ``divisor`` must be positive."""
    if divisor <= 0:
        raise ValueError(f"the divisor must be positive, not {divisor}")
    magnitude = (2 * abs(dividend) + divisor) // (2 * divisor)
    return magnitude if dividend >= 0 else -magnitude


@dataclass(frozen=True, slots=True)
class MoneyStyle:
    """How every amount of one message is written, so that what is shown adds up.

    Without ``shows_kopecks`` an amount is rounded to the rouble, half away from zero: by ``for_amounts`` this
    happens only when nothing would be lost, or when whole roubles were asked for.
    """

    shows_kopecks: bool

    @classmethod
    def for_amounts(cls, amounts_kopecks: Iterable[int | None], *, whole_roubles: bool) -> MoneyStyle:
        """Choose kopecks for all amounts of a message as soon as one of them has any."""
        has_kopecks = any(amount % KOPECKS_IN_ROUBLE for amount in amounts_kopecks if amount is not None)
        return cls(shows_kopecks=has_kopecks and not whole_roubles)

    def number(self, kopecks: int) -> str:
        """Return the amount without its currency: ``−1 234,50``; for columns that name it once."""
        if self.shows_kopecks:
            roubles, rest = divmod(abs(kopecks), KOPECKS_IN_ROUBLE)
            digits = f"{grouped(roubles)},{rest:02d}"
        else:
            digits = grouped(divide(abs(kopecks), KOPECKS_IN_ROUBLE))
        return f"{MINUS}{digits}" if kopecks < 0 and digits != "0" else digits

    def text(self, kopecks: int) -> str:
        """Return the amount in roubles: ``1 234 567 ₽``."""
        return f"{self.number(kopecks)}{NO_BREAK_SPACE}₽"


def percent(part: int, whole: int) -> str:
    """Return part/whole as ``37,5 %``, rounded exactly to one decimal, half away from zero; whole > 0."""
    tenths = divide(1000 * part, whole)
    units, rest = divmod(abs(tenths), 10)
    sign = MINUS if tenths < 0 else ""
    return f"{sign}{grouped(units)},{rest}{NO_BREAK_SPACE}%"


def percent_change(now: int, before: int) -> str:
    """Return the growth from ``before`` (> 0) to ``now`` with its sign: ``+12,5 %``, ``−3,0 %``, ``0,0 %``."""
    return _with_plus(percent(now - before, before))


def grouped(number: int) -> str:
    """Return a whole number with its thousands apart: ``12 345``."""
    return f"{number:,}".replace(",", NO_BREAK_SPACE)


def _with_plus(text: str) -> str:
    is_signed = text.startswith(MINUS) or not any(digit in text for digit in "123456789")
    return text if is_signed else f"+{text}"
