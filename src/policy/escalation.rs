//! Can the bearer of identity policies give himself more rights than the policies give?
//!
//! It sees which ways the documents open, not where they lead: whether a role that may be passed has more rights is not in
//! the documents. Grants on single named roles or functions are therefore not counted, save for actions that rewrite rights.

use std::collections::BTreeMap;

use super::answer::Answer;
use super::identity::{Bearer, NONE, Places, is_action, service_of, unnamed};
use super::space::{Asking, Goal, Space};
use super::targets;
use super::universe::{Axis, Mentions, Point};
use crate::model::Truth;
use serde_json::Value;

/// Does the policy allow all actions of a known way to more rights?
///
/// Actions that rewrite rights (such as `iam:PutRolePolicy`) count on any resource, those that make credentials for a user
/// (`iam:CreateAccessKey`) on any but the bearer's own user, and the others (such as `iam:PassRole`) on resources that no
/// statement names. Unknown where a condition decides: which policy may be attached (`iam:PolicyARN`), under which boundary
/// (`iam:PermissionsBoundary`), on resources with which tags. Without a policy: false.
pub fn allows_privilege_escalation(policy: &Value) -> Answer {
    allows_privilege_escalation_together(&[policy], &NONE)
}

/// The same of all policies of a bearer together, under a permissions boundary (null for none).
pub fn allows_privilege_escalation_together(policies: &[&Value], boundary: &Value) -> Answer {
    Bearer { policies, boundary }.ask(|groups| {
        let space = Space::new(groups, Asking::Bearer, |mentions| {
            let mut actions: Vec<&str> = PATHS.iter().flat_map(|path| path.iter().copied()).collect();
            actions.sort_unstable();
            actions.dedup();
            let places = Places::new(mentions);
            let (named, _) = targets::all_resources(mentions, targets::resource_patterns(mentions));
            targets::these(actions.iter().flat_map(|action| resources_of(&places, &named, action)))
        });
        let mut asked: BTreeMap<(&str, String), Truth> = BTreeMap::new();
        let mut undecided = None;
        for path in PATHS {
            let services = services_of(path);
            let is_open = |action: &str| {
                space.exists(Goal::Allowed, &|axis: &Axis, point: &Point| {
                    is_action(point, |own| own == action).and(lets_pass(&space.mentions, axis, point, &services))
                })
            };
            let truth = path.iter().fold(Truth::True, |so_far, action| {
                if so_far == Truth::False {
                    return so_far;
                }
                // Only what is passed depends on the way.
                let way = if *action == "iam:PassRole" { services.join(" ") } else { String::new() };
                so_far.and(*asked.entry((action, way)).or_insert_with(|| is_open(action).exists))
            });
            if truth == Truth::True || (truth == Truth::Unknown && undecided.is_none()) {
                let parts = path.iter().map(|action| Answer::exists(&space, is_open(action)));
                let answer = parts.reduce(|mut all, mut one| {
                    all.witnesses.truncate(1);
                    all.witnesses.extend(one.witnesses.drain(..).take(1));
                    all.notes.append(&mut one.notes);
                    all
                });
                let answer = Answer { truth, ..answer.unwrap_or(Truth::Unknown.into()) };
                if truth == Truth::True {
                    return answer;
                }
                undecided = Some(answer);
            }
        }
        undecided.unwrap_or(Truth::False.into())
    })
}

/// The action on the resources on which it opens a way.
fn resources_of(places: &Places, named: &[String], action: &str) -> Vec<(String, String)> {
    let mut found = unnamed(places, action);
    if REWRITES_RIGHTS.contains(&action) {
        // Whatever is named may be what the bearer has.
        found.extend(named.iter().map(|arn| (action.to_owned(), arn.clone())));
    }
    found
}

/// The services that a role is passed to on the way.
fn services_of(path: &[&str]) -> Vec<String> {
    let mut services: Vec<String> =
        path.iter().map(|action| service_of(action)).filter(|service| service != "iam").collect();
    services.dedup();
    services
}

/// Conditions whose effect is not in the documents: a value that they single out may be one that leads nowhere.
fn lets_pass(mentions: &Mentions<'_>, axis: &Axis, point: &Point, services: &[String]) -> Truth {
    axis.keys.iter().zip(&point.values).fold(Truth::True, |so_far, (key, values)| {
        let singled_out = || {
            values
                .iter()
                .any(|value| mentions.patterns(&[key]).iter().any(|own| !own.is_everything() && own.matches(value)))
        };
        so_far.and(match &key[..] {
            "iam:passedtoservice" => {
                Truth::from(values.is_empty() || values.iter().any(|value| is_passed_to(value, services)))
            }
            "iam:permissionsboundary" if values.is_empty() => Truth::True,
            "iam:policyarn" | "iam:permissionsboundary" if singled_out() => Truth::Unknown,
            key if key.contains("resourcetag/") && singled_out() => Truth::Unknown,
            _ => Truth::True,
        })
    })
}

/// Is it the service principal, such as `ecs-tasks.amazonaws.com`, of one of the services?
fn is_passed_to(principal: &str, services: &[String]) -> bool {
    services.iter().any(|service| principals_of(service).contains(&principal))
}

/// Service principals that roles are passed to on the ways below.
pub(super) const PASSED_TO: [(&str, &[&str]); 11] = [
    ("apprunner", &["tasks.apprunner.amazonaws.com", "build.apprunner.amazonaws.com"]),
    ("bedrock-agentcore", &["bedrock-agentcore.amazonaws.com"]),
    ("cloudformation", &["cloudformation.amazonaws.com"]),
    ("codebuild", &["codebuild.amazonaws.com"]),
    // A pipeline runs on machines that take the role.
    ("datapipeline", &["ec2.amazonaws.com", "datapipeline.amazonaws.com"]),
    ("ec2", &["ec2.amazonaws.com"]),
    ("ecs", &["ecs-tasks.amazonaws.com"]),
    ("glue", &["glue.amazonaws.com"]),
    ("lambda", &["lambda.amazonaws.com"]),
    ("sagemaker", &["sagemaker.amazonaws.com"]),
    ("ssm", &["ssm.amazonaws.com"]),
];

fn principals_of(service: &str) -> &'static [&'static str] {
    PASSED_TO.iter().find(|(own, _)| *own == service).map_or(&[], |(_, principals)| principals)
}

/// Actions that change what someone may do; where they may be used at all, they may be used on what the bearer has.
pub(super) const REWRITES_RIGHTS: [&str; 13] = [
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
