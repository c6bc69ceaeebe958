"""The form of a run that is started by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow.sdk import Param

if TYPE_CHECKING:
    from collections.abc import Mapping

REPORT: Mapping[str, Param] = {
    "date": Param(
        None,
        type=["null", "string"],
        format="date",
        title="Date",
        description="Any day inside the wanted period; empty for the last complete one.",
    ),
    "branch": Param(
        None, type=["null", "string"], title="Branch", description="One branch only: its id, code prefix or name."
    ),
    "correct_old": Param(
        default=False,
        type="boolean",
        title="Correct an old period",
        description="Edit messages in the chat also when the period ended more than 35 days ago.",
    ),
    "preview": Param(
        default=False, type="boolean", title="Preview only", description="Write the messages to be read, send nothing."
    ),
}

MISSED_CALLS: Mapping[str, Param] = {
    "preview": Param(
        default=False,
        type="boolean",
        title="Preview only",
        description="Write today's messages to be read, send nothing, change nothing.",
    ),
}

_LONGEST_ERROR = 100_000  # the message shows its beginning and its end
# Airflow judges no date-time by its format.
_MOMENT = r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d([.,]\d+)?)?(Z|[+-]\d\d:?\d\d)?$"


def _moment(title: str, description: str) -> Param:
    """Return a field for an instant; Airflow shows the format and leaves checking it to the pattern."""
    return Param(
        None, type=["null", "string"], format="date-time", pattern=_MOMENT, title=title, description=description
    )


BACKUP_FAILURE: Mapping[str, Param] = {
    "database": Param(
        None,
        type=["null", "string"],
        maxLength=1_000,
        title="Database",
        description="A backup script names the database whose backup has failed; empty to look at the CRM only.",
    ),
    "started_at": _moment("Started", "When the attempt began."),
    "failed_at": _moment("Failed", "When it failed; empty for now."),
    "error": Param(
        None, type=["null", "string"], maxLength=_LONGEST_ERROR, title="Error", description="What went wrong."
    ),
    "backup_id": Param(
        None,
        type=["null", "integer"],
        title="Backup id",
        description="The attempt's backup_id in reporting.backups, where the script knows it.",
    ),
}

RESEND: Mapping[str, Param] = {
    "message": Param(
        None,
        type=["null", "string"],
        title="Messages",
        description="Only messages whose key begins so: `profitability_daily`, or `missed_calls/2026-11-20`.",
    ),
    "destination": Param(
        None,
        type=["null", "string"],
        title="Destination",
        description="Only messages to this destination: `reports`, `branch:7`.",
    ),
    "held": Param(
        "leave",
        enum=["leave", "send", "delivered"],
        title="Held messages",
        description="Nobody knows whether they arrived: leave them, send them again marked as a possible repeat, or"
        " note them as delivered because you see them in the chat.",
    ),
    "only_list": Param(
        default=False, type="boolean", title="List only", description="List what waits for a person, send nothing."
    ),
    "decision": Param(
        None,
        enum=[None, "send", "delivered"],
        title="Decision",
        description="Filled in by the page of the log: what becomes of exactly the messages named below.",
    ),
    "message_ids": Param(
        None,
        type=["null", "array"],
        items={"type": "integer"},
        title="Decided messages",
        description="Filled in by the page of the log: the messages that the decision is about.",
    ),
}
