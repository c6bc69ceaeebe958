"""Why a delivery ends: the sentence of each error, and which of several is told."""

from __future__ import annotations

from sancrm_notifications.delivery.errors import PostponedError, SendingOffError, TokenRefusedError, urgency
from sancrm_notifications.ledger.outcome import Outcome, Result


def test_an_errors_docstring_is_its_sentence_unless_another_is_given() -> None:
    assert str(SendingOffError()).startswith("The setting «sending» is off: everything is stored, nothing leaves; ")
    assert "\n" not in str(SendingOffError())
    assert str(PostponedError("the server is away", 5)) == "the server is away"


def test_a_refused_token_is_told_with_the_channels_advice_and_its_servers_words() -> None:
    refused = Outcome(Result.BAD_TOKEN, 401, "Unauthorized", advice="put another token into it")
    assert str(TokenRefusedError.of(refused)) == "put another token into it. It said: Unauthorized"
    assert str(TokenRefusedError.of(Outcome(Result.BAD_TOKEN))).startswith("The channel does not accept who speaks")


def test_of_several_reasons_the_one_that_needs_a_person_comes_first_then_the_soonest_wait() -> None:
    token, fault = TokenRefusedError(), ValueError("a fault of ours")
    soon, late, outage = PostponedError("", 5), PostponedError("", 50), PostponedError("")
    assert sorted([late, soon, fault, token], key=urgency) == [token, fault, soon, late]
    assert min([late, outage], key=urgency) is outage
