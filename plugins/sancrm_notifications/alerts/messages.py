"""Alerts to the operators, in Russian: a run of ours has failed or is late.

The frame is Russian; what went wrong is said as the package says it in the logs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from sancrm_notifications.text.buttons import Button
from sancrm_notifications.text.markup import bold, one_line, value
from sancrm_notifications.text.message import Message
from sancrm_notifications.text.money import NO_BREAK_SPACE
from sancrm_notifications.text.monospace import shortened
from sancrm_notifications.text.russian import counted, day_text, time_text
from sancrm_notifications.text.web_addresses import can_be_button

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, tzinfo

    from sancrm_notifications.ledger.batches import Undelivered

OPERATORS = "operators"
TOO_MANY = "more"
LOST = "lost_chats"
_OF_THE_CHAT = frozenset({"chat_gone", "chat_closed"})
_KINDS = {
    "scheduled": "по расписанию",
    "manual": "вручную",
    "backfill": "досылка (backfill)",
    "asset_triggered": "по событию",
}
_STATES = {
    "running": "выполняется",
    "deferred": "ждёт вне исполнителя",
    "up_for_retry": "не удалась, ждёт повтора",
    "up_for_reschedule": "ждёт",
    "restarting": "перезапускается",
    "queued": "ждёт исполнителя",
    "scheduled": "ждёт исполнителя",
    "failed": "не удалась",
}


_NOTIFICATIONS = {
    "profitability_daily": "рентабельность за день",
    "profitability_weekly": "рентабельность за неделю",
    "profitability_monthly": "рентабельность за месяц",
    "missed_calls": "незвонки",
    "backup_failures": "резервные копии",
    "failures": "наши сбои",
}
_REMEDIES = {
    "chat_gone": "Верните бота в чат или укажите в подключении Telegram другой чат.",
    "chat_closed": "Разрешите боту писать в этом чате, в теме, если она указана.",
    "picture_refused": "Разрешите боту отправлять фото в этом чате или выключите настройку pictures.",
}
_OUR_MISTAKE = "Что ответил Telegram, сказано в журнале задачи: передайте это тем, кто ведёт пакет."
_MOST_NAMED, _NAME_WIDTH = 5, 40
_WAITING, _RUN = "Ждут человека", "Открыть запуск"


@dataclass(frozen=True, slots=True)
class TroubledRun:
    """A run as an alert names it: ``tick_at`` in the reports' zone, ``period`` as a report's title names it.

    ``url`` is the run's page in Airflow, ``airflow_url`` Airflow itself, ``waiting_url`` the page on what waits for a
    person; None where nobody knows.
    """

    dag_id: str
    run_id: str
    kind: str
    tick_at: datetime | None
    period: str | None
    url: str | None
    airflow_url: str | None
    waiting_url: str | None = None


@dataclass(frozen=True, slots=True)
class FailedTask:
    """Which try of a task failed; ``map_index`` is -1 for a task that is not mapped."""

    task_id: str
    try_number: int
    map_index: int = -1

    @property
    def name(self) -> str:
        """The task's id, with its number where it is one of several."""
        return self.task_id if self.map_index < 0 else f"{self.task_id}[{self.map_index}]"


def failed(run: TroubledRun, task: FailedTask | None, sentence: str) -> Message:
    """Return the alert that a task has failed for good, or the whole run where no task is known."""
    title = f"Не выполнена задача {task.name}" if task else "Не выполнен запуск"
    subject = f"{task.name}:{task.try_number}" if task else "run"
    return _message(run, subject, title, [value(sentence)])


def undelivered(run: TroubledRun, task: FailedTask, parked: Sequence[Undelivered], zone: tzinfo) -> Message:
    """Return the alert that messages wait for a person: for which chat, which, since when, and what to do."""
    chats: dict[str, list[Undelivered]] = {}
    for message in parked:
        chats.setdefault(_chat(message, parked), []).append(message)
    blocks = [line for chat, messages in chats.items() for line in ["", *_lost(chat, messages, run, zone)]]
    subject = f"{task.name}:{task.try_number}"
    lines = [*blocks[1:], "", _again(run, task)]
    alert = _message(run, subject, "Сообщения не доставлены", lines, ((_WAITING, run.waiting_url),))
    return replace(alert, figures={LOST: _lost_chats(parked)})


def _again(run: TroubledRun, task: FailedTask) -> str:
    """Return how to send again what was parked: by the page, which needs no knowledge of Airflow, or by the task."""
    where = "" if run.waiting_url else " (в Airflow: «Журнал уведомлений»)"
    return (
        f"Потом на странице «{_WAITING}»{where} нажмите «Отправить снова»: уйдёт только то, чего в чате ещё нет."
        f" Или запустите задачу {value(task.name)} снова (Clear)."
    )


def _lost_chats(parked: Sequence[Undelivered]) -> list[str]:
    """Return the chats that are lost, as the rules compare them; none where a message is refused for itself."""
    if any(message.result not in _OF_THE_CHAT for message in parked):
        return []
    return sorted({f"{message.chat_id} {message.result}" for message in parked if message.chat_id is not None})


