"""The listener: on the real socket of the stand-in and a real PostgreSQL, with a small responder."""
