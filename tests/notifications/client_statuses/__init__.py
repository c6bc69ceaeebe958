"""Tests of what clients are told of their repairs."""
