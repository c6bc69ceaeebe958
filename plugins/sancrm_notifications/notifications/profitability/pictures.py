"""The picture of the weekly and the monthly summary: its figures, and the caption that says the same in words.

Source: docs/pictures.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sancrm_notifications.notifications.profitability.corrections import CORRECTED_AMOUNTS, correction_line
from sancrm_notifications.notifications.profitability.figures import SUMMED, Figures, Known, network, total
from sancrm_notifications.notifications.profitability.headline import claim
from sancrm_notifications.pictures.chart import Chart, Panel
from sancrm_notifications.pictures.words import caption
from sancrm_notifications.schedule.periods import Kind, Period
from sancrm_notifications.text.message import Message
from sancrm_notifications.text.money import NO_BREAK_SPACE, MoneyStyle
from sancrm_notifications.text.russian import time_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from sancrm_notifications.notifications.profitability.corrections import Correction
    from sancrm_notifications.notifications.profitability.figures import Network, Subject
    from sancrm_notifications.text.claims import Claim
    from sancrm_notifications.text.message import Figure

SUBJECT = "network_picture"
_SUMMARY = "network"
_NETWORK_NAME = "Вся сеть"
_NOTHING = Figures()
_NO_HISTORY = {
    Kind.WEEKLY: f"Картинки нет: это первая неделя с{NO_BREAK_SPACE}данными, сравнивать её не с{NO_BREAK_SPACE}чем.",
    Kind.MONTHLY: f"Картинки нет: это первый месяц с{NO_BREAK_SPACE}данными, сравнивать его не с{NO_BREAK_SPACE}чем.",
}


class NetworkPicture:
    """The picture of one report.

    ``rows`` are those of ``profitability.sql`` for ``period.computed()``, of a week or a month.
    """

    def __init__(self, period: Period, rows: Sequence[dict[str, Any]]) -> None:
        self._period = period
        self._network: Network = network(period, rows)

    @staticmethod
    def was_computed(rows: Sequence[dict[str, Any]]) -> bool:
        """Tell whether the rows have what a picture shows: those that a former release computed have not."""
        return any(row["period_name"].startswith("before/") for row in rows)

    @property
    def why_not(self) -> str | None:
        """The line, as HTML, that says why there is no picture: nothing is known of the time before; else None."""
        reported = {"reported", *(day.key for day in self._period.days)}
        before = [figures for name, figures in self._network.whole.pictured.items() if name not in reported]
        return None if any(map(_has_figures, before)) else _NO_HISTORY[self._period.kind]

    def message(self, names: Mapping[str, str], correction: Correction | None = None) -> Message:
        """Return the message that follows the summary; ``names`` are what branches are called, by ``branch:<id>``."""
        whole, own = self._network.whole, self._own_figures()
        corrected = None
        chart = Chart(
            kind=self._period.kind,
            first_on=self._period.first_on,
            network=_panel(_NETWORK_NAME, whole, self._period.kind),
            branches=tuple(
                _panel(names[f"branch:{branch.branch_id}"], branch, self._period.kind)
                for branch in self._network.branches
            ),
            corrected=None if correction is None else time_text(correction.at),
            compared_claims=_compared_claims(whole, self._period.kind),
        )
        if correction is not None:
            amounts = [own[name] for name in CORRECTED_AMOUNTS] + [correction.before.get(n) for n in CORRECTED_AMOUNTS]
            corrected = correction_line(correction, own, MoneyStyle.for_amounts(amounts, whole_roubles=False))
        return Message(
            subject=SUBJECT,
            destination="reports",
            label="Картинка к сводке сети",
            html=caption(chart, corrected),
            silent=True,
            closes_batch=True,
            figures=own,
            picture=chart.to_json(),
            belongs_to=_SUMMARY,
        )

    def _own_figures(self) -> dict[str, Figure]:
        """Return the period's own figures, whose change corrects the picture: of the network, and of each bar."""
        whole = self._network.whole.figures
        own: dict[str, Figure] = {name: getattr(whole, name) for name in (*SUMMED, "revenue_kopecks", "profit_kopecks")}
        for subject in (self._network.whole, *self._network.branches):
            start = "" if subject.branch_id is None else f"branch_{subject.branch_id}_"
            own[f"{start}profit_kopecks"] = subject.figures.profit_kopecks
            for day, figures in subject.days.items():
                own[f"{start}profit_on_{day}_kopecks"] = figures.profit_kopecks if figures else 0
        return own


def _panel(name: str, subject: Subject, kind: Kind) -> Panel:
    shown = _since_the_first(list(subject.pictured.values()))
    half = len(shown) // 2 if kind is Kind.WEEKLY else 0
    profits = [None if figures is None else figures.profit_kopecks for figures in shown]
    is_before = [figures is not None and figures.fixed_costs is not Known.FULLY for figures in shown]
    return Panel(name, tuple(profits[half:]), tuple(is_before[half:]), tuple(profits[:half]), claim(subject.figures))


def _compared_claims(whole: Subject, kind: Kind) -> tuple[Claim, ...]:
    """Return how exact the sums are that the network's profit is compared with, as ``Chart.compared_claims``."""
    pictured = {name: figures or _NOTHING for name, figures in whole.pictured.items()}
    if kind is Kind.WEEKLY:
        compared = [total([figures for name, figures in pictured.items() if name.startswith("before/")])]
    else:
        compared = [pictured["year_before"], pictured["month_before"]]
    return tuple(map(claim, compared))


def _since_the_first(steps: Sequence[Figures | None]) -> list[Figures | None]:
    """Return the steps with a gap where the subject had no figures yet; later an empty one is a nothing."""
    first = next((number for number, figures in enumerate(steps) if _has_figures(figures)), len(steps))
    return [None if number < first else figures or _NOTHING for number, figures in enumerate(steps)]


def _has_figures(figures: Figures | None) -> bool:
    return figures is not None and any(getattr(figures, name) for name in SUMMED)
