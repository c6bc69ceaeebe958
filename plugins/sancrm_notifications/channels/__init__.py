"""The ways out of here, a folder or a file each: Telegram, and e-mail for alerts."""
