-- Editing in place: a message in the chat may be given another text; what its figures were before is kept.

alter table notifications.messages
-- which text this is; the chat shows sent_revision's
add column revision integer not null default 1,
add column sent_revision integer,
-- when Telegram no longer allows the edit: the old text stays, or a new message replaces it
add column if_uneditable text not null default 'leave' check (if_uneditable in ('leave', 'replace')),
add column replaces_message boolean not null default false;

update notifications.messages
set sent_revision = 1
where sent_at is not null;

-- The figures of texts that an edit has replaced.
create table notifications.revisions (
    message_id bigint not null references notifications.messages,
    revision integer not null,
    figures jsonb not null,
    sent_at timestamptz,
    replaced_at timestamptz not null default clock_timestamp(),
    primary key (message_id, revision)
);

-- What a notification has told of late.
create index messages_told on notifications.messages (notification, stored_at)
where part = 1 and state <> 'preview';
