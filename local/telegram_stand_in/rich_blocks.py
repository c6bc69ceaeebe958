"""Turns the tree of a rich message into Telegram's blocks (RichBlock, RichText) and holds it to the limits."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from local.telegram_stand_in.entities import utf16_length
from local.telegram_stand_in.links import checked_link
from local.telegram_stand_in.rich_html import BLOCKS, HEADINGS, INLINE, Node, RichHtmlError, read_tree

MOST_CHARACTERS = 32_768
MOST_BLOCKS = 500
MOST_COLUMNS = 20
ALIGNMENTS = {"left", "center", "right"}
VERTICAL_ALIGNMENTS = {"top", "middle", "bottom"}

Block = dict[str, Any]
# A string, a list of parts, or {"type": …, "text": …}: the API's RichText.
RichText = Any

TEXT_TYPES = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "code": "code",
    "sub": "subscript",
    "sup": "superscript",
    "mark": "marked",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "cite": "italic",
}


class TooLongError(Exception):
    """More characters than a rich message may have."""


@dataclass(frozen=True, slots=True)
class RichMessage:
    """A rich message's plain text, to measure and search, and its blocks."""

    text: str
    blocks: list[Block]


@dataclass(slots=True)
class Builder:
    """Builds blocks and counts what is limited."""

    count: int = 0
    texts: list[str] = field(default_factory=list)

    def counted(self) -> None:
        """Count a block, a list item or a table row."""
        self.count += 1
        if self.count > MOST_BLOCKS:
            raise RichHtmlError(f"A rich message has at most {MOST_BLOCKS} blocks")

    def blocks(self, node: Node) -> list[Block]:
        """Return the blocks inside a node; loose text becomes paragraphs."""
        found: list[Block] = []
        for is_text, children in groupby(node.children, lambda child: isinstance(child, str) or child.tag in INLINE):
            if not is_text:
                found += [self.block(child, node.tag) for child in children if isinstance(child, Node)]
            elif text := self.text(list(children)):
                self.counted()
                found.append({"type": "paragraph", "text": text})
        return found

    def block(self, node: Node, parent: str) -> Block:
        """Return one block."""
        if node.tag not in BLOCKS:
            raise RichHtmlError(f'Tag "{node.tag}" is not allowed inside "{parent}"')
        self.counted()
        if node.tag in HEADINGS:
            return {"type": "heading", "size": int(node.tag[1]), "text": self.text(node.children)}
        if node.tag in ("p", "footer", "aside"):
            kind = {"p": "paragraph", "footer": "footer", "aside": "pullquote"}[node.tag]
            return {"type": kind, "text": self.text(node.children)}
        builders = {
            "hr": lambda _: {"type": "divider"},
            "pre": self.preformatted,
            "ul": self.listing,
            "ol": self.listing,
            "blockquote": lambda quote: {"type": "blockquote", "blocks": self.blocks(quote)},
            "table": self.table,
            "details": self.details,
        }
        return builders[node.tag](node)

    def preformatted(self, node: Node) -> Block:
        """Return a code block; its white space is kept."""
        block: Block = {"type": "pre"}
        inside = node.children[0] if len(node.children) == 1 else None
        if isinstance(inside, Node) and inside.tag == "code":
            language = inside.attributes.get("class", "").removeprefix("language-")
            block |= {"language": language} if language else {}
            node = inside
        return block | {"text": self.text(node.children, keep_spaces=True)}

    def listing(self, node: Node) -> Block:
        """Return a list; ordered ones number their items."""
        number = int(node.attributes.get("start", "1") or 1) if node.tag == "ol" else 0
        items: list[Block] = []
        for item in parts(node, ("li",)):
            self.counted()
            label = f"{number + len(items)}." if node.tag == "ol" else "•"
            items.append({"label": label, "blocks": self.blocks(item)})
        return {"type": "list", "items": items}

    def details(self, node: Node) -> Block:
        """Return a part that unfolds; its first tag is the summary."""
        children = [child for child in node.children if not isinstance(child, str) or child.strip()]
        summary = children[0] if children else None
        if not isinstance(summary, Node) or summary.tag != "summary":
            raise RichHtmlError('Tag "details" must begin with a summary')
        rest = Node("details", {}, children[1:])
        block = {"type": "details", "summary": self.text(summary.children), "blocks": self.blocks(rest)}
        return block | ({"is_open": True} if "open" in node.attributes else {})

    def table(self, node: Node) -> Block:
        """Return a table; every row has the same number of columns or fewer."""
        block: Block = {"type": "table", "cells": []}
        carried: list[int] = []  # for each column, how many further rows a cell above still covers
        for part in parts(node, ("caption", "tr", "thead", "tbody", "tfoot")):
            if part.tag == "caption":
                block["caption"] = self.text(part.children)
                continue
            for row in [part] if part.tag == "tr" else parts(part, ("tr",)):
                self.counted()
                cells = [self.cell(cell) for cell in parts(row, ("th", "td"))]
                carried = covered(carried, cells)
                block["cells"].append(cells)
        if not block["cells"]:
            raise RichHtmlError("A table must have rows")
        flags = {"bordered": "is_bordered", "striped": "is_striped"}
        return block | {flag: True for name, flag in flags.items() if name in node.attributes}

    def cell(self, node: Node) -> Block:
        """Return a cell of a table."""
        cell: Block = {"text": self.text(node.children)}
        if node.tag == "th":
            cell["is_header"] = True
        for name in ("colspan", "rowspan"):
            value = node.attributes.get(name, "1")
            if not re.fullmatch("[1-9][0-9]{0,2}", value):
                raise RichHtmlError(f"Invalid table cell {name} specified")
            cell |= {name: int(value)} if value != "1" else {}
        for name, allowed in (("align", ALIGNMENTS), ("valign", VERTICAL_ALIGNMENTS)):
            value = node.attributes.get(name, "")
            if value and value not in allowed:
                raise RichHtmlError(f"Invalid table cell {name} specified")
            cell |= {name: value} if value else {}
        return cell

    def text(self, children: list[Node | str], *, keep_spaces: bool = False) -> RichText:
        """Return formatted text; white space is one space, as in HTML, and none at the ends."""
        parts_of_text = [part for child in children for part in self._parts(child, keep_spaces=keep_spaces)]
        if not keep_spaces:
            parts_of_text = without_edges(parts_of_text)
        self.texts.append(plain_text(parts_of_text))
        return parts_of_text[0] if len(parts_of_text) == 1 else parts_of_text or ""

    def _parts(self, child: Node | str, *, keep_spaces: bool) -> list[RichText]:
        if isinstance(child, str):
            text = child if keep_spaces else re.sub("[ \t\r\n]+", " ", child)
            return [text] if text else []
        if child.tag == "br":
            return ["\n"]
        if child.tag not in INLINE:
            raise RichHtmlError(f'Tag "{child.tag}" is not allowed inside a text')
        inside = [part for inner in child.children for part in self._parts(inner, keep_spaces=keep_spaces)]
        if not inside:
            return []
        return [formatted(child, inside[0] if len(inside) == 1 else inside)]


