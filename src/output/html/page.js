// The page itself: controls, list, keys, printing. The state is in the address, so that Back and links work.

const $ = (id) => document.getElementById(id);
const PRINTED = 500;

function announce(text) { $("announce").textContent = text; }

async function copy(text, button) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = make("textarea", { class: "hidden-visually", readonly: true }, text);
    button.after(area);
    area.select();
    document.execCommand("copy");
    area.remove();
    button.focus();
  }
  button.textContent = "Copied";
  announce("Copied");
  setTimeout(() => { button.textContent = "Copy"; }, 2000);
}

// ---- controls

function chips(fieldset, words, set, classOf) {
  words.forEach((word) => {
    const box = make("input", { type: "checkbox", value: word });
    box.addEventListener("change", () => {
      if (box.checked) state[set].add(word); else state[set].delete(word);
      change();
    });
    fieldset.append(make("label", { class: `chip ${classOf(word)}` }, box, classOf(word).startsWith("state") && icon(stateOf(word)),
      make("span", {}, word), make("span", { class: "number" })));
  });
}

function select(id, options, onchange, groups = []) {
  const option = ([value, label]) => make("option", { value }, shortened(label, 80));
  const element = make("select", { id }, options.map(option),
    groups.map(([label, options]) => make("optgroup", { label }, options.map(option))));
  element.addEventListener("change", () => onchange(element.value));
  return element;
}

function buildControls() {
  chips($("filter-verdict"), shared.verdicts, "verdicts", (word) => `state-${stateOf(word)}`);
  chips($("filter-severity"), shared.severities, "severities", (word) => `severity-chip ${word}`);
  for (const { name, label, options, groups } of filters) {
    const size = options ? options.length : groups.flatMap(([, options]) => options).length;
    const needless = ["account", "region", "kind", "service", "framework"].includes(name) && size < 2;
    if (size === 0 || needless) continue;
    const element = select(`filter-${name}`, [[ANY, "any"], ...(options ?? [])], (value) => {
      if (value === ANY) delete state.chosen[name]; else state.chosen[name] = value;
      change();
    }, groups);
    $("selects").append(make("div", { class: "field" }, make("label", { for: `filter-${name}` }, label), element));
  }
  for (const [id, choices] of [["group", groupings], ["sort", sorts]]) {
    $(id).append(...Object.entries(choices).map(([value, [label]]) => make("option", { value }, label)));
    $(id).addEventListener("change", () => { state[id] = $(id).value; change(); });
  }
  let typing;
  $("search").addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(() => { state.text = $("search").value; change({ isTyping: true }); }, 150);
  });
  $("filters").addEventListener("submit", (event) => event.preventDefault());
  $("clear").addEventListener("click", () => { resetState(); change(); announce("All filters cleared"); });
}

function showControls(counts) {
  if ($("search").value !== state.text) $("search").value = state.text;
  $("group").value = state.group;
  $("sort").value = state.sort;
  for (const [id, set, numbers] of [["filter-verdict", state.verdicts, counts.verdicts], ["filter-severity", state.severities, counts.severities]]) {
    [...$(id).querySelectorAll("label")].forEach((label, at) => {
      const box = label.querySelector("input");
      box.checked = set.has(box.value);
      label.querySelector(".number").textContent = numbers[at].toLocaleString("en-US");
    });
  }
  const active = [];
  if (state.text) active.push(["Search", state.text, () => { state.text = ""; }]);
  for (const { name, label, options, groups } of filters) {
    const element = $(`filter-${name}`);
    if (element) element.value = state.chosen[name] ?? ANY;
    if (!state.chosen[name]) continue;
    const all = [...(options ?? []), ...(groups ?? []).flatMap(([, options]) => options)];
    const value = all.find(([value]) => value === state.chosen[name])?.[1] ?? state.chosen[name];
    active.push([label, value, () => { delete state.chosen[name]; }]);
  }
  $("active").replaceChildren(...active.map(([label, value, remove]) => make("li", {},
    make("button", { type: "button", class: "remove", "aria-label": `Remove filter ${label}: ${shortened(value, 60)}`, onclick: () => { remove(); change(); ($("active").querySelector("button") ?? $("search")).focus(); } },
      `${label}: ${shortened(value, 60)}`, make("span", { "aria-hidden": "true" }, " ×")))));
}

