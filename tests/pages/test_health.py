"""Health: what was checked last, where messages go, which settings count; nothing secret."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING

import psycopg
import pytest
from airflow.sdk.exceptions import AirflowException

from sancrm_notifications import connections
from sancrm_notifications.checks import task
from sancrm_notifications.checks.line import fail, ok
from sancrm_notifications.ledger.check_results import kept
from sancrm_notifications.ledger.reading import reading
from tests.pages.scene import check
from tests.pages.test_decisions import hidden_fields

if TYPE_CHECKING:
    from tests.pages.airflow_site import Site
    from tests.pages.scene import Scene

HEALTH = "/sancrm-notifications/health"


def text(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).replace("\N{NO-BREAK SPACE}", " ").split())


def test_all_faults_stand_together_and_each_line_with_its_group_and_age(site: Site, scene: Scene):
    site.connect_telegram()
    check(scene.conninfo, faults=5)
    page = text(site.get(HEALTH, "admin").text)
    assert "Неисправно: 5" in page
    assert "Telegram проверено" in page
    assert "меньше минуты назад" in page
    # Staff read what it is and what follows; the sentence of the log stands beside it, as English.
    assert "Чат -1003. Бот не может писать в этот чат: что ему адресовано, ждёт в разделе «Ждут человека»." in page
    assert "! неисправно Чат -1003 Forbidden: bot was kicked → add the bot to the chat again" in page
    assert "✓ в порядке Чат «Штаб» (-1001234567890)" in page
    assert "Общий чат «Штаб» -1001234567890 — 42" in page
    assert "profitability_daily" in page


def test_settings_are_shown_with_default_and_origin_to_those_who_may_read_them(site: Site, scene: Scene):
    check(scene.conninfo)
    site.set_variable('{"report_keep_days": 12, "limits": {"group_messages": 7}}')
    try:
        page = text(site.get(HEALTH, "admin").text)
        viewer = text(site.get(HEALTH, "viewer").text)
        site.set_variable('{"report_keep_days": -1, "sendin": true}')
        wrong = text(site.get(HEALTH, "admin").text)
    finally:
        site.set_variable(None)
    assert "12 30 переменная" in page
    assert "7 20 переменная" in page
    assert "timezone Europe/Moscow Europe/Moscow по умолчанию" in page
    assert "Видят те, кому разрешено читать переменные Airflow." in viewer
    assert "12 30 переменная" not in viewer
    assert "report_keep_days = -1" in wrong


def test_nothing_secret_is_shown(site: Site, scene: Scene):
    check(scene.conninfo)
    site.connect_telegram(token="42:SECRETSECRETSECRETSECRET")
    for user in ("admin", "viewer"):
        assert "SECRETSECRET" not in site.get(HEALTH, user).text


def test_groups_that_the_bot_has_met_say_what_to_do(site: Site, scene: Scene):
    site.connect_telegram()
    check(scene.conninfo)
    with psycopg.connect(scene.conninfo) as ledger:
        ledger.execute(
            "insert into notifications.group_chats (chat_id, title, kind, bot_status) values"
            " (-1001234567890, 'Штаб', 'supergroup', 'member'), (-5, '<b>Новая</b>', 'group', 'member'),"
            " (-7, 'Мастера', 'supergroup', 'kicked'), (-8, 'Тихая', 'group', 'restricted'), (-9, '', 'group', 'left');"
            " insert into notifications.group_topics (chat_id, message_thread_id) values (-7, 12), (-7, 3)"
        )
    site.set_variable('{"team_chats": {"7": {"chat_id": "-7"}}}')
    try:
        html = site.get(HEALTH, "viewer").text
    finally:
        site.set_variable(None)
        with psycopg.connect(scene.conninfo) as ledger:
            ledger.execute("truncate notifications.group_topics, notifications.group_chats")
    page = text(html)
    assert re.search(r"Штаб .{1,30} -1001234567890 — Подключена: общий чат", page)
    assert re.search(r"<b>Новая</b> .{1,30} -5 — Никуда не подключена: впишите номер", page)
    assert "<b>Новая</b>" not in html
    assert re.search(r"-7 3, 12 Бота здесь больше нет , а группа подключена: чат команды", page)
    assert re.search(r"-8 — Боту здесь запрещено писать", page)
    assert re.search(r"без названия .{1,30} -9 — Бота здесь больше нет, делать ничего", page)


def test_the_button_has_everything_looked_at_once(site: Site, scene: Scene):
    check(scene.conninfo)
    site.change("delete from dag_run")
    form = hidden_fields(site.get(HEALTH, "editor").text)
    assert {site.post(f"{HEALTH}/check", "editor", form).status_code for _ in range(2)} == {303}
    (run,) = site.rows("select dag_id, triggering_user_name from dag_run")
    assert run == {"dag_id": "check_connections", "triggering_user_name": "editor"}
    assert "ждёт очереди" in site.get(HEALTH, "viewer").text
    assert "<form" not in site.get(HEALTH, "viewer").text


def test_the_task_keeps_its_lines_for_the_page_also_when_it_fails(ledger, monkeypatch: pytest.MonkeyPatch):
    lines = [ok("chat -100", "fine"), fail("chat -200", "bot was kicked", "add the bot")]
    monkeypatch.setattr(task, "groups", lambda _since: {"telegram": lines})
    monkeypatch.setattr(task, "run", lambda found: found)
    monkeypatch.setattr(connections, "ledger_conninfo", lambda: ledger.conninfo)
    for _ in range(2):
        with pytest.raises(AirflowException, match="bot was kicked"):
            task.check_group("telegram", "scheduled__1")
    with reading(ledger.conninfo) as connection:
        rows = kept(connection)["telegram"]
    assert [(row["what"], row["verdict"], row["remedy"]) for row in rows] == [
        ("chat -100", "ok", ""),
        ("chat -200", "FAIL", "add the bot"),
    ]
