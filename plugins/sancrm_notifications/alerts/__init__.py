"""News of our own failures for those who run this: who is told, when, and in which words."""
