"""The care of the ledger: what was parked goes out after all, old texts go."""
