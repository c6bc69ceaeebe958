-- What the generator of the demo CRM remembers, and the few functions that its statements share.
--
-- Everything random is a hash of a row's number and the seed, so the same settings give the same rows,
-- and a later run can add the days that are missing without changing those that are there.

create schema demo;

create table demo.settings (
    seed bigint not null,
    time_zone text not null,
    branches_count integer not null,
    repairs_per_day numeric not null, -- on a day of workload 1
    first_on date not null,
    made_on date not null, -- the last day of the first run
    closed_on date not null, -- when the branch that no longer works was closed
    details_since date not null, -- older repairs have totals, but neither lines nor a timeline
    as_of timestamptz not null, -- the data show the CRM at this instant
    refill_from date not null -- orders of earlier days are closed and stay as they are
);

-- Words to make names and reports of.
create table demo.words (
    kind text primary key,
    words text[] not null
);

-- How often each branch is met among the network's orders.
create table demo.branch_shares (
    branch_id bigint primary key,
    share integer not null
);

-- What repairs of a category cost and in which months they are asked for (January first).
create table demo.categories (
    category text primary key,
    price_from integer not null,
    price_to integer not null,
    month_shares integer[] not null
);

create table demo.rental_models (
    name text not null,
    daily_rate integer not null
);

-- The way of a repair through the statuses: after `fraction` of stage `stage` it gets the status.
create table demo.paths (
    path text not null,
    stage smallint not null,
    fraction double precision not null,
    status_id smallint not null
);

-- One row per day: how many orders come and which numbers they get.
create table demo.days (
    day date primary key,
    repairs_before bigint not null,
    repairs_count bigint not null,
    rentals_before bigint not null,
    rentals_count bigint not null,
    price_index double precision not null,
    open_branch_ids bigint[] not null, -- each as often as its share of the work
    device_model_ids integer[] not null -- each as often as its category is asked for this month
);

-- A number from [0, 1) that depends on both arguments only.
create function demo.draw(row_number bigint, salt bigint) returns double precision
language sql immutable parallel safe as $$
    select (hashint8extended(row_number, salt) & 9007199254740991) / 9007199254740992::double precision
$$;

-- An element of an array, each with the same chance: chance is from [0, 1).
create function demo.pick(choices text[], chance double precision) returns text
language sql immutable parallel safe as $$
    select choices[1 + floor(chance * cardinality(choices))::integer]
$$;

-- Two digits of a phone number.
create function demo.two_digits(chance double precision) returns text
language sql immutable parallel safe as $$
    select lpad(floor(100 * chance)::integer::text, 2, '0')
$$;

-- How much comes in on a day beside an average one.
create function demo.workload(day date) returns numeric
language sql immutable parallel safe as $$
    select
        ('{0.85, 0.85, 1.0, 1.2, 1.2, 1.1, 1.05, 1.05, 1.05, 1.0, 0.9, 0.8}'::numeric [])[extract(month from day)::integer]
        * ('{1.25, 1.15, 1.1, 1.1, 1.15, 0.9, 0.3}'::numeric [])[extract(isodow from day)::integer]
$$;

-- Seconds of opening time (nine to seven, six or seven days a week) since a Monday long ago: durations
-- that are added in this measure never end at night or on a closed Sunday.
create function demo.working_seconds(
    day date, days_a_week integer, second_of_day double precision
) returns bigint
language sql immutable parallel safe as $$
    select
        ((day - date '1990-01-01') / 7 * days_a_week + least((day - date '1990-01-01') % 7, days_a_week))::bigint * 36000
        + second_of_day::bigint
$$;

create function demo.instant(working_seconds bigint, days_a_week integer, time_zone text) returns timestamptz
language sql stable parallel safe as $$
    select (
        date '1990-01-01'
        + (working_seconds / 36000 / days_a_week * 7 + working_seconds / 36000 % days_a_week)::integer
        + time '09:00'
        + working_seconds % 36000 * interval '1 second'
    ) at time zone time_zone
$$;
