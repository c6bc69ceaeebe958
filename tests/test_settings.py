"""The Variable's every field is explained, and a wrong one is named so that a person can put it right."""

from __future__ import annotations

import json

import pytest

from sancrm_notifications.settings import VARIABLE, BranchChat, Limits, Settings, SettingsError, parse

TOKEN = "123456789:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-bc"


@pytest.mark.parametrize("model", [Settings, BranchChat, Limits])
def test_every_field_is_explained_and_optional(model):
    fields = model.model_fields
    assert fields
    assert [name for name, field in fields.items() if not field.description] == []
    required = [name for name, field in fields.items() if field.is_required()]
    assert required == (["chat_id"] if model is BranchChat else [])


@pytest.mark.parametrize("text", [None, "", " \n", "{}"])
def test_no_variable_or_an_empty_one_means_the_defaults(text):
    assert parse(text) == Settings()


def test_defaults_are_what_the_readme_promises():
    settings = Settings()
    assert (settings.sending, settings.rich, settings.whole_roubles) == (True, "auto", False)
    assert (settings.report_lateness_hours, settings.report_keep_days, settings.summary_wait_minutes) == (24, 30, 10)
    assert settings.branch_chats == {}


@pytest.mark.parametrize("chat_id", ["-1001234567890", -1001234567890])
def test_a_branchs_chat_is_found_by_number_however_its_id_is_written(chat_id):
    text = json.dumps({"branch_chats": {"7": {"chat_id": chat_id, "message_thread_id": 5}}})
    assert parse(text).branch_chats == {7: BranchChat(chat_id="-1001234567890", message_thread_id=5)}


def test_a_public_chat_is_named_with_its_at():
    assert parse('{"branch_chats": {"7": {"chat_id": "@workshop"}}}').branch_chats[7].chat_id == "@workshop"


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"rich": "yes"}, "rich = 'yes': Input should be 'auto' or 'off'"),
        ({"sending": "perhaps"}, "sending = 'perhaps': Input should be a valid boolean"),
        ({"report_keep_days": 0}, "report_keep_days = 0: Input should be greater than or equal to 1"),
        ({"report_lateness_hours": 0}, "report_lateness_hours = 0: Input should be greater than 0"),
        ({"source_quiet_hours": 1.5}, "source_quiet_hours = 1.5: Input should be a valid integer"),
        ({"limits": {"chat_gap_seconds": -1}}, "limits.chat_gap_seconds = -1: Input should be greater than or equal"),
        ({"limits": {"group_messages": 0}}, "limits.group_messages = 0: Input should be greater than or equal to 1"),
        ({"branch_chats": {"B": {"chat_id": "1"}}}, "branch_chats.B.[key] = 'B': Input should be a valid integer"),
        ({"branch_chats": {"7": {"chat_id": "Штаб"}}}, "branch_chats.7.chat_id = 'Штаб': String should match"),
        ({"branch_chats": {"7": {"chat_id": True}}}, "branch_chats.7.chat_id = True: Input should be a valid string"),
        ({"missed_call_statuses": []}, "missed_call_statuses = []: Tuple should have at least 1 item"),
        ({"missed_call_statuses": "Готов"}, "missed_call_statuses = 'Готов': Input should be a valid"),
        ({"digest_above": -1}, "digest_above = -1: Input should be greater than or equal to 0"),
        ({"phone_region": "ru"}, "phone_region = 'ru': String should match"),
        ({"phone_region": "XX"}, "phone_region = 'XX': there are no phone numbers of this region"),
        ({"crm_base_url": "crm"}, "crm_base_url = 'crm': it must be http:// or https:// and the CRM's host"),
        ({"repair_card_path": "/repairs"}, "repair_card_path = '/repairs': it must say which repair"),
        ({"branch_chats": {"7": {}}}, "the field branch_chats.7.chat_id is required"),
        (
            {"branch_chats": {"7": {"chat_id": "1", "message_thread_id": 0}}},
            "branch_chats.7.message_thread_id = 0: Input should be greater than or equal to 1",
        ),
        ([], "the whole = []: Input should be an object"),
    ],
)
def test_a_wrong_value_is_named_with_its_field_and_what_was_expected(wrong, sentence):
    with pytest.raises(SettingsError) as raised:
        parse(json.dumps(wrong))
    assert str(raised.value).startswith(f"Airflow Variable {VARIABLE}: {sentence}")


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999"])
def test_a_limit_is_a_finite_number(number):
    with pytest.raises(SettingsError, match=r"limits\.chat_gap_seconds"):
        parse(f'{{"limits": {{"chat_gap_seconds": {number}}}}}')


