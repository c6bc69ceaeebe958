"""The task ``compute`` of every DAG of events: one look at the CRM, noted in the ledger."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import TYPE_CHECKING

from sancrm_notifications import connections
from sancrm_notifications.airflow.task_errors import explained
from sancrm_notifications.events.looking import Looking
from sancrm_notifications.events.rules import LONGEST_PAUSE

if TYPE_CHECKING:
    from airflow.sdk import Context

log = logging.getLogger(__name__)


def compute(feed: str, context: Context) -> dict[str, int]:
    """Note what the CRM has recorded, and return counts; nothing personal is among them.

    :raises AirflowFailException: a connection is missing or wrong
    :raises AirflowException: a database cannot be reached, or shows no events
    """
    since = context["params"].get("since")
    with explained(database=connections.SOURCE):
        looking = Looking(connections.source_conninfo(), connections.ledger_conninfo(), feed)
        try:
            is_off = looking.begin_anew_after(LONGEST_PAUSE)
            look = looking.look(since=datetime.fromisoformat(since) if since else None)
            looking.note_woken(is_woken=False)
        finally:
            looking.close()
    if is_off:
        log.warning("the DAG was paused: what was recorded meanwhile is told only when a run's form asks for it")
    return {"new": look.new}
