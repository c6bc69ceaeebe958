"""Tests of the room crm."""
