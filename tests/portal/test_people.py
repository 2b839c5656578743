"""The people of a client space: invited by a letter, in by their own account, out by an owner."""

import re
import secrets
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from satsuma.accounts.passwords import hash_password
from satsuma.domain.spaces import MOST_INVITATIONS, Invitation, Invite
from satsuma.keys.opaque import Digests
from satsuma.management.accounts import create_account, find_account
from satsuma_client.protocol.secret import Secret
from tests.oauth.agent import Agent, Page
from tests.oauth.flow import PASSWORD
from tests.portal.developer import Developer, developer, form_to, words
from tests.signin.browser import letter, letters_to, link
from tests.wire.server import Server, running_server

PEOPLE = "/myapps/people"


def address() -> str:
    return f"{secrets.token_hex(6)}@people.example"


def invited(owner: Developer, email: str, role: str = "developer") -> Page:
    """Invite an address; give the page that follows."""
    return owner.send(PEOPLE, PEOPLE, email=email, role=role)


def path_to(owner: Developer, email: str, number: int = 1) -> str:
    """Where the letter's link leads."""
    found = link(owner.server, email, number)
    return found.removeprefix(owner.server.pages_url)


def join(owner: Developer, guest: Developer, role: str = "developer") -> Page:
    """Invite a person and accept as that person."""
    number = len(letters_to(owner.server, guest.email)) + 1
    page = invited(owner, guest.email, role)
    assert "on its way" in words(page), words(page)
    path = path_to(owner, guest.email, number)
    page = guest.send(path, path)
    assert page.url.endswith("/myapps?done=joined"), words(page)
    return page


def test_an_invited_address_logs_in_accepts_and_sees_the_application(server: Server) -> None:
    owner, guest = developer(server), developer(server)
    owner.create("Finder of two")
    page = invited(owner, guest.email)
    assert f"{guest.email} invited until" in words(page)

    said = letter(server, guest.email)
    assert f"{owner.email} invites you" in said
    path = path_to(owner, guest.email)
    stranger = Agent(server)
    page = stranger.open(f"{server.pages_url}{path}")
    assert "Log in with that address" in words(page)
    assert guest.email not in page.text, "whoever has the link is not told the whole address"
    login = stranger.open(f"{server.pages_url}/login?to={path}")
    page = stranger.log_in(login, guest.email, PASSWORD)
    assert "You are invited to a client space" in words(page)
    page = stranger.send(page, form_to(page, path))
    assert "Finder of two" in words(page)
    assert f"The client space {owner.email} , where you are developer" in words(page)
    assert f"{guest.email} you" in words(stranger.open(f"{server.pages_url}{PEOPLE}"))


def stored(owner: Developer, *emails: str, age: timedelta = timedelta(0)) -> str:
    """Invite addresses some time ago, beside the server; give the token of the last."""
    token = secrets.token_urlsafe(32)

    async def invite(context: Any) -> None:
        account, space = await find_account(context, owner.email)
        at = context.clock() - age
        for email in emails:
            digest = Digests(context.vault, "link-digest")(token if email == emails[-1] else email)
            ids = (f"inv_{secrets.token_hex(9)}", digest, space.space_id, email, "developer")
            made = Invitation(*ids, account.account_id, at, at + timedelta(days=7))
            await context.store.commit(Invite(made))

    owner.server.manage(invite)
    return token


def post(who: Developer, path: str, **fields: str) -> Page:
    """Send a form that no page shows, from our own page."""
    page = who.open("/generator")
    token = form_to(page, "/generator").fields["form_token"]
    url = f"{who.server.pages_url}{path}"
    return who.agent._go("POST", url, {"form_token": token, **fields}, page.url)


def test_a_forwarded_letter_is_of_no_use_to_who_it_was_forwarded_to(server: Server) -> None:
    owner, guest, other = developer(server), developer(server), developer(server)
    invited(owner, guest.email)
    path = path_to(owner, guest.email)
    page = other.open(path)
    assert page.status == 403
    assert "This invitation is for another address" in words(page)
    assert f"{guest.email[0]}•••@people.example" in words(page)
    assert guest.email not in page.text
    assert owner.email not in page.text
    assert post(other, path).status == 403
    assert guest.open(path).status == 200, "it still waits for whom it is for"