// ---- the list

let shown = [];

function showList() {
  const { found, counts } = matching();
  showControls(counts);
  const groups = grouped(found);
  const last = Math.max(1, Math.ceil(found.length / PAGE));
  state.page = Math.min(state.page, last);
  const from = (state.page - 1) * PAGE;
  $("results").dataset.group = state.group;
  $("results").replaceChildren(...pageOf(groups, from, from + PAGE));
  if (found.length === 0) {
    $("results").append(make("p", { class: "empty" }, rows.length === 0 ? "There is no finding." : "No finding fits these filters."));
  }
  const range = found.length > PAGE ? `, ${(from + 1).toLocaleString("en-US")} to ${Math.min(from + PAGE, found.length).toLocaleString("en-US")} shown` : "";
  $("count").textContent = `${found.length.toLocaleString("en-US")} of ${counted(rows.length, "finding", "findings")}${range}`;
  showPages(last);
  shown = [...$("results").querySelectorAll("details.finding > summary")];
  if (state.chosen.finding && shown.length === 1) shown[0].parentElement.open = true;
}

// The groups' elements between two places of the whole list.
function pageOf(groups, from, to) {
  const elements = [];
  let place = 0;
  for (const group of groups) {
    const size = group.indexes.length;
    if (place + size > from && place < to) {
      const start = Math.max(0, from - place);
      elements.push(groupElement(group, group.indexes.slice(start, to - place), start > 0));
    }
    place += size;
    if (place >= to) break;
  }
  return elements;
}

function showPages(last) {
  const button = (label, page, enabled) => make("button", { type: "button", disabled: !enabled, onclick: () => turnTo(page) }, label);
  $("pages").replaceChildren(...(last === 1 ? [] : [
    button("First", 1, state.page > 1), button("Previous", state.page - 1, state.page > 1),
    make("span", {}, `Page ${state.page.toLocaleString("en-US")} of ${last.toLocaleString("en-US")}`),
    button("Next", state.page + 1, state.page < last), button("Last", last, state.page < last),
  ]));
}

function turnTo(page) {
  state.page = page;
  remember();
  showList();
  $("count").scrollIntoView({ block: "start" });
  shown[0]?.focus({ preventScroll: true });
}

// While somebody types, one step back leads to before the first letter, not through all of them.
function remember({ isTyping = false } = {}) {
  const address = `#${toAddress()}`;
  if (address === (location.hash || "#")) return;
  const replaces = isTyping && new URLSearchParams(location.hash.slice(1)).has("search");
  history[replaces ? "replaceState" : "pushState"]({ isView: true }, "", address === "#" ? "#findings" : address);
}

// After a filter has changed.
function change(how) {
  state.page = 1;
  remember(how);
  showList();
}

const isView = (hash) => hash.includes("=");

function followAddress() {
  if (!isView(location.hash)) return false;
  fromAddress(location.hash.slice(1));
  showList();
  return true;
}

// ---- keys

const step = (by) => {
  const now = shown.indexOf(document.activeElement.closest?.("details.finding")?.querySelector("summary"));
  const next = shown[now < 0 ? (by > 0 ? 0 : -1) : now + by];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
};

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  const typing = event.target.matches?.("input[type=search], textarea, select");
  const openFinding = event.target.closest?.("details.finding[open]");
  if (event.key === "Escape") {
    if (event.target === $("search")) { state.text = ""; $("search").value = ""; change(); $("search").blur(); }
    else if (openFinding) { openFinding.open = false; openFinding.querySelector("summary").focus(); }
    return;
  }
  if (typing || !$("shortcuts").checked) return;
  const inSummary = event.target.matches?.("details.finding > summary");
  const keys = {
    "/": () => { $("search").focus(); $("search").select(); },
    j: () => step(1), k: () => step(-1),
    ArrowDown: inSummary ? () => step(1) : null, ArrowUp: inSummary ? () => step(-1) : null,
    n: () => [...$("pages").querySelectorAll("button")][2]?.click(), p: () => [...$("pages").querySelectorAll("button")][1]?.click(),
  };
  const action = keys[event.key];
  if (!action) return;
  event.preventDefault();
  action();
}

