"""What staff read in their groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sancrm_notifications.bot.messages.dates import past_day, until_day
from sancrm_notifications.bot.messages.requests import LONGEST_COMMENT
from sancrm_notifications.bot.messages.typeset import typeset
from sancrm_notifications.text.markup import beginning, bold, one_line, value, within
from sancrm_notifications.text.money import MoneyStyle
from sancrm_notifications.text.russian import time_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sancrm_notifications.crm.clients import NumberedRepair
    from sancrm_notifications.ledger.comments import Kind

ADMINISTRATOR = "администратор группы"
"""Whoever writes for the group itself has no account that is shown."""
_LONGEST = 120
_MOST = 10


@typeset
def repair_lines(
    repairs: Sequence[NumberedRepair], branch_names: Mapping[int, str], now: datetime, *, whole_roubles: bool
) -> str:
    """Return the answer to ``/status A-12841`` in a team's chat; ``now`` is local."""
    return "\n\n".join(_repair(repair, branch_names, now, whole_roubles) for repair in repairs[:_MOST])


@typeset
def no_such_repair(code: str) -> str:
    """Return the answer to a number that this chat's branches do not have."""
    return f"Ремонта {bold(value(_short(code)))} здесь нет. Проверьте номер: он напечатан на квитанции."


@typeset
def how_to_ask() -> str:
    """Return the answer to ``/status`` without a number that can be understood."""
    return f"Напишите номер ремонта после команды, например {bold('/status A-12841')}."


@typeset
def group_help() -> str:
    """Return the answer to ``/help`` in a team's chat."""
    return "В этом чате я знаю две команды:\n\n/status A-12841 — статус ремонта\n/id — номер этого чата и темы"


@typeset
def chat_id(chat: int, topic: int | None) -> str:
    """Return the answer to ``/id``."""
    lines = [f"Номер чата: <code>{chat}</code>"]
    if topic is not None:
        lines.append(f"Номер темы: <code>{topic}</code>")
    return "\n".join(lines)


@typeset
def unknown_group() -> str:
    """Return the answer to a question in a group that nobody has assigned to a branch."""
    return "Этот чат пока не подключён. Его номер скажет команда /id, подключают его в настройках уведомлений."


@typeset
def write_to_me() -> str:
    """Return the answer to a client's question in a group."""
    return "О своих заказах спросите меня в личных сообщениях: здесь их увидят все."


@typeset
def noted() -> str:
    """Return the notice at «Позвонил»."""
    return "Отмечено, спасибо!"


@typeset
def noted_before(who: str) -> str:
    """Return the notice when somebody has pressed «Позвонил» before."""
    return f"Уже отмечено: {_short(who)}"


@typeset
def not_here() -> str:
    """Return the notice at a button that does not belong to this message."""
    return "Эта кнопка здесь не действует."


@typeset
def client_comment(kind: Kind, names: Sequence[str], tool: str | None, text: str | None, phone: str | None) -> str:
    """Return what a team reads of what a client has written, or of a client who wants to be called.

    ``names`` are the orders that it may be about, ``tool`` the one it is about; ``phone`` is the client's.
    """
    about = value(_short(", ".join(names)))
    if kind == "callback":
        head = f"Клиент просит перезвонить: {about}"
    elif len(names) == 1:
        head = f"Клиент пишет о заказе {about}"
    else:
        head = f"Клиент пишет, его заказы: {about}"
    lines = [bold(head), value(tool) if tool else "", value(phone) if phone else ""]
    if text:
        lines.append(f"<blockquote>{value(within(text, LONGEST_COMMENT))}</blockquote>")
    return "\n".join(filter(None, lines))


@typeset
def ask_reply(name: str | None, user_id: int) -> str:
    """Return what asks who has pressed «Ответить клиенту» for the text; ``name`` None: the group itself."""
    whom = f'<a href="tg://user?id={user_id}">{value(_short(name))}</a>, ответьте' if name else "Ответьте"
    return f"{whom} на это сообщение текстом для клиента. До отправки я покажу, что он получит."


@typeset
def confirm_reply(shown: str) -> str:
    """Return the question whether a client gets this; ``shown`` is what they would read, as HTML."""
    return f"{bold('Клиент получит это. Отправить?')}\n\n{shown}"


@typeset
def decided(text: str, who: str, at: datetime, *, is_sent: bool) -> str:
    """Return what stands in place of the question when somebody has decided; ``at`` is local."""
    head = "Отправлено клиенту" if is_sent else "Не отправлено"
    said = f"{bold(head)}: {value(_short(who))}, {time_text(at)}"
    return f"{said}\n<blockquote>{value(within(text, LONGEST_COMMENT))}</blockquote>"


@typeset
def decided_before(who: str) -> str:
    """Return the notice when somebody has decided before."""
    return f"Уже решено: {_short(who)}"


@typeset
def sent() -> str:
    """Return the notice at «Отправить»."""
    return "Отправлено"


@typeset
def only_text() -> str:
    """Return what staff hear who answer a client with something else than text."""
    return "Передать клиенту могу только текст. Ответьте им на то же сообщение."


@typeset
def client_is_gone() -> str:
    """Return what staff hear when a client can no longer be answered through the bot."""
    return "Клиент больше не подключён к боту или заблокировал его. Позвоните ему."


@typeset
def wrong_person(number_of_bindings: int) -> str:
    """Return what the office hears of «Это не я»; whose orders were shown is on the page of clients."""
    plural = "привязка снята" if number_of_bindings == 1 else "привязки сняты"
    return f"Клиент сказал боту «Это не я»: {plural}. Проверьте телефон в карточке; подробности на странице «Клиенты»."


def _repair(repair: NumberedRepair, names: Mapping[int, str], now: datetime, whole_roubles: bool) -> str:
    zone = now.tzinfo
    tool = " ".join(filter(None, (repair.device_category, repair.device_brand, repair.device_model)))
    since = "" if repair.status_changed_at is None else f", с {time_text(repair.status_changed_at.astimezone(zone))}"
    lines = [bold(value(_short(repair.code))), value(_short(tool)), f"{value(_short(repair.status))}{since}"]
    if repair.due_at is not None:
        day = repair.due_at.astimezone(zone).date()
        is_past = repair.due_at < now and day < now.date()
        lines.append(f"Срок прошёл {past_day(day, now.date())}" if is_past else f"Обещали {until_day(day, now.date())}")
    if repair.to_pay_kopecks:
        style = MoneyStyle.for_amounts([repair.to_pay_kopecks], whole_roubles=whole_roubles)
        lines.append(f"К оплате: {style.text(repair.to_pay_kopecks)}")
    name = names.get(repair.branch_id or 0)
    lines.append(value(_short(name)) if name else "")
    return "\n".join(filter(None, lines))


def _short(text: str) -> str:
    line = one_line(text)
    return line if len(line) <= _LONGEST else f"{beginning(line, _LONGEST - 1)}…"
