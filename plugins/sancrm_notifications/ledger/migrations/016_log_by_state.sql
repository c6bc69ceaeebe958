-- concurrently: messages_log_state
-- The log of the few messages that are not simply in their chats.
create index concurrently if not exists messages_log_state
on notifications.messages (state, stored_at desc)
where state not in ('sent', 'covered', 'preview');
