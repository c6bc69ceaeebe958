"""Texts that the office writes: the few things of Jinja that need no trust in their author.

Jinja's sandbox protects from nobody who writes a template: ``{{ 'a' * 10**9 }}``, nested ranges and ``|center`` exhaust
memory, ``|safe`` defeats escaping. So only its parser is used. The tree may hold text, values by their names, ``if``,
comparisons, ``and``/``or``/``not`` and constants, and what is found in it is followed here, where every value passes
the one place that escapes. Source: docs/events.md, What a text may hold.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from jinja2 import Environment, TemplateSyntaxError, nodes

from sancrm_notifications.text.limits import PART_LIMIT
from sancrm_notifications.text.markup import is_blank, value, visible_length
from sancrm_notifications.text.money import grouped
from sancrm_notifications.text.russian import tied
from sancrm_notifications.text.template_html import HtmlError, check_html
from sancrm_notifications.text.template_mistakes import explained, stray_braces

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Value = str | int | bool | None
    """What a name stands for when a text is written; sums are texts already, as they are shown."""

LONGEST_SOURCE = 4000
DEEPEST = 10
_LONGEST_NUMBER = 10**18
# A line that is more than tags and ends with one: its end belongs to the text.
_TAG = r"\{%(?:(?!%\})[^\n])*%\}"
_TAG_BEFORE_LINE_END = re.compile(rf"^(?!(?:[ \t]*{_TAG})+[ \t]*$)([^\n]*)(?<![+-])%\}}[ \t]*$", re.MULTILINE)
_BLANK_LINES = re.compile(r"\n[ \n]*\n")
_ORDERINGS = frozenset({"gt", "gteq", "lt", "lteq"})
_REFUSED = {
    nodes.Filter: "фильтр («|»)",
    nodes.Call: "вызов со скобками",
    nodes.For: "цикл for",
    nodes.Getattr: "точка после имени",
    nodes.Getitem: "квадратные скобки",
    nodes.Concat: "склейка («~»)",
    nodes.CondExpr: "if внутри значения",
    nodes.Test: "проверка is",
    nodes.BinExpr: "вычисление",
    nodes.UnaryExpr: "вычисление",
    nodes.Literal: "список",
}


class TemplateError(ValueError):
    """A text cannot be used: in which line and why, in Russian for its author; line 0: the whole."""

    def __init__(self, line: int, cause: str) -> None:
        super().__init__(f"строка {line}: {cause}" if line else cause)
        self.line = line
        self.cause = cause


@dataclass(frozen=True, slots=True)
class Name:
    """A value that a text may name: what it is, in a sentence, and an example."""

    kind: Literal["text", "number", "flag"]
    meaning: str
    example: Value


@dataclass(frozen=True, slots=True)
class Template:
    """A text that was found to hold nothing but what it may."""

    source: str
    body: Sequence[nodes.Node]
    used: frozenset[str] = frozenset()
    """The values that it names: what it does not name need not be made."""

    def render(self, values: Mapping[str, Value]) -> str:
        """Return the text as Bot API HTML, all values escaped.

        :raises TemplateError: with these values nothing is left to be said, or more than a message holds
        """
        html = tied(_BLANK_LINES.sub("\n\n", _text(self.body, values)).strip())
        if is_blank(re.sub("<[^>]*>", "", html)):
            raise TemplateError(0, "с этими значениями от текста ничего не остаётся")
        if visible_length(html) > PART_LIMIT:
            raise TemplateError(0, f"получается больше одного сообщения: поместится {grouped(PART_LIMIT)} знаков")
        return html


def parse(source: str, names: Mapping[str, Name]) -> Template:
    """Return a text that is ready to be filled in; ``names`` are the values that there are.

    :raises TemplateError: it holds something that it may not
    """
    if len(source) > LONGEST_SOURCE:
        raise TemplateError(0, f"текст длиннее {grouped(LONGEST_SOURCE)} знаков")
    try:
        # Else words after a tag would follow words before it with nothing between them.
        kept = _TAG_BEFORE_LINE_END.sub(r"\1+%}", source)
        tree = Environment(trim_blocks=True, lstrip_blocks=True, autoescape=True).parse(kept)
    except TemplateSyntaxError as error:
        raise TemplateError(error.lineno, explained(error.message or "")) from None
    except (RecursionError, ValueError, OverflowError):
        raise TemplateError(0, "не удаётся прочитать: слишком глубоко вложено или слишком большое число") from None
    _check_body(tree.body, names, 1)
    try:
        check_html(tree.body)
    except HtmlError as fault:
        raise TemplateError(fault.line, fault.cause) from None
    if stray := stray_braces(tree.body, names):
        raise TemplateError(*stray)
    template = Template(source, tree.body, frozenset(found.name for found in tree.find_all(nodes.Name)))
    template.render({name: said.example for name, said in names.items()})
    return template


def _check_body(body: Sequence[nodes.Node], names: Mapping[str, Name], depth: int) -> None:
    for node in body:
        _require_shallow(node, depth)
        if isinstance(node, nodes.Output):
            for child in node.nodes:
                if not isinstance(child, nodes.TemplateData):
                    _check_expression(child, names, depth + 1)
        elif isinstance(node, nodes.If):
            for branch in (node, *node.elif_):
                _check_expression(branch.test, names, depth + 1)
                _check_body(branch.body, names, depth + 1)
            _check_body(node.else_, names, depth + 1)
        else:
            raise _refusal(node)


def _check_expression(node: nodes.Node, names: Mapping[str, Name], depth: int) -> None:
    _require_shallow(node, depth)
    match node:
        case nodes.Name(ctx="load"):
            if node.name not in names:
                raise TemplateError(node.lineno, f"нет значения {node.name}: есть {', '.join(sorted(names))}")
        case nodes.Const():
            _check_constant(node)
        case nodes.Not():
            _check_expression(node.node, names, depth + 1)
        case nodes.And() | nodes.Or():
            _check_expression(node.left, names, depth + 1)
            _check_expression(node.right, names, depth + 1)
        case nodes.Compare():
            for operand in (node.expr, *(op.expr for op in node.ops)):
                _check_expression(operand, names, depth + 1)
            _check_comparison(node, names)
        case _:
            raise _refusal(node)


def _check_constant(node: nodes.Const) -> None:
    is_known = node.value is None or isinstance(node.value, str | bool | int)
    if not is_known or (isinstance(node.value, int) and abs(node.value) > _LONGEST_NUMBER):
        raise TemplateError(node.lineno, "число должно быть целым и не длиннее 18 цифр")


def _check_comparison(node: nodes.Compare, names: Mapping[str, Name]) -> None:
    for op in node.ops:
        if op.op not in _ORDERINGS | {"eq", "ne"}:
            raise TemplateError(node.lineno, "сравнивать можно через ==, !=, <, <=, > и >=")
    if not _ORDERINGS.isdisjoint(op.op for op in node.ops):
        for operand in (node.expr, *(op.expr for op in node.ops)):
            if isinstance(operand, nodes.Name) and names[operand.name].kind != "number":
                raise TemplateError(node.lineno, f"{operand.name} не число: больше и меньше о нём не скажешь")


def _require_shallow(node: nodes.Node, depth: int) -> None:
    if depth > DEEPEST:
        raise TemplateError(node.lineno, f"вложено глубже {DEEPEST}: разделите на части попроще")


def _refusal(node: nodes.Node) -> TemplateError:
    word = next((words for kind, words in _REFUSED.items() if isinstance(node, kind)), "эта запись")
    allowed = "можно {{ имя }}, {% if … %} … {% elif … %} … {% else %} … {% endif %}, and, or, not и сравнения"
    return TemplateError(node.lineno, f"{word} здесь не работает: {allowed}")


def _text(body: Sequence[nodes.Node], values: Mapping[str, Value]) -> str:
    pieces: list[str] = []
    for node in body:
        if isinstance(node, nodes.If):
            pieces.append(_text(_chosen(node, values), values))
        elif isinstance(node, nodes.Output):
            for child in node.nodes:
                is_own = isinstance(child, nodes.TemplateData)
                pieces.append(child.data if is_own else _shown(_worth(child, values)))  # type: ignore[attr-defined]
    return "".join(pieces)


def _chosen(node: nodes.If, values: Mapping[str, Value]) -> Sequence[nodes.Node]:
    for branch in (node, *node.elif_):
        if _worth(branch.test, values):
            return branch.body
    return node.else_


def _worth(node: nodes.Node, values: Mapping[str, Value]) -> Value:
    match node:
        case nodes.Name():
            return values.get(node.name)
        case nodes.Not():
            return not _worth(node.node, values)
        case nodes.And():
            return _worth(node.left, values) and _worth(node.right, values)
        case nodes.Or():
            return _worth(node.left, values) or _worth(node.right, values)
        case nodes.Compare():
            operands = [_worth(node.expr, values), *(_worth(op.expr, values) for op in node.ops)]
            pairs = zip(operands, operands[1:], node.ops, strict=False)
            return all(_holds(op.op, left, right) for left, right, op in pairs)
        case nodes.Const():
            constant: Value = node.value
            return constant
        case _:
            raise TypeError(f"{type(node).__name__} was let through")


def _holds(op: str, left: Value, right: Value) -> bool:
    if op in {"eq", "ne"}:
        return (left == right) == (op == "eq")
    if not isinstance(left, int) or not isinstance(right, int):
        return False  # what is not known is neither more nor less
    match op:
        case "gt":
            return left > right
        case "gteq":
            return left >= right
        case "lt":
            return left < right
        case _:
            return left <= right


def _shown(worth: Value) -> str:
    if worth is None:
        return ""
    if isinstance(worth, bool):
        return "да" if worth else "нет"
    return value(str(worth))
