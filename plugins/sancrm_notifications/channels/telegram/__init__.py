"""Telegram: its Bot API's addresses, requests, errors, and the client that speaks it."""
