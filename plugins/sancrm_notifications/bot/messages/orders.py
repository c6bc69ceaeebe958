"""What a client reads of a repair or a rental: its card, the list of several, prices and dates.

Never a person's name, address or phone: of an order only its number, the tool, the status, sums and days.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from sancrm_notifications.bot.messages.branches import call_us
from sancrm_notifications.bot.messages.dates import past_day, plain_day, since_day, until_day
from sancrm_notifications.bot.messages.typeset import typeset
from sancrm_notifications.crm.clients import Rental, Repair
from sancrm_notifications.text.markup import beginning, bold, one_line, value
from sancrm_notifications.text.money import MoneyStyle
from sancrm_notifications.text.repair_statuses import SHORT_STATUSES, STATUSES
from sancrm_notifications.text.russian import counted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime, tzinfo

    from sancrm_notifications.crm.clients import Branch

Question = Literal["status", "cost", "terms"]
Order = Repair | Rental

_CLOSED = frozenset({"closed_success", "closed_failure"})
_AT_THE_DESK = frozenset({"ready", "refused"})
_BEFORE_DIAGNOSIS = frozenset({"new", "diagnostics"})
_LONGEST_TOOL = 120
_LONGEST_BUTTON = 60
_LONGEST_CODE = 40


@dataclass(frozen=True, slots=True)
class View:
    """What an answer is written for: the moment, the branch's zone and phone, and how sums are shown."""

    now: datetime
    zone: tzinfo
    region: str
    branch: Branch | None = None
    whole_roubles: bool = False

    @property
    def today(self) -> date:
        """The branch's local day."""
        return self.now.astimezone(self.zone).date()

    def day(self, moment: datetime) -> date:
        """Return the branch's local day of a moment."""
        return moment.astimezone(self.zone).date()

    def money(self, kopecks: int, *others: int | None) -> str:
        """Return a sum, written like the others of its answer."""
        return MoneyStyle.for_amounts([kopecks, *others], whole_roubles=self.whole_roubles).text(kopecks)


def is_shown(order: Order) -> bool:
    """Tell whether there are words for this order: a client sees no status that has none."""
    return isinstance(order, Rental) or order.status_group in STATUSES


def is_open(order: Order) -> bool:
    """Tell whether an order is not closed, or brought back, yet."""
    if isinstance(order, Rental):
        return order.completed_at is None
    return order.closed_at is None and order.status_group not in _CLOSED


def name_of(order: Order) -> str:
    """Return what staff call an order: ``A-12841``, ``прокат № 512``; not escaped."""
    if isinstance(order, Rental):
        return f"прокат № {order.rental_id}"
    return _shortened(order.code, _LONGEST_CODE)


def tool_of(order: Order) -> str:
    """Return an order's tool, empty where it is not known; not escaped."""
    return _tool(order)


@typeset
def card(order: Order, question: Question, view: View) -> str:
    """Return the answer about one order."""
    return "\n".join([bold(title(order)), *_tool_lines(order), "", *_lines(order, question, view)])


@typeset
def order_list(orders: Sequence[Order], view: View) -> str:
    """Return the question which of several orders is meant; each line says already where it stands."""
    lines = [f"• {bold(title(order))}: {_line(order, view)}" for order in orders]
    head = f"У вас {counted(len(orders), 'заказ', 'заказа', 'заказов')}:"
    return "\n".join([head, *lines, "", "О каком рассказать?"])


def button_text(order: Order) -> str:
    """Return what stands on an order's button: its number and tool."""
    tool = _tool(order)
    text = f"{_plain_title(order)} · {tool}" if tool else _plain_title(order)
    return _within(text, _LONGEST_BUTTON)


def title(order: Order) -> str:
    """Return the name of an order: ``Ремонт A-12841``, ``Прокат № 512``."""
    return value(_plain_title(order))


@typeset
def no_orders() -> str:
    """Return the answer to a client who has no order at present."""
    return "Открытых заказов у вас сейчас нет. Когда примем инструмент в ремонт, он появится здесь."


def _plain_title(order: Order) -> str:
    if isinstance(order, Rental):
        return f"Прокат № {order.rental_id}"
    return f"Ремонт {_shortened(order.code, _LONGEST_CODE)}"


def _tool(order: Order) -> str:
    if isinstance(order, Rental):
        return _shortened(order.tool or "", _LONGEST_TOOL)
    words = (order.device_category, order.device_brand, order.device_model)
    return _shortened(" ".join(filter(None, map(one_line, filter(None, words)))), _LONGEST_TOOL)


def _tool_lines(order: Order) -> list[str]:
    tool = _tool(order)
    return [value(tool)] if tool else []


