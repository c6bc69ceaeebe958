"""The first line of a report, which a phone's notification shows: about a hundred characters, checkable below it.

Source: docs/numbers.md, The first line.  It has no footnotes, so what is not known it does not claim.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from sancrm_notifications.notifications.profitability.figures import FEW_ORDERS, FEW_REPAIRS, Change, Figures, Known
from sancrm_notifications.notifications.profitability.lines import BEFORE_FIXED, is_no_parts_cost_known
from sancrm_notifications.schedule.periods import Kind, Period
from sancrm_notifications.text.claims import Claim, rouble_text, rough_text
from sancrm_notifications.text.markup import escape
from sancrm_notifications.text.money import NO_BREAK_SPACE, divide
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


class Caveat(StrEnum):
    """What stands before everything else: why the figures may not be the last word, or that they were others."""

    UNFINISHED = "Предварительно"
    STOPPED_SOURCE = "Данные, возможно, неполные"
    CORRECTED = "Уточнено"


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
    """Return the summary's first line as HTML; ``names`` are the branches' ``short_names``."""
    if not network.subjects:
        return escape(NO_BRANCHES)
    losses = [] if len(network.branches) == 1 else _losses(network.branches, names)
    return escape(_headline("", " сети", network.whole, situation, losses))


def branch_headline(branch: Subject, name: str, situation: Situation) -> str:
    """Return the first line of a branch's report as HTML: its name, of ``short_names``, tells it from the others'."""
    return escape(_headline(name, "", branch, situation, []))


def short_names(names: Mapping[int, str]) -> dict[int, str]:
    """Return what branches are called in passing: «Тула» of «Тула, ул. Ленина» where no other begins so."""
    beginnings = {branch_id: name.partition(",")[0].strip() for branch_id, name in names.items()}
    bearers = Counter(beginnings.values())
    chosen = {
        branch_id: shortened(beginning if beginning and bearers[beginning] == 1 else names[branch_id], _NAME_WIDTH)
        for branch_id, beginning in beginnings.items()
    }
    alike = Counter(chosen.values())
    return {
        branch_id: name if alike[name] == 1 else _numbered(names[branch_id], branch_id)
        for branch_id, name in chosen.items()
    }


def _numbered(name: str, branch_id: int) -> str:
    """Return a name whose beginning others share, told from theirs by its number."""
    number = f" (№{NO_BREAK_SPACE}{branch_id})"
    return shortened(name, max(_NAME_WIDTH - len(number), _NAME_WIDTH // 2)) + number


def claim(figures: Figures) -> Claim:
    """Return what may be said of the profit that the figures show."""
    if _is_about_right(figures):
        return Claim.ABOUT
    lacks_costs = figures.repairs_without_cost > 0 or figures.fixed_costs is Known.PARTLY
    lacks_revenue = _lacks_revenue(figures)
    if is_no_parts_cost_known(figures) or (lacks_revenue and (lacks_costs or figures.profit_kopecks < 0)):
        return Claim.NONE
    if lacks_costs:
        return Claim.AT_MOST
    return Claim.AT_LEAST if lacks_revenue else Claim.EXACT


def _is_about_right(figures: Figures) -> bool:
    """Tell whether so few costs and revenues are unknown that they could hardly move the profit, nor turn its sign."""
    without_revenue = figures.repairs_without_revenue + figures.rentals_without_revenue
    orders = figures.repairs_count + figures.rentals_count
    if not (figures.repairs_without_cost or without_revenue) or figures.fixed_costs is Known.PARTLY:
        return False
    are_few = (
        figures.repairs_without_cost * FEW_REPAIRS <= figures.repairs_count and without_revenue * FEW_ORDERS <= orders
    )
    # As if an unknown cost were all that an average order brings, exactly in whole numbers.
    unknown = (figures.repairs_without_cost + without_revenue) * figures.revenue_kopecks
    return are_few and abs(figures.profit_kopecks) * orders > unknown


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
    known = Claim.AT_LEAST if known is Claim.AT_MOST else known
    return _statement(f"убыток{of}", f"{during}{before}", known, -kopecks)


def _statement(what: str, during: str, known: Claim, kopecks: int) -> str:
    """Return an amount with its name; a dash keeps the figures of a date from those of the amount."""
    dash = " — " if any(character.isdigit() for character in during) else " "
    return f"{what}{during}{dash}{known.words}{rough_text(kopecks) if known is Claim.ABOUT else rouble_text(kopecks)}"


def _before(figures: Figures) -> str:
    return f" {BEFORE_FIXED}" if figures.fixed_costs is Known.NOTHING else ""


def _may_be_profit(figures: Figures) -> bool:
    """Tell whether an unknown revenue could make a loss none."""
    return _lacks_revenue(figures) and claim(figures) is not Claim.ABOUT


def _lacks_revenue(figures: Figures) -> bool:
    return bool(figures.repairs_without_revenue or figures.rentals_without_revenue)


def _comparison(figures: Figures, change: Change, situation: Situation) -> str:
    """Return the change of the profit where both are about right, else that of the revenue if exact; or nothing."""
    base = next(iter(situation.period.comparisons().values()))
    then = _then(base, is_fresh=situation.is_fresh)
    known = claim(figures)
    is_known_then = not change.lacked_costs and not change.lacked_revenue
    if known in {Claim.EXACT, Claim.ABOUT} and is_known_then and change.profit_difference_kopecks is not None:
        before = figures.profit_kopecks - change.profit_difference_kopecks
        compare = _profit_change if known is Claim.EXACT and change.is_exact else _rough_profit_change
        return compare(figures.profit_kopecks, before, then, _before(figures))
    has_base = change.base_revenue_kopecks is not None and not change.lacked_revenue
    if not has_base or _lacks_revenue(figures) or figures.revenue_kopecks < 0:
        return ""
    what = "" if known is Claim.NONE else "выручка "
    return f"{'; ' if what else ', '}{what}{_change(figures.revenue_kopecks, change.base_revenue_kopecks or 0, then)}"


def _profit_change(now: int, before: int, then: str, before_fixed: str) -> str:
    """Return how a profit or a loss has changed; percents only between two of the same sign."""
    if now == before or (now > 0 and before > 0) or (now < 0 and before < 0):
        return f", {_change(abs(now), abs(before), then)}"
    if before == 0:
        return f"; {then} {'убытка' if now < 0 else 'прибыли'}{before_fixed} не было"
    return f"; {then} {'была прибыль' if before > 0 else 'был убыток'}{before_fixed} {rouble_text(abs(before))}"


def _rough_profit_change(now: int, before: int, then: str, before_fixed: str) -> str:
    """Return it where some costs or revenues of either side are unknown: nothing sounds exact."""
    if (now > 0 and before > 0) or (now < 0 and before < 0):
        change = _change(abs(now), abs(before), then)
        return f", почти как {then}" if now == before else f", {change.replace('на ', 'примерно на ', 1)}"
    if before == 0:
        return ""
    return f"; {then} {'была прибыль' if before > 0 else 'был убыток'}{before_fixed} около {rough_text(abs(before))}"


def _change(now: int, before: int, then: str) -> str:
    """Return the change between two amounts, neither below 0, in words."""
    if now == before:
        return f"как и {then}"
    percent = divide(100 * abs(now - before), before)
    if percent == 0:
        return f"почти как {then}"
    is_more = now > before
    is_in_percent = percent <= _LARGEST_PERCENT if is_more else percent < _WHOLE_PERCENT
    by = f"{percent}{NO_BREAK_SPACE}%" if is_in_percent else rouble_text(abs(now - before))
    return f"на {by} {'больше' if is_more else 'меньше'}, чем {then}"


def _losses(branches: Sequence[Subject], names: Mapping[int, str]) -> list[str]:
    """Return in which words to say that branches make a loss, the most telling first.

    Unknown costs could only make a loss larger, unknown revenue could make it none.
    """
    losing = [branch for branch in branches if branch.figures.profit_kopecks < 0 and not _may_be_profit(branch.figures)]
    if not losing:
        return []
    losing.sort(key=lambda each: each.figures.profit_kopecks)
    worst = [_quoted(names[branch.branch_id or 0]) for branch in losing]
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
        case Kind.WEEKLY, False:
            # The title, two lines below, has the year.
            return f" за {period_text(period).removesuffix(f' {period.first_on.year}')}"
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
