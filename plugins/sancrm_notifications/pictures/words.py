"""What a picture shows, in words: its caption, for who cannot see it and for channels without pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sancrm_notifications.pictures.amounts import claimed_text, profit_text, short_text
from sancrm_notifications.pictures.network import BEFORE_FIXED, WEEK_BEFORE, compared_words
from sancrm_notifications.schedule.periods import Kind
from sancrm_notifications.text.claims import Claim
from sancrm_notifications.text.limits import CAPTION_LIMIT
from sancrm_notifications.text.markup import bold, value, visible_length
from sancrm_notifications.text.money import NO_BREAK_SPACE
from sancrm_notifications.text.monospace import shortened
from sancrm_notifications.text.russian import month_text, period_text, weekday_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sancrm_notifications.pictures.chart import Chart, Panel

HOLLOW = f"без постоянных расходов: они не{NO_BREAK_SPACE}известны"
INCOMPLETE = (
    f"Столбики{NO_BREAK_SPACE}— по{NO_BREAK_SPACE}тому, что известно; "
    f"чего не{NO_BREAK_SPACE}хватает, сказано в{NO_BREAK_SPACE}сводке."
)
_NAME_WIDTH = 24
_ALL_NAMED, _ENDS_NAMED = 6, 3


def caption(chart: Chart, corrected: str | None = None) -> str:
    """Return the caption as HTML, within ``CAPTION_LIMIT``; ``corrected`` is the line that says what was corrected."""
    lines = [
        bold(_reported(chart)),
        *([corrected] if corrected else []),
        _shown(chart),
        *_extremes(chart),
        *([f"Пустые столбики — {HOLLOW}."] if chart.has_unknown_costs else []),
        *([INCOMPLETE] if chart.is_rough else []),
        *_branches(chart),
    ]
    while visible_length("\n".join(lines)) > CAPTION_LIMIT:
        lines.pop()
    return "\n".join(lines)


def _reported(chart: Chart) -> str:
    """Return the profit with no more certainty than the summary's first line has."""
    whole = chart.network
    name, amount = profit_text(chart.reported_kopecks(whole), whole.claim, " сети")
    return f"{name}{f' {BEFORE_FIXED}' if chart.is_before_fixed_costs else ''} за {period_text(chart.period)}: {amount}"


def _shown(chart: Chart) -> str:
    compared = compared_words(chart)
    if chart.kind is Kind.WEEKLY:
        total = compared.removeprefix(WEEK_BEFORE).lstrip()
        line = f"; чёрточки — те же дни {WEEK_BEFORE}{f', всего {total}' if total else ''}"
        return f"По дням{line if compared else ''}."
    return f"По месяцам за год{f'; {compared}' if compared else ''}."


def _extremes(chart: Chart) -> list[str]:
    """Return a line on the best and the worst step, like with like: those before fixed costs with none after them."""
    if chart.network.claim is Claim.NONE:
        return []
    steps = [
        (profit, start, is_before)
        for (is_before, profit), start in zip(chart.network.steps, chart.starts, strict=True)
        if profit is not None
    ]
    are_mixed = len({is_before for *_, is_before in steps}) > 1
    alike = [(profit, start) for profit, start, is_before in steps if not (are_mixed and is_before)]
    if len({profit for profit, _ in alike}) <= 1:
        return []
    (most, best), (least, worst) = max(alike), min(alike)
    if chart.kind is Kind.WEEKLY:
        step, of_known, names = "день", "дней", [weekday_name(day) for day in (best, worst)]
    else:
        step, of_known, names = "месяц", "месяцев", [month_text(month) for month in (best, worst)]
    known = f"Из{NO_BREAK_SPACE}{of_known} с{NO_BREAK_SPACE}известными расходами лучший"
    best_of = known if are_mixed else f"Лучший {step}"
    return [f"{best_of}: {names[0]}, {short_text(most)}; худший: {names[1]}, {short_text(least)}."]


def _branches(chart: Chart) -> list[str]:
    """Return a line on the branches, from the most profitable to the least; of many both ends."""
    ordered = chart.ordered_branches
    if len(ordered) <= 1:
        return []
    if len(ordered) <= _ALL_NAMED:
        return [f"Филиалы: {_named(chart, ordered)}."]
    best, worst = ordered[:_ENDS_NAMED], ordered[-_ENDS_NAMED:]
    return [f"Филиалы, больше всего: {_named(chart, best)}. Меньше всего: {_named(chart, worst)}."]


def _named(chart: Chart, panels: Sequence[Panel]) -> str:
    """Return each branch with its profit, told apart by a dash and a semicolon: names have numbers and commas."""
    return "; ".join(
        f"{value(shortened(panel.name, _NAME_WIDTH))}{NO_BREAK_SPACE}— {_of_branch(chart, panel)}" for panel in panels
    )


def _of_branch(chart: Chart, panel: Panel) -> str:
    profit = claimed_text(chart.reported_kopecks(panel), panel.claim)
    return "неизвестно" if panel.claim is Claim.NONE else profit
