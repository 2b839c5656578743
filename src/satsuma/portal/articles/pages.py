"""The pages of articles: beside the guides, and at the addresses that the foot of each page leads to."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from satsuma.portal.articles.shelf import OWN_PLACES
from satsuma.portal.desk import Desk
from satsuma.web.languages import language_of


@dataclass(frozen=True, slots=True)
class ArticlePages:
    """Shows the articles to everybody."""

    desk: Desk

    def routes(self) -> list[Route]:
        """The routes of the articles."""
        return [
            Route("/guides/{name}", self.among_guides, methods=["GET"]),
            *(Route(f"/{name}", self.own_place, methods=["GET"]) for name in OWN_PLACES),
        ]

    async def among_guides(self, request: Request) -> Response:
        """Show an article by its name."""
        name = request.path_params["name"]
        if name in OWN_PLACES:
            raise HTTPException(404)
        return await self._show(request, name)

    async def own_place(self, request: Request) -> Response:
        """Show what has an address of its own, where the operator wrote it."""
        return await self._show(request, request.url.path.removeprefix("/"))

    async def _show(self, request: Request, name: str) -> Response:
        here = await self.desk.here(request)
        article = self.desk.shelf.find(name, language_of(request))
        if article is None:
            raise HTTPException(404)
        others = [each for each in self.desk.shelf.listed(article.language) if each.name != name]
        return self.desk.show(request, "article.html", here, article=article, others=others)
