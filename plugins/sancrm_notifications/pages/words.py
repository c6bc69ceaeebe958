"""What the pages call things, in Russian: notifications, periods, destinations, states, results, moments."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sancrm_notifications.schedule.periods import Kind, Period
from sancrm_notifications.text.money import NO_BREAK_SPACE
from sancrm_notifications.text.russian import day_and_month, period_text, time_text

if TYPE_CHECKING:
    from datetime import datetime

_NOTIFICATIONS = {
    "profitability_daily": "Рентабельность за день",
    "profitability_weekly": "Рентабельность за неделю",
    "profitability_monthly": "Рентабельность за месяц",
    "missed_calls": "Незвонки",
    "backup_failures": "Резервные копии",
    "pickup_reminders": "Напоминания забрать",
    "failures": "Сбои",
}
_DAGS = {
    "missed_calls_check": "Незвонки: сняты ли с обзвона",
    "check_connections": "Проверка подключений",
    "erase_old_texts": "Стирание старых текстов",
    "resend_parked": "Решения о тех, кто ждёт",
    "client_bot": "Бот для клиентов",
    "client_statuses": "События — клиентам",
    "staff_events": "События — сотрудникам",
}
# Their texts hold no names and phones of clients. What is not named here is for those who may edit its DAG.
IMPERSONAL = frozenset(
    {"profitability_daily", "profitability_weekly", "profitability_monthly", "backup_failures", "failures"}
)
_DESTINATIONS = {
    "staff": "общий чат",
    "reports": "чат отчётов",
    "missed_calls": "чат незвонков",
    "backups": "чат резервных копий",
    "operators": "чат операторов",
}
STATES = {
    "stored": "ждёт отправки",
    "sending": "отправляется",
    "sent": "в чате",
    "covered": "сказано в первой части",
    "held": "неизвестно, дошло ли",
    "parked": "не принято",
    "expired": "срок прошёл",
    "not_wanted": "больше не нужно",
}
# Nothing on a page relies on colour alone.
MARKS = {
    "stored": "◷",
    "sending": "→",
    "sent": "✓",
    "covered": "✓",
    "held": "?",
    "parked": "!",
    "expired": "✕",
    "not_wanted": "–",
}
RESULTS = {
    "sent": "принято",
    "rate_limited": "слишком часто",
    "migrated": "группа переехала",
    "chat_gone": "чат недоступен",
    "chat_closed": "писать в чат нельзя",
    "uneditable": "изменить нельзя",
    "bad_message": "сообщение не принято",
    "picture_refused": "картинка не принята",
    "bad_token": "токен не принят",
    "unknown_method": "сервер этого не умеет",
    "not_sent": "до Telegram не дошло",
    "unknown": "ответа нет",
}
_FORMS = {"html": "обычный вид", "rich": "вид с таблицами", "plain": "простой текст"}
_METHODS = {
    "claimed": "взято в работу",
    "sendMessage": "отправка",
    "sendRichMessage": "отправка с таблицами",
    "editMessageText": "правка",
    "sendPhoto": "отправка картинки",
    "editMessageMedia": "правка картинки",
    "drawing": "рисование картинки",
}
_PERIOD_KEY = re.compile(r"(?P<year>\d{4})-(?:W(?P<week>\d\d)|(?P<month>\d\d)(?:-(?P<day>\d\d))?)")


def notification_name(notification: str) -> str:
    """Return what staff call a notification; one without a name here keeps its id."""
    return _NOTIFICATIONS.get(notification, notification)


def dag_name(dag_id: str) -> str:
    """Return what staff call a DAG: as its notification, where it has one; one without a name here keeps its id."""
    return _DAGS.get(dag_id) or notification_name(dag_id)


def without_code(reason: str) -> str:
    """Return a reason as it was said, without the ledger's own word for its kind before it."""
    kind, colon, said = reason.partition(": ")
    return said if colon and kind in RESULTS else reason


def notification_names() -> dict[str, str]:
    """Return every notification that has a name, by its id."""
    return dict(_NOTIFICATIONS)


def destination_name(destination: str, branches: dict[int, str] | None = None) -> str:
    """Return a logical destination in words: ``чат отчётов``, ``чат филиала «Калуга»``, ``чат филиала № 7``."""
    kind, _, number = destination.partition(":")
    numbered = f"№{NO_BREAK_SPACE}{number}"
    match f"{kind}:":
        case "branch:":
            return f"чат филиала {_named(number, branches) or numbered}"
        case "team:":
            return f"чат команды {_named(number, branches) or numbered}"
        case "client:":
            return f"клиент {numbered}"
        case _:
            return _DESTINATIONS.get(destination, destination)


def period_name(key: str) -> str:
    """Return the period of a message key as a title names it; a key that is no period stays as it is."""
    period = period_of(key)
    return key if period is None else period_text(period)


def period_of(key: str) -> Period | None:
    """Return the period that a message key names, or None; its instants are UTC's and mean nothing."""
    found = _PERIOD_KEY.fullmatch(key)
    if found is None:
        return None
    year = int(found["year"])
    try:
        if found["week"]:
            return Period.containing(Kind.WEEKLY, date.fromisocalendar(year, int(found["week"]), 1), "UTC")
        kind = Kind.DAILY if found["day"] else Kind.MONTHLY
        return Period.containing(kind, date(year, int(found["month"]), int(found["day"] or 1)), "UTC")
    except (ValueError, OverflowError):
        return None


def state_name(state: str) -> str:
    """Return where a message stands, in words."""
    return STATES.get(state, state)


def result_name(result: str | None) -> str:
    """Return what came of a request, in words; None: nothing has yet."""
    return "ответа пока нет" if result is None else RESULTS.get(result, result)


def method_name(method: str) -> str:
    """Return what was asked of Telegram, in words."""
    return _METHODS.get(method, method)


def form_name(form: str) -> str:
    """Return the form in which a message stands in its chat."""
    return _FORMS.get(form, form)


def moment(at: datetime, zone: str) -> str:
    """Return an instant by the clock of the zone (IANA name): ``20 ноября, 14:05``."""
    return time_text(at.astimezone(ZoneInfo(zone)))


def at_moment(at: datetime, zone: str, after: datetime | None = None) -> str:
    """Return an instant within a sentence: ``20 ноября в 14:05``; on the day of ``after`` only ``в 14:05``."""
    local = at.astimezone(ZoneInfo(zone))
    if after is not None and after.astimezone(ZoneInfo(zone)).date() == local.date():
        return f"в{NO_BREAK_SPACE}{local:%H:%M}"
    return f"{day_and_month(local)} в{NO_BREAK_SPACE}{local:%H:%M}"


def exact_moment(at: datetime, zone: str) -> str:
    """Return an instant with year and seconds: ``20.11.2026, 14:05:09``."""
    return f"{at.astimezone(ZoneInfo(zone)):%d.%m.%Y, %H:%M:%S}"


def seconds_text(seconds: float | None) -> str:
    """Return how long a request took: ``0,31 с``; empty where nobody knows."""
    if seconds is None:
        return ""
    digits = f"{seconds:.2f}" if seconds < 10 else f"{seconds:.0f}"  # noqa: PLR2004 - hundredths of a minute mean nothing
    return f"{digits.replace('.', ',')}{NO_BREAK_SPACE}с"


def _named(number: str, branches: dict[int, str] | None) -> str | None:
    name = (branches or {}).get(int(number)) if number.isdecimal() else None
    return f"«{name}»" if name else None
