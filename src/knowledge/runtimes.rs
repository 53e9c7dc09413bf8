//! Until when AWS keeps the runtimes of Lambda patched. No API of AWS tells.
//!
//! The days are those of AWS's page on runtimes, as AWS's own cfn-lint 1.58.0 of 2026-10-20 copies it
//! (`LmbdRuntimeLifecycle.json`, "deprecated"). AWS moves days of runtimes that are still supported, and has done so in
//! 2026 for those on Amazon Linux 2.
//!
//! Source: <https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html>.

/// The day on which the table was last compared with its source.
pub const RUNTIMES_AS_OF: &str = "2026-10-20";

/// The day on which a runtime is or was deprecated, from which on it need not get security patches, by its identifier
/// (`python3.12`). `None` for one that the table does not have.
pub fn runtime_deprecated_on(runtime: &str) -> Option<&'static str> {
    let at = DEPRECATED_ON.binary_search_by_key(&runtime, |(name, _)| *name).ok()?;
    DEPRECATED_ON.get(at).map(|(_, day)| *day)
}

/// In the order of their identifiers.
const DEPRECATED_ON: [(&str, &str); 46] = [
    ("dotnet10", "2028-11-14"),
    ("dotnet6", "2024-12-20"),
    ("dotnet8", "2026-11-10"),
    ("dotnetcore1.0", "2019-06-27"),
    ("dotnetcore2.0", "2019-05-30"),
    ("dotnetcore2.1", "2022-01-05"),
    ("dotnetcore3.1", "2023-04-03"),
    ("go1.x", "2024-01-08"),
    ("java11", "2027-06-30"),
    ("java17", "2027-06-30"),
    ("java21", "2029-06-30"),
    ("java25", "2029-06-30"),
    ("java8", "2024-01-08"),
    ("java8.al2", "2027-06-30"),
    ("nodejs", "2016-08-30"),
    ("nodejs10.x", "2021-07-30"),
    ("nodejs12.x", "2023-03-31"),
    ("nodejs14.x", "2023-12-04"),
    ("nodejs16.x", "2024-06-12"),
    ("nodejs18.x", "2025-09-01"),
    ("nodejs20.x", "2026-04-30"),
    ("nodejs22.x", "2027-04-30"),
    ("nodejs24.x", "2028-04-30"),
    ("nodejs4.3", "2020-03-05"),
    ("nodejs4.3-edge", "2020-03-05"),
    ("nodejs6.10", "2019-08-12"),
    ("nodejs8.10", "2020-03-06"),
    ("provided", "2024-01-08"),
    ("provided.al2", "2026-07-31"),
    ("provided.al2023", "2029-06-30"),
    ("python2.7", "2021-07-15"),
    ("python3.10", "2026-10-31"),
    ("python3.11", "2027-06-30"),
    ("python3.12", "2028-10-31"),
    ("python3.13", "2029-06-30"),
    ("python3.14", "2029-06-30"),
    ("python3.6", "2022-07-18"),
    ("python3.7", "2023-12-04"),
    ("python3.8", "2024-10-14"),
    ("python3.9", "2025-12-15"),
    ("ruby2.5", "2021-07-30"),
    ("ruby2.7", "2023-12-07"),
    ("ruby3.2", "2026-03-31"),
    ("ruby3.3", "2027-03-31"),
    ("ruby3.4", "2028-03-31"),
    ("ruby4.0", "2029-03-31"),
];

#[cfg(test)]
mod tests {
    use super::{DEPRECATED_ON, RUNTIMES_AS_OF, runtime_deprecated_on};

    #[test]
    fn runtimes_are_found_by_their_whole_identifier() {
        assert_eq!(runtime_deprecated_on("python3.9"), Some("2025-12-15"));
        assert_eq!(runtime_deprecated_on("nodejs24.x"), Some("2028-04-30"));
        for unknown in ["python3", "python3.99", "", "Python3.9"] {
            assert_eq!(runtime_deprecated_on(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn the_table_is_in_order_and_made_of_days() {
        assert!(DEPRECATED_ON.is_sorted_by(|one, next| one.0 < next.0));
        for (name, day) in DEPRECATED_ON.iter().chain(&[("as of", RUNTIMES_AS_OF)]) {
            assert!(day.parse::<jiff::civil::Date>().is_ok(), "{name}: {day}");
        }
    }
}
