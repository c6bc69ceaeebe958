"""Whether HTML is well formed and nested as the standard wants it, as far as templates can get it wrong."""

from __future__ import annotations

from collections import Counter
from html.parser import HTMLParser

_VOID = frozenset({"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"})
_FLOW = frozenset(
    {"div", "p", "ul", "ol", "dl", "table", "form", "section", "article", "header", "nav", "main", "h1", "h2", "h3"}
)
# What may not stand inside what; the browser would move it out or close the outer one.
_FORBIDDEN = {
    "p": _FLOW,
    "a": frozenset({"a", "button", "input", "select", "form"}),
    "button": frozenset({"a", "button", "input", "select"}),
    "form": frozenset({"form"}),
    "label": frozenset({"label"}),
    "span": _FLOW,
}
_PARENTS = {
    "li": {"ul", "ol"}, "tr": {"thead", "tbody", "table"}, "td": {"tr"}, "th": {"tr"}, "dt": {"dl", "div"},
    "dd": {"dl", "div"}, "option": {"select"}, "caption": {"table"}, "tbody": {"table"}, "thead": {"table"},
}  # fmt: skip


def problems(html: str) -> list[str]:
    """Return what is wrong with a page, a sentence each."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    found = [*reader.found, *(f"<{tag}> is never closed" for tag in reader.open)]
    found += [f"the id {name} is given {count} times" for name, count in reader.ids.items() if count > 1]
    found += [f"nothing has the id {name} that is referred to" for name in reader.referred - set(reader.ids)]
    if not html.startswith("<!doctype html>"):
        found.append("it does not begin with <!doctype html>")
    if reader.counts["h1"] != 1:
        found.append(f"it has {reader.counts['h1']} main headings")
    return found


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.found: list[str] = []
        self.ids: Counter[str] = Counter()
        self.counts: Counter[str] = Counter()
        self.referred: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.counts[tag] += 1
        for outer in self.open:
            if tag in _FORBIDDEN.get(outer, ()):
                self.found.append(f"<{tag}> inside <{outer}> at {self.getpos()}")
        if tag in _PARENTS and (not self.open or self.open[-1] not in _PARENTS[tag]):
            self.found.append(f"<{tag}> inside <{self.open[-1] if self.open else 'nothing'}> at {self.getpos()}")
        names = [name for name, _ in attrs]
        if len(names) != len(set(names)):
            self.found.append(f"<{tag}> has an attribute twice at {self.getpos()}")
        given = dict(attrs)
        if given.get("id"):
            self.ids[str(given["id"])] += 1
        if given.get("aria-labelledby"):
            self.referred.add(str(given["aria-labelledby"]))
        if any(name.startswith("on") for name in names) or "style" in names:
            self.found.append(f"<{tag}> has a script or a style of its own at {self.getpos()}")
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        # In SVG only, where it means what it says.
        self.counts[tag] += 1
        if "svg" not in self.open:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if self.open and self.open[-1] == tag:
            self.open.pop()
        elif tag not in _VOID:
            self.found.append(f"</{tag}> closes <{self.open[-1] if self.open else 'nothing'}> at {self.getpos()}")
