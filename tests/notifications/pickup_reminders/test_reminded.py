"""From repairs that wait in the CRM to people's chats: who is reminded, when, and how often."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException

from sancrm_notifications.ledger.pickups import refuse_reminders
from sancrm_notifications.ledger.wording import switch, write_text
from sancrm_notifications.notifications.pickup_reminders import tasks
from tests.bot.crm import add_repair
from tests.desk import STAFF
from tests.notifications.pickup_reminders.conftest import Reminding, day
from tests.notifications.workshop import ANNA, BORIS

ANNAS_PHONE, BORISS_PHONE = "79123456789", "79000000002"
REMINDER = "Ремонт A-12841 готов и ждёт вас"


def switched(workshop: Reminding, **values: Any) -> None:
    """Switch something about reminders, as the office does."""
    import psycopg

    with psycopg.connect(workshop.desk.conninfo) as ledger:
        switch(ledger, "client", "pickup_reminder", switched_by="test", **values)


def numbers(workshop: Reminding) -> list[int]:
    """Return which reminders were noted, in order."""
    rows = workshop.ledger("select number from notifications.pickup_reminders order by repair_id, number")
    return [row["number"] for row in rows]


def test_after_three_working_days_a_client_is_reminded_once(workshop):
    workshop.bind(ANNA, ANNAS_PHONE)
    # Friday evening: Monday, Tuesday and Wednesday follow.
    workshop.ready(12841, day(20, at=time(18)))
    workshop.at(day(24))
    workshop.run()
    assert workshop.texts(ANNA) == []

    workshop.at(day(25))
    assert workshop.run()["messages"] == 1
    (text,) = workshop.texts(ANNA)
    assert text.startswith(f"{REMINDER}\nШуруповёрт Makita DF333D\n\nК оплате 3 450 ₽.\nГде: ул. Ленина, 5")

    workshop.run()
    workshop.at(day(27))
    workshop.run()
    assert workshop.texts(ANNA) == [text]


def test_the_second_comes_after_three_working_days_more_and_is_the_last(workshop):
    workshop.bind(ANNA, ANNAS_PHONE)
    workshop.ready(12841, day(20, at=time(18)))
    for at, told in ((day(25), 1), (day(27), 1), (day(30), 2), (day(3, 12), 2), (day(11, 12), 2)):
        workshop.ledger("update notifications.feeds set looked_at = %s", at)
        workshop.at(at)
        workshop.run()
        assert len(workshop.texts(ANNA)) == told, at
    assert numbers(workshop) == [1, 2]


def test_how_many_days_and_how_often_can_be_switched_for_all_and_for_a_branch(workshop):
    workshop.bind(ANNA, ANNAS_PHONE)
    workshop.bind(BORIS, BORISS_PHONE)
    switched(workshop, reminders=(1, 1))
    switched(workshop, reminders=(5, 3), branch_id=7)
    workshop.ready(12841, day(24))
    workshop.ready(12842, day(24), branch_id=8)
    workshop.run()
    assert workshop.texts(ANNA) == []
    assert "A-12842 готов и ждёт вас" in workshop.texts(BORIS)[0]


def test_what_was_ready_before_the_switching_on_is_nobodys_reminder_unless_a_person_asks(workshop):
    workshop.bind(ANNA, ANNAS_PHONE)
    workshop.ready(12841, day(20))
    workshop.ledger("update notifications.feeds set switched_on_at = now() - interval '4 days'")
    workshop.run()
    assert workshop.texts(ANNA) == []

    workshop.run(since=(datetime.now(UTC) - timedelta(days=30)).isoformat())
    assert len(workshop.texts(ANNA)) == 1


def test_the_first_run_only_begins(workshop):
    workshop.bind(ANNA, ANNAS_PHONE)
    workshop.ready(12841, day(20))
    workshop.ledger("delete from notifications.feeds")
    workshop.run()
    assert workshop.waiting == []
    workshop.run()
    assert workshop.texts(ANNA) == []


@pytest.mark.parametrize(("looked_on", "told"), [(day(20), 0), (day(23), 1)])
def test_after_more_than_two_working_days_it_was_off_and_begins_anew(workshop, looked_on, told):
    workshop.bind(ANNA, ANNAS_PHONE)
    workshop.ready(12841, day(19))
    workshop.ledger("update notifications.feeds set looked_at = %s", looked_on)
    workshop.run()
    assert len(workshop.texts(ANNA)) == told


def test_who_has_said_that_they_come_is_not_reminded(workshop):
    workshop.bind(ANNA, ANNAS_PHONE)
    workshop.ready(12841, day(20))
    workshop.run()
    workshop.ledger(
        "insert into notifications.pickup_promises (repair_id, message_id)"
        " select 12841, message_id from notifications.messages"
    )
    workshop.ledger("update notifications.feeds set looked_at = %s", day(2, 12))
    workshop.at(day(2, 12))
    workshop.run()
    assert len(workshop.texts(ANNA)) == 1


@pytest.mark.parametrize(
    "change",
    [
        "status_group = 'closed_success', status = 'Выдан', closed_at = now()",
        "status_group = 'in_work', status = 'В работе'",
        "customer_id = 2",
    ],
)
def test_what_was_collected_set_back_or_is_another_customers_meanwhile_is_not_told(workshop, change):
    workshop.bind(ANNA, ANNAS_PHONE)
    workshop.ready(12841, day(20))
    waiting = tasks.compute(workshop._context(None))
    assert 12841 in [row["repair_id"] for row in waiting]
    workshop.change_crm(f"update reporting.repairs set {change} where repair_id = 12841")
    workshop.deliver(tasks.format_messages(waiting, workshop._context(None)))
    assert workshop.texts(ANNA) == []
    assert numbers(workshop) == []


def test_who_has_stopped_or_agreed_to_nothing_is_not_reminded(workshop):
    workshop.bind(ANNA, ANNAS_PHONE, stopped_at=datetime.now(UTC))
    workshop.bind(BORIS, BORISS_PHONE)
    workshop.change_crm("update reporting.customers set messages_allowed = false where customer_id = 2")
    workshop.ready(12841, day(20))
    workshop.ready(12842, day(20))
    workshop.run()
    assert workshop.texts(ANNA) == workshop.texts(BORIS) == []


def test_consent_withdrawn_between_format_and_deliver_holds(workshop):
    binding = workshop.bind(ANNA, ANNAS_PHONE)
    workshop.ready(12841, day(20))
    formatted = workshop.look()
    assert formatted["messages"] == 1
    workshop.ledger("update notifications.bindings set stopped_at = now() where binding_id = %s", binding)
    workshop.deliver(formatted)
    assert workshop.texts(ANNA) == []


def test_where_it_is_quiet_the_reminder_waits_for_the_next_working_day(workshop):
    workshop.bind(ANNA, ANNAS_PHONE)
    workshop.change_crm("update reporting.branches set time_zone = 'Pacific/Honolulu' where branch_id = 7")
    workshop.ready(12841, day(19))
    workshop.run()
    assert workshop.texts(ANNA) == []
    workshop.change_crm("update reporting.branches set time_zone = 'Asia/Omsk' where branch_id = 7")
    workshop.run()
    (row,) = workshop.ledger("select expires_at - stored_at as keep from notifications.messages")
    assert len(workshop.texts(ANNA)) == 1
    # At fourteen o'clock in Omsk there are eight hours left; the database rounds both instants to a microsecond.
    assert abs(row["keep"] - timedelta(hours=8)) < timedelta(milliseconds=1)


def night_comes(workshop: Reminding, delivery: dict[str, Any], subject: str = "repair:12841") -> None:
    """Let the day end before what was stored of a repair is sent, and note it as of the present moment."""
    workshop.ledger(
        "update notifications.messages set expires_at = now() where state = 'stored' and subject = %s", subject
    )
    workshop.ledger(
        "update notifications.pickup_reminders set reminded_at = %s where reminded_at > now() - interval '1 hour'",
        workshop.now,
    )
    workshop.deliver(delivery)


def test_a_reminder_that_the_night_has_left_unsent_is_made_anew_and_counts_once(workshop):
    workshop.bind(ANNA, ANNAS_PHONE)
    workshop.bind(BORIS, BORISS_PHONE)
    workshop.ready(12841, day(20))
    workshop.ready(12842, day(20))
    night_comes(workshop, workshop.look())
    assert sorted(workshop.desk.states().values()) == ["expired", "sent"]

    # Boris was told at once: his stays as it is. Of Anna's second the night leaves nothing either.
    for at, anna, boris in ((day(26), 1, 1), (day(27), 1, 1), (day(30), 1, 2)):
        workshop.ledger("update notifications.feeds set looked_at = %s", at)
        workshop.at(at)
        workshop.run()
        assert (len(workshop.texts(ANNA)), len(workshop.texts(BORIS))) == (anna, boris), at
    workshop.ledger("update notifications.feeds set looked_at = %s", day(1, 12))
    workshop.at(day(1, 12))
    delivery = workshop.look()
    assert delivery["messages"] == 1
    night_comes(workshop, delivery)
    assert len(workshop.texts(ANNA)) == 1
    for at, anna in ((day(2, 12), 2), (day(3, 12), 2), (day(9, 12), 2)):
        workshop.ledger("update notifications.feeds set looked_at = %s", at)
        workshop.at(at)
        workshop.run()
        assert (len(workshop.texts(ANNA)), len(workshop.texts(BORIS))) == (anna, 2), at
    assert numbers(workshop) == [1, 2, 1, 2]


def test_a_reminder_that_telegram_does_not_take_is_not_made_anew_each_morning(workshop):
    workshop.bind(ANNA, ANNAS_PHONE)
    workshop.ready(12841, day(20))
    description = "Bad Request: text must be encoded in UTF-8"
    workshop.desk.stand_in.plan_fault("error", method="sendMessage", status=400, description=description)
    with pytest.raises(AirflowFailException):
        workshop.run()
    assert list(workshop.desk.states().values()) == ["parked"]
    workshop.desk.stand_in.clear_faults()
    workshop.ledger("update notifications.messages set expires_at = now()")
    workshop.ledger("update notifications.pickup_reminders set reminded_at = %s", workshop.now)
    workshop.ledger("update notifications.feeds set looked_at = %s", day(26))
    workshop.at(day(26))
    assert workshop.look()["messages"] == 0
    assert numbers(workshop) == [1]


def test_what_was_collected_before_the_morning_is_not_reminded_of_anew(workshop):
    workshop.bind(ANNA, ANNAS_PHONE)
    workshop.ready(12841, day(20))
    night_comes(workshop, workshop.look())
    workshop.change_crm("update reporting.repairs set status_group = 'closed_success' where repair_id = 12841")
    workshop.at(day(26))
    assert workshop.run()["messages"] == 0


def test_a_reminder_that_reached_one_of_two_accounts_was_made(workshop):
    workshop.bind(ANNA, ANNAS_PHONE)
    workshop.bind(BORIS, ANNAS_PHONE)
    workshop.ready(12841, day(20))
    delivery = workshop.look()
    workshop.ledger(
        "update notifications.messages set expires_at = now() where message_id ="
        " (select max(message_id) from notifications.messages)"
    )
    workshop.ledger("update notifications.pickup_reminders set reminded_at = %s", workshop.now)
    workshop.deliver(delivery)
    told = [workshop.texts(ANNA), workshop.texts(BORIS)]
    assert sorted(map(len, told)) == [0, 1]
    workshop.at(day(26))
    assert workshop.run()["messages"] == 0


def test_one_that_waits_for_an_edit_past_its_end_was_made(workshop):
    workshop.bind(ANNA, ANNAS_PHONE)
    workshop.ready(12841, day(20))
    workshop.run()
    # «Понял, приду» edits it, and the edit is still to come.
    workshop.ledger("update notifications.messages set state = 'stored', expires_at = now()")
    workshop.at(day(26))
    assert workshop.run()["messages"] == 0
    assert numbers(workshop) == [1]


def test_who_asks_for_a_span_reminds_whoever_is_due_and_nobody_twice(workshop):
    workshop.bind(ANNA, ANNAS_PHONE)
    workshop.bind(BORIS, BORISS_PHONE)
    workshop.ready(12841, day(20))
    workshop.ready(12842, day(24))
    workshop.ledger("update notifications.feeds set switched_on_at = now()")
    since = (datetime.now(UTC) - timedelta(days=30)).isoformat()
    workshop.run(since=since)
    # Boris' was ready yesterday: it is not his turn.
    assert (len(workshop.texts(ANNA)), len(workshop.texts(BORIS))) == (1, 0)
    workshop.run(since=since)
    workshop.run()
    assert (len(workshop.texts(ANNA)), len(workshop.texts(BORIS))) == (1, 0)
    # The span holds for its run alone.
    for at, again, told in ((day(30), None, 1), (day(30), since, 2), (day(7, 12), since, 2)):
        workshop.ledger("update notifications.feeds set looked_at = %s", at)
        workshop.at(at)
        workshop.run(since=again)
        assert len(workshop.texts(ANNA)) == told, (at, again)


def test_what_was_ready_before_the_event_was_switched_on_is_told_when_a_person_asks(workshop):
    workshop.bind(ANNA, ANNAS_PHONE)
    workshop.ready(12841, day(20))
    switched(workshop, is_on=False)
    since = (datetime.now(UTC) - timedelta(days=30)).isoformat()
    workshop.run(since=since)
    assert workshop.texts(ANNA) == []
    switched(workshop, is_on=True)
    workshop.run()
    assert workshop.texts(ANNA) == []
    workshop.run(since=(datetime.now(UTC) - timedelta(days=1)).isoformat())
    assert workshop.texts(ANNA) == []
    workshop.run(since=since)
    assert len(workshop.texts(ANNA)) == 1


def test_several_tools_at_one_branch_are_one_message(workshop):
    workshop.bind(BORIS, BORISS_PHONE)
    workshop.ready(12842, day(20))
    workshop.ready(12841, day(19), customer_id=2)
    workshop.run()
    (text,) = workshop.texts(BORIS)
    assert text.startswith(
        "Ваши инструменты готовы и ждут вас\n• A-12841, Шуруповёрт Makita DF333D, к оплате 3 450 ₽\n"
    )
    assert "• A-12842" in text
    assert numbers(workshop) == [1, 1]


def test_it_can_be_switched_off_and_is_then_told_of_what_becomes_ready_later(workshop):
    workshop.bind(ANNA, ANNAS_PHONE)
    workshop.ready(12841, day(20))
    switched(workshop, is_on=False)
    workshop.run()
    switched(workshop, is_on=True)
    workshop.run()
    assert workshop.texts(ANNA) == []


def test_the_offices_text_is_used_and_one_that_fails_parks_nothing(workshop):
    import psycopg

    workshop.bind(ANNA, ANNAS_PHONE)
    workshop.bind(BORIS, BORISS_PHONE)
    with psycopg.connect(workshop.desk.conninfo) as ledger:
        write_text(ledger, "client", "pickup_reminder", "{{ code }}: заберите {{ tool }}", written_by="test")
        write_text(ledger, "client", "pickup_reminder", "{{ warranty }}", written_by="test", branch_id=8)
    workshop.ready(12841, day(20))
    workshop.ready(12842, day(20), branch_id=8)
    workshop.run()
    assert workshop.texts(ANNA) == ["A-12841: заберите Шуруповёрт Makita DF333D"]
    assert "A-12842 готов и ждёт вас" in workshop.texts(BORIS)[0]
    assert "не подошёл" in workshop.texts(STAFF)[0]


class TestVeryMany:
    """More than ``bulk_above`` clients at once."""

    @pytest.fixture
    def crowd(self, open_reminding) -> Reminding:
        """Three people whose tools wait; above two a person is asked."""
        import psycopg

        workshop: Reminding = open_reminding(bulk_above=2)
        with psycopg.connect(workshop.crm) as crm:
            for number in range(3):
                add_repair(crm, 20_001 + number, 500 + number)
        for number in range(3):
            workshop.bind(201 + number, customer_id=500 + number)
            workshop.ready(20_001 + number, day(20))
        return workshop

    def test_a_person_is_asked_with_count_and_codes_and_without_names(self, crowd):
        asked = tasks.describe(tasks.compute(crowd._context(None)))
        assert "**3 клиентам**" in asked["question"].replace("\u00a0", " ")
        assert "A-20001, A-20002, A-20003" in asked["question"]
        assert asked["repair_ids"] == [20_001, 20_002, 20_003]
        assert "Фамилия" not in asked["question"]

    def test_what_is_refused_is_never_told(self, crowd):
        asked = tasks.describe(tasks.compute(crowd._context(None)))
        assert refuse_reminders(crowd.desk.conninfo, asked["repair_ids"]) == 3
        crowd.run()
        assert [crowd.texts(201 + number) for number in range(3)] == [[], [], []]
        assert tasks.describe(crowd.waiting)["question"] == ""

    def test_of_fewer_nobody_is_asked(self, crowd):
        crowd.change_crm("update reporting.repairs set customer_id = 500 where repair_id = 20002")
        asked = tasks.describe(tasks.compute(crowd._context(None)))
        assert asked["question"] == ""
