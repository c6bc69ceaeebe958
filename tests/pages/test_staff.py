"""Reports by day: came, late, did not come, not due; found within a look, without anything personal."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import TYPE_CHECKING, Any

import pytest

from sancrm_notifications.pages.punctuality import Expected, Status, judged, worst
from tests.pages.scene import SECRET_NAME, month

if TYPE_CHECKING:
    from tests.pages.airflow_site import Site
    from tests.pages.scene import Scene

STAFF = "/sancrm-notifications/staff"
TICK = datetime(2026, 11, 13, 6, tzinfo=UTC)
EXPECTED = Expected("profitability_daily", "2026-11-12", TICK, timedelta(minutes=15))
MINUTE = timedelta(minutes=1)


def message(**changes: Any) -> dict[str, Any]:
    usual = {
        "label": "Калуга",
        "state": "sent",
        "stored_at": TICK,
        "sent_at": TICK + MINUTE,
        "arrived_at": TICK + MINUTE,
    }
    return {**usual, "trouble": None, "reason_for_staff": "", **changes}


def clock(at: datetime) -> str:
    return f"{at:%H:%M}"


@pytest.mark.parametrize(
    ("changes", "run_state", "status", "sentence"),
    [
        ({}, "success", Status.CAME, "пришёл 06:01"),
        # An edit of the next day does not make it late.
        ({"sent_at": TICK + timedelta(days=1)}, "success", Status.CAME, "пришёл 06:01"),
        (
            {"arrived_at": TICK + timedelta(hours=3), "trouble": "not_sent"},
            "success",
            Status.LATE,
            "пришёл поздно, 09:00: сначала – «до Telegram не дошло»",
        ),
        (
            {"arrived_at": TICK + timedelta(hours=3), "stored_at": TICK + timedelta(hours=2)},
            "success",
            Status.LATE,
            "пришёл поздно, 09:00: его запуск начался или закончил счёт поздно",
        ),
        (
            {"state": "parked", "arrived_at": None, "sent_at": None, "reason_for_staff": "бот удалён из чата"},
            "failed",
            Status.NOT_COME,
            "не пришёл: бот удалён из чата",
        ),
        (
            {"state": "held", "arrived_at": None, "sent_at": None},
            "failed",
            Status.NOT_COME,
            "не пришёл: неизвестно, дошёл ли: Telegram не ответил",
        ),
        (
            {"state": "expired", "arrived_at": None, "sent_at": None},
            None,
            Status.NOT_COME,
            "не пришёл: срок отправки прошёл",
        ),
        (
            {"state": "stored", "arrived_at": None, "sent_at": None},
            "running",
            Status.NOT_COME,
            "не пришёл: ещё отправляется",
        ),
        # Told while the ledger was away.
        ({"arrived_at": None}, "success", Status.CAME, "пришёл 06:01"),
    ],
)
def test_each_report_is_judged_with_its_why(changes: dict[str, Any], run_state: str, status: Status, sentence: str):
    (found,) = judged(EXPECTED, [message(**changes)], run_state, TICK + timedelta(hours=5), clock)
    assert (found.status, found.sentence, found.name) == (status, sentence, "Калуга")


@pytest.mark.parametrize(
    ("now", "run_state", "status", "sentence"),
    [
        (TICK - MINUTE, None, Status.AWAITED, "ждём 06:00"),
        (TICK + MINUTE, "running", Status.AWAITED, "ждём до 06:15"),
        (TICK + MINUTE, "failed", Status.NOT_COME, "не пришёл: его запуск закончился ошибкой"),
        (TICK + timedelta(hours=1), None, Status.NOT_COME, "не пришёл: его запуска не было"),
        (
            TICK + timedelta(hours=1),
            "success",
            Status.NOT_COME,
            "не пришёл: запуск прошёл, а сообщения не было",
        ),
    ],
)
def test_without_a_message_the_run_says_why(now: datetime, run_state: str | None, status: Status, sentence: str):
    (found,) = judged(EXPECTED, [], run_state, now, clock)
    assert (found.status, found.sentence) == (status, sentence)


def test_the_worst_of_a_day_counts():
    of_day = judged(EXPECTED, [message(), message(state="parked", arrived_at=None)], None, TICK + MINUTE, clock)
    assert worst(of_day) is Status.NOT_COME
    assert worst([]) is Status.NOT_DUE


def text(site: Site, address: str, user: str = "viewer") -> str:
    page = site.get(f"{STAFF}?{address}", user)
    assert page.status_code == 200
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.text)).replace("\N{NO-BREAK SPACE}", " ").split())


def test_did_kalugas_report_of_the_12th_arrive_and_when(site: Site, scene: Scene):
    month(scene)
    of_day = text(site, "month=2026-11&day=2026-11-12")
    assert "Калуга: пришёл поздно, в 14:20: " in of_day
    assert "Обнинск: пришёл в 09:02." in of_day
    assert "Тула: не пришёл: бот удалён из чата." in text(site, "month=2026-11&day=2026-11-17")
    # Sunday's report is nobody's: the week's has its days.
    assert "В этот день ни отчёта, ни списка незвонков не нужно." in text(site, "month=2026-11&day=2026-11-15")
    kaluga = text(site, "month=2026-11&day=2026-11-12&branch=1")
    assert "Калуга: пришёл поздно" in kaluga
    assert "Обнинск:" not in kaluga


def test_calls_are_judged_as_a_list_without_anybody_in_it(site: Site, scene: Scene):
    scene.call(12841, "2026-11-20", ago=scene.now - datetime(2026, 11, 20, 7, 2, tzinfo=UTC))
    page = site.get(f"{STAFF}?month=2026-11&day=2026-11-20", "admin").text
    assert "(сообщений: 1)" in page
    assert SECRET_NAME not in page
    assert "12841" not in page


@pytest.mark.parametrize("address", ["month=2026-13", "month=x&day=y&branch=z", "month=2099-01", "branch=999"])
def test_whatever_stands_in_the_address_is_shown(site: Site, scene: Scene, address: str):
    scene.report(1)
    assert "Отчёты по дням" in text(site, address)
