// The pages of a package as whoever has nothing but the package reads them: what they lead to, and what they name that is elsewhere.

/** The anchor that a heading gets where Markdown is shown. */
const anchor = (heading) =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .trim()
    .replace(/\s/g, "-");

const withoutCode = (text) => text.replace(/^```[\s\S]*?^```$/gm, "");

const headings = (text) =>
  [...withoutCode(text).matchAll(/^#+ (.+)$/gm)].map(([, heading]) => anchor(heading));

/** Where a path leads from a page's folder. */
const from = (page, path) => new URL(path, `file:///${page}`).pathname.slice(1);

/**
 * The links that lead nowhere: to a file that is not packed, or to a heading that is not there. Pictures are left out of a package,
 * and a registry's page shows it without them; what a page shows in one, it says in words too.
 *
 * @param {Map<string, string>} pages text by path.
 * @param {readonly string[]} packed all paths.
 */
export function deadLinks(pages, packed) {
  const dead = [];
  for (const [page, text] of pages) {
    for (const [, picture, target] of withoutCode(text).matchAll(/(!?)\[[^\]]*\]\(([^)\s]+)\)/g)) {
      if (picture || /^https:\/\//.test(target)) continue;
      const [path, heading] = target.split("#");
      const file = path === "" ? page : from(page, path);
      const known = packed.includes(file) && (!heading || headings(pages.get(file) ?? "").includes(heading));
      if (!known) dead.push(`${page}: ${target}`);
    }
  }
  return dead;
}

/** Files and folders of the repository, and commands that only run there. */
const OURS =
  /(?<![\w./-])((?:docs|tests|crates|js|src|xtask|bench|fuzz|www|examples)\/[\w./*-]*\w|CONTRIBUTING\.md|npm (?:start|test|run [\w:]+)|cargo [a-z]+)/g;

/**
 * What a page names as if it were in the package: it is in the repository alone, and neither its own paragraph nor the page's
 * beginning says so.
 */
export function unsaid(pages, packed) {
  const named = [];
  for (const [page, text] of pages) {
    const beginning = text.split(/^## /m)[0];
    if (page !== "README.md" && /\bin the repository\b/.test(beginning)) continue;
    // A listing belongs to what stands before it.
    for (const paragraph of text.split(/\n\n(?!```)/)) {
      if (/\brepository\b/.test(paragraph)) continue;
      for (const [, name] of paragraph.replace(/\]\([^)]*\)/g, "").matchAll(OURS)) {
        if (!packed.includes(name)) named.push(`${page}: ${name}`);
      }
    }
  }
  return named;
}
