"""What the messages say: pure functions, rows and a period in, messages out."""
