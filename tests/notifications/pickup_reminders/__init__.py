"""Tests of reminders of repairs that wait to be collected."""
