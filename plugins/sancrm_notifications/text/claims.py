"""What may be said of an amount of which parts are unknown, and how: about, at most, at least, or nothing."""

from __future__ import annotations

from enum import StrEnum

from sancrm_notifications.text.money import KOPECKS_IN_ROUBLE, MINUS, NO_BREAK_SPACE, MoneyStyle, divide, grouped

_THOUSAND, _MILLION = 1_000, 1_000_000
_EXACT = MoneyStyle(shows_kopecks=True)
_ROUBLES = MoneyStyle(shows_kopecks=False)


class Claim(StrEnum):
    """What is known of a profit: an unknown cost can only lower it, an unknown revenue raise it."""

    EXACT = "exact"
    ABOUT = "about"
    AT_MOST = "at_most"
    AT_LEAST = "at_least"
    NONE = "none"

    @property
    def words(self) -> str:
        """What stands before the amount, with the space after it; nothing before an exact one."""
        return _WORDS[self]


_WORDS = {
    Claim.EXACT: "",
    Claim.ABOUT: "около ",
    Claim.AT_MOST: "не больше ",
    Claim.AT_LEAST: "не меньше ",
    Claim.NONE: "",
}


def rough_text(kopecks: int) -> str:
    """Return an amount that is about right, in no more digits than it deserves: ``1,1 млн ₽``, ``37 тыс. ₽``."""
    roubles = divide(abs(kopecks), KOPECKS_IN_ROUBLE)
    if roubles < 10 * _THOUSAND:
        return rouble_text(kopecks)
    minus = MINUS if kopecks < 0 else ""
    if (thousands := divide(roubles, _THOUSAND)) < _THOUSAND:
        return f"{minus}{thousands}{NO_BREAK_SPACE}тыс.{NO_BREAK_SPACE}₽"
    tenths = divide(roubles, _MILLION // 10)
    return f"{minus}{grouped(tenths // 10)},{tenths % 10}{NO_BREAK_SPACE}млн{NO_BREAK_SPACE}₽"


def rouble_text(kopecks: int) -> str:
    """Return the amount in roubles; in kopecks what would be rounded to nothing."""
    text = _ROUBLES.text(kopecks)
    return _EXACT.text(kopecks) if kopecks and text == _ROUBLES.text(0) else text
