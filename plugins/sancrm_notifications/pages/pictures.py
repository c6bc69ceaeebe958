"""The day as a picture: messages by hour and state, as an SVG made here, with every number also in words."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from markupsafe import Markup

from sancrm_notifications.text.russian import counted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sancrm_notifications.ledger.log import Day

HOURS = 24
_WIDTH, _HEIGHT, _LEFT, _TOP, _BOTTOM = 744, 190, 4, 32, 32
_STEP = (_WIDTH - _LEFT) / HOURS
# Lower than this neither a pattern nor the bar itself can be seen.
_LOWEST = 4
_ORDER = ("sent", "covered", "stored", "sending", "held", "parked", "expired", "not_wanted")
# What is drawn over a state's colour: with the outline of the hollow ones no two states look alike without colours.
_PATTERNS = {
    "covered": '<path d="M0 2h8M0 6h8"/>',
    "sending": '<path d="M2 0v8M6 0v8"/>',
    "held": '<path d="M-2 2l4-4M0 8l8-8M6 10l4-4"/>',
    "parked": '<path d="M0 0l8 8M0 8l8-8"/>',
    "expired": '<path d="M-2 6l4 4M0 0l8 8M6-2l4 4"/>',
}


@dataclass(frozen=True, slots=True)
class _Bar:
    hour: int
    state: str
    messages: int


def day_picture(day: Day, states: Mapping[str, str]) -> Markup | None:
    """Return the picture, or None of a day without messages; a day of 25 hours shows its last two as one."""
    counts: dict[tuple[int, str], int] = {}
    for (hour, state), messages in day.messages.items():
        counts[min(hour, HOURS - 1), state] = counts.get((min(hour, HOURS - 1), state), 0) + messages
    if not counts:
        return None
    highest = max(sum(n for (hour, _), n in counts.items() if hour == each) for each, _ in counts)
    scale = (_HEIGHT - _TOP - _BOTTOM) / highest
    pieces = [_patterns(), _axis(highest)]
    for hour in range(HOURS):
        bars = [_Bar(hour, state, counts[hour, state]) for state in _ordered(counts) if (hour, state) in counts]
        pieces.append(_column(bars, scale, states))
    total = counted(sum(counts.values()), "сообщение", "сообщения", "сообщений")
    head = f'<svg class="day" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(total)} по часам">'
    return Markup(f"{head}{''.join(pieces)}</svg>")  # noqa: S704 - every piece was escaped or is a number


def swatch(state: str) -> Markup:
    """Return a small square as the bars of a state are drawn, for a page that has the picture and so its patterns."""
    square = _filled(_box(1, 1, 16, 16), state)
    return Markup(f'<svg class="swatch" viewBox="0 0 18 18" aria-hidden="true">{square}</svg>')  # noqa: S704 - numbers, a name


def _patterns() -> str:
    return f"<defs>{''.join(_pattern(state, lines) for state, lines in _PATTERNS.items())}</defs>"


def _pattern(state: str, lines: str) -> str:
    return (
        f'<pattern id="pattern-{state}" class="pattern" width="8" height="8" patternUnits="userSpaceOnUse">'
        f"{lines}</pattern>"
    )


def _box(x: float, y: float, width: float, height: float) -> str:
    return f'x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"'


def _filled(box: str, state: str, title: str = "") -> str:
    """Return a rectangle in a state's colour, with its pattern over it."""
    said = f"<title>{escape(title)}</title>" if title else ""
    over = f'<rect {box} fill="url(#pattern-{state})"/>' if state in _PATTERNS else ""
    return f'<g>{said}<rect {box} class="bar is-{escape(state)}"/>{over}</g>'


def _ordered(counts: Mapping[tuple[int, str], int]) -> list[str]:
    found = {state for _, state in counts}
    return [*(state for state in _ORDER if state in found), *sorted(found - set(_ORDER))]


def _axis(highest: int) -> str:
    base = _HEIGHT - _BOTTOM
    return (
        f'<line x1="{_LEFT}" y1="{base}" x2="{_WIDTH}" y2="{base}" class="axis"/>'
        f'<text x="{_LEFT}" y="{_TOP - 8}" class="tick is-start">{highest}</text>'
        f"{''.join(map(_hour, range(0, HOURS, 3)))}"
    )


def _hour(hour: int) -> str:
    # Where the letters are drawn larger there is room for every other one.
    kind = "tick" if hour % 6 == 0 else "tick is-between"
    return f'<text x="{_LEFT + _STEP * (hour + 0.5):.1f}" y="{_HEIGHT - 6}" class="{kind}">{hour}</text>'


def _column(bars: list[_Bar], scale: float, states: Mapping[str, str]) -> str:
    top = float(_HEIGHT - _BOTTOM)
    pieces = []
    for bar in bars:
        height = max(bar.messages * scale, _LOWEST)
        top -= height
        title = f"{bar.hour}:00–{bar.hour}:59, {states.get(bar.state, bar.state)}: {bar.messages}"
        box = _box(_LEFT + _STEP * bar.hour + 2, top, _STEP - 4, height)
        pieces.append(_filled(box, bar.state, title))
    return "".join(pieces)
