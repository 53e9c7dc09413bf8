//! The request that shows why a question about policies is answered as it is.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One concrete request that a policy lets through although it should not.
///
/// It is an example, not the whole extent: where one request gets through, others like it do, too.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Witness {
    /// The request in words: `anyone on the internet can call s3:GetObject on arn:aws:s3:::records/x over plain HTTP`.
    pub text: String,
    /// False where the policy holds something that this program cannot evaluate, so that the request only may get through.
    pub certain: bool,
    /// Who asks: `anonymous`, an ARN, a service principal, or an identity provider.
    pub principal: String,
    /// The action, such as `s3:GetObject`.
    pub action: String,
    /// The ARN of the resource.
    pub resource: String,
    /// The condition keys that matter, with the values that the request has; an empty list for a key that it lacks.
    pub context: BTreeMap<String, Vec<String>>,
    /// The statements that let it through, or that look as if they stopped it and do not, each with the reason.
    pub statements: Vec<String>,
}
