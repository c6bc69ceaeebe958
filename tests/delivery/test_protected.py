"""Messages that must not leave their chat: chosen by destination, in every form, and whatever is edited later."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from sancrm_notifications.channels.telegram.address import Address, BotAddress
from sancrm_notifications.delivery.destinations import CHAINS
from sancrm_notifications.delivery.without_ledger import send_unrecorded
from sancrm_notifications.ledger.revising import Revision, revise
from sancrm_notifications.settings import BranchChat, Settings, SettingsError, parse
from tests.desk import DAY, LIMITS, STAFF, TOKEN, report

if TYPE_CHECKING:
    from tests.desk import Desk


def protect(desk: Desk, *destinations: str) -> None:
    """Choose the destinations whose messages must not leave their chats."""
    desk.settings = Settings(limits=LIMITS, protected_destinations=destinations)


def protected(desk: Desk) -> list[bool]:
    """Return of each message in the chat whether it can be forwarded, as Telegram shows it."""
    return [message["is_protected"] for message in desk.stand_in.messages(STAFF)]


def test_by_default_messages_can_be_forwarded(desk: Desk) -> None:
    desk.store(report("network", "Сводка"))
    desk.deliver()
    assert protected(desk) == [False]


def test_only_the_chosen_destinations_are_protected(desk: Desk) -> None:
    protect(desk, "missed_calls")
    desk.store(report("network", "Сводка"), report("repair:1", "+7 912 345-67-89", destination="missed_calls"))
    assert desk.deliver() == {"sent": 2}
    assert protected(desk) == [False, True]


def test_every_form_and_every_part_is_protected(desk: Desk) -> None:
    protect(desk, "reports")
    desk.store(
        report("network", "Сводка", rich_html="<h1>Сводка</h1>"),
        report("branch:1", "<b>Отчёт <u>&amp;</b>"),
        report("branch:2", "строка\n" * 900),
    )
    assert set(desk.deliver()) == {"sent"}
    rich, plain, *parts = desk.stand_in.messages(STAFF)
    assert rich["rich"]
    assert plain["text"] == "Отчёт &"
    assert len(parts) == 2
    assert protected(desk) == [True] * 4


def test_an_edit_leaves_it_as_it_is(desk: Desk) -> None:
    protect(desk, "reports")
    desk.store(report("network", "Было"))
    desk.deliver()
    protect(desk)
    revise(desk.conninfo, DAY, [Revision(DAY.period, report("network", "Стало", figures={"repairs_count": 2}))])
    assert desk.deliver() == {"sent": 1}
    assert desk.texts() == ["Стало"]
    assert protected(desk) == [True]


def test_an_alert_without_the_ledger_is_protected_too(desk: Desk) -> None:
    address = Address(BotAddress(TOKEN, desk.stand_in.base_url), str(STAFF))
    asyncio.run(send_unrecorded(address, report("backup", "Сбой"), is_protected=True))
    assert protected(desk) == [True]


@pytest.mark.parametrize(
    ("chosen", "destination", "expected"),
    [
        ((), "reports", False),
        (("reports",), "reports", True),
        (("reports",), "branch:8", True),  # it has no chat of its own: it is in that of the reports
        (("reports",), "branch:7", False),
        (("branch:*",), "branch:7", True),
        (("team:*",), "team:7", True),
        (("team:7",), "team:8", False),
        (("staff",), "team:8", True),
        (("reports",), "team:8", False),
        (("branch:7",), "branch:7", True),
        (("branch:7",), "branch:8", False),
        (("staff",), "reports", False),
    ],
)
def test_a_branch_is_protected_by_itself_with_all_branches_or_with_the_reports_whose_chat_it_shares(
    chosen: tuple[str, ...], destination: str, *, expected: bool
) -> None:
    settings = Settings(protected_destinations=chosen, branch_chats={7: BranchChat(chat_id="-7")})
    assert settings.is_protected(destination) is expected


def test_every_destination_can_be_chosen_and_no_other() -> None:
    assert Settings(protected_destinations=(*CHAINS, "branch:7", "branch:*"))
    for name in ("report", "branch", "branch:B", "telegram_reports", ""):
        with pytest.raises(SettingsError, match=r"protected_destinations\.0"):
            parse(f'{{"protected_destinations": ["{name}"]}}')
