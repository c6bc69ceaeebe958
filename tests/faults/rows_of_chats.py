"""Faults of chats and of what is told: kicked, migrated, closed, revoked, too long, refused, corrected."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sancrm_notifications.ledger.revising import Revision, revise
from sancrm_notifications.text.buttons import Button
from sancrm_notifications.text.message import Message
from tests.faults.row import Row
from tests.faults.scene import DAY, NORTH, STAFF, TOKEN, report
from tests.tdlib import shown_text, utf16_length

if TYPE_CHECKING:
    from tests.faults.scene import Scene

TOPIC = 7
LIMIT = 4096


def kicked(scene: Scene) -> None:
    """One chat has thrown the bot out."""
    scene.fill()
    scene.stand_in.kick(NORTH)
    _one_chat_is_out_of_reach(scene, "бот удалён из чата")
    scene.stand_in.admit(NORTH)
    assert scene.finish() == {"sent": 16}


def without_right(scene: Scene) -> None:
    """A branch's reports are parked for the right to write, half-way: the summary still goes out last and names it."""
    scene.fill()
    worker = scene.start()
    scene.until_accepted(1, NORTH)
    scene.stand_in.restrict(NORTH)
    told = worker.wait()
    assert told is not None
    assert told.states["parked"] >= 1, told
    summary = scene.texts()[-1]
    assert "Сводка" in summary
    assert "(боту запрещено писать)" in summary
    assert len(scene.texts(STAFF)) == 1


def _one_chat_is_out_of_reach(scene: Scene, reason: str) -> None:
    assert scene.finish() == {"parked": 5, "sent": 11}
    assert len([call for call in scene.stand_in.requests("sendMessage") if call["chat_id"] == NORTH]) == 1
    summary = scene.texts()[-1]
    assert "Сводка" in summary
    assert f"({reason})" in summary
    parked = scene.rows("select reason from notifications.messages where state = 'parked'")
    assert all("add the bot" in row["reason"] for row in parked)
    # A retry by itself asks nobody again.
    scene.finish(reopen_parked=False)
    assert len([call for call in scene.stand_in.requests("sendMessage") if call["chat_id"] == NORTH]) == 1


def migrated(scene: Scene) -> None:
    """A group becomes a supergroup half-way."""
    scene.fill()
    worker = scene.start()
    scene.until_accepted(scene.rng.randint(1, 3), NORTH)
    new = scene.stand_in.migrate(NORTH)
    told = worker.wait()
    assert told is not None
    assert told.states == {"sent": 16}, told
    assert len(scene.texts(new)) == 5
    assert len([call for call in scene.stand_in.requests("sendMessage") if call["status"] == 400]) <= 1
    assert scene.rows("select migrated_to from notifications.chats") == [{"migrated_to": str(new)}]
    # The configuration still names the group.
    scene.store(report(90, "branch:1"))
    scene.finish()
    assert len([call for call in scene.stand_in.requests("sendMessage") if call["status"] == 400]) <= 1


def topic_closed(scene: Scene) -> None:
    """The reports' topic is closed, then reopened and the task cleared."""
    forum = -1_000_000_000_777
    scene.stand_in.create_chat(forum, "Форум", topics={TOPIC: "Отчёты"})
    scene.chats["reports"] = forum
    scene.topics["reports"] = TOPIC
    scene.store(*(report(number, "reports") for number in range(1, 7)))
    worker = scene.start()
    scene.until_accepted(scene.rng.randint(1, 3))
    scene.stand_in.close_topic(forum, TOPIC)
    told = worker.wait()
    assert told is not None
    assert told.states["parked"] >= 1, told
    assert (
        "reopen the topic"
        in scene.rows("select reason from notifications.messages where state = 'parked'")[0]["reason"]
    )
    scene.stand_in.reopen_topic(forum, TOPIC)
    assert scene.finish() == {"sent": 6}


