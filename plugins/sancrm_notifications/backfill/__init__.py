"""``python -m sancrm_notifications.backfill``: has Airflow make and send the missed reports of a span of days."""
