-- What a schema shows of some relations.
--
-- grain:   one row per column of each relation that is there; one with nulls for a relation without columns
-- params:  schema_name     text
--          relation_names  text[]
-- reads:   the system catalogue, which everyone may read
-- order:   relation, column position
-- columns:
--   relation_name   text
--   column_name     text     null for a relation without columns, as the next three
--   type_name       text     as in pg_type; of a domain, the type below it
--   type_modifier   integer  as in pg_attribute
--   type_words      text     as PostgreSQL writes it
--   may_use_schema  boolean
--   may_select      boolean  this column, by the connected role

with

columns as (
    select
        pg_attribute.attrelid,
        pg_attribute.attnum,
        pg_attribute.attname,
        case when pg_type.typtype = 'd' then pg_type.typbasetype else pg_type.oid end as type_oid,
        case
            when pg_type.typtype = 'd' then pg_type.typtypmod
            else pg_attribute.atttypmod
        end as type_modifier
    from pg_catalog.pg_attribute
    inner join pg_catalog.pg_type on pg_attribute.atttypid = pg_type.oid
    where
        pg_attribute.attnum > 0
        and not pg_attribute.attisdropped
)

-- The columns stand in the header's order.
select -- noqa: ST06
    pg_class.relname::text as relation_name,
    columns.attname::text as column_name,
    pg_type.typname::text as type_name,
    columns.type_modifier,
    format_type(pg_type.oid, columns.type_modifier) as type_words,
    has_schema_privilege(pg_namespace.oid, 'usage') as may_use_schema,
    case
        when columns.attnum is null then has_table_privilege(pg_class.oid, 'select')
        else has_column_privilege(pg_class.oid, columns.attnum, 'select')
    end as may_select
from pg_catalog.pg_class
inner join pg_catalog.pg_namespace on pg_class.relnamespace = pg_namespace.oid
left join columns on pg_class.oid = columns.attrelid
left join pg_catalog.pg_type on columns.type_oid = pg_type.oid
where
    pg_namespace.nspname = %(schema_name)s::text
    and pg_class.relname = any(%(relation_names)s::text[])
    -- tables, partitioned ones, views, materialized views, foreign tables
    and pg_class.relkind in ('r', 'p', 'v', 'm', 'f')
order by
    pg_class.relname,
    columns.attnum
