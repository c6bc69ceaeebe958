"""The profitability reports: one message for each branch, and the summary of the network after them.

Source: docs/numbers.md.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Any

from sancrm_notifications.notifications.profitability.corrections import CORRECTED_AMOUNTS, correction_line
from sancrm_notifications.notifications.profitability.figures import SUMMED, Network, Subject, network
from sancrm_notifications.notifications.profitability.headline import (
    Caveat,
    Situation,
    branch_headline,
    network_headline,
    short_names,
)
from sancrm_notifications.notifications.profitability.lines import (
    change_lines,
    cost_lines,
    count_lines,
    profit_lines,
    revenue_lines,
)
from sancrm_notifications.notifications.profitability.notes import (
    MARKED,
    NO_BRANCHES,
    ROUNDED,
    branch_cost_notes,
    doubt_notes,
    figures_notes,
    network_cost_notes,
    stopped_source_notes,
    unfinished_notes,
)
from sancrm_notifications.notifications.profitability.tables import (
    NETWORK_NAME,
    branches_table,
    days_table,
    has_marks,
)
from sancrm_notifications.notifications.profitability.unusual_lines import branch_line, network_lines
from sancrm_notifications.schedule.periods import Kind, Period
from sancrm_notifications.text.layout import Block, Notes, Paragraph, Title, plain_html, rich_html
from sancrm_notifications.text.markup import bold, is_blank, one_line, value
from sancrm_notifications.text.message import Message
from sancrm_notifications.text.money import NO_BREAK_SPACE, MoneyStyle
from sancrm_notifications.text.monospace import shortened
from sancrm_notifications.text.russian import counted, period_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date, datetime

    from sancrm_notifications.notifications.profitability.corrections import Correction
    from sancrm_notifications.notifications.profitability.unusual import Unusual
    from sancrm_notifications.text.message import Figure

TITLES = {
    Kind.DAILY: "Отчёт о рентабельности за день",
    Kind.WEEKLY: "Отчёт о рентабельности за неделю",
    Kind.MONTHLY: "Отчёт о рентабельности за месяц",
}
NETWORK_SUBJECT = "network"
_LABEL_WIDTH = 56


@dataclass(frozen=True, slots=True)
class Options:
    """How the reports are written.

    ``whole_roubles``: amounts are rounded to the rouble.  ``only_branch_id``: the report of that branch alone.
    ``source_quiet_hours``: a source that did not move for so long before the period's end is named.
    ``unfinished_as_of``: the aware instant of the figures when the period had not ended by then (a preview).
    ``written_on``: the local day on which they are written, for words such as «в прошлый вторник»; None: dates alone.
    ``unusual``: what leaves its usual range, the farthest first.
    ``corrections``: what is corrected of the messages that are in the chat, by their subject.
    ``summary_notes``: further lines of the summary's footer, as HTML.
    """

    whole_roubles: bool = False
    only_branch_id: int | None = None
    source_quiet_hours: int = 8
    unfinished_as_of: datetime | None = None
    written_on: date | None = None
    unusual: Sequence[Unusual] = ()
    corrections: Mapping[str, Correction] = field(default_factory=dict)
    summary_notes: tuple[str, ...] = ()


def messages(
    period: Period, rows: Sequence[dict[str, Any]], doubts: Mapping[str, Any], options: Options
) -> list[Message]:
    """Return the branches' reports in the order of the rows, then the network's summary.

    ``rows`` are those of ``profitability.sql`` for ``period.computed()``, ``doubts`` the row of
    ``profitability_doubts.sql``.  With ``only_branch_id`` there is one message, or none when that branch has
    no row in the reported period.
    """
    report = _Report(period, network(period, rows), doubts, options)
    branches = report.network.branches
    if options.only_branch_id is not None:
        branches = [branch for branch in branches if branch.branch_id == options.only_branch_id]
        return [report.of_branch(branch) for branch in branches]
    return [*(report.of_branch(branch) for branch in branches), report.of_network()]


class _Report:
    """What all messages of one report share."""

    def __init__(self, period: Period, figures: Network, doubts: Mapping[str, Any], options: Options) -> None:
        self.period = period
        self.network = figures
        self.doubts = doubts
        self.options = options
        self.names = _names({branch.branch_id or 0: branch.name for branch in figures.branches})
        self.short_names = short_names(self.names)
        self.former_names = _names(figures.former_names, self.names.values())
        self.stopped_source = stopped_source_notes(doubts, period, options.source_quiet_hours, options.unfinished_as_of)
        # What a CRM that has stopped lacks, or a day that goes on, is no finding.
        self.unusual = () if self.stopped_source or options.unfinished_as_of else options.unusual

    def of_branch(self, branch: Subject) -> Message:
        """Return a branch's report."""
        name = self.names[branch.branch_id or 0]
        about, own = f"branch:{branch.branch_id}", _own_figures(branch)
        amounts = [*_amounts(branch), *self._corrected_amounts(about)]
        style = MoneyStyle.for_amounts(amounts, whole_roubles=self.options.whole_roubles)
        blocks = self._figures_blocks(branch, f"{bold(value(name))} · {period_text(self.period)}", style)
        blocks[1:1] = self._correction_block(about, own, style)
        first_line = branch_headline(branch, self.short_names[branch.branch_id or 0], self._situation(about))
        own_lines = [branch_line(each, self.period) for each in self.unusual if each.branch_id == branch.branch_id]
        blocks.insert(0, Paragraph((bold(first_line), *own_lines)))
        notes = [*figures_notes(branch.figures), *branch_cost_notes(branch), *self.stopped_source]
        if self.period.kind is Kind.WEEKLY:
            days = days_table(branch, style)
            blocks.append(days)
            notes[:0] = [MARKED] if has_marks(days) else []
        blocks += self._notes_block(branch, notes, amounts)
        return Message(
            subject=about,
            destination=about,
            label=shortened(name, _LABEL_WIDTH),
            html=plain_html(blocks),
            silent=True,
            figures=own,
        )

    def of_network(self) -> Message:
        """Return the network's summary."""
        whole, subjects = self.network.whole, self.network.subjects
        own = _own_figures(whole) | _own_parts(subjects)
        shown = chain(_amounts(whole), *(_table_amounts(subject) for subject in subjects))
        amounts = [*shown, *self._corrected_amounts(NETWORK_SUBJECT)]
        style = MoneyStyle.for_amounts(amounts, whole_roubles=self.options.whole_roubles)
        blocks = self._network_blocks(style, amounts)
        blocks[1:1] = self._correction_block(NETWORK_SUBJECT, own, style)
        first_line = network_headline(self.network, self.short_names, self._situation(NETWORK_SUBJECT))
        # The report of a single branch, beside its summary, says by itself what is unusual.
        found = self.unusual if len(self.network.branches) > 1 else ()
        lines = network_lines(found, self.short_names, self.period)
        blocks.insert(0, Paragraph((bold(first_line), *lines)))
        return Message(
            subject=NETWORK_SUBJECT,
            destination="reports",
            label=NETWORK_NAME,
            html=plain_html(blocks),
            rich_html=rich_html(blocks),
            closes_batch=True,
            figures=own,
        )

    def _situation(self, about: str) -> Situation:
        """Return what the first line of the report on this subject has to reckon with."""
        caveats = (
            (Caveat.UNFINISHED, self.options.unfinished_as_of is not None),
            (Caveat.STOPPED_SOURCE, bool(self.stopped_source)),
            (Caveat.CORRECTED, about in self.options.corrections),
        )
        caveat = next((each for each, holds in caveats if holds), None)
        return Situation(self.period, self.options.written_on, caveat)

    def _corrected_amounts(self, about: str) -> list[int | None]:
        """Return the former amounts that a correction shows."""
        correction = self.options.corrections.get(about)
        return [] if correction is None else [correction.before.get(name) for name in CORRECTED_AMOUNTS]

    def _correction_block(self, about: str, own: Mapping[str, Figure], style: MoneyStyle) -> list[Block]:
        """Return the line that says what was corrected, if anything was."""
        correction = self.options.corrections.get(about)
        return [] if correction is None else [Paragraph((correction_line(correction, own, style),))]

    def _network_blocks(self, style: MoneyStyle, amounts: list[int | None]) -> list[Block]:
        branches = counted(len(self.network.branches), "филиал", "филиала", "филиалов")
        second_line = f"{bold(NETWORK_NAME)} ({branches}) · {period_text(self.period)}"
        if len(self.network.subjects) == 1 and self.network.branches:
            return self._short_blocks(second_line, style, amounts)
        whole = self.network.whole
        blocks = self._figures_blocks(whole, second_line, style)
        tables = [days_table(whole, style)] if self.period.kind is Kind.WEEKLY else []
        if self.network.subjects:
            tables.append(branches_table(self.network, self.names, style))
        notes = [MARKED] if any(has_marks(table) for table in tables) else []
        notes += self._network_notes()
        return [*blocks, *tables, *self._notes_block(whole, notes, amounts)]

    def _short_blocks(self, second_line: str, style: MoneyStyle, amounts: list[int | None]) -> list[Block]:
        """Return the summary of a network of one branch: its report has the rest."""
        whole = self.network.whole
        lines = (
            revenue_lines(whole.figures, style)[0],
            *profit_lines(whole.figures, style),
            count_lines(whole.figures, style)[0],
        )
        title = Title(TITLES[self.period.kind], (second_line,))
        name = value(shortened(self.names[self.network.branches[0].branch_id or 0], _LABEL_WIDTH))
        notes = [f"Подробности{NO_BREAK_SPACE}— в отчёте филиала «{name}».", *self._network_notes()]
        return [title, Paragraph(lines), *self._notes_block(whole, notes, amounts)]

    def _network_notes(self) -> list[str]:
        no_branches = [] if self.network.branches else [NO_BRANCHES]
        return [
            *no_branches,
            *figures_notes(self.network.whole.figures),
            *network_cost_notes(self.network, self.names),
            *doubt_notes(self.doubts),
            *self.stopped_source,
            *self.options.summary_notes,
        ]

    def _figures_blocks(self, subject: Subject, second_line: str, style: MoneyStyle) -> list[Block]:
        figures = subject.figures
        return [
            Title(TITLES[self.period.kind], (second_line,)),
            Paragraph(revenue_lines(figures, style)),
            Paragraph(cost_lines(figures, style)),
            Paragraph(profit_lines(figures, style)),
            Paragraph(count_lines(figures, style)),
            Paragraph(change_lines(subject, self.period, style, self.former_names | self.names)),
        ]

    def _notes_block(self, subject: Subject, notes: list[str], amounts: list[int | None]) -> list[Block]:
        """Return the footer: first that the period goes on, last that amounts are rounded."""
        as_of = self.options.unfinished_as_of
        unfinished = unfinished_notes(subject.figures, self.period, as_of) if as_of else []
        is_rounded = self.options.whole_roubles and MoneyStyle.for_amounts(amounts, whole_roubles=False).shows_kopecks
        lines = (*unfinished, *notes, *([ROUNDED] if is_rounded else []))
        return [Notes(lines)] if lines else []


