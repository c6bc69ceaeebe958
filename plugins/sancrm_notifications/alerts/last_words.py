"""The sentence of a failure as the last thing that a task's log shows, below the frames of Python."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from airflow.sdk.exceptions import AirflowException

if TYPE_CHECKING:
    from airflow.sdk import Context

log = logging.getLogger(__name__)

# Airflow 3.3 writes what callbacks log into a group that its UI shows closed.
_END, _BEGIN = "::endgroup::", "::group::Post Execute"


def last_words(context: Context) -> None:
    """Log why the task has failed; what is no sentence of Airflow's or ours stands above, with its frames."""
    error = context.get("exception")
    if isinstance(error, AirflowException) and str(error):
        from sancrm_notifications.errors.redaction import masked

        log.info(_END)
        log.error("%s", masked(str(error)))
        log.info(_BEGIN)
