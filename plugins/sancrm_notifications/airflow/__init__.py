"""What is Airflow's and belongs to no notification: operators, forms, defaults, errors of tasks."""
