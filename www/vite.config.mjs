// The demo page, built as any consumer of the package would build theirs.
import { defineConfig } from "vite";

export default defineConfig({
  base: "./",
  build: {
    outDir: "dist",
    emptyOutDir: true,
    target: "es2022",
    // light-dark() as it is: what it would be turned into for older browsers cannot be read by the chart.
    cssTarget: ["chrome123", "firefox120", "safari17.5"],
    // Nothing inline: the page is served with a Content-Security-Policy that knows no data: addresses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
