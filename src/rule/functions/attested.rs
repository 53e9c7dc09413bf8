//! Functions on what people state in files of their own: owners, days, agreements and evidence.
//!
//! Each says in words what is wrong, and an empty text when nothing is, so that a condition and the message of its
//! failure cannot contradict each other. Days are days in UTC, and the day that counts is that of `now`: the last day
//! of a term still belongs to it.

use std::rc::Rc;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::{Accepts, Function, FunctionParameter, Implementation, Returns, not_a, text_at, wrong};
use crate::rule::fault::EvaluationFault;
use crate::rule::value::Val;

const STATEMENT: FunctionParameter = FunctionParameter { name: "statement", accepts: &[Accepts::Text] };
const OWNER: FunctionParameter = FunctionParameter { name: "owner", accepts: &[Accepts::Text] };
const MAX_DAYS: FunctionParameter = FunctionParameter { name: "max_days", accepts: &[Accepts::Int] };

const fn optional(name: &'static str) -> FunctionParameter {
    FunctionParameter { name, accepts: &[Accepts::TextOrNull] }
}

pub(super) static FUNCTIONS: [Function; 6] = [
    Function {
        name: "attestation_faults",
        is_method: false,
        parameters: &[
            STATEMENT,
            OWNER,
            FunctionParameter { name: "signer", accepts: &[Accepts::Text] },
            optional("signed"),
            optional("date"),
            optional("valid_until"),
            MAX_DAYS,
        ],
        result: Returns::Text,
        meaning: "What keeps an attestation from being in force on the day of the snapshot, in words; an empty text if \
                  nothing does. It needs a statement of a few words of its own, an owner and a signer with a way to reach \
                  them (an e-mail address, a telephone number or a web address), a date that is neither in the future nor \
                  more than so many days ago, and the day of the signature, which does not come before it; `valid_until`, \
                  if there is one, is the last day on which it counts.",
        implementation: Implementation::AtTime(|args, now| {
            let (statement, owner, signer) = (text_at(args, 0)?, text_at(args, 1)?, text_at(args, 2)?);
            let (signed, date, until) = (nullable(args, 3)?, nullable(args, 4)?, nullable(args, 5)?);
            let mut faults = Faults::on(now);
            faults.stated(statement);
            faults.unowned(owner);
            faults.out_of_reach("owner", owner);
            faults.signed(signer, signed, date)?;
            faults.dated(date, "dated", "it has no date", days(args, 6)?)?;
            faults.ended(until, "it was valid until")?;
            Ok(faults.in_words())
        }),
    },
    Function {
        name: "review_faults",
        is_method: false,
        parameters: &[OWNER, optional("reviewed"), MAX_DAYS],
        result: Returns::Text,
        meaning: "What is wrong with the review of an entry in a register, in words; an empty text if nothing is. It needs \
                  an owner and a last review that is neither in the future nor more than so many days ago.",
        implementation: Implementation::AtTime(|args, now| {
            let mut faults = Faults::on(now);
            faults.unowned(text_at(args, 0)?);
            faults.dated(nullable(args, 1)?, "last reviewed on", "it was never reviewed", days(args, 2)?)?;
            Ok(faults.in_words())
        }),
    },
    Function {
        name: "occurrence_faults",
        is_method: false,
        parameters: &[
            FunctionParameter { name: "dates", accepts: &[Accepts::Texts] },
            MAX_DAYS,
            FunctionParameter { name: "period_days", accepts: &[Accepts::Int] },
        ],
        result: Returns::Text,
        meaning: "What is missing of something that is done again and again, in words; an empty text if nothing is. Looks \
                  back over so many days from the day of the snapshot: no span in it without an occurrence may be longer \
                  than `max_days`, and none may lie in the future. Each span that is longer is named.",
        implementation: Implementation::AtTime(|args, now| {
            let Some(texts) = texts(args)? else { return Ok(Val::Unknown) };
            let mut dates = texts.iter().map(|text| day(text)).collect::<Result<Vec<Date>, _>>()?;
            dates.sort();
            let mut faults = Faults::on(now);
            faults.missing(&dates, days(args, 1)?, days(args, 2)?);
            Ok(faults.in_words())
        }),
    },
    Function {
        name: "agreement_faults",
        is_method: false,
        parameters: &[optional("signed"), optional("effective"), optional("renewal")],
        result: Returns::Text,
        meaning: "What keeps an agreement from being in force on the day of the snapshot, in words; an empty text if nothing \
                  does. It needs the day of its signature, the day on which it takes effect, and the last day before it must \
                  be renewed, or `none` where it needs no renewal.",
        implementation: Implementation::AtTime(|args, now| {
            let mut faults = Faults::on(now);
            let Some(signed) = nullable(args, 0)? else {
                return Ok(Val::NewText(Rc::from("no agreement is signed")));
            };
            faults.begun(signed, "the agreement is signed on")?;
            match nullable(args, 1)? {
                None => faults.when(true, || "no day is named on which the agreement takes effect".to_owned()),
                Some(effective) => faults.begun(effective, "it takes effect on")?,
            }
            match nullable(args, 2)? {
                None => faults.when(true, || "no day of renewal is named, nor that there is none".to_owned()),
                Some("none") => {}
                until => faults.ended(until, "it was due for renewal by")?,
            }
            Ok(faults.in_words())
        }),
    },
    Function {
        name: "evidence_faults",
        is_method: false,
        parameters: &[optional("evidence"), optional("file"), optional("sha256"), optional("file_sha256")],
        result: Returns::Text,
        meaning: "What is wrong with a link to evidence, in words; an empty text if nothing is. Null for no link; `file` is \
                  `found`, `missing`, or `not looked at` for an address, which is never fetched; the hash that was written down must \
                  be that of the file.",
        implementation: Implementation::Pure(|args| {
            let [link, file, stated, found] =
                [nullable(args, 0)?, nullable(args, 1)?, nullable(args, 2)?, nullable(args, 3)?];
            let words = match (link, file, stated, found) {
                (None, ..) => "it names no evidence".to_owned(),
                (Some(link), Some("missing"), ..) => format!("there is no file {link}, which it names as evidence"),
                (Some(link), Some("found"), Some(_), None) => {
                    format!("{link} is a folder, so it has no SHA-256 to compare")
                }
                (Some(link), Some(_), Some(stated), Some(found)) if !stated.eq_ignore_ascii_case(found) => {
                    format!("{link} has changed: its SHA-256 is {found}, and {stated} was written down")
                }
                _ => String::new(),
            };
            Ok(Val::NewText(Rc::from(words)))
        }),
    },
    Function {
        name: "joined",
        is_method: false,
        parameters: &[FunctionParameter { name: "texts", accepts: &[Accepts::Texts] }],
        result: Returns::Text,
        meaning: "The texts that are not empty, with semicolons between them.",
        implementation: Implementation::Pure(|args| {
            let Some(mut texts) = texts(args)? else { return Ok(Val::Unknown) };
            texts.retain(|text| !text.is_empty());
            Ok(Val::NewText(Rc::from(texts.join("; "))))
        }),
    },
];

