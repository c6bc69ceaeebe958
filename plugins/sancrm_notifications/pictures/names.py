"""How many letters fit: names cut to a width without knowing the font's every letter."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from sancrm_notifications.text.markup import characters

if TYPE_CHECKING:
    from collections.abc import Sequence

_WIDE, _NARROW = frozenset("жмфшщыюЖМФШЩЫЮДmwMW@—"), frozenset(" .,:;'|!ilIjftr()[]\u00a0")
_BOLD = 1.12
_MIDDLE = "…"


def width(text: str, size: float, *, is_bold: bool = False) -> float:
    """Return about how wide a text is, in pixels; rather more than less.  Source: the widths of DejaVu Sans."""
    ems = sum(map(_ems, text))
    return ems * size * (_BOLD if is_bold else 1.0)


def fitted(names: Sequence[str], room: float, size: float) -> list[str]:
    """Return bold names cut to the room; where two would be cut to the same, their ends are kept as well."""
    cut = [_cut(name, room, size) for name in names]
    bearers = Counter(cut)
    return [
        _cut_inside(name, room, size) if bearers[short] > 1 and short != name else short
        for name, short in zip(names, cut, strict=True)
    ]


def _ems(character: str) -> float:
    if character in _NARROW:
        return 0.41
    if character in _WIDE:
        return 0.95
    return 0.75 if character.isupper() else 0.65


def _fits(text: str, room: float, size: float) -> bool:
    return width(text, size, is_bold=True) <= room


def _cut(name: str, room: float, size: float) -> str:
    if _fits(name, room, size):
        return name
    kept = ""
    for character in characters(name):
        if not _fits(kept + character + _MIDDLE, room, size):
            break
        kept += character
    return kept.rstrip() + _MIDDLE


def _cut_inside(name: str, room: float, size: float) -> str:
    pieces = characters(name)
    half = max(1, len(characters(_cut(name, room, size))) // 2)
    while half > 1 and not _fits("".join([*pieces[:half], _MIDDLE, *pieces[-half:]]), room, size):
        half -= 1
    return "".join(pieces[:half]).rstrip() + _MIDDLE + "".join(pieces[-half:]).lstrip()
