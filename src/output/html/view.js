// Findings as elements. Text goes in as text nodes only; whatever a name holds, it is shown and does nothing.

const SVG = "http://www.w3.org/2000/svg";
const LONG = 160;

// make("p", { class: "note" }, "text", element, ...): null and false children are left out.
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== false && child !== undefined));
  return element;
}

function icon(name) {
  const [svg, use] = ["svg", "use"].map((tag) => document.createElementNS(SVG, tag));
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

const counted = (count, one, many) => `${count.toLocaleString("en-US")} ${count === 1 ? one : many}`;
const stateOf = (verdict) => (verdict === "not applicable" ? "na" : verdict);

// Names differ most often at their ends, so the middle is what can go.
function shortened(text, limit = LONG) {
  const characters = text.length > limit ? [...text] : [];
  if (characters.length <= limit) return text;
  const half = Math.floor(limit / 2);
  return `${characters.slice(0, half).join("")}...${characters.slice(-half).join("")} (${characters.length} characters)`;
}

// A text whose direction cannot spill into its neighbors.
const isolated = (tag, attributes, text) => make(tag, { dir: "auto", ...attributes }, text);

function findingElement(index) {
  const row = rows[index];
  const verdict = shared.verdicts[row[VERDICT]];
  const severity = shared.severities[row[SEVERITY]];
  const waiver = row[WAIVER] === null ? null : shared.waivers[row[WAIVER]];
  const change = row[CHANGE] === null || !shared.changes ? null : shared.changes[row[CHANGE]];
  const tags = [
    row[PHI] === true && make("span", { class: "tag phi" }, "PHI"),
    row[PHI] === null && make("span", { class: "tag phi-unknown" }, "PHI scope unknown"),
    waiver && make("span", { class: "tag waived" }, icon("waived"), `waived until ${waiver.expires}`),
    change && change !== "unchanged" && make("span", { class: "tag change" }, change),
  ];
  const place = [shared.regions[row[REGION]], shared.accounts.length > 1 && shared.accounts[row[ACCOUNT]]].filter(Boolean);
  const summary = make("summary", {},
    make("span", { class: `word state-${stateOf(verdict)}` }, icon(stateOf(verdict)), verdict), " ",
    make("span", { class: `severity ${severity}` }, severity), " ",
    make("span", { class: "what" },
      isolated("span", { class: "message" }, shortened(row[MESSAGE], 320)), " ",
      make("span", { class: "where" }, isolated("span", { class: "name" }, shortened(nameOf(row))), ` ${place.join(", ")}`)),
    " ", make("span", { class: "tags" }, tags));
  const details = make("details", { class: "finding", "data-index": index }, summary);
  details.addEventListener("toggle", () => { if (details.open) fill(details, index); });
  return make("li", {}, details);
}

// Writes what an opened finding shows, once.
function fill(details, index) {
  if (details.querySelector(".body")) return;
  const more = detail(index);
  if (!more) {
    const waiting = make("p", { class: "body" }, "The page is still being read; open this again in a moment.");
    details.append(waiting);
    document.addEventListener("DOMContentLoaded", () => { waiting.remove(); fill(details, index); }, { once: true });
    return;
  }
  details.append(body(rows[index], more));
}

function body(row, more) {
  const rule = ruleOf(row);
  return make("div", { class: "body" },
    waiverPart(row), gapsPart(more), witnessesPart(more), evidencePart(more), fixPart(row, rule, more), conditionPart(rule),
    aboutPart(row, rule, more));
}

const part = (title, ...children) => make("section", { class: "part" }, make("h4", {}, title), ...children);
const partOfRule = (...all) => { const section = part(...all); section.classList.add("of-rule"); return section; };

function waiverPart(row) {
  if (row[WAIVER] === null) return null;
  const { reason, owner, expires, ticket } = shared.waivers[row[WAIVER]];
  return part("Waived: accepted for a time, still a failure",
    pairs([["Reason", reason], ["Owner", owner], ["Until", expires], ["Ticket", ticket]]));
}

function gapsPart(more) {
  const gaps = (more.gaps ?? []).map((place) => shared.gaps[place]);
  if (gaps.length === 0) return null;
  return part("Not read", ...gaps.map((gap) => make("div", { class: "gap" },
    make("p", {}, icon("gap"), make("strong", {}, `${gap.service} ${gap.operation}`), `: ${gap.class_in_words}`,
      gap.code && ` (${shortened(gap.code)})`),
    pairs([
      ["About", gap.resource], ["Where", `${gap.account} ${gap.region}`], ["AWS says", gap.message],
      ["Needs", gap.iam_actions.join(", ")], ["Would have given", [...gap.facts, ...gap.population.map((kind) => `the list of ${kind}`)].join(", ")],
      ["Request id", gap.request_id],
    ]))));
}

function witnessesPart(more) {
  const witnesses = more.witnesses ?? [];
  if (witnesses.length === 0) return null;
  return part(witnesses.length === 1 ? "A request that shows it" : "Requests that show it",
    ...witnesses.map((witness) => make("div", { class: "witness" },
      make("p", {}, make("strong", {}, witness.certain ? "Gets through: " : "May get through: "), isolated("span", {}, witness.text)),
      pairs([
        ["Who", witness.principal], ["Action", witness.action], ["Resource", witness.resource],
        ...Object.entries(witness.context).map(([key, values]) => [key, values.length > 0 ? values.join(", ") : "(not in the request)"]),
      ]),
      witness.statements.length > 0 && make("ul", {}, witness.statements.map((text) => isolated("li", {}, text))))));
}

function evidencePart(more) {
  if (more.evidence.length === 0) return null;
  const value = (evidence) => {
    if (evidence.length < 2) return make("span", { class: "state-unknown" }, icon("gap"), "was not read");
    // Strings come in their visible form; their backslashes are not to be doubled.
    const text = JSON.stringify(evidence[1], null, 2).replace(/\\\\(u\{[0-9a-f]+\}|[nrt])/g, "\\$1");
    return text.length > 60 || text.includes("\n") ? make("pre", { tabindex: "0", "aria-label": "value" }, make("code", {}, text)) : make("code", {}, text);
  };
  return part("Evidence", make("table", { class: "evidence", "aria-label": "Evidence" },
    make("thead", {}, make("tr", {}, make("th", { scope: "col" }, "Fact"), make("th", { scope: "col" }, "Value"))),
    make("tbody", {}, more.evidence.map((evidence) =>
      make("tr", {}, make("th", { scope: "row" }, make("code", {}, evidence[0])), make("td", {}, value(evidence)))))));
}

function fixPart(row, rule, more) {
  const bad = shared.verdicts[row[VERDICT]] !== "pass";
  const summary = more.fix === undefined ? rule.fix.join("\n") : more.fix;
  const code = rule.code.map(([name, lines]) => make("details", { class: "code", open: name === "AWS CLI" },
    make("summary", {}, name), make("div", { class: "copyable" },
      make("pre", { tabindex: "0", "aria-label": name }, make("code", {}, lines.join("\n"))),
      make("button", { type: "button", class: "copy", "aria-label": `Copy: ${name}`, onclick: (event) => copy(lines.join("\n"), event.currentTarget) }, "Copy"))));
  return partOfRule(bad ? "Why it matters, and how to fix it" : "Why it matters",
    rule.why.length > 0 && make("p", {}, rule.why.join("\n")),
    bad && summary && make("p", {}, make("strong", {}, "Fix: "), summary), bad && code,
    rule.references.length > 0 && make("ul", { class: "references" }, rule.references.map((address) => make("li", {}, reference(address)))));
}

// Only what is plainly a web address becomes a link.
function reference(address) {
  if (!/^https:\/\/[\w.-]+(\/[\w./%#?=&~+:,@-]*)?$/.test(address)) return make("code", {}, address);
  return make("a", { href: address, rel: "noopener noreferrer", target: "_blank" }, address);
}

function conditionPart(rule) {
  if (rule.pass.length === 0) return null;
  return make("details", { class: "part condition" }, make("summary", {}, "How it was judged"),
    rule.when.length > 0 && make("p", {}, "Applies when"), rule.when.length > 0 && make("pre", { tabindex: "0" }, make("code", {}, rule.when.join("\n"))),
    make("p", {}, "Passes when"), make("pre", { tabindex: "0" }, make("code", {}, rule.pass.join("\n"))));
}

function aboutPart(row, rule, more) {
  const [hipaa, soc2] = shared.citations[row[CITATIONS]];
  const links = (ids) => ids.length === 0 ? null : make("span", {}, ids.flatMap((id, at) => [
    at > 0 && ", ", make("a", { href: `#requirement=${encodeURIComponent(id)}&verdict=all` }, id)]));
  const [first, last] = more.seen ?? [];
  return part("About this finding", pairs([
    ["Rule", make("span", {}, make("a", { href: `#rule=${encodeURIComponent(rule.id)}&verdict=all` }, rule.id), ` ${rule.title}`)],
    ["HIPAA", links(hipaa)], ["SOC 2", links(soc2)],
    ["Resource", nameOf(row)], ["ARN", row[ARN]], ["Kind", shared.kinds[row[KIND]]],
    ["Place", `account ${shared.accounts[row[ACCOUNT]]}, ${shared.regions[row[REGION]]}`],
    ["PHI scope", row[PHI] === null ? "not known" : row[PHI] ? "in it" : "not in it"],
    ["First seen failing", first && when(first)], ["Last seen failing", last && when(last)],
    ["Facts read", when(more.observed_at ?? shared.observed_at)],
    ["Id", make("span", {}, make("code", {}, row[ID]), " ", make("a", { class: "to-finding", href: `#finding=${row[ID]}` }, "link to this finding"))],
  ], "facts-of-finding"));
}

// A moment as the static parts of the page write it.
function when(text) {
  const time = new Date(text);
  return Number.isNaN(time.getTime()) ? text : `${time.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

// Terms and what they are; those without a value are left out.
const pairs = (entries, more = "") => make("dl", { class: `pairs ${more}` }, entries.filter(([, value]) => value).map(([term, value]) =>
  make("div", {}, make("dt", {}, term), isolated("dd", {}, value))));

function groupElement(group, indexes, continued) {
  const sample = rows[indexes[0]];
  const [, , titleOf, noteOf] = groupings[state.group];
  const list = make("ol", { class: "list" }, indexes.map(findingElement));
  if (state.group === "none") return list;
  const counts = shared.verdicts.map((word, at) => [word, group.verdicts[at]]).filter(([, count]) => count > 0);
  return make("section", { class: "group" },
    make("div", { class: "group-head" },
      make("h3", { dir: "auto" }, shortened(titleOf(sample)), continued && make("span", { class: "note" }, " (continued)")),
      make("p", { class: "note" }, make("code", {}, shortened(noteOf(sample))), " ",
        counts.map(([word, count]) => make("span", { class: `count state-${stateOf(word)}` }, `${count.toLocaleString("en-US")} ${word} `)))),
    list);
}

