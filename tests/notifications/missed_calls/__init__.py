"""Tests of the room notifications/missed_calls."""
