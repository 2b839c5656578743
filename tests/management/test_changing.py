"""What was created can be changed: nothing is lost between two, old and new are audited, what stops is said."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from satsuma.domain.apis import Api, LifeCycle, ScopeRule
from satsuma.domain.applications import Application
from satsuma.domain.limits import MONTH, Limits
from satsuma.management import accounts
from satsuma.management.api_fields import API
from satsuma.management.apis import NewApi, change_api, create_api, find_api, set_life_cycle
from satsuma.management.application_changes import change_application
from satsuma.management.applications import (
    create_application,
    find_client,
    revoke_application,
    set_state,
)
from satsuma.management.context import ManagementContext, NotPossible
from satsuma.management.edits import Edit
from satsuma.management.fields import APPLICATION
from satsuma.management.subscriptions import put_subscription, set_subscription
from tests.management.between import new_context, overtaken

OWNER = "ann@example.org"
FIRST, SECOND, THIRD = (f"https://{n}.example/cb" for n in ("one", "two", "three"))


@pytest.fixture
async def context() -> ManagementContext:
    context = await new_context()
    await accounts.create_account(context, OWNER)
    return context


@pytest.fixture
async def application(context: ManagementContext) -> Application:
    made = await create_application(context, "Shops", OWNER, (), [FIRST, SECOND])
    return made.application


async def stored(context: ManagementContext, application: Application) -> Application:
    return (await find_client(context, application.application_id)).application


async def test_of_two_changes_of_one_list_at_once_both_stand(
    context: ManagementContext, application: Application
) -> None:
    named = application.application_id
    late = overtaken(
        context,
        lambda: change_application(context, named, {"redirect_uris": Edit(remove=(FIRST,))}),
    )
    changed, _ = await change_application(late, named, {"redirect_uris": Edit(add=(THIRD,))})
    assert changed == await stored(context, application)
    assert changed.redirect_uris == (SECOND, THIRD)


async def test_a_change_leaves_the_state_that_came_meanwhile(
    context: ManagementContext, application: Application
) -> None:
    named = application.application_id
    late = overtaken(context, lambda: set_state(context, named, "blocked"))
    await change_application(late, named, {"name": Edit("Boutiques")})
    found = await stored(context, application)
    assert (found.name, found.state) == ("Boutiques", "blocked")


async def test_the_audit_has_the_old_value_and_the_new(
    context: ManagementContext, application: Application
) -> None:
    edits = {"redirect_uris": Edit((THIRD,)), "id_token_signed_response_alg": Edit("ES256")}
    await change_application(context, application.client_id, edits)
    rows = await context.store.read(lambda r: r.audit_since(0, 99))
    assert rows[-1].action == "application.change"
    assert json.loads(rows[-1].detail) == {
        "changed": {
            "redirect_uris": {"was": [FIRST, SECOND], "is": [THIRD]},
            "id_token_signed_response_alg": {"was": "RS256", "is": "ES256"},
        }
    }


async def test_a_dry_run_says_all_and_does_nothing(
    context: ManagementContext, application: Application
) -> None:
    before = await context.store.read(lambda r: (r.feed_head(), len(r.audit_since(0, 99))))
    edits = {"redirect_uris": Edit(remove=(FIRST,)), "name": Edit("New")}
    changed, what = await change_application(context, application.client_id, edits, dry_run=True)
    assert changed == replace(application, redirect_uris=(SECOND,), name="New")
    assert set(what.fields) == {"redirect_uris", "name"}
    assert [FIRST in line for line in what.ends] == [True, True], "of codes, and of logouts"
    assert await stored(context, application) == application
    after = await context.store.read(lambda r: (r.feed_head(), len(r.audit_since(0, 99))))
    assert after == before


REFUSED = {
    "field-fixed": {"client_id": Edit("x" * 32)},
    "not-there": {"redirect_uris": Edit(remove=(THIRD,))},
    "name-malformed": {"name": Edit("")},
    "web-origin-malformed": {"web_origins": Edit(add=("https://a.example/path",))},
    "redirect-uri-insecure": {"redirect_uris": Edit(add=("http://a.example/cb",))},
    "id-token-alg-unknown": {"id_token_signed_response_alg": Edit("none")},
    "description-malformed": {"description": Edit("two\nlines")},
    "scope-malformed": {"default_scopes": Edit(add=("openid email",))},
    "default-scope-unknown": {"default_scopes": Edit(add=("openid", "poi:reed"))},
    "choice-unknown": {"access_token_signing_alg": Edit("none")},
    "application-exists": {"name": Edit("Other")},
}


@pytest.mark.parametrize("slug", REFUSED)
async def test_what_cannot_be_is_refused_and_changes_nothing(
    context: ManagementContext, application: Application, slug: str
) -> None:
    await create_application(context, "Other", OWNER)
    with pytest.raises(NotPossible) as refused:
        await change_application(context, application.client_id, REFUSED[slug])
    assert refused.value.slug == slug
    assert await stored(context, application) == application


@pytest.mark.parametrize("text", ["x" * 1001, "a\nb", "a\u202eb", "a\x00", "a\u2028b"])
async def test_a_description_is_one_line_of_what_can_be_seen(
    context: ManagementContext, text: str
) -> None:
    with pytest.raises(NotPossible) as refused:
        await create_application(context, "Other", OWNER, description=text)
    assert refused.value.slug == "description-malformed"
    made = await create_application(context, "Other", OWNER, description=f" {'x' * 999}\u00e9 ")
    assert made.application.description == "x" * 999 + "\u00e9"


async def test_default_scopes_are_those_that_the_application_could_ask_for(
    context: ManagementContext, application: Application, api: Api
) -> None:
    """Each that it could not is named; one that a subscription gives comes with that."""
    named, asked = application.client_id, ("profile", "poi:read", "poi:reed")
    with pytest.raises(NotPossible) as refused:
        await change_application(context, named, {"default_scopes": Edit(asked)})
    assert refused.value.slug == "default-scope-unknown"
    assert [each in str(refused.value) for each in asked] == [False, True, True]
    await put_subscription(context, named, "poi")
    await change_application(context, named, {"default_scopes": Edit(asked[:2])})
    await set_subscription(context, named, "poi", "revoked")
    edits = {"default_scopes": Edit(add=("email",))}
    changed, _ = await change_application(context, named, edits)
    assert changed.default_scopes == ("profile", "poi:read", "email"), "what stood before stays"
    with pytest.raises(NotPossible, match="poi:write"):
        await create_application(context, "New", OWNER, default_scopes=["poi:write"])
    made = await create_application(context, "New", OWNER, ["poi"], default_scopes=["poi:write"])
    assert made.application.default_scopes == ("poi:write",)


@pytest.mark.spec("RFC 9700 §2.1.1")
async def test_a_public_application_leaves_pkce_out_at_no_door(context: ManagementContext) -> None:
    public = await create_application(context, "Public", OWNER, public=True)
    for attempt in (
        change_application(context, public.application.client_id, {"pkce": Edit("or-nonce")}),
        create_application(context, "Another", OWNER, public=True, pkce="or-nonce"),
        change_application(context, public.application.client_id, {"pkce": Edit("optional")}),
        create_application(context, "Another", OWNER, public=True, pkce="optional"),
    ):
        with pytest.raises(NotPossible, match="PKCE is always demanded") as refused:
            await attempt
        assert refused.value.slug == "pkce-of-public"
    edits = {"pkce": Edit("required")}
    changed, _ = await change_application(context, public.application.client_id, edits)
    assert changed.pkce == "required"


CHOICES: dict[str, tuple[object, object]] = {
    "description": ("", "Sells shops"),
    "default_scopes": ([], ["openid"]),
    "pkce": ("issuer", "or-nonce"),
    "access_token_format": ("issuer", "jwt"),
    "access_token_signing_alg": ("issuer", "ES256"),
    "post_logout_redirect_uris": ([], [THIRD]),
}


@pytest.mark.parametrize("field", CHOICES)
async def test_two_choices_at_once_both_stand_and_each_is_audited(
    context: ManagementContext, application: Application, field: str
) -> None:
    was, now = CHOICES[field]
    named, value = application.client_id, tuple(now) if isinstance(now, list) else now
    late = overtaken(context, lambda: change_application(context, named, {"name": Edit("New")}))
    await change_application(late, named, {field: Edit(value)})
    found = await stored(context, application)
    assert (found.name, getattr(found, field)) == ("New", value)
    rows = await context.store.read(lambda r: r.audit_since(0, 99))
    assert json.loads(rows[-1].detail) == {"changed": {field: {"was": was, "is": now}}}
    back = {field: Edit(getattr(application, field))}
    changed, _ = await change_application(context, named, back)
    assert getattr(changed, field) == getattr(application, field)


ENDS: list[tuple[dict[str, object], dict[str, object], list[str]]] = [
    ({}, {"description": "Shops"}, []),
    ({}, {"default_scopes": ("openid",)}, ["no more than openid"]),
    ({"default_scopes": ("openid", "email")}, {"default_scopes": ("openid",)}, ["gets email no"]),
    ({"default_scopes": ("openid",)}, {"default_scopes": ()}, ["without a scope is refused"]),
    ({}, {"pkce": "or-nonce"}, []),
    ({"pkce": "or-nonce"}, {"pkce": "issuer"}, ["where the issuer demands PKCE"]),
    ({"pkce": "or-nonce"}, {"pkce": "optional"}, []),
    ({"pkce": "optional"}, {"pkce": "or-nonce"}, ["neither code_challenge nor a nonce"]),
    ({"pkce": "optional"}, {"pkce": "issuer"}, ["where the issuer demands PKCE"]),
    ({}, {"pkce": "required"}, ["at every issuer"]),
    ({"pkce": "required"}, {"pkce": "issuer"}, []),
    ({}, {"access_token_format": "jwt"}, ["New access tokens are JWTs"]),
    (
        {},
        {"access_token_signing_alg": "ES256"},
        ["as the issuer does refuses those signed with ES"],
    ),
    ({}, {"post_logout_redirect_uris": (THIRD,)}, [f"to {FIRST}", f"to {SECOND}"]),
    ({"post_logout_redirect_uris": (THIRD,)}, {"post_logout_redirect_uris": ()}, [f"to {THIRD}"]),
    (
        {"post_logout_redirect_uris": (THIRD,)},
        {"redirect_uris": (FIRST,)},
        [f"returns to {SECOND}"],
    ),
    (
        {},
        {"redirect_uris": (FIRST,)},
        [f"login returns to {SECOND}", f"logout returns to {SECOND}"],
    ),
]


@pytest.mark.parametrize(("was", "now", "said"), ENDS)
async def test_what_stops_with_a_choice_is_said_before(
    context: ManagementContext,
    application: Application,
    was: dict[str, object],
    now: dict[str, object],
    said: list[str],
) -> None:
    named = application.client_id
    await change_application(context, named, {name: Edit(value) for name, value in was.items()})
    edits = {name: Edit(value) for name, value in now.items()}
    _, what = await change_application(context, named, edits, dry_run=True)
    assert len(what.ends) == len(said), what.ends
    for part, line in zip(said, what.ends, strict=True):
        assert part in line


@pytest.mark.parametrize(
    ("state", "says"), [("live", "of another API"), ("retired", "No new token has poi:read")]
)
async def test_a_scope_that_another_api_gives_does_not_end(
    context: ManagementContext, api: Api, state: LifeCycle, says: str
) -> None:
    await create_api(context, replace(NEW, name="maps", scopes=(ScopeRule("poi:read"),)))
    await set_life_cycle(context, "maps", state)
    _, what = await change_api(context, "poi", {"scopes": Edit(remove=("poi:read",))}, dry_run=True)
    assert any(says in line for line in what.ends), what.ends


@pytest.mark.parametrize("field", [each.name for each in APPLICATION if not each.changes])
async def test_what_is_fixed_stays(
    context: ManagementContext, application: Application, field: str
) -> None:
    with pytest.raises(NotPossible, match="cannot be changed"):
        await change_application(context, application.client_id, {field: Edit("other")})
    assert await stored(context, application) == application


async def test_a_revoked_application_changes_no_more(
    context: ManagementContext, application: Application
) -> None:
    await revoke_application(context, application.client_id)
    with pytest.raises(NotPossible) as refused:
        await change_application(context, application.client_id, {"name": Edit("New")})
    assert refused.value.slug == "application-revoked"


NEW = NewApi(
    "poi",
    1,
    "POI",
    "https://u.example",
    (ScopeRule("poi:read"), ScopeRule("poi:write")),
    ("orange-m2m", "orange-u2m", "standard"),
)


@pytest.fixture
async def api(context: ManagementContext) -> Api:
    texts = (("poi:read", "", "See places"), ("poi:write", "", "Change places"))
    return (await create_api(context, replace(NEW, scope_texts=texts)))[0]


async def test_an_api_learns_scopes_limits_and_its_largest_body(
    context: ManagementContext, api: Api
) -> None:
    edits = {
        "scopes": Edit(add=(ScopeRule("poi:read", ("GET",)),), remove=("poi:write",)),
        "spike_per_second": Edit(10),
        "concurrency": Edit(2000),
        "max_body": Edit(1000),
        "per_minute": Edit(600),
        "per_month": Edit(2500),
        "issuers": Edit(("standard",)),
        "timeout": Edit(60),
    }
    changed, what = await change_api(context, "poi", edits)
    assert changed == await find_api(context, "poi")
    assert changed == replace(
        api,
        scopes=(ScopeRule("poi:read", ("GET",)),),
        scope_texts=(("poi:read", "", "See places"),),
        limits=Limits(10, ((600, 60), (2500, MONTH)), 2000),
        policy=replace(api.policy, max_body=1000),
        issuers=("standard",),
        timeout=60,
    )
    for word in ("poi:write", "poi:read", "10 calls", "1000 bytes", "orange-m2m", "orange-u2m"):
        assert any(word in line for line in what.ends), word
    assert not any("2000" in line for line in what.ends), "more than before stops nothing"


@pytest.mark.parametrize(("name", "value"), [("timeout", 0), ("max_body", -1), ("concurrency", 0)])
async def test_a_number_out_of_its_bounds_is_refused(
    context: ManagementContext, api: Api, name: str, value: int
) -> None:
    with pytest.raises(NotPossible) as refused:
        await change_api(context, "poi", {name: Edit(value)})
    assert refused.value.slug == "out-of-bounds"
    assert await find_api(context, "poi") == api


async def test_what_was_stored_under_an_older_rule_stays_beside_a_change(
    context: ManagementContext, application: Application
) -> None:
    """Only what is new is judged: a URI that today's rule refuses does not stand in the way."""
    from satsuma.domain.applications import ChangeApplication

    old = "http://intranet/cb"
    await context.store.commit(
        ChangeApplication(replace(application, redirect_uris=(old,)), application)
    )
    edits = {"redirect_uris": Edit(add=(FIRST,)), "name": Edit("New")}
    changed, _ = await change_application(context, application.client_id, edits)
    assert changed.redirect_uris == (old, FIRST)


