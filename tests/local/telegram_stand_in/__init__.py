"""Tests of the Telegram stand-in."""
