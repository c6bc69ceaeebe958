"""Reads ``parse_mode=HTML`` as Telegram does: the same text, the same entities, the same refusals.

Written after the behaviour of TDLib's parser (1.8.69), byte offsets in its errors included; the tests hold the two
against each other on random strings.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from local.telegram_stand_in.entities import Entity, sort_entities
from local.telegram_stand_in.links import checked_link, linked_user_id
from local.telegram_stand_in.tag_times import TimeFormatError, time_entity

TYPES = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "pre": "pre",
    "code": "code",
    "a": "text_link",
    "blockquote": "blockquote",
    "tg-emoji": "custom_emoji",
    "tg-time": "date_time",
}
NAMED = {b"lt": ord("<"), b"gt": ord(">"), b"amp": ord("&"), b"quot": ord('"')}
REFERENCE = re.compile(rb"&(?:#x([0-9a-fA-F]*)|#([0-9]*)|([a-zA-Z]*))")
LONGEST_REFERENCE = 10
LAST_CHARACTER = 0x10FFFF
SPACES = b" \t\r\n\0\v"
NAME_TOKEN = re.compile(rb"[0-9a-zA-Z.-]*")
LANGUAGE_CLASS = "language-"


class HtmlError(Exception):
    """The markup cannot be read; the text is Telegram's own reason."""


@dataclass(slots=True)
class OpenTag:
    """A tag that waits for its end."""

    name: str
    attributes: dict[str, str]
    offset: int
    text_start: int

    @property
    def language(self) -> str:
        """The language a code block names in its class."""
        value = self.attributes.get("class", "")
        return value.removeprefix(LANGUAGE_CLASS) if value.startswith(LANGUAGE_CLASS) else ""


@dataclass(slots=True)
class Reader:
    """One pass over the markup's bytes, which end with a zero byte as in C."""

    html: bytes
    position: int = 0
    offset: int = 0
    text: bytearray = field(default_factory=bytearray)
    open_tags: list[OpenTag] = field(default_factory=list)
    entities: list[Entity] = field(default_factory=list)

    @property
    def here(self) -> int:
        """The byte at the present position."""
        return self.html[self.position]

    def read(self) -> None:
        """Read everything up to the closing zero byte."""
        while self.position < len(self.html) - 1:
            if self.here == ord("&") and self._read_reference():
                continue
            if self.here != ord("<"):
                self._read_character()
            elif self.html[self.position + 1] == ord("/"):
                self._read_end_tag()
            else:
                self._read_start_tag()
        if self.open_tags:
            name = self.open_tags[-1].name
            raise HtmlError(f'Can\'t find end tag corresponding to start tag "{name}"')

    def _read_character(self) -> None:
        byte = self.here
        if byte & 0xC0 != 0x80:
            self.offset += 2 if byte >= 0xF0 else 1
        self.text.append(byte)
        self.position += 1

    def _read_reference(self) -> bool:
        found = reference(self.html, self.position)
        if found is None:
            return False
        code, self.position = found
        self.offset += 2 if code > 0xFFFF else 1
        self.text += encoded(code)
        return True

    def _skip_spaces(self) -> None:
        while self.position < len(self.html) - 1 and self.here in SPACES and self.here:
            self.position += 1

    def _read_until(self, ends: bytes) -> bytes:
        start = self.position
        while self.here not in ends:
            self.position += 1
        return self.html[start : self.position]

    def _read_start_tag(self) -> None:
        begin = self.position
        self.position += 1
        name = lowered(self._read_until(SPACES + b">"))
        if not self.here:
            raise HtmlError(f"Unclosed start tag at byte offset {begin}")
        if name not in TYPES:
            raise HtmlError(f'Unsupported start tag "{name}" at byte offset {begin}')
        attributes = self._read_attributes(name, begin)
        if name == "span" and attributes.get("class") != "tg-spoiler":
            raise HtmlError(f'Tag "span" must have class "tg-spoiler" at byte offset {begin}')
        self.open_tags.append(OpenTag(name, attributes, self.offset, len(self.text)))
        self.position += 1

    def _read_attributes(self, tag: str, begin: int) -> dict[str, str]:
        attributes: dict[str, str] = {}
        while self.here != ord(">"):
            self._skip_spaces()
            if self.here == ord(">"):
                break
            name = self._read_until(SPACES + b"=>/\"'").decode(errors="replace")
            if not name:
                raise HtmlError(f'Empty attribute name in the tag "{tag}" at byte offset {begin}')
            value = self._read_value(tag, begin)
            if keeps(tag, name, value):
                attributes[name] = value
        return attributes

    def _read_value(self, tag: str, begin: int) -> str:
        self._skip_spaces()
        is_given = self.here == ord("=")
        if is_given:
            self.position += 1
            self._skip_spaces()
        if not self.here:
            raise HtmlError(f'Unclosed start tag "{tag}" at byte offset {begin}')
        if not is_given:
            return ""
        value = self._read_quoted() if self.here in b"'\"" else self._read_name_token()
        if not self.here:
            raise HtmlError(f"Unclosed start tag at byte offset {begin}")
        return value

    def _read_name_token(self) -> str:
        start = self.position
        match = NAME_TOKEN.match(self.html, start)
        self.position = match.end() if match else start
        if self.here not in SPACES + b">":
            raise HtmlError(f"Unexpected end of name token at byte offset {start}")
        return lowered(self.html[start : self.position])

    def _read_quoted(self) -> str:
        quote = self.here
        self.position += 1
        value = bytearray()
        while self.here not in (quote, 0):
            found = reference(self.html, self.position) if self.here == ord("&") else None
            if found is None:
                value.append(self.here)
                self.position += 1
            else:
                code, self.position = found
                value += encoded(code)
        if self.here == quote:
            self.position += 1
        return value.decode(errors="surrogatepass")

    def _read_end_tag(self) -> None:
        begin = self.position
        if not self.open_tags:
            raise HtmlError(f"Unexpected end tag at byte offset {begin}")
        self.position += 2
        name = lowered(self._read_until(SPACES + b">"))
        self._skip_spaces()
        if self.here != ord(">"):
            raise HtmlError(f"Unclosed end tag at byte offset {begin}")
        expected = self.open_tags[-1].name
        if name and name != expected:
            reason = f'expected "</{expected}>", found "</{name}>"'
            raise HtmlError(f"Unmatched end tag at byte offset {begin}, {reason}")
        tag = self.open_tags.pop()
        if self.offset > tag.offset:
            self._add_entity(tag)
        self.position += 1

    def _add_entity(self, tag: OpenTag) -> None:
        entity: Entity = {"type": TYPES[tag.name], "offset": tag.offset, "length": self.offset - tag.offset}
        if tag.name == "a":
            self._add_link(tag, entity)
        elif tag.name in ("pre", "code"):
            self._add_code(tag, entity)
        elif tag.name == "tg-emoji":
            self.entities.append(entity | {"custom_emoji_id": emoji_id(tag.attributes.get("emoji-id", ""))})
        elif tag.name == "tg-time":
            self._add_time(tag, entity)
        else:
            if tag.name == "blockquote" and "expandable" in tag.attributes:
                entity["type"] = "expandable_blockquote"
            self.entities.append(entity)

    def _add_link(self, tag: OpenTag, entity: Entity) -> None:
        address = tag.attributes.get("href") or bytes(self.text[tag.text_start :]).decode(errors="surrogatepass")
        user_id = linked_user_id(address)
        url = None if user_id else checked_link(address)
        if user_id:
            self.entities.append(entity | {"type": "text_mention", "user": {"id": user_id}})
        elif url:
            self.entities.append(entity | {"url": url})

    def _add_code(self, tag: OpenTag, entity: Entity) -> None:
        """A code block in a pre, or a pre in a code block, over the same text, is one block with a language."""
        inner = self.entities[-1] if self.entities else {}
        same_text = (inner.get("offset"), inner.get("length")) == (entity["offset"], entity["length"])
        if tag.name == "pre" and same_text and inner["type"] == "code" and inner.get("language"):
            inner["type"] = "pre"
        elif tag.language and same_text and inner["type"] == "pre" and "language" not in inner:
            inner["language"] = tag.language
        else:
            self.entities.append(entity | ({"language": tag.language} if tag.name == "code" else {}))

    def _add_time(self, tag: OpenTag, entity: Entity) -> None:
        try:
            described = time_entity(tag.attributes.get("unix", ""), tag.attributes.get("format", ""))
        except TimeFormatError as error:
            raise HtmlError(str(error)) from None
        if described:
            self.entities.append(entity | described)


