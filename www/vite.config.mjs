// The demo's pages, built as any consumer of the package would build theirs.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/** `<!-- part name word="…" -->` stands for parts/name.html, with the word in the place of `{{word}}`: what both pages have is written once. */
const parts = {
  name: "parts",
  transformIndexHtml: {
    order: "pre",
    handler: (html) =>
      html.replace(/<!-- part ([a-z-]+)(?: ([a-z]+)="([^"]*)")? -->/g, (_, name, word, value) => {
        const part = readFileSync(here(`parts/${name}.html`), "utf8").trimEnd();
        return word ? part.replaceAll(`{{${word}}}`, () => value) : part;
      }),
  },
};

export default defineConfig({
  base: "./",
  plugins: [parts],
  build: {
    outDir: "dist",
    emptyOutDir: true,
    target: "es2022",
    // light-dark() as it is: what it would be turned into for older browsers cannot be read by the chart.
    cssTarget: ["chrome123", "firefox120", "safari17.5"],
    // Nothing inline: the page is served with a Content-Security-Policy that knows no data: addresses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: { input: { chat: here("index.html"), streams: here("streams.html") } },
  },
});
