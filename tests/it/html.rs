//! The HTML report as its reader sees it: opened in a browser, with filters, keys, both themes, on paper, without a
//! script, and with names that try to be more than names.

use std::fs;
use std::path::PathBuf;
use std::sync::OnceLock;

use safeguard::model::{AccountId, AccountRow, AccountState, Finding, Organization, Report, Summary};
use serde_json::{Value, json};

use crate::browser::{Browser, ENTER, ESCAPE, Key, TAB};
use crate::product::{Product, sealed, written};

/// Names that AWS would not take for a bucket, but an error message, a tag or a policy's statement could hold.
const HOSTILE: [&str; 6] = [
    "<script>document.title='owned'</script>",
    "\"><img src=x onerror=\"document.title='owned'\">",
    "</script><script>alert(1)</script>",
    "javascript:document.title='owned'//",
    "abc\u{202e}txt.exe\u{2066}\u{200b}\u{1b}[2J",
    "<!--<script>${document.title='owned'}{{7*7}}",
];

/// Contrast of every visible text with what is behind it; what is below WCAG's AA is listed.
const LOW_CONTRAST: &str = r#"(() => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d", { willReadFrequently: true });
  const rgb = (color) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1); return [...canvas.getImageData(0, 0, 1, 1).data]; };
  const luminance = ([r, g, b]) => [r, g, b].map((c) => c / 255).map((c) => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (element) => { for (let at = element; at; at = at.parentElement) { const color = rgb(getComputedStyle(at).backgroundColor); if (color[3] === 255) return color; } return [255, 255, 255]; };
  const low = new Map();
  for (const element of document.querySelectorAll("body *")) {
    const text = [...element.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data.trim()).join("");
    if (!text || !element.checkVisibility({ visibilityProperty: true }) || element.closest("button:disabled, option, [aria-hidden=true]")) continue;
    const style = getComputedStyle(element);
    const [a, b] = [luminance(rgb(style.color)), luminance(behind(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) low.set(`${element.tagName}.${element.className}`, `${ratio.toFixed(2)} ${text.slice(0, 30)}`);
  }
  return [...low].map((entry) => entry.join(" "));
})()"#;

const COUNT: &str = "document.getElementById('count').textContent";
const FIRST: &str = "document.querySelector('#results details.finding')";

struct Written {
    _product: Product,
    file: PathBuf,
}

/// The sample account's page.
fn demo() -> PathBuf {
    static DEMO: OnceLock<Written> = OnceLock::new();
    let written = DEMO.get_or_init(|| {
        let product = Product::alone();
        let output = product.scan(&["--demo", "--output", "report.html"]);
        assert_eq!(
            (output.code, output.left.as_slice()),
            (10, ["report.html".to_owned()].as_slice()),
            "{}",
            output.stderr
        );
        let file = product.folder().join("report.html");
        Written { _product: product, file }
    });
    written.file.clone()
}

/// The sample account with other names: buckets, users, a statement, a gap.
fn hostile(product: &Product) -> PathBuf {
    product.scan(&["--demo", "--save-snapshot", "account.ndjson", "--format", "json"]);
    let snapshot = fs::read_to_string(product.folder().join("account.ndjson")).unwrap();
    let mut names = HOSTILE.map(str::to_owned).to_vec();
    names.push("n".repeat(10_000));
    let mut names = names.iter().cycle().enumerate().map(|(number, name)| format!("{name} {number}"));
    let mut rename = |line: &str| {
        let mut line: Value = serde_json::from_str(line).unwrap();
        if let Some(gap) = line.get_mut("gap") {
            for field in ["code", "message", "request_id"] {
                gap[field] = json!(names.next());
            }
        }
        if let Some(resource) = line.get_mut("resource") {
            let name_fact = match resource["kind"].as_str() {
                Some("AWS::S3::Bucket") => "BucketName",
                Some("AWS::IAM::User") => "UserName",
                _ => return line.to_string(),
            };
            let name = json!(names.next());
            resource["id"] = name.clone();
            resource["arn"] = json!(format!("arn:aws:s3:::{}", name.as_str().unwrap_or_default()));
            resource["facts"][name_fact] = name.clone();
            if let Some(statement) = resource["facts"].pointer_mut("/BucketPolicy/Statement/0") {
                statement["Sid"] = name;
            }
        }
        line.to_string()
    };
    let lines: Vec<String> = snapshot.lines().map(&mut rename).collect();
    fs::write(product.folder().join("hostile.ndjson"), sealed(&lines.join("\n"))).unwrap();
    let output = product.scan(&["--snapshot", "hostile.ndjson", "--format", "html=hostile.html"]);
    assert_eq!(output.code, 10, "{}", output.stderr);
    product.folder().join("hostile.html")
}

/// The number of findings that the page says fit.
fn count(browser: &mut Browser) -> usize {
    let text = browser.text(COUNT);
    text.split(' ').next().unwrap().replace(',', "").parse().unwrap_or_else(|_| panic!("{text}"))
}

#[test]
fn the_page_opens_alone_and_in_silence() {
    let Some(mut browser) = Browser::find() else { return };
    browser.open(&demo());
    assert_eq!(browser.misdeeds(), Vec::<String>::new());
    assert_eq!(browser.text("document.title"), "Account 123456789012: Safeguard report");
    assert!(browser.text("document.querySelector('.banner').innerText").starts_with("Incomplete, with failures"));
    assert_eq!(
        browser.value("document.getElementById('worst')"),
        Value::Null,
        "the list of the script is in its place"
    );
    assert_eq!(browser.value("document.querySelectorAll('#results details.finding').length"), 50, "one page of them");
    let failed_calls = browser.text("document.getElementById('not-read').innerText");
    assert!(failed_calls.contains("rds:DescribeDBClusterSnapshotAttributes"), "{failed_calls}");
}

#[test]
fn counts_on_the_page_are_those_of_the_report() {
    let Some(mut browser) = Browser::find() else { return };
    let report = Product::alone().scan(&["--demo", "--format", "json"]).report();
    browser.open(&demo());
    assert_eq!(count(&mut browser), report.summary.fail + report.summary.unknown);
    browser.open_at(&demo(), "#verdict=all");
    assert_eq!(count(&mut browser), report.findings.len());
    for row in report.requirements.iter().filter(|row| row.findings.fail > 0).take(8) {
        let link = format!(
            "[...document.querySelectorAll('table.requirements a')].find((a) => a.innerText === '{}').click()",
            row.id
        );
        browser.value(&link);
        // The list holds all that is said of it, by rules that only support it, too.
        let is_about = |finding: &&Finding| finding.hipaa.contains(&row.id) || finding.soc2.contains(&row.id);
        let all = report.findings.iter().filter(is_about).count();
        browser.wait(&format!("{COUNT}.replaceAll(',', '').startsWith('{all} of ')"));
        assert_eq!(browser.value("document.getElementById('filter-requirement').value"), row.id);
    }
    assert_eq!(browser.misdeeds(), Vec::<String>::new());
}

/// The sample account's findings as those of two accounts of an organization; a third could not be read.
fn organization(product: &Product) -> (PathBuf, Report) {
    let mut report = product.scan(&["--demo", "--format", "json"]).report();
    let names = ["123456789012", "222222222222", "333333333333"].map(|id| id.parse::<AccountId>().unwrap());
    report.findings.iter_mut().step_by(3).for_each(|finding| finding.resource.account = names[1]);
    let row = |account: &AccountId| {
        let mut summary = Summary::default();
        let of_account = |finding: &&Finding| finding.resource.account == *account;
        report.findings.iter().filter(of_account).for_each(|finding| summary.count(finding));
        AccountRow {
            account: *account,
            name: Some(HOSTILE[0].to_owned()),
            organizational_unit: Some(format!("/{}", HOSTILE[1])),
            state: if *account == names[2] { AccountState::NotRead } else { AccountState::Complete },
            reason: (*account == names[2]).then(|| HOSTILE[2].to_owned()),
            summary,
            worst_failure: None,
        }
    };
    report.organization = Some(Organization::of(names.iter().map(row).collect()));
    report.scan.accounts = names.to_vec();
    fs::write(product.folder().join("organization.json"), written(&report)).unwrap();
    product.run(&["report", "organization.json", "--output", "organization.html"]);
    (product.folder().join("organization.html"), report)
}

#[test]
fn the_row_of_an_account_leads_to_its_findings() {
    let Some(mut browser) = Browser::find() else { return };
    let product = Product::alone();
    let (page, report) = organization(&product);
    browser.open(&page);
    for account in ["222222222222", "123456789012"] {
        let all = report.findings.iter().filter(|finding| finding.resource.account == account).count();
        browser.value(&format!(
            "[...document.querySelectorAll('#accounts a')].find((a) => a.innerText === '{account}').click()"
        ));
        browser.wait(&format!("{COUNT}.replaceAll(',', '').startsWith('{all} of ')"));
        assert_eq!(browser.value("document.getElementById('filter-account').value"), account);
    }
    assert_eq!(browser.value("document.querySelectorAll('#accounts a').length"), 2, "no finding, no link");
    for theme in ["light", "dark"] {
        browser.prefer("prefers-color-scheme", theme);
        assert_eq!(browser.value(LOW_CONTRAST), json!([]), "{theme}");
    }
    assert_eq!(browser.misdeeds(), Vec::<String>::new());
    assert_ne!(browser.text("document.title"), "owned");
}

#[test]
fn filters_narrow_the_list_and_their_address_brings_it_back() {
    let Some(mut browser) = Browser::find() else { return };
    browser.open(&demo());
    let all = count(&mut browser);
    browser.value("(() => { const select = document.getElementById('filter-service'); select.value = 's3'; select.dispatchEvent(new Event('change')); })()");
    browser.value("document.querySelector('#filter-severity input[value=low]').click()");
    browser.value("document.querySelector('#filter-verdict input[value=pass]').click()");
    let results = "document.getElementById('results').textContent";
    let (few, list) = (count(&mut browser), browser.text(results));
    assert!(few > 0 && few != all);
    assert_eq!(browser.value("document.querySelectorAll('#results .severity.low').length"), 0);
    let address = browser.text("location.hash");
    assert_eq!(address, "#verdict=fail%2Cunknown%2Cpass&severity=critical%2Chigh%2Cmedium&service=s3");
    browser.open_at(&demo(), &address);
    assert_eq!((count(&mut browser), browser.text(results)), (few, list));
    browser.value("document.querySelector('#active button').click()");
    assert!(count(&mut browser) > few, "the filter was taken away");
    browser.value("history.back()");
    browser.wait(&format!("{COUNT}.startsWith('{few} of ')"));
    browser.value("document.getElementById('clear').click()");
    assert_eq!(count(&mut browser), all);
    assert_eq!(browser.misdeeds(), Vec::<String>::new());
}

#[test]
fn everything_can_be_done_from_the_keyboard() {
    let Some(mut browser) = Browser::find() else { return };
    browser.open(&demo());
    let all = count(&mut browser);
    browser.press(TAB);
    assert_eq!(browser.text("document.activeElement.innerText"), "Skip to the report");
    browser.press(Key::Character('/'));
    assert_eq!(browser.text("document.activeElement.id"), "search");
    browser.type_text("marketing-site");
    browser.wait(&format!("{COUNT}.replaceAll(',', '').split(' ')[0] !== '{all}'"));
    let found = count(&mut browser);
    assert!(found > 0 && found < all);
    browser.press(ESCAPE);
    browser.wait(&format!("{COUNT}.replaceAll(',', '').startsWith('{all} of ')"));

    let focused = "[...document.querySelectorAll('#results summary')].filter((it) => it.matches('.finding > summary')).indexOf(document.activeElement)";
    browser.press(Key::Character('j'));
    browser.press(Key::Character('j'));
    assert_eq!(browser.value(focused), 1);
    browser.press(Key::Character('k'));
    assert_eq!(browser.value(focused), 0);
    browser.press(ENTER);
    browser.wait(&format!("{FIRST}.open && {FIRST}.querySelector('.body') !== null"));
    let opened = browser.text(&format!("{FIRST}.innerText"));
    for word in ["Evidence", "Fix: ", "AWS CLI", "Copy", "HIPAA", "How it was judged"] {
        assert!(opened.contains(word), "{word} is missing in {opened}");
    }
    browser.press(ESCAPE);
    assert_eq!(browser.value(&format!("{FIRST}.open")), false);
    browser.press(Key::Character('n'));
    browser.wait(&format!("{COUNT}.includes('51 to 100')"));
    assert_eq!(browser.value(focused), 0, "the first of the new page has the focus");

    browser.value("document.getElementById('shortcuts').click()");
    browser.press(Key::Character('/'));
    assert_ne!(browser.text("document.activeElement.id"), "search", "single keys can be turned off");
    assert_eq!(browser.misdeeds(), Vec::<String>::new());
}

#[test]
fn a_finding_has_an_address_of_its_own() {
    let Some(mut browser) = Browser::find() else { return };
    let report = Product::alone().scan(&["--demo", "--format", "json"]).report();
    let undecided =
        |finding: &&Finding| !finding.gaps.is_empty() && finding.evidence.iter().any(|it| it.value.is_none());
    let finding = report.findings.iter().find(undecided).unwrap();
    browser.open_at(&demo(), &format!("#finding={}", finding.id.0));
    browser.wait(&format!("{FIRST}.querySelector('.body') !== null"));
    assert_eq!(count(&mut browser), 1);
    let opened = browser.text(&format!("{FIRST}.innerText"));
    for gap in &finding.gaps {
        assert!(opened.contains(&gap.message) && opened.contains(gap.class.in_words()), "{opened}");
    }
    assert!(opened.contains("was not read"), "{opened}");
}

#[test]
fn hostile_names_are_shown_and_do_nothing() {
    let Some(mut browser) = Browser::find() else { return };
    let product = Product::alone();
    browser.open_at(&hostile(&product), "#verdict=all&group=resource");
    let title = browser.text("document.title");
    assert!(title.starts_with("Account 123456789012"), "{title}");
    let expected = HOSTILE.map(|name| safeguard::output::text::escape(name).into_owned());
    let mut seen = String::new();
    loop {
        browser.value("document.querySelectorAll('#results details.finding').forEach((it) => { it.open = true; })");
        browser.wait(
            "[...document.querySelectorAll('#results details.finding')].every((it) => it.querySelector('.body'))",
        );
        seen += &browser.text("document.getElementById('results').textContent");
        if browser.value("[...document.querySelectorAll('#pages button')][2]?.disabled ?? true") == json!(true) {
            break;
        }
        browser.press(Key::Character('n'));
    }
    for name in &expected {
        assert!(seen.contains(name.as_str()), "{name} is not to be seen");
    }
    let hostile = seen.chars().find(|one| *one != '\n' && *one != '\t' && safeguard::output::text::is_hostile(*one));
    assert_eq!(hostile, None);
    assert!(browser.text("document.getElementById('not-read').innerText").contains(&expected[0]));
    for query in HOSTILE {
        browser.value(&format!("(() => {{ const search = document.getElementById('search'); search.value = {}; search.dispatchEvent(new Event('input')); }})()", json!(query)));
        browser.wait(&format!("new URLSearchParams(location.hash.slice(1)).get('search') === {}", json!(query.trim())));
    }
    assert_eq!(browser.value("document.querySelectorAll('img, iframe, object, embed, form[action]').length"), 0);
    assert_eq!(browser.value("document.querySelectorAll('script:not([type])').length"), 2, "its own");
    assert_eq!(browser.value("document.documentElement.scrollWidth <= innerWidth"), true, "no name widens the page");
    assert_eq!(browser.text("document.title"), title);
    assert_eq!(browser.misdeeds(), Vec::<String>::new());
}

#[test]
fn an_address_that_was_tampered_with_does_nothing() {
    let Some(mut browser) = Browser::find() else { return };
    for address in [
        "#search=%3Cimg%20src=x%20onerror=alert(1)%3E",
        "#verdict=%00&page=-7&group=__proto__&sort=constructor",
        "#rule=%3Cscript%3E&=&&",
    ] {
        browser.open_at(&demo(), address);
        count(&mut browser);
        assert_eq!(browser.misdeeds(), Vec::<String>::new(), "{address}");
    }
}

#[test]
fn both_themes_can_be_read() {
    let Some(mut browser) = Browser::find() else { return };
    browser.open(&demo());
    browser.value("document.querySelectorAll('#results details.finding').forEach((it, at) => { it.open = at < 3; })");
    let background = "getComputedStyle(document.body).backgroundColor";
    let mut backgrounds = Vec::new();
    for theme in ["light", "dark"] {
        browser.prefer("prefers-color-scheme", theme);
        assert_eq!(browser.value(LOW_CONTRAST), json!([]), "in the {theme} theme");
        backgrounds.push(browser.text(background));
    }
    assert_ne!(backgrounds[0], backgrounds[1]);
    browser.value("document.getElementById('theme').click()");
    assert_eq!(browser.text("document.getElementById('theme').innerText"), "Theme: light");
    assert_eq!(browser.text(background), backgrounds[0], "a chosen theme wins over the system's");
}

#[test]
fn a_screen_reader_finds_names_headings_and_tables() {
    let Some(mut browser) = Browser::find() else { return };
    browser.open(&demo());
    browser.value(&format!("{FIRST}.open = true"));
    let tree = browser.call("Accessibility.getFullAXTree", json!({}));
    let nodes = tree["nodes"].as_array().unwrap();
    let of_role = |roles: &[&str]| -> Vec<&Value> {
        let shown = nodes.iter().filter(|node| node["ignored"] == json!(false));
        shown.filter(|node| roles.contains(&node["role"]["value"].as_str().unwrap_or_default())).collect()
    };
    for role in ["button", "link", "searchbox", "combobox", "checkbox", "table", "navigation", "search", "region"] {
        let nodes = of_role(&[role]);
        assert!(!nodes.is_empty(), "{role}");
        for node in nodes {
            assert_ne!(node["name"]["value"].as_str().unwrap_or_default(), "", "a {role} without a name: {node}");
        }
    }
    assert_eq!((of_role(&["main"]).len(), of_role(&["banner"]).len(), of_role(&["contentinfo"]).len()), (1, 1, 1));
    let levels = "[...document.querySelectorAll('h1, h2, h3, h4')].filter((it) => it.checkVisibility()).map((it) => Number(it.tagName[1]))";
    let levels: Vec<u64> = serde_json::from_value(browser.value(levels)).unwrap();
    assert_eq!(levels.iter().filter(|level| **level == 1).count(), 1);
    assert!(levels.windows(2).all(|pair| pair[1] <= pair[0] + 1), "a heading's level is skipped: {levels:?}");
    let bare = "[...document.querySelectorAll('table')].filter((it) => !it.querySelector('th[scope]')).length";
    assert_eq!(browser.value(bare), 0, "every table says what its headers are for");
    let ids =
        "[...document.querySelectorAll('[id]')].map((it) => it.id).filter((id, at, all) => all.indexOf(id) !== at)";
    assert_eq!(browser.value(ids), json!([]), "no id twice");
}

#[test]
fn the_page_fits_a_phone() {
    let Some(mut browser) = Browser::find() else { return };
    browser.call(
        "Emulation.setDeviceMetricsOverride",
        json!({"width": 360, "height": 740, "deviceScaleFactor": 2, "mobile": true}),
    );
    browser.open(&demo());
    browser.value(&format!("{FIRST}.open = true"));
    assert_eq!(browser.value("document.documentElement.scrollWidth"), 360);
    assert_eq!(browser.value("document.getElementById('more-filters').open"), false, "the list is not far down");
}

#[test]
fn on_paper_every_finding_stands_open_and_no_control_is_left() {
    let Some(mut browser) = Browser::find() else { return };
    browser.open_at(&demo(), "#severity=critical");
    let all = count(&mut browser);
    browser.value("dispatchEvent(new Event('beforeprint'))");
    browser.call("Emulation.setEmulatedMedia", json!({"media": "print"}));
    assert_eq!(browser.value("document.querySelectorAll('#results details.finding[open] .body').length"), all);
    let visible =
        "[...document.querySelectorAll('input, select, button, nav')].filter((it) => it.checkVisibility()).length";
    assert_eq!(browser.value(visible), 0);
    let pdf = browser.call("Page.printToPDF", json!({"printBackground": true}));
    assert!(pdf["data"].as_str().unwrap().starts_with("JVBERi"), "a PDF");
    // The browser tells the page that printing is over, and the screen is as it was.
    browser.wait("document.querySelectorAll('#results details.finding[open]').length === 0");
    assert_eq!(browser.misdeeds(), Vec::<String>::new());
}

#[test]
fn without_a_script_the_page_still_says_what_matters() {
    let Some(mut browser) = Browser::find() else { return };
    browser.call("Emulation.setScriptExecutionDisabled", json!({"value": true}));
    browser.call("Page.navigate", json!({"url": format!("file://{}", demo().display())}));
    browser.wait("document.readyState === 'complete' && document.querySelector('footer') !== null");
    let text = browser.text("document.body.innerText");
    for words in [
        "Incomplete, with failures",
        "rds:DescribeDBClusterSnapshotAttributes",
        "worst open failures",
        "164.312(a)(2)(iv)",
        "Fix:",
        "This browser runs no script",
    ] {
        assert!(text.contains(words), "{words} is missing");
    }
    assert!(!text.contains("Theme: "), "no control that would do nothing");
    assert_eq!(browser.value("document.getElementById('explorer').checkVisibility()"), false);
}
