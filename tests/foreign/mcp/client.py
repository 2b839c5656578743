"""The Python SDK's own client, with our auth object: it lists the tools and calls one, as often as it is told to."""

import asyncio
import os
import sys

import httpx2
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client

from satsuma_client import ClientCredentials

auth = ClientCredentials.discover(
    os.environ["ISSUER"],
    os.environ["CLIENT_ID"],
    os.environ["CLIENT_SECRET"],
    scope=os.environ["SCOPE"],
    resource=os.environ["AUDIENCE"],
    api_url=sys.argv[1],
)


def say(told: object) -> None:
    sys.stdout.write(f"{told}\n")
    sys.stdout.flush()


async def main() -> None:
    async with (
        httpx2.AsyncClient(auth=auth) as http,
        streamable_http_client(sys.argv[1], http_client=http) as streams,
        ClientSession(*streams[:2]) as session,
    ):
        await session.initialize()
        say([tool.name for tool in (await session.list_tools()).tools])
        for _ in sys.stdin:
            result = await session.call_tool("shops", {"postal_code": "35000"})
            say(result.content[0].text)


asyncio.run(main())