def formatted(node: Node, text: RichText) -> RichText:
    """Return a text with its format; a link Telegram would not open is plain text."""
    if node.tag == "a":
        url = checked_link(node.attributes.get("href", ""))
        return {"type": "url", "text": text, "url": url} if url else text
    if node.tag == "tg-emoji":
        emoji_id = node.attributes.get("emoji-id", "")
        return {"type": "custom_emoji", "custom_emoji_id": emoji_id, "alternative_text": text}
    if node.tag == "span" and node.attributes.get("class") != "tg-spoiler":
        raise RichHtmlError('Tag "span" must have class "tg-spoiler"')
    return {"type": TEXT_TYPES[node.tag], "text": text}


def parts(node: Node, allowed: tuple[str, ...]) -> list[Node]:
    """Return the tags a list, a table or a row consists of; nothing but these and white space may be in it."""
    found = []
    for child in node.children:
        if isinstance(child, Node) and child.tag in allowed:
            found.append(child)
        elif isinstance(child, Node) or child.strip():
            what = f'tag "{child.tag}"' if isinstance(child, Node) else "a text"
            raise RichHtmlError(f'Inside "{node.tag}" {what} is not allowed')
    return found


def covered(carried: list[int], cells: list[Block]) -> list[int]:
    """Return what cells reaching down leave for the next row; RichHtmlError when the row is too wide."""
    columns = [max(rows - 1, 0) for rows in carried]
    position = 0
    for cell in cells:
        for _ in range(cell.get("colspan", 1)):
            while position < len(carried) and carried[position] > 0:
                position += 1
            columns += [0] * (position + 1 - len(columns))
            columns[position] = cell.get("rowspan", 1) - 1
            position += 1
    if len(columns) > MOST_COLUMNS:
        raise RichHtmlError(f"A table has at most {MOST_COLUMNS} columns")
    return columns


def plain_text(text: RichText) -> str:
    """Return a text without its formats."""
    if isinstance(text, str):
        return text
    if isinstance(text, dict):
        return plain_text(text.get("text", text.get("alternative_text", "")))
    return "".join(plain_text(part) for part in text)


def without_edges(texts: list[RichText]) -> list[RichText]:
    """Cut the spaces off both ends of a text made of parts."""
    first = next((number for number, part in enumerate(texts) if is_shown(part)), len(texts))
    last = next((number for number in range(len(texts), first, -1) if is_shown(texts[number - 1])), first)
    kept = texts[first:last]
    if kept and isinstance(kept[0], str):
        kept[0] = kept[0].lstrip(" \n")
    if kept and isinstance(kept[-1], str):
        kept[-1] = kept[-1].rstrip(" \n")
    return kept


def is_shown(text: RichText) -> bool:
    """Tell whether a part of a text is more than space."""
    return not isinstance(text, str) or bool(text.strip(" \n"))


def parse_rich(html: str) -> RichMessage:
    """Return the message; RichHtmlError or TooLongError when it is refused."""
    builder = Builder()
    blocks = builder.blocks(read_tree(html))
    text = "\n".join(text for text in builder.texts if text)
    if utf16_length(text) > MOST_CHARACTERS:
        raise TooLongError
    return RichMessage(text, blocks)
