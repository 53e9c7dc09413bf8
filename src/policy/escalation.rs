//! Can the bearer of an identity policy give himself more rights than the policy gives?
//!
//! It sees which ways the document opens, not where they lead: whether a role that may be passed has more rights is not in
//! the document. Grants on single named roles or functions are therefore not counted, save for actions that rewrite rights.

use super::access::any;
use super::condition::Condition;
use super::document::{Document, Scope, Statement, ask};
use super::glob::Glob;
use super::identity::{denied_everywhere, on_all_resources_of, service_of};
use crate::model::Truth;
use serde_json::Value;

/// Does the policy allow all actions of a known way to more rights?
///
/// Actions that rewrite rights (such as `iam:PutRolePolicy`) count on any resource, those that make credentials for a user
/// (`iam:CreateAccessKey`) on any but the bearer's own user, and the others (such as `iam:PassRole`) on all resources of
/// their kind. Unknown where a condition decides: which policy may be attached (`iam:PolicyARN`), under which boundary
/// (`iam:PermissionsBoundary`), on resources with which tags. Without a policy: false.
pub fn allows_privilege_escalation(policy: &Value) -> Truth {
    ask(policy, Truth::False, |document| {
        any(PATHS, |path| path.iter().fold(Truth::True, |so_far, action| so_far.and(is_open(document, action, path))))
    })
}

fn is_open(document: &Document, action: &str, path: &[&str]) -> Truth {
    let wanted = Glob::action(action);
    if denied_everywhere(document, &wanted) {
        return Truth::False;
    }
    any(document.allows().filter(|grant| grant.actions.covers(&wanted) && reaches(grant, action)), |grant| {
        grant.conditions.iter().fold(Truth::True, |so_far, condition| so_far.and(lets_pass(condition, path)))
    })
}

fn reaches(grant: &Statement, action: &str) -> bool {
    if REWRITES_RIGHTS.contains(&action) {
        true
    } else if MAKES_CREDENTIALS.contains(&action) {
        let own_user = |pattern: &Glob| pattern.ends_in_variable();
        !matches!(&grant.resources, Some(Scope::Only(patterns)) if patterns.iter().all(own_user))
    } else {
        on_all_resources_of(grant, &service_of(action))
    }
}

fn lets_pass(condition: &Condition, path: &[&str]) -> Truth {
    let Some(values) = condition.demands() else { return Truth::True };
    match &condition.key[..] {
        "iam:passedtoservice" => {
            let services = path.iter().map(|action| service_of(action)).filter(|service| service != "iam");
            Truth::from(services.into_iter().any(|service| can_be_passed_to(&service, values)))
        }
        "iam:policyarn" | "iam:permissionsboundary" => Truth::Unknown,
        key if key.contains("resourcetag/") => Truth::Unknown,
        _ => Truth::True,
    }
}

/// Do the service principals, such as `ecs-tasks.amazonaws.com`, name the service?
fn can_be_passed_to(service: &str, principals: &[String]) -> bool {
    // A pipeline runs on machines that take the role.
    let stem = if service == "datapipeline" { "ec2" } else { service };
    let wanted = Glob::new(&format!("*{stem}*"));
    principals.iter().any(|principal| Glob::new(&principal.to_ascii_lowercase()).overlaps(&wanted))
}

/// Actions that change what someone may do; where they may be used at all, they may be used on what the bearer has.
const REWRITES_RIGHTS: [&str; 13] = [
    "iam:CreatePolicyVersion",
    "iam:SetDefaultPolicyVersion",
    "iam:AttachUserPolicy",
    "iam:AttachGroupPolicy",
    "iam:AttachRolePolicy",
    "iam:PutUserPolicy",
    "iam:PutGroupPolicy",
    "iam:PutRolePolicy",
    "iam:AddUserToGroup",
    "iam:UpdateAssumeRolePolicy",
    "iam:DeleteUserPermissionsBoundary",
    "iam:DeleteRolePermissionsBoundary",
    "iam:PutUserPermissionsBoundary",
];

const MAKES_CREDENTIALS: [&str; 3] = ["iam:CreateAccessKey", "iam:CreateLoginProfile", "iam:UpdateLoginProfile"];

