-- Customers of the demo CRM: every other repair brings a new one, named and reached as people write it.

insert into crm.customers (customer_id, name, phone, registered_at)
with words as (
    select
        max(words) filter (where kind = 'company') as companies,
        max(words) filter (where kind = 'his surname') as his_surnames,
        max(words) filter (where kind = 'his name') as his_names,
        max(words) filter (where kind = 'his father') as his_fathers,
        max(words) filter (where kind = 'her surname') as her_surnames,
        max(words) filter (where kind = 'her name') as her_names,
        max(words) filter (where kind = 'her father') as her_fathers,
        max(words) filter (where kind = 'no phone') as no_phones
    from demo.words
),

known as (
    select coalesce(max(customer_id), 0) as customers_count
    from crm.customers
),

newcomers as (
    select
        repairs.customer_id,
        repairs.created_at,
        demo.draw(repairs.customer_id, settings.seed * 1000 + 31) as kind,
        demo.draw(repairs.customer_id, settings.seed * 1000 + 32) as last,
        demo.draw(repairs.customer_id, settings.seed * 1000 + 33) as name,
        demo.draw(repairs.customer_id, settings.seed * 1000 + 34) as father,
        demo.draw(repairs.customer_id, settings.seed * 1000 + 35) as spelling,
        900 + floor(100 * demo.draw(repairs.customer_id, settings.seed * 1000 + 36)) as area,
        -- subscriber numbers that begin with 000 are given to nobody
        demo.two_digits(demo.draw(repairs.customer_id, settings.seed * 1000 + 37)) as digits,
        demo.two_digits(demo.draw(repairs.customer_id, settings.seed * 1000 + 38)) as last_digits
    from demo.settings as settings
    cross join known
    inner join crm.repairs as repairs on known.customers_count * 2 < repairs.repair_id
    where repairs.repair_id % 2 = 1
    offset 0 -- noqa: AM09
)

select
    newcomers.customer_id,
    case
        when kind < 0.04 then demo.pick(companies, name)
        when kind < 0.80
            then concat_ws(
                ' ', demo.pick(his_surnames, last), demo.pick(his_names, name), demo.pick(his_fathers, father)
            )
        else concat_ws(
            ' ', demo.pick(her_surnames, last), demo.pick(her_names, name), demo.pick(her_fathers, father)
        )
    end as name,
    case
        when spelling < 0.40 then '+7 (' || area || ') 000-' || digits || '-' || last_digits
        when spelling < 0.65 then '8' || area || '000' || digits || last_digits
        when spelling < 0.80 then '+7' || area || '000' || digits || last_digits
        when spelling < 0.90 then '8-' || area || '-000-' || digits || '-' || last_digits
        when spelling < 0.96 then area || ' 000 ' || digits || ' ' || last_digits
        when spelling < 0.99 then demo.pick(no_phones, father)
    end as phone,
    newcomers.created_at as registered_at
from newcomers
cross join words;
