"""The journey with the fastmcp client."""

import warnings
from contextlib import AsyncExitStack
from typing import Any

import anyio
from told_of import FIRST, FOLLOWED, QUESTION, SECOND, SECONDS, asked, tell

warnings.simplefilter("ignore")

from fastmcp import Client  # noqa: E402
from fastmcp.client.transports import StdioTransport  # noqa: E402
from mcp.client.subscriptions import listen  # noqa: E402
from mcp.types import ResourceUpdatedNotification  # noqa: E402


async def main() -> None:
    """Go all the way."""
    wanted, heard = asked(), anyio.Event()
    command = wanted.get("command", [""])
    target: Any = wanted.get("url") or StdioTransport(command[0], command[1:], keep_alive=False)

    async def message(news: Any) -> None:
        if isinstance(news, ResourceUpdatedNotification) and news.params.uri == FOLLOWED:
            heard.set()

    legacy = wanted["era"] == "legacy"
    with anyio.fail_after(SECONDS):
        async with AsyncExitStack() as stack:
            mode = "legacy" if legacy else "auto"
            client: Any = Client(target, mode=mode, message_handler=message)
            await stack.enter_async_context(client)
            stored = await client.call_tool("remember", FIRST)
            found = await client.call_tool("recall", QUESTION)
            page = (await client.read_resource("memory:///memories/people/kasia.md"))[0]
            if legacy:
                await client.session.subscribe_resource(FOLLOWED)
                await client.call_tool("remember", SECOND)
                await heard.wait()
            else:
                followed = listen(client.session, resource_subscriptions=[FOLLOWED])
                events = await stack.enter_async_context(followed)
                await client.call_tool("remember", SECOND)
                await anext(aiter(events))
            tell(
                version=client.session.protocol_version,
                state=stored.structured_content["state"],
                found=str(found.structured_content),
                read=page.text,
                heard=FOLLOWED,
            )


anyio.run(main)
