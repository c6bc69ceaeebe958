"""What has arrived in the chat, as the delivery ledger has it."""

from __future__ import annotations

import psycopg

from local.demo_error import DemoError


def arrived_messages(ledger: str) -> int:
    """Return how many messages have been sent; raise DemoError when none were, or some cannot be.

    ``ledger`` is the libpq connection string of the ledger's database.
    """
    query = """
        select
            count(*) filter (where state = 'sent'),
            count(*) filter (where state in ('parked', 'held', 'expired')),
            min(reason) filter (where state in ('parked', 'held', 'expired'))
        from notifications.messages
    """
    with psycopg.connect(ledger) as connection:
        row = connection.execute(query).fetchone()
    sent, stuck, reason = row or (0, 0, None)
    if stuck:
        raise DemoError(f"{stuck} messages did not arrive in the chat, the first because: {reason}")
    if not sent:
        raise DemoError("The reports succeeded, and yet no message has arrived in the chat.")
    return int(sent)
