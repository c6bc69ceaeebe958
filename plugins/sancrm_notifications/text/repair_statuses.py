"""What a client reads of where a repair stands, by the group of its status: a group without words is not shown."""

from __future__ import annotations

STATUSES = {
    "new": "Принят, ждёт диагностики",
    "diagnostics": "На диагностике",
    "to_do": "Ждёт своей очереди на ремонт",
    "in_work": "В ремонте",
    "on_hold": "Ремонт приостановлен",
    "ready": "Готов",
    "refused": "Ремонта не будет, инструмент можно забрать",
    "closed_success": "Выдан",
    "closed_failure": "Выдан без ремонта",
}
SHORT_STATUSES = {
    "new": "принят",
    "diagnostics": "на диагностике",
    "to_do": "в очереди на ремонт",
    "in_work": "в ремонте",
    "on_hold": "приостановлен",
    "ready": "готов",
    "refused": "без ремонта, можно забрать",
    "closed_success": "выдан",
    "closed_failure": "выдан без ремонта",
}
