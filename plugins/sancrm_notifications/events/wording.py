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

    from sancrm_notifications.ledger.wording import Said, StoredText, Switch
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
    _decided: dict[tuple[Said, str | None, int | None], Switch | None] = field(
        default_factory=dict, compare=False, repr=False
    )
    """What counts, by event and branch: a run asks thousands of times of few."""
    _since: dict[tuple[str, int | None], tuple[bool, datetime | None]] = field(
        default_factory=dict, compare=False, repr=False
    )
    """Whether an event is told, and since when, by event and branch."""

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
        is_on, since = self.told_since(event, branch_id)
        return is_on and (since is None or happened_at >= since)

    def told_since(self, event: str, branch_id: int | None) -> tuple[bool, datetime | None]:
        """Return whether an event is told, and since when it was always so or not; None: as it ships."""
        asked = event, branch_id
        if asked not in self._since:
            self._since[asked] = self._told_since(event, branch_id)
        return self._since[asked]

    def is_on(self, event: str, branch_id: int | None) -> bool:
        """Tell whether an event that happens now is told."""
        return self._is_on(event, self.switched(event, branch_id))

    def reminding(self, event: str, branch_id: int | None) -> Switch | None:
        """Return the version that says after how long clients are reminded, and how often; None: nobody has said it."""
        return self._decisive("reminders", event, branch_id)

    def switched(self, event: str, branch_id: int | None) -> Switch | None:
        """Return the version by which an event is told or not; None: nobody has switched it."""
        return self._decisive("told", event, branch_id)

    def quiet_hours(self, event: str | None, branch_id: int | None) -> QuietHours:
        """Return when nobody is written to about an event."""
        version = self.quietened(event, branch_id)
        if version is None or version.quiet_from is None or version.quiet_until is None:
            return self.shipped_quiet
        return QuietHours(version.quiet_from, version.quiet_until)

    def quietened(self, event: str | None, branch_id: int | None) -> Switch | None:
        """Return the version that says the quiet hours of an event (None: of all); None: nobody has said them."""
        return self._decisive("quiet", event, branch_id)

    def own(self, said: Said, event: str | None, branch_id: int | None) -> Switch | None:
        """Return the version that says it of exactly this place; None: what is more general counts."""
        decides = self._decisive(said, event, branch_id)
        return decides if decides is not None and decides.place == (branch_id, event) else None

    def _decisive(self, said: Said, event: str | None, branch_id: int | None) -> Switch | None:
        asked = said, event, branch_id
        if asked not in self._decided:
            self._decided[asked] = _most_special(self._versions(*asked))
        return self._decided[asked]

    def _told_since(self, event: str, branch_id: int | None) -> tuple[bool, datetime | None]:
        is_on, since = event in self.shipped_on, None
        before: list[Switch] = []
        for version in self._versions("told", event, branch_id):
            before.append(version)
            if self._is_on(event, _most_special(before)) != is_on:
                is_on, since = not is_on, version.switched_at
        return is_on, since

    def _is_on(self, event: str, decides: Switch | None) -> bool:
        return event in self.shipped_on if decides is None else bool(decides.is_on)

    def _versions(self, said: Said, event: str | None, branch_id: int | None) -> list[Switch]:
        """Return the versions that say this and apply, the newest last."""
        fitting = [
            version
            for version in self.switches
            if version.said == said and version.event in {None, event} and version.branch_id in {None, branch_id}
        ]
        return sorted(fitting, key=lambda version: (version.switched_at, version.switch_id))


def _most_special(versions: Iterable[Switch]) -> Switch | None:
    """Return what counts of versions in order of time: of the most special place where the newest takes nothing back.

    A branch is more special than an event.
    """
    newest = {version.place: version for version in versions}
    standing = [version for version in newest.values() if version.takes_back is None]
    return max(standing, key=_speciality_of_place, default=None)


def _speciality_of_place(version: Switch) -> tuple[bool, bool]:
    return version.branch_id is not None, version.event is not None


def _fits(text: StoredText, occasion: Occasion) -> bool:
    return (
        text.event == occasion.event
        and text.branch_id in {None, occasion.branch_id}
        and text.from_status in {None, occasion.from_status}
        and text.to_status in {None, occasion.to_status}
    )


def _speciality(text: StoredText) -> tuple[bool, bool, bool, int]:
    return text.branch_id is not None, text.to_status is not None, text.from_status is not None, text.text_id
