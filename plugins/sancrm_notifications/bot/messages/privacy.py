"""What is kept of a person, and how it ends: /mydata, /stop, /delete, «Это не я»."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sancrm_notifications.bot.messages.typeset import typeset
from sancrm_notifications.text.markup import bold, value
from sancrm_notifications.text.phones import dialable
from sancrm_notifications.text.russian import time_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

    from sancrm_notifications.ledger.bindings import Binding


@typeset
def stopped(*, is_known: bool) -> str:
    """Return the answer to /stop."""
    if not is_known:
        return "Я вам и не пишу: вы не подключены."
    return "Хорошо, первым больше не пишу. Спрашивать можно по-прежнему, а чтобы вернуть сообщения, отправьте /start."


@typeset
def ask_delete() -> str:
    """Return the question before everything is deleted."""
    return (
        "Удалить всё, что бот о вас хранит? Сотрём ваш номер, связь с заказами и тексты сообщений."
        " На сами ремонты это не влияет: они остаются в мастерской."
    )


@typeset
def deleted() -> str:
    """Return the answer when everything is deleted."""
    return "Готово, ваши данные удалены. Захотите вернуться — отправьте /start."


@typeset
def kept() -> str:
    """Return the answer when a person leaves everything as it is."""
    return "Хорошо, оставляю всё как есть."


@typeset
def ask_not_me() -> str:
    """Return the question before a binding is undone."""
    return "Показываю чужие заказы? Тогда отключу их и скажу об этом мастерской. Отключить?"


@typeset
def not_me() -> str:
    """Return the answer when a binding is undone."""
    return "Готово: эти заказы вам больше не показываю, мастерская об этом узнает. Извините за путаницу."


@typeset
def not_bound() -> str:
    """Return the answer to «Это не я» of somebody to whom nothing is shown."""
    return "Сейчас вам ничьи заказы не показываю."


@typeset
def mydata(bindings: Sequence[Binding], region: str, zone: tzinfo) -> str:
    """Return all that is kept of a person, in words."""
    if not bindings:
        return (
            "О вас ничего не хранится, кроме этой переписки. Её тексты удаляются сами, а стереть их раньше можно"
            " командой /delete."
        )
    lines = [bold("Что о вас хранится"), "", "• номер вашего аккаунта в Telegram"]
    lines += [
        f"• {_proof(binding, region)}, с {time_text(binding.began_at.astimezone(zone), with_year=True)}"
        for binding in bindings
    ]
    lines += [
        f"• {_consent(bindings, zone)}",
        "• тексты нашей переписки и то, что из неё передано мастерской: они удаляются сами",
    ]
    return "\n".join([*lines, "", "Стереть всё это: /delete. Если показываю чужие заказы — нажмите «Это не я»."])


def _proof(binding: Binding, region: str) -> str:
    match binding.proof:
        case "contact":
            return f"номер телефона {_phone(binding, region)}"
        case "code":
            return f"номер телефона {_phone(binding, region)} и подтверждение по номеру ремонта"
        case "link":
            return "связь с вашей карточкой в мастерской по ссылке"


def _phone(binding: Binding, region: str) -> str:
    return value(dialable(f"+{binding.phone}", region) or f"+{binding.phone}")


def _consent(bindings: Sequence[Binding], zone: tzinfo) -> str:
    if any(binding.stopped_at for binding in bindings):
        return "вы просили не писать вам первым"
    given = [binding.consented_at for binding in bindings if binding.consented_at]
    if not given:
        return "согласия на сообщения нет"
    return f"согласие на сообщения от {time_text(min(given).astimezone(zone), with_year=True)}"
