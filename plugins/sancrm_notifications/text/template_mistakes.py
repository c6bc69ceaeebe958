"""What its author got wrong in a text, in Russian: what Jinja's parser says, and braces that it takes for words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from jinja2 import nodes

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

_UNREADABLE = "не удаётся прочитать"
_CLOSING = "{% endif %}"
# What Jinja 3 says, most special first; «\1» is what it names.
_SAID = (
    (r"Unexpected end of template.*'if'\.", f"условие {{% if … %}} не закрыто: не хватает {_CLOSING}"),
    (r"Encountered unknown tag 'elif'.*", "{% elif … %} стоит вне условия: перед ним нужно {% if … %}"),
    (r"Encountered unknown tag 'else'.*", "лишнее {% else %}: оно бывает в условии один раз, перед {% endif %}"),
    (r"Encountered unknown tag 'endif'.*", f"лишнее {_CLOSING}: условия, которое оно закрыло бы, здесь нет"),
    (r"Encountered unknown tag '(.+?)'.*", r"команды {% \1 … %} нет: есть if, elif, else и endif"),
    (r"tag name expected", "после {% нет команды: есть if, elif, else и endif"),
    (r"unexpected end of template, expected 'end of print statement'\.", "{{ не закрыто: не хватает }}"),
    (r"unexpected 'end of template'", "{{ или {% в конце текста не закрыто"),
    (r"unexpected end of template, expected 'end of statement block'\.", "{% не закрыто: не хватает %}"),
    (r"Expected an expression, got 'end of print statement'", "между {{ и }} пусто: нужно имя значения"),
    (r"(?:Expected an expression, got|unexpected) 'end of statement block'", "условие не дописано: чего не хватает?"),
    (r"expected token 'end of print statement', got '(.+)'", r"между {{ и }} лишнее: «\1»; там стоит одно имя"),
    (r"expected token 'end of statement block', got '='", "равенство пишется двумя знаками: =="),
    (r"expected token 'end of statement block', got '(.+)'", r"в условии лишнее: «\1»"),
    (r"unexpected '}'.*", "скобок закрыто не столько, сколько открыто: нужно }}"),
    (r"unexpected char (['\"])(.+)\1 at \d+", r"лишний знак: \2"),
    (r"unexpected '(.+?)'.*", r"лишнее: «\1»"),
    (r"Missing end of comment tag", "пометка {# не закрыта: не хватает #}"),
)  # fmt: skip
_STRAY = re.compile(r"\{\{|\}\}|\{%|%\}|\{#|#\}")
_SINGLE = re.compile(r"\{\s*(\w+)\s*\}")


def explained(said: str) -> str:
    """Return what the parser says; what has no words here is quoted as it was said."""
    for pattern, words in _SAID:
        if found := re.fullmatch(pattern, said, re.DOTALL):
            return f"{_UNREADABLE}: {found.expand(words)}"
    return f"{_UNREADABLE}: {said}"


def stray_braces(body: Sequence[nodes.Node], names: Collection[str]) -> tuple[int, str] | None:
    """Return the line and the cause of the first braces that would stand in the message as they are; None: none."""
    for data in _words(body):
        for pattern, cause in (
            (_STRAY, "«{0}» без пары так и уйдёт"),
            (_SINGLE, "«{0}» так и уйдёт: скобок нужно по две"),
        ):
            for found in pattern.finditer(data.data):
                if pattern is _STRAY or found[1] in names:
                    return data.lineno + data.data.count("\n", 0, found.start()), cause.format(found[0])
    return None


def _words(body: Sequence[nodes.Node]) -> Iterator[nodes.TemplateData]:
    for node in body:
        yield from node.find_all(nodes.TemplateData)
