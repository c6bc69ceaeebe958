"""The log: what stands in it, what filters do, and what a row opens."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from html import unescape
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from sancrm_notifications.ledger import known, log
from sancrm_notifications.ledger.reading import reading
from tests.pages.scene import BRANCHES, SECRET_NAME, SECRET_PHONE, Scene, fill

if TYPE_CHECKING:
    from tests.pages.airflow_site import Site
    from tests.pages.conftest import Ledger

LOG = "/sancrm-notifications/log"
HOSTILE = '<script>alert(1)</script> & «Ко» "О\'Хара" 👩‍🔧'


def row_of(page: str, message_id: int) -> str:
    """Return the words of a message's row."""
    rows = re.findall(r'<tr role="row">.*?</tr>', page, re.DOTALL)
    (found,) = [row for row in rows if f'/messages/{message_id}"' in row]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", found)).replace("\N{NO-BREAK SPACE}", " ").split())


def shown(page: str) -> list[int]:
    """Return the messages of the log's table, in order."""
    table = page[page.index("<tbody") :] if "<tbody" in page else ""
    return [int(number) for number in re.findall(r"/messages/(\d+)\"", table)]


def test_a_row_says_what_went_to_whom_when_and_what_came_of_it(site: Site, scene: Scene):
    ids = fill(scene)
    page = site.get(LOG, "admin").text
    assert "Рентабельность за день 20 ноября 2026, пт Калуга чат филиала «Калуга»" in row_of(page, ids["sent"])
    assert f"https://t.me/c/1234567890/{1000 + ids['sent']}" in page
    assert "/dags/profitability_daily/runs/scheduled__1" in page
    parked = row_of(page, ids["parked"])
    assert "! не принято чат недоступен, 0,31 с HTTP 403: Forbidden: bot was kicked" in parked
    assert "правок: 1" in row_of(page, ids["corrected"])
    assert "возможных повторов: 1" in row_of(page, ids["network"])
    assert "запросов не было" in row_of(page, ids["stored"])
    # By the time of storing, the newest first; all states are there.
    assert shown(page)[-1] == ids["expired"]
    assert sorted(shown(page)) == sorted(ids.values())


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("state=parked", {"parked", "parked_too"}),
        ("state=parked&key=profitability_daily/2026-11-19", {"parked_too"}),
        ("branch=7", {"corrected", "sending"}),
        ("notification=missed_calls", {"held", "call", "expired"}),
        ("destination=reports", {"network", "monthly"}),
        ("chat=-1009876543210", {"call"}),
        ("error=unknown", {"held"}),
        ("error=chat_gone&branch=2", {"parked", "parked_too"}),
        ("key=profitability%25", set()),
        ("run=scheduled__1&state=held", {"held"}),
        ("run=another", set()),
    ],
)
def test_filters_combine_and_stand_in_the_address(site: Site, scene: Scene, address: str, expected: set[str]):
    ids = fill(scene)
    page = site.get(f"{LOG}?{address}", "admin").text
    assert set(shown(page)) == {ids[name] for name in expected}


def test_a_branchs_log_has_what_its_team_was_told(site: Site, scene: Scene):
    ids = fill(scene)
    team = scene.call(12950, "2026-11-20")
    scene.change(team, destination="team:7")
    page = site.get(f"{LOG}?branch=7", "admin").text
    assert set(shown(page)) == {ids["corrected"], ids["sending"], team}
    alone = site.get(f"{LOG}?destination=team:7", "admin").text
    assert shown(alone) == [team]
    assert f"чат команды «{BRANCHES[7]}»" in alone


@pytest.mark.parametrize("few", [0, 1, 3_000])
def test_keys_are_found_by_their_beginning_be_they_few_or_many(
    ledger: Ledger, scene: Scene, monkeypatch: pytest.MonkeyPatch, few: int
):
    ids = fill(scene)
    # The afternoon's looks at missed calls are another DAG's.
    ids["afternoon"] = scene.call(12900, "2026-11-20", dag_id="missed_calls_check")
    monkeypatch.setattr(log, "_FEW_KEYS", few)
    for start, expected in {
        "missed_calls/2026-11-20": {"held", "call", "afternoon"},
        "missed": {"held", "call", "afternoon", "expired"},
        "missed_calls": {"held", "call", "afternoon", "expired"},
        "profitability_daily/2026-11-19/branch:2/branch:2/1": {"parked_too"},
        "profitability_monthly/": {"monthly"},
        "daily": set(),
        "%": set(),
    }.items():
        assert found(ledger, scene, key_start=start) == {ids[name] for name in expected}, start
    assert found(ledger, scene, notification="missed_calls") == {
        ids[name] for name in ("held", "call", "afternoon", "expired")
    }
    assert found(ledger, scene, key_start="missed", notification="profitability_daily") == set()
    assert found(ledger, scene, key_start="missed_calls/", result="unknown") == {ids["held"]}


def found(ledger: Ledger, scene: Scene, **wanted: Any) -> set[int]:
    """Return the messages of the last 31 days that fit."""
    span = log.Wanted(scene.now - timedelta(days=31), scene.now + timedelta(days=1), **wanted)
    with reading(ledger.conninfo) as connection:
        dag_ids = known.dags(connection)
        return {row["message_id"] for row in log.page(connection, span, dag_ids).rows}


def test_a_run_leads_to_its_messages_however_old(site: Site, scene: Scene):
    old = scene.report(1, "2026-01-10", ago=timedelta(days=300), run_id="manual__2026-01-11T09:00:00+03:00")
    scene.report(1)
    led = site.get(
        "/sancrm-notifications/dags/profitability_daily/runs/manual__2026-01-11T09:00:00%2B03:00/log", "admin"
    )
    page = site.get(led.headers["location"], "admin").text
    assert shown(page) == [old]
    assert "За всё время" in page


