"""What people do, in a real browser: sign up, log in, recover, go through an application's request, leave."""

import json

from playwright.sync_api import Browser, Page

from tests.oauth.flow import FRENCH, PASSWORD, authorize_url
from tests.signin.browser import (
    NEW_PASSWORD,
    a_client,
    a_person,
    fill_login,
    heading,
    letter,
    link,
    log_in,
    path_of,
    reach_consent,
    visit,
)
from tests.signin.client_site import ClientSite
from tests.wire.server import Server, wait_until


def test_a_person_signs_up_by_the_link_and_is_logged_in(page: Page, server: Server) -> None:
    email = "new@people.example"
    page.goto(f"{server.pages_url}/login")
    page.get_by_role("link", name="Sign up").click()
    page.get_by_label("E-mail").fill(email)
    page.get_by_role("button", name="Send the link").click()
    assert heading(page) == "Check your e-mail"
    page.goto(link(server, email))
    assert page.get_by_label("E-mail").input_value() == email
    page.get_by_label("New password").fill("aaaaaaaaaaaaaaaa")
    page.get_by_role("button", name="Save and log in").click()
    assert "Repeats like" in page.locator(".error").inner_text()
    page.get_by_label("New password").fill(NEW_PASSWORD)
    page.get_by_role("button", name="Save and log in").click()
    assert path_of(page) == "/account"
    assert email in page.locator("main").inner_text()


def test_a_wrong_password_says_so_and_the_right_one_goes_on(page: Page, server: Server) -> None:
    person = a_person(server)
    log_in(page, server, person.email, "not the password at all")
    assert page.get_by_role("alert").inner_text() == "The e-mail or the password is wrong."
    assert page.get_by_label("E-mail").input_value() == person.email
    assert page.get_by_label("Password").input_value() == ""
    fill_login(page, person.email, PASSWORD)
    assert path_of(page) == "/account"


def test_a_forgotten_password_is_set_anew_and_ends_other_sessions(
    page: Page, server: Server, chromium: Browser
) -> None:
    person = a_person(server)
    log_in(page, server, person.email, PASSWORD)
    assert path_of(page) == "/account"
    with visit(chromium) as elsewhere:
        elsewhere.goto(f"{server.pages_url}/reset")
        elsewhere.get_by_label("E-mail").fill(person.email)
        elsewhere.get_by_role("button", name="Send the link").click()
        found = link(server, person.email)
        elsewhere.goto(found)
        elsewhere.get_by_label("New password").fill(NEW_PASSWORD)
        elsewhere.get_by_role("button", name="Save the password").click()
        assert path_of(elsewhere) == "/account"
        elsewhere.goto(found)
        assert heading(elsewhere) == "This link no longer works"
    page.reload()
    assert path_of(page) == "/login"
    assert "Your password was changed" not in letter(server, person.email, 1)
    assert "Every other session was ended." in letter(server, person.email, 2)


def test_everything_works_without_javascript(
    chromium: Browser, server: Server, client_site: ClientSite
) -> None:
    person = a_person(server)
    made = a_client(server, client_site.callback)
    with visit(chromium, java_script_enabled=False) as page:
        url = authorize_url(server, made, FRENCH, redirect_uri=client_site.callback)
        page.goto(url)
        assert path_of(page) == "/login"
        fill_login(page, person.email, PASSWORD)
        assert "asks for access" in heading(page)
        page.get_by_role("button", name="Allow").click()
        page.wait_for_url(f"{client_site.welcome}*")
        assert "code=" in page.url
        # Remembered now: a login that needs no consent ends at the client too, although its form may only post to us.
        page.goto(f"{server.pages_url}/logout")
        page.get_by_role("button", name="Log out").click()
        page.goto(url)
        fill_login(page, person.email, PASSWORD)
        page.wait_for_url(f"{client_site.welcome}*")


def test_deny_goes_back_with_an_error(page: Page, server: Server, client_site: ClientSite) -> None:
    reach_consent(page, server, client_site.callback)
    page.get_by_role("button", name="Deny").click()
    page.wait_for_url(f"{client_site.welcome}*")
    assert "error=access_denied" in page.url


def test_the_back_button_after_allow_does_no_harm(
    page: Page, server: Server, client_site: ClientSite
) -> None:
    reach_consent(page, server, client_site.callback)
    page.get_by_role("button", name="Allow").click()
    page.wait_for_url(f"{client_site.welcome}*")
    first = page.url
    page.go_back()
    page.wait_for_url(lambda url: "welcome" in url and url != first)
    assert "code=" in page.url


