// The README's tables say what the types say: every option, event and error code, and none that is not there.
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { test } from "node:test";

const read = (path) => readFile(new URL(`../../${path}`, import.meta.url), "utf8");

/** The names in backticks in the given column of the table under a heading. */
async function column(heading, index, page = "README.md") {
  const section = (await read(page)).split(new RegExp(`^##+ ${heading}\n`, "m"))[1].split(/\n##/)[0];
  const rows = section.split("\n").filter((line) => line.startsWith("|") && !/^\|[-|]+$/.test(line));
  return rows
    .slice(1)
    .flatMap((row) => [...row.split("|")[index].matchAll(/`(\w+)`/g)].map(([, name]) => name));
}

/** The members of an interface in a source file. */
async function members(path, name) {
  const body = (await read(path))
    .split(new RegExp(`export interface ${name} (?:extends \\w+ )?\\{\n`))[1]
    .split("\n}")[0];
  return [...body.matchAll(/^ {2}(?:readonly )?(\w+)\??:/gm)].map(([, member]) => member);
}

test("the README has every option, and no other", async () => {
  assert.deepEqual(
    (await column("Options", 1)).sort(),
    [
      ...(await members("js/src/options.ts", "ConnectionOptions")),
      ...(await members("js/src/guest/options.ts", "CommonOptions")),
      ...(await members("js/src/webchat/options.ts", "ClientOptions")),
    ].sort(),
  );
  assert.deepEqual(
    (await column("Options of web messaging", 1)).sort(),
    (await members("js/src/web-messaging/options.ts", "ClientOptions")).sort(),
  );
});

test("the page of streams has every option, and no other", async () => {
  const page = await read("docs/streams.md");
  const table = page.split("## The client\n")[1].split("\n## ")[0].split("| option |")[1];
  const named = table.split("\n").flatMap((row) => [...(row.split("|")[1] ?? "").matchAll(/`(\w+)`/g)]);
  const own = await Promise.all(
    ["StreamOptions", "ChannelOptions", "SocketOptions"].map((name) =>
      members("js/src/streams/options.ts", name),
    ),
  );
  const typed = new Set([...(await members("js/src/options.ts", "ConnectionOptions")), ...own.flat()]);
  assert.deepEqual(named.map(([, name]) => name).sort(), [...typed].sort());
});

test("the README has every event, and no other", async () => {
  assert.deepEqual(
    (await column("Events", 1)).sort(),
    [
      ...(await members("js/src/events.ts", "ClientEventDetails")),
      ...(await members("js/src/guest/events.ts", "GuestEventDetails")),
    ].sort(),
  );
});

/** What this side adds to the core's codes. */
const OWN = [
  "credentials_in_page",
  "grant_unavailable",
  "iterator_overflow",
  "load_failed",
  "module_failed",
  "no_randomness",
  "not_initialised",
  "resync_failed",
  "storage_failed",
];

test("the README, the types and the core have the same error codes", async () => {
  const source = await read("js/src/errors.ts");
  const typed = [...source.split("class GuestwireError")[0].matchAll(/[|=] "([a-z_]+)"/g)]
    .map(([, code]) => code)
    .sort();
  assert.deepEqual((await column("Errors", 2)).sort(), typed);
  const files = [
    "error",
    "error/conversation",
    "error/repeated",
    "error/streaming",
    "error/tokens",
    "error/topics",
    "event/streams",
  ];
  const core = (await Promise.all(files.map((file) => read(`crates/core/src/${file}.rs`)))).join("");
  for (const code of typed.filter((one) => !OWN.includes(one))) assert.ok(core.includes(`"${code}"`), code);
});

test("every test that docs/streams.md names is there", async () => {
  const folders = ["crates/core/src", "crates/core/tests"];
  const paths = await Promise.all(
    folders.map(async (folder) => {
      const found = await readdir(new URL(`../../${folder}`, import.meta.url), { recursive: true });
      return found.filter((path) => path.endsWith(".rs")).map((path) => `${folder}/${path}`);
    }),
  );
  const source = (await Promise.all(paths.flat().map(read))).join("\n");
  const rows = (await read("docs/streams.md")).split("\n## Heartbeats\n")[1].split("\n## ")[0].split("\n");
  const shown = rows.filter((line) => line.startsWith("|")).slice(2);
  assert.ok(shown.length > 15);
  for (const row of shown) {
    const names = [...row.split("|")[2].matchAll(/`(\w+)`/g)].map(([, name]) => name);
    assert.ok(names.length > 0, row);
    for (const name of names) assert.ok(source.includes(`fn ${name}(`), name);
  }
});
