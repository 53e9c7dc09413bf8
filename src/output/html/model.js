// The findings as data, and which of them a reader asks for. Nothing here touches the page.

const { shared, rows } = JSON.parse(document.getElementById("data-list").textContent);

// The columns of a row, as the writer orders them.
const RULE = 0, VERDICT = 1, SEVERITY = 2, ACCOUNT = 3, REGION = 4, KIND = 5, CITATIONS = 6, PHI = 7, WAIVER = 8,
  CHANGE = 9, ID = 10, NAME = 11, ARN = 12, MESSAGE = 13;

const PAGE = 50;
const ANY = "any";
const ALL = "all";
const OPEN_VERDICTS = ["fail", "unknown"];

const ruleOf = (row) => shared.rules[row[RULE]];
const distinct = (values) => [...new Set(values)].sort();
const someOpen = rows.some((row) => OPEN_VERDICTS.includes(shared.verdicts[row[VERDICT]]));
const defaultVerdicts = () => new Set(someOpen ? OPEN_VERDICTS : shared.verdicts);

// A filter by one column whose values stand in a table of shared texts.
const byColumn = (name, label, column, values) => ({
  name, label, options: distinct(values).map((value) => [value, value]),
  test: (wanted) => { const place = values.indexOf(wanted); return (row) => row[column] === place; },
});

// A filter by what the finding's rule is.
const byRule = (name, label, of) => ({
  name, label, options: distinct(shared.rules.map(of)).map((value) => [value, value]),
  test: (wanted) => { const fits = shared.rules.map((rule) => of(rule) === wanted); return (row) => fits[row[RULE]]; },
});

const frameworkNames = distinct(shared.requirements.map(([, framework]) => framework));

const filters = [
  {
    name: "framework", label: "Framework", options: frameworkNames.map((name) => [name, name]),
    test: (wanted) => {
      const fits = shared.citations.map(([hipaa, soc2]) => (wanted === "HIPAA" ? hipaa : soc2).length > 0);
      return (row) => fits[row[CITATIONS]];
    },
  },
  {
    name: "requirement", label: "Requirement",
    groups: frameworkNames.map((name) => [name, shared.requirements
      .filter(([, framework, , rules]) => framework === name && rules.length > 0)
      .map(([id, , title]) => [id, `${id} ${title}`])]),
    test: (wanted) => {
      const cites = shared.citations.map(([hipaa, soc2]) => hipaa.includes(wanted) || soc2.includes(wanted));
      const speaks = new Set(shared.requirements.filter(([id]) => id === wanted).flatMap(([, , , rules]) => rules));
      return (row) => cites[row[CITATIONS]] || speaks.has(row[RULE]);
    },
  },
  byRule("service", "Service", (rule) => rule.service),
  byRule("rule", "Rule", (rule) => rule.id),
  byColumn("kind", "Kind", KIND, shared.kinds),
  byColumn("region", "Region", REGION, shared.regions),
  byColumn("account", "Account", ACCOUNT, shared.accounts),
  {
    name: "phi", label: "PHI scope", options: [["in", "in it"], ["out", "not in it"], ["unknown", "not known"]],
    test: (wanted) => { const value = { in: true, out: false, unknown: null }[wanted]; return (row) => row[PHI] === value; },
  },
  {
    name: "waived", label: "Waiver", options: [["no", "not waived"], ["yes", "waived"]],
    test: (wanted) => (row) => (row[WAIVER] !== null) === (wanted === "yes"),
  },
  ...(shared.changes ? [{
    name: "change", label: "Change", options: shared.changes.map((word) => [word, word]),
    test: (wanted) => { const place = shared.changes.indexOf(wanted); return (row) => row[CHANGE] === place; },
  }] : []),
  { name: "finding", label: "Finding", options: [], test: (wanted) => (row) => row[ID] === wanted },
];

const worstFirst = (a, b) => rows[a][SEVERITY] - rows[b][SEVERITY] || rows[a][VERDICT] - rows[b][VERDICT] || a - b;
const textOrder = (of) => (a, b) => {
  const [left, right] = [of(rows[a]), of(rows[b])];
  return left < right ? -1 : left > right ? 1 : worstFirst(a, b);
};
const sorts = {
  worst: ["worst first", worstFirst],
  name: ["resource name", textOrder((row) => row[NAME] ?? "")],
  place: ["account and region", textOrder((row) => `${shared.accounts[row[ACCOUNT]]} ${shared.regions[row[REGION]]}`)],
};
const groupings = {
  rule: ["rule", (row) => row[RULE], (row) => ruleOf(row).title, (row) => ruleOf(row).id],
  resource: ["resource", (row) => `${row[KIND]} ${row[ACCOUNT]} ${row[REGION]} ${row[NAME]}`, (row) => nameOf(row), (row) => shared.kinds[row[KIND]]],
  service: ["service", (row) => ruleOf(row).service, (row) => ruleOf(row).service, () => ""],
  place: ["account and region", (row) => `${row[ACCOUNT]} ${row[REGION]}`, (row) => `${shared.accounts[row[ACCOUNT]]}, ${shared.regions[row[REGION]]}`, () => ""],
  none: ["nothing", () => 0, () => "", () => ""],
};

const nameOf = (row) => row[NAME] ?? `${shared.kinds[row[KIND]]}: the list was not read`;

const state = {};
function resetState() {
  Object.assign(state, {
    text: "", verdicts: defaultVerdicts(), severities: new Set(shared.severities),
    group: "rule", sort: "worst", page: 1, chosen: {},
  });
}
resetState();

