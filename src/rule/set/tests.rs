use std::fs;

use serde_json::{Value, json};

use super::*;
use crate::rule::ParamType;
use crate::rule::testing::{catalog, kinds, set, small, small_set};

#[test]
fn rules_come_sorted_by_id_however_they_were_given() {
    let many: Vec<SourceFile> = (0..40).rev().map(|n| small(&format!("store-{n:02}"), "severity: low")).collect();
    let ids: Vec<String> = set(many).iter().map(|rule| rule.id.clone()).collect();
    assert_eq!(ids, (0..40).map(|n| format!("store-{n:02}")).collect::<Vec<_>>());
}

#[test]
fn a_rule_is_found_by_its_present_and_its_former_id() {
    let rules = small_set();
    assert_eq!(rules.get("store-old-b").unwrap().id, "store-b");
    assert!(rules.get("store-x").is_none());
    let error = rules.find("store-bb").unwrap_err();
    assert_eq!(error.message, "there is no rule `store-bb`");
    assert_eq!(error.help.unwrap(), "did you mean `store-b`?");
}

#[test]
fn an_id_belongs_to_one_rule_former_ids_included() {
    let again = small("store-old-b", "severity: low");
    let problems = small_set().with_sources(vec![again], &kinds(), &catalog()).unwrap_err();
    assert_eq!(problems.len(), 1);
    assert_eq!(
        problems[0].to_string().lines().next().unwrap(),
        "store-old-b.yaml: the id `store-old-b` is taken by store-b.yaml"
    );
}

#[test]
fn the_rules_known_are_counted_before_the_selection() {
    let rules = small_set().select(&Selection { select: vec!["store-a".to_owned()], skip: vec![] }).unwrap();
    assert_eq!((rules.len(), rules.known()), (1, 4));
}

/// Every parameter that a user can set is limited to what means something, and the refusal names it.
#[test]
fn every_number_of_every_rule_is_refused_beyond_its_bounds() {
    let kinds = crate::scan::kinds();
    let mut numbers = 0;
    for rule in RuleSet::builtin(&kinds, &catalog()).unwrap().rules.iter_mut() {
        let params = rule.params.clone();
        for (name, param) in &params {
            let bounds = &param.bounds;
            let beyond: Vec<Value> = match param.value_type {
                ParamType::Int | ParamType::Number => {
                    numbers += 1;
                    let (min, max) = (bounds.min.unwrap(), bounds.max.unwrap());
                    assert!(rule.set_param(name, &json!(min as i64 + i64::from(min.fract() > 0.0))).is_ok());
                    assert!(rule.set_param(name, &json!(max as i64)).is_ok());
                    vec![json!(min.ceil() as i64 - 1), json!(max as i64 + 1), json!(i64::MIN), json!(i64::MAX)]
                }
                ParamType::List => vec![json!([""]), json!(["x".repeat(513)]), json!(vec!["x"; 1001])],
                ParamType::String => vec![json!(""), json!("x".repeat(513))],
                ParamType::Bool => vec![json!(1)],
            };
            for value in beyond {
                let (message, help) = rule.set_param(name, &value).unwrap_err();
                assert!(message.starts_with(&format!("parameter `{name}` of rule `{}`: ", rule.id)), "{message}");
                assert!(help.unwrap().contains(param.description.trim()), "{name} of {}", rule.id);
            }
        }
    }
    assert!(numbers > 40, "{numbers}");
}

#[test]
fn parameters_are_set_by_rule_and_name() {
    let values = |rule: &str, name: &str, value: Value| {
        BTreeMap::from([(rule.to_owned(), BTreeMap::from([(name.to_owned(), value.into())]))])
    };
    let rules = small_set().override_params(&values("store-d", "days", json!(30))).unwrap();
    assert_eq!(rules.get("store-d").unwrap().param_values(), &json!({"days": 30}));
    let error = |values| small_set().override_params(&values).unwrap_err();
    assert_eq!(error(values("store-dd", "days", json!(1))).help.unwrap(), "did you mean `store-d`?");
    assert_eq!(error(values("store-d", "day", json!(1))).help.unwrap(), "did you mean `days`?");
    assert_eq!(
        error(values("store-d", "days", json!(1.5))).message,
        "parameter `days` of rule `store-d`: expected a whole number, found `1.5`"
    );
}

#[test]
fn a_folder_adds_its_rules_and_those_of_its_services() {
    let dir = tempfile::tempdir().unwrap();
    for folder in ["store", "catalog"] {
        fs::create_dir(dir.path().join(folder)).unwrap();
    }
    fs::write(dir.path().join("store-x.yaml"), small("store-x", "severity: low").text.as_bytes()).unwrap();
    fs::write(dir.path().join("store/store-y.yaml"), small("store-y", "severity: low").text.as_bytes()).unwrap();
    fs::write(dir.path().join("store/README.md"), "no rule").unwrap();
    fs::write(dir.path().join("catalog/hipaa.yaml"), "no rule").unwrap();
    let rules = small_set().with_dir(dir.path(), &kinds(), &catalog()).unwrap();
    assert_eq!(rules.len(), 6);
    assert!(rules.get("store-x").is_some() && rules.get("store-y").is_some());
}

#[test]
fn a_folder_without_rules_is_an_error_and_so_is_none() {
    let dir = tempfile::tempdir().unwrap();
    let error = |path: &Path| small_set().with_dir(path, &kinds(), &catalog()).unwrap_err();
    assert!(error(dir.path()).message.starts_with("there is no rule in "));
    assert!(error(&dir.path().join("missing")).message.starts_with("the rules folder "));
    fs::write(dir.path().join("store-x.yaml"), "id: [").unwrap();
    assert_eq!(error(dir.path()).fault, crate::error::Fault::Usage);
}

#[test]
fn every_embedded_file_is_a_rule_in_the_folder_of_a_service() {
    for source in builtin_sources() {
        assert_eq!(source.origin.path().components().count(), 2, "{}", source.origin);
        assert!(!source.origin.path().starts_with(CATALOG), "{}", source.origin);
    }
}
