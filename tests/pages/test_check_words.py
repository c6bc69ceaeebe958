"""What a check's lines are called on the page of health: every line there is has Russian words."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from sancrm_notifications.checks.clocks import clock_lines
from sancrm_notifications.checks.configuration import crm_address_lines, mail_lines, variable_lines
from sancrm_notifications.checks.groups import groups
from sancrm_notifications.checks.options import option_lines
from sancrm_notifications.checks.timetables import calendar_lines, schedule_lines
from sancrm_notifications.contract import OPTIONAL_RELATIONS, RELATIONS, SCHEMA
from sancrm_notifications.pages.check_words import check_words

TITLES = {"-1001": "Штаб"}
LATIN = re.compile(r"[A-Za-z]{3,}")


def unreachable() -> str:
    return "host=127.0.0.1 port=1 user=nobody dbname=nothing"


def test_a_check_that_could_not_look_has_words_too():
    names = [check.name for checks in groups(datetime.now(UTC)).values() for check in checks]
    assert len(names) > 8
    assert [name for name in names if check_words(name, {}, {}) is None] == []


def test_every_line_that_needs_no_server_has_words():
    lines = [*variable_lines(), *crm_address_lines(), *mail_lines(), *option_lines(), *schedule_lines()]
    lines += [*calendar_lines(), *clock_lines("the CRM", unreachable), *clock_lines("the ledger", unreachable)]
    assert len(lines) > 12
    assert [line.what for line in lines if check_words(line.what, {}, {}) is None] == []


@pytest.mark.parametrize("relation", [relation.name for relation in (*RELATIONS, *OPTIONAL_RELATIONS)])
def test_every_relation_has_words(relation: str):
    found = check_words(f"{SCHEMA}.{relation}", {}, {})
    assert found is not None
    assert found.name == f"Данные CRM: {relation}"


@pytest.mark.parametrize(
    ("what", "name"),
    [
        ("chat -1001", "Чат «Штаб» (-1001)"),
        ("chat -1002, topic 7", "Чат -1002, тема 7"),
        ("chat @reports", "Чат @reports"),
        ("destination branch:7, reports", "Куда писать: чат филиала «Обнинск», чат отчётов"),
        ("bot 42", "Бот 42"),
        ("bot 42 listens", "Бот 42 слушает клиентов"),
        ("commands of bot 42", "Команды бота 42"),
        ("webhook of bot 42", "Кто слушает бота 42"),
        ("schedule of profitability_daily", "Расписание: Рентабельность за день"),
        ("schedule of check_connections", "Расписание: Проверка подключений"),
        ("queries of profitability", "Запросы к CRM: рентабельность"),
        ("queries of the DAGs", "Запросы к CRM"),
        ("feed of events", "Откуда известно о событиях"),
        ("branches with teams' chats", "Филиалы с чатами команд"),
        ("destination team:7", "Куда писать: чат команды «Обнинск»"),
        ("events of client_statuses", "События — клиентам"),
        ("very many at once, client_statuses", "Ждут решения: События — клиентам"),
        ("quiet hours of branches", "Тихие часы филиалов"),
        ("texts of events", "Свои тексты"),
        ("ledger (notifications_db)", "Журнал уведомлений"),
        ("CRM (sancrm_db)", "База CRM"),
        ("branches with own chats", "Филиалы со своими чатами"),
        ("missed_call_statuses", "Статусы незвонков"),
    ],
)
def test_a_line_is_named_for_those_who_wait_for_messages(what: str, name: str):
    found = check_words(what, TITLES, {7: "Обнинск"})
    assert found is not None
    assert found.name == name
    assert not LATIN.search(found.meaning.replace("Telegram", "").replace("CRM", ""))


def test_a_line_of_a_later_version_keeps_its_own_name():
    assert check_words("something new", {}, {}) is None