def token_replaced(scene: Scene) -> None:
    """The token is revoked half-way; another is put into the connection and the task cleared."""
    scene.fill()
    worker = scene.start()
    scene.until_accepted(scene.rng.randint(2, 6))
    scene.stand_in.revoke_token(TOKEN)
    told = worker.wait()
    assert told is not None
    assert told.error == "TokenRefusedError", told
    assert len([call for call in scene.stand_in.requests("sendMessage") if call["status"] == 401]) <= 3
    assert set(scene.states()) == {"sent", "stored"}
    told = scene.once()
    assert told is not None
    assert told.error == "TokenRefusedError", told
    scene.token = f"{TOKEN}-another"
    scene.stand_in.add_token(scene.token)
    assert scene.finish() == {"sent": 16}


def too_long(scene: Scene) -> None:
    """A text far over the limit with emoji at every cut and a hostile name; killed between its parts."""
    hostile = "<b>&lt;/b&gt;&amp;&quot;</b>"
    words = "".join(f"👩\u200d🔧😀{hostile} №{number:04}. " for number in range(1, 400))
    message = Message(subject="network", destination="reports", label="Сводка", html=words)
    scene.store(message)
    parts = [row["html"] for row in scene.rows("select html from notifications.messages order by message_id")]
    assert len(parts) > 2
    scene.halted("noted", 2)
    assert scene.finish() == {"sent": len(parts)}
    texts = scene.texts(STAFF)
    assert all(utf16_length(text) <= LIMIT for text in texts)
    assert [shown_text(part) for part in parts] == texts, "TDLib reads each part as the chat shows it"
    told = "".join(text.rpartition("\n\nЧасть")[0] for text in texts)
    assert told.replace(" ", "").replace("\n", "") == shown_text(words).replace(" ", "").replace("\n", "")


def refused_button(scene: Scene) -> None:
    """A button whose host has no dot: Telegram refuses it, the news arrives with the address as text."""
    button = Button("Открыть в CRM", "http://airflow:8080/repairs/7")
    scene.store(report(1, "reports", buttons=((button,),)), report(2, "reports"))
    assert scene.finish() == {"sent": 2}
    assert button.url in scene.texts(STAFF)[0]


def changed_numbers(scene: Scene) -> None:
    """The run is repeated, once with the same figures and once with others: the message in the chat is edited."""
    first = report(1, "reports", figures={"net_profit_kopecks": 100})
    scene.store(first, report(2, "reports"))
    assert scene.finish() == {"sent": 2}
    again = replace(DAY, name="again")
    worded = replace(first, html=first.html.replace("Отчёт", "Другими словами"))
    revise(scene.conninfo, again, [Revision(DAY.period, worded)])
    scene.finish(again)
    assert scene.stand_in.requests("editMessageText") == []
    corrected = replace(worded, figures={"net_profit_kopecks": 200})
    revise(scene.conninfo, again, [Revision(DAY.period, corrected)])
    # The answer to the edit is lost; made twice it does no harm.
    scene.stand_in.plan_fault("reset", when="after", method="editMessageText", times=1)
    scene.finish(again)
    scene.finish(again)
    assert len(scene.stand_in.requests("editMessageText")) == 2
    assert scene.texts(STAFF)[0].startswith("Другими словами")
    assert len(scene.texts(STAFF)) == 2


ROWS = (
    Row("one chat kicks the bot, then lets it in again", kicked, is_ordered=False),
    Row("a branch's report is parked half-way: the summary names it", without_right),
    Row("a group becomes a supergroup half-way", migrated, is_ordered=False),
    Row("topic closed half-way, then reopened", topic_closed),
    Row("token revoked half-way, then replaced", token_replaced),
    Row("text over the limit, emoji at the cut; killed between parts", too_long),
    Row("a button without a dotted host", refused_button),
    Row("rerun with changed numbers", changed_numbers),
)
