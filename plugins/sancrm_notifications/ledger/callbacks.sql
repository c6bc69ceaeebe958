-- Customers that staff have called: pressed under a missed call.

-- name: message_in_chat
-- The message about missed calls that stands in this chat under this number, locked.
select
    message_id,
    html,
    figures,
    buttons
from notifications.messages
where
    chat_id = %(chat_id)s::bigint::text
    and telegram_message_id = %(telegram_message_id)s::bigint
    and notification = 'missed_calls'
    and state <> 'preview'
for update;

-- name: note_called
-- Who has called whom; the first press counts.
insert into notifications.callbacks (repair_id, message_id, called_by, called_by_user_id)
values (
    %(repair_id)s::bigint, %(message_id)s::bigint, %(called_by)s::text, %(called_by_user_id)s::bigint
)
on conflict (message_id, repair_id) do nothing
returning callback_id;

-- name: called_of_message
-- Whom the message's buttons have marked as called, the first press first.
select
    repair_id,
    called_by,
    called_at
from notifications.callbacks
where message_id = %(message_id)s::bigint
order by called_at, callback_id;

-- name: called_since
-- Which customers have been called since an instant: when last.
select
    repair_id,
    max(called_at) as called_at
from notifications.callbacks
where called_at >= %(since)s::timestamptz
group by repair_id;
