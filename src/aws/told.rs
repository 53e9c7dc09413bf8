//! What a member of an answer means, and what its absence means: the one place that decides it for facts that programs
//! read.
//!
//! The type of a fact is the sign. AWS answered and left the member out: an `Option` is null, a `Vec` is empty, and
//! anything else is malformed, which leaves a gap. A fact with a default that AWS documents, and one that stays
//! unknown, say so where they are declared. What cannot be understood is malformed, never absent.

use aws_smithy_types::DateTime;
use serde_json::Value;

use crate::model::{PolicyDocument, Timestamp};

/// Reads a member that is there. The error says what is wrong with it.
pub trait FromAws<S: ?Sized>: Sized {
    /// Reads it.
    ///
    /// # Errors
    /// If it cannot be understood.
    fn from_aws(member: &S) -> Result<Self, String>;
}

/// Reads a member that may be left out.
pub trait Told<M>: Sized {
    /// Reads it, or what it means that it is not there.
    ///
    /// # Errors
    /// If it cannot be understood, and if it must not be left out.
    fn told(member: &M) -> Result<Self, String>;
}

/// What stands in an answer that was read by the service's model.
#[derive(Debug, Clone, Copy)]
pub struct Given<'v>(pub &'v Value);

impl<'v> Given<'v> {
    /// The member of that name, which may lie deeper (`Policy.Established`); `None` where AWS left it out. `.` is the whole.
    pub fn get(self, path: &str) -> Option<Self> {
        if path == "." {
            return Some(self);
        }
        let found = path.split('.').try_fold(self.0, |value, name| value.get(name));
        found.filter(|value| !value.is_null()).map(Self)
    }

    /// The elements of the list of that name.
    pub fn list(self, path: &str) -> impl Iterator<Item = Self> {
        self.get(path).and_then(|list| list.0.as_array()).into_iter().flatten().map(Self)
    }

    /// The text of that name; `None` where AWS left it out, and for an empty one.
    pub fn text(self, path: &str) -> Option<&'v str> {
        self.get(path)?.0.as_str().filter(|text| !text.is_empty())
    }
}

/// Facts that an answer should have given and did not give in a form that can be understood, each with the reason.
#[must_use = "what an answer lacks is a gap"]
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Lacks(pub Vec<(&'static str, String)>);

impl<S: AsRef<str> + ?Sized> FromAws<S> for String {
    fn from_aws(member: &S) -> Result<Self, String> {
        Ok(member.as_ref().to_owned())
    }
}

impl FromAws<Given<'_>> for String {
    fn from_aws(Given(value): &Given<'_>) -> Result<Self, String> {
        value.as_str().map(str::to_owned).ok_or_else(|| "no text".to_owned())
    }
}

impl FromAws<Given<'_>> for bool {
    fn from_aws(Given(value): &Given<'_>) -> Result<Self, String> {
        value.as_bool().ok_or_else(|| "neither true nor false".to_owned())
    }
}

impl FromAws<Given<'_>> for i32 {
    fn from_aws(Given(value): &Given<'_>) -> Result<Self, String> {
        value.as_i64().and_then(|number| number.try_into().ok()).ok_or_else(|| "no whole number".to_owned())
    }
}

impl FromAws<Given<'_>> for i64 {
    fn from_aws(Given(value): &Given<'_>) -> Result<Self, String> {
        value.as_i64().ok_or_else(|| "no whole number".to_owned())
    }
}

impl FromAws<Given<'_>> for Timestamp {
    fn from_aws(Given(value): &Given<'_>) -> Result<Self, String> {
        let moment = value.as_str().and_then(|text| text.parse().ok());
        moment.map(Timestamp).ok_or_else(|| "no moment".to_owned())
    }
}

impl FromAws<Given<'_>> for PolicyDocument {
    fn from_aws(Given(value): &Given<'_>) -> Result<Self, String> {
        PolicyDocument::parse(value.as_str().ok_or("no text")?)
    }
}

impl<'v, T: FromAws<Given<'v>>> Told<Option<Given<'v>>> for Vec<T> {
    fn told(member: &Option<Given<'v>>) -> Result<Self, String> {
        let Some(Given(value)) = member else { return Ok(Vec::new()) };
        value.as_array().ok_or("no list")?.iter().map(|one| T::from_aws(&Given(one))).collect()
    }
}

