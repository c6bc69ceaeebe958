-- Branches of the demo CRM: as many as the settings say, and one more that was closed, with its history.
--
-- A city meets each of its streets once, so names are distinct up to 24 × 8 branches.

with cities (city_number, city, letters) as (
    values
    (0, 'Тула', 'TL'), (1, 'Калуга', 'KL'), (2, 'Рязань', 'RZ'), (3, 'Владимир', 'VL'), (4, 'Тверь', 'TV'),
    (5, 'Ярославль', 'YR'), (6, 'Москва', 'MS'), (7, 'Воронеж', 'VR'), (8, 'Липецк', 'LP'), (9, 'Орёл', 'OR'),
    (10, 'Курск', 'KU'), (11, 'Белгород', 'BL'), (12, 'Брянск', 'BR'), (13, 'Смоленск', 'SM'),
    (14, 'Тамбов', 'TB'), (15, 'Пенза', 'PN'), (16, 'Иваново', 'IV'), (17, 'Кострома', 'KS'),
    (18, 'Вологда', 'VO'), (19, 'Нижний Новгород', 'NN'), (20, 'Казань', 'KZ'), (21, 'Чебоксары', 'CB'),
    (22, 'Санкт-Петербург', 'SP'), (23, 'Великий Новгород', 'VN')
),

streets (street_number, street) as (
    values
    (0, 'ул. Ленина'), (1, 'ул. Гагарина'), (2, 'пр. Мира'), (3, 'ул. Кирова'), (4, 'Московское шоссе'),
    (5, 'ул. Советская'), (6, 'ул. Октябрьская'), (7, 'ул. Заводская')
),

numbers as (
    select
        settings.closed_on,
        branch_id,
        (branch_id - 1) % 24 as city_number,
        (branch_id - 1) / 24 as round_number,
        branch_id > settings.branches_count as is_closed
    from demo.settings as settings
    cross join generate_series(1, settings.branches_count + 1) as branch_id
)

insert into crm.branches (branch_id, name, city, code_prefix, works_on_sunday, closed_on)
select
    numbers.branch_id,
    cities.city || ', ' || streets.street as name,
    cities.city,
    cities.letters
    || case when numbers.round_number > 0 then (numbers.round_number + 1)::text else '' end as code_prefix,
    numbers.branch_id % 3 = 1 as works_on_sunday,
    case when numbers.is_closed then numbers.closed_on end as closed_on
from numbers
inner join cities on numbers.city_number = cities.city_number
inner join streets on (numbers.city_number + numbers.round_number) % 8 = streets.street_number
order by numbers.branch_id;

insert into demo.branch_shares (branch_id, share)
select
    branches.branch_id,
    2 + floor(4 * demo.draw(branches.branch_id, settings.seed * 1000 + 900))::integer as share
from demo.settings as settings
cross join crm.branches as branches;

-- A tool comes round again after twenty average days of rentals, so it is never out twice at a time.
insert into crm.tools (tool_id, branch_id, name, inventory_number, daily_rate)
with models as (
    select
        name,
        daily_rate,
        row_number() over (order by name) as model_number,
        count(*) over () as models_count
    from demo.rental_models
)

select
    tool_id,
    1 + floor(settings.branches_count * demo.draw(tool_id, settings.seed * 1000 + 901))::bigint as branch_id,
    models.name,
    'ПР-' || lpad(tool_id::text, 5, '0') as inventory_number,
    models.daily_rate
from demo.settings as settings
cross join generate_series(1, greatest(40, ceil(settings.repairs_per_day * 0.4 * 20))::integer) as tool_id
inner join models on tool_id % models.models_count + 1 = models.model_number
order by tool_id;
