"""What the bot says: pure functions, facts in, Bot API HTML in Russian out."""
