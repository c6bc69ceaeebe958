"""What the dag-processor, the scheduler and the API server load: when runs are due, and by when they must have ended.

A timetable, or what a deadline counts from, is found by its import path, and only when a plugin names it.
"""

from __future__ import annotations

from airflow.plugins_manager import AirflowPlugin

from sancrm_notifications.alerts.deadlines import ScheduledTick
from sancrm_notifications.former_paths import under_former_path
from sancrm_notifications.schedule.working_day_timetable import WorkingDayTimetable

TIMETABLES = [
    WorkingDayTimetable,
    # Earlier versions of a DAG, which the scheduler reads when one of their runs is cleared, say it is there.
    under_former_path(WorkingDayTimetable, "sancrm_notifications.working_day_timetable"),
]
DEADLINE_REFERENCES = [ScheduledTick]


class NotificationTimetablesPlugin(AirflowPlugin):
    """Timetables and deadlines of the package."""

    name = "sancrm_notifications_timetables"
    timetables = TIMETABLES
    deadline_references = DEADLINE_REFERENCES