def _lost(chat: str, messages: Sequence[Undelivered], run: TroubledRun, zone: tzinfo) -> list[str]:
    """Return the lines about one chat."""
    named = list(dict.fromkeys(one_line(message.label) or message.destination for message in messages))
    more = f" и{NO_BREAK_SPACE}ещё {len(named) - _MOST_NAMED}" if len(named) > _MOST_NAMED else ""
    labels = ", ".join(f"«{value(shortened(name, _NAME_WIDTH))}»" for name in named[:_MOST_NAMED])
    what = list(dict.fromkeys(_about_what(message, run) for message in messages))
    since = min((message.since for message in messages if message.since is not None), default=None)
    reason = next(filter(None, (message.reason_for_staff for message in messages)), "Telegram не принимает текст")
    count = counted(len(messages), "сообщение", "сообщения", "сообщений")
    result = next((message.result for message in messages if message.since is not None), messages[0].result)
    return [
        f"{bold(chat)}: {value(reason)}.",
        f"Не отправлено {count}: {value('; '.join(what))}{NO_BREAK_SPACE}— {labels}{more}.",
        *([] if since is None else [f"С{NO_BREAK_SPACE}{time_text(since.astimezone(zone))}."]),
        _remedy(result, messages),
    ]


def _remedy(result: str, messages: Sequence[Undelivered]) -> str:
    """Return what to do; the chats of branches and of their teams may be set in the Variable."""
    kinds = {message.destination.partition(":")[0] for message in messages}
    fields = [f"{kind}_chats" for kind in ("branch", "team") if kind in kinds]
    if result == "chat_gone" and fields:
        where = f"в настройке {' или '.join(fields)}, если он задан там, иначе в подключении Telegram"
        return f"Верните бота в чат или укажите другой: {where}."
    return _REMEDIES.get(result, _OUR_MISTAKE)


def _chat(message: Undelivered, parked: Sequence[Undelivered]) -> str:
    """Return the chat's title or number; of what was parked untried, that of what was refused for the same reason."""
    known = [one for one in parked if one.chat_id is not None and one.reason_for_staff == message.reason_for_staff]
    tried = message if message.chat_id is not None else next(iter(known), message)
    if tried.chat_id is None:
        return f"Чат {value(tried.destination)}"
    return f"Чат «{value(tried.chat_title)}»" if tried.chat_title else f"Чат {value(tried.chat_id)}"


def _about_what(message: Undelivered, run: TroubledRun) -> str:
    name = _NOTIFICATIONS.get(message.notification, message.notification)
    if run.period and message.notification == run.dag_id:
        return f"{name}, {run.period}"
    try:
        return f"{name}, {day_text(date.fromisoformat(message.period))}"
    except ValueError:
        return f"{name}, {message.period}"


def late(run: TroubledRun, minutes: int, tasks: Sequence[tuple[str, str]] | None) -> Message:
    """Return the alert that a report, or what has no period, was not delivered in time.

    ``tasks`` are those that the run stands at, with Airflow's states; None where that is not known.
    """
    what = "Отчёт не доставлен" if run.period else "Уведомление не доставлено"
    title = f"{what} и через {_minutes(minutes)} после срока"
    standing = [f"Задача {value(task)}: {_STATES.get(state) or value(state)}." for task, state in tasks or ()]
    if tasks is not None and not standing:
        standing = ["Ни одна задача не выполняется."]
    return _message(run, "deadline", title, standing)


def too_many(most: int, until: datetime, url: str | None) -> Message:
    """Return the alert that more has failed than is named one by one; ``until`` is in the reports' zone."""
    lines = [
        bold(f"Больше {most}{NO_BREAK_SPACE}сбоев за час"),
        f"До {until:%H:%M} о следующих здесь не сообщается: они видны в Airflow и в его журналах.",
    ]
    if url:
        lines.append(value(url))
    return Message(subject=TOO_MANY, destination=OPERATORS, label="сбои", html="\n".join(lines))


def _message(
    run: TroubledRun,
    subject: str,
    title: str,
    paragraph: list[str],
    pages: Sequence[tuple[str, str | None]] = (),
) -> Message:
    """Return the alert with a button for each page and the run, or their addresses where Telegram takes none."""
    known = [(name, url) for name, url in (*pages, (_RUN, run.url)) if url]
    buttons = tuple((Button(name, url),) for name, url in known if can_be_button(url))
    lines = [bold(value(title)), f"DAG: {value(run.dag_id)}", *_about(run)]
    if paragraph:
        lines += ["", *paragraph]
    addresses = [(name, url) for name, url in known if not can_be_button(url)]
    if addresses:
        lines += ["", *(value(url if len(addresses) == 1 else f"{name}: {url}") for name, url in addresses)]
    return Message(subject=subject, destination=OPERATORS, label=run.dag_id, html="\n".join(lines), buttons=buttons)


def _about(run: TroubledRun) -> list[str]:
    """Return the lines that say which run it is."""
    period = [f"Период: {run.period}"] if run.period else []
    if run.tick_at is None:
        return [*period, f"Запуск: {value(run.run_id)}"]
    kind = _KINDS.get(run.kind, run.kind)
    return [*period, f"Запуск: {kind}, {time_text(run.tick_at, with_year=True)}"]


def _minutes(minutes: int) -> str:
    return counted(minutes, "минуту", "минуты", "минут")
