"""Profitability of branches and network: a day, a week, a month."""
