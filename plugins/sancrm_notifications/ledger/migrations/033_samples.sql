-- Texts that the office has sent itself, to see them on a phone: by the hash of their link, for ten minutes.

create table notifications.samples (
    token_hash bytea primary key,
    html text not null,
    made_by text not null,
    made_at timestamptz not null default clock_timestamp(),
    expires_at timestamptz not null
);
