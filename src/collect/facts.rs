//! States each fact once: its name, its type, what the SDK calls it, and what it means that AWS left it out.
//!
//! ```text
//! facts! {
//!     /// Facts of `AWS::KMS::Key`.
//!     struct Key;
//!
//!     describe(key: &sdk::KeyMetadata) gives DESCRIBED {
//!         KeyState: String = key.key_state;                      // AWS always gives it: without it there is a gap
//!         DeletionDate: Option<Timestamp> = key.deletion_date;   // left out: null
//!         KeyAgreementAlgorithms: Vec<String> = key.algorithms;  // left out: []
//!         MultiRegion: bool = key.multi_region, or false "https://docs.aws.amazon.com/..."; // AWS's documented default
//!         Description: String = key.description, or unknown;     // left out: not known, and that is no failure
//!     }
//!
//!     later gives GRANTED {
//!         Grants: Vec<Grant>;                                    // filled by hand, after a further call
//!     }
//! }
//! ```
//!
//! From this come the struct (each field is a fact and has the fact's own name), JSON that leaves out what is unknown,
//! its schema with the comments, the names of each group for [`Yield::Facts`](crate::aws::Yield), and the function that
//! takes the facts of a group from an answer and says what the answer lacks. `shape!` does the same for what facts are
//! made of.

/// Declares the facts of a kind. See the module.
macro_rules! facts {
    (
        $(#[$doc:meta])*
        $visibility:vis struct $Facts:ident;
        $(
            $fill:ident $(($it:ident: $source:ty $(, $context:ident: $of:ty)*))? $(gives $GROUP:ident)? {
                $(
                    $(#[$note:meta])*
                    $Fact:ident: $type:ty $(= $value:expr $(, or $absent:tt $($authority:literal)?)?)?;
                )*
            }
        )*
    ) => {
        $(#[$doc])*
        #[derive(Debug, Default, Clone, PartialEq, serde::Serialize, schemars::JsonSchema)]
        #[expect(non_snake_case, reason = "a fact has one name, which is AWS's")]
        $visibility struct $Facts {
            $($(
                $(#[$note])*
                #[serde(skip_serializing_if = "crate::model::Fact::is_unknown")]
                pub(super) $Fact: crate::model::Fact<$type>,
            )*)*
        }

        impl $Facts {
            $(
                $crate::collect::facts::names!([$($GROUP)?] $($Fact)*);
                $crate::collect::facts::fill! {
                    $fill [$($it: $source $(, $context: $of)*)?] $([$Fact: $type $(= $value $(, $absent)?)?])*
                }
            )*
        }
    };
}

/// The names of a group's facts, for the declaration of the operation that gives them.
macro_rules! names {
    ([] $($Fact:ident)*) => {};
    ([$GROUP:ident] $($Fact:ident)*) => {
        pub(super) const $GROUP: &'static [&'static str] = &[$(stringify!($Fact)),*];
    };
}

/// The function that takes the facts of one group from an answer.
macro_rules! fill {
    ($later:ident [] $($rows:tt)*) => {};
    (
        $fill:ident [$it:ident: $source:ty $(, $context:ident: $of:ty)*]
        $([$Fact:ident: $type:ty = $value:expr $(, $absent:tt)?])*
    ) => {
        /// Takes these facts from the answer. Returns those that it should have given and did not.
        pub(super) fn $fill(&mut self, $it: $source $(, $context: $of)*) -> crate::aws::told::Lacks {
            let mut lacks = crate::aws::told::Lacks::default();
            $(
                match $crate::collect::facts::told!($type, $value $(, $absent)?) {
                    Ok(fact) => self.$Fact = fact,
                    Err(why) => lacks.0.push((stringify!($Fact), why)),
                }
            )*
            lacks
        }
    };
}

/// One fact, by the sign for its absence.
macro_rules! told {
    ($type:ty, $value:expr) => {
        <$type as crate::aws::told::Told<_>>::told(&$value).map(crate::model::Fact::Known)
    };
    ($type:ty, $value:expr, unknown) => {
        <Option<$type> as crate::aws::told::Told<_>>::told(&$value).map(crate::model::Fact::from)
    };
    ($type:ty, $value:expr, $default:tt) => {
        <Option<$type> as crate::aws::told::Told<_>>::told(&$value)
            .map(|told| crate::model::Fact::Known(told.unwrap_or_else(|| $default.into())))
    };
}

/// Declares what facts are made of, and how it is read from the SDK's struct. See the module.
macro_rules! shape {
    (
        $(#[$doc:meta])*
        $visibility:vis struct $Shape:ident $(of $it:ident: $source:ty)? {
            $(
                $(#[$note:meta])*
                $Part:ident: $type:ty $(= $value:expr $(, or $absent:tt $($authority:literal)?)?)?;
            )*
        }
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, serde::Serialize, schemars::JsonSchema)]
        #[expect(non_snake_case, reason = "a part of a fact has one name, which is AWS's")]
        $visibility struct $Shape {
            $($(#[$note])* pub(super) $Part: $type,)*
        }

        $crate::collect::facts::read! {
            $Shape [$($it: $source)?] $([$Part: $type $(= $value $(, $absent)?)?])*
        }
    };
}

/// How a shape is read from the SDK's struct.
macro_rules! read {
    ($Shape:ident [] $($rows:tt)*) => {
        impl crate::aws::told::FromAws<$Shape> for $Shape {
            /// It is made by hand.
            fn from_aws(made: &$Shape) -> Result<Self, String> {
                Ok(made.clone())
            }
        }
    };
    ($Shape:ident [$it:ident: $source:ty] $([$Part:ident: $type:ty = $value:expr $(, $absent:tt)?])*) => {
        impl crate::aws::told::FromAws<$source> for $Shape {
            fn from_aws($it: &$source) -> Result<Self, String> {
                Ok(Self {
                    $($Part: $crate::collect::facts::part!($type, $value $(, $absent)?)
                        .map_err(|why| format!("{}: {why}", stringify!($Part)))?,)*
                })
            }
        }

        impl crate::aws::told::Told<Option<$source>> for $Shape {
            fn told(member: &Option<$source>) -> Result<Self, String> {
                crate::aws::told::required(member.as_ref())
            }
        }
    };
}

/// One part of a shape, by the sign for its absence.
macro_rules! part {
    ($type:ty, $value:expr) => {
        <$type as crate::aws::told::Told<_>>::told(&$value)
    };
    ($type:ty, $value:expr, $default:tt) => {
        <Option<$type> as crate::aws::told::Told<_>>::told(&$value).map(|told| told.unwrap_or_else(|| $default.into()))
    };
}

pub(crate) use {facts, fill, names, part, read, shape, told};
