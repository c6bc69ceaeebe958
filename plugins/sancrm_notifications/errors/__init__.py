"""What may be said of an error, and why a database cannot be reached."""
