"""Pickup reminders: whoever has not collected a repair that is ready is reminded of it, a few times at most."""
