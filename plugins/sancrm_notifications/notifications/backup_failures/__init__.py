"""Backups of the CRM's databases: what failed, hangs, is missing or works again."""
