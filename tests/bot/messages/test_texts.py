"""Every text of the bot, as it was read and approved: one golden file a subject."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, get_args
from zoneinfo import ZoneInfo

import pytest

from sancrm_notifications.bot.commands import COMMANDS
from sancrm_notifications.bot.messages import (
    binding,
    branches,
    dates,
    dead_ends,
    orders,
    privacy,
    profile,
    requests,
    staff,
)
from sancrm_notifications.crm.clients import Branch, NumberedRepair, Rental, Repair
from sancrm_notifications.ledger.bindings import Binding
from sancrm_notifications.text.call_marks import call_mark, with_marks
from sancrm_notifications.text.limits import MESSAGE_LIMIT
from sancrm_notifications.text.markup import visible_length
from tests.tdlib import parsed

if TYPE_CHECKING:
    from tests.golden import Golden

NOW = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)
MOSCOW = ZoneInfo("Europe/Moscow")
TULA = Branch(7, "Тула, ул. Ленина", True, "8 (4872) 30-00-07", "ул. Ленина, 5, вход со двора", "ежедневно 9:00–19:00")
VIEW = orders.View(NOW, MOSCOW, "RU", TULA)
REPAIR = Repair(
    repair_id=12841,
    code="A-12841",
    branch_id=7,
    status_group="in_work",
    status_changed_at=NOW - timedelta(days=1),
    created_at=NOW - timedelta(days=3),
    closed_at=None,
    device_category="Шуруповёрт",
    device_brand="Makita",
    device_model="DF333D",
    estimate_kopecks=345_000,
    to_pay_kopecks=345_000,
    due_at=NOW + timedelta(days=2),
    warranty_until=None,
)
RENTAL = Rental(512, 7, "Виброплита Zitrek", NOW - timedelta(days=1), None, NOW + timedelta(days=2, hours=5), 180_000)
BINDING = Binding(1, "contact", "79123456789", None, NOW - timedelta(days=40), NOW - timedelta(days=40))


def text_of(titled: dict[str, str]) -> str:
    """Return texts with their titles, each checked by Telegram's own parser."""
    for html in titled.values():
        assert visible_length(html) <= MESSAGE_LIMIT
        parsed(html)
    return "\n\n".join(f"=== {title}\n{html}" for title, html in titled.items())


def test_binding(golden: Golden) -> None:
    company, page = "Инструмент-Сервис", "https://example.org/status?a=1&b=2"
    golden.check(
        "binding.txt",
        text_of(
            {
                "greeting": binding.greeting(company, page),
                "greeting, nothing set": binding.greeting(None, None),
                "question of a stranger": binding.first_bind(page),
                "welcome back": binding.welcome_back(company),
                "resumed": binding.resumed(),
                "number confirmed": binding.number_confirmed(),
                "number without orders": binding.number_without_orders(TULA, "RU"),
                "number without orders, branch unknown": binding.number_without_orders(None, "RU"),
                "foreign contact": binding.foreign_contact(),
                "anonymous number": binding.unusable_number(TULA, "RU"),
                "after a year": binding.share_again(),
                "ask code": binding.ask_code(),
                "wrong code": binding.wrong_code(4, TULA, "RU"),
                "wrong code, one left": binding.wrong_code(1, TULA, "RU"),
                "wrong code, none left": binding.wrong_code(0, TULA, "RU"),
                "code fits": binding.code_fits(),
                "is it you": binding.is_it_you("Синицына Анна Петровна"),
                "is it you, no name": binding.is_it_you(None),
                "link binds": binding.link_binds(),
                "already bound": binding.already_bound(),
                "link refused": binding.link_refused(),
                "link expired": binding.link_expired(),
                "link unknown": binding.link_unknown(),
                "link declined": binding.link_declined(),
                "ask consent": binding.ask_consent(company, "https://example.org/data"),
                "ask consent, nothing set": binding.ask_consent(None, None),
                "consented": binding.consented(),
                "not consented": binding.not_consented(),
            }
        ),
    )


