use std::fs;

use super::*;
use crate::rule::testing::{GOOD, catalog, kinds};

/// A folder with the good rule in it, and what the commands say about it.
struct Place {
    dir: tempfile::TempDir,
    kinds: Kinds,
    catalog: Catalog,
}

impl Place {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("store")).unwrap();
        fs::write(dir.path().join("store/store-shelf-locked.yaml"), GOOD).unwrap();
        Self { dir, kinds: kinds(), catalog: catalog() }
    }

    fn write(&self, piece: &str, replacement: &str) -> &Self {
        assert_eq!(GOOD.matches(piece).count(), 1, "{piece}");
        fs::write(self.rule(), GOOD.replace(piece, replacement)).unwrap();
        self
    }

    fn rule(&self) -> PathBuf {
        self.dir.path().join("store/store-shelf-locked.yaml")
    }

    /// Runs a command and returns what it writes, with the folder's name as `DIR`, and how it ends.
    fn run(&self, command: &RulesCommand) -> (String, Result<()>) {
        let rule_dirs = [self.dir.path().to_owned()];
        let library =
            Library { kinds: &self.kinds, catalog: &self.catalog, builtin: Vec::new(), rule_dirs: &rule_dirs };
        let mut out = Vec::new();
        let ended = run_with(command, &library, &mut out);
        (String::from_utf8(out).unwrap().replace(self.dir.path().to_str().unwrap(), "DIR"), ended)
    }

    fn good(&self, command: &RulesCommand) -> String {
        let (written, ended) = self.run(command);
        ended.unwrap();
        written
    }

    fn bad(&self, command: &RulesCommand) -> (String, Error) {
        let (written, ended) = self.run(command);
        let error = ended.unwrap_err();
        assert_eq!(error.fault, crate::error::Fault::Usage);
        (written, error)
    }
}

fn list_of(patterns: &[&str], format: ListFormat) -> RulesCommand {
    RulesCommand::List { patterns: patterns.iter().map(|&pattern| pattern.to_owned()).collect(), format }
}

fn new_rule(place: &Place, id: &str, kind: &str) -> RulesCommand {
    RulesCommand::New { id: id.to_owned(), kind: kind.to_owned(), dir: place.dir.path().to_owned() }
}

