"""What delivery adds leaves a text valid, says who is missing in any words, and the plain form loses nothing."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sancrm_notifications.text.delivery_notes import mark_repeat, name_missing, plain_text
from sancrm_notifications.text.markup import escape, one_line
from tests.tdlib import parsed, shown_text, utf16_length

REPEAT = "Возможный повтор: неизвестно, дошло ли это сообщение раньше."
HTML = '<b>Отчёт</b> &amp; <a href="https://crm.example.com/?a=1&amp;b=2">карточка</a>\n<pre>1 &lt; 2</pre>'
TEXT = "Отчёт & карточка\n1 < 2"
HOSTILE = ["<b>", "a & b", "&lt;", "</i>", "<i>", "\"'", "Центр\nСевер", "שלום", "😀" * 70, "x" * 5000, "A\u0301" * 99]
LABELS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=80)


def missing_words(missing: list[tuple[str, str]]) -> str:
    """Return the sentence that names what is missing, as it is shown."""
    return shown_text(name_missing("Отчёт", missing)).removeprefix("Отчёт\n\n")


def test_a_possible_repeat_is_said_above_the_text() -> None:
    assert shown_text(mark_repeat(HTML)) == f"{REPEAT}\n\n{TEXT}"
    assert mark_repeat("<p>Отчёт</p>", rich=True) == f"<p><i>{REPEAT}</i></p><p>Отчёт</p>"


def test_what_was_marked_keeps_its_own_markup() -> None:
    marked = parsed(mark_repeat(name_missing(HTML, [("Центр", "")])))
    kinds = [entity["type"]["@type"].removeprefix("textEntityType") for entity in marked["entities"]]
    assert kinds == ["Italic", "Bold", "TextUrl", "Pre", "Italic"]


def test_nothing_missing_adds_nothing() -> None:
    assert name_missing(HTML, []) == HTML
    assert name_missing("<p>Отчёт</p>", [], rich=True) == "<p>Отчёт</p>"


def test_the_missing_are_named_with_the_reason_where_it_is_known() -> None:
    missing = [("Центральный", "бот удалён из чата"), ("Север", "")]
    sentence = "Не доставлены отчёты: Центральный (бот удалён из чата); Север."
    assert shown_text(name_missing(HTML, missing)) == f"{TEXT}\n\n{sentence}"
    assert name_missing("<p>Отчёт</p>", missing, rich=True) == f"<p>Отчёт</p><p><i>{sentence}</i></p>"


@pytest.mark.parametrize("label", HOSTILE)
def test_a_hostile_name_is_shown_as_typed_on_one_line(label: str) -> None:
    words = missing_words([(label, "чат <не> найден")])
    assert one_line(label)[:60] in words
    assert "\n" not in words
    assert words.endswith(" (чат <не> найден).")


def test_a_long_list_is_cut_and_says_how_many_more() -> None:
    missing = [(f"Филиал {number:03}", "чат не найден") for number in range(1, 101)]
    words = missing_words(missing)
    named = words.count("(чат не найден)")
    assert 5 < named < 20
    assert words.endswith(f"Филиал {named:03} (чат не найден); ещё {100 - named}.")
    assert utf16_length(words) < 450


def test_a_list_that_just_fits_is_not_cut() -> None:
    assert "ещё" not in missing_words([("Ф" * 57, "")] * 6)


@settings(max_examples=300)
@given(st.lists(st.tuples(LABELS, st.sampled_from(["", "тема закрыта"])), min_size=1, max_size=60), st.booleans())
def test_any_names_leave_the_text_valid_and_the_note_short(missing: list[tuple[str, str]], rich: bool) -> None:
    text = mark_repeat(name_missing(HTML, missing, rich=False))
    added = utf16_length(shown_text(text)) - utf16_length(TEXT) - utf16_length(REPEAT)
    assert added < 450
    if rich:
        note = name_missing("", missing, rich=True)
        assert shown_text(note.removeprefix("<p>").removesuffix("</p>")) == missing_words(missing)


@settings(max_examples=300)
@given(LABELS)
def test_the_plain_form_is_what_the_html_shows(text: str) -> None:
    html = f"<b>{escape(text)}</b> <pre>{escape(text)}</pre>"
    assert plain_text(html) == shown_text(html)


def test_the_plain_form_of_broken_html_keeps_the_words() -> None:
    assert plain_text("<b>Отчёт <u>&amp; ещё</b>") == "Отчёт & ещё"


def test_links_stand_below_the_plain_form() -> None:
    links = [("Открыть в CRM", "https://crm.example.com/repairs/7?a=1&b=2"), ("Позвонить", "https://example.com")]
    assert plain_text(HTML, links) == (
        f"{TEXT}\nОткрыть в CRM: https://crm.example.com/repairs/7?a=1&b=2\nПозвонить: https://example.com"
    )


def test_a_link_that_does_not_fit_gives_way_to_the_news() -> None:
    news = "😀" * 2040
    assert plain_text(news, [("Открыть", "https://crm.example.com/"), ("О", "h://x.y")]) == f"{news}\nО: h://x.y"


def test_what_looks_like_a_declaration_is_text_in_the_plain_form():
    assert plain_text("<![a: <b>срочно</b>") == "<![a: срочно"
    assert plain_text("<!DOCTYPE x> <![1") == "<!DOCTYPE x> <![1"
