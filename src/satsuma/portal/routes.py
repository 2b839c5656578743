"""Which page of the portal stands at which path."""

from __future__ import annotations

from collections.abc import Callable

from starlette.routing import Route

from satsuma.keys.opaque import Opaque
from satsuma.portal.application_pages import OwnApplication
from satsuma.portal.articles.pages import ArticlePages
from satsuma.portal.catalogue import ApiPages
from satsuma.portal.config import ConfigPages
from satsuma.portal.credentials import CredentialPages
from satsuma.portal.danger import DangerPages
from satsuma.portal.desk import Desk
from satsuma.portal.errors import ErrorPages
from satsuma.portal.failures import FailurePages
from satsuma.portal.front_page import Pages
from satsuma.portal.generator import Generator
from satsuma.portal.guides import GuidePages
from satsuma.portal.invitations import InvitationPages
from satsuma.portal.my_apps import MyApps
from satsuma.portal.own_token import OwnRequests
from satsuma.portal.people import PeoplePages
from satsuma.portal.person_run import BACK, PersonRuns
from satsuma.portal.reference.documents import Documents
from satsuma.portal.reference.pages import ReferencePages
from satsuma.portal.run_it import App
from satsuma.portal.sandbox import SandboxPages
from satsuma.portal.subscriptions import SubscriptionPages
from satsuma.portal.usage import UsagePages

OWN = "/myapps/{application_id}"


def portal_routes(
    desk: Desk, pages: Pages, application: Callable[[], App], requests: Opaque
) -> list[Route]:
    """Every route of the portal; `application` answers what *Run it* sends, `requests` seal a login that it begins."""
    documents = Documents(desk.frame.accounts.store)
    errors, apis = ErrorPages(desk), ApiPages(desk, documents)
    requests_of_own = OwnRequests(desk, application)
    guides = GuidePages(desk, requests_of_own, PersonRuns(desk, requests))
    own = OwnApplication(desk)
    credentials = CredentialPages(own)
    mine = MyApps(desk, credentials.made)
    return [
        Route("/", pages.home),
        Route("/llms.txt", pages.for_readers),
        Route("/static/{digest}/{name}", pages.static),
        Route("/errors/", errors.index, methods=["GET"]),
        Route("/errors/", errors.paste, methods=["POST"]),
        Route("/errors/{slug}", errors.one),
        Route("/apis", apis.index),
        *ReferencePages(desk, documents, requests_of_own).routes(),
        Route("/apis/{name:path}/v{version}", apis.one),
        Route("/guides", guides.index),
        *ArticlePages(desk).routes(),
        Route(BACK, guides.back, methods=["GET"]),
        Route("/guides/{guide}/{step}", guides.step, methods=["GET"]),
        Route("/guides/{guide}/{step}", guides.sent, methods=["POST"]),
        Route("/myapps", mine.show, methods=["GET"]),
        Route("/myapps", mine.create, methods=["POST"]),
        Route("/choose", mine.choose, methods=["POST"]),
        *PeoplePages(desk).routes(),
        *InvitationPages(desk).routes(),
        *SandboxPages(desk, credentials.made).routes(),
        *Generator(desk).routes(),
        *credentials.routes(OWN),
        *ConfigPages(own).routes(OWN),
        *SubscriptionPages(own).routes(OWN),
        *FailurePages(own).routes(OWN),
        *UsagePages(own).routes(OWN),
        *DangerPages(own).routes(OWN),
    ]
