"""The web address of a repair's card in the CRM.

Source: docs/missed_calls.md, The buttons.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from sancrm_notifications.text.web_addresses import placeholders


@dataclass(frozen=True, slots=True)
class CardLinks:
    """Where the CRM's repair cards are: the site's address and the pattern of a card's path."""

    base_url: str
    path: str

    def address(self, repair_id: int, number: int | None, code: str | None) -> str | None:
        """Return the address of a repair's card; None when the pattern wants what the repair has not."""
        values = {"repair_id": repair_id, "number": number, "code": code}
        if any(values.get(field) is None for field in placeholders(self.path)):
            return None
        path = self.path.format(**{name: quote(str(value), safe="") for name, value in values.items()})
        return self.base_url + path
