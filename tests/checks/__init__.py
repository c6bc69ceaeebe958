"""Tests of the checks that are made before the morning."""
