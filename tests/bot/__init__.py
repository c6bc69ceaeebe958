"""The bot: what comes in, what it leads to, and who listens."""
