"""Tests of the room airflow."""
