"""The task of `erase_old_texts`: builds what indexes are missing, then erases what is older than the setting says."""

from __future__ import annotations

import logging
from datetime import timedelta

from sancrm_notifications import connections, settings
from sancrm_notifications.airflow.task_errors import explained
from sancrm_notifications.ledger.erasing import erase
from sancrm_notifications.ledger.indexes import build_indexes
from sancrm_notifications.ledger.schema import upgrade_at

log = logging.getLogger(__name__)


def erase_old_texts() -> dict[str, int]:
    """Erase old texts and previews; return how many parts of messages each.

    The night is also when indexes are built that a new version of the package has brought.

    :raises AirflowFailException: a setting is wrong, or the connection does not exist
    :raises AirflowException: the ledger cannot be reached
    """
    with explained():
        days = settings.load().keep_texts_days
        conninfo = connections.ledger_conninfo()
        upgrade_at(conninfo)
        for index in build_indexes(conninfo):
            log.info("the index %s is built", index)
        erased = erase(conninfo, timedelta(days=days))
    log.info("texts older than %d days: %d erased, and %d of previews", days, erased.texts, erased.previews)
    return {"texts": erased.texts, "previews": erased.previews}
