-- concurrently: messages_log_key
-- Keys by their beginning, whatever the database's collation.
create index concurrently if not exists messages_log_key
on notifications.messages (key text_pattern_ops);
