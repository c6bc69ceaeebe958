-- Only the newest bindings are read: a clock that moves while a query runs kept PostgreSQL judging them all.
create or replace view notifications.client_bindings as
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
        when proof = 'contact' and confirmed_at < now() - interval '365 days' then 'outdated'
        when consented_at is null then 'no_consent'
        else 'active'
    end as state,
    coalesce(
        ended_at,
        blocked_at,
        stopped_at,
        crowded_at,
        case
            when proof = 'contact' and confirmed_at < now() - interval '365 days'
                then confirmed_at + interval '365 days'
        end,
        consented_at,
        began_at
    ) as state_since
from notifications.bindings;
