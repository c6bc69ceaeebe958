"""Reads the HTML of a rich message into a tree of permitted tags.

Rich HTML is read by Telegram's servers, not by TDLib, so its exact words of refusal are not public: the codes and the
beginning ("can't parse entities") are theirs, the rest is ours.  Media, maps, formulas and buttons inside the text,
which the real server takes as well, are not played here and refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

INLINE = frozenset(
    "b strong i em u ins s strike del code a sub sup mark tg-spoiler span tg-emoji br cite".split()  # noqa: SIM905
)
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
BLOCKS = HEADINGS | {"p", "pre", "footer", "hr", "ul", "ol", "blockquote", "aside", "table", "details"}
PARTS = frozenset({"li", "tr", "th", "td", "caption", "summary", "thead", "tbody", "tfoot"})
VOID = frozenset({"br", "hr"})
DEEPEST = 16

NAMED = {
    "lt": "<",
    "gt": ">",
    "amp": "&",
    "quot": '"',
    "apos": "'",
    "nbsp": "\u00a0",
    "hellip": "…",
    "mdash": "—",
    "ndash": "–",
    "lsquo": "‘",
    "rsquo": "’",
    "ldquo": "“",
    "rdquo": "”",
}
TAG = re.compile(r"<(?P<end>/?)(?P<name>[a-zA-Z][a-zA-Z0-9-]*)(?P<attributes>(?:\"[^\"]*\"|'[^']*'|[^<>\"'])*)>")
ATTRIBUTE = re.compile(r"([^\s=/]+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'=<>/]+)))?\s*/?")
REFERENCE = re.compile(r"&(?:#x([0-9a-fA-F]{1,6})|#([0-9]{1,7})|([a-z]+));?")


class RichHtmlError(Exception):
    """The rich message is refused; the text is the reason."""


@dataclass(slots=True)
class Node:
    """A tag, its attributes and what is inside."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Node | str] = field(default_factory=list)


def read_tree(html: str) -> Node:
    """Return the tree below a root without a name; RichHtmlError when the markup is wrong."""
    open_nodes = [Node("")]
    position = 0
    while position < len(html):
        start = html.find("<", position)
        text = html[position : start if start >= 0 else len(html)]
        if text:
            open_nodes[-1].children.append(plain(text))
        if start < 0:
            break
        tag = TAG.match(html, start)
        if tag is None:
            raise RichHtmlError(f"Unclosed start tag at byte offset {byte_offset(html, start)}")
        _take(tag, open_nodes, byte_offset(html, start))
        position = tag.end()
    if len(open_nodes) > 1:
        raise RichHtmlError(f'Can\'t find end tag corresponding to start tag "{open_nodes[-1].tag}"')
    return open_nodes[0]


def _take(tag: re.Match[str], open_nodes: list[Node], offset: int) -> None:
    """Open or close a node."""
    name = tag["name"].lower()
    if tag["end"]:
        expected = open_nodes[-1].tag
        if name != expected:
            found = f'expected "</{expected}>", found "</{name}>"' if expected else "nothing is open"
            raise RichHtmlError(f"Unmatched end tag at byte offset {offset}, {found}")
        open_nodes.pop()
        return
    if name not in INLINE | BLOCKS | PARTS:
        raise RichHtmlError(f'Unsupported start tag "{name}" at byte offset {offset}')
    node = Node(name, attributes_of(tag["attributes"]))
    open_nodes[-1].children.append(node)
    if name in VOID:
        return
    open_nodes.append(node)
    if len(open_nodes) - 1 > DEEPEST:
        raise RichHtmlError(f"Tags are nested deeper than {DEEPEST} levels at byte offset {offset}")


def attributes_of(text: str) -> dict[str, str]:
    """Return the attributes of a tag; those without a value are ''."""
    found = ATTRIBUTE.findall(text.strip().removesuffix("/"))
    return {name.lower(): plain(double or single or bare) for name, double, single, bare in found}


def plain(text: str) -> str:
    """Resolve references; what is none stays as it is typed."""
    return REFERENCE.sub(_character, text)


def _character(reference: re.Match[str]) -> str:
    hexadecimal, decimal, name = reference.groups()
    if name is not None:
        return NAMED.get(name, reference[0])
    code = int(hexadecimal, 16) if hexadecimal else int(decimal)
    is_character = 0 < code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF
    return chr(code) if is_character else reference[0]


def byte_offset(html: str, position: int) -> int:
    """Return where a character stands, in bytes, as errors say it."""
    return len(html[:position].encode(errors="surrogatepass"))
