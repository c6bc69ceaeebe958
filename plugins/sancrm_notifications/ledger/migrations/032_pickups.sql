-- Reminders of repairs that wait to be collected, and who has said that they come.

create table notifications.pickup_reminders (
    repair_id bigint not null,
    -- the first, the second …
    number integer not null check (number > 0),
    reminded_at timestamptz not null default clock_timestamp(),
    -- a person has refused to have so many reminded: nothing was sent, and nothing will be
    is_refused boolean not null default false,
    primary key (repair_id, number)
);

-- «Понял, приду»: no reminder comes after it.
create table notifications.pickup_promises (
    repair_id bigint not null,
    message_id bigint not null references notifications.messages,
    promised_at timestamptz not null default clock_timestamp(),
    primary key (repair_id, message_id)
);

alter table notifications.switches
add column remind_after_days integer check (remind_after_days between 1 and 60),
add column most_reminders integer check (most_reminders between 1 and 3),
drop constraint switches_check1,
add constraint switches_say_one_thing check (
    num_nonnulls(is_on, quiet_from, remind_after_days) = 1
    and (remind_after_days is null) = (most_reminders is null)
) not valid;
