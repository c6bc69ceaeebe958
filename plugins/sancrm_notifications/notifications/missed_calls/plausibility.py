"""Whether it can be believed that everybody was called at once: when an earlier look, some time ago, found it too.

Source: docs/missed_calls.md, Called.
"""

from __future__ import annotations

from datetime import timedelta

from sancrm_notifications.ledger import sightings
from sancrm_notifications.notifications.missed_calls.rules import NOTIFICATION

_NOBODY_WAITS = "nobody_waits"
# A first look that found nobody waiting is remembered over a weekend, and confirmed no sooner than this.
FIRST_LOOK_KEPT = timedelta(days=4)
_SECOND_LOOK_AFTER = timedelta(minutes=10)


def is_believed(conninfo: str, doubtful: int) -> bool:
    """Tell whether so many customers were called at once; 0 is believed, and ends the doubt of an earlier look.

    :raises psycopg.OperationalError: the ledger cannot be reached
    """
    if not doubtful:
        sightings.forget(conninfo, NOTIFICATION, _NOBODY_WAITS)
        return True
    return sightings.note(conninfo, NOTIFICATION, _NOBODY_WAITS, FIRST_LOOK_KEPT) >= _SECOND_LOOK_AFTER


def doubt(doubtful: int) -> str:
    """Return the sentence why nothing was changed."""
    return (
        f"the CRM shows nobody who waits for a call, while by the chat {doubtful} repairs wait: nothing was changed, as"
        " the view reporting.repairs may be empty or its flags may be gone. If all of them were called, the next check"
        f" marks them; to mark them sooner, trigger missed_calls_check by hand {_SECOND_LOOK_AFTER.seconds // 60}"
        " minutes from now. What would change can be read on this run's tab «Предпросмотр»"
    )