@pytest.mark.spec("RFC 6454 §4")
async def test_what_is_changed_is_stored_in_its_one_form(
    context: ManagementContext, application: Application
) -> None:
    named = application.application_id
    edits = {"web_origins": Edit(add=("https://App.Example:443",)), "name": Edit("Cafe\u0301")}
    changed, _ = await change_application(context, named, edits)
    assert (changed.web_origins, changed.name) == (("https://app.example",), "Caf\u00e9")
    await create_api(context, NewApi("poi", 1, "Places", "http://UP.example:80/base/"))
    api, _ = await change_api(
        context, "poi", {"upstream": Edit("https://B\u00fccher.example:443/")}
    )
    assert api.upstream == "https://xn--bcher-kva.example"
    with pytest.raises(NotPossible) as refused:
        await change_application(
            context, named, {"redirect_uris": Edit(add=("https://a@b.example/",))}
        )
    assert refused.value.slug == "redirect-uri-malformed"


def ends_of_scopes(was: str, now: str) -> list[str]:
    """What is said to stop between two sets of rules, each `SCOPE` or `SCOPE=/prefix`."""
    (field,) = (each for each in API if each.name == "scopes")
    return list(field.ends(rules(was), rules(now)))


def rules(text: str) -> tuple[ScopeRule, ...]:
    named = (each.partition("=") for each in text.split())
    return tuple(ScopeRule(scope, (), prefix or "/") for scope, _, prefix in named)


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        ("a=/pub b=/admin", "a=/pub", ["are open to every subscribed application"]),
        ("a=/pub", "", ["are open to every subscribed application", "no rule any more"]),
        ("a=/pub", "a=/pub all=/", ["tokens without all are refused"]),
        ("", "a=/pub", ["tokens without a are refused", "a person's token no longer passes"]),
        ("a=/pub", "a=/more", ["judged by its new rule"]),
        ("a=/pub", "a=/pub", []),
    ],
)
def test_what_stops_when_scopes_change_is_what_the_gateway_does(
    was: str, now: str, said: list[str]
) -> None:
    ends = ends_of_scopes(was, now)
    for part in said:
        assert any(part in line for line in ends), ends
    assert bool(ends) == bool(said)


