//! Where something is: the account that it belongs to and the region that it lives in.

use std::borrow::{Borrow, Cow};
use std::fmt::{self, Debug, Display};
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::forms;

/// How much of a text that was refused a message repeats. The text may be anybody's.
const SHOWN: usize = 80;

/// The id of an AWS account: twelve digits. No other text becomes one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct AccountId([u8; 12]);

impl AccountId {
    /// The account of what belongs to no account yet, such as what people attest. AWS gives this id to nobody.
    pub const NONE: Self = Self(*b"000000000000");

    /// The account that AWS's documentation names in its examples.
    pub const EXAMPLE: Self = Self(*b"123456789012");

    /// The twelve digits.
    pub fn as_str(&self) -> &str {
        // Digits are always UTF-8.
        str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// As the text is hashed, since a map of accounts may be asked by text.
impl Hash for AccountId {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl FromStr for AccountId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let digits = forms::is_account_id(text).then(|| text.as_bytes().try_into().ok()).flatten();
        digits.map(Self).ok_or_else(|| format!("`{}` is not an account id: it has twelve digits", shown(text)))
    }
}

/// The name of an AWS region, or [`GLOBAL`](Self::GLOBAL). Only its form is known here: lower-case letters, digits and
/// hyphens. Whether AWS has such a region, AWS says.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Region(Cow<'static, str>);

impl Region {
    /// Where the resources and calls of global services are recorded, such as IAM and the account itself.
    pub const GLOBAL: Self = Self(Cow::Borrowed("global"));

    /// The first region of AWS's commercial partition, and the only one where some global services answer.
    pub const US_EAST_1: Self = Self(Cow::Borrowed("us-east-1"));

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Tells whether this stands for the global services and for no single region.
    pub fn is_global(&self) -> bool {
        *self == Self::GLOBAL
    }
}

impl FromStr for Region {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "global" => Ok(Self::GLOBAL),
            _ if forms::is_region_like(text) => Ok(Self(text.to_owned().into())),
            _ => Err(format!("`{}` is not a region: write a name such as us-east-1", shown(text))),
        }
    }
}

/// An account that is not known yet is written as an empty text.
pub(super) mod or_empty {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    use super::AccountId;

    pub fn serialize<S: Serializer>(account: &Option<AccountId>, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(account.as_deref().unwrap_or_default())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<AccountId>, D::Error> {
        match String::deserialize(deserializer)?.as_str() {
            "" => Ok(None),
            text => text.parse().map(Some).map_err(D::Error::custom),
        }
    }
}

fn shown(text: &str) -> String {
    text.chars().take(SHOWN).collect::<String>().escape_debug().to_string()
}

macro_rules! texts {
    ($($name:ident),*) => {$(
        impl Deref for $name {
            type Target = str;

            fn deref(&self) -> &str {
                self.as_str()
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                self
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                self
            }
        }

        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                self.as_str() == other
            }
        }

        impl PartialEq<&str> for $name {
            fn eq(&self, other: &&str) -> bool {
                self.as_str() == *other
            }
        }

        impl PartialEq<String> for $name {
            fn eq(&self, other: &String) -> bool {
                self.as_str() == other
            }
        }

        impl PartialEq<$name> for str {
            fn eq(&self, other: &$name) -> bool {
                self == other.as_str()
            }
        }

        impl PartialEq<$name> for &str {
            fn eq(&self, other: &$name) -> bool {
                *self == other.as_str()
            }
        }

        impl Debug for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                Debug::fmt(self.as_str(), formatter)
            }
        }

        impl Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                Display::fmt(self.as_str(), formatter)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Cow::<str>::deserialize(deserializer)?.parse().map_err(D::Error::custom)
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.as_str().to_owned()
            }
        }

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                schemars::json_schema!({"type": "string"})
            }
        }
    )*};
}

texts!(AccountId, Region);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_written_as_it_was_read() {
        let account: AccountId = serde_json::from_str("\"001234567890\"").unwrap();
        assert_eq!(account, "001234567890");
        assert_eq!(serde_json::to_string(&account).unwrap(), "\"001234567890\"");
        assert_eq!(format!("{account} {account:?} {account:>14}"), "001234567890 \"001234567890\"   001234567890");
    }

    #[test]
    fn a_region_is_written_as_it_was_read() {
        for name in ["us-east-1", "global", "eusc-de-east-1"] {
            let region: Region = serde_json::from_str(&format!("{name:?}")).unwrap();
            assert_eq!(serde_json::to_string(&region).unwrap(), format!("{name:?}"));
            assert_eq!(region.is_global(), name == "global");
        }
    }

    #[test]
    fn places_sort_as_their_texts_do() {
        let mut regions = ["us-east-1", "global", "eu-west-1"].map(|name| name.parse::<Region>().unwrap());
        regions.sort();
        assert_eq!(regions, ["eu-west-1", "global", "us-east-1"]);
    }

    #[test]
    fn a_text_of_another_form_is_refused_and_repeated_in_part() {
        for text in ["", "12345678901", "1234567890123", "12345678901a", "aws", "12345678901\u{661}"] {
            assert!(text.parse::<AccountId>().is_err(), "{text}");
        }
        for text in ["", "US-EAST-1", "us east 1", "us-east-1\n", "<b>"] {
            assert!(text.parse::<Region>().is_err(), "{text}");
        }
        let refused = "\n\"x".repeat(500).parse::<AccountId>().unwrap_err();
        assert!(refused.len() < 300 && !refused.contains('\n'), "{refused}");
        assert!(serde_json::from_str::<Region>("5").is_err());
    }
}
