"""The table of faults: each row injects one at the socket, or by killing real processes, and counts what came of it."""
