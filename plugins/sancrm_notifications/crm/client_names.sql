-- What customers are called, and whether the CRM knows that they want no messages.
--
-- grain:   one row per customer asked for that the CRM has
-- params:  customer_ids  bigint[]
-- reads:   reporting.customers
-- order:   customer_id
-- columns:
--   customer_id       bigint
--   name              text     personal
--   messages_allowed  boolean  null: not known

select
    customer_id,
    name,
    messages_allowed
from reporting.customers
where customer_id = any(%(customer_ids)s::bigint[])
order by customer_id
