"""Everything to run the package on one machine: PostgreSQL, a demo CRM, a Telegram stand-in, Airflow."""
