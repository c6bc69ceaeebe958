"""The first line of a report, which a phone's notification shows: about a hundred characters, checkable below it.

Source: docs/numbers.md, The first line.  It has no footnotes, so what is not known it does not claim.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from sancrm_notifications.notifications.profitability.figures import Change, Figures, Known
from sancrm_notifications.notifications.profitability.lines import BEFORE_FIXED, is_no_parts_cost_known
from sancrm_notifications.schedule.periods import Kind, Period
from sancrm_notifications.text.markup import escape
from sancrm_notifications.text.money import NO_BREAK_SPACE, MoneyStyle, divide
from sancrm_notifications.text.monospace import shortened
from sancrm_notifications.text.russian import (
    counted,
    day_and_month,
    in_month_text,
    last_weekday_text,
    month_name,
    period_text,
    tied,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from sancrm_notifications.notifications.profitability.figures import Network, Subject

LONGEST = 100
NO_BRANCHES = "В CRM нет ни одного действующего филиала"
_NAME_WIDTH = 24
_NAMED = 3
_WORST = 2
_LARGEST_PERCENT = 200
_WHOLE_PERCENT = 100
_EXACT = MoneyStyle(shows_kopecks=True)
_ROUBLES = MoneyStyle(shows_kopecks=False)


class Caveat(StrEnum):
    """What stands before everything else: why the figures may not be the last word, or that they were others."""

    UNFINISHED = "Предварительно"
    STOPPED_SOURCE = "Данные, возможно, неполные"
    CORRECTED = "Уточнено"


class Claim(StrEnum):
    """What the figures allow to say of the profit: an unknown cost can only lower it, an unknown revenue raise it."""

    EXACT = ""
    AT_MOST = "не больше "
    AT_LEAST = "не меньше "
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Situation:
    """The period that a report is about, the local day that it is written on (None: not said), and its caveat."""

    period: Period
    written_on: date | None = None
    caveat: Caveat | None = None

    @property
    def is_fresh(self) -> bool:
        """Whether nothing of this kind has ended since, so that «в прошлый вторник» is what a reader takes it for."""
        if self.written_on is None:
            return False
        return Period.containing(self.period.kind, self.written_on, self.period.time_zone).before == self.period


def network_headline(network: Network, names: Mapping[int, str], situation: Situation) -> str:
    """Return the summary's first line as HTML; ``names`` are those of the branches, by id."""
    if not network.subjects:
        return escape(NO_BRANCHES)
    losses = [] if len(network.branches) == 1 else _losses(network.branches, short_names(names))
    return escape(_headline("", " сети", network.whole, situation, losses))


def branch_headline(branch: Subject, name: str, situation: Situation) -> str:
    """Return the first line of a branch's report as HTML: in one chat its name tells it from the others'."""
    return escape(_headline(shortened(name, _NAME_WIDTH), "", branch, situation, []))


def short_names(names: Mapping[int, str]) -> dict[int, str]:
    """Return what branches are called in passing: «Тула» of «Тула, ул. Ленина» where no other begins so."""
    beginnings = {branch_id: name.partition(",")[0].strip() for branch_id, name in names.items()}
    bearers = Counter(beginnings.values())
    chosen = {
        branch_id: beginning if beginning and bearers[beginning] == 1 else names[branch_id]
        for branch_id, beginning in beginnings.items()
    }
    return {branch_id: _quoted(shortened(name, _NAME_WIDTH)) for branch_id, name in chosen.items()}


def claim(figures: Figures) -> Claim:
    """Return what may be said of the profit that the figures show."""
    lacks_costs = figures.repairs_without_cost > 0 or figures.fixed_costs is Known.PARTLY
    lacks_revenue = _lacks_revenue(figures)
    if is_no_parts_cost_known(figures) or (lacks_revenue and (lacks_costs or figures.profit_kopecks < 0)):
        return Claim.NONE
    if lacks_costs:
        return Claim.AT_MOST
    return Claim.AT_LEAST if lacks_revenue else Claim.EXACT


def _headline(name: str, of: str, subject: Subject, situation: Situation, losses: Sequence[str]) -> str:
    """Return the whole line: of what follows the first statement, as much as fits."""
    figures = subject.figures
    change = subject.changes.get(next(iter(situation.period.comparisons())), Change())
    lead, tail = _lead(figures, of, situation)
    opening = _opening(name, situation.caveat)
    begun = f"{opening}: {tied(lead)}" if opening else tied(lead[:1].upper() + lead[1:])
    if situation.caveat is Caveat.UNFINISHED:
        return begun + tied(tail)
    comparison = tied(_comparison(figures, change, situation)) + tied(tail)
    said = [f"; {words}" for words in losses]
    choices = [comparison + words for words in said] + [tied(tail) + words for words in said] + [comparison]
    return begun + next((rest for rest in choices if len(begun + rest) <= LONGEST), tied(tail))


def _opening(name: str, caveat: Caveat | None) -> str:
    """Return whose report it is, and what the reader must know before any figure."""
    if name and caveat:
        return f"{name}, {caveat.lower()}"
    return name or caveat or ""


def _lead(figures: Figures, of: str, situation: Situation) -> tuple[str, str]:
    """Return the first statement – the profit or the loss, or else the revenue – and what is said last."""
    during = _during(situation)
    if not figures.repairs_count and not figures.rentals_count and not figures.revenue_kopecks:
        place = f" в{of}" if of else ""
        profit = f", {_profit(figures, '', '')}" if figures.profit_kopecks else ""
        return f"завершённых ремонтов и прокатов{place}{during} не было{profit}", ""
    if claim(figures) is Claim.NONE:
        known = Claim.AT_LEAST if _lacks_revenue(figures) else Claim.EXACT
        return _statement(f"выручка{of}", during, known, figures.revenue_kopecks), "; прибыль неизвестна"
    return _profit(figures, of, during), ""


