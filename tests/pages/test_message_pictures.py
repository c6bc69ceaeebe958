"""A picture in a page: an element without style and script that escapes what people wrote, and says its words."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest

from sancrm_notifications.ledger import log, previews
from sancrm_notifications.ledger.reading import reading
from sancrm_notifications.pages.message_pictures import picture
from sancrm_notifications.text.message import Message
from tests.pictures.charts import panel, week

if TYPE_CHECKING:
    from tests.pages.conftest import Ledger
    from tests.pages.scene import Scene

CHART = json.loads(json.dumps(week(panel("Калуга"), panel("Тула")).to_json()))
HOSTILE = '<script>alert("1")</script> & «Ко»'


def test_a_picture_shows_names_as_they_were_typed_and_has_its_words() -> None:
    shown = str(picture(week(panel(HOSTILE), panel("Тула")).to_json(), "<b>Прибыль</b> & всё"))
    tree = ElementTree.fromstring(shown)  # noqa: S314 - written by this package
    assert (tree.tag, tree.get("role"), tree.get("aria-label")) == ("svg", "img", "Прибыль & всё")
    assert {element.tag for element in tree.iter()} == {"svg", "rect", "line", "text"}
    assert not any("style" in element.attrib or "href" in element.attrib for element in tree.iter())
    assert "Тула" in [element.text for element in tree.iter("text")]


@pytest.mark.parametrize(
    "figures", [{}, {"kind": "weekly"}, {"kind": "daily"}, {**week(panel("Тула")).to_json(), "network": 1}]
)
def test_figures_that_cannot_be_read_are_said_and_spoil_no_page(figures) -> None:
    assert "не читаются" in picture(figures, "")


def test_a_preview_and_the_log_have_the_figures_of_the_picture(ledger: Ledger, scene: Scene) -> None:
    message = Message("network_picture", "reports", "Картинка", "Прибыль", picture=CHART, belongs_to="network")
    ledger.preview(message)
    preview = previews.of_run(ledger.conninfo, "profitability_daily", "manual__1")
    assert preview is not None
    assert [each.picture for each in preview.messages] == [CHART]

    about = scene.report(None)
    scene.change(about, picture=json.dumps(CHART))
    with reading(ledger.conninfo) as connection:
        opened = log.opened(connection, about)
    assert opened is not None
    assert opened["picture"] == CHART
