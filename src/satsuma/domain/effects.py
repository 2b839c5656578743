"""Effects: what a decision does to the store, as frozen values, committed together or not at all.

An effect whose condition does not hold makes the whole commit conflict, and says which slug it conflicts with.
"""

from __future__ import annotations

from satsuma.domain.accounts import (
    AddLink,
    ChangeEmail,
    ConfirmAccount,
    CreateAccount,
    DeleteAccount,
    SetBlocked,
    SetLocale,
    SetPassword,
    UseLink,
)
from satsuma.domain.apis import CreateApi, ReplaceApi, SetLifeCycle
from satsuma.domain.applications import (
    AddSecret,
    BumpGeneration,
    CreateApplication,
    ExpireSecret,
    NoteSecretUse,
    SetApplicationState,
)
from satsuma.domain.audit import Audit, SealAudit
from satsuma.domain.consents import EndAccess, PutConsent, PutSubject, RelyOnConsent
from satsuma.domain.grants.grant import (
    IssueCode,
    RevokeGrant,
    RotateRefresh,
    StartRefreshing,
    UseCode,
    UseGrant,
)
from satsuma.domain.keys import AddKey, CountKeyUses, SetKeyLife
from satsuma.domain.meta import SetMeta
from satsuma.domain.request_log import LogRequests
from satsuma.domain.revocations import Revoke
from satsuma.domain.sessions import EndSession, EndSessions, SeeSession, StartSession
from satsuma.domain.spaces import CreateSpace
from satsuma.domain.subscriptions import SetSubscriptionState, Subscribe
from satsuma.domain.work import Enqueue, FinishWork, Lease, TakeWork

PersonEffect = (
    SetPassword
    | ConfirmAccount
    | ChangeEmail
    | SetLocale
    | DeleteAccount
    | SetBlocked
    | StartSession
    | SeeSession
    | EndSession
    | EndSessions
    | PutSubject
    | PutConsent
    | RelyOnConsent
    | EndAccess
    | IssueCode
    | UseCode
    | StartRefreshing
    | UseGrant
    | RotateRefresh
    | RevokeGrant
    | AddLink
    | UseLink
    | Enqueue
    | TakeWork
    | FinishWork
)


Effect = (
    CreateAccount
    | CreateSpace
    | CreateApplication
    | SetApplicationState
    | BumpGeneration
    | AddSecret
    | ExpireSecret
    | NoteSecretUse
    | CreateApi
    | ReplaceApi
    | SetLifeCycle
    | Subscribe
    | SetSubscriptionState
    | AddKey
    | SetKeyLife
    | CountKeyUses
    | Revoke
    | Audit
    | SealAudit
    | LogRequests
    | Lease
    | SetMeta
    | PersonEffect
)