def _names(branches: Mapping[int, str | None], taken: Iterable[str] = ()) -> dict[int, str]:
    """Return what each branch is called; branches of one name, or of a taken one, are told apart by their number."""
    bearers = Counter([*branches.values(), *taken])
    return {
        branch_id: name
        if name and not is_blank(name) and bearers[name] == 1
        else f"{one_line(name or '') or 'Филиал'} (№{NO_BREAK_SPACE}{branch_id})"
        for branch_id, name in branches.items()
    }


def _amounts(subject: Subject) -> Iterator[int | None]:
    """Return every amount that a report on this subject shows."""
    figures = subject.figures
    yield from (figures.repair_revenue_kopecks, figures.rental_revenue_kopecks, figures.parts_cost_kopecks)
    yield figures.fixed_costs_kopecks
    yield from (change.profit_difference_kopecks for change in subject.changes.values())
    for day in subject.days.values():
        if day is not None:
            yield from (day.revenue_kopecks, day.profit_kopecks)


def _table_amounts(subject: Subject) -> Iterator[int | None]:
    yield from (subject.figures.revenue_kopecks, subject.figures.profit_kopecks)


def _own_figures(subject: Subject) -> dict[str, Figure]:
    """Return the period's own figures: those whose change is a correction."""
    figures = subject.figures
    own: dict[str, Figure] = {name: getattr(figures, name) for name in SUMMED}
    own |= {"revenue_kopecks": figures.revenue_kopecks, "profit_kopecks": figures.profit_kopecks}
    for day, of_day in subject.days.items():
        own[f"revenue_on_{day}_kopecks"] = of_day.revenue_kopecks if of_day else 0
        own[f"profit_on_{day}_kopecks"] = of_day.profit_kopecks if of_day else 0
    return own


def _own_parts(subjects: list[Subject]) -> dict[str, Figure]:
    """Return the figures of the network's table: money moved from one branch to another changes it too."""
    own: dict[str, Figure] = {}
    for subject in subjects:
        name = subject.kind if subject.branch_id is None else f"branch_{subject.branch_id}"
        own[f"{name}_revenue_kopecks"] = subject.figures.revenue_kopecks
        own[f"{name}_profit_kopecks"] = subject.figures.profit_kopecks
    return own
