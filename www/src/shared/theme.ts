/** Dark or light: the system's choice, until the reader makes one. */

const KEY = "guestwire-demo-theme";
const system = matchMedia("(prefers-color-scheme: dark)");

/** Binds the toggle; `changed` is called whenever the colours are others. */
export function bindTheme(toggle: HTMLButtonElement, changed: () => void): void {
  const show = (): void => {
    toggle.setAttribute("aria-pressed", String(isDark()));
    changed();
  };
  const chosen = read();
  if (chosen) document.documentElement.dataset.theme = chosen;
  toggle.addEventListener("click", () => {
    const theme = isDark() ? "light" : "dark";
    document.documentElement.dataset.theme = theme;
    write(theme);
    show();
  });
  system.addEventListener("change", show);
  show();
}

function isDark(): boolean {
  const { theme } = document.documentElement.dataset;
  return theme ? theme === "dark" : system.matches;
}

// A page may be refused its storage; then the choice lasts as long as the page.
function read(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

function write(theme: string): void {
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    return;
  }
}
