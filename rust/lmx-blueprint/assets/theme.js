// The colour scheme: the system's, until the button chooses one. Runs before anything is drawn.
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  const key = "lmx-theme";
  const remember = (value) => {
    try { value === undefined ? 0 : localStorage.setItem(key, value); return localStorage.getItem(key); } catch { return value ?? null; }
  };
  const chosen = remember();
  if (chosen === "light" || chosen === "dark") root.dataset.theme = chosen;
  const dark = () => (root.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  document.addEventListener("DOMContentLoaded", () => {
    const button = document.getElementById("theme");
    const tell = () => {
      button.textContent = dark() ? "Light" : "Dark";
      button.setAttribute("aria-label", dark() ? "Use light colours" : "Use dark colours");
    };
    button.addEventListener("click", () => {
      root.dataset.theme = dark() ? "light" : "dark";
      remember(root.dataset.theme);
      tell();
    });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", tell);
    tell();
  });
})();
