"""Tests of what Airflow's plugin loader loads: pages inside its UI."""
