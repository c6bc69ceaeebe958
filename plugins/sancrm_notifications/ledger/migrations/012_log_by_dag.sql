-- concurrently: messages_log
-- The log, newest first, of each DAG by itself:
-- who may read one DAG reads its rows without passing the others'.
create index concurrently if not exists messages_log
on notifications.messages (coalesce(dag_id, notification), stored_at desc, message_id desc);