def numbers(model: type[Settings | Limits]) -> list[str]:
    return [name for name, field in model.model_fields.items() if field.annotation in {int, float}]


@pytest.mark.parametrize("number", ["99999999999", "1e300"])
@pytest.mark.parametrize("model", [Settings, Limits])
def test_a_number_beyond_all_reason_is_named(model, number):
    assert len(numbers(model)) >= 5
    for name in numbers(model):
        text = f'{{"{name}": {number}}}'
        with pytest.raises(SettingsError, match=f"{name} = .*: Input should be (less|a finite)|Unable to parse"):
            parse(text if model is Settings else f'{{"limits": {text}}}')


def test_every_wrong_field_is_named_at_once():
    with pytest.raises(SettingsError) as raised:
        parse('{"rich": 1, "whole_rubles": true}')
    assert "rich = 1" in str(raised.value)
    assert "there is no field whole_rubles" in str(raised.value)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"sendng": False}, "there is no field sendng: did you mean sending?"),
        ({"Sending": False}, "there is no field Sending: did you mean sending?"),
        ({"whole-roubles": True}, "there is no field whole-roubles: did you mean whole_roubles?"),
        ({"limits": {"chat_gap": 1}}, "there is no field limits.chat_gap: did you mean chat_gap_seconds?"),
        (
            {"branch_chats": {"7": {"chatid": "-1001"}}},
            "there is no field branch_chats.7.chatid: did you mean chat_id?",
        ),
        (
            {"timezone": "Europe/Moscow"},
            "there is no field timezone: it is an option of Airflow's configuration, section [sancrm_notifications]",
        ),
        ({"missed_call_statuses": [1]}, "missed_call_statuses.0 = 1: Input should be a valid string"),
        ({"zzz": 1}, "there is no field zzz"),
    ],
)
def test_one_slip_is_one_sentence_that_says_what_was_meant(wrong, sentence):
    with pytest.raises(SettingsError) as raised:
        parse(json.dumps(wrong))
    assert str(raised.value) == f"Airflow Variable {VARIABLE}: {sentence}"


def test_a_field_that_stands_there_twice_is_named_as_the_last_would_count():
    with pytest.raises(SettingsError) as raised:
        parse('{"sending": false, "rich": 1, "sending": true}')
    assert str(raised.value).startswith(
        f"Airflow Variable {VARIABLE}: the field sending stands there twice; rich = 1: Input should be"
    )


@pytest.mark.parametrize("text", ["{sending: false}", '{"sending": false', "sending", '{"rich": "aut'])
def test_broken_json_is_one_sentence_that_does_not_repeat_the_text(text):
    with pytest.raises(SettingsError) as raised:
        parse(text)
    sentence = str(raised.value)
    assert sentence.startswith(f"Airflow Variable {VARIABLE}: the text is no valid JSON (")
    assert "line 1 column" in sentence
    assert text not in sentence
    assert "\n" not in sentence


@pytest.mark.parametrize(
    "wrong",
    [
        {"token": TOKEN},
        {"telegram": {"token": TOKEN}},
        {"branch_chats": {"7": {"chat_id": TOKEN}}},
        {"branch_chats": {"7": TOKEN}},
        {"rich": TOKEN},
        {"rich": {"token": TOKEN}},
    ],
)
def test_a_token_in_a_wrong_place_is_not_repeated(wrong):
    for text in (json.dumps(wrong), json.dumps(wrong)[:-1]):
        with pytest.raises(SettingsError) as raised:
            parse(text)
        assert TOKEN.split(":")[1][:12] not in str(raised.value)


def test_a_long_wrong_value_is_cut():
    with pytest.raises(SettingsError) as raised:
        parse(json.dumps({"rich": "x" * 5000}))
    assert len(str(raised.value)) < 250
