//! What published guides get wrong must not stand in rules, catalog, reports or documentation: wrong citations, and claims
//! that neither law says.
//!
//! Citations are looked up in the rules; claims are looked for in every text that users see. Each pattern is tried on the
//! mistake that it is there for and on the truth beside it, so that none of them is blind.

use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;
use safeguard::catalog::Catalog;
use safeguard::model::RuleInfo;
use safeguard::rule::RuleSet;
use safeguard::scan;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn rules() -> Vec<RuleInfo> {
    let rules = RuleSet::builtin(&scan::kinds(), &Catalog::builtin().unwrap()).unwrap();
    scan::rule_infos(&rules)
}

/// Which rules a mistake is about, by words of their ids. What is encrypted in transit is not about encryption at rest.
fn about(rule: &RuleInfo, words: &[&str]) -> bool {
    // Encryption of fields protects them behind the end of TLS, on their way through the edge.
    let in_transit = ["encrypted-in-transit", "in-transit-encryption", "transit-encryption", "field-level-encryption"];
    let id = in_transit.iter().fold(rule.id.clone(), |id, words| id.replace(words, "in-transit"));
    words.iter().any(|word| format!("-{id}-").contains(&format!("-{word}-")))
}

/// Rules over AWS state whose ids have one of the words and that cite a requirement whose id begins so.
fn wrongly_cited(rules: &[RuleInfo], words: &[&str], forbidden: &[&str]) -> Vec<String> {
    let concerned = rules.iter().filter(|rule| !rule.judges_attestations() && (words.is_empty() || about(rule, words)));
    let wrong = concerned.flat_map(|rule| {
        let cited = rule.citations().filter(|citation| forbidden.iter().any(|start| citation.starts_with(start)));
        cited.map(|citation| format!("{} cites {citation}", rule.id)).collect::<Vec<_>>()
    });
    wrong.collect()
}

const AT_REST: [&str; 5] = ["encrypted", "encryption", "kms", "rotation", "key-enabled"];
const IN_TRANSIT: [&str; 4] = ["tls", "tls12", "https", "in-transit"];
const MFA: [&str; 1] = ["mfa"];
const PUBLIC: [&str; 4] = ["public", "publicly", "block-public", "not-public"];
const LOGS: [&str; 6] = ["log", "logs", "logging", "trail", "insights", "pgaudit"];
const BACKUPS: [&str; 4] = ["backup", "recovery-point", "versioning", "replication"];

/// By the words of the rules' ids, what they must not cite, and why.
const MISTAKES: [(&[&str], &[&str], &str); 17] = [
    (&[], &["164.308(a)(4)(ii)(A)"], "it binds clearinghouses only"),
    (&[], &["164.314(b)"], "it is about the documents of group health plans"),
    (&[], &["164.308(a)(3)(ii)(B)"], "it is clearance of people"),
    (&[], &["164.308(a)(5)(ii)(A)"], "it is reminders to people, not patching"),
    (&[], &["164.308(a)(1)(ii)(C)", "164.408", "CC1.2", "CC1.5"], "no AWS state shows it"),
    (&AT_REST, &["164.312(e)", "CC6.6", "CC6.8"], "encryption at rest is 164.312(a)(2)(iv) and CC6.1"),
    (&IN_TRANSIT, &["164.312(a)(2)", "CC6.1", "CC6.6"], "encryption in transit is 164.312(e)(2)(ii) and CC6.7"),
    (&MFA, &["164.312(a)(2)(i)"], "unique identification is one identity a person; MFA is 164.312(d)"),
    (&PUBLIC, &["CC6.2"], "public exposure is CC6.6; CC6.2 is the life of user accounts"),
    (&LOGS, &["A1", "PI1.1", "PI1.2", "PI1.3", "PI1.4", "CC6.2"], "logging is CC7.2"),
    (&LOGS, &["164.308(a)(7)"], "a log is no backup"),
    (&["tags"], &["CC7.5"], "tags on snapshots restore nothing"),
    (&["minor-upgrade"], &["164.312"], "patching is 164.308(a)(1)(ii)(B) and (a)(5)(ii)(B)"),
    (&BACKUPS, &["164.312(a)(2)(ii)"], "a backup is no emergency access"),
    (&["lifecycle"], &["CC6.8", "CC6.5"], "disposal of information is C1.2 and P4.3"),
    (&["session-duration"], &["164.312(d)"], "the end of a session authenticates nobody"),
    (&["baa"], &["CC9.1"], "vendors are CC9.2"),
];

