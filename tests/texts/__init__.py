"""Tests of the office's texts as one file."""
