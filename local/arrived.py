"""What has arrived in the chats, as the delivery ledger has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg

from local.demo_error import DemoError

if TYPE_CHECKING:
    from datetime import datetime


def arrived_messages(ledger: str, started_at: datetime) -> int:
    """Return how many messages have been sent; raise DemoError when none were, or some of this start cannot be.

    ``ledger`` is the libpq connection string of the ledger's database.
    """
    query = """
        select
            count(*) filter (where state = 'sent'),
            count(*) filter (where state in ('parked', 'held', 'expired') and stored_at >= %(started_at)s),
            min(reason) filter (where state in ('parked', 'held', 'expired') and stored_at >= %(started_at)s)
        from notifications.messages
    """
    with psycopg.connect(ledger) as connection:
        row = connection.execute(query, {"started_at": started_at}).fetchone()
    sent, stuck, reason = row or (0, 0, None)
    if stuck:
        raise DemoError(f"{stuck} messages did not arrive in the chats, the first because: {reason}")
    if not sent:
        raise DemoError("The runs succeeded, and yet no message has arrived in a chat.")
    return int(sent)
