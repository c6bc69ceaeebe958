"""Tests of the room notifications/profitability."""
