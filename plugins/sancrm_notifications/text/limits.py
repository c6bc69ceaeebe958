"""How long texts may be, in UTF-16 units of what is shown: what the ledger stores, and what delivery adds to it.

::

    WARNING   «Возможный повтор: …»                        64 ┐
    WARNING   «Заменяет прежнее сообщение, …»              64 │
    PART      the text itself                           3 500 ├ MESSAGE 4 096
    NUMBER    «Часть 12 из 34»                             24 │
    MISSING   «Не доставлены отчёты: …», 44 + 400         444 ┘

Telegram's is the narrowest of all channels, and what is stored must fit every one of them.
"""

from __future__ import annotations

MESSAGE_LIMIT = 4096
"""A whole message, after its entities are parsed. Source: Bot API, sendMessage."""
WARNING_LIMIT = 64
"""A warning above the text, with the blank line below it."""
NUMBER_LIMIT = 24
"""Which of how many parts it is, with the blank line above it."""
MISSING_NAMES_LIMIT = 400
"""The names of missing reports, with their reasons."""
MISSING_LIMIT = MISSING_NAMES_LIMIT + 44
"""The same as a sentence that ends with how many more there are, with the blank line above it."""
PART_LIMIT = MESSAGE_LIMIT - 2 * WARNING_LIMIT - NUMBER_LIMIT - MISSING_LIMIT
"""What one part of a stored message holds of its text."""
CAPTION_LIMIT = 1024 - 2 * WARNING_LIMIT
"""What a picture's caption holds, with room for both warnings. Source: Bot API, sendPhoto."""
