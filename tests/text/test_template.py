"""What the office may write: what works, what is refused with line and cause, and that nothing else gets through."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sancrm_notifications.text.limits import PART_LIMIT
from sancrm_notifications.text.markup import visible_length
from sancrm_notifications.text.template import LONGEST_SOURCE, Name, TemplateError, parse
from tests.tdlib import parsed

NAMES = {
    "code": Name("text", "номер ремонта", "A-12841"),
    "to_pay": Name("text", "к оплате", "1 200 ₽"),
    "days": Name("number", "сколько дней ждёт", 3),
    "is_open": Name("flag", "открыто ли сейчас", example=True),
    "address": Name("text", "адрес", None),
}
HOSTILE = "</b><a href='javascript:alert(1)'>{{ code }}&lt;script&gt; \u202e\n'\"{% if"


def rendered(source: str, **values: str | float | bool | None) -> str:
    return parse(source, NAMES).render({"code": "A-1", **values})  # type: ignore[dict-item]


def test_values_conditions_and_comparisons_work():
    source = (
        "<b>Ремонт {{ code }}</b>\n"
        "{% if to_pay %}\nК оплате {{ to_pay }}.\n{% endif %}\n"
        "{% if days > 7 and not is_open %}\nДавно ждёт.\n"
        "{% elif days == 1 %}\nСо вчера.\n{% else %}\nЖдёт {{ days }} дн.\n{% endif %}\n"
        "{{ address or 'Адрес на квитанции' }}"
    )
    assert rendered(source, to_pay="5 ₽", days=8, is_open=False).replace("\u00a0", " ") == (
        "<b>Ремонт A-1</b>\nК оплате 5 ₽.\nДавно ждёт.\nАдрес на квитанции"
    )
    assert "Со\u00a0вчера." in rendered(source, days=1)
    assert "Ждёт 2 дн." in rendered(source, days=2, is_open=True)
    assert "К оплате" not in rendered(source, days=2)


def test_lines_that_a_condition_leaves_out_leave_no_hole():
    assert rendered("Один\n\n{% if to_pay %}\nдва\n{% endif %}\n\nтри {{ code }}") == "Один\n\nтри A-1"


def test_a_line_of_words_that_ends_with_a_condition_ends_there():
    source = "{% if code %}Номер {{ code }}{% endif %}\n{% if to_pay %}К оплате{% else %}Оплачено{% endif %}\nЖдём"
    assert rendered(source, to_pay="5 ₽").replace("\u00a0", " ") == "Номер A-1\nК оплате\nЖдём"
    assert rendered("{% if code %}{% if code %}\nДа\n{% endif %}{% endif %}\nЖдём") == "Да\nЖдём"


@pytest.mark.parametrize(
    ("source", "line", "cause"),
    [
        ("{{ 'a' * 10**9 }}", 1, "вычисление"),
        ("да\n{{ code|safe }}", 2, "фильтр"),
        ("{{ code|center(1000000000) }}", 1, "фильтр"),
        ("{% for a in range(10) %}{% endfor %}", 1, "цикл for"),
        ("{{ code.__class__ }}", 1, "точка"),
        ("{{ code['x'] }}", 1, "квадратные"),
        ("{{ range(9) }}", 1, "вызов"),
        ("{{ code ~ code }}", 1, "склейка"),
        ("{{ 1 if code else 2 }}", 1, "if внутри"),
        ("{{ [code] }}", 1, "список"),
        ("{{ code is defined }}", 1, "проверка is"),
        ("{{ -days }}", 1, "вычисление"),
        ("{% set code = 1 %}x", 1, "здесь не работает"),
        ("{% include 'x' %}", 1, "здесь не работает"),
        ("{% if 'a' in code %}x{% endif %}", 1, "сравнивать можно"),
        ("\n\n{{ kode }}", 3, "нет значения kode"),
        ("{{ name }}", 1, "есть address, code"),
        ("{% if code > 3 %}x{% endif %}", 1, "code не число"),
        ("{{ 1.5 }}", 1, "целым"),
        ("{{ " + "9" * 40 + " }}", 1, "целым"),
        ("{% if code %}x", 1, "не удаётся прочитать: условие {% if … %} не закрыто: не хватает {% endif %}"),
        ("a\n{{ code", 2, "не удаётся прочитать: {{ не закрыто: не хватает }}"),
        ("{{ ", 1, "не закрыто"),
        ("{% if code", 1, "{% не закрыто"),
        ("{{ }}", 1, "между {{ и }} пусто"),
        ("{{ code } }", 1, "нужно }}"),
        ("{{ (code }}", 1, "нужно }}"),
        ("{{ code tool }}", 1, "лишнее: «tool»"),
        ("{{ «code» }}", 1, "лишний знак: «"),
        ("{{ 'code }}", 1, "лишний знак: '"),
        ("{{ code) }}", 1, "лишнее: «)»"),
        ("{% if code = 1 %}x{% endif %}", 1, "двумя знаками: =="),
        ("{% if code tool %}x{% endif %}", 1, "в условии лишнее: «tool»"),
        ("{% if %}x{% endif %}", 1, "условие не дописано"),
        ("{% if code and %}x{% endif %}", 1, "условие не дописано"),
        ("{% if code %}a{% else %}b{% else %}c{% endif %}", 1, "лишнее {% else %}"),
        ("{% elif code %}", 1, "вне условия"),
        ("x\n{% endif %}", 2, "лишнее {% endif %}"),
        ("{% if code %}x{% endiff %}", 1, "команды {% endiff … %} нет"),
        ("{% %}", 1, "нет команды"),
        ("{# x", 1, "пометка {# не закрыта"),
        ("{% raw %}x", 1, "не удаётся прочитать: Missing end of raw directive"),
        ("a\n{ code }}", 2, "«}}» без пары"),
        ("{{ code }} %}", 1, "«%}» без пары"),
        ("{% if code %}a\n{code}{% endif %}", 2, "«{code}» так и уйдёт: скобок нужно по две"),
        ("{{ " + "(" * 3000 + " }}", 0, "не удаётся прочитать"),
        ("{{ " + "not " * 11 + "code }}", 1, "вложено глубже"),
        ("{% if code %}" * 11 + "x" + "{% endif %}" * 11, 1, "вложено глубже"),
        ("а" * (LONGEST_SOURCE + 1), 0, "длиннее"),
        ("а" * (PART_LIMIT + 1), 0, "больше одного сообщения"),
        ("{% if not code %}x{% endif %}", 0, "ничего не остаётся"),
        ("<b>x", 1, "не закрыт"),
        ("<b>x{% if code %}</b>{% endif %}", 1, "лишний </b>"),
        ("x\n</b>", 2, "лишний"),
        ("<b><i>x</b></i>", 1, "сначала закройте <i>"),
        ("<script>x</script>", 1, "у Telegram нет"),
        ("<b onclick='x'>x</b>", 1, "не может быть"),
        ("<img src=x>", 1, "у Telegram нет"),
        ("1 < 2", 1, "&lt;"),
        ("Рога & копыта", 1, "&amp;"),
        ("<a>x</a>", 1, "ссылка пишется"),
        ("<a href='javascript:alert(1)'>x</a>", 1, "не откроется"),
        ("<a href='http://localhost/'>x</a>", 1, "не откроется"),
        ("<a href='https://example.org/{{ code }}'>x</a>", 1, "внутри тега"),
        ("<b {{ code }}>x</b>", 1, "внутри тега"),
    ],
)
def test_what_it_may_not_hold_is_refused_with_line_and_cause(source, line, cause):
    with pytest.raises(TemplateError) as fault:
        parse(source, NAMES)
    assert fault.value.line == line
    assert cause in fault.value.cause


@given(st.text(max_size=300))
def test_no_value_gets_out_of_its_place(said):
    html = rendered("<b>{{ code }}</b> · <i>{{ to_pay }}</i>!", code=said, to_pay=HOSTILE)
    read = parsed(html)
    assert "javascript" in read["text"]
    assert {entity["type"]["@type"] for entity in read["entities"]} <= {"textEntityTypeBold", "textEntityTypeItalic"}


PIECES = st.sampled_from(
    [
        "{{ code }}", "{{ days }}", "{{", "}}", "{% if code %}", "{% else %}", "{% elif days > 2 %}", "{% endif %}",
        "<b>", "</b>", "<i>", "</i>", "<a href=\"https://example.org\">", "</a>", "<", "&", "слово ", "\n", "|safe",
        "{# x #}", "{% raw %}", "{% endraw %}", "{{ 'a' }}", "{{ code == 'x' and days }}", "'", "*9",
    ]
)  # fmt: skip


@given(st.lists(PIECES, max_size=12).map("".join), st.text(max_size=20), st.integers(-3, 9))
def test_whatever_is_taken_telegram_takes_too(source, said, days):
    try:
        html = parse(source, NAMES).render({"code": said, "days": days})
    except TemplateError:
        return
    assert visible_length(html) <= PART_LIMIT
    parsed(html)
