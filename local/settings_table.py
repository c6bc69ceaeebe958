"""``python -m local.settings_table``: the README's table of settings, made from the model itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import BaseModel
from pydantic_core import to_json

from sancrm_notifications.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic.fields import FieldInfo


def table() -> str:
    """Return the table as Markdown: each field by its path in the Variable's JSON, its default and its meaning."""
    lines = ["| field | default | what it does |", "|---|---|---|"]
    lines += [f"| `{path}` | `{default}` | {meaning} |" for path, default, meaning in _fields(Settings)]
    return "\n".join(lines)


def _fields(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, str, str]]:
    for name, field in model.model_fields.items():
        kind: Any = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from _fields(kind, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", _default(field), field.description or ""


def _default(field: FieldInfo) -> str:
    return to_json(field.get_default(call_default_factory=True)).decode()


if __name__ == "__main__":
    print(table())
