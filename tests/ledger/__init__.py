"""Tests of the ledger alone: its tables, its statements, and what is written down before anything is sent."""
