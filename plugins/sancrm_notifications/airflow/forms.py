"""The forms of runs that are started by hand, and what is said to a person who has filled one in wrongly.

Airflow judges a field's type before there is a run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.sdk import Param, get_current_context
from airflow.sdk.exceptions import AirflowFailException

from sancrm_notifications.alerts.form_mistakes import refuse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow.sdk import Context

_TEXT = ["null", "string"]


def checked_context(*, is_for_scripts: bool = False) -> Context:
    """Return the context of a run's first task, whose form names only fields that there are.

    Airflow takes any: a misspelt preview would send. Nobody stands at a form that is for scripts, so that its mistakes
    are failures that the operators hear of.

    :raises FormError: there is no such field; the text names those that there are
    :raises AirflowFailException: likewise, of a form for scripts
    """
    context = get_current_context()
    known = sorted(context["dag"].params)
    unknown = sorted(set(context["dag_run"].conf or {}) - set(known))
    if unknown:
        why = _unknown_fields(unknown, known)
        if is_for_scripts:
            raise AirflowFailException(why)
        refuse(context, why)
    return context


def _unknown_fields(unknown: list[str], known: list[str]) -> str:
    from sancrm_notifications.errors.suggestions import nearest

    near = {name: nearest(name, known) for name in unknown}
    named = ", ".join(f"{name} (может быть, {meant})" if meant else name for name, meant in near.items())
    fields = f"Поля этой формы: {', '.join(known)}." if known else "У этой формы нет полей."
    return f"В форме нет поля {named}. {fields} Запуск ничего не сделал: начните его заново."


def _switch(title: str, description: str) -> Param:
    return Param(default=False, type="boolean", title=title, description_md=description)


def _text(title: str, description: str, **more: Any) -> Param:
    return Param(None, type=_TEXT, title=title, description_md=description, **more)


REPORT: Mapping[str, Param] = {
    "date": _text("День", "Любой день внутри нужного периода. Пусто — последний закончившийся период.", format="date"),
    "branch": _text(
        "Филиал",
        "Отчёт только одного филиала: его номер, префикс кода или начало названия, если оно подходит одному.",
    ),
    "correct_old": _switch(
        "Исправить старый период",
        "Исправлять сообщения в чате и тогда, когда период закончился **больше 35 дней назад**.",
    ),
    "preview": _switch(
        "Только предпросмотр",
        "Написать сообщения и показать их на вкладке запуска «Предпросмотр». **Ничего не отправляется.**",
    ),
}

MISSED_CALLS: Mapping[str, Param] = {
    "preview": _switch(
        "Только предпросмотр",
        "Написать сегодняшние сообщения и показать их на вкладке запуска «Предпросмотр». **Ничего не отправляется и"
        " не меняется.**",
    ),
}

# A script's report is read with patience: what Airflow refuses nobody hears of.
BACKUP_FAILURE: Mapping[str, Param] = {
    "database": _text(
        "База данных",
        "Чья резервная копия не удалась; это заполняет скрипт резервного копирования. Пусто — только посмотреть в CRM.",
    ),
    "started_at": _text("Началась", "Когда началась попытка: `2026-11-23T02:10:00+03:00`, `2026-11-23 02:10:00+03`."),
    "failed_at": _text("Не удалась", "Когда она не удалась. Пусто — сейчас."),
    "error": _text("Ошибка", "Что пошло не так."),
    "backup_id": Param(
        None,
        type=["null", "integer", "string"],
        title="Номер попытки",
        description_md="Её `backup_id` в `reporting.backups`, если скрипт его знает.",
    ),
}

RESEND: Mapping[str, Param] = {
    "message": _text(
        "Сообщения",
        "Только сообщения, чей ключ начинается так: `profitability_daily` или `missed_calls/2026-11-20`.",
    ),
    "destination": _text("Куда", "Только сообщения по этому адресу: `reports`, `branch:7`, `team:7`."),
    "held": Param(
        "leave",
        enum=["leave", "send", "delivered"],
        title="Неизвестно, дошло ли",
        values_display={
            "leave": "не трогать",
            "send": "отправить снова с пометкой «Возможный повтор»",
            "delivered": "дошло: я вижу их в чате",
        },
        description_md="О таких сообщениях Telegram не ответил. Что с ними сделать?",
    ),
    "only_list": _switch("Только список", "Показать в журнале, что ждёт человека. **Ничего не отправляется.**"),
    "decision": Param(
        None,
        enum=[None, "send", "delivered", "not_wanted"],
        title="Решение",
        description_md="Заполняет страница журнала: что сделать именно с сообщениями, названными ниже.",
    ),
    "message_ids": Param(
        None,
        type=["null", "array"],
        items={"type": "integer"},
        title="Сообщения, о которых решено",
        description_md="Заполняет страница журнала.",
    ),
}
EVENTS: Mapping[str, Param] = {
    "since": Param(
        None,
        type=_TEXT,
        format="date-time",
        title="Ещё раз с момента",
        description_md="Рассказать и о том, что CRM записала с этого момента: например, пока DAG был выключен. О чём"
        " уже рассказано, второй раз не придёт. Пусто: только новое.",
    ),
}
REMINDERS: Mapping[str, Param] = {
    "since": Param(
        None,
        type=_TEXT,
        format="date-time",
        title="О готовых с момента",
        description_md="Напомнить и о том, что стало готово с этого момента: например, пока DAG был выключен. Пусто:"
        " только о том, что стало готово после включения.",
    ),
}
BULK: Mapping[str, Param] = {
    "brake_ids": Param(
        [],
        type="array",
        items={"type": "integer"},
        title="Что ждёт решения",
        description_md="Заполняет `client_statuses`, когда клиентов слишком много сразу.",
    ),
}