def test_an_expired_invitation_says_whom_to_ask_and_is_sent_again(server: Server) -> None:
    owner, guest = developer(server), developer(server)
    token = stored(owner, guest.email, age=timedelta(days=7, minutes=1))
    page = guest.open(f"/myapps/join/{token}")
    assert page.status == 410
    assert f"has expired An invitation is good for seven days. Ask {owner.email}" in words(page)
    assert post(guest, f"/myapps/join/{token}").status == 410
    assert f"{guest.email} expired developer" in words(owner.open(PEOPLE))
    page = owner.send(PEOPLE, f"{PEOPLE}/again")
    assert f"{guest.email} invited until" in words(page)
    path = path_to(owner, guest.email)
    assert guest.send(path, path).url.endswith("done=joined")


def test_a_withdrawn_invitation_leads_nowhere(server: Server) -> None:
    owner, guest = developer(server), developer(server)
    invited(owner, guest.email)
    path = path_to(owner, guest.email)
    page = owner.send(PEOPLE, f"{PEOPLE}/withdraw")
    assert "leads nowhere now" in words(page)
    assert guest.email not in words(page)
    page = guest.open(path)
    assert page.status == 410
    assert f"Ask {owner.email} for another one" in words(page)
    assert post(guest, path).status == 410


def test_an_invitation_followed_twice_says_that_one_is_in_already(server: Server) -> None:
    owner, guest, other = developer(server), developer(server), developer(server)
    join(owner, guest)
    path = path_to(owner, guest.email)
    assert "You are in already" in words(guest.open(path))
    assert "You are in already" in words(post(guest, path))
    assert other.open(path).status == 410


def test_an_invitation_is_void_once_who_invited_owns_the_space_no_more(server: Server) -> None:
    owner, second, guest = developer(server), developer(server), developer(server)
    join(owner, second, "owner")
    invited(second, guest.email)
    path = path_to(owner, guest.email)
    page = owner.send(PEOPLE, f"{PEOPLE}/role", role="viewer", account=account_of(owner, second))
    assert "void who invited is no owner any more" in words(page)
    page = guest.open(path)
    assert page.status == 410
    assert "no longer good" in words(page)


def account_of(owner: Developer, member: Developer) -> str:
    """The id by which the page of an owner names a member."""
    page = owner.open(PEOPLE)
    found = re.findall(r'name="account" value="(\w+)"', page.text)
    for named in found:
        row = page.text.partition(f'value="{named}"')[0].rpartition("<tr>")[2]
        if member.email in row:
            return str(named)
    raise AssertionError(f"{member.email} is not on the page")


def test_who_has_no_account_signs_up_with_the_address_and_accepts(server: Server) -> None:
    owner, email = developer(server), address()
    owner.create("Shared with a newcomer")
    invited(owner, email, "viewer")
    path = path_to(owner, email)
    agent = Agent(server)
    page = agent.open(f"{server.pages_url}{path}")
    assert 'href="/sign-up"' in page.text
    page = agent.send(agent.open(f"{server.pages_url}/sign-up"), email=email)
    page = agent.open(link(server, email, 2))
    page = agent.send(page, form_to(page, ""), password=PASSWORD, again=PASSWORD)
    page = agent.open(f"{server.pages_url}/login?to={path}")
    page = (
        agent.log_in(page, email, PASSWORD)
        if "password" in page.text
        else agent.open(f"{server.pages_url}{path}")
    )
    page = agent.open(f"{server.pages_url}{path}")
    page = agent.send(page, form_to(page, path))
    assert "Shared with a newcomer" in words(page)
    assert "where you are viewer" in words(page)