def test_orders(golden: Golden) -> None:
    ready = replace(REPAIR, status_group="ready", status_changed_at=NOW, due_at=None)
    paid = replace(ready, to_pay_kopecks=0, estimate_kopecks=345_050)
    closed = replace(
        REPAIR,
        status_group="closed_success",
        closed_at=NOW - timedelta(days=20),
        warranty_until=date(2027, 11, 5),
        to_pay_kopecks=0,
    )
    bare = replace(
        REPAIR,
        status_group="new",
        device_category=None,
        device_brand=None,
        device_model=None,
        estimate_kopecks=None,
        to_pay_kopecks=None,
        due_at=None,
    )
    texts = {
        f"status {group}": orders.card(replace(REPAIR, status_group=group), "status", VIEW)
        for group in ("new", "diagnostics", "to_do", "in_work", "on_hold", "refused", "closed_failure")
    }
    late = replace(REPAIR, due_at=NOW - timedelta(days=5))
    texts |= {
        "ready today": orders.card(ready, "status", VIEW),
        "ready since yesterday": orders.card(replace(ready, status_changed_at=NOW - timedelta(days=1)), "status", VIEW),
        "ready since Friday, paid": orders.card(
            replace(paid, status_changed_at=NOW - timedelta(days=5)), "status", VIEW
        ),
        "closed": orders.card(closed, "status", VIEW),
        "closed, warranty over": orders.card(replace(closed, warranty_until=date(2026, 11, 20)), "terms", VIEW),
        "late": orders.card(late, "terms", VIEW),
        "late, branch unknown": orders.card(late, "terms", replace(VIEW, branch=None)),
        "due today": orders.card(replace(REPAIR, due_at=NOW), "terms", VIEW),
        "due tomorrow": orders.card(replace(REPAIR, due_at=NOW + timedelta(days=1)), "terms", VIEW),
        "no term": orders.card(bare, "terms", VIEW),
        "cost": orders.card(REPAIR, "cost", VIEW),
        "cost, part paid, with kopecks": orders.card(replace(REPAIR, to_pay_kopecks=100_050), "cost", VIEW),
        "cost before diagnostics": orders.card(bare, "cost", VIEW),
        "cost unknown": orders.card(replace(bare, status_group="in_work"), "cost", VIEW),
        "cost, ready and paid": orders.card(paid, "cost", VIEW),
        "rental": orders.card(RENTAL, "status", VIEW),
        "rental, cost": orders.card(RENTAL, "cost", VIEW),
        "rental, late": orders.card(replace(RENTAL, due_at=NOW - timedelta(days=1)), "terms", VIEW),
        "rental, back": orders.card(replace(RENTAL, completed_at=NOW), "status", VIEW),
        "rental, nothing known": orders.card(
            replace(RENTAL, tool=None, due_at=None, to_pay_kopecks=None), "status", VIEW
        ),
        "list": orders.order_list([REPAIR, ready, closed, RENTAL, replace(RENTAL, completed_at=NOW)], VIEW),
        "no orders": orders.no_orders(),
        "hostile": orders.card(replace(REPAIR, device_model='<b>&"\u202e\nX'), "status", VIEW),
        "very long": orders.card(replace(REPAIR, device_model="Ы" * 5_000), "status", VIEW),
        "button": orders.button_text(REPAIR),
    }
    golden.check("orders.txt", text_of(texts))


@pytest.mark.parametrize("kept", range(1, 60))
def test_what_is_shortened_ends_with_a_whole_character(kept: int) -> None:
    """Put what is one character on the screen, and seven code points, across every place of a button's end."""
    mechanic = "👩🏽\u200d🔧\ufe0f"
    title = orders.button_text(replace(RENTAL, tool="")) + " · "
    words = orders.button_text(replace(RENTAL, tool="н" * kept + mechanic * 12))
    assert len(words) <= 60
    assert re.fullmatch(f"{title}н+(?:{mechanic})*…", words)