def test_days_are_counted_in_the_installations_zone(site: Site, scene: Scene):
    local = scene.now.astimezone(ZoneInfo("Europe/Moscow"))
    since_midnight = timedelta(hours=local.hour, minutes=local.minute, seconds=local.second + 1)
    today, yesterday = scene.report(1, ago=since_midnight - timedelta(seconds=3)), scene.report(7, ago=since_midnight)
    assert shown(site.get(f"{LOG}?day={local.date()}", "admin").text) == [today]
    assert shown(site.get(f"{LOG}?day={local.date() - timedelta(days=1)}", "admin").text) == [yesterday]


def test_pages_follow_one_another_without_gap_or_repeat(site: Site, scene: Scene):
    ids = [
        scene.report(number, f"2026-11-{day:02d}", ago=timedelta(minutes=day))
        for number in (1, 2)
        for day in range(1, 31)
    ]
    first = site.get(LOG, "admin").text
    (further,) = re.findall(r'href="(/sancrm-notifications/log\?[^"]*after=[^"]+)"', first)
    second = site.get(unescape(further), "admin").text
    assert len(shown(first)) == 50
    assert sorted(shown(first) + shown(second)) == sorted(ids)
    assert "after=" not in second.split("<tbody")[1]


def test_a_filter_that_cannot_be_read_is_named_and_the_rest_applies(site: Site, scene: Scene):
    ids = fill(scene)
    page = site.get(f"{LOG}?day=2026-02-31&state=parked&branch=x&after=_", "admin")
    assert page.status_code == 200
    assert set(shown(page.text)) == {ids["parked"], ids["parked_too"]}
    assert page.text.count('class="problem"') == 3
    assert "2026-02-31" in page.text
    assert "не больше 92" in site.get(f"{LOG}?from=2026-01-01&to=2026-11-01", "admin").text


def test_what_people_typed_is_shown_as_typed_and_does_nothing(site: Site, scene: Scene):
    about = scene.report(1, label=HOSTILE, state="parked", reason=f"bad_message: {HOSTILE}")
    scene.attempt(about, "bad_message", status=400, description=HOSTILE)
    for path in (LOG, f"/sancrm-notifications/messages/{about}", "/sancrm-notifications/waiting"):
        page = site.get(f"{path}?key={HOSTILE}" if path == LOG else path, "admin")
        assert page.status_code == 200
        assert HOSTILE in unescape(page.text)
        assert "<script" not in page.text


def test_no_cell_of_the_table_is_a_formula(site: Site, scene: Scene):
    fill(scene)
    scene.report(3, label='=HYPERLINK("http://evil")')
    scene.report(4, label="  +7 912")
    answer = site.get(f"{LOG}.csv", "admin")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith("attachment")
    rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}")), delimiter=";"))
    assert len(rows) == 1 + 13
    assert {len(row) for row in rows} == {len(rows[0])}
    cells = [cell for row in rows for cell in row]
    assert '\'=HYPERLINK("http://evil")' in cells
    assert "'  +7 912" in cells
    assert not [cell for cell in cells if cell.lstrip()[:1] in tuple("=+-@") and cell]
    assert len(list(csv.reader(io.StringIO(site.get(f"{LOG}.csv?state=parked", "admin").text), delimiter=";"))) == 3


def test_an_opened_message_shows_text_requests_corrections_and_what_follows(site: Site, scene: Scene):
    ids = fill(scene)
    corrected = unescape(site.get(f"/sancrm-notifications/messages/{ids['corrected']}", "admin").text)
    assert "<b>Отчёт</b> · Обнинск" in corrected
    assert (
        "<td>118 400 ₽</td><td>120 900 ₽</td>".replace(" ", "\N{NO-BREAK SPACE}").replace("<td>", "<td>") in corrected
    )
    assert "нет данных" in corrected
    parked = site.get(f"/sancrm-notifications/messages/{ids['parked']}", "admin").text
    assert "Telegram его не принял: бот удалён из чата. Когда причина устранена, отправьте его снова" in parked
    assert "HTTP 403: Forbidden: bot was kicked" in parked
    scene.change(ids["sent"], html=None)
    assert "Текст уже стёрт" in site.get(f"/sancrm-notifications/messages/{ids['sent']}", "admin").text


def test_names_and_phones_are_for_those_who_may_edit(site: Site, scene: Scene):
    ids = fill(scene)
    path = f"/sancrm-notifications/messages/{ids['call']}"
    for user in ("admin", "editor", "calls"):
        assert SECRET_NAME in site.get(path, user).text
    for page in (path, LOG, f"{LOG}.csv", "/sancrm-notifications/waiting"):
        text = site.get(page, "viewer").text
        assert SECRET_NAME not in text
        assert SECRET_PHONE not in text
        assert "К-12842" not in text
    assert (
        "Текст с именами и телефонами видят те, кому разрешено изменять DAG «missed_calls»"
        in site.get(path, "viewer").text
    )


def test_the_picture_of_the_day_has_its_numbers_in_words_too(site: Site, scene: Scene):
    fill(scene)
    # Soon after midnight most of the scene was stored the day before.
    day = (scene.now - timedelta(hours=2)).astimezone(ZoneInfo("Europe/Moscow")).date()
    page = site.get(f"{LOG}?day={day}", "admin").text
    assert '<svg class="day"' in page
    assert "<title>" in page[page.index("<svg") :]
    assert re.search(r"Запросов к Telegram \d+, из них неудачных [12]\.", page)