// What the search looks through: made when somebody first searches.
let haystacks = null;
function haystack(index) {
  haystacks ??= rows.map((row) => {
    const rule = ruleOf(row);
    const waiver = row[WAIVER] === null ? [] : Object.values(shared.waivers[row[WAIVER]]);
    return [row[NAME], row[ARN], row[MESSAGE], row[ID], rule.id, rule.title, shared.regions[row[REGION]],
      shared.accounts[row[ACCOUNT]], shared.kinds[row[KIND]], ...shared.citations[row[CITATIONS]].flat(), ...waiver]
      .join("\n").toLowerCase();
  });
  return haystacks[index];
}

// The places of the matching rows, and how many there would be for each verdict and severity were it chosen too.
function matching() {
  const words = state.text.toLowerCase().split(/\s+/).filter(Boolean);
  const tests = filters.filter(({ name }) => state.chosen[name]).map(({ name, test }) => test(state.chosen[name]));
  const verdicts = shared.verdicts.map((word) => state.verdicts.has(word));
  const severities = shared.severities.map((word) => state.severities.has(word));
  const counts = { verdicts: verdicts.map(() => 0), severities: severities.map(() => 0) };
  const found = [];
  for (let index = 0; index < rows.length; index += 1) {
    const row = rows[index];
    if (!tests.every((test) => test(row))) continue;
    if (words.length > 0 && !words.every((word) => haystack(index).includes(word))) continue;
    const [byVerdict, bySeverity] = [verdicts[row[VERDICT]], severities[row[SEVERITY]]];
    if (bySeverity) counts.verdicts[row[VERDICT]] += 1;
    if (byVerdict) counts.severities[row[SEVERITY]] += 1;
    if (byVerdict && bySeverity) found.push(index);
  }
  return { found, counts };
}

// Groups in the order of the worst in them, each with its rows in the chosen order.
function grouped(found) {
  const [, keyOf] = groupings[state.group];
  const groups = new Map();
  for (const index of found) {
    const key = keyOf(rows[index]);
    let group = groups.get(key);
    if (!group) groups.set(key, group = { key, indexes: [], verdicts: shared.verdicts.map(() => 0), worst: index });
    group.indexes.push(index);
    group.verdicts[rows[index][VERDICT]] += 1;
    if (rank(index) < rank(group.worst)) group.worst = index;
  }
  const order = sorts[state.sort][1];
  for (const group of groups.values()) group.indexes.sort(order);
  const sorted = [...groups.values()];
  const first = (group) => group.indexes[0];
  return sorted.sort(state.sort === "worst"
    ? (a, b) => rank(a.worst) - rank(b.worst) || b.verdicts[0] - a.verdicts[0] || first(a) - first(b)
    : (a, b) => order(first(a), first(b)));
}

// Failures before all else, then by severity, then by verdict.
function rank(index) {
  const row = rows[index];
  return (row[VERDICT] > 1 ? 100 : 0) + row[SEVERITY] * 10 + row[VERDICT] + (row[WAIVER] === null ? 0 : 5);
}

// The part of a finding that is only read when it is opened.
const blocks = new Map();
function detail(index) {
  const number = Math.floor(index / shared.details_in_block);
  if (!blocks.has(number)) {
    const element = document.getElementById(`data-details-${number}`);
    if (!element) return null;
    blocks.set(number, JSON.parse(element.textContent));
    if (blocks.size > 40) blocks.delete(blocks.keys().next().value);
  }
  return blocks.get(number)[index % shared.details_in_block] ?? null;
}

// The state as the address after #, so that a view can be linked; what is as at first is left out.
function toAddress() {
  const parts = new URLSearchParams();
  const sameSet = (set, other) => set.size === other.size && [...set].every((word) => other.has(word));
  if (state.text) parts.set("search", state.text);
  if (!sameSet(state.verdicts, defaultVerdicts())) {
    parts.set("verdict", state.verdicts.size === shared.verdicts.length ? ALL : [...state.verdicts].join(","));
  }
  if (state.severities.size !== shared.severities.length) parts.set("severity", [...state.severities].join(","));
  for (const { name } of filters) if (state.chosen[name]) parts.set(name, state.chosen[name]);
  if (state.group !== "rule") parts.set("group", state.group);
  if (state.sort !== "worst") parts.set("sort", state.sort);
  if (state.page > 1) parts.set("page", state.page);
  return parts.toString();
}

// Reads an address; words that it does not know count as not written.
function fromAddress(address) {
  const parts = new URLSearchParams(address);
  const words = (text, known) => (text === ALL ? known : (text ?? "").split(",").filter((word) => known.includes(word)));
  resetState();
  state.text = parts.get("search") ?? "";
  if (parts.has("verdict")) state.verdicts = new Set(words(parts.get("verdict"), shared.verdicts));
  if (parts.has("severity")) state.severities = new Set(words(parts.get("severity"), shared.severities));
  for (const { name } of filters) {
    const value = parts.get(name);
    if (value && value !== ANY) state.chosen[name] = value;
  }
  if (state.chosen.finding && !parts.has("verdict")) state.verdicts = new Set(shared.verdicts);
  if (Object.hasOwn(groupings, parts.get("group") ?? "")) state.group = parts.get("group");
  if (Object.hasOwn(sorts, parts.get("sort") ?? "")) state.sort = parts.get("sort");
  state.page = Math.max(1, Number.parseInt(parts.get("page") ?? "1", 10) || 1);
}

