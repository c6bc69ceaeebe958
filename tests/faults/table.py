"""All rows of the table of faults."""

from __future__ import annotations

from tests.faults import rows_of_chats, rows_of_network, rows_of_processes

ROWS = (*rows_of_network.ROWS, *rows_of_chats.ROWS, *rows_of_processes.ROWS)
