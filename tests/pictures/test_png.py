"""A drawing is painted: a PNG of the right size, the same each time, and matplotlib is loaded no sooner."""

from __future__ import annotations

import struct
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from sancrm_notifications.pictures.arrangement import arranged
from sancrm_notifications.pictures.png import SCALE, png
from tests.pictures.charts import panel, week

WEEK = week(panel("Калуга"), panel("$Тула$ 🔧"))


def test_a_drawing_is_painted_the_same_each_time_also_in_two_threads():
    drawing = arranged(WEEK)
    with ThreadPoolExecutor(2) as threads:
        first, second = threads.map(png, [drawing, drawing])
    assert first == second
    assert struct.unpack(">II", first[16:24]) == (round(drawing.width * SCALE), round(drawing.height * SCALE))
    assert len(first) < 300_000


def test_matplotlib_is_loaded_by_nothing_but_the_painting():
    program = (
        "import sys; sys.path.insert(0, 'plugins')\n"
        "import sancrm_notifications.delivery.batch, sancrm_notifications.channels.telegram.hook\n"
        "import sancrm_notifications.notifications.profitability.tasks\n"
        "import sancrm_notifications.notifications.profitability.pictures, sancrm_notifications.pictures.png\n"
        "assert 'matplotlib' not in sys.modules\n"
    )
    ran = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0, ran.stderr
