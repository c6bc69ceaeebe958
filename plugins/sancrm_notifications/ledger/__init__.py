"""The delivery ledger in PostgreSQL: what is to be sent, what was tried and what came of it.

The life of a message is drawn in docs/delivery.md.

Files: ``schema.py`` makes and upgrades the tables (``migrations/``), ``indexes.py`` builds what may take long;
``storing.py`` writes finished messages, ``revising.py`` gives stored ones another text, ``history.py`` reads a
notification's messages.  A delivery asks through ``batches.py`` (its batch as a whole) and ``claiming.py`` (the next
message), and ``recording.py`` writes down what came of it; ``connecting.py`` is its connection.  ``parked.py`` is a
person's word on what waits, ``previews.py`` reads what is only shown, ``sightings.py`` remembers what is not believed
yet, ``alone.py`` holds off other runs of a notification, ``erasing.py`` forgets old texts.  The ``.sql`` files hold
the statements of the ``.py`` beside them, named.
"""
