-- Who of Telegram's people is bound to which customers of the CRM, and what a conversation must remember.

create table notifications.bindings (
    binding_id bigint generated always as identity primary key,
    proof text not null check (proof in ('contact', 'link', 'code')),
    -- Telegram's account; null once the person has had everything deleted
    user_id bigint,
    -- E.164 without «+»: the number that was shared; its customers are asked of the CRM anew each time
    phone text,
    -- the one customer that a link or a repair's code has proven
    customer_id bigint,
    began_at timestamptz not null default clock_timestamp(),
    -- when the number was last shared
    confirmed_at timestamptz not null default clock_timestamp(),
    consented_at timestamptz,
    consent_version text,
    stopped_at timestamptz,
    blocked_at timestamptz,
    -- since when its number has more customers than one person can be
    crowded_at timestamptz,
    ended_at timestamptz,
    end_reason text check (end_reason in ('superseded', 'other_number', 'not_me', 'deleted')),
    check ((ended_at is null) = (end_reason is null)),
    check (ended_at is not null or user_id is not null),
    check (end_reason is not distinct from 'deleted' or (proof = 'link' or phone is not null)),
    check (end_reason is not distinct from 'deleted' or (proof = 'contact') = (customer_id is null))
);

create unique index bindings_contact on notifications.bindings (user_id, phone)
where ended_at is null and proof = 'contact';
create unique index bindings_customer on notifications.bindings (user_id, customer_id)
where ended_at is null and proof in ('link', 'code');
create index bindings_user on notifications.bindings (user_id);
create index bindings_phone on notifications.bindings (phone) where ended_at is null;
create index bindings_of_customer on notifications.bindings (customer_id) where ended_at is null;
create index bindings_began on notifications.bindings (began_at desc, binding_id desc);

-- A link that proves one customer; who has it may use it once.
create table notifications.invitations (
    invitation_id bigint generated always as identity primary key,
    -- SHA-256 of the token, which is kept nowhere
    token_hash bytea not null unique,
    customer_id bigint not null,
    made_by text not null,
    made_at timestamptz not null default clock_timestamp(),
    expires_at timestamptz not null,
    used_at timestamptz,
    used_by bigint,
    binding_id bigint references notifications.bindings,
    -- «Нет, это не я»: the link came into wrong hands
    declined_at timestamptz,
    -- other accounts that tried it after it was used
    refused_count integer not null default 0,
    refused_at timestamptz
);

create index invitations_made on notifications.invitations (made_at desc, invitation_id desc);
create index invitations_customer on notifications.invitations (customer_id);
create index invitations_used_by on notifications.invitations (used_by) where used_by is not null;

-- What the bot has asked a person and waits for, and which album it has already answered.
create table notifications.dialogs (
    user_id bigint primary key,
    waits_for text check (waits_for in ('code', 'confirmation')),
    -- the number whose customers are told apart by a repair's code
    phone text,
    -- the link whose «Это вы?» waits for a button
    invitation_id bigint references notifications.invitations,
    since timestamptz,
    album text
);

-- Codes that did not fit: five a day, then the person calls.
create table notifications.code_tries (
    user_id bigint not null,
    tried_at timestamptz not null default clock_timestamp()
);

create index code_tries_user on notifications.code_tries (user_id, tried_at);

create view notifications.client_bindings as
select
    binding_id,
    proof,
    phone,
    customer_id,
    began_at,
    consented_at,
    case
        when end_reason is not null then end_reason
        when blocked_at is not null then 'blocked'
        when stopped_at is not null then 'stopped'
        when crowded_at is not null then 'crowded'
        when proof = 'contact' and confirmed_at < clock_timestamp() - interval '365 days' then 'outdated'
        when consented_at is null then 'no_consent'
        else 'active'
    end as state,
    coalesce(
        ended_at,
        blocked_at,
        stopped_at,
        crowded_at,
        case
            when proof = 'contact' and confirmed_at < clock_timestamp() - interval '365 days'
                then confirmed_at + interval '365 days'
        end,
        consented_at,
        began_at
    ) as state_since
from notifications.bindings;

comment on view notifications.client_bindings is
'For the CRM to read: who can be told something, and why not; null phone: nothing personal is left';
