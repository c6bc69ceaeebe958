"""Staff events: a new repair, a changed status and what a client writes, told to the team whose repair it is."""
