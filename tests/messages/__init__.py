"""Tests of what the messages say."""
