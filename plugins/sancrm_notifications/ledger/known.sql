-- What there is in the ledger to choose from and what it is called.

-- name: known_dags
-- The DAGs that have stored messages, one look into the index for each.
with recursive known as (
    (
        select coalesce(dag_id, notification) as dag
        from notifications.messages
        order by coalesce(dag_id, notification)
        limit 1
    )
    union all
    select (
        select coalesce(message.dag_id, message.notification)
        from notifications.messages as message
        where coalesce(message.dag_id, message.notification) > known.dag
        order by coalesce(message.dag_id, message.notification)
        limit 1
    )
    from known
    where known.dag is not null
)

select dag
from known
where dag is not null;

-- name: known_destinations
-- The logical destinations that messages were stored for, one look into the index for each.
with recursive known as (
    (
        select destination
        from notifications.messages
        order by destination
        limit 1
    )
    union all
    select (
        select message.destination
        from notifications.messages as message
        where message.destination > known.destination
        order by message.destination
        limit 1
    )
    from known
    where known.destination is not null
)

select destination
from known
where destination is not null
order by destination
limit 500;

-- name: known_branches
-- The branches that reports were written about, each by its latest name, one look into the index for each.
with recursive known as (
    (
        select subject
        from notifications.messages
        where subject collate "C" >= 'branch:' and subject collate "C" < 'branch;' -- noqa: RF03
        order by subject collate "C" -- noqa: RF03
        limit 1
    )
    union all
    select (
        select message.subject
        from notifications.messages as message
        where
            message.subject collate "C" > known.subject -- noqa: RF03
            and message.subject collate "C" < 'branch;' -- noqa: RF03
        order by message.subject collate "C" -- noqa: RF03
        limit 1
    )
    from known
    where known.subject is not null
)

select
    known.subject,
    latest.label
from known
cross join
    lateral (
        select message.label
        from notifications.messages as message
        where message.subject collate "C" = known.subject -- noqa: RF03
        order by message.stored_at desc
        limit 1
    ) as latest
where known.subject is not null
order by latest.label
limit 500;

-- name: known_chats
-- The chats that messages went to, one look into the index for each.
with recursive known as (
    (
        select chat_id
        from notifications.messages
        where chat_id is not null
        order by chat_id
        limit 1
    )
    union all
    select (
        select message.chat_id
        from notifications.messages as message
        where message.chat_id > known.chat_id
        order by message.chat_id
        limit 1
    )
    from known
    where known.chat_id is not null
)

select chat_id
from known
where chat_id is not null
order by chat_id
limit 500;

-- name: latest_places
-- Where the latest messages of these DAGs went, and what they were about: for who may not read every DAG.
with readable as (
    select unnest(%(dag_ids)s::text[]) as dag
)

select distinct
    latest.destination,
    latest.chat_id,
    case when latest.subject like 'branch:%%' then latest.subject end as subject
from readable
cross join
    lateral (
        select
            message.destination,
            message.subject,
            message.chat_id
        from notifications.messages as message
        where coalesce(message.dag_id, message.notification) = readable.dag and message.state <> 'preview'
        order by message.stored_at desc, message.message_id desc
        limit %(most)s
    ) as latest;

-- name: chat_titles
-- What chats are called, as a check has seen them last, or the bot when it was added to them or thrown out.
select
    chat_id,
    title
from notifications.chat_titles
union all
select
    met.chat_id::text,
    met.title
from notifications.group_chats as met
where not exists (
    select 1 from notifications.chat_titles as checked
    where checked.chat_id = met.chat_id::text
);
