-- Whether the relations of the source contract are there, complete and readable.
--
-- grain:   one row
-- params:  relations  text[]  those that the DAG reads; of the others nothing is said
-- reads:   pg_catalog.pg_namespace, pg_catalog.pg_class, pg_catalog.pg_attribute
-- order:   none, there is one row
-- columns:
--   verdict  text  ok, or in words: every relation or column that is missing or may not be read
--
-- Only the catalogs are read, so that a missing schema too is a sentence and not an error. Types, uniqueness
-- and values are the business of python -m sancrm_notifications.contract.

with

expected (relation, column_names) as (
    values
    (
        'branches',
        array['branch_id', 'name', 'code_prefix', 'is_active']
    ),
    (
        'repairs',
        array[
            'repair_id', 'number', 'code', 'branch_id', 'status', 'needs_callback', 'device_category',
            'device_brand', 'device_model', 'customer_name', 'customer_phone', 'created_at',
            'status_changed_at', 'completed_at', 'revenue', 'parts_cost'
        ]
    ),
    (
        'rentals',
        array['rental_id', 'branch_id', 'started_at', 'completed_at', 'revenue']
    ),
    (
        'fixed_costs',
        array['branch_id', 'month', 'item', 'amount']
    ),
    (
        'backups',
        array['backup_id', 'database_name', 'started_at', 'finished_at', 'status', 'error', 'size_bytes']
    )
),

present as (
    select
        pg_class.relname as relation,
        pg_class.oid as relation_oid,
        has_schema_privilege(pg_namespace.oid, 'usage') and has_table_privilege(pg_class.oid, 'select')
            as is_readable
    from pg_catalog.pg_class
    inner join pg_catalog.pg_namespace on pg_class.relnamespace = pg_namespace.oid
    where
        pg_namespace.nspname = 'reporting'
        and pg_class.relkind in ('r', 'p', 'v', 'm', 'f')
),

missing_columns as (
    select
        expected.relation,
        string_agg(required.column_name, ', ' order by required.position) as column_names
    from expected
    inner join present on expected.relation = present.relation
    cross join unnest(expected.column_names) with ordinality as required (column_name, position)
    left join pg_catalog.pg_attribute
        on
            present.relation_oid = pg_attribute.attrelid
            and required.column_name = pg_attribute.attname
    where pg_attribute.attname is null
    group by expected.relation
),

faults as (
    select
        expected.relation,
        case
            when present.relation is null then 'is missing'
            when not present.is_readable then 'may not be read by ' || current_user
            when missing_columns.relation is not null then 'has no ' || missing_columns.column_names
        end as fault
    from expected
    left join present on expected.relation = present.relation
    left join missing_columns on expected.relation = missing_columns.relation
)

select
    coalesce(
        'The source contract is broken: '
        || string_agg('reporting.' || relation || ' ' || fault, '; ' order by relation)
        || '. Create, grant or repair these views, then clear this task.',
        'ok'
    ) as verdict
from faults
where
    fault is not null
    and relation = any(%(relations)s::text[])
