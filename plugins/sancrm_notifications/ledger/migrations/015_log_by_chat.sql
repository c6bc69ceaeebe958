-- concurrently: messages_log_chat
-- The log of one chat.
create index concurrently if not exists messages_log_chat
on notifications.messages (chat_id, stored_at desc)
where chat_id is not null;
