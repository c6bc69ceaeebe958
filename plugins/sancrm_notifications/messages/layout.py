"""A message as blocks — title, paragraphs, tables, notes — written as plain HTML or as a rich message.

Plain HTML is for ``sendMessage``: a table is fixed-width lines that fit a phone.  Rich HTML is for
``sendRichMessage`` (Bot API 10.1+): a native table; there line ends mean nothing and ``<br>`` is one.
"""

from __future__ import annotations

from dataclasses import dataclass

from sancrm_notifications.markup import bold, escape, italic, preformatted, visible_length
from sancrm_notifications.monospace import PHONE_WIDTH, left, right, shortened, width

RICH_TEXT_LIMIT = 32_768
RICH_BLOCKS_LIMIT = 500

_GAP = 2
_NARROWEST_NAME = 12
_RICH_NAME_WIDTH = 60


@dataclass(frozen=True, slots=True)
class Title:
    """The first lines of a message, each HTML; the first is the heading."""

    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Lines of HTML that belong together."""

    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table: plain text; ``number`` tells it from another row whose shortened name is equal."""

    name: str
    cells: tuple[str, ...]
    number: int | None = None
    is_total: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table of plain text: names on the left, cells right-aligned; a phone gets the first ``phone_cells``."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    phone_cells: int = 2


@dataclass(frozen=True, slots=True)
class Notes:
    """The footer: sentences of HTML on how the figures were made."""

    lines: tuple[str, ...]


Block = Title | Paragraph | Table | Notes


def plain_html(blocks: list[Block]) -> str:
    """Return the blocks as HTML for ``sendMessage``, of any length."""
    return "\n\n".join(_plain(block) for block in blocks)


def rich_html(blocks: list[Block]) -> str | None:
    """Return the blocks as HTML for ``sendRichMessage``, or None when they exceed what it takes."""
    html = "".join(_rich(block) for block in blocks)
    rows = sum(len(block.rows) + 1 for block in blocks if isinstance(block, Table))
    fits = visible_length(html) <= RICH_TEXT_LIMIT and len(blocks) + rows <= RICH_BLOCKS_LIMIT
    return html if fits else None


def distinct_names(rows: tuple[Row, ...], columns: int) -> list[str]:
    """Return the rows' names within so many columns; equal ones are told apart by the row's number."""
    names = [shortened(row.name, columns) for row in rows]
    repeated = {name for name in names if names.count(name) > 1} if len(set(names)) < len(names) else set()
    return [
        _numbered(row, columns) if name in repeated and row.number is not None else name
        for row, name in zip(rows, names, strict=True)
    ]


def _numbered(row: Row, columns: int) -> str:
    suffix = f" №{row.number}"
    return shortened(row.name, columns - width(suffix)) + suffix


def _plain(block: Block) -> str:
    match block:
        case Title(lines) | Paragraph(lines):
            return "\n".join(lines)
        case Notes(lines):
            return "\n".join(italic(line) for line in lines)
        case Table():
            lines_of_table = "\n".join(escape(line) for line in phone_lines(block))
            return f"{bold(escape(block.caption))}\n{preformatted(lines_of_table)}"


def _rich(block: Block) -> str:
    match block:
        case Title(lines):
            rest = "<br>".join(lines[1:])
            return f"<h3>{lines[0]}</h3><p>{rest}</p>"
        case Paragraph(lines):
            return f"<p>{'<br>'.join(lines)}</p>"
        case Notes(lines):
            return f"<footer>{'<br>'.join(lines)}</footer>"
        case Table():
            return _rich_table(block)


def _rich_table(table: Table) -> str:
    head = "".join(
        f'<th align="{"right" if position else "left"}">{escape(column)}</th>'
        for position, column in enumerate(table.columns)
    )
    names = distinct_names(table.rows, _RICH_NAME_WIDTH)
    body = "".join(_rich_row(row, name) for row, name in zip(table.rows, names, strict=True))
    caption = f"<caption>{escape(table.caption)}</caption>"
    return f"<table bordered striped>{caption}<tr>{head}</tr>{body}</table>"


def _rich_row(row: Row, name: str) -> str:
    emphasis = bold if row.is_total else str
    cells = "".join(f'<td align="right">{emphasis(escape(cell))}</td>' for cell in row.cells)
    return f"<tr><td>{emphasis(escape(name))}</td>{cells}</tr>"


def phone_lines(table: Table) -> list[str]:
    """Return the table as lines of at most ``PHONE_WIDTH`` columns.

    One line for a row while a readable name fits beside the amounts, else the name on a line of its own,
    else each amount too.
    """
    head = Row(table.columns[0], table.columns[1 : 1 + table.phone_cells])
    rows = [Row(row.name, row.cells[: table.phone_cells], row.number, row.is_total) for row in table.rows]
    widths = [max(width(cell) for cell in column) for column in zip(*(row.cells for row in (head, *rows)), strict=True)]
    room = PHONE_WIDTH - sum(widths) - _GAP * len(widths)
    longest = max(width(shortened(row.name, PHONE_WIDTH)) for row in (head, *rows))
    if room >= min(longest, _NARROWEST_NAME):
        return _one_line_each(head, rows, widths, min(room, longest))
    if room + 1 >= 0:
        return _name_above(head, rows, widths)
    return _stacked(head, rows)


def _one_line_each(head: Row, rows: list[Row], widths: list[int], name_width: int) -> list[str]:
    names = distinct_names((head, *rows), name_width)
    return [
        (left(name, name_width) + _cells(row, widths)).rstrip() for name, row in zip(names, (head, *rows), strict=True)
    ]


def _name_above(head: Row, rows: list[Row], widths: list[int]) -> list[str]:
    names = distinct_names(tuple(rows), PHONE_WIDTH)
    lines = [_cells(head, widths).rstrip()]
    for name, row in zip(names, rows, strict=True):
        lines += [name, _cells(row, widths).rstrip()]
    return lines


def _stacked(head: Row, rows: list[Row]) -> list[str]:
    lines: list[str] = []
    for name, row in zip(distinct_names(tuple(rows), PHONE_WIDTH), rows, strict=True):
        lines.append(name)
        for title, cell in zip(head.cells, row.cells, strict=True):
            is_short = width(title) + width(cell) + _GAP <= PHONE_WIDTH
            lines += [f"{title}: {cell}".rstrip()] if is_short else [f"{title}:", cell.rstrip()]
    return lines


def _cells(row: Row, widths: list[int]) -> str:
    return "".join(" " * _GAP + right(cell, columns) for cell, columns in zip(row.cells, widths, strict=True))
