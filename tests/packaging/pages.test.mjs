// What reads the pages of the package finds what is wrong with one.
import assert from "node:assert/strict";
import { test } from "node:test";
import { deadLinks, unsaid } from "./pages.mjs";

const PACKED = ["README.md", "docs/a.md", "examples/b.mjs"];
const pages = (readme, page = "# A\n\n## What is *here*, `now`\n") =>
  new Map([
    ["README.md", readme],
    ["docs/a.md", page],
  ]);

test("a link leads to a page of the package, to a heading that is there, or out of it", () => {
  const sound =
    "[a](docs/a.md) [b](docs/a.md#what-is-here-now) [c](#top) [d](https://x.example/) ![e](e.png)\n# Top\n";
  assert.deepEqual(deadLinks(pages(sound, "# A\n[up](../README.md#top) [b](../examples/b.mjs)"), PACKED), [
    "README.md: docs/a.md#what-is-here-now",
  ]);
  assert.deepEqual(deadLinks(pages(sound), PACKED), []);
  const dead =
    "[a](docs/c.md) [b](docs/a.md#nowhere) [c](#nowhere) [d](http://x.example/)\n```\n# Nowhere\n```\n";
  assert.deepEqual(
    deadLinks(pages(dead), PACKED),
    ["docs/c.md", "docs/a.md#nowhere", "#nowhere", "http://x.example/"].map((link) => `README.md: ${link}`),
  );
});

test("what only the repository has is said to be there, in its paragraph or at its page's beginning", () => {
  const command = "It runs so:\n\n```\nnpm test\n```\n";
  assert.deepEqual(unsaid(pages(`See \`docs/c.md\`.\n\n${command}`), PACKED), [
    "README.md: docs/c.md",
    "README.md: npm test",
  ]);
  assert.deepEqual(unsaid(pages(command.replace("It runs", "In the repository it runs")), PACKED), []);
  assert.deepEqual(unsaid(pages("`docs/a.md`, `examples/b.mjs`, `npm install guestwire`"), PACKED), []);
  const page = "# A\n\nPaths are those in the repository.\n\n## B\n\n`tests/c.mjs`";
  assert.deepEqual(unsaid(pages("", page), PACKED), []);
  assert.deepEqual(unsaid(pages("", page.replace("Paths", "## Aa\n\nPaths")), PACKED), [
    "docs/a.md: tests/c.mjs",
  ]);
});