def test_the_rest_of_a_clients_texts(golden: Golden) -> None:
    contacts = branches.contacts([TULA], "RU")
    kinds = get_args(dead_ends.Kind)
    texts = {f"dead end: {kind}": dead_ends.dead_end(kind, contacts, is_known=True, is_night=False) for kind in kinds}
    agreed = replace(BINDING, consented_at=NOW)
    texts |= {
        "dead end at night, stranger": dead_ends.dead_end("text", contacts, is_known=False, is_night=True),
        "old button": dead_ends.old_button(),
        "not yours": dead_ends.not_yours(),
        "help": dead_ends.help_text(is_known=True),
        "help for a stranger": dead_ends.help_text(is_known=False),
        "contacts": branches.contacts([TULA, Branch(8, "Калуга", True)], "RU"),
        "contacts of many": branches.contacts([Branch(number, f"Филиал {number}", True) for number in range(12)], "RU"),
        "contacts of none": branches.contacts([], "RU"),
        "contacts of one called by its address": branches.contacts(
            [Branch(4, "Владимир, ул. Кирова", True, None, "Владимир, ул. Кирова, 29", "ежедневно 9:00–19:00")], "RU"
        ),
        "coming": requests.expected(),
        "coming, below the message": requests.coming_mark(),
        "handed over": requests.handed_over("comment", is_night=False),
        "handed over at night": requests.handed_over("comment", is_night=True),
        "callback": requests.handed_over("callback", is_night=True),
        "callback, notice": requests.callback_notice(),
        "callback, known": requests.callback_known(),
        "callback, below the message": requests.callback_mark(),
        "callback, nobody to hand it to": requests.call_yourself(),
        "which repair": requests.which(),
        "answer of staff": requests.reply("Да, до 18:00 & <b>", "Можно приехать?"),
        "answer of staff to a wish to be called": requests.reply("Звонили, не дозвонились.", None),
        "stopped": privacy.stopped(is_known=True),
        "stopped, a stranger": privacy.stopped(is_known=False),
        "ask delete": privacy.ask_delete(),
        "deleted": privacy.deleted(),
        "kept": privacy.kept(),
        "ask not me": privacy.ask_not_me(),
        "not me": privacy.not_me(),
        "not bound": privacy.not_bound(),
        "mydata of a stranger": privacy.mydata([], "RU", MOSCOW),
        "mydata": privacy.mydata([agreed], "RU", MOSCOW),
        "mydata of much": privacy.mydata(
            [
                replace(BINDING, stopped_at=NOW),
                replace(agreed, proof="code", customer_id=1),
                Binding(3, "link", None, 1, NOW, NOW),
            ],
            "RU",
            MOSCOW,
        ),
    }
    golden.check("client.txt", text_of(texts))


