(() => {
  const root = document.documentElement;
  root.classList.add("scripted");
  // Should the page's script fail, the findings that stand in the page itself come back.
  addEventListener("error", () => { if (!("ready" in root.dataset)) root.classList.remove("scripted"); });
  try {
    const theme = localStorage.getItem("safeguard-theme");
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  } catch { /* A browser that keeps nothing for files follows the system's theme. */ }
})();
