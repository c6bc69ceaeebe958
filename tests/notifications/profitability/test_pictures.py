"""The summary's picture: from the rows of the query to figures and words; and as the task stores it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from sancrm_notifications import connections, settings
from sancrm_notifications.notifications.profitability import tasks
from sancrm_notifications.notifications.profitability.corrections import Correction, is_corrected
from sancrm_notifications.notifications.profitability.pictures import NetworkPicture
from sancrm_notifications.pictures.chart import Chart
from sancrm_notifications.text.limits import CAPTION_LIMIT
from tests.notifications.profitability.query_rows import (
    NO_DOUBTS,
    NO_FIXED_COSTS,
    NOTHING,
    NOVEMBER,
    WEEK,
    branch_row,
    scaled,
)
from tests.notifications.profitability.task_contexts import a_run
from tests.tdlib import shown_text, utf16_length

if TYPE_CHECKING:
    from sancrm_notifications.schedule.periods import Period
    from sancrm_notifications.text.message import Message
    from tests.conftest import Databases

NAMES = {"branch:1": "Калуга", "branch:2": "Тула", "branch:3": "Рязань"}
WHOLE = {"fixed_costs_kopecks": 6_000_00}
# As query_rows.USUAL: 45 650 of revenue, 11 980 of parts and 6 000 of fixed costs.
USUAL_PROFIT = 27_670_00


def rows(period: Period, *, new: int | None = None, **figures: Any) -> list[dict[str, Any]]:
    """Return usual rows of two branches in each period; ``new`` is a branch that had none before the reported one."""
    found = []
    for name in period.computed():
        found += [branch_row(number, NAMES[f"branch:{number}"], name, **(WHOLE | figures)) for number in (1, 2)]
        if new is not None:
            is_now = name == "reported" or name in {day.key for day in period.days}
            found.append(branch_row(new, NAMES[f"branch:{new}"], name, **(WHOLE if is_now else NOTHING)))
    return found


def picture(period: Period, found: list[dict[str, Any]], correction: Correction | None = None) -> tuple[Chart, Message]:
    """Return what is drawn, and the message."""
    message = NetworkPicture(period, found).message(NAMES, correction)
    assert message.picture is not None
    return Chart.from_json(message.picture), message


def test_a_week_has_each_day_and_the_same_of_the_week_before():
    chart, message = picture(WEEK, rows(WEEK))
    assert chart.network.profit_kopecks == (2 * USUAL_PROFIT,) * 7
    assert chart.network.compared_kopecks == (2 * USUAL_PROFIT,) * 7
    assert [branch.name for branch in chart.branches] == ["Калуга", "Тула"]
    assert (message.subject, message.belongs_to, message.silent) == ("network_picture", "network", True)
    text = shown_text(message.html).replace("\u00a0", " ")
    assert text.startswith("Прибыль сети за 16–22 ноября 2026: 387 тыс. ₽\n")
    assert "неделей раньше, всего 387 тыс. ₽" in text
    assert "Филиалы: Калуга — 194 тыс. ₽; Тула — 194 тыс. ₽." in text


def test_a_month_ends_thirteen_of_them():
    found = [row | (scaled(0.5) if row["period_name"] == "year_before" else {}) for row in rows(NOVEMBER)]
    chart, message = picture(NOVEMBER, found)
    assert [month.strftime("%Y-%m") for month in (chart.starts[0], chart.starts[-1])] == ["2025-11", "2026-11"]
    assert chart.network.profit_kopecks[-1] == 2 * USUAL_PROFIT
    assert (chart.network.profit_kopecks[0] or 0) < USUAL_PROFIT
    assert "год назад" in message.html


def test_a_new_branch_has_a_gap_before_its_first_figures_and_nothings_after():
    found = rows(WEEK, new=3)
    empty = [row | NOTHING if row["branch_id"] == 3 and row["period_name"] == "2026-11-18" else row for row in found]
    chart, _ = picture(WEEK, empty)
    new = chart.branches[-1]
    assert new.compared_kopecks == (None,) * 7
    assert [profit is None for profit in new.profit_kopecks] == [False] * 7
    assert new.profit_kopecks[2] == 0


def test_a_profit_before_unknown_costs_is_told_from_a_whole_one():
    found = [row | (NO_FIXED_COSTS if row["branch_id"] == 2 else {}) for row in rows(WEEK)]
    chart, message = picture(WEEK, found)
    assert [any(branch.is_before_fixed_costs) for branch in chart.branches] == [False, True]
    assert all(chart.network.is_before_fixed_costs)
    assert "без постоянных расходов" in message.html


@pytest.mark.parametrize(("period", "words"), [(WEEK, "первая неделя"), (NOVEMBER, "первый месяц")])
def test_without_history_a_line_says_why_there_is_no_picture(period: Period, words: str):
    days = {day.key for day in period.days} if period is WEEK else set()
    first = [row | ({} if row["period_name"] in {"reported", *days} else NOTHING) for row in rows(period)]
    assert words in (NetworkPicture(period, first).why_not or "")
    assert NetworkPicture(period, rows(period)).why_not is None


def test_a_correction_is_of_the_pictures_own_figures_and_says_what_changed():
    before = picture(WEEK, rows(WEEK))[1]
    moved = [
        row | ({"repair_revenue_kopecks": 40_000_00} if row["period_name"] in {"reported", "2026-11-17"} else {})
        for row in rows(WEEK)
    ]
    chart, after = picture(WEEK, moved, Correction(before.figures, datetime(2026, 11, 24, 10, 40, tzinfo=UTC)))
    assert is_corrected(before.figures, after.figures)
    assert "Уточнено 24\u00a0ноября, 10:40" in after.html
    assert chart.corrected == "24\u00a0ноября, 10:40"
    compared = [row | (scaled(2) if row["period_name"].startswith("before/") else {}) for row in rows(WEEK)]
    assert not is_corrected(before.figures, picture(WEEK, compared)[1].figures)


def test_a_caption_fits_whatever_branches_are_called():
    names = {f"branch:{number}": "<" * 5000 for number in range(1, 41)}
    found = [branch_row(number, "x", name, **WHOLE) for name in WEEK.computed() for number in range(1, 41)]
    message = NetworkPicture(WEEK, found).message(names)
    assert utf16_length(shown_text(message.html)) <= CAPTION_LIMIT


PERIOD = {
    "kind": "weekly",
    "first_on": "2026-11-16",
    "last_on": "2026-11-22",
    "time_zone": "Europe/Moscow",
    "unfinished_as_of": None,
    "only_branch_id": None,
}


class TestAWeekAsTheTaskStoresIt:
    """The picture is stored behind the summary, unless it is not wanted."""

    @pytest.fixture(autouse=True)
    def ledger(self, databases: Databases, monkeypatch: pytest.MonkeyPatch) -> str:
        conninfo = databases.create()
        monkeypatch.setattr(connections, "ledger_conninfo", lambda: conninfo)
        self.set(monkeypatch, "{}")
        return conninfo

    @staticmethod
    def set(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
        chosen = settings.parse(text).model_copy(update={"name_unusual": False})
        monkeypatch.setattr(settings, "load", lambda: chosen)

    def format(self, found: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
        return tasks.format_reports({**PERIOD, **more}, found, [NO_DOUBTS], "", a_run())

    @staticmethod
    def stored(ledger: str, columns: str = "subject") -> list[tuple[Any, ...]]:
        with psycopg.connect(ledger) as connection:
            statement = f"select {columns} from notifications.messages order by message_id"
            return connection.execute(statement.encode()).fetchall()

    def test_the_picture_follows_the_summary(self, ledger: str) -> None:
        self.format(rows(WEEK))
        found = self.stored(ledger, "subject, picture is not null, closes_batch")
        assert found[-2:] == [("network", False, True), ("network_picture", True, True)]
        assert [subject for subject, has_picture, _ in found if has_picture] == ["network_picture"]

    def test_one_branch_alone_and_a_setting_have_none(self, ledger: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self.format(rows(WEEK), only_branch_id=1)
        self.set(monkeypatch, '{"pictures": false}')
        self.format(rows(WEEK))
        assert self.stored(ledger) == [("branch:1",), ("branch:2",), ("network",)]

    def test_the_first_week_says_why_it_has_none(self, ledger: str) -> None:
        first = [row | (NOTHING if "before" in row["period_name"] else {}) for row in rows(WEEK)]
        self.format(first)
        texts = dict(self.stored(ledger, "subject, html"))
        assert "network_picture" not in texts
        assert "это первая неделя" in texts["network"]

    def test_rows_of_a_former_release_are_reported_without_and_without_a_word(self, ledger: str) -> None:
        self.format([row for row in rows(WEEK) if not row["period_name"].startswith("before/")])
        texts = dict(self.stored(ledger, "subject, html"))
        assert list(texts) == ["branch:1", "branch:2", "network"]
        assert "Картинки нет" not in texts["network"]

    def test_other_figures_edit_text_and_picture_also_when_it_is_switched_off(
        self, ledger: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(
            "sancrm_notifications.notifications.profitability.rules.is_corrected_unasked", lambda *_: True
        )
        self.format(rows(WEEK))
        with psycopg.connect(ledger) as connection:
            connection.execute("update notifications.messages set state = 'sent', telegram_message_id = message_id")
        self.set(monkeypatch, '{"pictures": false}')
        told = self.format(rows(WEEK, repair_revenue_kopecks=40_000_00))
        assert told["corrected"] == 4
        revisions = dict(self.stored(ledger, "subject, revision"))
        assert revisions == {"branch:1": 2, "branch:2": 2, "network": 2, "network_picture": 2}
        (picture_html,) = [
            html for subject, html in self.stored(ledger, "subject, html") if subject == "network_picture"
        ]
        assert "Уточнено" in picture_html
