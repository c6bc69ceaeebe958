"""Which text and which switch counts for an event: the most special one that fits, else what ships: pure.

Source: docs/events.md, Texts and switches.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sancrm_notifications.events.quiet_hours import QuietHours
from sancrm_notifications.text.template import TemplateError, parse

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from sancrm_notifications.ledger.wording import StoredText, Switch
    from sancrm_notifications.text.template import Name, Template


@dataclass(frozen=True, slots=True)
class Occasion:
    """What a text is looked for: an event of a branch, and of a status the transition as staff see it."""

    event: str
    branch_id: int | None = None
    from_status: str | None = None
    to_status: str | None = None


@dataclass(frozen=True, slots=True)
class Wording:
    """What people have written and switched for one audience; ``shipped_on`` is told out of the box."""

    shipped_on: Collection[str]
    texts: Sequence[StoredText] = ()
    switches: Sequence[Switch] = ()
    shipped_quiet: QuietHours = field(default_factory=QuietHours)
    _read: dict[int, Template | TemplateError] = field(default_factory=dict, compare=False, repr=False)
    """The office's texts that were read, by id."""
    _fitting: dict[tuple[str | None, int | None], list[Switch]] = field(default_factory=dict, compare=False, repr=False)
    """What was switched, by event and branch: a run asks thousands of times of few."""

    def text(self, occasion: Occasion) -> StoredText | None:
        """Return the office's text; a branch's goes before the network's, a transition's before any status'."""
        fitting = [text for text in self.texts if _fits(text, occasion)]
        return max(fitting, key=_speciality, default=None)

    def template(self, text: StoredText, names: Mapping[str, Name]) -> Template:
        """Return a text that is ready to be filled in, read once however many hear it.

        :raises TemplateError: it no longer holds only what it may
        """
        if text.text_id not in self._read:
            try:
                self._read[text.text_id] = parse(text.source, names)
            except TemplateError as fault:
                self._read[text.text_id] = fault
        read = self._read[text.text_id]
        if isinstance(read, TemplateError):
            raise read
        return read

    def is_told(self, event: str, branch_id: int | None, happened_at: datetime) -> bool:
        """Tell whether an event is told that happened then: what is older than its switching on is not."""
        is_on, since = event in self.shipped_on, None
        for switch in self._versions(event, branch_id):
            if switch.is_on is not None and switch.is_on != is_on:
                is_on, since = switch.is_on, switch.switched_at
        return is_on and (since is None or happened_at >= since)

    def is_on(self, event: str, branch_id: int | None) -> bool:
        """Tell whether an event that happens now is told."""
        decides = self.switched(event, branch_id)
        return event in self.shipped_on if decides is None else bool(decides.is_on)

    def reminding(self, event: str, branch_id: int | None) -> Switch | None:
        """Return the version that says after how long clients are reminded, and how often; None: nobody has said it."""
        found = [version for version in self._versions(event, branch_id) if version.remind_after_days is not None]
        return found[-1] if found else None

    def switched(self, event: str, branch_id: int | None) -> Switch | None:
        """Return the version by which an event is told or not; None: nobody has switched it."""
        versions = [version for version in self._versions(event, branch_id) if version.is_on is not None]
        return versions[-1] if versions else None

    def quiet_hours(self, event: str | None, branch_id: int | None) -> QuietHours:
        """Return when nobody is written to about an event."""
        version = self.quietened(event, branch_id)
        if version is None or version.quiet_from is None or version.quiet_until is None:
            return self.shipped_quiet
        return QuietHours(version.quiet_from, version.quiet_until)

    def quietened(self, event: str | None, branch_id: int | None) -> Switch | None:
        """Return the version that says the quiet hours of an event (None: of all); None: nobody has said them."""
        versions = [version for version in self._versions(event, branch_id) if version.quiet_from is not None]
        return versions[-1] if versions else None

    def _versions(self, event: str | None, branch_id: int | None) -> Iterable[Switch]:
        """Return the versions that apply, the most special last, and of those alike the newest last."""
        asked = event, branch_id
        if asked not in self._fitting:
            fitting = [
                version
                for version in self.switches
                if version.event in {None, event} and version.branch_id in {None, branch_id}
            ]
            self._fitting[asked] = sorted(fitting, key=_generality)
        return self._fitting[asked]


def _generality(version: Switch) -> tuple[bool, bool, datetime, int]:
    return version.branch_id is not None, version.event is not None, version.switched_at, version.switch_id


def _fits(text: StoredText, occasion: Occasion) -> bool:
    return (
        text.event == occasion.event
        and text.branch_id in {None, occasion.branch_id}
        and text.from_status in {None, occasion.from_status}
        and text.to_status in {None, occasion.to_status}
    )


def _speciality(text: StoredText) -> tuple[bool, bool, bool, int]:
    return text.branch_id is not None, text.to_status is not None, text.from_status is not None, text.text_id
