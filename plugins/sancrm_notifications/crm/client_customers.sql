-- Customers whose phone may be one of these numbers: what was typed is compared by who asks.
--
-- grain:   one row per customer and current phone
-- params:  phone_digits  text[]  the last ten digits of each way to type a number
-- reads:   reporting.customer_phones
-- order:   none
-- columns:
--   customer_id  bigint
--   phone        text    personal, as it was typed
--
-- A column that the CRM does not show is taken from «absent», where it is null: names are looked for in the
-- inner query first. Without phone_digits all phones are read.

select
    phones.customer_id,
    phones.phone
from (values (null::text)) as absent (phone_digits)
cross join
    lateral ( -- noqa: ST05
        (
            select
                customer_id,
                phone
            from reporting.customer_phones
            where is_current and phone_digits = any(%(phone_digits)s::text[])
            limit 1000 -- noqa: AM09
        )
        union all
        (
            select
                customer_id,
                phone
            from reporting.customer_phones
            where
                is_current
                and phone_digits is null
                and right(regexp_replace(phone, '\D', '', 'g'), 10) = any(%(phone_digits)s::text[])
            limit 1000 -- noqa: AM09
        )
    ) as phones
