"""The journey with the official Python client."""

from contextlib import AsyncExitStack
from typing import Any

import anyio
from mcp import Client, StdioServerParameters
from mcp.types import ResourceUpdatedNotification, TextResourceContents
from told_of import FIRST, FOLLOWED, QUESTION, SECOND, SECONDS, asked, tell


async def main() -> None:
    """Go all the way."""
    wanted, heard = asked(), anyio.Event()
    target: Any = wanted.get("url") or StdioServerParameters(
        command=wanted["command"][0], args=wanted["command"][1:]
    )

    async def hear(message: Any) -> None:
        if isinstance(message, ResourceUpdatedNotification) and message.params.uri == FOLLOWED:
            heard.set()

    mode = "legacy" if wanted["era"] == "legacy" else "auto"
    with anyio.fail_after(SECONDS):
        async with AsyncExitStack() as stack:
            client = await stack.enter_async_context(Client(target, mode=mode, message_handler=hear))
            stored = await client.call_tool("remember", FIRST)
            found = await client.call_tool("recall", QUESTION)
            page = (await client.read_resource("memory:///memories/people/kasia.md")).contents[0]
            if mode == "legacy":
                await client.subscribe_resource(FOLLOWED)  # pyright: ignore[reportDeprecated]
                await client.call_tool("remember", SECOND)
                await heard.wait()
            else:
                events = await stack.enter_async_context(client.listen(resource_subscriptions=[FOLLOWED]))
                await client.call_tool("remember", SECOND)
                await anext(aiter(events))
            assert isinstance(page, TextResourceContents)
            assert stored.structured_content is not None
            tell(
                version=client.protocol_version,
                state=stored.structured_content["state"],
                found=str(found.structured_content),
                read=page.text,
                heard=FOLLOWED,
            )


anyio.run(main)
