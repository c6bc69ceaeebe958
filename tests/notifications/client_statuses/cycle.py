"""``python -m tests.notifications.client_statuses.cycle``: client statuses run by run, until it is killed.

It is noon for it, and what a process leaves behind that dies with a claim is free after a few seconds.
"""

from __future__ import annotations

import logging
import time
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sancrm_notifications.ledger import claiming, feeds
from sancrm_notifications.notifications.client_statuses import tasks
from tests.notifications.workshop import Workshop

LEASE = timedelta(seconds=3)
BEGAN = "began"
_REST_SECONDS = 0.05


def main() -> None:
    """Look, format and deliver again and again."""
    logging.disable(logging.CRITICAL)
    noon = datetime.now(ZoneInfo("Europe/Moscow")).replace(hour=12)
    feeds.ledger_now = lambda ledger: noon  # noqa: ARG005 - it has a clock of its own
    claiming.ATTEMPT_LEASE = claiming.TURN_LEASE = LEASE
    # Only its tasks are wanted here: where CRM, ledger and Telegram are is said by Airflow's connections.
    workshop = Workshop(desk=None, crm="", tasks=tasks, run_id="cycle")  # type: ignore[arg-type]
    print(BEGAN, flush=True)  # noqa: T201 - whoever kills it waits for this
    while True:
        workshop.deliver(workshop.look())
        time.sleep(_REST_SECONDS)


if __name__ == "__main__":
    main()
