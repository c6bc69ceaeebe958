"""What Telegram takes for a photo: PNG and JPEG here, their size in pixels, and its limits."""

from __future__ import annotations

import struct

from local.telegram_stand_in.refusals import bad_request

MOST_BYTES = 10 * 1024 * 1024
MOST_PIXELS = 10_000  # width and height together
MOST_RATIO = 20
JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def checked_size(content: bytes) -> tuple[int, int]:
    """Return width and height in pixels; RefusedError when Telegram takes it for no photo.

    Source: https://core.telegram.org/bots/api#sendphoto
    """
    if len(content) > MOST_BYTES:
        limit = f"the maximum size is {MOST_BYTES} bytes"
        raise bad_request(f"file of size {len(content)} bytes is too big for a photo; {limit}")
    size = _png_size(content) or _jpeg_size(content)
    if size is None:
        raise bad_request("IMAGE_PROCESS_FAILED")
    if sum(size) > MOST_PIXELS or max(size) > MOST_RATIO * min(size):
        raise bad_request("PHOTO_INVALID_DIMENSIONS")
    return size


def _png_size(content: bytes) -> tuple[int, int] | None:
    if content[:8] != b"\x89PNG\r\n\x1a\n" or content[12:16] != b"IHDR" or len(content) < 24:
        return None
    width, height = struct.unpack(">II", content[16:24])
    return width, height


def _jpeg_size(content: bytes) -> tuple[int, int] | None:
    position = 2 if content[:2] == b"\xff\xd8" else len(content)
    while position + 9 < len(content) and content[position] == 0xFF:
        if content[position + 1] in JPEG_FRAMES:
            height, width = struct.unpack(">HH", content[position + 5 : position + 9])
            return width, height
        position += 2 + struct.unpack(">H", content[position + 2 : position + 4])[0]
    return None
