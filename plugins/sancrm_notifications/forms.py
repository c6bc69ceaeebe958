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
