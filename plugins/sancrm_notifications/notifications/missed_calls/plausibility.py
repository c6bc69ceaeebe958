"""Whether it can be believed that everybody was called at once: when an earlier look, some time ago, found it too."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sancrm_notifications.ledger.previews import of_run
from sancrm_notifications.ledger.storing import Batch, store
from sancrm_notifications.notifications.missed_calls.rules import NOTIFICATION

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from sancrm_notifications.text.message import Message

# A first look that found nobody waiting is kept under this name, over a weekend, and confirmed no sooner than this.
_FIRST_LOOK = "nobody_waits"
_FIRST_LOOK_KEPT = timedelta(days=4)
_SECOND_LOOK_AFTER = timedelta(minutes=10)
FIRST_LOOK_BATCH = f"preview/{NOTIFICATION}/{_FIRST_LOOK}"


def is_believed(conninfo: str, doubtful: int, today: date, previews: Iterable[Message]) -> bool:
    """Tell whether so many customers were called at once; 0 is believed.

    The first such look leaves as a preview what would change; a look that finds somebody waiting removes it.
    """
    first_look = of_run(conninfo, NOTIFICATION, _FIRST_LOOK)
    if not doubtful:
        if first_look is not None:
            store(conninfo, _first_look_batch(today), [])
        return True
    if first_look is None:
        store(conninfo, _first_look_batch(today), previews)
        return False
    return datetime.now(UTC) - first_look.stored_at >= _SECOND_LOOK_AFTER


def doubt(doubtful: int) -> str:
    """Return the sentence why nothing was changed."""
    return (
        f"the CRM shows nobody who waits for a call, while by the chat {doubtful} repairs wait: nothing was changed, as"
        " the view reporting.repairs may be empty or its flags may be gone. If all of them were called, the next check"
        f" marks them; to mark them sooner, trigger missed_calls_check by hand {_SECOND_LOOK_AFTER.seconds // 60}"
        " minutes from now"
    )


def _first_look_batch(today: date) -> Batch:
    return Batch(
        notification=NOTIFICATION,
        period=today.isoformat(),
        name=FIRST_LOOK_BATCH,
        keep=_FIRST_LOOK_KEPT,
        is_preview=True,
        dag_id=NOTIFICATION,
        run_id=_FIRST_LOOK,
    )