def test_a_person_of_two_spaces_chooses_which_one_to_look_at(server: Server) -> None:
    owner, guest, stranger = developer(server), developer(server), developer(server)
    theirs, own = owner.create("Theirs"), guest.create("Own")
    join(owner, guest)
    assert "Theirs" in words(guest.open("/myapps"))
    assert "Own" not in words(guest.open("/myapps"))
    page = guest.open(f"/myapps/{own}/credentials")
    assert page.status == 200, "a page of an application is in the space of that application"
    own_space = re.search(
        rf'value="(\w+)"[^>]*>{re.escape(guest.email)} · owner', page.text
    ) or re.search(rf'value="(spc_\w+)"[^>]*><bdi>{re.escape(guest.email)}', page.text)
    assert own_space
    page = post(guest, "/choose", space=own_space[1], to=f"/myapps/{theirs}/config")
    assert page.url.endswith("/myapps")
    assert "Own" in words(page)
    assert "Theirs" not in words(page)
    post(stranger, "/choose", space=own_space[1])
    assert "Own" not in words(stranger.open("/myapps"))


def test_a_developer_makes_an_application_in_the_space(server: Server) -> None:
    owner, guest = developer(server), developer(server)
    join(owner, guest)
    made = guest.create("Made by a guest")
    assert "Made by a guest" in words(owner.open("/myapps"))
    assert owner.secret(made) == guest.secret(made)


def test_a_viewer_runs_nothing_and_makes_nothing(server: Server) -> None:
    owner, guest = developer(server), developer(server)
    made = owner.create("Only looked at")
    join(owner, guest, "viewer")
    page = guest.open("/guides/oauth-m2m/2")
    assert "as a viewer" in words(page)
    page = post(guest, "/guides/oauth-m2m/2")
    assert 'id="answer"' not in page.text
    assert "as a viewer" in words(guest.open("/guides/oauth-u2m/2"))
    page = post(guest, "/myapps", name="Mine", kind="confidential")
    assert page.status == 403
    assert "as a viewer" in words(page)
    assert post(guest, f"/myapps/{made}/credentials/secret").status == 403
    assert "hidden from a viewer" in words(guest.open(f"/myapps/{made}/credentials"))


def test_the_only_owner_stays(server: Server) -> None:
    owner, guest = developer(server), developer(server)
    join(owner, guest)
    space = owner_space(owner)
    page = owner.open(PEOPLE)
    assert "You are the only owner: make somebody else one before you leave" in words(page)
    me = {"space": space, "was": "owner"}
    assert post(owner, f"{PEOPLE}/leave", **me).status == 409
    page = post(owner, f"{PEOPLE}/role", **me, account=id_of(owner), role="viewer")
    assert page.status == 409
    assert "A client space needs an owner" in words(page)
    page = post(owner, f"{PEOPLE}/remove", **me, account=id_of(owner))
    assert page.status == 409


def owner_space(owner: Developer) -> str:
    found = re.search(r'name="space" value="(spc_\w+)"', owner.open(PEOPLE).text)
    assert found
    return found[1]


def id_of(who: Developer) -> str:
    async def find(context: Any) -> str:
        return str((await find_account(context, who.email))[0].account_id)

    return str(who.server.manage(find))


def test_whoever_leaves_or_is_taken_out_finds_nothing_there_any_more(server: Server) -> None:
    owner, one, two = developer(server), developer(server), developer(server)
    made = owner.create("Of three")
    join(owner, one)
    join(owner, two)
    page = one.send(PEOPLE, f"{PEOPLE}/leave")
    assert "You have left the client space" in words(page)
    assert one.open(f"/myapps/{made}/config").status == 404
    page = owner.send(PEOPLE, f"{PEOPLE}/remove", account=account_of(owner, two))
    assert "renew those of the applications that matter" in words(page)
    assert two.open(f"/myapps/{made}/config").status == 404
    assert "Of three" not in words(two.open("/myapps"))


def test_a_second_tab_is_told_that_the_role_was_changed(server: Server) -> None:
    owner, guest = developer(server), developer(server)
    join(owner, guest)
    tab = owner.open(PEOPLE)
    stale = form_to(tab, f"{PEOPLE}/remove")
    owner.send(PEOPLE, f"{PEOPLE}/role", role="owner", account=account_of(owner, guest))
    page = owner.agent.send(tab, stale)
    assert page.status == 409
    assert "was changed meanwhile, in another tab or by somebody else" in words(page)
    assert "Role of" in words(page), "it is shown as it stands now"
    page = post(owner, f"{PEOPLE}/name", space=stale.fields["space"], was="Before", name="New")
    assert page.status == 409