def test_a_loopback_address_that_another_port_still_covers_does_not_stop() -> None:
    (field,) = (each for each in APPLICATION if each.name == "redirect_uris")
    nine, ten = "http://127.0.0.1:9/cb", "http://127.0.0.1:10/cb"
    (line,) = field.ends((nine,), (ten,))
    assert "of a public application" in line
    (line,) = field.ends(("https://a.example/cb",), ())
    assert "of a public application" not in line


SEVERAL = (
    ScopeRule("rd", ("GET",), "/a"),
    ScopeRule("rd", ("GET",), "/b"),
    ScopeRule("w", ("POST",), "/"),
)
NEW_RULE, OTHER_RULE = ScopeRule("new", ("GET",), "/n"), ScopeRule("rd", ("GET",), "/c")


@pytest.mark.parametrize(
    ("edit", "left"),
    [
        (Edit(add=(NEW_RULE,)), (*SEVERAL, NEW_RULE)),
        (Edit(SEVERAL), SEVERAL),
        (Edit(remove=("w",)), SEVERAL[:2]),
        (Edit(remove=("rd",)), SEVERAL[2:]),
        (Edit(add=(OTHER_RULE,)), (OTHER_RULE, SEVERAL[2])),
        (Edit(add=SEVERAL[:2]), SEVERAL),
        (Edit(remove=("rd",), add=SEVERAL[:2]), (SEVERAL[2], *SEVERAL[:2])),
    ],
)
async def test_a_scope_may_have_several_rules_and_what_is_not_named_stays(
    context: ManagementContext, edit: Edit, left: tuple[ScopeRule, ...]
) -> None:
    """What is added stands in the place of all rules of its scope."""
    await create_api(context, replace(NEW, scopes=SEVERAL))
    changed, what = await change_api(context, "poi", {"scopes": edit})
    assert changed == await find_api(context, "poi")
    assert changed.scopes == left
    assert bool(what.ends) == (set(left) != set(SEVERAL))


