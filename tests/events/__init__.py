"""Tests of what the CRM's events are read and made of."""
