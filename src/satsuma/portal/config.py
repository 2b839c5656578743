"""The config of an application: each field a form of its own, judged by the rule that registers it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import Route

from satsuma.domain.applications import Application
from satsuma.management.application_changes import change_application
from satsuma.management.context import NotPossible
from satsuma.management.edits import Edit
from satsuma.management.field_views import FormField, form_field
from satsuma.management.fields import APPLICATION
from satsuma.portal.application_pages import OwnApplication, with_status
from satsuma.portal.asked import Asked
from satsuma.web.languages import N_, say

# The fields that an owner sets here, what each is called, and what it does.
FIELDS: Final = {
    "redirect_uris": (
        N_("Redirect addresses"),
        N_("One a line. Where the browser comes back with a code; compared to the last character."),
    ),
    "post_logout_redirect_uris": (
        N_("Logout addresses"),
        N_("One a line. Where people arrive after they log out; without any, a redirect address."),
    ),
    "web_origins": (
        N_("Web origins"),
        N_("One a line: scheme, host and port. Scripts of pages there may read our answers."),
    ),
    "default_scopes": (
        N_("Default scopes"),
        N_("One a line. What a request without a scope asks for."),
    ),
    "pkce": (
        N_("PKCE"),
        N_("Whether each login must prove that who redeems its code began it."),
    ),
    "name": (N_("Name"), N_("People see it when they allow access.")),
    "publisher": (
        N_("Publisher"),
        N_("Who stands behind it. People see it when they are asked for access."),
    ),
    "client_uri": (N_("Site"), N_("The publisher’s site, an https address.")),
    "policy_uri": (N_("Privacy policy"), N_("An https address, linked where access is asked for.")),
    "description": (N_("Description"), N_("In one line, for you; people do not see it.")),
}
PKCE: Final = {
    "issuer": N_("As the issuer has it"),
    "required": N_("Always"),
    "or-nonce": N_("It, or a nonce"),
    "optional": N_("Checked when it is sent"),
}
_SAVED: Final = N_("Saved. It is in force on every machine within a second.")
MOST_LINES: Final = 100
"""How many addresses a list of one application has at most, set here."""
_TOO_MANY: Final = N_("At most %(n)s lines.")
_MOVED: Final = N_("It was changed meanwhile, in another tab or by somebody else.")
_BY_NAME: Final = {field.name: field for field in APPLICATION}


@dataclass(frozen=True, slots=True)
class Shown:
    """A field of the form: what stands in it, what was saved, and what is wrong with it."""

    field: FormField
    label: str
    hint: str
    value: str
    saved: str
    error: str = ""
    is_moved: bool = False


@dataclass(frozen=True, slots=True)
class ConfigPages:
    """Shows the config, and takes one field at a time."""

    own: OwnApplication

    def routes(self, base: str) -> list[Route]:
        """The routes of the tab."""
        return [
            Route(f"{base}/config", self.own.page(self.show), methods=["GET"]),
            Route(f"{base}/config", self.own.form(self.save, self.show), methods=["POST"]),
        ]

    async def show(self, asked: Asked) -> Response:
        """Show every field as it is saved."""
        if asked.request.query_params.get("done") == "fixed":
            asked.request.state.news = say(asked.request, _SAVED)
        return self._page(asked, {})

    async def save(self, asked: Asked, form: dict[str, str]) -> Response:
        """Save one field, unless it was changed since its form was drawn: then both values are shown."""
        name = form.get("field", "")
        typed = form.get("value", "").replace("\r\n", "\n").strip()
        if name not in FIELDS:
            return self._page(asked, {})
        saved = _text(asked.client.application, name)
        seen = form.get("was", "").replace("\r\n", "\n")
        if typed in (seen, saved):  # nothing was changed on this page, or it is there already
            return self._page(asked, {})
        if seen != saved:
            return self._moved(asked, name, typed)
        if typed.count("\n") >= MOST_LINES:
            says = say(asked.request, _TOO_MANY, {"n": MOST_LINES})
            wrong = self._shown(asked, name, typed, says)
            return with_status(self._page(asked, {name: wrong}), 400)
        try:
            context = self.own.desk.context(asked.visitor)
            was = {name: getattr(asked.client.application, name)}
            edits = {name: _edit(name, typed)}
            application, changed = await change_application(context, asked.named, edits, was=was)
        except NotPossible as problem:
            if problem.slug == "changed-meanwhile":
                client = await self.own.desk.own_client(asked.visitor, asked.named)
                return self._moved(replace(asked, client=client), name, typed)
            wrong = self._shown(asked, name, typed, str(problem))
            return with_status(self._page(asked, {name: wrong}), 400)
        asked.request.state.news = say(asked.request, _SAVED)
        client = replace(asked.client, application=application)
        return self._page(replace(asked, client=client), {}, changed.ends)

    def _moved(self, asked: Asked, name: str, typed: str) -> Response:
        """Show what was saved meanwhile beside what was typed."""
        wrong = self._shown(asked, name, typed, say(asked.request, _MOVED), is_moved=True)
        return with_status(self._page(asked, {name: wrong}), 409)

    def _page(self, asked: Asked, others: dict[str, Shown], ends: tuple[str, ...] = ()) -> Response:
        fields = [
            others.get(name) or self._shown(asked, name, _text(asked.client.application, name), "")
            for name in FIELDS
        ]
        return self.own.show(asked, "config", fields=fields, ends=ends, pkce=PKCE)

    def _shown(
        self, asked: Asked, name: str, value: str, error: str, *, is_moved: bool = False
    ) -> Shown:
        label, hint = FIELDS[name]
        field = form_field(_BY_NAME[name])
        if asked.client.application.public and name == "pkce":
            field = replace(field, choices=("issuer", "required"))
        saved = _text(asked.client.application, name)
        return Shown(field, label, hint, value, saved, error, is_moved)


def _text(application: Application, name: str) -> str:
    value: Any = _BY_NAME[name].of(application)
    return "\n".join(value) if _BY_NAME[name].many else str(value)


def _edit(name: str, typed: str) -> Edit:
    """What is asked of a field: the whole of it, in place of what its page showed."""
    if not _BY_NAME[name].many:
        return Edit(typed)
    lines = (line.strip() for line in typed.splitlines())
    return Edit(tuple(dict.fromkeys(line for line in lines if line)))