def test_a_form_is_of_the_space_that_its_page_showed(server: Server) -> None:
    """A second tab looks at another space meanwhile: the form changes the one it was drawn for."""
    owner, guest = developer(server), developer(server)
    join(owner, guest, "owner")
    tab = guest.open(PEOPLE)
    own_space = [
        each for each in re.findall(r'value="(spc_\w+)"', tab.text) if each != owner_space(owner)
    ]
    post(guest, "/choose", space=own_space[0], to="/myapps")
    page = guest.agent.send(tab, form_to(tab, f"{PEOPLE}/name"), name="Named from a tab")
    assert "Named from a tab" in words(page)
    assert "Named from a tab" in words(owner.open(PEOPLE))


def test_the_account_of_the_only_owner_of_others_is_not_deleted(server: Server) -> None:
    owner, guest = developer(server), developer(server)
    join(owner, guest)
    page = owner.send("/account/delete", "/account/delete", words="delete my account")
    assert page.status in (400, 409), page.url
    page = owner.agent.send(
        owner.open("/account/delete"),
        form_to(owner.open("/account/delete"), "/account/delete"),
        **dict.fromkeys(typed_fields(owner), "delete my account"),
    )
    assert page.status == 409, words(page)
    assert "Make one of them an owner, or take them out, first" in words(page)
    page = guest.agent.send(
        guest.open("/account/delete"),
        form_to(guest.open("/account/delete"), "/account/delete"),
        **dict.fromkeys(typed_fields(guest), "delete my account"),
    )
    assert page.status == 200, words(page)
    assert guest.email not in words(owner.open(PEOPLE))


def typed_fields(who: Developer) -> list[str]:
    """The fields of the form that a person types into."""
    form = form_to(who.open("/account/delete"), "/account/delete")
    return [name for name in form.fields if name != "form_token"]


def test_invitations_are_bounded(server: Server) -> None:
    owner = developer(server)
    stored(owner, *(address() for _ in range(MOST_INVITATIONS)))
    page = post(owner, PEOPLE, space=owner_space(owner), email=address(), role="viewer")
    assert page.status == 409
    assert f"{MOST_INVITATIONS} invitations wait already" in words(page)


def test_an_address_gets_five_letters_and_no_more(server: Server) -> None:
    owner, email = developer(server), address()
    for _ in range(5):
        assert "on its way" in words(invited(owner, email))
    page = invited(owner, email)
    assert page.status == 429
    assert page.headers
    assert int(page.headers["retry-after"]) > 60
    assert "Too many tries" in words(page)
    assert f'value="{email}"' in page.text, "what was typed is there"


def test_letting_somebody_in_wants_a_fresh_login(server: Server) -> None:
    """Inviting, sending again and another role are refused until the password is shown; taking out is not."""
    owner, guest = developer(server), developer(server)
    join(owner, guest)
    stored(owner, address())
    grown_old(owner)
    for path in ("", "/again", "/role"):
        page = owner.send(PEOPLE, PEOPLE + path, email=address(), role="owner")
        assert "/login?again=1&to=/myapps/people" in page.url, path
    assert "they may have seen secrets" in words(owner.send(PEOPLE, f"{PEOPLE}/remove")).lower()
    page = owner.agent.open(f"{server.pages_url}/login?again=1&to={PEOPLE}")
    page = owner.agent.log_in(page, owner.email, PASSWORD)
    assert "on its way" in words(owner.send(PEOPLE, PEOPLE, email=address(), role="viewer"))


def grown_old(who: Developer) -> None:
    """Let the login of a person be six minutes old."""
    with closing(sqlite3.connect(who.server.database.removeprefix("sqlite:///"))) as connection:
        connection.execute(
            "UPDATE session SET authenticated_at = authenticated_at - 360000000 WHERE account_id = "
            "(SELECT account_id FROM account WHERE email = ?)",
            (who.email,),
        )
        connection.commit()


