"""Makes a message's HTML harmless for a browser: the tags that Telegram knows stay, everything else is text.

Nothing of the source is passed on: tags are written anew, closed in order, with no attributes but those below.
A tag that Telegram would refuse is therefore seen as typed, which is what a preview is for.
Source of the tags: Bot API, "HTML style" and "Rich messages".
"""

from __future__ import annotations

from html import escape
from urllib.parse import urlsplit

from markupsafe import Markup

from sancrm_notifications.text.html_reader import HtmlReader

_SAME = (
    "b strong i em u ins s strike del code pre blockquote sub sup mark cite"
    " h1 h2 h3 h4 h5 h6 p footer ul ol li aside table caption thead tbody tfoot tr th td details summary"
)
_TAGS = {name: name for name in _SAME.split()} | {
    "a": "a",
    "span": "span",
    "tg-spoiler": "span",
    "tg-emoji": "span",
    "tg-time": "span",
}
_VOID = {"br": "<br>", "hr": "<hr>"}
_LINKS = frozenset({"http", "https", "tg", "tel", "mailto"})
_ALIGNMENTS = frozenset({"left", "center", "right"})
_SPANS = frozenset({"colspan", "rowspan"})
_MOST_COLUMNS = 20


def harmless(html: str) -> Markup:
    """Return HTML of a message, plain or rich, that cannot do anything but show itself."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return Markup(reader.written())  # noqa: S704 - every piece was escaped or is a constant


def link(address: str) -> str | None:
    """Return the address if a browser may be sent there, else None."""
    try:
        scheme = urlsplit(address.strip()).scheme.lower()
    except ValueError:
        return None
    return address.strip() if scheme in _LINKS else None


class _Reader(HtmlReader):
    """Writes anew what it reads."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[str] = []
        self._open: list[str] = []

    def written(self) -> str:
        """Return everything, with the tags that are still open closed."""
        return "".join([*self._pieces, *(f"</{_TAGS[name]}>" for name in reversed(self._open))])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _VOID:
            self._pieces.append(_VOID[tag])
        elif tag in _TAGS:
            self._open.append(tag)
            self._pieces.append(f"<{_TAGS[tag]}{_attributes(tag, dict(attrs))}>")
        else:
            self._text(self.get_starttag_text() or f"<{tag}>")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if self._open and self._open[-1] == tag:
            self._open.pop()
            self._pieces.append(f"</{_TAGS[tag]}>")
        elif tag not in _VOID:
            self._text(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        self._text(data)

    def handle_comment(self, data: str) -> None:
        self._text(f"<!--{data}-->")

    def handle_pi(self, data: str) -> None:
        self._text(f"<?{data}>")

    def _text(self, text: str) -> None:
        self._pieces.append(escape(text))


def _attributes(tag: str, given: dict[str, str | None]) -> str:
    if tag == "a":
        address = link(given.get("href") or "")
        return f' href="{escape(address)}" target="_blank" rel="noopener noreferrer"' if address else ""
    if tag == "tg-spoiler" or given.get("class") == "tg-spoiler":
        return ' class="spoiler"'
    if tag in {"td", "th"}:
        return _cell_attributes(given)
    return ' class="is-expandable"' if tag == "blockquote" and "expandable" in given else ""


def _cell_attributes(given: dict[str, str | None]) -> str:
    align = given.get("align")
    alignment = f' class="is-{align}"' if align in _ALIGNMENTS else ""
    spans = [
        f' {name}="{number}"'
        for name in sorted(_SPANS)
        if (number := given.get(name) or "").isascii() and number.isdigit() and int(number) <= _MOST_COLUMNS
    ]
    return alignment + "".join(spans)
