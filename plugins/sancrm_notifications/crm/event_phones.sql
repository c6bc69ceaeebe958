-- The numbers at which customers can be reached now.
--
-- grain:   one row per customer asked for and current phone
-- params:  customer_ids  bigint[]
-- reads:   reporting.customer_phones
-- order:   customer_id, phone
-- columns:
--   customer_id  bigint
--   phone        text    personal, as it was typed

select
    customer_id,
    phone
from reporting.customer_phones
where customer_id = any(%(customer_ids)s::bigint[]) and is_current
order by customer_id, phone
