-- concurrently: messages_log_notification
-- Which DAGs have stored which notifications: few pairs, each found by one look, and equal entries kept once.
create index concurrently if not exists messages_log_notification
on notifications.messages (notification, coalesce(dag_id, notification));
