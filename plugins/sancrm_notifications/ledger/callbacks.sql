-- Customers that staff have called: pressed under a missed call.

-- name: message_in_chat
-- The message about missed calls that stands in this chat under this number, locked.
select
    message_id,
    period,
    html,
    figures,
    buttons
from notifications.messages
where
    chat_id = %(chat_id)s::bigint::text
    and telegram_message_id = %(telegram_message_id)s::bigint
    and notification = 'missed_calls'
    and state <> 'preview'
    and (%(bot_id)s::bigint is null or sent_bot_id = %(bot_id)s::bigint)
for update;

-- name: first_call
-- Who has called this customer first since an instant, under whichever message.
select
    message_id,
    repair_id,
    called_by,
    called_at
from notifications.callbacks
where repair_id = %(repair_id)s::bigint and called_at >= %(since)s::timestamptz
order by called_at, callback_id
limit 1;

-- name: note_called
-- Who has called whom.  A call under this message that was noted before is of an earlier wait: the customer
-- has come back on the list since.
insert into notifications.callbacks (repair_id, message_id, called_by, called_by_user_id)
values (
    %(repair_id)s::bigint, %(message_id)s::bigint, %(called_by)s::text, %(called_by_user_id)s::bigint
)
on conflict (message_id, repair_id) do update
    set
        called_by = excluded.called_by,
        called_by_user_id = excluded.called_by_user_id,
        called_at = excluded.called_at
returning
    message_id,
    repair_id,
    called_by,
    called_at;

-- name: keep_as_marked
-- The text and the buttons that the chat is to show from now on; its figures are the next check's.
update notifications.messages
set html = coalesce(%(html)s::text, html), buttons = %(buttons)s::jsonb
where message_id = %(message_id)s::bigint;

-- name: called_since
-- Which customers have been called since an instant, the earliest first.
select
    message_id,
    repair_id,
    called_by,
    called_at
from notifications.callbacks
where called_at >= %(since)s::timestamptz
order by called_at, callback_id;
