-- Previews: messages that are stored to be read and never sent.

-- name: list_previews
-- The previews of these DAGs that are still kept, the newest first.
select
    dag_id,
    run_id,
    notification,
    period,
    count(*) filter (where part = 1) as messages,
    max(stored_at) as stored_at,
    min(expires_at) as expires_at
from notifications.messages
where state = 'preview' and dag_id = any(%(dag_ids)s) and expires_at > clock_timestamp()
group by dag_id, run_id, notification, period
order by stored_at desc, dag_id asc, run_id asc
limit %(most)s;

-- name: preview_parts
-- One run's preview as it was written, part by part.
select
    notification,
    period,
    subject,
    destination,
    label,
    html,
    rich_html,
    buttons,
    picture,
    silent,
    stored_at,
    expires_at
from notifications.messages
where state = 'preview' and dag_id = %(dag_id)s and run_id = %(run_id)s and expires_at > clock_timestamp()
order by message_id;
