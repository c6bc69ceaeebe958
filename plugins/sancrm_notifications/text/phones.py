"""Phone numbers as people typed them into the CRM: those that are one, so that a phone can dial them."""

from __future__ import annotations

import re
import unicodedata

from sancrm_notifications.text.markup import one_line
from sancrm_notifications.text.monospace import ELLIPSIS, width

# A second number, a name or a remark beside it says more than a number does: it is no number, and shown as typed.
_NUMBER = re.compile(
    r"\s*(?:(?:тел(?:ефон)?\.?|т\.)[\s:]*)?"
    r"(?P<number>[\d\s()\[\]+＋./‐‑‒–—−-]+)"
    r"(?:[\s,;(]*(?:доб(?:авочный)?|вн(?:утр)?|ext|[xх#])[.:№\s]*(?P<extension>\d{1,7})\)?)?[\s.;,]*",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"[+＋(]?\d(?:[\s().‐‑‒–—−-]*\d)*")


def dialable(typed: str, region: str) -> str | None:
    """Return a number as ``+7 912 345-67-89`` or ``+7 495 123-45-67 доб. 12``, or None when it is no valid one.

    ``region`` (ISO 3166-1, two capital letters) is where numbers without a country code are.  The spaces are plain
    ones: only then Telegram makes a link to dial of it.
    """
    import phonenumbers

    # Numbers that were copied bring marks of the direction of writing, and blanks of no width.
    found = _NUMBER.fullmatch("".join(character for character in typed if unicodedata.category(character) != "Cf"))
    if found is None:
        return None
    try:
        number = phonenumbers.parse(found["number"], region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    text = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    return f"{text} доб. {found['extension']}" if found["extension"] else text


def whole_numbers(typed: str, columns: int) -> str:
    """Return what was typed on one line, within so many columns, where it would otherwise end inside a number."""
    text = one_line(typed)
    if width(text) <= columns:
        return text
    for number in _DIGITS.finditer(text):
        if width(text[: number.end()]) >= columns:
            before = text[: number.start()].rstrip()
            return f"{before}{ELLIPSIS}" if width(before) < columns else text
    return text


def is_region(code: str) -> bool:
    """Tell whether the numbers of this region (ISO 3166-1, two capital letters) are known."""
    from phonenumbers import SUPPORTED_REGIONS

    return code in SUPPORTED_REGIONS
