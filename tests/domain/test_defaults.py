"""What a fact is where nobody says otherwise: the strict or the empty value, and the limits that are published."""

from datetime import timedelta

import pytest

from satsuma.domain.accounts import ACCOUNT_DELETED, Account, DeleteAccount
from satsuma.domain.apis import RequestPolicy, ScopeRule
from satsuma.domain.applications import Application
from satsuma.domain.audit import Audit
from satsuma.domain.authorization import PROMPTS, RESPONSE_MODES
from satsuma.domain.errors.refusal import Refusal, Refused, too_often
from satsuma.domain.errors.row import ErrorRow
from satsuma.domain.issuers import LEEWAY, LONGEST_TOKEN_LIFE, TOKEN_MEMORY
from satsuma.domain.keys import Key
from satsuma.domain.limits import Limits
from satsuma.domain.request_log import LoggedRequest
from satsuma.domain.work import Work
from tests.domain.facts import CLIENT, DAY, NOW, a_grant, an_api

ROW = ErrorRow("slug", "invalid_request", 400, "Says.", "Help.", "RFC 6749 §5.2")


def test_an_api_demands_nothing_and_stands_25_calls_a_second() -> None:
    api = an_api()
    assert api.limits == Limits(spike_per_second=25, quotas=(), concurrency=1000)
    assert api.policy == RequestPolicy(
        body_required=False, length_required=False, max_body=10_485_760
    )
    assert (api.timeout, api.forward_authorization) == (30, False)


def test_a_scope_opens_the_whole_api() -> None:
    assert ScopeRule("poi:read") == ScopeRule("poi:read", (), "/")


@pytest.mark.spec("OIDC Registration §2")
def test_an_id_token_is_signed_by_rs256() -> None:
    app = Application("app_1", "spc_1", "A", CLIENT, "active", 1, False, (), (), NOW)
    assert app.id_token_signed_response_alg == "RS256"


def test_nothing_is_blocked_or_used_or_limited_by_itself() -> None:
    account = Account("acc_1", "a@people.example", "user", "en", NOW)
    assert (account.blocked, account.confirmed_at) == (False, None)
    assert (a_grant().blocked, a_grant().revoked_at) == (False, None)
    assert DeleteAccount("acc_1", NOW, NOW + DAY).only_unconfirmed is False
    assert Key("k", "sign", "EdDSA", "{}", b"", NOW, NOW, None, None).uses == 0
    assert Work("w", "mail", b"", NOW).attempts == 0
    logged = LoggedRequest("r", None, NOW, "token", 400, "slug", None, "192.0.2.1", "{}")
    assert logged.repeated == 1
    assert Audit(NOW, "actor", "act", "object").detail == "{}"


def test_a_refusal_says_its_row_and_no_more() -> None:
    refusal = Refusal(ROW)
    assert (refusal.detail, refusal.effects, refusal.presented) == ({}, (), None)
    assert (refusal.retry_after, refusal.scope, refusal.allow) == (0, "", "")
    assert (ROW.redirects, ROW.code, ROW.message, ROW.allow) == (False, 0, "", "")


def test_a_refusal_that_leaves_the_straight_line_is_known_by_its_slug() -> None:
    refusal = Refusal(ROW)
    refused = Refused(refusal)
    assert refused.refusal is refusal
    assert str(refused) == "slug"


def test_the_store_remembers_by_this_word_that_an_account_went() -> None:
    assert ACCOUNT_DELETED == "account-deleted"


@pytest.mark.spec("OIDC Core §3.1.2.1")
@pytest.mark.spec("OIDC Form Post")
def test_the_words_of_prompt_and_of_response_mode() -> None:
    assert set(PROMPTS) == {"none", "login", "consent", "select_account"}
    assert set(RESPONSE_MODES) == {"query", "form_post"}


@pytest.mark.spec("RFC 9110 §10.2.3")
@pytest.mark.parametrize(("wait", "told"), [(0.0, 1), (0.2, 1), (1.0, 2), (41.5, 42)])
def test_a_wait_is_told_in_whole_seconds_that_are_long_enough(wait: float, told: int) -> None:
    refusal = too_often(ROW, wait)
    assert (refusal.row, refusal.retry_after) == (ROW, told)
    assert refusal.detail == {"retry_after": told}


def test_a_token_is_remembered_for_its_longest_life_and_the_leeway_behind_it() -> None:
    assert timedelta(hours=24) == LONGEST_TOKEN_LIFE
    assert timedelta(seconds=30) == LEEWAY
    assert timedelta(hours=24, seconds=30) == TOKEN_MEMORY
