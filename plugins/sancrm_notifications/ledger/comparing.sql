-- What a preview would do to the chat: each of its messages beside the one that is known under its key.

-- name: compared
-- The first parts of a run's preview in order, each with what the ledger knows of the same message.
with previewed as (
    select
        message_id,
        notification,
        destination,
        label,
        figures,
        batch,
        run_id,
        stored_at,
        subject as told_as,
        -- A preview of a change names the period of the message that it would change.
        case
            when subject ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}/' then split_part(subject, '/', 1)
            else period
        end as period,
        case
            when subject ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}/' then substr(subject, 12)
            else subject
        end as subject
    from notifications.messages
    where
        state = 'preview'
        and dag_id = %(dag_id)s
        and run_id = any(%(run_ids)s::text[])
        and part = 1
        and expires_at > clock_timestamp()
)

select
    previewed.notification,
    previewed.period,
    previewed.subject,
    previewed.told_as,
    previewed.destination,
    previewed.label,
    previewed.figures as new_figures,
    previewed.run_id,
    previewed.stored_at,
    known.message_id,
    known.state,
    known.is_in_chat,
    known.shown_figures,
    (
        select string_agg(part.html, e'\n' order by part.part)
        from notifications.messages as part
        where part.state = 'preview' and part.batch = previewed.batch and part.subject = previewed.told_as
    ) as new_html,
    (
        select string_agg(part.html, e'\n' order by part.part)
        from notifications.messages as part
        where
            part.notification = previewed.notification
            and part.period = previewed.period
            and part.subject = previewed.subject
            and part.destination = previewed.destination
            and part.state <> 'preview'
    ) as known_html
from previewed
left join notifications.told as known
    on
        previewed.notification = known.notification
        and previewed.period = known.period
        and previewed.subject = known.subject
        and previewed.destination = known.destination
order by previewed.message_id;

-- name: in_chats
-- How many messages of these notifications about these periods are in their chats, and how many are not.
with wanted as (
    select
        unnest(%(notifications)s::text[]) as notification,
        unnest(%(periods)s::text[]) as period
)

select
    told.notification,
    told.period,
    count(*) filter (where told.is_in_chat or told.state in ('sent', 'covered'))::integer as in_chat,
    count(*) filter (where not told.is_in_chat and told.state not in ('sent', 'covered'))::integer as waiting
from wanted
inner join notifications.told on wanted.notification = told.notification and wanted.period = told.period
group by told.notification, told.period;
