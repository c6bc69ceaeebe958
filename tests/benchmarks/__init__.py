"""Tests of the measurements: each runs at a tiny size, and the table says what was found."""