#[test]
fn a_list_is_a_table_or_json() {
    let place = Place::new();
    insta::assert_snapshot!(place.good(&list_of(&[], ListFormat::Table)), @r"
    RULE                SEVERITY  KIND               REQUIREMENTS
    store-shelf-locked  medium    AWS::Store::Shelf  164.312(a)(1) CC6.1

    1 rule
    ");
    let json: serde_json::Value =
        serde_json::from_str(&place.good(&list_of(&["service:store"], ListFormat::Json))).unwrap();
    assert_eq!(json[0]["id"], "store-shelf-locked");
    assert_eq!(json[0]["params"]["min_days"]["default"], 7);
    let (_, error) = place.bad(&list_of(&["store-shelf-lockd"], ListFormat::Table));
    assert_eq!(error.help.unwrap(), "did you mean `store-shelf-locked`?");
}

#[test]
fn a_rule_is_shown_whole() {
    let place = Place::new();
    insta::assert_snapshot!(place.good(&RulesCommand::Show { id: "store-shelf-closed".to_owned() }), @r"
    store-shelf-locked
    Shelf is locked

    severity    medium (high where PHI is)
    kind        AWS::Store::Shelf
    service     store
    formerly    store-shelf-closed
    file        DIR/store/store-shelf-locked.yaml

    Why
      An open shelf can be emptied by anybody who walks past it.

    Concerns a resource when
      resource.Shared == false

    Passes when
      resource.Locked == true && resource.Days >= params.min_days

    Parameters
      min_days (int, 1 to 365, default 7): Days that the lock must hold.

    Requirements
      164.312(a)(1)  Access control (standard)
      CC6.1          Logical access security over protected assets (identity, authentication,
                     segmentation, encryption, keys) (security)

    Remediation
      Lock the shelf.

    AWS CLI
      aws store lock-shelf --shelf <shelf>

    References
      https://docs.example.com/store/locks.html

    Examples
      pass            locked for a week
      fail            open
      fail            locked for too short a time
      unknown         lock not read
      not_applicable  shared on purpose
    ");
    let (_, error) = place.bad(&RulesCommand::Show { id: "store-shelf-loked".to_owned() });
    assert_eq!(error.help.unwrap(), "did you mean `store-shelf-locked`?");
}

#[test]
fn lint_says_what_is_wrong_and_where() {
    let place = Place::new();
    let (all, one) = (RulesCommand::Lint { paths: vec![] }, RulesCommand::Lint { paths: vec![place.rule()] });
    assert_eq!(place.good(&all), "1 rule, no problem\n");
    assert_eq!(place.good(&one), "1 rule, no problem\n");
    place.write("title: Shelf is locked", "title: Shelf is locked.");
    let (written, error) = place.bad(&one);
    insta::assert_snapshot!(written, @r"
    DIR/store/store-shelf-locked.yaml:2:8: the title must be a sentence without a period
      2 | title: Shelf is locked.
        |        ^^^^^
      help: say what the good state is
    ");
    assert_eq!(error.message, "1 problem in 1 rule");
    assert_eq!(place.bad(&all).1.message, "1 problem in 1 rule");
}

#[test]
fn test_judges_examples_by_path_folder_and_id() {
    let place = Place::new();
    let test = |target: &str| RulesCommand::Test { targets: vec![target.to_owned()] };
    let by_path = test(place.rule().to_str().unwrap());
    for command in [&RulesCommand::Test { targets: vec![] }, &by_path, &test("store-shelf-locked")] {
        assert_eq!(place.good(command), "5 examples of 1 rule, all as they must be\n");
    }
    place.write("expect: unknown", "expect: pass");
    let (written, error) = place.bad(&by_path);
    assert_eq!(error.message, "5 examples of 1 rule: 1 came out wrong");
    assert_eq!(written.lines().count(), 1, "{written}");
    assert!(
        written.starts_with(
            "DIR/store/store-shelf-locked.yaml:31: \"lock not read\": expected pass, came out unknown (resource."
        ),
        "{written}"
    );
}

#[test]
fn test_reports_rules_and_examples_that_cannot_be_read() {
    let place = Place::new();
    place.write("Locked: true, Days: 7, Shared: false}\n  - name: open", "Loked: true}\n  - name: open");
    let all = RulesCommand::Test { targets: vec![] };
    assert_eq!(place.bad(&all).1.message, "0 examples of 0 rules: 0 came out wrong, and 1 rule could not be read");
    place.write("severity: medium", "severity: much");
    let (written, _) = place.bad(&all);
    assert!(written.contains("`much` is none of"), "{written}");
    let missing = RulesCommand::Test { targets: vec!["nowhere/x.yaml".to_owned()] };
    assert!(place.bad(&missing).1.message.starts_with("nowhere/x.yaml: cannot be read"));
}

#[test]
fn a_new_rule_compiles_and_tells_what_to_fill_in() {
    let place = Place::new();
    let written = place.good(&new_rule(&place, "store-shelf-labelled", "AWS::Store::Shelf"));
    assert!(written.starts_with("DIR/store/store-shelf-labelled.yaml\n"), "{written}");
    let path = place.dir.path().join("store/store-shelf-labelled.yaml");
    let text = fs::read_to_string(&path).unwrap();
    let judged = place.good(&RulesCommand::Test { targets: vec![path.to_str().unwrap().to_owned()] });
    assert_eq!(judged, "3 examples of 1 rule, all as they must be\n", "{text}");
    let (problems, _) = place.bad(&RulesCommand::Lint { paths: vec![path] });
    for mark in ["`title` is still", "`why` is still", "`fail_message` is still", "`remediation` is still"] {
        assert!(problems.contains(mark), "{mark}: {problems}");
    }
    assert!(problems.contains("the rule speaks for no requirement"), "{problems}");
}

#[test]
fn a_new_rule_compiles_for_every_kind_of_this_build() {
    let (kinds, catalog) = (crate::scan::kinds(), catalog());
    for kind in kinds.iter() {
        let text = new::template("x-y", kind);
        let source = crate::rule::testing::named("x-y.yaml", text.clone());
        let rule = Rule::load(source, &kinds, &catalog).unwrap_or_else(|problems| panic!("{problems:?}\n{text}"));
        let examples =
            crate::rule::examples::read(&rule, &kinds).unwrap_or_else(|problems| panic!("{problems:?}\n{text}"));
        assert_eq!(crate::rule::lint::wrong_examples(&rule, &examples), [], "{text}");
    }
}

#[test]
fn a_new_rule_takes_no_other_rules_place() {
    let place = Place::new();
    for taken in ["store-shelf-locked", "store-shelf-closed"] {
        let (_, error) = place.bad(&new_rule(&place, taken, "AWS::Store::Shelf"));
        assert!(error.message.starts_with(&format!("the id `{taken}` is taken by ")), "{}", error.message);
    }
    assert!(place.bad(&new_rule(&place, "Shelf", "AWS::Store::Shelf")).1.message.contains("is no rule id"));
    let (_, error) = place.bad(&new_rule(&place, "store-x", "AWS::Store::Shelv"));
    assert_eq!(error.help.unwrap(), "did you mean `AWS::Store::Shelf`?");
    let other = place.dir.path().join("store/store-y.yaml");
    fs::create_dir(place.dir.path().join("elsewhere")).unwrap();
    let mut into_elsewhere = new_rule(&place, "store-y", "AWS::Store::Shelf");
    if let RulesCommand::New { dir, .. } = &mut into_elsewhere {
        *dir = place.dir.path().join("elsewhere");
    }
    place.good(&into_elsewhere);
    assert!(!other.exists());
    assert!(place.bad(&into_elsewhere).1.message.ends_with("exists already"));
}
