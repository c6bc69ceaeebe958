"""Reads HTML that anybody may have typed: what is neither a tag nor a comment is text, and nothing is an error."""

from __future__ import annotations

from html.parser import HTMLParser


class HtmlReader(HTMLParser):
    """The standard library's parser, without declarations: Telegram knows none, and of ``<![x`` it fails."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def parse_html_declaration(self, i: int) -> int:
        """Take the beginning of a declaration, ``<!``, for text; return where to go on."""
        self.handle_data("<!")
        return i + 2