def _line(order: Order, view: View) -> str:
    tool = value(_tool(order))
    if isinstance(order, Rental):
        words = "вернули, спасибо" if order.completed_at else f"у вас{_rental_due(order, view)}"
    else:
        words = SHORT_STATUSES[order.status_group]
    return f"{tool}, {words}" if tool else words


def _rental_due(order: Rental, view: View) -> str:
    return "" if order.due_at is None else f" {until_day(view.day(order.due_at), view.today)}"


def _lines(order: Order, question: Question, view: View) -> list[str]:
    if isinstance(order, Rental):
        return _rental_lines(order, question, view)
    return _repair_lines(order, question, view)


def _repair_lines(order: Repair, question: Question, view: View) -> list[str]:
    match question:
        case "status":
            return [
                *_status_lines(order, view),
                *_price_lines(order, view),
                *_due_lines(order, view),
                *_warranty(order, view),
            ]
        case "cost":
            return _price_lines(order, view) or [_no_price(order, view)]
        case "terms":
            if order.status_group in _CLOSED | _AT_THE_DESK:
                return [*_status_lines(order, view), *_warranty(order, view)]
            return _due_lines(order, view) or [
                f"Срок пока не назван. Чтобы уточнить, {call_us(view.branch, view.region)}."
            ]


def _status_lines(order: Repair, view: View) -> list[str]:
    words = STATUSES[order.status_group]
    if order.status_group == "ready":
        since = (
            "" if order.status_changed_at is None else f" {since_day(view.day(order.status_changed_at), view.today)}"
        )
        return [f"{words}{since}, можно забирать."]
    if order.status_group in _CLOSED and order.closed_at is not None:
        return [f"{words} {past_day(view.day(order.closed_at), view.today)}."]
    if order.status_group == "on_hold":
        return [f"{words}. Чтобы узнать почему, {call_us(view.branch, view.region)}."]
    return [f"{words}."]


def _price_lines(order: Repair, view: View) -> list[str]:
    estimate, to_pay = order.estimate_kopecks, order.to_pay_kopecks
    lines = []
    if estimate and estimate != to_pay:
        lines.append(f"Согласованная цена: {view.money(estimate, to_pay)}")
    if to_pay:
        lines.append(f"К оплате: {view.money(to_pay, estimate)}")
    elif to_pay == 0 and order.status_group in _AT_THE_DESK:
        lines.append("Доплачивать ничего не нужно.")
    return lines


def _no_price(order: Repair, view: View) -> str:
    if order.status_group in _BEFORE_DIAGNOSIS:
        return "Цену назовём после диагностики."
    return f"Цену здесь не вижу. Чтобы узнать её, {call_us(view.branch, view.region)}."


def _due_lines(order: Repair, view: View) -> list[str]:
    if order.due_at is None or order.status_group in _CLOSED | _AT_THE_DESK:
        return []
    day = view.day(order.due_at)
    if order.due_at < view.now and day < view.today:
        return [f"Срок прошёл {past_day(day, view.today)}. Чтобы уточнить новый, {call_us(view.branch, view.region)}."]
    return [f"Срок: {until_day(day, view.today)}."]


def _warranty(order: Repair, view: View) -> list[str]:
    if order.warranty_until is None or order.status_group != "closed_success":
        return []
    if order.warranty_until < view.today:
        return [f"Гарантия закончилась {past_day(order.warranty_until, view.today)}."]
    return [f"Гарантия до {plain_day(order.warranty_until, view.today)}."]


def _rental_lines(order: Rental, question: Question, view: View) -> list[str]:
    if order.completed_at is not None:
        return [f"Вернули {past_day(view.day(order.completed_at), view.today)}, спасибо!"]
    pay = order.to_pay_kopecks
    prices = [f"К оплате: {view.money(pay)}"] if pay else []
    if question == "cost":
        return prices or [f"Сумму здесь не вижу. Чтобы узнать её, {call_us(view.branch, view.region)}."]
    taken = f"У вас {since_day(view.day(order.started_at), view.today)}."
    return [taken, *_return_lines(order, view), *([] if question == "terms" else prices)]


def _return_lines(order: Rental, view: View) -> list[str]:
    if order.due_at is None:
        return [f"Чтобы узнать, когда вернуть, {call_us(view.branch, view.region)}."]
    day = view.day(order.due_at)
    if order.due_at < view.now:
        phone = call_us(view.branch, view.region)
        return [f"Срок возврата прошёл {past_day(day, view.today)}. Чтобы продлить прокат, {phone}."]
    return [f"Вернуть {until_day(day, view.today)}, к {order.due_at.astimezone(view.zone):%H:%M}."]


def _shortened(text: str, longest: int) -> str:
    return _within(one_line(text), longest)


def _within(line: str, longest: int) -> str:
    return line if len(line) <= longest else f"{beginning(line, longest - 1).rstrip()}…"