@pytest.mark.parametrize(
    "prefix",
    ["x", "/x//y", "/p%20q", "/s;t", "/a/../b", "/.", "/a?b", "/a#b", "/a\\b", "/\udcff", "/a b"],
)
async def test_a_prefix_that_no_path_has_is_refused(
    context: ManagementContext, prefix: str
) -> None:
    """Paths are decoded, with one slash between and no parameters, before a rule is asked."""
    with pytest.raises(NotPossible) as refused:
        await create_api(context, replace(NEW, scopes=(ScopeRule("odd", (), prefix),)))
    assert refused.value.slug == "scope-prefix"


@pytest.mark.parametrize("title", ["", " ", "\udcff", "a\x1b[31m", "x" * 201])
async def test_a_title_that_cannot_be_read_is_refused(
    context: ManagementContext, title: str
) -> None:
    await create_api(context, NEW)
    with pytest.raises(NotPossible) as refused:
        await change_api(context, "poi", {"title": Edit(title)})
    assert refused.value.slug == "title-malformed"


@pytest.mark.parametrize("named", ["poi:\u00b2", "poi:\uff11", "poi:v", "poi:1e1"])
async def test_a_version_is_written_in_digits(context: ManagementContext, named: str) -> None:
    await create_api(context, NEW)
    with pytest.raises(NotPossible) as refused:
        await change_api(context, named, {"title": Edit("New")})
    assert refused.value.slug == "api-malformed"
