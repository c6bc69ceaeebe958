"""One room for each notification type, each with the same doors: tasks, rules or figures, messages."""
