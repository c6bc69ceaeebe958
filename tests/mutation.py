"""One protection and how it is removed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mutation:
    """A protection and how it is removed: ``old``, once in ``file``, becomes ``new``; ``tests`` must notice."""

    protection: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]
