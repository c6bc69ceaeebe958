"""What a picture shows, in words: its caption, for who cannot see it and for channels without pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sancrm_notifications.pictures.amounts import short_text
from sancrm_notifications.pictures.network import compared_words
from sancrm_notifications.schedule.periods import Kind
from sancrm_notifications.text.limits import CAPTION_LIMIT
from sancrm_notifications.text.markup import bold, value, visible_length
from sancrm_notifications.text.money import NO_BREAK_SPACE
from sancrm_notifications.text.monospace import shortened
from sancrm_notifications.text.russian import WEEKDAYS, month_text, period_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sancrm_notifications.pictures.chart import Chart, Panel

HOLLOW = f"без постоянных расходов: они не{NO_BREAK_SPACE}известны"
_NAME_WIDTH = 24
_ALL_NAMED, _ENDS_NAMED = 6, 3


def caption(chart: Chart, corrected: str | None = None) -> str:
    """Return the caption as HTML, within ``CAPTION_LIMIT``; ``corrected`` is the line that says what was corrected."""
    profit = short_text(chart.reported_kopecks(chart.network))
    lines = [
        bold(f"Прибыль сети за {period_text(chart.period)}: {profit}"),
        *([corrected] if corrected else []),
        _shown(chart),
        *_extremes(chart),
        *([f"Пустые столбики — {HOLLOW}."] if chart.has_unknown_costs else []),
        *_branches(chart),
    ]
    while visible_length("\n".join(lines)) > CAPTION_LIMIT:
        lines.pop()
    return "\n".join(lines)


def _shown(chart: Chart) -> str:
    compared = compared_words(chart)
    if chart.kind is Kind.WEEKLY:
        line = f"; чёрточки — те же дни неделей раньше, всего {compared.removeprefix('неделей раньше ')}"
        return f"По дням{line if compared else ''}."
    return f"По месяцам за год{f'; {compared}' if compared else ''}."


def _extremes(chart: Chart) -> list[str]:
    known = [
        (profit, start)
        for profit, start in zip(chart.network.profit_kopecks, chart.starts, strict=True)
        if profit is not None
    ]
    if len(known) <= 1:
        return []
    (most, best), (least, worst) = max(known), min(known)
    if chart.kind is Kind.WEEKLY:
        names = [WEEKDAYS[day.weekday()] for day in (best, worst)]
    else:
        names = [month_text(month) for month in (best, worst)]
    return [f"Больше всего: {names[0]}, {short_text(most)}; меньше всего: {names[1]}, {short_text(least)}."]


def _branches(chart: Chart) -> list[str]:
    """Return a line on the branches, from the most profitable to the least; of many both ends."""
    ordered = chart.ordered_branches
    if len(ordered) <= 1:
        return []
    if len(ordered) <= _ALL_NAMED:
        return [f"Филиалы: {_named(chart, ordered)}."]
    best, worst = ordered[:_ENDS_NAMED], ordered[-_ENDS_NAMED:]
    return [f"Филиалы, больше всего: {_named(chart, best)}; меньше всего: {_named(chart, worst)}."]


def _named(chart: Chart, panels: Sequence[Panel]) -> str:
    return ", ".join(
        f"{value(shortened(panel.name, _NAME_WIDTH))} {short_text(chart.reported_kopecks(panel))}" for panel in panels
    )
