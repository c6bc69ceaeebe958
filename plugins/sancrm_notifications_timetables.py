"""What the dag-processor, the scheduler and the API server load: the timetable of working days.

A timetable is found by its import path, and only when a plugin names it.
"""

from __future__ import annotations

from airflow.plugins_manager import AirflowPlugin

from sancrm_notifications.schedule.working_day_timetable import WorkingDayTimetable

TIMETABLES = [WorkingDayTimetable]


class NotificationTimetablesPlugin(AirflowPlugin):
    """Timetables of the package."""

    name = "sancrm_notifications_timetables"
    timetables = TIMETABLES
