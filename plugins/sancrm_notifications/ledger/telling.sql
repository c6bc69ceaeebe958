-- What a notification has told of late.

-- name: told
-- Its messages since an instant, oldest first; the first part stands for all.
select
    period,
    subject,
    destination,
    state,
    figures,
    stored_at,
    sent_at,
    telegram_message_id is not null or state = 'sent' as is_in_chat,
    coalesce(
        (
            select revisions.figures
            from notifications.revisions
            where
                revisions.message_id = messages.message_id
                and revisions.revision = messages.sent_revision
                and messages.sent_revision < messages.revision
        ),
        figures
    ) as shown_figures
from notifications.messages
where notification = %(notification)s and stored_at >= %(since)s and part = 1 and state <> 'preview'
order by stored_at, message_id;

-- name: told_about
-- What it has told about one period, in the order of storing.
select
    period,
    subject,
    destination,
    state,
    figures,
    stored_at,
    sent_at,
    telegram_message_id is not null or state = 'sent' as is_in_chat,
    coalesce(
        (
            select revisions.figures
            from notifications.revisions
            where
                revisions.message_id = messages.message_id
                and revisions.revision = messages.sent_revision
                and messages.sent_revision < messages.revision
        ),
        figures
    ) as shown_figures
from notifications.messages
where notification = %(notification)s and period = %(period)s and part = 1 and state <> 'preview'
order by message_id;