// ---- printing: what is filtered, opened, without controls

let screenList = null;

function beforePrint() {
  if (screenList) return;
  const { found } = matching();
  const groups = grouped(found);
  screenList = [...$("results").childNodes];
  $("results").replaceChildren(...pageOf(groups, 0, PRINTED));
  $("results").querySelectorAll("details.finding").forEach((details) => {
    fill(details, Number(details.dataset.index));
    details.open = true;
  });
  if (found.length > PRINTED) $("results").append(make("p", { class: "empty" }, `${counted(found.length - PRINTED, "finding is", "findings are")} not printed: choose fewer with the filters.`));
}

function afterPrint() {
  if (screenList) $("results").replaceChildren(...screenList);
  screenList = null;
}

// ---- the rest of the page

const THEMES = ["system", "light", "dark"];

function showTheme() {
  const theme = document.documentElement.dataset.theme ?? "system";
  $("theme").textContent = `Theme: ${theme}`;
  return theme;
}

function nextTheme() {
  const theme = THEMES[(THEMES.indexOf(showTheme()) + 1) % THEMES.length];
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  try { localStorage.setItem("safeguard-theme", theme); } catch { /* The choice lasts as long as the page. */ }
  showTheme();
}

function filterRequirements() {
  const fits = {
    all: () => true, open: (standing) => standing === "fail" || standing === "unknown",
    spoken: (standing) => standing !== "none", none: (standing) => standing === "none",
  }[$("requirements-show").value];
  let count = 0;
  for (const body of document.querySelectorAll("table.requirements tbody")) {
    const lines = [...body.querySelectorAll("tr[data-standing]")];
    lines.forEach((line) => { line.hidden = !fits(line.dataset.standing); });
    const left = lines.filter((line) => !line.hidden).length;
    body.hidden = left === 0;
    count += left;
  }
  $("requirements-count").textContent = counted(count, "requirement", "requirements");
}

function start() {
  buildControls();
  if (matchMedia("(max-width: 60rem)").matches) $("more-filters").open = false;
  $("explorer").hidden = false;
  $("worst").remove();
  const linked = followAddress();
  if (!linked) showList();
  showTheme();
  $("theme").addEventListener("click", nextTheme);
  $("requirements-show")?.addEventListener("change", filterRequirements);
  if ($("requirements-show")) filterRequirements();
  addEventListener("hashchange", () => { if (followAddress()) $("findings").scrollIntoView(); });
  // A link within the page leaves the filters alone; going back to where nothing was filtered yet does not.
  addEventListener("popstate", (event) => {
    if (!isView(location.hash) && (event.state?.isView || location.hash === "")) { resetState(); showList(); }
  });
  addEventListener("keydown", onKey);
  document.querySelectorAll("button[data-copies]").forEach((button) => {
    button.addEventListener("click", () => copy($(button.dataset.copies).textContent.trim(), button));
  });
  addEventListener("beforeprint", beforePrint);
  addEventListener("afterprint", afterPrint);
  try {
    $("shortcuts").checked = localStorage.getItem("safeguard-keys") !== "off";
    $("shortcuts").addEventListener("change", () => localStorage.setItem("safeguard-keys", $("shortcuts").checked ? "on" : "off"));
  } catch { /* As the theme. */ }
  if (linked) $("findings").scrollIntoView();
  document.documentElement.dataset.ready = "";
}

start();
