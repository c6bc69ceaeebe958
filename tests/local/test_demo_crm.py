"""The demo CRM: the same data for the same arguments, to be believed, to be continued, to be reported on fast."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from local import demo_crm
from local.demo_crm import DemoCrm, DemoSize
from sancrm_notifications.contract import check, switched_off

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import Databases

SMALL = DemoSize(repairs=4_000, branches=3, days=400, until=date(2026, 10, 31))
TABLES = (
    "branches",
    "customers",
    "repairs",
    "repair_services",
    "repair_parts",
    "status_changes",
    "tools",
    "rentals",
    "fixed_costs",
    "backups",
)


def _create_small(connection: psycopg.Connection) -> None:
    DemoCrm(connection).create(SMALL)


@pytest.fixture
def dsn(databases: Databases) -> str:
    return databases.create(databases.template("small_demo_crm", _create_small))


@pytest.fixture
def connection(dsn: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(dsn) as connection:
        yield connection


def _one(connection: psycopg.Connection, query: str) -> Any:
    row = connection.execute(query).fetchone()
    assert row is not None
    return row[0]


def _contents(connection: psycopg.Connection) -> dict[str, str]:
    """A digest of each table, whatever the order of its rows."""
    digests = {
        table: _one(connection, f"select md5(string_agg(t::text, '/' order by t::text)) from crm.{table} as t")
        for table in TABLES
    }
    assert all(digests.values())
    return digests


def test_the_contract_is_met(connection):
    assert check(connection) == []


def test_the_same_arguments_give_the_same_data_and_another_seed_other_data(databases, connection):
    with psycopg.connect(databases.create()) as other:
        _create_small(other)
        assert _contents(other) == _contents(connection)
        DemoCrm(other).drop()
        DemoCrm(other).create(DemoSize(repairs=4_000, branches=3, days=400, until=date(2026, 10, 31), seed=2))
        assert _contents(other)["repairs"] != _contents(connection)["repairs"]


def test_as_many_repairs_and_working_branches_as_asked_for(connection):
    assert _one(connection, "select count(*) from reporting.repairs") == 4_000
    assert _one(connection, "select count(*) from reporting.branches where is_active") == 3
    assert _one(connection, "select count(*) from reporting.branches where not is_active") == 1


def test_a_later_start_adds_the_missing_days_and_changes_nothing_that_was_closed(databases, connection):
    closed = "where coalesce(completed_at, rejected_at) < '2026-10-25'"
    before = connection.execute(f"select * from crm.repairs {closed} order by repair_id").fetchall()
    crm = DemoCrm(connection)
    crm.extend(date(2026, 11, 5))
    assert connection.execute(f"select * from crm.repairs {closed} order by repair_id").fetchall() == before != []
    newest = _one(connection, "select max(created_at at time zone 'Europe/Moscow')::date from reporting.repairs")
    assert newest == date(2026, 11, 5)
    assert check(connection) == []

    once = _contents(connection)
    crm.extend(date(2026, 11, 5))
    crm.extend(date(2026, 10, 1))
    assert _contents(connection) == once

    # in one step or in five, the same repairs with the same lines and the same way through the statuses
    in_one = psycopg.connect(databases.create("small_demo_crm"))
    with in_one:
        for day in range(1, 6):
            DemoCrm(in_one).extend(date(2026, 11, day))
        assert _contents(in_one) == once


def test_nothing_happens_in_the_future(databases):
    with psycopg.connect(databases.create()) as today:
        DemoCrm(today).create(DemoSize(repairs=300, branches=1, days=30))
        newest = _one(
            today,
            """
            select greatest(
                (select max(created_at) from crm.repairs),
                (select max(completed_at) from crm.repairs),
                (select max(changed_at) from crm.status_changes),
                (select max(started_at) from crm.rentals),
                (select max(finished_at) from crm.backups)
            ) - now()
            """,
        )
        assert newest.total_seconds() <= 0
        assert _one(today, "select now() - max(started_at) < interval '26 hours' from reporting.backups")


def test_totals_are_the_sums_of_their_lines(connection):
    query = """
        select count(*), count(*) filter (
            where services_total = (select sum(amount) from crm.repair_services s where s.repair_id = r.repair_id)
            and parts_total = coalesce(parts.sale, 0)
            and parts_cost is not distinct from parts.purchase
        )
        from crm.repairs r
        cross join lateral (
            select sum(sale_amount) as sale, sum(purchase_amount) as purchase
            from crm.repair_parts p where p.repair_id = r.repair_id
        ) as parts
        where services_total is not null
    """
    repairs, with_equal_sums = connection.execute(query).fetchone()
    assert repairs == with_equal_sums > 3_000


def test_the_timeline_ends_with_the_repairs_status(connection):
    query = """
        select count(*), count(*) filter (where (last.status_id, last.changed_at) = (r.status_id, r.status_changed_at))
        from crm.repairs r
        left join lateral (
            select * from crm.status_changes c where c.repair_id = r.repair_id
            order by changed_at desc, status_id desc limit 1
        ) as last on true
    """
    repairs, with_this_status = connection.execute(query).fetchone()
    assert repairs == with_this_status == 4_000


def test_a_tool_is_never_out_twice_at_a_time(connection):
    query = """
        select count(*) from crm.rentals a join crm.rentals b using (tool_id)
        where a.rental_id < b.rental_id and b.started_at < coalesce(a.completed_at, 'infinity')
    """
    assert _one(connection, query) == 0


def test_an_owner_would_believe_it(connection):
    moscow = "completed_at at time zone 'Europe/Moscow'"
    closed_branch, branch_closed_on = connection.execute(
        "select branch_id, closed_on from crm.branches where closed_on is not null"
    ).fetchone()
    facts = {
        "opening hours": f"""
            select min(({moscow})::time) >= '09:00' and max(({moscow})::time) < '19:00' from crm.repairs""",
        "weak Sundays": f"""
            select count(*) filter (where extract(isodow from {moscow}) = 7) * 9 < count(*) from crm.repairs""",
        "Sundays off": f"""
            select count(*) = 0 from crm.repairs join crm.branches using (branch_id)
            where not works_on_sunday and extract(isodow from {moscow}) = 7""",
        "mowers in summer": """
            select count(*) > 20 and bool_and(extract(month from created_at) not in (12, 1, 2))
            from reporting.repairs where device_category = 'Газонокосилка'""",
        "prices": """
            select percentile_cont(0.5) within group (order by revenue) between 1500 and 3500
            from reporting.repairs""",
        "cost unknown, rarely": """
            select count(*) filter (where parts_cost is null) between 1 and count(*) / 20
            from reporting.repairs where completed_at is not null""",
        "a closed branch takes nothing in": f"""
            select count(*) > 0 and max(created_at) < '{branch_closed_on}'::timestamptz + interval '1 day'
            from crm.repairs where branch_id = {closed_branch}""",
        "repairs that wait for a call": """
            select count(*) > 0 and bool_and(status in ('Готов', 'Подбор', 'На согласовании'))
            from reporting.repairs where needs_callback""",
        "phones that are none": "select count(*) > 0 from crm.customers where phone !~ '[0-9]{2}'",
        "every month has its costs": f"""
            select min(items) = 3 * 5 + 4 and count(*) = 14 from (
                select count(*) as items from crm.fixed_costs
                where branch_id is distinct from {closed_branch} group by month
            ) as months""",
        "a failed backup, made good": """
            select bool_or(status = 'failed') and (array_agg(status order by started_at desc))[1] = 'succeeded'
            from reporting.backups""",
        "a profit": """
            select (
                select sum(revenue) - sum(parts_cost) from reporting.repairs
                where completed_at >= '2026-09-01' and completed_at < '2026-10-01'
            ) between 0.5 * sum(amount) and 3 * sum(amount)
            from reporting.fixed_costs where month = '2026-09-01'""",
    }
    assert [name for name, query in facts.items() if not _one(connection, query)] == []


def test_forty_branches_have_distinct_names_and_prefixes(databases):
    with psycopg.connect(databases.create()) as many:
        DemoCrm(many).create(DemoSize(repairs=2_000, branches=190, days=10, until=date(2026, 10, 31)))
        counts = many.execute("select count(*), count(distinct name), count(distinct code_prefix) from crm.branches")
        assert counts.fetchone() == (191, 191, 191)


def test_repairs_per_day_do_not_depend_on_the_size(databases):
    def last_week(repairs: int) -> int:
        with psycopg.connect(databases.create()) as connection:
            size = DemoSize(repairs=repairs, repairs_per_day=50, details_days=5, until=date(2026, 10, 31))
            DemoCrm(connection).create(size)
            total = _one(connection, "select count(*) from crm.repairs")
            assert repairs <= total < repairs + 80
            return int(_one(connection, "select count(*) from crm.repairs where created_at >= '2026-10-25 00:00+03'"))

    assert last_week(1_000) == pytest.approx(last_week(3_000), abs=2)


def test_the_day_is_found_by_an_index_through_the_view(connection):
    connection.execute("set enable_seqscan = off")
    for query in (
        "select sum(revenue) from reporting.repairs where completed_at >= '2026-10-30' and completed_at < '2026-10-31'",
        "select completed_at from reporting.repairs where completed_at <= now() order by completed_at desc limit 1",
        "select created_at from reporting.repairs where created_at <= now() order by created_at desc limit 1",
        "select sum(revenue) from reporting.rentals where completed_at >= '2026-10-30' and completed_at < '2026-10-31'",
        "select repair_id from reporting.repairs where needs_callback and status = any('{Готов,Подбор}')",
    ):
        plan = "\n".join(row[0] for row in connection.execute(f"explain {query}"))
        assert "Index" in plan
        assert not any(table in plan for table in ("customers", "Seq Scan on repairs", "Seq Scan on rentals"))


def test_the_command_creates_then_continues(databases, capsys):
    dsn = databases.create()
    options = ["--repairs", "200", "--days", "20", "--branches", "2", "--until"]
    demo_crm.main([dsn, *options, "2026-10-31"])
    demo_crm.main([dsn, *options, "2026-11-02"])
    assert capsys.readouterr().out.count("done: the demo CRM shows") == 2
    with psycopg.connect(dsn) as connection:
        assert _one(connection, "select count(*) from crm.repairs") > 200
        newest = _one(connection, "select max(created_at at time zone 'Europe/Moscow')::date from crm.repairs")
        assert newest == date(2026, 11, 2)


def test_what_cannot_be_generated_is_refused_in_a_sentence(capsys):
    with pytest.raises(SystemExit):
        demo_crm.main(["dbname=none", "--branches", "500"])
    assert "The demo CRM can have 1 to 190 branches, not 500." in capsys.readouterr().err


def test_clients_are_shown_with_repairs_of_theirs(connection):
    assert switched_off(connection) == []
    assert _one(
        connection,
        """select count(*) > 20 from reporting.repairs as repairs
        inner join reporting.customer_phones as phones on repairs.customer_id = phones.customer_id
        where repairs.closed_at is null and repairs.status_group <> 'closed_success'""",
    )
    assert _one(connection, "select bool_and(due_at > started_at) from reporting.rentals")


def test_every_status_of_the_last_two_months_is_an_event_that_follows_the_one_before(connection):
    assert _one(connection, "select count(*) > 500 from reporting.repair_events where kind = 'status'")
    assert _one(connection, "select count(*) > 10 from reporting.repair_events where kind = 'comment'")
    unlike = """
        select count(*) from (
            select old_status, lag(new_status) over (partition by repair_id order by occurred_at, event_id) as former
            from reporting.repair_events where kind <> 'comment'
        ) as events where former is not null and old_status <> former
    """
    assert _one(connection, unlike) == 0
    last = """
        select count(*) from reporting.repairs as repairs
        inner join lateral (
            select new_status from reporting.repair_events as events
            where events.repair_id = repairs.repair_id and kind <> 'comment'
            order by occurred_at desc, event_id desc limit 1
        ) as events on true where events.new_status <> repairs.status
    """
    assert _one(connection, last) == 0


def test_a_crm_that_had_no_events_gets_them_when_it_is_brought_up_to_date(connection):
    connection.execute("drop view reporting.repair_events; drop table crm.repair_events")
    DemoCrm(connection).extend(date(2026, 11, 5))
    assert _one(connection, "select count(*) > 500 from reporting.repair_events")
    assert switched_off(connection) == []
