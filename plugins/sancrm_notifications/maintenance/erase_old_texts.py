"""The task of `erase_old_texts`: erases in the ledger what is older than the setting says."""

from __future__ import annotations

import logging
from datetime import timedelta

from sancrm_notifications import connections, settings
from sancrm_notifications.airflow.task_errors import explained
from sancrm_notifications.ledger.erasing import erase

log = logging.getLogger(__name__)


def erase_old_texts() -> dict[str, int]:
    """Erase old texts and previews; return how many parts of messages each.

    :raises AirflowFailException: a setting is wrong, or the connection does not exist
    :raises AirflowException: the ledger cannot be reached
    """
    with explained():
        days = settings.load().keep_texts_days
        erased = erase(connections.ledger_conninfo(), timedelta(days=days))
    log.info("texts older than %d days: %d erased, and %d of previews", days, erased.texts, erased.previews)
    return {"texts": erased.texts, "previews": erased.previews}
