"""Pictures: what stands where, and that it can be painted."""
