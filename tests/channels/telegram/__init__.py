"""Tests of the room channels/telegram."""
