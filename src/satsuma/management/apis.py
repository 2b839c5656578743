"""Operations on APIs: create, find, list, move through their life."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from satsuma.domain.apis import (
    Access,
    Api,
    CreateApi,
    LifeCycle,
    PutApiDocument,
    ReplaceApi,
    RequestPolicy,
    ScopeRule,
    SetLifeCycle,
)
from satsuma.domain.issuers import STANDARD
from satsuma.domain.limits import Limits
from satsuma.keys import client_secret
from satsuma.keys.randomness import alphanumeric, public_id
from satsuma.management.api_documents import Packed
from satsuma.management.api_fields import API, canonical_upstream
from satsuma.management.context import (
    ManagementContext,
    NotPossible,
    as_not_possible,
    attempt,
    possible,
)
from satsuma.management.edits import Changed, Edits, differences, edited, in_form
from satsuma.management.fields import check_changes, check_fields, stored_description
from satsuma.management.scope_texts import ScopeText, check_texts
from satsuma.management.stops import token_scopes_end
from satsuma.store.port import Conflict
from satsuma_client.protocol.secret import Secret

_VERSION_DIGITS: Final = 4


@dataclass(frozen=True, slots=True)
class NewApi:
    """What a provider says of an API to be created.

    `issuers` are those it trusts; where nobody says, the standard one, or those that it trusts already.
    """

    name: str
    version: int
    title: str
    upstream: str
    scopes: tuple[ScopeRule, ...] = ()
    issuers: tuple[str, ...] | None = None
    policy: RequestPolicy = field(default_factory=RequestPolicy)
    limits: Limits = field(default_factory=Limits)
    timeout: int = 30
    forward_authorization: bool = False
    scope_texts: tuple[ScopeText, ...] = ()
    access: Access = "approval"
    description: str = ""
    sandbox: bool = False
    openapi: Packed = field(default_factory=Packed)


async def create_api(context: ManagementContext, new: NewApi) -> tuple[Api, Secret]:
    """Create a live API and its own credentials, for introspection and the feed; the secret is shown this once."""
    texts = _check(new)
    secret = client_secret.mint(context.draw)
    now = context.clock()
    api = Api(
        api_id=public_id("api", context.draw),
        name=new.name,
        version=new.version,
        title=new.title,
        life_cycle="live",
        issuers=(STANDARD.name,) if new.issuers is None else new.issuers,
        upstream=canonical_upstream(new.upstream),
        scopes=new.scopes,
        resource_id=alphanumeric(32, context.draw),
        resource_secret_digest=context.digest(secret.reveal().encode()),
        created_at=now,
        policy=new.policy,
        limits=new.limits,
        timeout=new.timeout,
        forward_authorization=new.forward_authorization,
        scope_texts=texts,
        access=new.access,
        description=stored_description(new.description),
        sandbox=new.sandbox,
        openapi=new.openapi.digest,
    )
    row = context.audit(
        "api.create",
        f"api:{api.api_id}",
        name=api.name,
        version=api.version,
        forward_authorization=api.forward_authorization,
    )
    try:
        await context.store.commit(CreateApi(api), *_documents(api, new.openapi), row)
    except Conflict as conflict:
        says = {"api-exists": f"{new.name} v{new.version} exists already"}
        raise as_not_possible(conflict, says) from None
    return api, secret


Outcome = tuple[Api, Changed]


async def replace_api(
    context: ManagementContext,
    api: Api,
    change: Callable[[Api], Api],
    dry_run: bool = False,
    document: Packed | None = None,
) -> Outcome:
    """Replace an API by what `change` makes of it as it stands, keeping its id and credentials.

    Where another operation changes the API meanwhile, `change` is asked again, of the API as it then is. Gives what the
    API is then and what differs; with `dry_run` what would be, and nothing is done.
    """
    return await attempt(lambda: _replace(context, api.api_id, change, dry_run, document))


async def _replace(
    context: ManagementContext,
    api_id: str,
    change: Callable[[Api], Api],
    dry_run: bool,
    document: Packed | None,
) -> Outcome:
    apis = await list_apis(context)
    (found,) = (each for each in apis if each.api_id == api_id)
    api = change(found)
    if document is not None:
        api = replace(api, openapi=document.digest)
    with possible():
        check_changes(API, found, api)
        api = in_form(API, found, api)
    scopes = [rule.scope for rule in api.scopes]
    api = replace(api, scope_texts=check_texts(api.scope_texts, scopes))
    others = [each for each in apis if each.api_id != api_id and each.life_cycle != "retired"]
    elsewhere = {rule.scope for each in others for rule in each.scopes}
    changed = differences(API, found, api, token_scopes_end(found.scopes, api.scopes, elsewhere))
    if not dry_run:
        row = context.audit(
            "api.replace",
            f"api:{api.api_id}",
            forward_authorization=api.forward_authorization,
            changed=changed.fields,
        )
        await context.store.commit(ReplaceApi(api, found), *_documents(api, document), row)
    return api, changed


def _documents(api: Api, document: Packed | None) -> list[PutApiDocument]:
    """What keeps a document beside its API; nothing where none is given."""
    given = document is not None and (document.digest or api.openapi)
    return [PutApiDocument(document.of(api.api_id))] if document and given else []


async def change_api(
    context: ManagementContext, named: str, edits: Edits, dry_run: bool = False
) -> Outcome:
    """Change what the edits name of an API; a scope that goes takes its sentences along. Raises NotPossible."""

    document, others = _without_document(edits)

    def change(found: Api) -> Api:
        api = edited(API, found, others)
        scopes = {rule.scope for rule in api.scopes}
        gone = {rule.scope for rule in found.scopes} - scopes
        kept = tuple(text for text in api.scope_texts if text[0] not in gone)
        return replace(api, scope_texts=kept)

    with possible():
        found = await find_api(context, named)
        return await replace_api(context, found, change, dry_run, document)


def _without_document(edits: Edits) -> tuple[Packed | None, Edits]:
    """The document that is among the edits, and what else is."""
    others = {name: edit for name, edit in edits.items() if name != "openapi"}
    return (edits["openapi"].value if "openapi" in edits else None), others


async def renew_api(context: ManagementContext, new: NewApi) -> Api:
    """Bring an API up to a new description; the sentences of scopes that stay are kept; raises NotPossible."""
    found = await find_api(context, f"{new.name}:{new.version}")
    renewed, _ = await replace_api(
        context, found, lambda api: _renewed(api, new), document=new.openapi
    )
    return renewed


def _renewed(found: Api, new: NewApi) -> Api:
    scopes = {rule.scope for rule in new.scopes}
    kept = tuple(text for text in found.scope_texts if text[0] in scopes)
    return replace(
        found,
        title=new.title,
        upstream=new.upstream,
        scopes=new.scopes,
        issuers=found.issuers if new.issuers is None else new.issuers,
        policy=new.policy,
        scope_texts=kept + new.scope_texts,
    )


async def list_apis(context: ManagementContext) -> Sequence[Api]:
    """List all APIs by name and version."""
    return await context.store.read(lambda reader: reader.list_apis())


async def find_api(context: ManagementContext, named: str) -> Api:
    """Find an API by `NAME:VERSION`, or by `NAME` the newest live one, else the newest; raises NotPossible."""
    name, colon, version = named.partition(":")
    wanted = version.removeprefix("v")
    if colon and not (wanted.isascii() and wanted.isdigit() and len(wanted) <= _VERSION_DIGITS):
        raise NotPossible("api-malformed", f"{named[:100]!r} is not NAME or NAME:VERSION")
    apis = [api for api in await list_apis(context) if api.name == name]
    if colon:
        apis = [api for api in apis if api.version == int(wanted)]
    else:
        apis = [api for api in apis if api.life_cycle == "live"] or apis
    if not apis:
        raise NotPossible("api-unknown", f"No API {named!r}: satsuma apis list shows them")
    return max(apis, key=lambda api: api.version)


async def find_open_api(context: ManagementContext, named: str) -> Api:
    """Find an API that takes new subscriptions: a live one, whoever asks; raises NotPossible."""
    api = await find_api(context, named)
    if api.life_cycle != "live":
        says = f"{api.name} v{api.version} is {api.life_cycle}: it takes no new subscriptions"
        raise NotPossible("api-not-live", says)
    return api


async def set_life_cycle(context: ManagementContext, named: str, life_cycle: LifeCycle) -> Api:
    """Move an API to live, deprecated or retired."""
    api = await find_api(context, named)
    await context.store.commit(
        SetLifeCycle(api.api_id, life_cycle),
        context.audit("api.life-cycle", f"api:{api.api_id}", life_cycle=life_cycle),
    )
    return api


def _check(new: NewApi) -> tuple[ScopeText, ...]:
    """Refuse what is no API; give its scope texts in their stored form."""
    with possible():
        check_fields(API, **{field.name: getattr(new, field.name, None) for field in API})
    return check_texts(new.scope_texts, (rule.scope for rule in new.scopes))