/// The fewest words of a statement that says anything.
const FEWEST_WORDS: usize = 3;
/// The fewest letters that say anything in a script without blanks.
const FEWEST_FOREIGN_LETTERS: usize = 8;
/// The fewest letters that name somebody.
const FEWEST_LETTERS: usize = 2;
/// Words that stand where something is to be filled in.
const MARKS: [&str; 7] = ["todo", "tbd", "fixme", "xxx", "placeholder", "lorem", "asdf"];

/// The text at a position; `None` for null.
fn nullable<'a>(args: &'a [Val<'_>], position: usize) -> Result<Option<&'a str>, EvaluationFault> {
    match args.get(position) {
        Some(Val::Null) => Ok(None),
        _ => text_at(args, position).map(Some),
    }
}

/// The texts of the list that is the first argument; `None` if not all of them are known.
fn texts(args: &[Val<'_>]) -> Result<Option<Vec<String>>, EvaluationFault> {
    let list = args.first().and_then(Val::own_elements).ok_or_else(|| wrong(args.first(), "a list of texts"))?;
    if !list.is_certain() {
        return Ok(None);
    }
    let mut texts = Vec::new();
    for position in 0..list.len() {
        let element = list.get(position).0;
        match element.as_text() {
            Some(text) => texts.push(text.to_owned()),
            None if element.is_unknown() => return Ok(None),
            None => return Err(wrong(Some(&element), "a text")),
        }
    }
    Ok(Some(texts))
}

fn days(args: &[Val<'_>], position: usize) -> Result<i64, EvaluationFault> {
    match args.get(position) {
        Some(Val::Int(days)) => Ok(*days),
        other => Err(wrong(other, "a whole number")),
    }
}

fn day(text: &str) -> Result<Date, EvaluationFault> {
    text.parse().map_err(|_| not_a("a day, such as `2026-01-31`", text))
}

/// The faults as of one day.
struct Faults {
    today: Date,
    words: Vec<String>,
}

impl Faults {
    fn on(now: Timestamp) -> Self {
        Self { today: now.to_zoned(TimeZone::UTC).date(), words: Vec::new() }
    }

    fn when(&mut self, is_wrong: bool, words: impl FnOnce() -> String) {
        self.words.extend(is_wrong.then(words));
    }

    /// A statement says something: a dot, a mark to be filled in or two words do not.
    fn stated(&mut self, statement: &str) {
        let words: Vec<&str> =
            statement.split_whitespace().filter(|word| word.contains(char::is_alphanumeric)).collect();
        let is_mark = |word: &&str| {
            let plain: String = word.chars().filter(|letter| letter.is_alphanumeric()).collect();
            MARKS.contains(&plain.to_lowercase().as_str())
        };
        let is_all_mark = statement.trim().starts_with('<') && statement.trim().ends_with('>');
        let mark = words.iter().find(|word| is_all_mark || is_mark(word));
        self.when(statement.trim().is_empty(), || "it states nothing".to_owned());
        if let Some(mark) = mark {
            self.when(true, || format!("its statement is still to be filled in ({mark})"));
        } else if !statement.trim().is_empty() {
            // Scripts that put no blanks between words have as much to say in a few letters.
            let letters = statement.chars().filter(|letter| !letter.is_ascii() && letter.is_alphabetic()).count();
            let is_short = words.len() < FEWEST_WORDS && letters < FEWEST_FOREIGN_LETTERS;
            self.when(is_short, || format!("its statement is no sentence: fewer than {FEWEST_WORDS} words"));
        }
    }

    fn unowned(&mut self, owner: &str) {
        let says_who = owner.chars().filter(|letter| letter.is_alphabetic()).count() >= FEWEST_LETTERS;
        self.when(!says_who, || "it has no owner".to_owned());
    }

    /// Whoever is named must be reachable, or nobody can ask.
    fn out_of_reach(&mut self, role: &str, name: &str) {
        let is_named = name.chars().any(char::is_alphabetic);
        self.when(is_named && !is_reachable(name), || {
            format!(
                "its {role} cannot be reached: no e-mail address, telephone number or web address stands by the name"
            )
        });
    }

    /// Somebody signs what was done, and not before.
    fn signed(&mut self, signer: &str, signed: Option<&str>, date: Option<&str>) -> Result<(), EvaluationFault> {
        let says_who = signer.chars().filter(|letter| letter.is_alphabetic()).count() >= FEWEST_LETTERS;
        self.when(!says_who, || "nobody signed it".to_owned());
        self.out_of_reach("signer", signer);
        let Some(signed) = signed else {
            self.when(true, || "no day of the signature is named".to_owned());
            return Ok(());
        };
        self.begun(signed, "it was signed on")?;
        if let Some(date) = date {
            let is_early = day(signed)? < day(date)?;
            self.when(is_early, || format!("it was signed on {signed}, before it was done on {date}"));
        }
        Ok(())
    }

    /// Names each span of the period that is longer than allowed and has no occurrence.
    fn missing(&mut self, dates: &[Date], max_days: i64, period_days: i64) {
        let today = self.today;
        for date in dates.iter().filter(|date| **date > today) {
            self.when(true, || format!("an occurrence lies on {date}, after the day that is judged, {today}"));
        }
        let start = jiff::Span::new().try_days(period_days).ok().and_then(|span| today.checked_sub(span).ok());
        let start = start.unwrap_or(Date::MIN);
        // What was done before the period began covers its first days.
        let before = dates.iter().rev().find(|date| **date < start).copied();
        let within = dates.iter().filter(|date| **date >= start && **date <= today).copied();
        let mut last = before.unwrap_or(start);
        for date in within.chain([today]) {
            let span = days_between(last, date);
            self.when(span > max_days, || {
                format!("nothing is written down between {last} and {date}: {span} days, and {max_days} are allowed")
            });
            last = date;
        }
    }

    /// A day that must be there, not in the future, and not too long ago.
    fn dated(&mut self, date: Option<&str>, what: &str, absent: &str, max_days: i64) -> Result<(), EvaluationFault> {
        let Some(date) = date else {
            self.when(true, || absent.to_owned());
            return Ok(());
        };
        let today = self.today;
        let age = days_between(day(date)?, today);
        self.when(age < 0, || format!("{what} {date}, which is after the day that is judged, {today}"));
        self.when(age > max_days, || format!("{what} {date}, {age} days ago, and {max_days} are allowed"));
        Ok(())
    }

    /// A day that must have come.
    fn begun(&mut self, date: &str, what: &str) -> Result<(), EvaluationFault> {
        let today = self.today;
        let has_come = day(date)? <= today;
        self.when(!has_come, || format!("{what} {date}, which is after the day that is judged, {today}"));
        Ok(())
    }

    fn ended(&mut self, until: Option<&str>, what: &str) -> Result<(), EvaluationFault> {
        let Some(until) = until else { return Ok(()) };
        let is_over = day(until)? < self.today;
        self.when(is_over, || format!("{what} {until}"));
        Ok(())
    }

    fn in_words<'v>(self) -> Val<'v> {
        Val::NewText(Rc::from(self.words.join("; ")))
    }
}

/// Tells whether a text holds an e-mail address, a telephone number or a web address.
fn is_reachable(text: &str) -> bool {
    /// The fewest digits of a telephone number.
    const FEWEST_DIGITS: usize = 7;
    let is_address = |word: &str| {
        let word = word.trim_matches(|letter: char| !letter.is_alphanumeric());
        word.split_once('@').is_some_and(|(name, host)| {
            !name.is_empty() && host.contains('.') && !host.starts_with('.') && !host.contains('@')
        })
    };
    text.split_whitespace().any(is_address)
        || text.contains("https://")
        || text.chars().filter(char::is_ascii_digit).count() >= FEWEST_DIGITS
}

/// The number of days between two, negative if the second comes first.
fn days_between(from: Date, to: Date) -> i64 {
    to.duration_since(from).as_hours() / 24
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROSA: &str = "Rosa, rosa@clinic.example";
    const HASH: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    /// Calls a function late on the last evening of January; `~` stands for null.
    fn said(name: &str, args: &[&str]) -> String {
        let function = FUNCTIONS.iter().find(|function| function.name == name).unwrap();
        let args: Vec<Val<'_>> = args
            .iter()
            .map(|&arg| match (arg, arg.parse()) {
                ("~", _) => Val::Null,
                (_, Ok(number)) => Val::Int(number),
                (text, _) => Val::Text(text),
            })
            .collect();
        let now = "2026-01-31T23:59:00Z".parse().unwrap();
        let val = match function.implementation {
            Implementation::AtTime(run) => run(&args, now),
            Implementation::Pure(run) => run(&args),
            _ => unreachable!("these functions are computed from their arguments"),
        };
        match val {
            Ok(val) => val.as_text().unwrap().to_owned(),
            Err(error) => format!("error: {error}"),
        }
    }

    #[test]
    fn an_attestation_counts_from_its_day_to_its_last_day() {
        let faults = |[statement, owner, date, until, max_days]: [&str; 5]| {
            said(
                "attestation_faults",
                &[statement, owner, "Ada, ada@clinic.example", "2026-01-31", date, until, max_days],
            )
        };
        for (date, until, max_days) in [
            ("2026-01-31", "~", "365"),
            ("2026-01-31", "2026-01-31", "0"),
            ("2025-01-31", "2027-01-31", "365"),
            ("2024-02-29", "~", "702"),
        ] {
            assert_eq!(faults(["We did it.", ROSA, date, until, max_days]), "", "{date} {until} {max_days}");
        }
        insta::assert_snapshot!(
            faults([" ", "", "~", "2026-01-30", "365"]),
            @"it states nothing; it has no owner; it has no date; it was valid until 2026-01-30"
        );
        insta::assert_snapshot!(
            faults(["We did it.", ROSA, "2025-01-30", "~", "365"]),
            @"dated 2025-01-30, 366 days ago, and 365 are allowed"
        );
        insta::assert_snapshot!(
            faults(["We did it.", ROSA, "2026-02-01", "~", "365"]),
            @"it was signed on 2026-01-31, before it was done on 2026-02-01; dated 2026-02-01, which is after the day that is judged, 2026-01-31"
        );
        assert!(faults(["We did it.", ROSA, "yesterday", "~", "365"]).starts_with("error: "));
    }

    #[test]
    fn a_statement_that_says_nothing_is_none() {
        let faults = |statement: &str, owner: &str| {
            said("attestation_faults", &[statement, owner, ROSA, "2026-01-31", "2026-01-31", "~", "365"])
        };
        for (statement, owner) in [
            ("We did it.", ROSA),
            ("Alle Systeme wurden geprüft.", "CISO +49 30 1234567"),
            ("我们检查了所有系统", "李雷 lilei@clinic.example"),
        ] {
            assert_eq!(faults(statement, owner), "", "{statement}");
        }
        for statement in [".", "- - - -", "Yes.", "n/a", "all good", ". . . done ."] {
            assert_eq!(faults(statement, ROSA), "its statement is no sentence: fewer than 3 words", "{statement}");
        }
        for statement in ["TODO: write this down", "to be done (TBD)", "<what was done>", "Lorem ipsum dolor sit"] {
            assert!(faults(statement, ROSA).starts_with("its statement is still to be filled in ("), "{statement}");
        }
        for owner in ["", ".", "-", "x", "1 2"] {
            assert!(faults("We did it.", owner).starts_with("it has no owner"), "{owner}");
        }
    }

    #[test]
    fn who_owns_and_who_signs_can_be_reached_and_nobody_signs_before_it_is_done() {
        let faults = |owner: &str, signer: &str, signed: &str| {
            said("attestation_faults", &["We did it.", owner, signer, signed, "2026-01-20", "~", "365"])
        };
        for reach in ["Ada <ada@clinic.example>", "Ada, +1 (555) 010-9999", "Ada, https://clinic.example/ada"] {
            assert_eq!(faults(reach, reach, "2026-01-20"), "", "{reach}");
        }
        for unreachable in ["Ada", "Ada @ clinic", "Ada, room 12", "ada@clinic", "@clinic.example Ada"] {
            let said = faults(unreachable, ROSA, "2026-01-20");
            assert!(said.starts_with("its owner cannot be reached"), "{unreachable}: {said}");
            assert!(
                faults(ROSA, unreachable, "2026-01-20").starts_with("its signer cannot be reached"),
                "{unreachable}"
            );
        }
        assert_eq!(faults(ROSA, "", "~"), "nobody signed it; no day of the signature is named");
        assert_eq!(faults(ROSA, ROSA, "2026-01-19"), "it was signed on 2026-01-19, before it was done on 2026-01-20");
        assert!(faults(ROSA, ROSA, "2026-02-01").starts_with("it was signed on 2026-02-01, which is after"));
    }

    #[test]
    fn what_is_done_again_and_again_leaves_no_long_span_without_it() {
        let faults = |dates: &[&str]| {
            let function = FUNCTIONS.iter().find(|function| function.name == "occurrence_faults").unwrap();
            let dates = serde_json::json!(dates);
            let args = [Val::Json(&dates), Val::Int(100), Val::Int(365)];
            let Implementation::AtTime(run) = function.implementation else { unreachable!("it looks at the day") };
            run(&args, "2026-01-31T23:59:00Z".parse().unwrap()).unwrap().as_text().unwrap().to_owned()
        };
        assert_eq!(faults(&["2025-03-31", "2025-06-30", "2025-09-30", "2025-12-31"]), "");
        assert_eq!(faults(&["2025-12-31", "2025-09-30", "2025-06-30", "2025-03-31"]), "", "in any order");
        assert_eq!(
            faults(&["2025-03-31", "2025-06-30", "2025-12-31"]),
            "nothing is written down between 2025-06-30 and 2025-12-31: 184 days, and 100 are allowed"
        );
        assert_eq!(
            faults(&["2025-12-31"]),
            "nothing is written down between 2025-01-31 and 2025-12-31: 334 days, and 100 are allowed",
            "the last one does not stand for the period"
        );
        assert_eq!(
            faults(&[]),
            "nothing is written down between 2025-01-31 and 2026-01-31: 365 days, and 100 are allowed"
        );
        let covered = faults(&["2025-01-15", "2025-04-20", "2025-07-20", "2025-10-20", "2026-01-20"]);
        assert_eq!(covered, "", "one before the period covers its first days");
        let ahead = faults(&["2025-03-31", "2025-06-30", "2025-09-30", "2025-12-31", "2026-02-01"]);
        assert_eq!(ahead, "an occurrence lies on 2026-02-01, after the day that is judged, 2026-01-31");
    }

    #[test]
    fn an_agreement_is_signed_in_effect_and_not_due() {
        let faults = |args: [&str; 3]| said("agreement_faults", &args);
        assert_eq!(faults(["2025-12-01", "2026-01-31", "2026-01-31"]), "");
        assert_eq!(faults(["2025-12-01", "2026-01-31", "none"]), "");
        assert_eq!(faults(["~", "2026-01-31", "~"]), "no agreement is signed");
        insta::assert_snapshot!(
            faults(["2025-12-01", "~", "~"]),
            @"no day is named on which the agreement takes effect; no day of renewal is named, nor that there is none"
        );
        insta::assert_snapshot!(
            faults(["2026-02-01", "2026-02-02", "2026-01-30"]),
            @"the agreement is signed on 2026-02-01, which is after the day that is judged, 2026-01-31; it takes effect on 2026-02-02, which is after the day that is judged, 2026-01-31; it was due for renewal by 2026-01-30"
        );
    }

    #[test]
    fn a_register_entry_is_owned_and_reviewed() {
        assert_eq!(said("review_faults", &["Rosa", "2025-11-02", "90"]), "");
        insta::assert_snapshot!(said("review_faults", &["", "~", "90"]), @"it has no owner; it was never reviewed");
        insta::assert_snapshot!(
            said("review_faults", &["Rosa", "2025-11-01", "90"]),
            @"last reviewed on 2025-11-01, 91 days ago, and 90 are allowed"
        );
    }

    #[test]
    fn evidence_must_be_there_and_be_what_was_written_down() {
        let other = HASH.replace('e', "f");
        let faults = |args: [&str; 4]| said("evidence_faults", &args);
        let address = ["https://wiki.example/risk", "not looked at", HASH, "~"];
        assert_eq!(faults(address), "", "an address is never fetched");
        assert_eq!(faults(["risk.pdf", "found", "~", HASH]), "");
        assert_eq!(faults(["risk.pdf", "found", &HASH.to_uppercase(), HASH]), "");
        assert_eq!(faults(["risk", "found", "~", "~"]), "", "a folder");
        assert_eq!(faults(["~", "~", "~", "~"]), "it names no evidence");
        assert_eq!(faults(["risk.pdf", "missing", HASH, "~"]), "there is no file risk.pdf, which it names as evidence");
        assert_eq!(faults(["risk", "found", HASH, "~"]), "risk is a folder, so it has no SHA-256 to compare");
        let changed = faults(["risk.pdf", "found", &other, HASH]);
        assert!(changed.contains(HASH) && changed.contains(&other), "{changed}");
    }
}
