-- The messages of a notification, of late or about one period; the columns are those of StoredMessage.

-- name: messages_since
-- Its messages since an instant, oldest first.
select
    period,
    subject,
    destination,
    state,
    figures,
    stored_at,
    sent_at,
    is_in_chat,
    shown_figures
from notifications.told
where notification = %(notification)s and stored_at >= %(since)s
order by stored_at, message_id;

-- name: messages_about
-- Its messages about a period, in the order of storing.
select
    period,
    subject,
    destination,
    state,
    figures,
    stored_at,
    sent_at,
    is_in_chat,
    shown_figures
from notifications.told
where notification = %(notification)s and period = %(period)s
order by message_id;
