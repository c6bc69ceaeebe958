"""From the CRM's events to the teams' chats: what staff hear, where, and when it is a digest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from sancrm_notifications.ledger.wording import write_text
from sancrm_notifications.notifications.staff_events import tasks
from tests.desk import STAFF

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.notifications.workshop import Workshop

TEAM = -1007


@pytest.fixture
def workshop(open_workshop: Callable[..., Workshop]) -> Workshop:
    """A workshop whose branch 7 has a chat for its team."""
    opened = open_workshop(tasks, team_chats={"7": {"chat_id": str(TEAM)}}, crm_base_url="https://crm.example.org")
    opened.desk.stand_in.create_chat(TEAM, "Мастера Тулы")
    return opened


def test_each_event_is_told_once_in_the_teams_own_chat_with_the_button_to_the_card(workshop):
    workshop.record(12841, "created", new_status="Новый")
    workshop.move(12841, "Готов", "ready")
    workshop.record(12841, "comment", comment="Когда <b>забрать</b>?", author="customer")
    workshop.run()
    workshop.run()
    texts = sorted(workshop.texts(TEAM))
    assert texts == [
        "A-12841: Готов\nБыло: В работе.\nШуруповёрт Makita DF333D",
        "Клиент пишет о ремонте A-12841\nКогда <b>забрать</b>?\n\nШуруповёрт Makita DF333D",
        "Новый ремонт A-12841\nШуруповёрт Makita DF333D",
    ]
    buttons = {str(message["buttons"]) for message in workshop.desk.stand_in.messages(TEAM)}
    assert len(buttons) == 1
    assert "https://crm.example.org/repairs/12841" in buttons.pop()
    assert workshop.texts(STAFF) == []


def test_a_branch_without_a_chat_and_a_repair_without_a_branch_are_told_in_the_common_one(workshop):
    workshop.change_crm("update reporting.repairs set branch_id = 8 where repair_id = 12841")
    workshop.change_crm("update reporting.repairs set branch_id = null, customer_id = null where repair_id = 12842")
    workshop.move(12841, "Готов", "ready")
    workshop.move(12842, "Выдан", "closed_success", former="Готов")
    workshop.run()
    assert workshop.texts(TEAM) == []
    assert len(workshop.texts(STAFF)) == 2


def test_no_money_and_nothing_of_the_client_is_in_a_teams_chat(workshop):
    workshop.record(12841, "created")
    workshop.move(12841, "Готов", "ready")
    workshop.run()
    said = " ".join(workshop.texts(TEAM))
    assert said
    assert [word for word in ("3 450", "₽", "Фамилия", "999") if word in said] == []


def test_comments_of_staff_and_statuses_there_and_back_are_told_to_nobody(workshop):
    workshop.record(12841, "comment", comment="Для своих")
    workshop.record(12841, "comment", comment="Для клиента", is_for_customer=True)
    workshop.move(12841, "Готов", "ready")
    workshop.move(12841, "В работе", "in_work", former="Готов")
    workshop.run()
    assert workshop.texts(TEAM) == []
    assert workshop.outcomes() == {"nobody": 2, "nothing_new": 2}


def test_what_the_crm_has_copied_from_the_bot_the_team_has_read_already(workshop):
    binding = workshop.bind(101, "79123456789")
    workshop.ledger(
        "insert into notifications.comments (kind, binding_id, repair_id, branch_id, text)"
        " values ('comment', %s, 12841, 7, 'Буду завтра')",
        binding,
    )
    workshop.record(12841, "comment", comment="Буду завтра ", author="customer")
    workshop.record(12841, "comment", comment="Буду в среду", author="customer")
    workshop.run()
    (text,) = workshop.texts(TEAM)
    assert "Буду в среду" in text
    assert workshop.outcomes() == {"nothing_new": 1, "notified": 1}


def test_a_repair_that_was_moved_to_another_branch_is_told_to_the_team_that_has_it_now(workshop):
    workshop.move(12841, "Готов", "ready")
    workshop.change_crm("update reporting.repairs set branch_id = 8 where repair_id = 12841")
    workshop.run()
    assert workshop.texts(TEAM) == []
    assert "A-12841: Готов" in workshop.texts(STAFF)[0]


def test_there_and_on_is_one_message_with_the_status_that_was_told_last(workshop):
    workshop.move(12841, "Готов", "ready")
    workshop.run()
    workshop.move(12841, "В работе", "in_work", former="Готов")
    workshop.move(12841, "Выдан", "closed_success", former="В работе")
    workshop.run()
    _, text = workshop.texts(TEAM)
    assert text.startswith("A-12841: Выдан\nБыло: Готов.")


def test_a_repair_that_moves_on_while_it_is_decided_about_is_told_when_that_has_lasted(workshop):
    workshop.move(12841, "Готов", "ready")
    workshop.tasks.compute(workshop._context(None))
    workshop.let_pass()
    workshop.move(12841, "Выдан", "closed_success", former="Готов")
    assert workshop.tasks.format_messages(workshop._context(None))["messages"] == 0
    workshop.run()
    (text,) = workshop.texts(TEAM)
    assert text.startswith("A-12841: Выдан\nБыло: В работе.")


def test_a_burst_of_twenty_in_a_minute_is_a_digest_also_over_several_looks(workshop):
    for _ in range(12):
        workshop.record(12841, "created")
    workshop.run()
    assert len(workshop.texts(TEAM)) == 12
    for _ in range(7):
        workshop.record(12841, "created")
    workshop.record(12841, "comment", comment="Срочно", author="customer")
    workshop.run()
    *_, digest = workshop.texts(TEAM)
    assert len(workshop.texts(TEAM)) == 13
    assert digest.startswith("И ещё 8 новостей о ремонтах\n• A-12841: новый ремонт")
    assert "• A-12841: клиент написал" in digest


def test_what_comes_at_once_and_is_so_much_is_one_message(workshop):
    for _ in range(20):
        workshop.record(12841, "created")
    workshop.run()
    (digest,) = workshop.texts(TEAM)
    assert digest.startswith("За минуту 20 новостей о ремонтах\n• A-12841: новый ремонт")


def test_the_offices_own_words_are_used_and_one_that_fails_is_told(workshop):
    with psycopg.connect(workshop.desk.conninfo) as ledger:
        write_text(ledger, "staff", "status", "{{ code }} → {{ status }}", written_by="admin", to_status="Готов")
        write_text(ledger, "staff", "created", "{{ money }}", written_by="admin")
    workshop.record(12841, "created")
    workshop.move(12841, "Готов", "ready")
    workshop.run()
    assert sorted(workshop.texts(TEAM)) == ["A-12841 → Готов", "Новый ремонт A-12841\nШуруповёрт Makita DF333D"]
    assert "нет значения money" in workshop.texts(STAFF)[0]


def test_a_chat_that_is_out_of_reach_fails_the_run_once_and_the_others_get_theirs(workshop):
    from sancrm_notifications.alerts.undelivered import UndeliveredError

    workshop.desk.stand_in.kick(TEAM)
    workshop.change_crm("update reporting.repairs set branch_id = 8 where repair_id = 12842")
    workshop.record(12841, "created")
    workshop.record(12842, "created")
    with pytest.raises(UndeliveredError):
        workshop.run()
    assert len(workshop.texts(STAFF)) == 1
    workshop.run_id = "next"
    workshop.record(12842, "created")
    workshop.run()
    assert len(workshop.texts(STAFF)) == 2