def keeps(tag: str, name: str, value: str) -> bool:
    """Tell whether an attribute means anything in its tag; the rest is read and forgotten."""
    if tag == "code":
        return name == "class" and value.startswith(LANGUAGE_CLASS)
    if tag == "span":
        return name == "class" and value.startswith("tg-")
    allowed = {"a": ("href",), "tg-emoji": ("emoji-id",), "tg-time": ("unix", "format"), "blockquote": ("expandable",)}
    return name in allowed.get(tag, ())


def reference(html: bytes, position: int) -> tuple[int, int] | None:
    """Return the character a reference stands for and where it ends; None when it is plain text."""
    match = REFERENCE.match(html, position)
    if match is None:
        return None
    hexadecimal, decimal, name = match.groups()
    if name is not None:
        code = NAMED.get(name, 0)
    else:
        code = int(hexadecimal or b"0", 16) if hexadecimal is not None else int(decimal or b"0")
        code &= 0xFFFFFFFF  # the real one counts in 32 bits
        if code >= LAST_CHARACTER or match.end() - position >= LONGEST_REFERENCE:
            code = 0
    if not code:
        return None
    end = match.end()
    return code, end + 1 if html[end] == ord(";") else end


def encoded(code: int) -> bytes:
    """Return a character's UTF-8 bytes; half a surrogate pair too, which is refused later."""
    return chr(code).encode(errors="surrogatepass")


def lowered(name: bytes) -> str:
    """Return a name with its ASCII letters in lower case."""
    return name.lower().decode(errors="replace")


def emoji_id(value: str) -> str:
    """Return a custom emoji's identifier, a signed 64-bit number other than 0."""
    if not re.fullmatch(r"-?[0-9]{1,19}", value) or not int(value):
        raise HtmlError("Invalid custom emoji identifier specified")
    return str(int(value))


def parse(html: str) -> tuple[str, list[Entity]]:
    """Return the plain text and its entities, offsets and lengths in UTF-16 units.

    Raises HtmlError with Telegram's reason.
    """
    reader = Reader(html.encode(errors="surrogatepass") + b"\0")
    reader.read()
    for entity in reader.entities:
        if entity["type"] == "code":
            entity.pop("language", None)
    try:
        text = reader.text.decode()
    except UnicodeDecodeError:
        raise HtmlError(
            "Text contains invalid Unicode characters after decoding HTML entities, "
            "check for unmatched surrogate code units"
        ) from None
    return text, sort_entities(reader.entities)
