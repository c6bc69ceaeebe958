-- concurrently: messages_log_subject
-- The log about one branch, and the branches there are:
-- a range of subjects, whatever the database's collation.
create index concurrently if not exists messages_log_subject
on notifications.messages (subject collate "C", stored_at desc);