#[test]
fn no_rule_cites_what_guides_cite_wrongly() {
    let rules = rules();
    for (words, forbidden, why) in MISTAKES {
        let wrong = wrongly_cited(&rules, words, forbidden);
        assert!(wrong.is_empty(), "{}: {why}", wrong.join(", "));
        let concerned = rules.iter().filter(|rule| about(rule, words)).count();
        assert!(words.is_empty() || concerned > 0, "no rule has any of {words:?} in its id: the guard is blind");
    }
}

#[test]
fn the_guard_sees_each_mistake() {
    for (words, forbidden, _) in MISTAKES {
        for citation in forbidden {
            let mut mistaken = rules().swap_remove(0);
            mistaken.id = format!("x-{}-y", words.first().unwrap_or(&"any"));
            (mistaken.hipaa, mistaken.soc2) = (vec![(*citation).to_owned()], vec![]);
            assert_eq!(wrongly_cited(&[mistaken], words, forbidden).len(), 1, "{words:?} {citation}");
        }
    }
}

#[test]
fn encryption_in_transit_is_cited_where_it_belongs_and_confidentiality_is_only_supported_by_encryption() {
    for rule in rules() {
        let cites = |citation: &str| rule.citations().any(|cited| cited == citation);
        if about(&rule, &IN_TRANSIT) {
            assert!(cites("164.312(e)(2)(ii)") && cites("CC6.7"), "{}", rule.id);
        }
        if about(&rule, &AT_REST) && cites("C1.1") {
            assert!(
                rule.only_supports("C1.1"),
                "{}: C1.1 is identifying and keeping confidential information",
                rule.id
            );
        }
        if about(&rule, &["six-years", "retention"]) && cites("164.316(b)(2)(i)") {
            assert!(rule.only_supports("164.316(b)(2)(i)"), "{}: no provision sets a period for logs", rule.id);
        }
    }
}

#[test]
fn the_catalog_tells_apart_what_guides_mix_up() {
    let catalog = Catalog::builtin().unwrap();
    let title = |id: &str| catalog.requirement(id).unwrap().title.to_lowercase();
    for (id, has) in [
        ("CC6.8", "malicious software"),
        ("CC6.6", "boundary"),
        ("CC1.2", "board"),
        ("CC1.4", "training"),
        ("CC1.5", "accountable"),
        ("CC9.2", "vendor"),
        ("164.308(a)(8)", "evaluation"),
        ("164.308(a)(1)(ii)(A)", "risk analysis"),
        ("164.408", "secretary"),
        ("164.406", "media"),
        ("164.404", "individuals"),
        ("164.410", "business associate"),
    ] {
        assert!(title(id).contains(has), "{id}: {}", title(id));
    }
    assert!(catalog.requirement("P1.2").is_none(), "there is no P1.2");
    let media = catalog.requirement("164.406").unwrap().summary.as_deref().unwrap();
    assert!(media.contains("more than 500 residents of one State or jurisdiction"), "{media}");
    let secretary = catalog.requirement("164.408").unwrap().summary.as_deref().unwrap();
    assert!(secretary.contains("after the calendar year"), "{secretary}");
}

