"""Repairs of the demo CRM whose customers wait for a call, and the chat in which they are told."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from local.telegram_choice import STAND_IN_CHATS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.installation.installation import Installation

TELLS, CHECKS = "missed_calls", "missed_calls_check"
CHAT_ID = int(STAND_IN_CHATS["telegram_missed_calls"][0])
_LET_WAIT = """
    update crm.repairs
    set
        needs_callback = true,
        status_id = (select status_id from crm.statuses where name = 'Готов'),
        status_changed_at = now() - interval '5 days'
    where repair_id in (
        select repair_id from crm.repairs
        where completed_at is null and rejected_at is null and customer_id is not null
        order by repair_id offset {after} limit {count}
    )
"""
_WAITING = "select repair_id from reporting.repairs where needs_callback and status in ('Готов', 'Подбор')"


@contextmanager
def customers_waiting(installation: Installation, count: int, after: int = 0) -> Iterator[set[int]]:
    """Let more customers wait, the first ``after`` ones left out, and the two DAGs run; yield who waits."""
    installation.crm(_LET_WAIT.format(count=count, after=after))
    for dag_id in (TELLS, CHECKS):
        installation.unpause(dag_id)
    yield {repair_id for (repair_id,) in installation.crm(_WAITING)}
    for dag_id in (TELLS, CHECKS):
        installation.pause(dag_id)
    installation.crm("update crm.repairs set needs_callback = false where needs_callback")
