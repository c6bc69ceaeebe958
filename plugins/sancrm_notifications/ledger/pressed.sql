-- Messages of notifications whose buttons are pressed.

-- name: message_in_chat
-- The message of one of these notifications that stands in this chat under this number, locked.
select
    message_id,
    destination,
    period,
    html,
    figures,
    buttons
from notifications.messages
where
    chat_id = %(chat_id)s::bigint::text
    and telegram_message_id = %(telegram_message_id)s::bigint
    and notification = any(%(notifications)s::text[])
    and state <> 'preview'
    and (%(bot_id)s::bigint is null or sent_bot_id = %(bot_id)s::bigint)
for update;

-- name: answer_in_chat
-- What an answer of the bot is about that stands in this chat under this number.
select figures
from notifications.messages
where
    chat_id = %(chat_id)s::bigint::text
    and telegram_message_id = %(telegram_message_id)s::bigint
    and notification = 'client_bot'
    and figures <> '{}'
    and (%(bot_id)s::bigint is null or sent_bot_id = %(bot_id)s::bigint)
order by message_id
limit 1;

-- name: keep_as_marked
-- The text and the buttons that the chat is to show from now on; its figures are the next check's.
update notifications.messages
set html = coalesce(%(html)s::text, html), buttons = %(buttons)s::jsonb
where message_id = %(message_id)s::bigint;