impl FromAws<DateTime> for Timestamp {
    fn from_aws(member: &DateTime) -> Result<Self, String> {
        let nanoseconds = i32::try_from(member.subsec_nanos()).map_err(|_| "no moment".to_owned())?;
        let moment = jiff::Timestamp::new(member.secs(), nanoseconds);
        moment.map(Timestamp).map_err(|_| "a moment outside the years that can be written".to_owned())
    }
}

impl<S: AsRef<str> + ?Sized> FromAws<S> for PolicyDocument {
    fn from_aws(member: &S) -> Result<Self, String> {
        PolicyDocument::parse(member.as_ref())
    }
}

impl<S, T: FromAws<S>> FromAws<Vec<S>> for Vec<T> {
    fn from_aws(member: &Vec<S>) -> Result<Self, String> {
        member.iter().map(T::from_aws).collect()
    }
}

impl<S, T: FromAws<S>> Told<Option<S>> for Option<T> {
    fn told(member: &Option<S>) -> Result<Self, String> {
        member.as_ref().map(T::from_aws).transpose()
    }
}

impl<S, T: FromAws<S>> Told<Option<Vec<S>>> for Vec<T> {
    fn told(member: &Option<Vec<S>>) -> Result<Self, String> {
        member.as_ref().map_or(Ok(Vec::new()), Vec::from_aws)
    }
}

impl<S, T: FromAws<S>> Told<Vec<S>> for Vec<T> {
    fn told(member: &Vec<S>) -> Result<Self, String> {
        Vec::from_aws(member)
    }
}

/// Reads a member that must not be left out.
///
/// # Errors
/// If it is, or cannot be understood.
pub fn required<S, T: FromAws<S>>(member: Option<&S>) -> Result<T, String> {
    T::from_aws(member.ok_or("missing")?)
}

impl Told<String> for String {
    fn told(member: &String) -> Result<Self, String> {
        Ok(member.clone())
    }
}

macro_rules! copied {
    ($($type:ty),*) => {$(
        impl FromAws<$type> for $type {
            fn from_aws(member: &$type) -> Result<Self, String> {
                Ok(*member)
            }
        }

        impl Told<$type> for $type {
            fn told(member: &$type) -> Result<Self, String> {
                Ok(*member)
            }
        }
    )*};
}

copied!(bool, i32, i64);

macro_rules! never_left_out {
    ($($type:ty),*) => {$(
        impl<S> Told<Option<S>> for $type
        where
            $type: FromAws<S>,
        {
            fn told(member: &Option<S>) -> Result<Self, String> {
                required(member.as_ref())
            }
        }
    )*};
}

never_left_out!(String, bool, i32, i64, Timestamp, PolicyDocument);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_type_of_a_fact_says_what_it_means_that_aws_left_it_out() {
        assert_eq!(Option::<String>::told(&None::<String>), Ok(None));
        assert_eq!(Vec::<String>::told(&None::<Vec<String>>), Ok(Vec::new()));
        assert_eq!(String::told(&None::<String>), Err("missing".to_owned()));
        assert_eq!(bool::told(&Some(false)), Ok(false));
    }

    #[test]
    fn members_of_answers_are_read_as_those_of_the_sdk() {
        let answer = serde_json::json!({
            "Name": "n", "On": true, "At": "2026-11-30T00:00:00Z", "Of": {"Names": ["a"]}, "None": null, "Empty": "",
        });
        let answer = Given(&answer);
        assert_eq!(String::told(&answer.get("Name")), Ok("n".to_owned()));
        assert_eq!(bool::told(&answer.get("On")), Ok(true));
        assert_eq!(Vec::<String>::told(&answer.get("Of.Names")), Ok(vec!["a".to_owned()]));
        assert_eq!(Vec::<String>::told(&answer.get("Of.Others")), Ok(Vec::new()));
        assert_eq!(Option::<String>::told(&answer.get("None")), Ok(None));
        assert_eq!(String::told(&answer.get("None")), Err("missing".to_owned()));
        assert!(
            Option::<String>::told(&answer.get("On")).is_err() && Vec::<String>::told(&answer.get("Name")).is_err()
        );
        assert_eq!(Timestamp::told(&answer.get("At")).map(|at| at.to_string()), Ok("2026-11-30T00:00:00Z".to_owned()));
        assert_eq!((answer.text("Name"), answer.text("Empty")), (Some("n"), None));
    }

    #[test]
    fn what_cannot_be_understood_is_not_what_is_absent() {
        let never = DateTime::from_secs(i64::MAX);
        assert!(Option::<Timestamp>::told(&Some(never)).is_err());
        assert!(Option::<PolicyDocument>::told(&Some("[]")).is_err());
    }
}
