"""Preview and backfill: what would be sent, changed or left alone, and the runs that find it out."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from html import unescape
from typing import TYPE_CHECKING, Any

import pytest

from sancrm_notifications.ledger.comparing import Effect, compared
from sancrm_notifications.ledger.reading import reading
from sancrm_notifications.notifications.profitability import rules
from sancrm_notifications.pages.forecast import counts, forecast
from sancrm_notifications.schedule.periods import Kind, Period
from sancrm_notifications.text.message import Message
from tests.pages.people import DAILY
from tests.pages.test_decisions import hidden_fields

if TYPE_CHECKING:
    from tests.pages.airflow_site import Site
    from tests.pages.conftest import Ledger
    from tests.pages.scene import Scene

HOME = "/sancrm-notifications"
FIGURES = {"revenue_kopecks": 11_840_000, "profit_kopecks": 4_000_000}
ZONE = "Europe/Moscow"
PREVIEWED = [
    Message("branch:1", "branch:1", "Калуга", "<b>Калуга</b>\nВыручка 118 400 ₽", figures=FIGURES),
    Message("branch:2", "branch:2", "Тула", "Тула", figures=FIGURES),
    Message("branch:7", "branch:7", "Обнинск", "Обнинск", figures=FIGURES),
    Message("network", "reports", "Вся сеть", "Вся сеть", figures=FIGURES),
]


@pytest.fixture
def stored(scene: Scene, ledger: Ledger) -> dict[str, int]:
    """One message that changes, one as it is, one parked, one not there; and their preview."""
    ids = {
        "changes": scene.report(
            1, figures={**FIGURES, "revenue_kopecks": 10_000_000}, html="<b>Калуга</b>\nВыручка 100 000 ₽"
        ),
        "same": scene.report(2, figures=FIGURES),
        "parked": scene.report(7, state="parked", reason="chat_gone: x", figures=FIGURES),
    }
    ledger.preview(*PREVIEWED, run_id="previewed")
    # Weeks later nothing of the day would be changed, and every clock comes to that.
    scene._run("update notifications.messages set stored_at = '2026-11-21 06:00Z' where run_id = 'previewed'")
    return ids


def test_what_would_happen_is_what_storing_and_revising_do(ledger: Ledger, stored: dict[str, int]):
    with reading(ledger.conninfo) as connection:
        found = [forecast(row, ZONE) for row in compared(connection, DAILY, ["previewed"])]
    assert [each.effect for each in found] == [Effect.CHANGE, Effect.NOTHING, Effect.SEND, Effect.SEND]
    assert counts(found) == {Effect.SEND: 2, Effect.CHANGE: 1, Effect.NOTHING: 1}
    assert found[0].message_id == stored["changes"]
    assert [(line.text, line.is_new) for line in found[0].lines] == [
        ("Выручка 100 000 ₽", False),
        ("Выручка 118 400 ₽", True),
    ]


def test_a_change_of_an_older_missed_call_is_compared_with_its_own_message(scene: Scene, ledger: Ledger):
    known = scene.call(12841, "2026-11-19")
    called: dict[str, Any] = {"repairs": [{"repair_id": 12841, "called_at": "2026-11-20T10:00:00+00:00"}]}
    change = Message("2026-11-19/repair:12841", "missed_calls", "К-12841", "Снято с обзвона", figures=called)
    ledger.preview(change, run_id="calls", dag_id="missed_calls")
    with reading(ledger.conninfo) as connection:
        (found,) = [forecast(row, ZONE) for row in compared(connection, "missed_calls", ["calls"])]
    assert (found.effect, found.message_id) == (Effect.CHANGE, known)


@pytest.mark.parametrize(
    ("written_at", "corrects_old", "effect"),
    [
        # The 20th of November ends at 21:00 UTC; five weeks later nobody reads it again.
        ("2026-12-25 20:59Z", False, Effect.CHANGE),
        ("2026-12-25 21:01Z", False, Effect.NOTHING),
        ("2026-12-25 21:01Z", True, Effect.CHANGE),
    ],
)
def test_an_old_period_is_left_alone_as_its_run_leaves_it(
    stored: dict[str, int], ledger: Ledger, *, written_at: str, corrects_old: bool, effect: Effect
):
    with reading(ledger.conninfo) as connection:
        (row, *_) = compared(connection, DAILY, ["previewed"])
    at = datetime.fromisoformat(written_at)
    found = forecast({**row, "stored_at": at}, ZONE, corrects_old=corrects_old)
    assert (found.effect, found.message_id) == (effect, stored["changes"])
    assert found.is_left_as_it_is == (effect is Effect.NOTHING)
    assert rules.is_corrected_unasked(Period.containing(Kind.DAILY, date(2026, 11, 20), ZONE), at) == (
        effect is Effect.CHANGE and not corrects_old
    )


def test_the_pages_say_what_is_left_alone_and_how_to_correct_it(site: Site, ledger: Ledger, scene: Scene):
    site.change("delete from dag_run")
    scene.report(1, "2026-08-20", figures={**FIGURES, "revenue_kopecks": 1})
    ledger.preview(PREVIEWED[0], run_id="previewed", period="2026-08-20")
    page = unescape(site.get(f"{HOME}/dags/{DAILY}/runs/previewed", "admin").text)
    assert "<strong>0</strong> изменить, <strong>1</strong> уже в чате." in page
    assert "исправит их только запуск с отметкой «Исправить старый период»" in page

    days = f"{HOME}/backfill?from=2026-08-20&to=2026-08-20"
    for asked, sentence in (
        ({}, "<strong>1</strong> уже в чате."),
        ({"correct_old": "1"}, "<strong>1</strong> изменить"),
    ):
        form = {**hidden_fields(site.get(days, "editor").text), "do": "count", **asked}
        counting = site.post(f"{HOME}/backfill", "editor", form).headers["location"]
        (run,) = site.rows("select run_id from dag_run order by id desc limit 1")
        ledger.preview(PREVIEWED[0], run_id=run["run_id"], period="2026-08-20")
        page = unescape(site.get(counting, "editor").text)
        assert sentence in page
        assert ("они исправляются только с отметкой" in page) == (not asked)
        assert ('value="1" checked' in page) == bool(asked)


def test_the_page_shows_counts_chats_and_the_difference(site: Site, stored: dict[str, int]):
    site.connect_telegram()
    page = unescape(site.get(f"{HOME}/dags/{DAILY}/runs/previewed", "admin").text)
    assert "<strong>2</strong> отправить, <strong>1</strong> изменить, <strong>1</strong> уже в чате." in page
    assert "<del>Выручка 100 000 ₽</del><ins>Выручка 118 400 ₽</ins>" in page
    assert "чат филиала «Калуга» · -1001234567890" in page
    assert f"/messages/{stored['changes']}" in page


def test_a_preview_of_what_is_in_the_chat_says_that_nothing_is_new(site: Site, scene: Scene, ledger: Ledger):
    scene.report(2, figures=FIGURES)
    ledger.preview(PREVIEWED[1], run_id="previewed")
    page = unescape(site.get(f"{HOME}/dags/{DAILY}/runs/previewed", "admin").text)
    assert "Нового нет: <strong>0</strong> отправить, <strong>0</strong> изменить, <strong>1</strong> уже" in page


def test_a_preview_of_no_call_says_how_many_are_in_the_chat(site: Site, scene: Scene):
    site.change("delete from dag_run")
    form = hidden_fields(site.get(f"{HOME}/preview", "editor").text)
    run = site.post(f"{HOME}/preview", "editor", {**form, "notification": "missed_calls"}).headers["location"]
    site.change("update dag_run set state = 'success', queued_at = '2026-11-19 22:30:00+00'")
    assert "не подготовил ни одного сообщения" in site.get(run, "editor").text
    for repair in (12841, 12842):
        scene.call(repair, "2026-11-20")
    scene.call(12843, "2026-11-19")
    page = site.get(run, "editor").text.replace("\N{NO-BREAK SPACE}", " ")
    assert "Нового нет, 2 сообщения уже в чате" in page


def test_a_preview_is_asked_for_and_awaited(site: Site, scene: Scene):
    scene.report(1)
    site.change("delete from dag_run")
    form = hidden_fields(site.get(f"{HOME}/preview", "editor").text)
    chosen = {**form, "notification": DAILY, "day": "2026-11-20", "branch": "1"}
    answers = [site.post(f"{HOME}/preview", "editor", chosen) for _ in range(2)]
    assert {answer.status_code for answer in answers} == {303}
    (run,) = site.rows("select run_id, conf::text as conf from dag_run")
    assert '"branch": "1"' in run["conf"]
    assert '"preview": true' in run["conf"]
    assert '"date": "2026-11-20"' in run["conf"]
    page = site.get(answers[0].headers["location"], "editor")
    assert (page.status_code, "ещё готовится" in page.text) == (202, True)
    assert site.post(f"{HOME}/preview", "editor", {**chosen, "day": "2026-02-31"}).status_code == 400
    assert site.post(f"{HOME}/preview", "editor", {**chosen, "notification": "backup_failures"}).status_code == 404


@pytest.fixture
def days(site: Site, scene: Scene) -> str:
    """Return three reported days in an address, of which one report has arrived."""
    site.change("delete from dag_run")
    site.change("delete from backfill")
    scene.report(1, "2026-11-17")
    scene.report(2, "2026-11-17", state="parked", reason="chat_gone: x")
    return "from=2026-11-17&to=2026-11-19"


def test_missed_days_are_shown_counted_and_sent(site: Site, days: str, ledger: Ledger):
    page = unescape(site.get(f"{HOME}/backfill?{days}", "editor").text).replace("\N{NO-BREAK SPACE}", " ")
    assert "Отчётов 3, из них целиком в чатах 0; всего в чатах 1 сообщение." in page
    form = hidden_fields(page)
    counting = site.post(f"{HOME}/backfill", "editor", {**form, "do": "count"})
    assert counting.status_code == 303
    runs = site.rows("select run_id, conf::text as conf from dag_run order by run_id")
    assert len(runs) == 3
    assert all('"preview": true' in run["conf"] for run in runs)
    for day, run in zip((17, 18, 19), runs, strict=True):
        ledger.preview(replace(PREVIEWED[0]), run_id=run["run_id"], period=f"2026-11-{day}")
    site.change("update dag_run set state = 'success'")
    counted = site.get(counting.headers["location"], "editor").text
    assert "<strong>2</strong> отправить, <strong>0</strong> изменить, <strong>1</strong> уже в чате." in counted

    sending = [site.post(f"{HOME}/backfill", "editor", {**form, "do": "send"}) for _ in range(2)]
    assert [answer.status_code for answer in sending] == [303, 303]
    (backfill,) = site.rows("select dag_id, triggering_user_name, reprocess_behavior from backfill")
    assert backfill == {"dag_id": DAILY, "triggering_user_name": "editor", "reprocess_behavior": "completed"}
    under_way = site.rows("select run_id, state from dag_run where run_type = 'backfill'")
    assert len(under_way) == 3
    assert "Ещё идёт или ждёт запусков: 3." in site.get(sending[0].headers["location"], "editor").text
    another = hidden_fields(site.get(f"{HOME}/backfill?from=2026-11-18&to=2026-11-19", "editor").text)
    refused = site.post(f"{HOME}/backfill", "editor", {**another, "do": "send"})
    assert (refused.status_code, "ещё идёт прежнее повторение" in refused.text) == (409, True)


def test_who_may_not_run_reports_sends_none(site: Site, days: str):
    for user in ("viewer", "calls"):
        form = hidden_fields(site.get(f"{HOME}/backfill?{days}", "editor").text)
        own = hidden_fields(site.get(f"{HOME}/preview", user).text)
        assert '<button type="submit" name="do"' not in site.get(f"{HOME}/backfill?{days}", user).text
        answer = site.post(f"{HOME}/backfill", user, {**form, "token": own.get("token", ""), "do": "send"})
        assert answer.status_code == 403
    # The team's own DAG is left out where it is not the user's.
    monthly = "from=2026-10-31&to=2026-10-31"
    form = hidden_fields(site.get(f"{HOME}/backfill?{monthly}", "editor").text)
    assert site.post(f"{HOME}/backfill", "editor", {**form, "do": "send"}).status_code == 303
    assert {row["dag_id"] for row in site.rows("select dag_id from backfill")} == {DAILY}


@pytest.mark.parametrize("address", ["from=2026-01-01&to=2026-11-01", "from=2026-11-20&to=2026-11-01", "from=x"])
def test_days_that_cannot_be_sent_are_a_sentence(site: Site, scene: Scene, address: str):
    scene.report(1, ago=timedelta(hours=1))
    page = site.get(f"{HOME}/backfill?{address}", "editor")
    assert (page.status_code, 'class="problem"' in page.text) == (200, True)