@pytest.mark.parametrize("email", ["", "nobody", "a@b", "x@people.example, y@people.example"])
def test_what_is_no_address_is_not_invited(server: Server, email: str) -> None:
    page = invited(developer(server), email)
    assert page.status == 400
    assert "Please enter an e-mail address" in words(page)


def test_who_is_in_already_is_not_invited_again(server: Server) -> None:
    owner, guest = developer(server), developer(server)
    join(owner, guest)
    page = invited(owner, guest.email.upper())
    assert page.status == 409
    assert "is in the client space already" in words(page)


def test_the_page_is_in_french(server: Server) -> None:
    owner, guest = developer(server), developer(server)
    join(owner, guest)
    owner.agent.language = "fr"
    invited(owner, address(), "viewer")
    page = owner.open(PEOPLE)
    for said in (
        "Personnes de cet espace client",
        "propriétaire",
        "Inviter quelqu’un",
        "Retirer de l’espace",
    ):
        assert said in words(page), said


def test_where_sign_up_is_closed_who_is_invited_sees_that_space_and_none_of_its_own(
    tmp_path: Path,
) -> None:
    environment = {"SATSUMA_SIGN_UP": "closed"}
    with running_server(tmp_path, environment=environment, options=("--test",)) as server:
        owner = Developer(server, person_of(server, "developer"))
        guest = Developer(server, person_of(server, "user"))
        assert "this account is none yet" in words(guest.open("/myapps"))
        assert "Your client space opens" in words(guest.open(PEOPLE))
        assert post(guest, PEOPLE, email=address(), role="viewer").status == 404
        made = owner.create("Behind a closed door")
        invited(owner, guest.email)
        path = path_to(owner, guest.email)
        stranger = Agent(server).open(f"{server.pages_url}{path}")
        assert "Sign-up is not open here" in words(stranger)
        assert 'href="/sign-up"' not in stranger.text
        page = guest.send(path, path)
        assert "Behind a closed door" in words(page)
        assert 'id="space"' not in page.text, "there is no other space to choose"
        guest.create("Made by an invited user")
        guest.send(PEOPLE, f"{PEOPLE}/leave")
        assert guest.open(f"/myapps/{made}/config").status == 404


def person_of(server: Server, role: Any) -> str:
    """The address of a person with a role of the installation."""
    email = address()

    async def make(context: Any) -> None:
        await create_account(context, email, role, hash_password(Secret(PASSWORD)))

    server.manage(make)
    return email


def test_nobody_is_invited_into_a_sandbox(tmp_path: Path) -> None:
    with running_server(
        tmp_path, environment={"SATSUMA_SANDBOX": "true"}, options=("--test",)
    ) as server:
        server.new_api("shops", sandbox=True)
        agent = Agent(server)
        page = agent.open(f"{server.pages_url}/")
        page = agent.send(page, form_to(page, "/try"))
        assert page.url.endswith("/guides/oauth-m2m/1")
        page = agent.open(f"{server.pages_url}{PEOPLE}")
        assert "Nobody else comes into a sandbox" in words(page)
        assert "Invite somebody" not in words(page)
        token = form_to(agent.open(f"{server.pages_url}/generator"), "/generator").fields
        sent = {**token, "email": address(), "role": "owner"}
        url = f"{server.pages_url}{PEOPLE}"
        assert agent._fetch("POST", url, sent, url).status == 403


def test_an_application_is_made_in_the_space_that_its_form_showed(server: Server) -> None:
    """A second tab looks at another space meanwhile."""
    owner, guest = developer(server), developer(server)
    join(owner, guest, "developer")
    tab = guest.open("/myapps")
    form = form_to(tab, "/myapps")
    shown = form.fields["space"]
    (other,) = {each for each in re.findall(r'value="(spc_\w+)"', tab.text) if each != shown}
    post(guest, "/choose", space=other, to="/myapps")
    page = guest.agent.send(tab, form, name="Made in a tab", kind="public")
    assert "/credentials" in page.url, words(page)
    for space, is_there in ((other, False), (shown, True)):
        post(guest, "/choose", space=space, to="/myapps")
        assert ("Made in a tab" in words(guest.open("/myapps"))) is is_there
    assert guest.agent.send(tab, form, name="Elsewhere", space="spc_none").status == 404
