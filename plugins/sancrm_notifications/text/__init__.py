"""How messages are written, whatever they say: markup, money, Russian, phones; no database, no channel."""
