//! What a member of an answer means, and what its absence means: the one place that decides it for facts that programs
//! read.
//!
//! The type of a fact is the sign. AWS answered and left the member out: an `Option` is null, a `Vec` is empty, and
//! anything else is malformed, which leaves a gap. A fact with a default that AWS documents, and one that stays
//! unknown, say so where they are declared. What cannot be understood is malformed, never absent.

use std::collections::{BTreeMap, HashMap};

use aws_smithy_types::DateTime;

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

/// Facts that an answer should have given and did not give in a form that can be understood, each with the reason.
#[must_use = "what an answer lacks is a gap"]
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Lacks(pub Vec<(&'static str, String)>);

impl<S: AsRef<str> + ?Sized> FromAws<S> for String {
    fn from_aws(member: &S) -> Result<Self, String> {
        Ok(member.as_ref().to_owned())
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

impl FromAws<HashMap<String, String>> for BTreeMap<String, String> {
    fn from_aws(member: &HashMap<String, String>) -> Result<Self, String> {
        Ok(member.clone().into_iter().collect())
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

never_left_out!(String, bool, i32, i64, Timestamp, PolicyDocument, BTreeMap<String, String>);

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
    fn what_cannot_be_understood_is_not_what_is_absent() {
        let never = DateTime::from_secs(i64::MAX);
        assert!(Option::<Timestamp>::told(&Some(never)).is_err());
        assert!(Option::<PolicyDocument>::told(&Some("[]")).is_err());
    }
}
