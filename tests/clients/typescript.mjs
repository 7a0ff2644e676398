// The journey with the TypeScript clients: the older one (v1) and the newer one (v2).
import { createRequire } from "node:module";

const [, , given, packages] = process.argv;
const wanted = JSON.parse(given);
const need = createRequire(`${packages}/`);
const older = wanted.client === "v1";
const sdk = (name) => need(`@modelcontextprotocol/${name}`);

const { Client } = older ? sdk("sdk/client/index.js") : sdk("client");
const { StdioClientTransport } = older ? sdk("sdk/client/stdio.js") : sdk("client/stdio");
const { StreamableHTTPClientTransport } = older ? sdk("sdk/client/streamableHttp.js") : sdk("client");

const first = { content: "user: My sister Kasia works at a bakery.", session_id: "s1", session_date: "2024-03-01" };
const second = { content: "user: Kasia bought a kayak.", session_id: "s2", session_date: "2024-06-09" };
const followed = "memory:///timeline/2024-06.md";

const options = older || wanted.era === "legacy" ? {} : { versionNegotiation: { mode: "auto" } };
const client = new Client({ name: "journey", version: "1" }, options);
const transport = wanted.url
  ? new StreamableHTTPClientTransport(new URL(wanted.url))
  : new StdioClientTransport({ command: wanted.command[0], args: wanted.command.slice(1), env: process.env });

const heard = new Promise((resolve) => {
  const news = (notification) => notification.params.uri === followed && resolve(followed);
  const kind = older
    ? sdk("sdk/types.js").ResourceUpdatedNotificationSchema
    : "notifications/resources/updated";
  client.setNotificationHandler(kind, news);
});

await client.connect(transport);
const call = (name, args) => client.callTool({ name, arguments: args });
const stored = await call("remember", first);
const found = await call("recall", { query: "Where does Kasia work?", max_tokens: 400 });
const page = await client.readResource({ uri: "memory:///memories/people/kasia.md" });
if (older || wanted.era === "legacy") await client.subscribeResource({ uri: followed });
else await client.listen({ resourceSubscriptions: [followed] });
await call("remember", second);
const told = {
  version: older ? transport.protocolVersion ?? "" : client.getNegotiatedProtocolVersion?.() ?? "",
  state: stored.structuredContent.state,
  found: JSON.stringify(found.structuredContent),
  read: page.contents[0].text,
  heard: await heard,
};
process.stdout.write(JSON.stringify(told), () => process.exit(0));
