"""The one line of every endpoint that a client calls: read, identify, count, decide, render."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, NamedTuple

from satsuma.domain.errors import token as errors
from satsuma.domain.errors.grants import PROVES_NOTHING
from satsuma.domain.errors.refusal import Refusal, Refused
from satsuma.http.cors import check_origin
from satsuma.http.messages import Answer, Later, Request
from satsuma.oauth.client_authentication import Caller, Form, read_any_proof, read_proof
from satsuma.oauth.form_request import read_form
from satsuma.oauth.issuer import IssuerContext
from satsuma.oauth.rate_limit import RequestCount
from satsuma.replica.clients import ClientRecord
from satsuma.store.port import Conflict, Unavailable
from satsuma_client.protocol.basic import BasicCredentials

_GUESSES = "guesses"
"""What a client's refused codes and refresh tokens are counted under, where a person's proven ones have the person."""
Identify = Callable[[BasicCredentials, str, bytes | None, bool], Any]
"""The caller of a proof, from a source, read from a header or not, public or not; None where it must be looked up."""


class Step(NamedTuple):
    """What an endpoint does for a caller that it knows.

    `public` says that a client without a secret may ask. `needs_token` says that a form without `token` is refused,
    once its proof could be read. `is_filed` says that a proof that cannot be read is filed under the client that the
    form names, though nobody has proven to be it. `is_guessable` says that a stranger may have made up what a client
    brings, such as the code of a callback: the step counts what it finds proven.
    """

    decide: Callable[[Form, Any], Answer | Coroutine[Any, Any, Answer]]
    public: bool = False
    needs_token: bool = False
    is_filed: bool = False
    is_guessable: bool = False


def _read_proof(step: Step, form: Form, authorization: bytes | None) -> BasicCredentials:
    proof = (read_any_proof if step.public else read_proof)(form, authorization)
    if step.needs_token:
        _check_token(form)
    return proof


def _check_token(form: Form) -> None:
    if "token" not in form:
        raise Refused(Refusal(errors.TOKEN_MISSING))


def check_client_origin(request: Request, caller: Caller) -> None:
    """Refuse a page whose origin the calling client did not register."""
    if isinstance(caller, ClientRecord):
        check_origin(request, caller.client.application.web_origins)


class ClientEndpoint:
    """An endpoint: `choose` reads what is asked, the line finds out who asks, the chosen step answers.

    Every refusal of every step is rendered here. What must wait goes on in a coroutine, on the same functions.
    """

    def __init__(
        self,
        context: IssuerContext,
        name: str,
        choose: Callable[[Request, Form], Step],
        counts: bool,
        identify: Identify | None = None,
        check: Callable[[Request, Caller], None] = check_client_origin,
        read: Callable[[Request], tuple[Form, bytes | None]] | None = None,
        fresh_first: bool = True,
    ) -> None:
        """Answer as `name`; `identify` and `check` are given where more than clients may call.

        `read` is given where something is told before the form is read; without `fresh_first` a proof that cannot be
        read is told before that the replica is too old.
        """
        self._context = context
        self._name = name
        self._choose = choose
        self._requests = RequestCount(context) if counts else None
        self._identify = identify or context.authentication.identify_held
        self._check = check
        self._read = read
        self._fresh_first = fresh_first
        self._policy = context.issuer.policy

    def __call__(self, request: Request) -> Answer | Later:
        """Answer, or say that something must be awaited.

        Spec: RFC 6749 §3.2.
        """
        context, client_id = self._context, None
        try:
            read = self._read
            form, authorization = (
                read_form(request, self._policy) if read is None else read(request)
            )
            step = self._choose(request, form)
            if self._fresh_first:
                context.check_fresh()
            recall = context.authentication.recall_client
            caller: Any = recall(form, authorization, request.source)
            if caller is None:
                client_id = form.get("client_id") if step.is_filed else None
                proof = _read_proof(step, form, authorization)
                client_id = proof.client_id
                if not self._fresh_first:
                    context.check_fresh()
                caller = self._identify(proof, request.source, authorization, step.public)
                if caller is None:
                    work = self._after_look_up(request, form, step, proof)
                    return self._later(request, client_id, work)
            elif step.needs_token:
                _check_token(form)
            client_id = caller.client_id if isinstance(caller, ClientRecord) else client_id
            request.client_id = client_id
            if b"origin" in request.fields:
                self._check(request, caller)
            if self._requests is not None:
                if context.shared_counter is not None or caller.public or step.is_guessable:
                    work = self._after_counting(request, form, step, caller)
                    return self._later(request, client_id, work)
                self._requests.count_here(caller)
            found = step.decide(form, caller)
            return found if isinstance(found, Answer) else self._later(request, client_id, found)
        except Refused as refused:
            return context.refusals.answer(request, self._name, refused.refusal, client_id)

    async def _after_look_up(
        self, request: Request, form: Form, step: Step, proof: BasicCredentials
    ) -> Answer:
        authentication = self._context.authentication
        record = await authentication.look_up(proof.client_id, request.source)
        self._context.check_fresh()
        client = authentication.identify(record, proof, request.source, public=step.public)
        self._check(request, client)
        if isinstance(client, ClientRecord):
            request.client_id = client.client_id
        return await self._after_counting(request, form, step, client)

    async def _after_counting(
        self, request: Request, form: Form, step: Step, caller: Any
    ) -> Answer:
        if self._requests is not None:
            if caller.public:
                return await self._of_public(request.source, form, step, caller)
            if step.is_guessable:
                return await self._of_guess(self._requests, form, step, caller)
            await self._requests.count_for_all(caller)
        found = step.decide(form, caller)
        return found if isinstance(found, Answer) else await found

    async def _of_public(self, source: str, form: Form, step: Step, client: ClientRecord) -> Answer:
        """Answer a client whose name proves nothing: failures count by source, the step counts what it finds proven."""
        authentication = self._context.authentication
        authentication.check_patience(client.client_id, source)
        try:
            found = step.decide(form, client)
            return found if isinstance(found, Answer) else await found
        except Refused as refused:
            if refused.refusal.row in PROVES_NOTHING:
                authentication.count_failure(client.client_id, source)
            raise

    async def _of_guess(
        self, requests: RequestCount, form: Form, step: Step, client: ClientRecord
    ) -> Answer:
        """Answer a client that passes on what anybody may have sent it: what was refused is counted apart.

        A stranger who has the client send made-up codes does not hold off those who log in there.
        """
        try:
            found = step.decide(form, client)
            return found if isinstance(found, Answer) else await found
        except Refused as refused:
            if refused.refusal.row is not errors.TOO_MANY_REQUESTS:
                await requests.count_for_all(client, _GUESSES)
            raise

    def _later(
        self, request: Request, client_id: str | None, work: Coroutine[Any, Any, Answer]
    ) -> Later:
        return Later(self._render(request, client_id, work))

    async def _render(
        self, request: Request, client_id: str | None, work: Coroutine[Any, Any, Answer]
    ) -> Answer:
        try:
            return await work
        except (Unavailable, Conflict):
            refusal = Refusal(errors.NOT_READY)
        except Refused as refused:
            refusal = refused.refusal
        return self._context.refusals.answer(request, self._name, refusal, client_id)
