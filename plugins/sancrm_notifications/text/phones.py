"""Phone numbers as people typed them into the CRM: those that are one, so that a phone can dial them.

A wrong number is a stranger's: digits are joined only where nothing speaks for two numbers; else all stays as typed.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise
from typing import TYPE_CHECKING

from sancrm_notifications.text.markup import one_line
from sancrm_notifications.text.monospace import ELLIPSIS, width

if TYPE_CHECKING:
    from collections.abc import Sequence

    from phonenumbers import PhoneNumber

# A second number, a name or a remark beside it says more than a number does: it is no number, and shown as typed.
_NUMBER = re.compile(
    r"\s*(?:(?:тел(?:ефон)?\.?|т\.)[\s:]*)?"
    r"(?P<number>[\d\s()+＋.‐‑‒–—−-]+?)"
    r"(?:[\s,;(]*(?:доб(?:авочный)?|вн(?:утр)?|ext|[xх#])[.:№\s]*(?P<extension>\d{1,7})\)?)?[\s.;,]*",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"[+＋(]?\d(?:[\s().‐‑‒–—−-]*\d)*")
# A table of numbers, as spreadsheets and 1C write it out.
_FLOAT = re.compile(r"(\d{10,11})\.0")
_SEPARATED = re.compile(r"(\d+)|(\D+)")
_DASHES = frozenset("‐‑‒–—−-.")
# Codes of towns have three to five digits where the country code is 7, and the number behind it the rest of ten.
_SEVEN = 7
_TOWN_DIGITS = range(3, 6)
_MOBILE_DIGITS = 3
_VILLAGE = [5, 1, 2, 2]
_LIST = 4  # how far what separates numbers keeps digits apart
_ANONYMOUS = "888"
_LAST_DIGITS = 10  # what a CRM indexes of a phone
_LONG_GROUP = 5  # two of such behind one another are two numbers of a village


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
    written = _FLOAT.sub(r"\1", found["number"].strip())
    try:
        number = phonenumbers.parse(written, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number) or not _is_one(written, number, region):
        return None
    text = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    return f"{text} доб. {found['extension']}" if found["extension"] else text


def e164(typed: str, region: str) -> str | None:
    """Return the digits of a number with its country code, «79123456789», or None when it is no one valid number.

    An extension belongs to a switchboard, which many people share: a number with one is nobody's own.
    """
    import phonenumbers

    shown = dialable(typed, region)
    if shown is None or "доб." in shown:
        return None
    number = phonenumbers.parse(shown, region)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164).removeprefix("+")


def shared_number(digits: str) -> str | None:
    """Return the digits of a number as Telegram shares it (with or without «+»); None: it is no phone's.

    Anonymous numbers (+888, bought on Fragment) ring at nobody's, so no customer can have one.
    """
    import phonenumbers

    written = digits.strip().removeprefix("+")
    if not written.isascii() or not written.isdigit() or written.startswith(_ANONYMOUS):
        return None
    try:
        number = phonenumbers.parse(f"+{written}")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164).removeprefix("+")


def typed_endings(digits: str, region: str) -> frozenset[str]:
    """Return the last ten digits of each way in which people type a number given as digits with its country code."""
    import phonenumbers

    number = phonenumbers.parse(f"+{digits}")
    national = phonenumbers.national_significant_number(number)
    prefixes = _prefixes(number.country_code, region, is_international=False)
    ways = {digits, *(prefix + national for prefix in prefixes)}
    return frozenset(way[-_LAST_DIGITS:] for way in ways)


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


def _is_one(written: str, number: PhoneNumber, region: str) -> bool:
    """Tell whether what was written is this number and no other, digit by digit, in groups that one number has."""
    import phonenumbers

    national = phonenumbers.national_significant_number(number)
    groups = ["".join(str(unicodedata.digit(digit)) for digit in group) for group in re.findall(r"\d+", written)]
    prefix = "".join(groups).removesuffix(national)
    if not "".join(groups).endswith(national) or not groups[0].startswith(prefix):
        return False
    if prefix not in _prefixes(number.country_code, region, is_international="+" in written or "＋" in written):
        return False
    is_glued = groups[0] != prefix
    parts = [groups[0].removeprefix(prefix), *groups[1:]] if is_glued else groups[1:]
    separators = [blanks for digits, blanks in _SEPARATED.findall(written.lstrip("+＋( ")) if not digits]
    strengths = [_strength(blanks) for blanks in separators[0 if is_glued else 1 :]][: len(parts) - 1]
    if len(parts) == 1:
        return True
    is_marked = bool(prefix) or ")" in separators[0]
    return _are_groups_of_one([len(part) for part in parts], strengths, is_marked=is_marked) and (
        number.country_code != _SEVEN or _has_town(parts, is_marked=is_marked, is_glued=is_glued and bool(prefix))
    )


def _prefixes(country_code: int | None, region: str, *, is_international: bool) -> set[str]:
    """Return what may stand before the national number."""
    from phonenumbers import PhoneMetadata

    if is_international:
        return {str(country_code)}
    metadata = PhoneMetadata.metadata_for_region(region, None)
    return {"", str(country_code), (metadata and metadata.national_prefix) or ""}


def _are_groups_of_one(sizes: Sequence[int], strengths: Sequence[int], *, is_marked: bool) -> bool:
    """Tell whether groups of digits, with what separates them, can be one number's."""
    # Inside a number separators grow weaker («912 345-67-89»); a stronger one behind a weaker separates numbers.
    if any(before < after for before, after in pairwise(strengths)) or _LIST in strengths:
        return False
    if any(min(two) >= _LONG_GROUP for two in pairwise(sizes[1:])):
        return False
    half = len(sizes) // 2
    return is_marked or list(sizes[:half]) != list(sizes[half:])


def _has_town(parts: Sequence[str], *, is_marked: bool, is_glued: bool) -> bool:
    """Tell whether the first group is the code of a town or of a mobile network, and the others a number there."""
    sizes = [len(part) for part in parts]
    if sizes == _VILLAGE:
        return is_marked and not is_glued
    longest = _TOWN_DIGITS.stop - 1 if is_marked and not is_glued else _MOBILE_DIGITS
    return _TOWN_DIGITS.start <= sizes[0] <= longest and min(sizes[1:]) > 1


def _strength(separator: str) -> int:
    """Return how far a separator keeps groups of digits apart."""
    if ")" in separator:
        return _LIST - 1
    if "\n" in separator or "\r" in separator:
        return _LIST
    blanks = sum(map(str.isspace, separator))
    return min(blanks, 2) + (1 if blanks and _DASHES.intersection(separator) else 0)