def _profit(figures: Figures, of: str, during: str) -> str:
    kopecks, known = figures.profit_kopecks, claim(figures)
    before = _before(figures)
    if kopecks >= 0:
        return _statement(f"прибыль{of}", f"{during}{before}", known, kopecks)
    # The profit is at most this loss: the loss is at least it.
    known = Claim.AT_LEAST if known is Claim.AT_MOST else Claim.EXACT
    return _statement(f"убыток{of}", f"{during}{before}", known, -kopecks)


def _statement(what: str, during: str, known: Claim, kopecks: int) -> str:
    """Return an amount with its name; a dash keeps the figures of a date from those of the amount."""
    dash = " – " if any(character.isdigit() for character in during) else " "
    return f"{what}{during}{dash}{known}{_amount(kopecks)}"


def _before(figures: Figures) -> str:
    return f" {BEFORE_FIXED}" if figures.fixed_costs is Known.NOTHING else ""


def _lacks_revenue(figures: Figures) -> bool:
    return bool(figures.repairs_without_revenue or figures.rentals_without_revenue)


def _comparison(figures: Figures, change: Change, situation: Situation) -> str:
    """Return the change of the profit where both are exact, else that of the revenue where both are; or nothing."""
    base = next(iter(situation.period.comparisons().values()))
    then = _then(base, is_fresh=situation.is_fresh)
    is_exact_then = not change.lacked_costs and not change.lacked_revenue
    if claim(figures) is Claim.EXACT and is_exact_then and change.profit_difference_kopecks is not None:
        before = figures.profit_kopecks - change.profit_difference_kopecks
        return _profit_change(figures.profit_kopecks, before, then, _before(figures))
    has_base = change.base_revenue_kopecks is not None and not change.lacked_revenue
    if not has_base or _lacks_revenue(figures) or figures.revenue_kopecks < 0:
        return ""
    what = "" if claim(figures) is Claim.NONE else "выручка "
    return f"{'; ' if what else ', '}{what}{_change(figures.revenue_kopecks, change.base_revenue_kopecks or 0, then)}"


def _profit_change(now: int, before: int, then: str, before_fixed: str) -> str:
    """Return how a profit or a loss has changed; percents only between two of the same sign."""
    if now == before or (now > 0 and before > 0) or (now < 0 and before < 0):
        return f", {_change(abs(now), abs(before), then)}"
    if before == 0:
        return f"; {then} {'убытка' if now < 0 else 'прибыли'}{before_fixed} не было"
    return f"; {then} {'была прибыль' if before > 0 else 'был убыток'}{before_fixed} {_amount(abs(before))}"


def _change(now: int, before: int, then: str) -> str:
    """Return the change between two amounts, neither below 0, in words."""
    if now == before:
        return f"как и {then}"
    percent = divide(100 * abs(now - before), before)
    if percent == 0:
        return f"почти как {then}"
    is_more = now > before
    is_in_percent = percent <= _LARGEST_PERCENT if is_more else percent < _WHOLE_PERCENT
    by = f"{percent}{NO_BREAK_SPACE}%" if is_in_percent else _amount(abs(now - before))
    return f"на {by} {'больше' if is_more else 'меньше'}, чем {then}"


def _losses(branches: Sequence[Subject], names: Mapping[int, str]) -> list[str]:
    """Return in which words to say that branches make a loss, the most telling first.

    Unknown costs could only make a loss larger, unknown revenue could make it none.
    """
    losing = [branch for branch in branches if branch.figures.profit_kopecks < 0 and not _lacks_revenue(branch.figures)]
    if not losing:
        return []
    worst = [names[branch.branch_id or 0] for branch in sorted(losing, key=lambda each: each.figures.profit_kopecks)]
    number = len(worst)
    how_many = counted(number, "филиал", "филиала", "филиалов")
    if number == len(branches) > _WORST:
        said = [f"все{NO_BREAK_SPACE}{how_many}"]
    elif number <= _NAMED:
        said = [_listed(worst), how_many]
    else:
        said = [f"{', '.join(worst[:_WORST])} и{NO_BREAK_SPACE}ещё{NO_BREAK_SPACE}{number - _WORST}", how_many]
    return [f"в{NO_BREAK_SPACE}минусе {words}" for words in said]


def _listed(names: Sequence[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} и{NO_BREAK_SPACE}{last}" if others else last


def _quoted(name: str) -> str:
    """Return the name, in quotes when its own commas would be taken for those of a list."""
    return f"«{name}»" if "," in name else name


def _during(situation: Situation) -> str:
    """Return which period the first statement is about; of a day that has just ended nothing needs to be said."""
    period = situation.period
    match period.kind, situation.is_fresh:
        case Kind.DAILY, True:
            return ""
        case Kind.DAILY, False:
            return f" за {day_and_month(period.first_on)}"
        case Kind.WEEKLY, True:
            return " за неделю"
        case Kind.MONTHLY, True:
            return f" за {month_name(period.first_on)}"
    return f" за {period_text(period)}"


def _then(base: Period, *, is_fresh: bool) -> str:
    match base.kind:
        case Kind.DAILY:
            return last_weekday_text(base.first_on) if is_fresh else day_and_month(base.first_on)
        case Kind.WEEKLY:
            return "неделей раньше"
        case Kind.MONTHLY:
            return in_month_text(base.first_on)


def _amount(kopecks: int) -> str:
    """Return the amount in roubles; in kopecks what would be rounded to nothing."""
    text = _ROUBLES.text(kopecks)
    return _EXACT.text(kopecks) if kopecks and text == _ROUBLES.text(0) else text
