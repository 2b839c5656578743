"""An MCP server of the Python SDK, protected by ours in one line."""

import os
import sys

import uvicorn
from mcp.server import MCPServer

from satsuma_client.resource import ResourceServer

server = MCPServer("shops")


@server.tool()
def shops(postal_code: str) -> str:
    """Name the shops of a town."""
    return f"Boutique of {postal_code}"


api = ResourceServer(
    os.environ["ISSUER"],
    os.environ["AUDIENCE"],
    client_id=os.environ["RESOURCE_ID"],
    client_secret=os.environ["RESOURCE_SECRET"],
    scopes=["shops:read"],
)
app = api.asgi(server.streamable_http_app(), scope="shops:read")
uvicorn.run(app, port=int(sys.argv[1]), log_level="warning")
