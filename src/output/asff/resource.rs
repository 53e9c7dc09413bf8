//! The resource of a finding as AWS Security Hub names resources.

use super::limits::{RESOURCE_ID, fit};
use super::shape::AsffResource;
use crate::model::{Finding, Region, ResourceRef};
use crate::output::lifecycle::partition;

/// The types that Security Hub has pages for, of those that we have a kind for or may get one. A CloudFormation type is
/// one of them when they differ in upper and lower case only: `AWS::RDS::DBInstance` is `AwsRdsDbInstance`.
const TYPES: [&str; 72] = [
    "AwsAmazonMqBroker",
    "AwsApiGatewayRestApi",
    "AwsApiGatewayStage",
    "AwsApiGatewayV2Api",
    "AwsApiGatewayV2Stage",
    "AwsAthenaWorkGroup",
    "AwsAutoScalingAutoScalingGroup",
    "AwsAutoScalingLaunchConfiguration",
    "AwsBackupBackupPlan",
    "AwsBackupBackupVault",
    "AwsCertificateManagerCertificate",
    "AwsCloudFormationStack",
    "AwsCloudFrontDistribution",
    "AwsCloudTrailTrail",
    "AwsCloudWatchAlarm",
    "AwsCodeBuildProject",
    "AwsDmsEndpoint",
    "AwsDmsReplicationInstance",
    "AwsDmsReplicationTask",
    "AwsDynamoDbTable",
    "AwsEc2ClientVpnEndpoint",
    "AwsEc2Eip",
    "AwsEc2Instance",
    "AwsEc2LaunchTemplate",
    "AwsEc2NetworkAcl",
    "AwsEc2NetworkInterface",
    "AwsEc2RouteTable",
    "AwsEc2SecurityGroup",
    "AwsEc2Subnet",
    "AwsEc2TransitGateway",
    "AwsEc2Volume",
    "AwsEc2Vpc",
    "AwsEc2VpcEndpointService",
    "AwsEc2VpcPeeringConnection",
    "AwsEc2VpnConnection",
    "AwsEcrRepository",
    "AwsEcsCluster",
    "AwsEcsService",
    "AwsEcsTaskDefinition",
    "AwsEfsAccessPoint",
    "AwsEksCluster",
    "AwsElasticBeanstalkEnvironment",
    "AwsElasticsearchDomain",
    "AwsGuardDutyDetector",
    "AwsIamAccessKey",
    "AwsIamGroup",
    "AwsIamPolicy",
    "AwsIamRole",
    "AwsIamUser",
    "AwsKinesisStream",
    "AwsKmsKey",
    "AwsLambdaFunction",
    "AwsMskCluster",
    "AwsNetworkFirewallFirewall",
    "AwsNetworkFirewallFirewallPolicy",
    "AwsNetworkFirewallRuleGroup",
    "AwsOpenSearchServiceDomain",
    "AwsRdsDbCluster",
    "AwsRdsDbClusterSnapshot",
    "AwsRdsDbInstance",
    "AwsRdsDbSnapshot",
    "AwsRdsEventSubscription",
    "AwsRedshiftCluster",
    "AwsRoute53HostedZone",
    "AwsS3AccessPoint",
    "AwsS3Bucket",
    "AwsSageMakerNotebookInstance",
    "AwsSecretsManagerSecret",
    "AwsSnsTopic",
    "AwsSqsQueue",
    "AwsStepFunctionStateMachine",
    "AwsXrayEncryptionConfig",
];

/// Types that are named otherwise.
const RENAMED: [(&str, &str); 8] = [
    ("AWS::Account", "AwsAccount"),
    ("AWS::IAM::AccessKey", "AwsIamAccessKey"),
    ("AWS::IAM::ManagedPolicy", "AwsIamPolicy"),
    ("AWS::ElasticLoadBalancing::LoadBalancer", "AwsElbLoadBalancer"),
    ("AWS::ElasticLoadBalancingV2::LoadBalancer", "AwsElbv2LoadBalancer"),
    ("AWS::EC2::VPNConnection", "AwsEc2VpnConnection"),
    ("AWS::StepFunctions::StateMachine", "AwsStepFunctionStateMachine"),
    ("AWS::WAFv2::WebACL", "AwsWafv2WebAcl"),
];

/// The resource; the account stands for a list that could not be read.
pub(super) fn resource(finding: &Finding, region: &str) -> AsffResource {
    let ResourceRef { kind, id, arn, account, .. } = &finding.resource;
    let (kind, id) = match arn.as_deref().or(id.as_deref()) {
        Some(id) if kind != "AWS::Account" => (resource_type(kind), fit(id, RESOURCE_ID)),
        // As Security Hub's own findings about an account have it.
        _ => ("AwsAccount", format!("AWS::::Account:{account}")),
    };
    let is_global = finding.resource.region == Region::GLOBAL;
    let place = if is_global { region } else { &finding.resource.region };
    AsffResource { kind, id, partition: named_partition(place), region: fit(place, 16) }
}

fn resource_type(kind: &str) -> &'static str {
    if let Some((_, name)) = RENAMED.iter().find(|(renamed, _)| *renamed == kind) {
        return name;
    }
    let joined = kind.replace("::", "");
    TYPES.into_iter().find(|name| name.eq_ignore_ascii_case(&joined)).unwrap_or("Other")
}

/// Security Hub writes the isolated partitions otherwise than ARNs do, and does not name the newest.
fn named_partition(region: &str) -> Option<&'static str> {
    match partition(region) {
        "aws-iso" => Some("aws-us-iso"),
        "aws-iso-b" => Some("aws-us-iso-b"),
        known @ ("aws" | "aws-cn" | "aws-us-gov") => Some(known),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_get_the_names_that_security_hub_knows() {
        for (kind, name) in [
            ("AWS::S3::Bucket", "AwsS3Bucket"),
            ("AWS::RDS::DBInstance", "AwsRdsDbInstance"),
            ("AWS::KMS::Key", "AwsKmsKey"),
            ("AWS::CloudTrail::Trail", "AwsCloudTrailTrail"),
            ("AWS::IAM::ManagedPolicy", "AwsIamPolicy"),
            ("AWS::Region", "Other"),
            ("AWS::IAM::CredentialReportEntry", "Other"),
        ] {
            assert_eq!(resource_type(kind), name);
        }
    }
}
