"""Pickup reminders in a real Airflow: who does not collect is reminded once, and «Понял, приду» spares the next one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from local.demo_services import beside_python

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.installation.installation import Installation

pytestmark = pytest.mark.timeout(600)

DAG_ID, BOT = "pickup_reminders", "bot"
OLGA, PYOTR = 7_201, 7_202
LONG_AGO = "interval '60 days'"
# Three repairs that wait: Olga's in two branches, which are two messages, and Pyotr's.
_WAIT = f"""
    with open as (
        select branch_id, min(repair_id) as first, max(repair_id) as last
        from crm.repairs
        where completed_at is null and rejected_at is null
        group by branch_id
        having min(repair_id) <> max(repair_id)
        order by branch_id limit 2
    ),
    owners as (
        select min(customer_id) as olga, max(customer_id) as pyotr from crm.customers
        where
            customer_id % 20 <> 0
            and not exists (
                select from crm.repairs
                where
                    repairs.customer_id = customers.customer_id and completed_at is null and rejected_at is null
            )
    ),
    waiting as (
        select first as repair_id, olga as customer_id from open cross join owners
        union all
        (select last, pyotr from open cross join owners order by branch_id limit 1)
    )
    update crm.repairs
    set
        customer_id = waiting.customer_id,
        status_id = (select status_id from crm.statuses where name = 'Готов'),
        status_changed_at = now() - {LONG_AGO}
    from waiting
    where repairs.repair_id = waiting.repair_id
    returning repairs.repair_id, repairs.customer_id
"""


def told(installation: Installation, person: int) -> list[dict[str, Any]]:
    """Return what a person has been reminded of, oldest first."""
    return [one for one in installation.chat.messages(person) if one["sender"] is None and "ждёт вас" in one["text"]]


@pytest.fixture
def waiting(installation: Installation) -> Iterator[list[int]]:
    """Bind two people whose tools have waited for two months, the DAG switched on before; yield Olga's repairs."""
    rows = installation.crm(_WAIT)
    olga, pyotr = sorted({customer_id for _, customer_id in rows})
    # As a plain process it listens within seconds, while a run of its DAG would still be waiting for its turn.
    installation.services.start_beside(BOT, [beside_python("python"), "-m", "sancrm_notifications.bot"])
    for person, name, customer_id in ((OLGA, "Ольга", olga), (PYOTR, "Пётр", pyotr)):
        installation.chat.add_person(person, name)
        installation.chat.start(person)
        installation.change_ledger(
            "insert into notifications.bindings (proof, user_id, customer_id, consented_at, consent_version)"
            f" values ('link', {person}, {customer_id}, clock_timestamp(), '1')"
        )
    installation.change_ledger(
        f"""
        insert into notifications.switches (audience, quiet_from, quiet_until, switched_by)
        values ('client', '00:00', '00:00', 'test');
        insert into notifications.feeds (feed, switched_on_at, looked_at)
        values ('{DAG_ID}', now() - {LONG_AGO} - {LONG_AGO}, now())
        """
    )
    listened = "select 1 from notifications.listeners where lease_until > now()"
    installation.wait_until(lambda: installation.ledger(listened), "somebody listens to the bot")
    yield sorted(repair_id for repair_id, customer_id in rows if customer_id == olga)
    installation.services.kill(BOT)
    installation.pause(DAG_ID)


def test_who_does_not_collect_is_reminded_once_and_who_comes_is_spared_the_next(installation, waiting):
    installation.unpause(DAG_ID)
    installation.wait_until(lambda: installation.runs(DAG_ID, "scheduled"), "the last tick fires")
    assert installation.runs(DAG_ID, "scheduled")[-1].finished() == "success"
    first, second = told(installation, OLGA)
    assert len(told(installation, PYOTR)) == 1

    (button,) = (one for row in first["buttons"] for one in row if one["text"] == "Понял, приду")
    installation.chat.press(OLGA, first["message_id"], button["callback_data"])
    promises = "select repair_id from notifications.pickup_promises"
    installation.wait_until(lambda: installation.ledger(promises), "the promise is noted")
    ((promised,),) = (row.values() for row in installation.ledger(promises))
    # Olga's reminders are as old as that the next one is due; Pyotr's is of today.
    installation.change_ledger(
        f"""
        update notifications.pickup_reminders set reminded_at = reminded_at - {LONG_AGO}
        where repair_id in ({", ".join(map(str, waiting))});
        update notifications.messages set period = 'then', key = 'then/' || key where notification = '{DAG_ID}'
        """
    )
    assert installation.trigger(DAG_ID).finished() == "success"
    (again,) = told(installation, OLGA)[2:]
    assert again["text"] == second["text"]
    assert promised in waiting
    assert len(told(installation, PYOTR)) == 1
