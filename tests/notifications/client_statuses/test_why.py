"""What the page «Почему клиент не получил» says of a repair's latest changes, as the tasks have left the ledger."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from typing import Any

import psycopg
import pytest

from sancrm_notifications.ledger import brakes
from sancrm_notifications.ledger.wording import switch
from sancrm_notifications.pages.explaining import explained
from tests.bot.crm import add_repair
from tests.notifications.workshop import ANNA, BORIS, Workshop

ANNAS_PHONE, BORISS_PHONE = "79123456789", "79000000002"
AT = r"\d{1,2} [а-я]+ в \d\d:\d\d"


def said(about: str = "A-12841", code: str = "A-12841", **rights: bool) -> list[str]:
    """Return the sentences about a repair, with plain spaces, each behind its verdict."""
    (chain,) = explained(about, "Europe/Moscow", **rights) or []
    return [f"{step.verdict}: {step.sentence}".replace("\u00a0", " ") for step in chain.repairs.get(code, [])]


def later(workshop: Workshop) -> None:
    """Let what was decided so far have been decided some seconds ago, as it is from one run to the next."""
    workshop.ledger("update notifications.seen_events set decided_at = decided_at - interval '5 seconds'")


def of_client(about: str = "A-12841") -> str:
    """Return the sentences about the client."""
    (chain,) = explained(about, "Europe/Moscow") or []
    return " ".join(step.sentence for step in chain.steps).replace("\u00a0", " ")


def matches(sentences: list[str], *patterns: str) -> None:
    """Hold each sentence against its pattern."""
    assert len(sentences) == len(patterns), sentences
    for sentence, pattern in zip(sentences, patterns, strict=True):
        assert re.fullmatch(pattern.replace("{at}", AT), sentence), sentence


def test_what_was_told_is_said_with_both_times_and_what_did_not_last_is_said_too(workshop):
    workshop.bind(ANNA, ANNAS_PHONE)
    workshop.move(12841, "Ожидает запчасть", "on_hold")
    workshop.move(12841, "Готов", "ready", former="Ожидает запчасть")
    workshop.run()
    told = (
        "note: .*«Ожидает запчасть» {at}: сразу за этим он сменился снова, и решали о последней смене.",
        r"ok: Статус сменился на «Готов» {at}: рассказано клиенту в \d\d:\d\d.",
    )
    matches(said(), *told)
    matches(said(ANNAS_PHONE), *told)
    assert "Препятствий не видно" in of_client()


def test_what_was_told_and_set_back_was_told_when_it_was_sent_first(workshop):
    workshop.bind(ANNA, ANNAS_PHONE)
    workshop.move(12841, "Готов", "ready")
    workshop.run()
    later(workshop)
    for table in ("messages", "seen_events"):
        columns = {"messages": ("stored_at", "sent_at"), "seen_events": ("happened_at", "decided_at")}[table]
        changes = ", ".join(f"{column} = {column} - interval '2 days'" for column in columns)
        workshop.ledger(f"update notifications.{table} set {changes}")
    (before,) = said()
    workshop.move(12841, "В работе", "in_work", former="Готов")
    workshop.run()
    assert said()[0] == f"{before[:-1]}, а потом исправлено: статус вернули назад."
    matches(said()[1:], r"ok: Статус сменился на «В работе» {at}: рассказано клиенту в \d\d:\d\d.")


def test_a_client_whose_several_tools_were_told_of_in_one_message_was_told_of_each(workshop):
    workshop.bind(BORIS, BORISS_PHONE)
    workshop.change_crm("update reporting.repairs set branch_id = 7, customer_id = 2 where repair_id in (12841, 12843)")
    for repair_id in (12841, 12843):
        workshop.move(repair_id, "Готов", "ready")
    workshop.run()
    for code in ("A-12841", "A-12843"):
        matches(said(code, code), r"ok: .*«Готов» {at}: рассказано клиенту в \d\d:\d\d.")


def test_what_waits_is_said_with_what_it_waits_for(workshop, set_time):
    workshop.bind(ANNA, ANNAS_PHONE)
    workshop.move(12841, "Готов", "ready")
    workshop.look()
    matches(said(), "note: .*: пока ждём минуту, не сменится ли он снова.")

    set_time(time(23))
    workshop.run()
    matches(said(), "note: .*: сейчас тихие часы, это ждёт утра — {at}.")

    workshop.ledger("update notifications.seen_events set due_at = now() - interval '1 minute'")
    matches(said(), "note: .*: вот-вот решим, рассказывать ли.")
    workshop.ledger("update notifications.seen_events set due_at = now() - interval '1 hour'")
    matches(said(), "stop: .*: давно пора решить, рассказывать ли, но DAG client_statuses не идёт.")


def test_what_a_person_must_decide_about_and_what_they_have_refused_is_said(workshop):
    workshop.bind(ANNA, ANNAS_PHONE)
    workshop.move(12841, "Готов", "ready")
    workshop.look()
    with psycopg.connect(workshop.desk.conninfo) as ledger:
        (row,) = workshop.ledger("select event_id, recorded_at from notifications.seen_events")
        opened = brakes.brake(ledger, "client_statuses", "Готов", [(row["event_id"], row["recorded_at"])])
    workshop.let_pass()
    matches(said(), "stop: .*: таких сразу очень много, и это ждёт решения человека в Airflow, в DAG .*_bulk.")
    brakes.refuse(workshop.desk.conninfo, [opened])
    matches(said(), "stop: .*: не рассказано: таких было сразу очень много, и человек отказал или сутки не отвечал.")


def test_what_nobody_could_hear_is_said_with_why(workshop):
    workshop.move(12841, "Готов", "ready")
    workshop.record(12841, "comment", comment="Тише", is_for_customer=False)
    workshop.run()
    hidden = "note: Комментарий записали {at}: он не для клиента."
    matches(said(), "stop: .*: тогда писать было некому: никто не был подключён и не соглашался на сообщения.", hidden)
    workshop.bind(ANNA, ANNAS_PHONE)
    matches(said(), r"stop: .*: клиент подключился позже, в \d\d:\d\d, и о прежнем не узнаёт.", hidden)


def test_what_is_nothing_new_and_what_was_off_is_said(workshop):
    workshop.bind(ANNA, ANNAS_PHONE)
    workshop.move(12841, "Готов", "ready")
    workshop.run()
    later(workshop)
    workshop.move(12841, "Готов, на полке", "ready", former="Готов")
    workshop.run()
    matches(said()[1:], "note: .*: нового в этом нет: клиенту об этом уже рассказано, .*")
    workshop.ledger("update notifications.seen_events set outcome = 'switched_off' where new_status like '%%полке'")
    matches(said()[1:], "stop: .*: не рассказано, потому что DAG client_statuses был на паузе.")


def test_comments_do_not_hide_what_was_made_of_the_status(workshop):
    workshop.bind(ANNA, ANNAS_PHONE)
    workshop.move(12841, "Готов", "ready")
    workshop.run()
    for _ in range(9):
        workshop.record(12841, "comment", comment="Для своих")
    workshop.run()
    first, *comments = said()
    matches([first], r"ok: .*«Готов» {at}: рассказано клиенту в \d\d:\d\d.")
    matches(comments, *["note: Комментарий записали {at}: он не для клиента."] * 6)


def test_a_set_back_that_is_not_told_is_blamed_on_its_own_switch(workshop):
    workshop.bind(ANNA, ANNAS_PHONE)
    workshop.move(12841, "Готов", "ready")
    workshop.run()
    later(workshop)
    with psycopg.connect(workshop.desk.conninfo) as ledger:
        switch(ledger, "client", "set_back", is_on=False, switched_by="test")
    workshop.move(12841, "В работе", "in_work", former="Готов")
    workshop.run()
    matches(said()[1:], "stop: .*: ремонт вернулся туда, где был, а событие «Статус вернули назад» выключено.")


def test_a_switch_that_was_taken_back_counts_since_then(workshop):
    workshop.bind(ANNA, ANNAS_PHONE)
    with psycopg.connect(workshop.desk.conninfo) as ledger:
        switch(ledger, "client", "ready", branch_id=7, is_on=False, switched_by="test")
    workshop.move(12841, "Готов", "ready")
    workshop.look()
    with psycopg.connect(workshop.desk.conninfo) as ledger:
        switch(ledger, "client", "ready", branch_id=7, takes_back="told", switched_by="test")
    workshop.run()
    matches(said(), r"stop: .*: событие включили позже, в \d\d:\d\d.")


def test_a_status_without_words_and_one_that_is_switched_are_told_apart(workshop):
    workshop.bind(ANNA, ANNAS_PHONE)
    workshop.move(12841, "На диагностике", "diagnostics")
    workshop.run()
    matches(
        said(), "note: .*: клиентам об этом не рассказывают, пока событие не включат на странице «События и тексты»."
    )
    later(workshop)
    workshop.move(12841, "Принят", "new", former="На диагностике")
    workshop.run()
    matches(
        said(),
        "note: .*диагностике» {at}: клиентам о таком статусе не рассказывают: для него нет слов, или он выключен.",
        "note: .*: для этого статуса нет слов для клиента.",
    )
    later(workshop)
    with psycopg.connect(workshop.desk.conninfo) as ledger:
        for event in ("ready", "refused"):
            switch(ledger, "client", event, is_on=False, switched_by="test")
    workshop.move(12841, "Готов", "ready", former="Принят")
    workshop.run()
    matches(said()[2:], "stop: .*: событие выключено с {at}.")
    later(workshop)
    # Switched on before it is decided about, yet after it happened.
    workshop.move(12841, "Отказ", "refused", former="Готов")
    workshop.look()
    with psycopg.connect(workshop.desk.conninfo) as ledger:
        switch(ledger, "client", "refused", is_on=True, switched_by="test")
    workshop.run()
    matches(said()[3:], r"stop: .*: событие включили позже, в \d\d:\d\d.")


@pytest.mark.parametrize(
    ("columns", "pattern"),
    [
        ({"state": "held"}, "stop: .*: сообщение отправили, но неизвестно, дошло ли: .*"),
        ({"state": "parked"}, "stop: .*: Telegram не принял сообщение: .*"),
        ({"state": "expired"}, "stop: .*: сообщение не ушло до тихих часов: если утром это ещё верно, .*"),
        ({"state": "expired", "reason": "withdrawn: x"}, "stop: .*, а статус уже вернули назад."),
        ({"state": "expired", "expires_at": datetime.now(UTC) - timedelta(days=3)}, "stop: .*, и его срок прошёл."),
        ({"state": "not_wanted", "reason": "the person has blocked the bot"}, "stop: .*, потому что бот заблокирован."),
        ({"state": "not_wanted", "reason": "x"}, "stop: .*: сообщение не отправили: клиент отключился, .*"),
        ({"destination": "client:999"}, "note: .*, но не тем, кто подключён к этому клиенту сейчас."),
    ],
    ids=["held", "parked", "expired", "withdrawn", "expired long ago", "blocked", "not wanted", "another binding"],
)
def test_what_became_of_the_message_is_said(workshop, columns: dict[str, Any], pattern: str):
    workshop.bind(ANNA, ANNAS_PHONE)
    workshop.move(12841, "Готов", "ready")
    workshop.look()
    workshop.let_pass()
    workshop.look()
    matches(said(), "note: .*: сообщение записано и ждёт отправки.")
    for name, value in columns.items():
        workshop.ledger(f"update notifications.messages set {name} = %s", value)
    matches(said(), pattern)


def test_what_was_before_the_switching_on_and_what_the_crm_shows_no_event_of_is_said(workshop):
    matches(said(), "stop: В своём статусе он с {at}, а писать клиентам начали {at}: о прежнем не рассказываем.")
    workshop.ledger("update notifications.feeds set switched_on_at = '2026-01-01'")
    matches(said(), "note: .*: что из этого вышло, уже не хранится.|stop: .*, этой смены нет.")
    workshop.change_crm("update reporting.repairs set status_changed_at = now() - interval '1 hour'")
    matches(said(), "stop: .*, но среди событий, которые показала CRM, этой смены нет.")
    workshop.change_crm("update reporting.repairs set status_changed_at = now()")
    matches(said(), "note: .*: эта смена ещё не замечена, загляните через минуту.")
    workshop.change_crm("update reporting.repairs set status_changed_at = now() - interval '9 days'")
    matches(said(), "note: .*: что из этого вышло, уже не хранится.")
    with psycopg.connect(workshop.crm) as crm:
        add_repair(crm, 12900, 1, code="A-12900", status_changed_at=datetime.now(UTC))
    workshop.record(12900, "created")
    workshop.run()
    matches(said("A-12900", "A-12900"), "stop: Ремонт приняли {at}: тогда писать было некому: .*")


def test_who_may_not_read_the_dag_and_a_dag_that_stands_still(workshop):
    workshop.bind(ANNA, ANNAS_PHONE)
    workshop.move(12841, "Готов", "ready")
    workshop.run()
    assert said(may_read_events=False) == []
    assert "следит" not in of_client()
    workshop.ledger("update notifications.feeds set looked_at = now() - interval '1 hour'")
    assert re.search(f"никто не следит, последний раз заглядывали {AT}: DAG client_statuses на паузе", of_client())
    assert "Препятствий" not in of_client()
    workshop.ledger("delete from notifications.seen_events")
    workshop.ledger("delete from notifications.notified_statuses")
    workshop.ledger("delete from notifications.feeds")
    assert "клиентам ещё не пишут: DAG client_statuses на паузе." in of_client()
    assert said() == []
