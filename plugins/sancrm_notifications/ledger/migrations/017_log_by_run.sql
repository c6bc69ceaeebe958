-- concurrently: messages_log_run
-- The messages of one run.
create index concurrently if not exists messages_log_run
on notifications.messages (run_id, stored_at desc);