/// A claim that must not be made, the mistake as guides write it, and a true sentence near it.
const CLAIMS: [(&str, &str, &str); 15] = [
    (
        r"(?i)\bHIPAA[- ](certified|compliant)\b",
        "an S3 bucket is HIPAA compliant",
        "there is no HIPAA certification that HHS recognizes",
    ),
    (
        r"(?i)\b(achieves?|gets?|obtains?|earns?|gives?|your|a) (SOC ?2|HIPAA) certifi(cation|cate|ed)\b|\bSOC ?2[- ]certified\b",
        "a SOC 2 certification",
        "a SOC 2 report is a CPA's opinion",
    ),
    (
        r"(?i)\b(ensures?|guarantees?|proves?|achieves?) (full |your )?(HIPAA|SOC ?2)?[- ]?complian(ce|t)\b",
        "this ensures HIPAA compliance",
        "a rule gives evidence for a requirement",
    ),
    (r"(?i)\bFIPS[- ]?140-2\b", "HIPAA specifies FIPS 140-2", "a module validated under FIPS 140-3"),
    (
        r"(?i)\b(HIPAA|Security Rule|164\.312\(b\)|164\.308\(a\)\(1\)\(ii\)\(D\)) (requires?|mandates?|demands?|sets?)\b[^.]{0,60}\b(six|6|seven|7)[- ]years?[^.]{0,40}\blogs?\b",
        "HIPAA requires six years of audit log retention",
        "no provision sets a period for logs; six years is a policy",
    ),
    (
        r"(?i)\blogs?\b[^.]{0,60}\b(as|because) (HIPAA|the Security Rule) (requires?|mandates?|demands?)\b",
        "logs are kept six years, as HIPAA requires",
        "logs are kept as long as the policy says",
    ),
    (r"(?i)\bHITECH\b[^.]{0,60}\bseven\b", "HITECH extends log retention to seven years", "HITECH, section 13405(c)"),
    (
        r"(?i)\b(HIPAA|Security Rule) (requires?|mandates?|demands?)\b[^.]{0,40}\b(encryption|MFA|multi-factor|FIPS|TLS 1\.[23]|KMS)\b",
        "HIPAA requires encryption",
        "encryption is addressable (164.312(a)(2)(iv))",
    ),
    (
        r"(?i)\b(SOC ?2|CC6\.[17]) (requires?|mandates?|demands?)\b[^.]{0,40}\bencrypt",
        "CC6.1 requires encryption of data in transit",
        "no criterion requires encryption",
    ),
    (
        r"(?i)\boptional\b[^.]{0,30}\baddressable\b|\baddressable\b[^.]{0,20}\b(is|are|means?) optional\b",
        "addressable means optional",
        "addressable is not optional",
    ),
    (
        r"(?i)\b(equals?|equivalent to|identical to|satisf(y|ies) (most|all)) (of )?(HIPAA|CC7\.2|CC6)\b",
        "SOC 2 controls satisfy most HIPAA safeguards",
        "a crosswalk is no equivalence",
    ),
    (r"\$\s?[0-9][0-9,.]{2,}", "fines of $50,000", "adjusted every year (45 CFR 102.3)"),
    (r"(?i)off-list approval", "without off-list approval", "it is on the list"),
    (r"(?i)right to (deletion|be forgotten|erasure)", "HIPAA's right to deletion", "access is 164.524"),
    (
        r"(?i)\bHHS\b[^.;]{0,40}\bwithin 60 days\b",
        "tell HHS within 60 days",
        "tell HHS together with the individuals; for fewer, report within 60 days after the calendar year ends",
    ),
];

#[test]
fn the_patterns_find_the_mistakes_and_spare_the_truth() {
    for (pattern, mistake, truth) in CLAIMS {
        let pattern = Regex::new(pattern).unwrap();
        assert!(pattern.is_match(mistake), "{pattern} does not find: {mistake}");
        assert!(!pattern.is_match(truth), "{pattern} refuses: {truth}");
    }
}

#[test]
fn no_text_that_users_see_repeats_a_claim_of_the_guides() {
    let texts = texts();
    assert!(texts.len() > 200, "the texts are where this test looks for them");
    let patterns = CLAIMS.map(|(pattern, _, _)| Regex::new(pattern).unwrap());
    let mut found = Vec::new();
    for (path, text) in &texts {
        // Texts are wrapped: a claim may be broken over two lines.
        let text =
            text.split_whitespace().filter(|word| !["//!", "///", "#"].contains(word)).collect::<Vec<_>>().join(" ");
        for pattern in &patterns {
            let hits = pattern.find_iter(&text).map(|hit| hit.as_str().to_owned()).collect::<Vec<_>>();
            found.extend(hits.into_iter().map(|hit| format!("{}: {hit}", path.display())));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn wherever_hipaa_and_soc2_are_explained_the_limits_are_said() {
    let readme = fs::read_to_string(Path::new(ROOT).join("README.md")).unwrap();
    let readme = readme.split_whitespace().collect::<Vec<_>>().join(" ");
    for words in ["45 CFR Part 164", "164.306(d)(3)", "no legal advice", "does not certify", "CPA", "proposed, not law"]
    {
        assert!(readme.contains(words), "{words}");
    }
}

/// Everything that is written for users: rules, catalog, documentation, and the sources, from which messages come.
fn texts() -> Vec<(PathBuf, String)> {
    let mut texts = Vec::new();
    let mut folders: Vec<PathBuf> = ["rules", "docs", "src"].map(|folder| Path::new(ROOT).join(folder)).into();
    texts.push((PathBuf::from("README.md"), fs::read_to_string(Path::new(ROOT).join("README.md")).unwrap()));
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let is_text =
                path.extension().is_some_and(|ending| ["yaml", "md", "rs", "json"].iter().any(|text| ending == *text));
            let is_test = path.components().any(|part| part.as_os_str() == "tests" || part.as_os_str() == "tests.rs");
            if path.is_dir() {
                folders.push(path);
            } else if is_text && !is_test {
                texts.push((path.strip_prefix(ROOT).unwrap().to_owned(), fs::read_to_string(&path).unwrap()));
            }
        }
    }
    texts
}
