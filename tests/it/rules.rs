//! The rules of this build.

use safeguard::catalog::Catalog;
use safeguard::rule::lint::lint_builtin;
use safeguard::scan;

#[test]
fn nothing_is_wrong_with_any_built_in_rule() {
    let problems = lint_builtin(&scan::kinds(), &Catalog::builtin().unwrap());
    assert!(problems.is_empty(), "{}", problems.iter().map(|problem| format!("{problem}\n\n")).collect::<String>());
}
