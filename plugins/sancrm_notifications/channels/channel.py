"""What delivery knows of any channel."""

from __future__ import annotations


class DestinationError(ValueError):
    """A destination has no address; the text names the connection and what to fill in, never a token."""
