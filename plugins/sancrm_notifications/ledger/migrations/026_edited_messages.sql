-- concurrently: messages_in_chat
-- A message by its number in a chat: pressed buttons, and edits of one message that wait.
create index concurrently if not exists messages_in_chat
on notifications.messages (chat_id, telegram_message_id)
where telegram_message_id is not null;
