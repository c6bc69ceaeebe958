"""When a notification is due, and about which period: crons, periods, working days, and what a run says."""
