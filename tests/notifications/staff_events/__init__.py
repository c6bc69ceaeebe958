"""Tests of what staff are told of repairs."""
