"""Reports by day: came, late, did not come, not due; found within a look, without anything personal."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sancrm_notifications.ledger.punctuality import Tally
from sancrm_notifications.pages.punctuality import Expected, Status, judged, summed, worst
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
            "пришёл поздно, 09:00: сначала — «до Telegram не дошло»",
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


def test_who_was_late_or_missing_in_a_week_stands_in_one_list(site: Site, scene: Scene):
    month(scene)
    # An edit of the next day makes no report late.
    edited = scene.report(2, "2026-11-11", ago=scene.now - datetime(2026, 11, 12, 6, 1, tzinfo=UTC))
    scene.correct(edited, revenue_kopecks=1)
    scene.change(edited, sent_at=datetime(2026, 11, 13, 12, tzinfo=UTC))
    week = listed(site, "month=2026-11&day=2026-11-10")
    assert week == (
        "Поздно или не пришло за 9–15 ноября 2026 Рентабельность за день, 12 ноября 2026, чт"
        " ◷ Калуга: пришёл поздно, в 14:20: его запуск начался или закончил счёт поздно."
    )
    assert "Рентабельность за день, 17 ноября 2026, вт ✕ Тула: не пришёл: бот удалён из чата." in listed(
        site, "month=2026-11&day=2026-11-20"
    )
    assert "◷" not in listed(site, "month=2026-11&day=2026-11-12&branch=7")
    assert "за 1 ноября 2026, вс Всё, что было нужно, пришло вовремя" in listed(site, "month=2026-11&day=2026-11-01")


def test_of_many_branches_those_that_came_late_are_named_and_all_where_asked(site: Site, scene: Scene):
    monday = datetime(2026, 11, 16, 6, 30, tzinfo=UTC)
    for branch_id in range(100, 125):
        late = timedelta(hours=3 if branch_id in {103, 104} else 0, minutes=2)
        of_week = scene.report(
            branch_id, "2026-W46", notification="profitability_weekly", ago=scene.now - monday - late
        )
        assert of_week
    page = text(site, "month=2026-11&day=2026-11-12")
    assert "Пришло 25 из 25." in page
    assert "103: пришёл поздно, 16 ноября, 12:32" in page
    assert "105: пришёл" not in page
    page = text(site, "month=2026-11&day=2026-11-12&period=2026-W46")
    assert page.count(": пришёл 16 ноября") == 23
    assert page.count(": пришёл поздно, 16 ноября") == 2
    for branch_id in range(100, 125):
        scene.report(branch_id, "2026-11-12", ago=scene.now - monday)
    page = listed(site, "month=2026-11&day=2026-11-13")
    assert page.count(": пришёл поздно") == 20
    assert "И ещё 5: весь день" in page
    assert text(site, "month=2026-11&day=2026-11-12").count(": пришёл поздно, 16 ноября, 09:30") == 25 + 20


def listed(site: Site, address: str) -> str:
    """Return what the page says about the week."""
    page = site.get(f"{STAFF}?{address}", "viewer").text
    (section,) = re.findall(r'<section class="panel" aria-labelledby="week">.*?</section>', page, re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", section)).replace("\N{NO-BREAK SPACE}", " ").split())


def test_a_calendars_day_says_by_numbers_what_its_messages_say_one_by_one(site: Site, scene: Scene):
    month(scene)
    on_its_way = scene.report(1, "2026-11-18", state="stored", ago=timedelta(minutes=1))
    assert on_its_way
    page = site.get(f"{STAFF}?month=2026-11", "viewer").text
    page = page[: page.index('aria-labelledby="missed_calls"')]
    found = {day: status for status, day in re.findall(r'class="cell is-(\w+)" href="[^"]*day=([\d-]+)#day"', page)}
    assert {day: found[day] for day in ("2026-11-11", "2026-11-12", "2026-11-17", "2026-11-18")} == {
        "2026-11-11": "came",
        "2026-11-12": "late",
        "2026-11-17": "not_come",
        "2026-11-18": "not_come",
    }


rows_of_a_day = st.lists(
    st.builds(
        message,
        state=st.sampled_from(["sent", "stored", "sending", "parked", "held", "expired"]),
        arrived_at=st.sampled_from([None, TICK + MINUTE, TICK + timedelta(minutes=15), TICK + timedelta(hours=2)]),
        sent_at=st.just(None),
    ),
    min_size=1,
    max_size=6,
)


@given(rows_of_a_day, st.sampled_from([TICK - MINUTE, TICK + MINUTE, TICK + timedelta(hours=3)]))
def test_numbers_are_judged_as_their_messages_are(messages: list[dict[str, Any]], now: datetime):
    arrived = [each["arrived_at"] for each in messages if each["arrived_at"]]
    waiting = [each for each in messages if not each["arrived_at"]]
    under_way = [each for each in waiting if each["state"] in {"stored", "sending"}]
    late = [at for at in arrived if at > EXPECTED.by]
    tally = Tally(len(messages), len(late), len(under_way), len(waiting) - len(under_way), max(arrived, default=None))
    assert summed(EXPECTED, tally, now) is worst(judged(EXPECTED, messages, None, now, clock))


def test_calls_are_judged_as_a_list_without_anybody_in_it(site: Site, scene: Scene):
    scene.call(12841, "2026-11-20", ago=scene.now - datetime(2026, 11, 20, 7, 2, tzinfo=UTC))
    page = site.get(f"{STAFF}?month=2026-11&day=2026-11-20", "admin").text
    assert "(сообщений: 1)" in page
    assert SECRET_NAME not in page
    assert "12841" not in page
    # A call is no branch's: with a branch chosen there is no list of them.
    scene.report(1, "2026-11-20")
    of_branch = text(site, "month=2026-11&day=2026-11-20&branch=1", "admin")
    assert "Калуга: пришёл" in of_branch
    assert "Незвонки" not in of_branch


@pytest.mark.parametrize("address", ["month=2026-13", "month=x&day=y&branch=z", "month=2099-01", "branch=999"])
def test_whatever_stands_in_the_address_is_shown(site: Site, scene: Scene, address: str):
    scene.report(1)
    assert "Отчёты по дням" in text(site, address)
