"""Tests of the room backfill."""
