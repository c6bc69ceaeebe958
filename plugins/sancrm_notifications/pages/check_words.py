"""What a check's line is about, in Russian, and what its fault means for those who wait for messages.

Staff and the office read the page of health; the sentence itself, with the words of Telegram, PostgreSQL and Airflow in
it, stays English, as in the log and in the terminal, for whoever mends it.  The name of a line (``Line.what``) is its
identity: it does not change with what was found.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sancrm_notifications.pages.words import dag_name, destination_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True, slots=True)
class CheckWords:
    """``name`` is what was looked at; ``meaning`` what it means that it is faulty, a sentence; both Russian."""

    name: str
    meaning: str


@dataclass(frozen=True, slots=True)
class _Kind:
    pattern: re.Pattern[str]
    name: str
    meaning: str

    @classmethod
    def of(cls, pattern: str, name: str, meaning: str) -> _Kind:
        return cls(re.compile(pattern), name, meaning)


_NOTHING_LEAVES = "Пока это не исправлено, уведомления не уходят."
_DEAF = "На то, что клиенты пишут боту, никто не отвечает."
_SETTINGS = "Настройка не действует так, как задумано."
_CRM = "Отчёты и незвонки, которым нужны эти данные, не посчитать."
_KINDS = (
    _Kind.of(r"chat (?P<chat>[^,]+)(?:, topic (?P<topic>\d+))?", "Чат {chat}{topic}",
             "Бот не может писать в этот чат: что ему адресовано, ждёт в разделе «Ждут человека»."),
    _Kind.of(r"destination (?P<destinations>.+)", "Куда писать: {destinations}",
             "Чат не задан или задан неверно: этим уведомлениям некуда уйти."),
    _Kind.of(r"bot (?P<rest>\d+)", "Бот {rest}", "Telegram не принимает бота или не отвечает. " + _NOTHING_LEAVES),
    _Kind.of(r"bot (?P<rest>\d+) listens", "Бот {rest} слушает клиентов", _DEAF),
    _Kind.of(r"commands of bot (?P<rest>\d+)", "Команды бота {rest}", "Людям не предлагаются команды бота."),
    _Kind.of(
        r"description of bot (?P<rest>\d+)", "Описание бота {rest}", "В пустом чате не сказано, что бот умеет."
    ),
    _Kind.of(r"webhook of bot (?P<rest>\d+)", "Кто слушает бота {rest}", _DEAF),
    _Kind.of(r"the bot that listens", "Бот для клиентов", _DEAF),
    _Kind.of(r"rich messages on (?P<rest>.+)", "Таблицы в сообщениях, {rest}", "Отчёты уходят без таблиц."),
    _Kind.of(r"Telegram", "Telegram", "Боты и чаты не проверены."),
    _Kind.of(r"Variable(?: .+)?", "Переменная с настройками", _NOTHING_LEAVES),
    _Kind.of(r"options(?: of .+)?", "Раздел конфигурации Airflow", _SETTINGS),
    _Kind.of(r"sending", "Отправка", "Всё считается и записывается, но не уходит."),
    _Kind.of(r"crm_base_url", "Адрес CRM", "Вместо кнопки «Открыть в CRM» в сообщениях текст."),
    _Kind.of(r"e-mail", "Почта операторов", "О сбое Telegram будет сказано только в логах."),
    _Kind.of(r"timezone (?P<rest>.+)", "Часовой пояс {rest}", "Расписания и дни отчётов считаются неверно."),
    _Kind.of(r"schedule of (?P<dag>.+)", "Расписание: {dag}", "По этому расписанию уведомления не начнутся."),
    _Kind.of(r"schedules", "Расписания", "По расписаниям уведомления не начнутся."),
    _Kind.of(r"deadline of reports", "Срок отчётов", "Об опоздании отчётов не будет сказано."),
    _Kind.of(r"calendar(?: .+)?", "Календарь рабочих дней", "Переносы выходных считаются неверно."),
    _Kind.of(r"ledger(?: .+)?", "Журнал уведомлений", "Записать и отправить уведомления нельзя."),
    _Kind.of(r"clock of the ledger", "Часы сервера журнала", "Время на страницах и порядок отправки неточны."),
    _Kind.of(r"clock of the CRM", "Часы сервера CRM", "Границы дня в отчётах и сроки звонков неточны."),
    _Kind.of(r"events of (?P<dag>\w+)", "{dag}", "О том, что случилось, рассказывают с опозданием."),
    _Kind.of(r"events", "События ремонтов", "О том, что случилось, рассказывают с опозданием."),
    _Kind.of(r"feed of events", "Откуда известно о событиях", "О том, что случилось, никому не рассказать."),
    _Kind.of(r"clients who hear of events", "Кому из клиентов доходит", "Клиенты не узнают о своих ремонтах."),
    _Kind.of(r"texts of events", "Свои тексты", "Вместо своего текста уходит тот, что по умолчанию."),
    _Kind.of(r"very many at once, (?P<dag>\w+)", "Ждут решения: {dag}", "Эти клиенты ждут ответа человека."),
    _Kind.of(r"quiet hours of branches", "Тихие часы филиалов", "Клиентам могут написать ночью."),
    _Kind.of(r"CRM(?: .+)?", "База CRM", _CRM),
    _Kind.of(r"contract", "Данные CRM", _CRM),
    _Kind.of(r"reporting\.(?P<rest>\w+)", "Данные CRM: {rest}", _CRM),
    _Kind.of(r"queries of (?P<dag>(?!the DAGs).+)", "Запросы к CRM: {dag}", _CRM),
    _Kind.of(r"queries of the DAGs", "Запросы к CRM", _CRM),
    _Kind.of(r"optional relations and columns", "Необязательные данные CRM", "Часть подробностей не показывается."),
    _Kind.of(r"branches with own chats", "Филиалы со своими чатами", "Отчёт такого филиала в его чат не придёт."),
    _Kind.of(
        r"branches with teams' chats", "Филиалы с чатами команд", "О его ремонтах команде в её чате не расскажут."
    ),
    _Kind.of(r"missed_call_statuses", "Статусы незвонков", "О таких ремонтах не напомнят."),
    _Kind.of(r"what the settings name", "Филиалы и статусы в настройках", _SETTINGS),
)  # fmt: skip


def check_words(what: str, titles: Mapping[str, str], branches: dict[int, str]) -> CheckWords | None:
    """Return the words for a line by its name; None of a line that has none here (one of a later version)."""
    for kind in _KINDS:
        found = kind.pattern.fullmatch(what)
        if found:
            written: dict[str, Callable[[str], str]] = {
                "chat": lambda chat: f"«{titles[chat]}» ({chat})" if chat in titles else chat,
                "topic": lambda topic: f", тема {topic}" if topic else "",
                "destinations": lambda names: _destinations(names, branches),
                "dag": _dag,
                "rest": str,
            }
            values = {name: written[name](text or "") for name, text in found.groupdict().items()}
            return CheckWords(kind.name.format(**values), kind.meaning)
    return None


def _destinations(names: str, branches: dict[int, str]) -> str:
    return ", ".join(destination_name(name, branches) for name in names.split(", "))


def _dag(dag_id: str) -> str:
    """Return a DAG by its notification's name where it has one; queries serve a whole family of reports."""
    return "рентабельность" if dag_id == "profitability" else dag_name(dag_id)
