-- What notifications have told: the first part stands for the whole message, previews are left out.

create view notifications.told as
select
    message_id,
    notification,
    period,
    subject,
    destination,
    state,
    figures,
    stored_at,
    sent_at,
    telegram_message_id is not null or state = 'sent' as is_in_chat,
    -- of the text that is in the chat, while an edit of it is on its way or came too late
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
where part = 1 and state <> 'preview';
