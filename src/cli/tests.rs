use std::any::TypeId;

use clap::CommandFactory;

#[test]
fn the_flags_are_consistent() {
    super::Cli::command().debug_assert();
}

#[test]
fn flags_are_refused_in_words_of_people() {
    for (flags, words) in [
        (["--max-in-flight", "x"], "it is no whole number"),
        (["--max-in-flight", "99999"], "99999 is not in the range from 1 to 1024"),
        (["--timeout", "0"], "0 is not in the range from 1 to 3600"),
        (["--timeout", "-"], "it is no whole number"),
        (["--allow-incomplete=x", "--full"], "write true or false"),
    ] {
        let argv = ["safeguard", "scan"].iter().chain(&flags);
        let error = super::Cli::command().try_get_matches_from(argv).unwrap_err();
        let text = super::words_of_flags(&error.render().to_string());
        assert!(text.contains(words), "{text}");
        assert!(!text.contains("..=") && !text.contains("digit found") && !text.contains("boolean"), "{text}");
    }
}

/// Every flag that takes a number, wherever it is: what is beyond sense is refused and not taken for something
/// else.
#[test]
fn no_number_beyond_sense_is_taken_by_a_flag() {
    fn visit(command: &clap::Command, seen: &mut Vec<String>) {
        for flag in command.get_arguments().filter(|flag| flag.get_action().takes_values()) {
            let names = flag.get_value_names().unwrap_or_default();
            let is_number = ["N", "SECONDS", "NUMBER"].iter().any(|name| names.iter().any(|known| known == name));
            let parser = flag.get_value_parser();
            let number_types = [TypeId::of::<u8>(), TypeId::of::<u16>(), TypeId::of::<u32>(), TypeId::of::<u64>()];
            let more = [TypeId::of::<usize>(), TypeId::of::<i64>(), TypeId::of::<f64>()];
            let has_type = number_types.iter().chain(&more).any(|known| parser.type_id() == *known);
            assert_eq!(is_number, has_type, "{flag} of {}: numbers have the names of numbers", command.get_name());
            if !is_number {
                continue;
            }
            let long = flag.get_long().unwrap();
            seen.push(long.to_owned());
            let alone = clap::Command::new("test").arg(flag.clone());
            for value in ["-1", "0", "100000", "4294967296", "18446744073709551616", "1e9", "NaN", "inf", "x", ""] {
                let parsed = alone.clone().try_get_matches_from(["test", &format!("--{long}={value}")]);
                // A day has 86400 seconds.
                assert!(parsed.is_err(), "--{long}={value} of {}", command.get_name());
            }
        }
        command.get_subcommands().for_each(|command| visit(command, seen));
    }
    let mut seen = Vec::new();
    visit(&super::Cli::command(), &mut seen);
    for known in ["accounts-at-once", "max-in-flight", "timeout", "max-duration", "version"] {
        assert!(seen.iter().any(|flag| flag == known), "{known} is not among {seen:?}");
    }
}
