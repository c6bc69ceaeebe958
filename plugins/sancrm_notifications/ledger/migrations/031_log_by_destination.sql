-- The log of one destination.
create index if not exists messages_log_destination
on notifications.messages (destination, stored_at desc);
