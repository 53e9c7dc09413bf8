//! Reads the command lines of remediations, to find those that lose data when they are run as they stand.
//!
//! An operation that copies, creates or restores returns when the work begins, and the shell goes on. What deletes the
//! original then ends the copy, and both are gone. A reader pastes the whole line, so the line must wait by itself.
//!
//! It cannot see that an operation does wait, as those of IAM do. Such a rule shows two steps in its summary and one of
//! them as the command.

/// Operations that return while their work goes on, by how their names begin.
const BEGIN_WORK: [&str; 5] = ["copy-", "create-", "restore-", "start-", "import-"];

/// Operations that take something away, by how their names begin.
const DELETE: [&str; 5] = ["delete-", "remove-", "terminate-", "deregister-", "schedule-key-deletion"];

/// A deletion that does not wait for what was begun before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct HastyDeletion<'t> {
    /// The operation that returns while its work goes on.
    pub begun: &'t str,
    /// The operation that deletes.
    pub deletes: &'t str,
}

/// The first deletion that follows an operation whose work may still go on. Lines count as a chain, because they are
/// pasted together.
pub(super) fn hasty_deletion(script: &str) -> Option<HastyDeletion<'_>> {
    let mut begun = None;
    for command in commands(script) {
        let Some(operation) = operation(command) else { continue };
        let begins_with = |names: &[&str]| names.iter().any(|name| operation.starts_with(name));
        if operation == "wait" {
            begun = None;
        } else if begins_with(&BEGIN_WORK) {
            begun = Some(operation);
        } else if let Some(begun) = begun.filter(|_| begins_with(&DELETE)) {
            return Some(HastyDeletion { begun, deletes: operation });
        }
    }
    None
}

/// The commands of a script. Quotes hide separators, and a backslash hides the end of a line. Comments are left out.
fn commands(script: &str) -> Vec<&str> {
    let (mut found, mut start, mut before) = (Vec::new(), 0, ' ');
    let (mut quote, mut is_comment, mut is_escaped) = (None, false, false);
    for (at, character) in script.char_indices() {
        let is_start_of_word = before.is_whitespace();
        before = character;
        if std::mem::take(&mut is_escaped) || (is_comment && character != '\n') {
            continue;
        }
        match (quote, character) {
            (_, '\\') => is_escaped = true,
            (Some(open), _) if open == character => quote = None,
            (None, '\'' | '"') => quote = Some(character),
            (None, '#') if is_start_of_word => {
                found.push(&script[start..at]);
                is_comment = true;
            }
            (None, '&' | '|' | ';' | '\n') => {
                found.extend((!is_comment).then(|| &script[start..at]));
                is_comment = false;
                start = at + 1;
            }
            _ => {}
        }
    }
    found.extend((!is_comment).then(|| &script[start..]));
    found
}

/// The operation of a command `aws [--option value] SERVICE OPERATION ...`.
fn operation(command: &str) -> Option<&str> {
    let mut words = command.split_whitespace().skip_while(|word| *word != "aws").skip(1);
    let mut service = words.next()?;
    while service.starts_with("--") {
        let has_value = !service.contains('=') && !service.starts_with("--no-") && service != "--debug";
        service = words.nth(usize::from(has_value))?;
    }
    words.next()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hasty(script: &str) -> Option<(&str, &str)> {
        hasty_deletion(script).map(|found| (found.begun, found.deletes))
    }

    const COPY: &str = "aws rds copy-db-snapshot --source-db-snapshot-identifier A --target-db-snapshot-identifier B";
    const WAIT: &str = "aws rds wait db-snapshot-available --db-snapshot-identifier B";
    const DELETE: &str = "aws rds delete-db-snapshot --db-snapshot-identifier A";

    #[test]
    fn a_deletion_must_wait_for_what_replaces_the_deleted() {
        for separator in [" && ", "; ", "\n", " && \\\n  ", " && aws rds describe-db-snapshots && "] {
            let found = Some(("copy-db-snapshot", "delete-db-snapshot"));
            assert_eq!(hasty(&format!("{COPY}{separator}{DELETE}")), found, "{separator:?}");
            assert_eq!(hasty(&format!("{COPY} && {WAIT}{separator}{DELETE}")), None, "{separator:?}");
        }
    }

    #[test]
    fn every_operation_that_begins_and_every_one_that_deletes_is_known_by_its_name() {
        for begun in ["create-cluster", "restore-db-instance-from-db-snapshot", "copy-image", "start-copy-job"] {
            for deletes in ["delete-cluster", "remove-tags", "terminate-instances", "deregister-image"] {
                let script = format!("aws --region us-east-1 x {begun} --a b; aws x {deletes} --c d");
                assert_eq!(hasty(&script), Some((begun, deletes)), "{script}");
            }
        }
    }

    #[test]
    fn comments_and_options_before_the_service_change_nothing() {
        let found = Some(("copy-db-snapshot", "delete-db-snapshot"));
        assert_eq!(hasty(&format!("# It's a copy.\n{COPY}\n# Then:\n{DELETE}")), found);
        assert_eq!(hasty(&format!("{COPY} # a copy\n{}", DELETE.replace("aws rds", "aws --profile=x rds"))), found);
        assert_eq!(hasty(&format!("{COPY}\n{}", DELETE.replace("aws rds", "aws --no-cli-pager --debug rds"))), found);
    }

    #[test]
    fn what_deletes_alone_or_first_or_only_in_a_text_is_let_through() {
        for script in [
            DELETE,
            "aws iam delete-login-profile --user-name USER; aws iam update-access-key --status Inactive",
            "aws x delete-thing --a b && aws x create-thing --a b",
            "aws x create-thing --description 'then; aws x delete-thing' --a b",
            "aws x create-thing --name delete-me --a b && aws x tag-thing --name remove-me",
            "aws x put-thing && aws x delete-other-thing",
            "# Don't run aws x create-thing here.\naws x delete-thing --a b # aws x create-thing; aws x delete-thing",
            "",
        ] {
            assert_eq!(hasty(script), None, "{script}");
        }
    }
}
