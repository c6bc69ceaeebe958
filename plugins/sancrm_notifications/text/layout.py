"""A message as blocks — title, paragraphs, tables, notes — written as plain HTML or as a rich message.

Plain HTML is for ``sendMessage``: a table is fixed-width lines that fit a phone.  Rich HTML is for
``sendRichMessage`` (Bot API 10.1+): a native table; there line ends mean nothing and ``<br>`` is one.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from sancrm_notifications.text.markup import bold, escape, italic, preformatted, visible_length
from sancrm_notifications.text.monospace import PHONE_WIDTH, left, right, shortened, width

RICH_TEXT_LIMIT = 32_768
RICH_BLOCKS_LIMIT = 500

_GAP = 2
_FITTING_SHARE = 0.7
_RICH_NAME_WIDTH = 60


@dataclass(frozen=True, slots=True)
class Title:
    """What a message is and about what: a heading of plain text and lines of HTML."""

    heading: str
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
    inner = sum(len(block.rows) + 1 for block in blocks if isinstance(block, Table))
    titles = sum(isinstance(block, Title) for block in blocks)
    fits = visible_length(html) <= RICH_TEXT_LIMIT and len(blocks) + titles + inner <= RICH_BLOCKS_LIMIT
    return html if fits else None


def distinct_names(rows: tuple[Row, ...], columns: int) -> list[str]:
    """Return the rows' names within so many columns; equal ones are told apart by the row's number."""
    names = [shortened(row.name, columns) for row in rows]
    bearers = Counter(names)
    return [
        _numbered(row, columns) if bearers[name] > 1 and row.number is not None else name
        for row, name in zip(rows, names, strict=True)
    ]


def _numbered(row: Row, columns: int) -> str:
    suffix = f" №{row.number}"
    return shortened(row.name, columns - width(suffix)) + suffix


def _plain(block: Block) -> str:
    match block:
        case Title(heading, lines):
            return "\n".join([bold(escape(heading)), *lines])
        case Paragraph(lines):
            return "\n".join(lines)
        case Notes(lines):
            return "\n".join(italic(line) for line in lines)
        case Table():
            lines_of_table = "\n".join(escape(line) for line in phone_lines(block))
            return f"{bold(escape(block.caption))}\n{preformatted(lines_of_table)}"


def _rich(block: Block) -> str:
    match block:
        case Title(heading, lines):
            return f"<h3>{escape(heading)}</h3><p>{'<br>'.join(lines)}</p>"
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
    cells = "".join(f'<td align="right">{emphasis(escape(cell.rstrip()))}</td>' for cell in row.cells)
    return f"<tr><td>{emphasis(escape(name))}</td>{cells}</tr>"


def phone_lines(table: Table) -> list[str]:
    """Return the table as lines of at most ``PHONE_WIDTH`` columns, amounts under each other.

    A name too long to stand beside its amounts has a line of its own above them; when many are too long, all
    have.  Where even the amounts do not fit beside each other, each has a line.
    """
    names = [table.columns[0], *distinct_names(table.rows, PHONE_WIDTH)]
    head = table.columns[1 : 1 + table.phone_cells]
    cells = [head, *(row.cells[: table.phone_cells] for row in table.rows)]
    totals = [False, *(row.is_total for row in table.rows)]
    amounts = _amounts(cells, totals)
    if max(width(line) for line in amounts) > PHONE_WIDTH:
        return _stacked(names, cells)
    lengths = [width(name) + _GAP + width(line) for name, line in zip(names, amounts, strict=True)]
    fitting = [length for length in lengths if length <= PHONE_WIDTH]
    is_beside = len(fitting) >= len(lengths) * _FITTING_SHARE
    longest = max(width(line) for line in amounts)
    edge = max([*fitting, longest]) if is_beside else min(_GAP + longest, PHONE_WIDTH)
    lines: list[str] = []
    for name, line, length in zip(names, amounts, lengths, strict=True):
        if is_beside and length <= edge:
            lines.append(left(name, edge - width(line)) + line)
        else:
            lines += [name, right(line, edge)]
    return [line.rstrip() for line in lines]


def _amounts(cells: list[tuple[str, ...]], totals: list[bool]) -> list[str]:
    """Return each row's amounts, to be aligned by their end; a total, wider than its parts, shifts none."""
    parts = [row for row, is_total in zip(cells, totals, strict=True) if not is_total]
    widths = [max(width(cell) for cell in column) for column in list(zip(*parts, strict=True))[1:]]
    return [
        (" " * _GAP).join([row[0], *(right(cell, columns) for cell, columns in zip(row[1:], widths, strict=True))])
        for row in cells
    ]


def _stacked(names: list[str], cells: list[tuple[str, ...]]) -> list[str]:
    lines: list[str] = []
    for name, row_cells in zip(names[1:], cells[1:], strict=True):
        lines.append(name)
        for title, cell in zip(cells[0], row_cells, strict=True):
            is_short = width(title) + width(cell) + _GAP <= PHONE_WIDTH
            lines += [f"{title}: {cell}"] if is_short else [f"{title}:", cell]
    return [line.rstrip() for line in lines]