def test_a_second_tab_does_not_mix_up_two_requests(
    chromium: Browser, server: Server, client_site: ClientSite
) -> None:
    person = a_person(server)
    first = a_client(server, client_site.callback, name="First tab")
    second = a_client(server, client_site.callback, name="Second tab")
    with visit(chromium) as one:
        two = one.context.new_page()
        for page, made in ((one, first), (two, second)):
            url = authorize_url(
                server, made, redirect_uri=client_site.callback, state=made.client_id
            )
            page.goto(url)
        fill_login(two, person.email, PASSWORD)
        assert heading(two).startswith("Second tab")
        fill_login(one, person.email, PASSWORD)
        assert heading(one).startswith("First tab")
        two.get_by_role("button", name="Allow").click()
        # The login in the first tab began a new session, so the second tab is asked once more.
        two.wait_for_load_state()
        if "welcome" not in two.url:
            two.get_by_role("button", name="Allow").click()
        two.wait_for_url(f"{client_site.welcome}*")
        assert f"state={second.client_id}" in two.url
        one.get_by_role("button", name="Allow").click()
        one.wait_for_url(f"{client_site.welcome}*")
        assert f"state={first.client_id}" in one.url


def test_a_page_that_was_open_in_another_browser_is_refused_and_can_be_sent_again(
    page: Page, server: Server
) -> None:
    person = a_person(server)
    page.goto(f"{server.pages_url}/login")
    page.context.clear_cookies()
    fill_login(page, person.email, PASSWORD)
    assert "open for too long" in page.get_by_role("alert").inner_text()
    fill_login(page, person.email, PASSWORD)
    assert path_of(page) == "/account"


def test_log_out_everywhere_ends_the_other_browsers_session(
    page: Page, server: Server, chromium: Browser
) -> None:
    person = a_person(server)
    log_in(page, server, person.email, PASSWORD)
    with visit(chromium) as other:
        log_in(other, server, person.email, PASSWORD)
        assert other.locator(".rows li").count() == 2
        other.get_by_role("button", name="Log out everywhere").click()
        assert heading(other) == "You are logged out"
    page.goto(f"{server.pages_url}/account")
    assert path_of(page) == "/login"


def test_the_address_changes_by_a_link_to_the_new_one_and_the_old_one_is_told(
    page: Page, server: Server
) -> None:
    person = a_person(server)
    new = f"moved-{person.email}"
    log_in(page, server, person.email, PASSWORD)
    page.get_by_role("link", name="Change the address").click()
    page.get_by_label("New e-mail address").fill(new)
    page.get_by_role("button", name="Send the link").click()
    page.goto(link(server, new))
    assert person.email in page.locator("main").inner_text()
    page.get_by_role("button", name="Change the address").click()
    assert new in page.locator("main").inner_text()
    assert "now has another address" in letter(server, person.email)


def test_data_can_be_downloaded_and_holds_no_proof_of_identity(page: Page, server: Server) -> None:
    person = a_person(server)
    log_in(page, server, person.email, PASSWORD)
    with page.expect_download() as started:
        page.get_by_role("link", name="Download my data").click()
    data = json.loads(started.value.path().read_text())
    assert data["account"]["email"] == person.email
    assert len(data["sessions"]) == 1
    assert "argon2" not in json.dumps(data)
    assert "digest" not in json.dumps(data)


def test_an_account_is_deleted_only_by_the_typed_words(page: Page, server: Server) -> None:
    person = a_person(server)
    log_in(page, server, person.email, PASSWORD)
    page.get_by_role("link", name="Delete my account").click()
    page.get_by_label("Type").fill("yes")
    page.get_by_role("button", name="Delete for good").click()
    assert "exactly" in page.locator(".error").inner_text()
    page.get_by_label("Type").fill("delete my account")
    page.get_by_role("button", name="Delete for good").click()
    assert heading(page) == "Your account was deleted"
    log_in(page, server, person.email, PASSWORD)
    assert path_of(page) == "/login"


def test_a_language_chosen_at_the_foot_of_a_page_stays(page: Page, server: Server) -> None:
    page.goto(f"{server.pages_url}/login?again=1")
    page.get_by_role("button", name="Français").click()
    assert path_of(page) == "/login"
    assert page.locator("html").get_attribute("lang") == "fr"
    page.goto(f"{server.pages_url}/sign-up")
    assert page.locator("html").get_attribute("lang") == "fr"


def test_remove_access_takes_an_application_off_the_page(
    page: Page, server: Server, client_site: ClientSite
) -> None:
    reach_consent(page, server, client_site.callback, name="Weather station")
    page.get_by_role("button", name="Allow").click()
    page.wait_for_url(f"{client_site.welcome}*")
    page.goto(f"{server.pages_url}/account/applications")
    assert "Weather station" in page.locator("main").inner_text()
    page.get_by_role("button", name="Remove access").click()
    assert page.get_by_role("status").inner_text() == "The access was removed."
    assert "Weather station" not in page.locator("main").inner_text()


def test_no_page_reports_an_error_to_the_browser(page: Page, server: Server) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda problem: said.append(str(problem)))
    for path in ("/", "/login", "/sign-up", "/reset", "/dev/mail", "/errors/"):
        page.goto(f"{server.pages_url}{path}")
    wait_until(lambda: page.evaluate("document.readyState") == "complete", 5)
    assert said == []


def test_an_address_that_only_forms_are_sent_to_is_no_page(page: Page, server: Server) -> None:
    page.goto(f"{server.pages_url}/account/sessions")
    assert heading(page) == "There is no such page"
