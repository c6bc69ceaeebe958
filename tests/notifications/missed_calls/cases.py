"""The cases that missed calls are reviewed in: usual ones, gaps, hostile values, digests, customers called since."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sancrm_notifications.crm.card_links import CardLinks
from sancrm_notifications.notifications.missed_calls.cards import Card
from sancrm_notifications.notifications.missed_calls.figures import waits
from sancrm_notifications.notifications.missed_calls.lines import Style, kept_code, kept_device
from sancrm_notifications.notifications.missed_calls.mentions import Mention
from sancrm_notifications.notifications.missed_calls.messages import Entry
from sancrm_notifications.schedule.working_days import Calendar

FRIDAY = date(2026, 11, 20)
NOTICED_AT = datetime(2026, 11, 20, 11, 5, tzinfo=UTC)
RUSSIA = Calendar("RU")
STYLE = Style(
    zone=ZoneInfo("Europe/Moscow"),
    phone_region="RU",
    links=CardLinks("https://crm.example.org", "/repairs/{repair_id}"),
)
INSIDE = replace(STYLE, links=CardLinks("http://crm:8080", "/repairs/{repair_id}"))
LONG = "Очень длинное имя, вставленное из другого окна. " * 105


@dataclass(frozen=True)
class Case:
    """One message: what it is made of."""

    entries: list[Entry]
    style: Style = STYLE
    day: date = FRIDAY
    subject: str = field(default="repair:1")


def card(repair_id: int = 12841, **values: Any) -> Card:
    """Return a card with everything a CRM knows, unless ``values`` say otherwise."""
    usual: dict[str, Any] = {
        "number": repair_id,
        "code": f"B-{repair_id}",
        "branch_id": 7,
        "branch_name": "Центральный",
        "status": "Готов",
        "is_waiting": True,
        "waiting_since": datetime(2026, 11, 17, 9, tzinfo=UTC),
        "device_category": "Шуруповёрт",
        "device_brand": "Makita",
        "device_model": "DF333D",
        "customer_name": "Имя Отчество",
        "customer_phone": "8 (900) 000-12-34",
    }
    return Card(repair_id=repair_id, **{**usual, **values})


def entry(
    repair_id: int = 12841,
    *,
    times: int = 1,
    called_at: datetime | None = None,
    first_notified_on: date | None = None,
    **values: Any,
) -> Entry:
    """Return a repair as a message of Friday shows it; ``values`` are its card's."""
    shown = card(repair_id, **values)
    mention = Mention(
        repair_id=repair_id,
        branch_id=shown.branch_id,
        number=shown.number,
        code=kept_code(shown),
        device=kept_device(shown),
        times=times,
        called_at=called_at,
    )
    (wait,) = waits(FRIDAY, [shown.waiting_on(STYLE.zone)], [first_notified_on], RUSSIA)
    return Entry(mention, shown, wait)


NOTHING_KNOWN: dict[str, Any] = {
    "code": None,
    "branch_id": None,
    "branch_name": None,
    "waiting_since": None,
    "device_category": None,
    "device_brand": " ",
    "device_model": None,
    "customer_name": "",
    "customer_phone": None,
}
HOSTILE: dict[str, Any] = {
    "code": 'B<b>1</b>&"',
    "branch_name": "<i>Центр</i> & «Ко»",
    "status": "<code>Подбор",
    "device_category": "Пила <script>",
    "device_brand": "🪚\u202eakitaM",
    "device_model": "\ud800 &amp;",
    "customer_name": "מספרת שרה 👩🏽‍🔧 </b>",
    "customer_phone": "<a href='tel:1'>02</a> звонить после 18:00 & не раньше",
}
TEN = [
    entry(
        12841 + n,
        branch_id=7 if n < 6 else 8,
        branch_name="Центральный" if n < 6 else "Северный",
        customer_phone=f"8900000000{n}",
        status="Подбор" if n % 3 else "Готов",
        times=1 + n % 3,
    )
    for n in range(10)
]


def called(told: Entry) -> Entry:
    """Return the repair after its customer was called."""
    return replace(told, mention=replace(told.mention, called_at=NOTICED_AT))


def marked(told: Entry, who: str = "Кира Ж.", minute: int = 5) -> Entry:
    """Return the repair after somebody has pressed «Позвонил»."""
    at = NOTICED_AT.replace(minute=minute)
    return replace(told, mention=replace(told.mention, marked_at=at), called_by=who)


CASES: dict[str, Case] = {
    "single": Case([entry()]),
    "single_third_time": Case([entry(times=3, status="Подбор")]),
    "single_since_today": Case([entry(waiting_since=datetime(2026, 11, 20, 6, tzinfo=UTC))]),
    "single_nothing_known": Case([entry(**NOTHING_KNOWN)]),
    "single_since_unknown_but_told": Case([entry(times=4, waiting_since=None, first_notified_on=date(2026, 11, 16))]),
    "single_hostile": Case([entry(**HOSTILE)]),
    "single_without_the_crms_address": Case([entry()], replace(STYLE, links=None)),
    "single_address_that_is_no_button": Case([entry()], INSIDE),
    "single_marked": Case([marked(entry())]),
    "single_marked_hostile": Case([marked(entry(**HOSTILE), "<b>Кира</b>\n✓ & 👩🏽‍🔧" + "я" * 90)]),
    "called_and_marked": Case([called(marked(entry()))]),
    "digest_some_marked": Case([marked(TEN[1]), marked(TEN[0], "администратор группы", 4), called(TEN[2]), TEN[3]]),
    "digest_all_marked": Case([marked(each) for each in TEN[:2]]),
    "called": Case([called(entry(times=2))]),
    "called_hostile": Case([called(entry(**HOSTILE))]),
    "called_and_gone_from_the_crm": Case([replace(called(entry()), card=None)]),
    "digest": Case(TEN),
    "digest_some_called": Case([called(each) if n in {0, 7} else each for n, each in enumerate(TEN)]),
    "digest_all_called": Case([called(each) for each in TEN[:3]]),
    "digest_gone_from_the_crm": Case([replace(called(TEN[0]), card=None), replace(called(TEN[9]), card=None)]),
    "digest_hostile": Case([entry(1, **HOSTILE), entry(2, **NOTHING_KNOWN), entry(3, customer_name=LONG)]),
    "digest_address_that_is_no_button": Case(TEN[:2], INSIDE),
}
