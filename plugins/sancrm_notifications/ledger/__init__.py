"""The delivery ledger in PostgreSQL: what is to be told, what was tried and what came of it.

The life of a message is drawn in docs/delivery.md.

Files: ``schema.py`` makes and upgrades the tables (``migrations/``), ``storing.py`` writes finished messages,
``revising.py`` gives stored ones another text, ``history.py`` reads a notification's messages, ``claiming.py`` is what
a delivery asks and notes, ``previews.py`` reads what is only shown, ``parked.py`` what waits for a person,
``sightings.py`` remembers what is not believed yet, ``alone.py`` holds off other runs of a notification, ``erasing.py``
forgets old texts; the ``.sql`` files hold their statements, named.
"""
