"""Missed calls: repairs whose customer waits for a call back."""
