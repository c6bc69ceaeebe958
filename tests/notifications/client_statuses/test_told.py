"""From the CRM's events to people's chats: who hears what, once, and when."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

import psycopg
import pytest

from sancrm_notifications.ledger.wording import switch, write_text
from tests.desk import STAFF
from tests.notifications.workshop import ANNA, BORIS, Workshop

READY = "Ремонт A-12841 готов, можно забирать"
ANNAS_PHONE, BORISS_PHONE = "79123456789", "79000000002"


def test_a_status_that_lasts_arrives_once_in_the_bound_clients_chat(workshop):
    workshop.bind(ANNA, ANNAS_PHONE)
    workshop.bind(BORIS, BORISS_PHONE)
    workshop.move(12841, "Готов", "ready")
    workshop.run(settled=False)
    assert workshop.texts(ANNA) == []

    workshop.run()
    (text,) = workshop.texts(ANNA)
    assert text.startswith(f"{READY}\nШуруповёрт Makita DF333D\n\nК оплате 3 450 ₽.\nГде: ул. Ленина, 5")
    assert "Когда: ежедневно 9:00–19:00." in text
    assert workshop.texts(BORIS) == []

    workshop.run()
    workshop.run(since=(datetime.now(UTC) - timedelta(hours=3)).isoformat())
    assert workshop.texts(ANNA) == [text]
    assert workshop.outcomes() == {"notified": 1}


def test_there_and_back_within_the_minute_is_nothing_and_of_several_the_last_is_told(workshop):
    workshop.bind(ANNA, ANNAS_PHONE)
    workshop.move(12841, "Готов", "ready")
    workshop.move(12841, "В работе", "in_work", former="Готов")
    workshop.run()
    assert workshop.texts(ANNA) == []

    workshop.move(12841, "Ожидает запчасть", "on_hold")
    workshop.move(12841, "Готов", "ready", former="Ожидает запчасть")
    workshop.run()
    (text,) = workshop.texts(ANNA)
    assert READY in text


def test_a_repair_that_moves_on_while_it_is_decided_about_is_told_when_that_has_lasted(workshop):
    workshop.bind(ANNA, ANNAS_PHONE)
    workshop.move(12841, "Готов", "ready")
    workshop.tasks.compute(workshop._context(None))
    workshop.let_pass()
    # Recorded after the look: for how long it will last nobody knows.
    workshop.move(12841, "Выдан", "closed_success", former="Готов")
    formatted = workshop.tasks.format_messages(workshop._context(None))
    assert (formatted["messages"], formatted["put_off"]) == (0, 1)
    workshop.run()
    (text,) = workshop.texts(ANNA)
    assert "выдан" in text
    assert workshop.outcomes() == {"notified": 2}


def test_a_crm_whose_events_say_something_else_than_its_repairs_is_not_waited_for(workshop):
    workshop.bind(ANNA, ANNAS_PHONE)
    workshop.move(12841, "Готов", "ready")
    workshop.change_crm("update reporting.repairs set status = 'Готов к выдаче' where repair_id = 12841")
    assert workshop.run()["put_off"] == 1
    for moment in ("seen_events set happened_at = happened_at", "bindings set began_at = began_at"):
        workshop.ledger(f"update notifications.{moment} - interval '2 minutes'")
    workshop.run()
    (text,) = workshop.texts(ANNA)
    assert "готов, можно забирать" in text


def test_told_and_then_set_back_has_its_own_text_and_the_old_message_says_so(workshop):
    workshop.bind(ANNA, ANNAS_PHONE)
    workshop.move(12841, "Готов", "ready")
    workshop.run()
    workshop.move(12841, "В работе", "in_work", former="Готов")
    workshop.run()
    old, new = workshop.texts(ANNA)
    assert "больше не действует: статус изменился" in old
    assert READY not in old
    assert "Ремонт A-12841: снова «в ремонте»" in new

    workshop.move(12841, "Готов", "ready")
    workshop.run()
    assert READY in workshop.texts(ANNA)[2]


@pytest.mark.parametrize(
    "columns",
    [
        {"stopped_at": datetime.now(UTC)},
        {"blocked_at": datetime.now(UTC)},
        {"crowded_at": datetime.now(UTC)},
        {"began_at": datetime.now(UTC) + timedelta(hours=1)},
        {"confirmed_at": datetime.now(UTC) - timedelta(days=366)},
    ],
    ids=lambda columns: next(iter(columns)),
)
def test_whoever_stopped_blocked_or_bound_later_hears_nothing(workshop, columns):
    workshop.bind(ANNA, ANNAS_PHONE, **columns)
    workshop.move(12841, "Готов", "ready")
    workshop.run()
    assert workshop.texts(ANNA) == []
    assert workshop.outcomes() == {"nobody": 1}


def test_without_consent_nothing_is_started(workshop):
    binding = workshop.bind(ANNA, ANNAS_PHONE)
    workshop.ledger("update notifications.bindings set consented_at = null where binding_id = %s", binding)
    workshop.move(12841, "Готов", "ready")
    workshop.run()
    assert workshop.texts(ANNA) == []


def test_of_whom_the_crm_knows_that_they_want_no_messages_hears_nothing(workshop):
    workshop.bind(ANNA, ANNAS_PHONE)
    workshop.change_crm("update reporting.customers set messages_allowed = false where customer_id = 1")
    workshop.move(12841, "Готов", "ready")
    workshop.run()
    assert workshop.texts(ANNA) == []


def test_consent_withdrawn_between_format_and_deliver_holds(workshop):
    binding = workshop.bind(ANNA, ANNAS_PHONE)
    workshop.move(12841, "Готов", "ready")
    workshop.look()
    workshop.let_pass()
    formatted = workshop.look()
    assert formatted["messages"] == 1
    workshop.ledger("update notifications.bindings set stopped_at = now() where binding_id = %s", binding)
    workshop.deliver(formatted)
    assert workshop.texts(ANNA) == []
    assert set(workshop.desk.states().values()) == {"not_wanted"}


def test_several_tools_that_are_ready_at_once_are_one_message(workshop):
    workshop.bind(BORIS, BORISS_PHONE)
    workshop.change_crm("update reporting.repairs set branch_id = 7, customer_id = 2 where repair_id in (12841, 12843)")
    for repair_id in (12841, 12843):
        workshop.move(repair_id, "Готов", "ready")
    workshop.run()
    (text,) = workshop.texts(BORIS)
    assert "Ваши инструменты готовы" in text
    assert "• A-12841, Шуруповёрт Makita DF333D, к оплате 3 450 ₽" in text
    assert "• A-12843" in text


def test_an_account_that_is_bound_twice_hears_once_and_two_accounts_each(workshop):
    workshop.bind(ANNA, ANNAS_PHONE)
    workshop.bind(ANNA, customer_id=1)
    workshop.bind(BORIS, customer_id=1)
    workshop.move(12841, "Готов", "ready")
    workshop.run()
    assert len(workshop.texts(ANNA)) == len(workshop.texts(BORIS)) == 1


def test_a_number_of_too_many_customers_proves_nobody(workshop):
    workshop.bind(ANNA, "79000000010")
    workshop.move(1010, "Готов", "ready")
    workshop.run()
    assert workshop.texts(ANNA) == []


def test_a_customer_who_was_replaced_hears_nothing_more(workshop):
    workshop.bind(ANNA, ANNAS_PHONE)
    workshop.bind(BORIS, BORISS_PHONE)
    workshop.move(12841, "Готов", "ready")
    workshop.change_crm("update reporting.repairs set customer_id = 2 where repair_id = 12841")
    workshop.run()
    assert workshop.texts(ANNA) == []
    assert READY in workshop.texts(BORIS)[0]


def test_two_clients_of_one_number_each_hear_of_their_own_repairs_through_it(workshop):
    workshop.bind(ANNA, ANNAS_PHONE)
    workshop.change_crm("insert into reporting.customer_phones values (2, '+7 912 345-67-89', true, '9123456789')")
    workshop.move(12841, "Готов", "ready")
    workshop.move(12842, "Выдан", "closed_success", former="Готов")
    workshop.run()
    assert sorted(text.split("\n")[0] for text in workshop.texts(ANNA)) == [READY, "Ремонт A-12842 выдан"]

    # The number is Boris' alone from now on: of Anna's repairs it hears nothing more.
    workshop.change_crm("update reporting.customer_phones set is_current = false where customer_id = 1")
    workshop.move(12841, "Выдан", "closed_success", former="Готов")
    workshop.run()
    assert len(workshop.texts(ANNA)) == 2


def test_a_repair_that_was_moved_to_another_branch_is_told_with_the_branch_that_has_it(workshop):
    workshop.bind(ANNA, ANNAS_PHONE)
    workshop.move(12841, "Готов", "ready")
    workshop.look()
    workshop.change_crm("update reporting.repairs set branch_id = 8 where repair_id = 12841")
    workshop.run()
    (text,) = workshop.texts(ANNA)
    assert "Телефон: +7 484 250-00-08" in text
    assert "ул. Ленина" not in text


def test_consent_withdrawn_in_the_crm_between_compute_and_format_holds(workshop):
    workshop.bind(ANNA, ANNAS_PHONE)
    workshop.move(12841, "Готов", "ready")
    workshop.look()
    workshop.let_pass()
    workshop.change_crm("update reporting.customers set messages_allowed = false where customer_id = 1")
    workshop.run()
    assert workshop.texts(ANNA) == []
    assert workshop.outcomes() == {"nobody": 1}


def test_a_crm_without_events_is_asked_for_the_present_status_and_there_and_back_is_nothing(workshop):
    workshop.bind(ANNA, ANNAS_PHONE)
    workshop.change_crm("drop table reporting.repair_events")

    def move(status: str, group: str) -> None:
        workshop.change_crm(
            "update reporting.repairs set status = %s, status_group = %s, status_changed_at = clock_timestamp()"
            " where repair_id = 12841",
            status,
            group,
        )

    move("Готов", "ready")
    workshop.run()
    (text,) = workshop.texts(ANNA)
    assert READY in text
    move("В работе", "in_work")
    workshop.look()
    move("Готов", "ready")
    workshop.run()
    assert workshop.texts(ANNA) == [text]
    assert workshop.outcomes() == {"notified": 1, "nothing_new": 2}


def test_set_back_before_the_message_has_left_is_never_told(workshop):
    workshop.bind(ANNA, ANNAS_PHONE)
    workshop.move(12841, "Готов", "ready")
    workshop.look()
    workshop.let_pass()
    stored = workshop.look()
    assert stored["messages"] == 1
    workshop.move(12841, "В работе", "in_work", former="Готов")
    workshop.look()
    workshop.let_pass()
    workshop.deliver(workshop.look())
    assert not any(READY in text for text in workshop.texts(ANNA))


def test_at_night_nobody_is_written_to_and_in_the_morning_what_is_still_true(workshop, set_time):
    workshop.bind(ANNA, ANNAS_PHONE)
    workshop.bind(BORIS, BORISS_PHONE)
    set_time(time(22, 0))
    workshop.move(12841, "Готов", "ready")
    workshop.move(12842, "Выдан", "closed_success", former="Готов")
    assert workshop.run()["put_off"] == 2
    workshop.run(settled=True)
    assert workshop.texts(ANNA) == workshop.texts(BORIS) == []

    workshop.move(12841, "В работе", "in_work", former="Готов")
    set_time(time(9, 0))
    workshop.ledger("update notifications.seen_events set due_at = now() - interval '1 second' where outcome is null")
    workshop.run()
    assert workshop.texts(ANNA) == []
    assert "A-12842 выдан" in workshop.texts(BORIS)[0]


def test_what_did_not_get_out_before_the_night_is_told_in_the_morning_if_it_is_still_true(workshop, set_time):
    workshop.bind(ANNA, ANNAS_PHONE)
    set_time(time(21, 59, 59))
    workshop.move(12841, "Готов", "ready")
    workshop.look()
    workshop.let_pass()
    formatted = workshop.look()
    workshop.ledger("update notifications.messages set expires_at = clock_timestamp()")
    workshop.deliver(formatted)
    assert workshop.texts(ANNA) == []

    set_time(time(9, 1))
    workshop.run()
    assert READY in workshop.texts(ANNA)[0]
    workshop.run()
    assert len(workshop.texts(ANNA)) == 1


def test_who_has_blocked_the_bot_rests_and_the_run_is_green(workshop):
    workshop.bind(ANNA, ANNAS_PHONE)
    workshop.bind(BORIS, BORISS_PHONE)
    workshop.desk.stand_in.block(ANNA)
    workshop.move(12841, "Готов", "ready")
    workshop.move(12842, "Выдан", "closed_success", former="Готов")
    workshop.run()
    assert len(workshop.texts(BORIS)) == 1
    (row,) = workshop.ledger("select state from notifications.client_bindings where phone = %s", ANNAS_PHONE)
    assert row["state"] == "blocked"


def test_a_comment_that_is_meant_for_the_customer_is_told_with_what_it_says(workshop):
    workshop.bind(ANNA, ANNAS_PHONE)
    workshop.record(12841, "comment", comment="Ставим <b>щётки</b>", is_for_customer=True)
    workshop.record(12841, "comment", comment="Клиент скандалит")
    workshop.record(12841, "comment", comment="Когда?", author="customer", is_for_customer=True)
    workshop.run()
    (text,) = workshop.texts(ANNA)
    assert "Ставим <b>щётки</b>" in text


def test_a_repair_that_was_taken_in_is_told_and_a_status_without_words_is_not(workshop):
    workshop.bind(ANNA, ANNAS_PHONE)
    workshop.record(12841, "created", new_status="Новый")
    workshop.move(12841, "На согласовании", "on_hold")
    workshop.run()
    (text,) = workshop.texts(ANNA)
    assert "Приняли в ремонт: A-12841" in text
    assert workshop.outcomes() == {"notified": 1, "no_words": 1}


def test_a_repair_without_a_client_and_a_client_without_a_binding_leave_the_run_green(workshop):
    workshop.change_crm("update reporting.repairs set customer_id = null where repair_id = 12842")
    workshop.move(12841, "Готов", "ready")
    workshop.move(12842, "Выдан", "closed_success", former="Готов")
    workshop.run()
    assert workshop.outcomes() == {"nobody": 2}


def test_nothing_personal_passes_between_the_tasks(workshop):
    workshop.bind(ANNA, ANNAS_PHONE)
    workshop.record(12841, "comment", comment="Тайна", is_for_customer=True)
    formatted = workshop.look()
    assert formatted["messages"] == 1
    words = f"{formatted} {workshop.computed}"
    assert [word for word in ("Тайна", "A-12841", "79123456789", "Анна", str(ANNA)) if word in words] == []


def write(workshop: Workshop, source: str, **where: Any) -> int:
    """Write a text about «Готов» as the office does."""
    with psycopg.connect(workshop.desk.conninfo) as ledger:
        return write_text(ledger, "client", "ready", source, written_by="admin", **where)


def test_the_offices_own_words_go_out_and_the_message_knows_their_version(workshop):
    workshop.bind(ANNA, ANNAS_PHONE)
    write(workshop, "Всё готово: {{ code }}")
    text_id = write(workshop, "<b>{{ code }}</b> ждёт вас", branch_id=7, to_status="Готов")
    workshop.move(12841, "Готов", "ready")
    workshop.run()
    assert workshop.texts(ANNA) == ["A-12841 ждёт вас"]
    (row,) = workshop.ledger("select figures from notifications.messages")
    assert row["figures"]["text_id"] == text_id


def test_a_text_that_no_longer_works_parks_nothing_and_the_office_is_told_once(workshop):
    workshop.bind(ANNA, ANNAS_PHONE)
    workshop.bind(BORIS, customer_id=1)
    text_id = write(workshop, "Готово\n{{ mechanic }}")
    workshop.move(12841, "Готов", "ready")
    workshop.run()
    assert READY in workshop.texts(ANNA)[0]
    assert READY in workshop.texts(BORIS)[0]
    (told,) = workshop.texts(STAFF)
    assert f"Текст для клиентов № {text_id} не подошёл\nстрока 2: нет значения mechanic" in told
    assert "страница «События и тексты» в Airflow" in told


def test_what_is_switched_off_is_not_told_and_what_is_switched_on_from_then_on(workshop):
    workshop.bind(ANNA, ANNAS_PHONE)
    with psycopg.connect(workshop.desk.conninfo) as ledger:
        switch(ledger, "client", "ready", is_on=False, switched_by="admin")
    workshop.move(12841, "Готов", "ready")
    workshop.run()
    with psycopg.connect(workshop.desk.conninfo) as ledger:
        switch(ledger, "client", "on_hold", is_on=True, switched_by="admin")
    workshop.move(12841, "Подбор", "on_hold", former="Готов")
    workshop.run()
    (text,) = workshop.texts(ANNA)
    assert "приостановлен" in text