def test_staff(golden: Golden) -> None:
    local = NOW.astimezone(MOSCOW)
    repair = NumberedRepair(
        12841, "A-12841", 7, 1, "В работе", NOW - timedelta(days=1), "Шуруповёрт", "Makita", "DF333D", 345_000, NOW
    )
    late = replace(repair, due_at=NOW - timedelta(days=2), to_pay_kopecks=None, device_model=None)
    mark = call_mark(None, "Кира Ж.", local)
    texts = {
        "status": staff.repair_lines([repair], {7: "Тула, ул. Ленина"}, local, whole_roubles=False),
        "status of two": staff.repair_lines([repair, late], {}, local, whole_roubles=False),
        "no such repair": staff.no_such_repair("A-1 <b>"),
        "how to ask": staff.how_to_ask(),
        "help": staff.group_help(),
        "chat id": staff.chat_id(-1001234567890, 5),
        "unknown group": staff.unknown_group(),
        "write to me": staff.write_to_me(),
        "called": with_marks("<b>Незвонок B-12841</b>", [mark]),
        "called, of several": call_mark("B-12841", staff.ADMINISTRATOR, local),
        "noted": staff.noted(),
        "noted before": staff.noted_before("Кира Ж."),
        "not here": staff.not_here(),
        "wrong person": staff.wrong_person(1),
        "comment": staff.client_comment("comment", ["A-12841"], "Шуруповёрт Makita", "Когда <b>?\nЖду", None),
        "comment of a client with several": staff.client_comment(
            "comment", ["A-1", "прокат № 5"], None, "Когда?", None
        ),
        "callback": staff.client_comment("callback", ["A-12841"], "Шуруповёрт Makita", None, "+7 912 345-67-89"),
        "endless comment": staff.client_comment("comment", ["A-12841"], None, "Ы" * 4096, None).replace("Ы" * 1990, ""),
        "ask reply": staff.ask_reply("Кира <Ж.>", 77),
        "ask reply of the group": staff.ask_reply(None, 1),
        "confirm reply": staff.confirm_reply(requests.reply("Завтра с 9 до 19", "Когда?")),
        "reply sent": staff.decided("Завтра", "Кира", local, is_sent=True),
        "reply dropped": staff.decided("Завтра", "Кира", local, is_sent=False),
        "decided before": staff.decided_before("Кира"),
        "sent": staff.sent(),
        "only text": staff.only_text(),
        "client is gone": staff.client_is_gone(),
    }
    golden.check("staff.txt", text_of(texts))


def test_profile(golden: Golden) -> None:
    names = {"named": "Инструмент-Сервис", "unnamed": None, "hostile": " <b>Ко\n«Ко»</b> " + "я" * 100}
    texts = {
        name: (profile.description(company), profile.short_description(company)) for name, company in names.items()
    }
    for full, short in texts.values():
        # Source: Bot API, setMyDescription, setMyShortDescription.
        assert (len(full) <= 512, len(short) <= 120) == (True, True)
    golden.check("profile.txt", "\n\n".join(f"# {name}\n{full}\n\n{short}" for name, (full, short) in texts.items()))


def test_commands(golden: Golden) -> None:
    lines = [f"{scope} /{name} — {words}" for scope, commands in COMMANDS.items() for name, words in commands]
    golden.check("commands.txt", "\n".join(lines))


@pytest.mark.parametrize(
    ("day", "past", "since", "until"),
    [
        (date(2026, 11, 25), "сегодня", "сегодня", "сегодня"),
        (date(2026, 11, 24), "вчера", "со вчерашнего дня", "до вторника, 24 ноября"),
        (date(2026, 11, 26), "26 ноября", "сегодня", "до завтра, 26 ноября"),
        (date(2026, 11, 18), "18 ноября", "со среды, 18 ноября", "до среды, 18 ноября"),
        (date(2026, 11, 20), "20 ноября", "с пятницы, 20 ноября", "до пятницы, 20 ноября"),
        (date(2027, 1, 8), "8 января", "сегодня", "до пятницы, 8 января"),
        (date(2027, 11, 5), "5 ноября 2027", "сегодня", "до пятницы, 5 ноября 2027"),
    ],
)
def test_days_as_one_says_them(day: date, past: str, since: str, until: str) -> None:
    today = date(2026, 11, 25)
    said = (dates.past_day(day, today), dates.since_day(day, today), dates.until_day(day, today))
    assert tuple(text.replace("\u00a0", " ") for text in said) == (past, since, until)


@pytest.mark.parametrize(
    ("name", "hidden"),
    [
        ("Синицына Анна", "С••• А•••"),
        ("ООО «Ромашка»", "О••• Р•••"),
        ("  ", None),
        (None, None),
        ("ё", "Ё•••"),
        ("А" * 5_000, "А•••"),
    ],
)
def test_a_masked_name_shows_first_letters_only(name: str | None, hidden: str | None) -> None:
    assert binding.masked(name) == hidden
