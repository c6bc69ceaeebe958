"""Tests of ledger and delivery: a real PostgreSQL, a real socket, the stand-in's word on what arrived."""
