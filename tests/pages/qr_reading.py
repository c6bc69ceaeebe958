"""Reads a QR code from its drawing, by ISO/IEC 18004 and without the library that has drawn it.

For versions 2 to 6 in byte mode at level M, which is what links to a bot need; it corrects no errors, for a drawing has
none.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

QUIET = 4  # modules around the code
# Of each version at level M: blocks, and data codewords in each.
_BLOCKS = {2: (1, 28), 3: (1, 44), 4: (2, 32), 5: (2, 43), 6: (4, 27)}
_FORMAT_MASK = 0b101010000010010
_LEVEL_M = 0b00
_MASKS: tuple[Callable[[int, int], bool], ...] = (
    lambda row, column: (row + column) % 2 == 0,
    lambda row, _: row % 2 == 0,
    lambda _, column: column % 3 == 0,
    lambda row, column: (row + column) % 3 == 0,
    lambda row, column: (row // 2 + column // 3) % 2 == 0,
    lambda row, column: row * column % 2 + row * column % 3 == 0,
    lambda row, column: (row * column % 2 + row * column % 3) % 2 == 0,
    lambda row, column: ((row + column) % 2 + row * column % 3) % 2 == 0,
)


def read_qr(svg: str) -> str:
    """Return the text of a code that is drawn as an SVG of horizontal lines, a module high each."""
    dark = _dark_modules(svg)
    size = max(column for _, column in dark) + 1
    version = (size - 17) // 4
    level, mask = _format(dark)
    assert level == _LEVEL_M, "another level of error correction"
    bits = [((row, column) in dark) != _MASKS[mask](row, column) for row, column in _data_modules(size, version)]
    codewords = [_number(bits[start : start + 8]) for start in range(0, len(bits) - 7, 8)]
    blocks, length = _BLOCKS[version]
    in_order = [codewords[block + blocks * place] for block in range(blocks) for place in range(length)]
    stream = [codeword >> shift & 1 == 1 for codeword in in_order for shift in range(7, -1, -1)]
    assert _number(stream[:4]) == 0b0100, "another mode than bytes"
    count = _number(stream[4:12])
    return bytes(_number(stream[12 + 8 * n : 20 + 8 * n]) for n in range(count)).decode()


def _dark_modules(svg: str) -> set[tuple[int, int]]:
    """Return row and column of each dark module, without the quiet zone."""
    found: set[tuple[int, int]] = set()
    x = y = 0.0
    for path in re.findall(r'<path[^>]*stroke="#000"[^>]*\bd="([^"]+)"|<path[^>]*\bd="([^"]+)"[^>]*stroke="#000"', svg):
        for command, numbers in re.findall(r"([MmHh])([^A-Za-z]+)", "".join(path)):
            values = [float(number) for number in re.findall(r"-?\d*\.?\d+", numbers)]
            if command == "M":
                x, y = values
            elif command == "m":
                x, y = x + values[0], y + values[1]
            else:
                found |= {(int(y) - QUIET, int(x) + n - QUIET) for n in range(int(values[0]))}
                x += values[0]
    return found


def _format(dark: set[tuple[int, int]]) -> tuple[int, int]:
    """Return the level and the mask's number, which stand beside the finder in the upper left."""
    around = [(8, column) for column in (0, 1, 2, 3, 4, 5, 7, 8)] + [(row, 8) for row in (7, 5, 4, 3, 2, 1, 0)]
    word = _number([place in dark for place in around]) ^ _FORMAT_MASK
    return word >> 13, word >> 10 & 0b111


def _data_modules(size: int, version: int) -> Iterator[tuple[int, int]]:
    """Yield the modules that hold data, in their order: pairs of columns from the right, up and down by turns."""
    column, is_upward = size - 1, True
    while column > 0:
        column -= column == 6  # the timing pattern has a column of its own
        for row in range(size - 1, -1, -1) if is_upward else range(size):
            yield from (each for each in ((row, column), (row, column - 1)) if not _is_fixed(*each, size, version))
        column, is_upward = column - 2, not is_upward


def _is_fixed(row: int, column: int, size: int, version: int) -> bool:
    centre = 4 * version + 10  # of the one alignment pattern that versions 2 to 6 have
    is_finder = (row < 9 and (column < 9 or column >= size - 8)) or (row >= size - 8 and column < 9)
    is_alignment = abs(row - centre) <= 2 and abs(column - centre) <= 2
    return is_finder or is_alignment or 6 in {row, column}


def _number(bits: list[bool]) -> int:
    return int("".join("1" if bit else "0" for bit in bits), 2)
