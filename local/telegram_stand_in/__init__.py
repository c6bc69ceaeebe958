"""A stand-in for Telegram: the Bot API over HTTP, with a page that shows the chats as a phone would.

Run it as a program::

    python -m local.telegram_stand_in --port 8081 --state FILE.sqlite --chat -1001=Штаб --token 42:TEST

or inside a test::

    with StandIn(time_scale=0.05, chats={-1001: "Штаб"}, tokens={"42:TEST"}) as stand_in:
        bot = telegram.Bot("42:TEST", base_url=stand_in.base_url)

It refuses what Telegram refuses, in the same words, keeps Telegram's limits (``--time-scale``, ``--no-limits``), plays
older servers (``--bot-api-version 9.0``), and goes wrong as planned.  Messages, chats, tokens, updates and settings
survive a restart with ``--state``; planned faults and the limits' memory do not.

What can be looked at and changed from outside, ``ControlClient`` being the same as Python:

Bodies and answers are JSON; errors are {"error": sentence} with status 400, 403 or 404.  Only this machine is answered,
and no web page but the stand-in's own.

    GET    /control/messages[?chat_id=]      accepted messages, oldest first
    GET    /control/chats                    all chats
    POST   /control/chats                    {chat_id, title?, type?, topics?: {number: name}}
    POST   /control/chats/{chat_id}/status   {status, by?}: one of chats.STATUSES; bots get ``my_chat_member``
    POST   /control/chats/{chat_id}/members  {user, status}: a person's place in a group
    POST   /control/chats/{chat_id}/permissions {can_send_messages}: of members who are no administrators
    POST   /control/chats/{chat_id}/migrate  {new_chat_id?}: the group becomes a supergroup
    POST   /control/chats/{chat_id}/topics   {thread_id, name?, closed?, deleted?}
    DELETE /control/chats/{chat_id}/messages/{message_id}

    GET    /control/people                   people, with their phone numbers
    POST   /control/people                   {user_id?, first_name, phone_number?, …}: with a private chat, not started
    POST   /control/chats/{chat_id}/start    {payload?}: «Запустить», also after blocking
    POST   /control/chats/{chat_id}/incoming somebody writes: the fields of incoming.incoming_message
    POST   /control/incoming                 [{chat_id, …}]: many at once
    POST   /control/chats/{chat_id}/edit     {message_id, text}: somebody edits an own message
    POST   /control/press                    {chat_id, message_id, data?, sender?, is_forged?}: somebody presses
    GET    /control/queries                  pressed buttons and how they were answered
    POST   /control/queries/expire           from now on answers to them come too late

    GET    /control/requests[?after=]        every call of a bot, how it was judged and when it came
    POST   /control/clear                    forget what happened, what bots have set, and plans
    POST   /control/faults                   plan a fault: the fields of faults.Fault; answers the plan
    GET    /control/faults                   plans, with how often each matched and hit
    DELETE /control/faults                   drop all plans
    GET    /control/updates[?bot_id=]        updates that wait to be confirmed
    POST   /control/updates                  {update, bot_id?}: as it is written, however malformed
    POST   /control/updates/plan             {held?, repeated?, repeats?}: for the next updates
    POST   /control/updates/release          {order?: "kept", "reversed", "shuffled", seed?}: what was held comes
    POST   /control/tokens                   {token, revoked?}: make a token known, or revoke it
    POST   /control/settings                 {bot_api_version?, rates?: the fields of limits.Rates, reads_all?}
"""

from local.telegram_stand_in.control_client import ControlClient
from local.telegram_stand_in.running import StandIn

__all__ = ["ControlClient", "StandIn"]
