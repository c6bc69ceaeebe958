"""``python -m sancrm_notifications.resend``: has Airflow send again what was parked, or list what waits."""
