//! Management policies as they are in effect for the account.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::asker::Asker;
use super::operations::DESCRIBE_EFFECTIVE_POLICY;
use crate::aws::wire::object;
use crate::model::Fact;

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub(super) struct OptOut {
    /// Such as `comprehend`; `default` for those that are not named.
    service: String,
    /// `optOut` or `optIn`.
    opt_out_policy: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub(super) struct S3Policy {
    /// `all` or `none`.
    public_access_block_configuration: Option<String>,
}

/// Each member is null where the policy leaves it to the account.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Ec2Policy {
    /// `block_new_sharing` or `unblocked`.
    image_block_public_access: Option<String>,
    /// `block_all_sharing`, `block_new_sharing` or `unblocked`.
    snapshot_block_public_access: Option<String>,
    /// `block_bidirectional`, `block_ingress` or `off`.
    vpc_block_public_access: Option<String>,
    /// `required`, `optional` or `no_preference`.
    instance_metadata_http_tokens: Option<String>,
    /// `enabled` or `disabled`.
    serial_console_access: Option<String>,
}

impl Asker {
    /// What the policies of a type come to; null where none is in effect.
    pub(super) async fn effective<T>(&self, policy_type: &str, read: impl FnOnce(&Value) -> T) -> Fact<Option<T>> {
        let none = &["EffectivePolicyNotFoundException", "AWSOrganizationsNotInUseException"];
        let input = object([("PolicyType", policy_type)]);
        let read = |answer: Option<Value>| {
            let Some(answer) = answer else { return Ok(None) };
            let content = answer["EffectivePolicy"]["PolicyContent"].as_str().ok_or("AWS gave no policy text")?;
            let content = serde_json::from_str(content).map_err(|error| format!("the policy is no JSON: {error}"))?;
            Ok(Some(read(&content)))
        };
        self.service.fact(&self.account, &DESCRIBE_EFFECTIVE_POLICY, none, input, read).await
    }
}

impl OptOut {
    pub(super) fn all_of(policy: &Value) -> Vec<Self> {
        let services = policy["services"].as_object().into_iter().flatten();
        services
            .map(|(name, own)| Self { service: name.clone(), opt_out_policy: text(&own["opt_out_policy"]) })
            .collect()
    }
}

impl S3Policy {
    pub(super) fn of(policy: &Value) -> Self {
        let own = &policy["s3_attributes"]["public_access_block_configuration"];
        Self { public_access_block_configuration: text(own) }
    }
}

impl Ec2Policy {
    pub(super) fn of(policy: &Value) -> Self {
        let own = &policy["ec2_attributes"];
        Self {
            image_block_public_access: text(&own["image_block_public_access"]["state"]),
            snapshot_block_public_access: text(&own["snapshot_block_public_access"]["state"]),
            vpc_block_public_access: text(&own["vpc_block_public_access"]["internet_gateway_block"]["mode"]),
            instance_metadata_http_tokens: text(&own["instance_metadata_defaults"]["http_tokens"]),
            serial_console_access: text(&own["serial_console_access"]["status"]),
        }
    }
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn management_policies_are_read_as_they_are_in_effect() {
        let ai = OptOut::all_of(&json!({"services": {"default": {"opt_out_policy": "optOut"}, "lex": {}}}));
        let ai: Vec<_> = ai.iter().map(|own| (own.service.as_str(), own.opt_out_policy.as_deref())).collect();
        assert_eq!(ai, [("default", Some("optOut")), ("lex", None)]);
        let s3 = S3Policy::of(&json!({"s3_attributes": {"public_access_block_configuration": "all"}}));
        assert_eq!(s3.public_access_block_configuration.as_deref(), Some("all"));
        let ec2 = Ec2Policy::of(&json!({"ec2_attributes": {
            "snapshot_block_public_access": {"state": "block_all_sharing"},
            "vpc_block_public_access": {"internet_gateway_block": {"mode": "block_ingress"}},
        }}));
        assert_eq!(ec2.snapshot_block_public_access.as_deref(), Some("block_all_sharing"));
        assert_eq!(ec2.vpc_block_public_access.as_deref(), Some("block_ingress"));
        assert_eq!(ec2.image_block_public_access, None);
    }
}
