"""Whole DAG runs through a real Airflow, judged by what arrives in the chat and what the ledger says."""
