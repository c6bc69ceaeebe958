"""A logical name leads to the chat, topic, bot and server that the connections of today say."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from sancrm_notifications.channels.channel import DestinationError
from sancrm_notifications.channels.telegram.address import PUBLIC_BOT_API, Address, BotAddress
from sancrm_notifications.delivery.destinations import CHAINS, resolve
from sancrm_notifications.settings import BranchChat, Settings

TOKEN = "123456789:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-bc"
OTHER = "42:AAother-bot_token"
BOT = BotAddress(TOKEN)


@dataclass
class Connection:
    """An Airflow connection of type ``telegram``."""

    host: str | None = None
    password: str | None = None
    extra_dejson: dict[str, Any] = field(default_factory=dict)
    conn_type: str | None = "telegram"
    login: str | None = None
    schema: str | None = None
    port: int | None = None


DEFAULT = Connection("-1001", TOKEN)


def address(
    destination: str = "reports", settings: Settings | None = None, **connections: Connection | None
) -> Address:
    """Resolve with these connections beside the default one, which None takes away."""
    known = {"telegram_default": DEFAULT, **connections}
    found = resolve(destination, settings or Settings(), known.get)
    assert isinstance(found, Address)
    return found


@pytest.mark.parametrize("destination", [*CHAINS, "branch:7", "branch:0", "branch:-1", "team:7"])
def test_everything_leads_to_the_staff_chat_out_of_the_box(destination):
    assert address(destination) == Address(BOT, "-1001")
    assert BOT.base_url == PUBLIC_BOT_API == "https://api.telegram.org/bot"


@pytest.mark.parametrize(
    ("destination", "chain"),
    [
        ("staff", ["telegram_default"]),
        ("reports", ["telegram_reports", "telegram_default"]),
        ("missed_calls", ["telegram_missed_calls", "telegram_default"]),
        ("backups", ["telegram_backups", "telegram_default"]),
        ("operators", ["telegram_operators", "telegram_backups", "telegram_default"]),
        ("branch:7", ["telegram_reports", "telegram_default"]),
    ],
)
def test_the_first_connection_of_the_chain_that_exists_is_the_address(destination, chain):
    ids = ["telegram_default", "telegram_reports", "telegram_missed_calls", "telegram_backups", "telegram_operators"]
    chats = {conn_id: Connection(f"-{number}", TOKEN) for number, conn_id in enumerate(ids, start=1)}
    while chain:
        assert resolve(destination, Settings(), chats.get) == Address(BOT, str(chats[chain[0]].host))
        del chats[chain.pop(0)]


def test_a_connection_without_a_token_speaks_through_the_default_bot():
    assert address(telegram_reports=Connection("-1002")) == Address(BOT, "-1002")


def test_a_connection_with_a_token_is_another_bot():
    assert address(telegram_reports=Connection("-1002", OTHER)) == Address(BotAddress(OTHER), "-1002")


def test_an_empty_connection_is_passed_over():
    assert address(telegram_reports=Connection()) == Address(BOT, "-1001")


def test_server_and_proxy_come_from_the_extra():
    extra = {"base_url": "http://127.0.0.1:8081/bot", "proxy": "http://proxy.example:3128"}
    bot = address(telegram_default=Connection("-1001", TOKEN, extra)).bot
    assert (bot.base_url, bot.proxy) == ("http://127.0.0.1:8081/bot", "http://proxy.example:3128")


def test_server_and_proxy_are_the_default_bots_unless_said_otherwise():
    default = Connection("-1001", TOKEN, {"base_url": "http://server.example/bot", "proxy": "http://proxy.example"})
    inherited = address(telegram_default=default, telegram_reports=Connection("-1002"))
    assert inherited.bot == BotAddress(TOKEN, "http://server.example/bot", "http://proxy.example")
    own = Connection("-1002", extra_dejson={"base_url": "http://own.example/bot"})
    assert address(telegram_default=default, telegram_reports=own).bot == BotAddress(
        TOKEN, "http://own.example/bot", "http://proxy.example"
    )


@pytest.mark.parametrize(
    ("written", "base_url"),
    [
        ("http://127.0.0.1:8081/bot/", "http://127.0.0.1:8081/bot"),
        (" https://proxy.example/telegram/bot\n", "https://proxy.example/telegram/bot"),
        ("http://[::1]:8081/bot", "http://[::1]:8081/bot"),
        ("HTTPS://user:password@proxy.example:8443/bot", "HTTPS://user:password@proxy.example:8443/bot"),
        ("", PUBLIC_BOT_API),
    ],
)
def test_a_servers_address_is_taken_as_it_is_meant(written, base_url):
    assert address(telegram_default=Connection("-1001", TOKEN, {"base_url": written})).bot.base_url == base_url


@pytest.mark.parametrize(
    "written",
    [
        "https://api.telegram.org",
        "127.0.0.1:8081/bot",
        "nonsense",
        "ftp://server.example/bot",
        "http:///bot",
        "http://bot",
        "http://[::1/bot",
        "http://secret.example:port/bot",
        "http://server.example:99999/bot",
        "http://server.example/a path/bot",
        "http://server.example/bot?",
        "http://server.example/robot",
        "http://server.example/bot?key=secret",
        f"https://api.telegram.org/bot{TOKEN}",
        {"secret": 1},
    ],
)
def test_a_servers_address_that_cannot_be_right_is_said_at_once_and_not_repeated(written):
    with pytest.raises(
        DestinationError, match=r"telegram_default: base_url in its Extra must be http:// .* /bot"
    ) as raised:
        address(telegram_default=Connection("-1001", TOKEN, {"base_url": written}))
    assert "secret" not in str(raised.value)
    assert TOKEN not in str(raised.value)


@pytest.mark.parametrize(("thread", "topic"), [(5, 5), ("5", 5), (1, None), ("1", None), (None, None), ("", None)])
def test_a_topic_comes_from_the_extra_and_the_general_one_is_left_out(thread, topic):
    connection = Connection("-1001", TOKEN, {"message_thread_id": thread})
    assert address(telegram_default=connection).message_thread_id == topic


def test_a_topic_belongs_to_its_chat_and_is_not_inherited():
    default = Connection("-1001", TOKEN, {"message_thread_id": 5})
    assert address(telegram_default=default, telegram_reports=Connection("-1002")) == Address(BOT, "-1002")


@pytest.mark.parametrize(("thread", "topic"), [(5, 5), (1, None), (None, None)])
def test_a_branch_has_its_own_chat_and_topic_through_the_reports_bot(thread, topic):
    settings = Settings(branch_chats={7: BranchChat(chat_id="-1007", message_thread_id=thread)})
    reports = Connection("-1002", OTHER, {"message_thread_id": 9})
    assert address("branch:7", settings, telegram_reports=reports) == Address(BotAddress(OTHER), "-1007", topic)
    assert address("branch:8", settings, telegram_reports=reports) == Address(BotAddress(OTHER), "-1002", 9)


def test_a_team_has_its_own_chat_or_the_common_one_and_never_that_of_the_reports():
    settings = Settings(team_chats={7: BranchChat(chat_id="-1007")}, branch_chats={8: BranchChat(chat_id="-1008")})
    reports = Connection("-1002", OTHER)
    assert address("team:7", settings, telegram_reports=reports) == Address(BOT, "-1007")
    assert address("team:8", settings, telegram_reports=reports) == Address(BOT, "-1001")


@pytest.mark.parametrize(
    ("default", "sentence"),
    [
        (None, r"telegram_default .* no chat id: .* field Host"),
        (Connection(None, TOKEN), r"telegram_default .* no chat id: .* field Host"),
        (Connection("-1001", None), r"telegram_default has no bot token in its field Password: .* @BotFather"),
        (Connection("-1001", "secret-token"), "telegram_default has no bot token"),
        (Connection("-1001", "secret:token"), "telegram_default has no bot token"),
        (Connection("-1001", "42:secret token"), "telegram_default has no bot token"),
        (Connection("-1001", "42"), "telegram_default has no bot token"),
        (
            Connection("-1001", TOKEN, {"message_thread_id": "Отчёты"}),
            "telegram_default: message_thread_id = 'Отчёты' in its Extra must be the topic's number",
        ),
        *(
            (Connection("-1001", TOKEN, {"proxy": proxy}), "telegram_default: proxy in its Extra must be http://")
            for proxy in ("secret.example:3128", "http://[secret", "http://", "http://secret.example:port")
        ),
    ],
)
def test_what_is_missing_is_said_with_the_connection_and_the_field(default, sentence):
    with pytest.raises(DestinationError, match=sentence) as raised:
        address(telegram_default=default)
    assert "secret" not in str(raised.value)
    assert TOKEN not in str(raised.value)


def test_the_connection_that_lacks_the_token_is_the_one_named():
    broken = Connection("-1002", "oops")
    with pytest.raises(DestinationError, match="telegram_reports has no bot token"):
        address(telegram_reports=broken)


@pytest.mark.parametrize("destination", ["report", "branch", "branch:", "branch:B", "branch:-", "reports:7", ""])
def test_a_name_that_does_not_exist_is_said_with_those_that_do(destination):
    with pytest.raises(DestinationError, match=f"no destination '{destination}': known are staff, .* branch:<id>"):
        address(destination)


def test_blanks_around_what_was_pasted_do_no_harm():
    assert address(telegram_default=Connection(" -1001 ", f" {TOKEN}\n")) == Address(BOT, "-1001")


def test_the_bots_number_is_public_and_its_token_is_never_shown():
    bot = BotAddress(TOKEN, proxy="http://user:password@proxy.example")
    assert bot.bot_id == 123456789
    shown = repr(Address(bot, "-1001"))
    assert TOKEN not in shown
    assert "password" not in shown


@pytest.mark.parametrize(
    ("base_url", "is_local"),
    [
        ("http://127.0.0.1:8081/bot", True),
        ("http://localhost:8081/bot", True),
        ("http://[::1]:8081/bot", True),
        (PUBLIC_BOT_API, False),
        ("http://localhost.example/bot", False),
    ],
)
def test_a_server_on_this_machine_is_recognised(base_url, is_local):
    assert BotAddress(TOKEN, base_url).is_local is is_local


@pytest.mark.parametrize(("chat_id", "is_group"), [("-1001", True), ("-5", True), ("@channel", True), ("777", False)])
def test_the_limits_of_groups_are_kept_wherever_they_may_apply(chat_id, is_group):
    assert Address(BOT, chat_id).is_group is is_group
