"""The delivery ledger in PostgreSQL: what is to be told, what was tried and what came of it.

The life of a message (``notifications.messages.state``)::

                     store                another text: edited in place
                       │  ┌───────────────────────────────────────────┐
                       ▼  ▼     claim            answer: accepted     │
        ┌────────►  stored ──────────► sending ─────────────────────► sent
        │            │  ▲                 │                           covered (said by part 1's rich form)
        │            │  └─────────────────┤ not sent: 429, migrated, refused, older server
        │            │                    │ unknown, policy «resend»: marked «возможный повтор»
        │            │ end of use         │
        │            ▼                    ├───────────► held     unknown, policy «hold»: a person decides
        │         expired                 │
        │                                 └───────────► parked   permanent: chat gone, topic closed
        └─── deliver is cleared, after the cause is gone ─────────┘

``preview`` messages are stored to be read and never sent; past their end of use, the next preview or the night
removes them.  The texts of what is settled are erased when they are old.
A claim is the note before sending, an attempt's result is the note after; a claim without a result becomes
*unknown* when its lease ends.

Files: ``schema.py`` makes and upgrades the tables (``migrations/``), ``storing.py`` writes finished messages,
``revising.py`` gives stored ones another text, ``telling.py`` reads what was told, ``sending.py`` is what a delivery
asks and tells, ``previews.py`` reads what is only shown, ``parked.py`` what waits for a person, ``erasing.py``
forgets old texts; the ``.sql`` files hold their statements, named.
"""