/// Ways to more rights; all actions of a line are needed.
///
/// Sources: Rhino Security Labs, "AWS IAM Privilege Escalation – Methods and Mitigation" (2018, 2019),
/// <https://rhinosecuritylabs.com/aws/aws-privilege-escalation-methods-mitigation/>; Datadog Security Labs, the paths of
/// <https://pathfinding.cloud> (2025). Lines there that only add actions to a shorter line are left out.
const PATHS: &[&[&str]] = &[
    // Rights of the bearer, or of someone whom he can become.
    &["iam:CreatePolicyVersion"],
    &["iam:SetDefaultPolicyVersion"],
    &["iam:AttachUserPolicy"],
    &["iam:AttachGroupPolicy"],
    &["iam:AttachRolePolicy"],
    &["iam:PutUserPolicy"],
    &["iam:PutGroupPolicy"],
    &["iam:PutRolePolicy"],
    &["iam:AddUserToGroup"],
    &["iam:UpdateAssumeRolePolicy"],
    &["iam:DeleteUserPermissionsBoundary"],
    &["iam:DeleteRolePermissionsBoundary"],
    // Credentials of another.
    &["iam:CreateAccessKey"],
    &["iam:CreateLoginProfile"],
    &["iam:UpdateLoginProfile"],
    &["sts:AssumeRole"],
    // A role passed to something new that runs the bearer's code.
    &["iam:PassRole", "apprunner:CreateService"],
    &[
        "iam:PassRole",
        "bedrock-agentcore:CreateCodeInterpreter",
        "bedrock-agentcore:StartCodeInterpreterSession",
        "bedrock-agentcore:InvokeCodeInterpreter",
    ],
    &["iam:PassRole", "cloudformation:CreateStack"],
    &["iam:PassRole", "cloudformation:CreateStackSet", "cloudformation:CreateStackInstances"],
    &["iam:PassRole", "cloudformation:UpdateStackSet"],
    &["iam:PassRole", "codebuild:CreateProject", "codebuild:StartBuild"],
    &["iam:PassRole", "codebuild:CreateProject", "codebuild:StartBuildBatch"],
    &[
        "iam:PassRole",
        "datapipeline:CreatePipeline",
        "datapipeline:PutPipelineDefinition",
        "datapipeline:ActivatePipeline",
    ],
    &["iam:PassRole", "ec2:RunInstances"],
    &["iam:PassRole", "ec2:RequestSpotInstances"],
    &["iam:PassRole", "ecs:RegisterTaskDefinition", "ecs:CreateService"],
    &["iam:PassRole", "ecs:RegisterTaskDefinition", "ecs:RunTask"],
    &["iam:PassRole", "ecs:RegisterTaskDefinition", "ecs:StartTask"],
    &["iam:PassRole", "glue:CreateDevEndpoint"],
    &["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"],
    &["iam:PassRole", "lambda:CreateFunction", "lambda:CreateEventSourceMapping"],
    &["iam:PassRole", "lambda:CreateFunction", "lambda:AddPermission"],
    &["iam:PassRole", "sagemaker:CreateNotebookInstance"],
    &["iam:PassRole", "sagemaker:CreateTrainingJob"],
    &["iam:PassRole", "sagemaker:CreateProcessingJob"],
    // Something that runs with a role already, made to run the bearer's code.
    &["apprunner:UpdateService"],
    &["bedrock-agentcore:StartCodeInterpreterSession", "bedrock-agentcore:InvokeCodeInterpreter"],
    &["cloudformation:UpdateStack"],
    &["cloudformation:CreateChangeSet", "cloudformation:ExecuteChangeSet"],
    &["codebuild:StartBuild"],
    &["codebuild:StartBuildBatch"],
    &["ec2:ModifyInstanceAttribute", "ec2:StopInstances", "ec2:StartInstances"],
    &["ec2:CreateLaunchTemplateVersion", "ec2:ModifyLaunchTemplate"],
    &["ec2-instance-connect:SendSSHPublicKey"],
    &["glue:UpdateDevEndpoint"],
    &["lambda:UpdateFunctionCode"],
    &["sagemaker:CreatePresignedNotebookInstanceUrl"],
    &[
        "sagemaker:CreateNotebookInstanceLifecycleConfig",
        "sagemaker:StopNotebookInstance",
        "sagemaker:UpdateNotebookInstance",
        "sagemaker:StartNotebookInstance",
    ],
    &["ssm:StartSession"],
    &["ssm:SendCommand"],
];
