-- concurrently: messages_log_destination
-- The log of one destination.
create index concurrently if not exists messages_log_destination
on notifications.messages (destination, stored_at desc);
