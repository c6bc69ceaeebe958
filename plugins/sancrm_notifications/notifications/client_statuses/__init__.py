"""Client statuses: what happens to a repair is told to the client whose it is, once, in the office's words."""
