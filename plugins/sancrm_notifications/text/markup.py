"""Telegram's HTML: the one place that escapes values, builds tags, measures a text and splits it.

What is accepted: Bot API, "HTML style".  What Telegram does to a text's characters before it is sent is in
TDLib's ``clean_input_string``; the same is done here, so that the text stored is the text shown.
"""

from __future__ import annotations

import re
import unicodedata

import regex

FIRST_STRONG_ISOLATE = "\u2068"
POP_ISOLATE = "\u2069"

_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})
_TOKEN = re.compile(r"<[^<>]*>|&(?:amp|lt|gt|quot);|.", re.DOTALL)
_TAG = re.compile(r"<[^<>]*>")
_ENTITY = re.compile(r"&(?:amp|lt|gt|quot);")
_EMPTY_ELEMENT = re.compile(r"<(\w+)[^<>]*></\1>")
_SHOWN_AS_SPACE = re.compile("[\x00-\x09\x0b\x0c\x0e-\x1f\u2028\u2029]")
_NEVER_SENT = re.compile("[\r\u202a-\u202e]")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
# Nearly every value is neither: one search tells, where replacing would read it three times.
_UNCLEAN = re.compile("[\x00-\x09\x0b-\x1f\u2028-\u202e\ud800-\udfff]")
_PERHAPS_RIGHT_TO_LEFT = re.compile(
    "[\u0590-\u08ff\u200f\ufb1d-\ufdff\ufe70-\ufeff\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
# What takes no ink: blanks, control characters, what Unicode says is to be ignored where it cannot be shown (blanks of
# no width, marks of direction, fillers of Hangul), and the empty pattern of Braille, with which CRMs' forms are fooled.
_INKLESS = regex.compile(r"[\s\p{Cc}\p{Default_Ignorable_Code_Point}\u2800]*")
_GRAPHEME = regex.compile(r"\X")
_ISOLATES = re.compile("[\u2066-\u2069]")
_RIGHT_TO_LEFT = frozenset({"R", "AL"})
_OUTSIDE_BMP = 0xFFFF
_LONGEST_CHARACTER = 2


def escape(text: str) -> str:
    """Return HTML that Telegram shows as ``text``.

    Control characters become spaces and overrides of the writing direction vanish, as Telegram does itself.
    """
    return clean(text).translate(_ENTITIES)


def clean(text: str) -> str:
    """Return the text as Telegram will show it: what it cannot send is already gone."""
    if _UNCLEAN.search(text) is None:
        return text
    text = _LONE_SURROGATE.sub("\ufffd", text)
    return _NEVER_SENT.sub("", _SHOWN_AS_SPACE.sub(" ", text))


def is_blank(text: str | None) -> bool:
    """Tell whether nothing of the text can be seen."""
    if text and ("!" <= text[0] <= "~" or "А" <= text[0] <= "я"):
        return False  # as nearly every text begins: no need to look further
    return text is None or _INKLESS.fullmatch(text) is not None


def one_line(text: str) -> str:
    """Return the text on one line: every run of blanks is one space; what shows nothing is empty."""
    return "" if is_blank(text) else " ".join(clean(text).split())


def characters(text: str) -> list[str]:
    """Return the text as its characters on the screen: marks, joined emoji and jamo stay with what they belong to.

    Source: Unicode, UAX #29, extended grapheme clusters.
    """
    return [str(found) for found in _GRAPHEME.findall(text)]


def beginning(text: str, most: int) -> str:
    """Return the beginning of a text, at most so many code points and no part of a character on the screen."""
    if len(text) <= most:
        return text
    kept = 0
    for character in characters(text):
        if kept + len(character) > most:
            break
        kept += len(character)
    return text[:kept]


def within(text: str, most: int) -> str:
    """Return the text in at most so many code points, with ``…`` where its end was cut off."""
    return text if len(text) <= most else f"{beginning(text, most - 1)}…"


def ending(text: str, most: int) -> str:
    """Return the end of a text, at most so many code points and no part of a character on the screen."""
    if len(text) <= most:
        return text
    # What stands before the cut decides whether it is inside a character: a flag is a pair of letters.
    rest = text[len(beginning(text, len(text) - most)) :]
    return rest if len(rest) <= most else rest[len(characters(rest)[0]) :]


def isolate(text: str) -> str:
    """Return the text so that right-to-left letters in it leave the order of what stands beside it alone.

    A text without such letters is returned as it is.
    """
    if _PERHAPS_RIGHT_TO_LEFT.search(text) is None:
        return text
    if not any(unicodedata.bidirectional(character) in _RIGHT_TO_LEFT for character in text):
        return text
    return f"{FIRST_STRONG_ISOLATE}{_ISOLATES.sub('', text)}{POP_ISOLATE}"


def value(text: str) -> str:
    """Return a person's text as HTML, ready to stand inside a sentence of ours."""
    return escape(isolate(text))


def bold(html: str) -> str:
    """Return the HTML in bold."""
    return f"<b>{html}</b>"


def italic(html: str) -> str:
    """Return the HTML in italics."""
    return f"<i>{html}</i>"


def preformatted(html: str) -> str:
    """Return the HTML in a fixed-width block."""
    return f"<pre>{html}</pre>"


def visible_length(html: str) -> int:
    """Return how many UTF-16 units of text the HTML shows: what Telegram's limits count."""
    text = _TAG.sub("", html)
    characters = _ENTITY.sub("&", text)
    return len(characters.encode("utf-16-le")) // 2


def split(html: str, limit: int) -> list[str]:
    """Return the HTML in parts of at most ``limit`` UTF-16 units of shown text, each valid by itself.

    A part ends at the last blank line that fits, else at the end of a line (one that an indented line
    continues comes last), else at a space; only a word longer than a part is cut, and never inside a tag, an
    entity or a character on the screen, unless that alone is longer than a part.  Tags open at the cut are closed
    and opened again.  The blanks at a cut are dropped, everything else is kept.
    """
    if limit < _LONGEST_CHARACTER:
        raise ValueError(f"a part of {limit} UTF-16 units cannot hold every character")
    if visible_length(html) <= limit:
        return [] if _is_blank(html) else [html]
    tokens = _TOKEN.findall(html)
    inside = _inside_characters(tokens)
    parts: list[str] = []
    opened: list[str] = []
    start = 0
    while start < len(tokens):
        end, next_start = _cut(tokens, start, limit, inside)
        part, opened = _closed(tokens[start:end], opened)
        if not _is_blank(part):
            parts.append(part)
        start = next_start
    return parts


def _inside_characters(tokens: list[str]) -> set[int]:
    """Return the positions before which no part may end: they are inside a character on the screen."""
    shown = [position for position, token in enumerate(tokens) if not _is_tag(token)]
    text = "".join(tokens[position][0] for position in shown)
    starts = {found.start() for found in _GRAPHEME.finditer(text)}
    return {position for number, position in enumerate(shown) if number not in starts}


def _cut(tokens: list[str], start: int, limit: int, inside: set[int]) -> tuple[int, int]:
    """Return where the part from ``start`` ends and the next begins; between them only dropped blanks."""
    too_far = _first_too_many(tokens, start, limit)
    if too_far == len(tokens):
        return too_far, too_far
    for is_break in (_is_paragraph, _is_entry, _is_line, _is_space):
        for position in range(too_far, start, -1):
            if is_break(tokens, position) and (after := _after_break(tokens, position)) not in inside:
                return position, after
    # Tags before what continues a character stand inside it too.
    end = next((end for end in range(too_far, start, -1) if _shown_from(tokens, end) not in inside), too_far)
    return (end, end) if _has_text(tokens[start:end]) else (too_far, too_far)


def _shown_from(tokens: list[str], position: int) -> int:
    """Return the position of the first token from here on that is no tag."""
    while position < len(tokens) and _is_tag(tokens[position]):
        position += 1
    return position


def _has_text(tokens: list[str]) -> bool:
    return not all(map(_is_tag, tokens))


def _first_too_many(tokens: list[str], start: int, limit: int) -> int:
    """Return the position of the first token that no longer fits."""
    length = 0
    for position in range(start, len(tokens)):
        length += _length(tokens[position])
        if length > limit:
            return position
    return len(tokens)


def _is_paragraph(tokens: list[str], position: int) -> bool:
    return tokens[position : position + 2] == ["\n", "\n"] and tokens[position - 1] != "\n"


def _is_entry(tokens: list[str], position: int) -> bool:
    """Tell whether a line ends here that no indented line continues."""
    return tokens[position] == "\n" and tokens[position + 1 : position + 2] != [" "]


def _is_line(tokens: list[str], position: int) -> bool:
    return tokens[position] == "\n"


def _is_space(tokens: list[str], position: int) -> bool:
    return tokens[position] == " "


def _after_break(tokens: list[str], position: int) -> int:
    """Return where the text goes on: an indent after the end of a line is kept."""
    if tokens[position] == " ":
        return position + 1
    while position < len(tokens) and tokens[position] == "\n":
        position += 1
    return position


def _closed(tokens: list[str], opened: list[str]) -> tuple[str, list[str]]:
    """Return the tokens as valid HTML, opened and closed, and the tags that the next part opens again."""
    still_open = list(opened)
    for token in tokens:
        if token.startswith("</"):
            still_open.pop()
        elif _is_tag(token):
            still_open.append(token)
    closing = [f"</{_tag_name(tag)}>" for tag in reversed(still_open)]
    part = "".join([*opened, *tokens, *closing])
    while (without_empty := _EMPTY_ELEMENT.sub("", part)) != part:
        part = without_empty
    return part, still_open


def _tag_name(tag: str) -> str:
    return tag.strip("<>").split()[0]


def _is_blank(html: str) -> bool:
    text = _TAG.sub("", html)
    return not text or text.isspace()


def _is_tag(token: str) -> bool:
    return len(token) > 1 and token.startswith("<")


def _length(token: str) -> int:
    if len(token) > 1:
        return 1 if token.startswith("&") else 0
    return _LONGEST_CHARACTER if ord(token) > _OUTSIDE_BMP else 1
