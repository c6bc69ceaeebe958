"""Tests of the room notifications/backup_failures."""
