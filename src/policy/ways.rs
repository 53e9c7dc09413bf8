//! Ways to more rights: the actions that must be allowed together, the service to which a role must be passed, and the
//! things that must be there.
//!
//! A way is a line of this list. No line has all actions of another one, with one exception: one line makes a thing
//! anew with a role that is passed, and another uses the thing that is there already (a build project). `DATE` is when
//! the list was last compared with its sources: the paths of <https://pathfinding.cloud> (Datadog Security Labs), Rhino
//! Security Labs' "AWS IAM Privilege Escalation – Methods and Mitigation" (2018, 2019),
//! <https://rhinosecuritylabs.com/aws/aws-privilege-escalation-methods-mitigation/>, and the service authorization
//! reference for the actions (`actions.txt`). The list leaves out a way that leads from one service only to another
//! that is not a line itself, such as through a pipeline's build.

/// The day on which the list was last compared with its sources.
#[cfg(test)]
const DATE: &str = "2026-11-30";

/// A way to more rights.
#[derive(Debug)]
pub(super) struct Way {
    /// All of them are needed.
    pub actions: &'static [&'static str],
    /// The services of which one must be trusted by the role that is passed; empty where no role is passed.
    pub passes_to: &'static [&'static str],
    /// The things that must be there already; empty where the way makes all it needs.
    pub needs: &'static str,
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

/// A role that may be passed to the service.
const A_ROLE: &str = "a role that trusts the service and has more rights";

const fn rewriting(actions: &'static [&'static str]) -> Way {
    Way { actions, passes_to: &[], needs: "" }
}

const fn passing(passes_to: &'static [&'static str], actions: &'static [&'static str]) -> Way {
    Way { actions, passes_to, needs: A_ROLE }
}

const fn using(needs: &'static str, actions: &'static [&'static str]) -> Way {
    Way { actions, passes_to: &[], needs }
}

const PASS: &str = "iam:PassRole";
const AGENTCORE: &[&str] = &["bedrock-agentcore.amazonaws.com"];
const APPRUNNER: &[&str] = &["tasks.apprunner.amazonaws.com", "build.apprunner.amazonaws.com"];
const CLOUDFORMATION: &[&str] = &["cloudformation.amazonaws.com"];
const CODEBUILD: &[&str] = &["codebuild.amazonaws.com"];
const EC2: &[&str] = &["ec2.amazonaws.com"];
const ECS: &[&str] = &["ecs-tasks.amazonaws.com"];
const GLUE: &[&str] = &["glue.amazonaws.com"];
const LAMBDA: &[&str] = &["lambda.amazonaws.com"];
const SAGEMAKER: &[&str] = &["sagemaker.amazonaws.com"];
const STATES: &[&str] = &["states.amazonaws.com"];

/// The list.
pub(super) const WAYS: &[Way] = &[
    // Rights of the bearer, or of someone whom he can become.
    rewriting(&["iam:CreatePolicyVersion"]),
    using("a policy with an older version of more rights", &["iam:SetDefaultPolicyVersion"]),
    rewriting(&["iam:AttachUserPolicy"]),
    rewriting(&["iam:AttachGroupPolicy"]),
    rewriting(&["iam:AttachRolePolicy"]),
    rewriting(&["iam:PutUserPolicy"]),
    rewriting(&["iam:PutGroupPolicy"]),
    rewriting(&["iam:PutRolePolicy"]),
    using("a group with more rights", &["iam:AddUserToGroup"]),
    using("a role with more rights", &["iam:UpdateAssumeRolePolicy"]),
    using("a permissions boundary of the bearer", &["iam:DeleteUserPermissionsBoundary"]),
    using("a permissions boundary of the bearer", &["iam:DeleteRolePermissionsBoundary"]),
    // Credentials of another.
    using("a user with more rights", &["iam:CreateAccessKey"]),
    using("a user with more rights", &["iam:CreateLoginProfile"]),
    using("a user with more rights", &["iam:UpdateLoginProfile"]),
    using("a role with more rights that trusts the account", &["sts:AssumeRole"]),
    // Identity Center: rights in every account of the organization.
    using("an instance of Identity Center", &["sso:CreateAccountAssignment"]),
    using("a permission set of the bearer", &["sso:AttachManagedPolicyToPermissionSet", "sso:ProvisionPermissionSet"]),
    using(
        "a permission set of the bearer",
        &["sso:AttachCustomerManagedPolicyReferenceToPermissionSet", "sso:ProvisionPermissionSet"],
    ),
    using("a permission set of the bearer", &["sso:PutInlinePolicyToPermissionSet", "sso:ProvisionPermissionSet"]),
    using("a group of Identity Center with more rights", &["identitystore:CreateGroupMembership"]),
    // A role passed to something new that runs the bearer's code.
    passing(APPRUNNER, &[PASS, "apprunner:CreateService"]),
    passing(EC2, &[PASS, "autoscaling:CreateLaunchConfiguration", "autoscaling:CreateAutoScalingGroup"]),
    passing(EC2, &[PASS, "autoscaling:CreateLaunchConfiguration", "autoscaling:UpdateAutoScalingGroup"]),
    passing(ECS, &[PASS, "batch:RegisterJobDefinition", "batch:SubmitJob"]),
    passing(
        AGENTCORE,
        &[
            PASS,
            "bedrock-agentcore:CreateCodeInterpreter",
            "bedrock-agentcore:StartCodeInterpreterSession",
            "bedrock-agentcore:InvokeCodeInterpreter",
        ],
    ),
    passing(AGENTCORE, &[PASS, "bedrock-agentcore:CreateAgentRuntime", "bedrock-agentcore:InvokeAgentRuntime"]),
    passing(AGENTCORE, &[PASS, "bedrock-agentcore:CreateHarness", "bedrock-agentcore:InvokeHarness"]),
    passing(
        AGENTCORE,
        &[
            PASS,
            "bedrock-agentcore:CreateBrowser",
            "bedrock-agentcore:StartBrowserSession",
            "bedrock-agentcore:ConnectBrowserAutomationStream",
        ],
    ),
    passing(&["braket.amazonaws.com"], &[PASS, "braket:CreateJob"]),
    passing(CLOUDFORMATION, &[PASS, "cloudformation:CreateStack"]),
    passing(CLOUDFORMATION, &[PASS, "cloudformation:CreateStackSet", "cloudformation:CreateStackInstances"]),
    passing(CLOUDFORMATION, &[PASS, "cloudformation:UpdateStackSet"]),
    passing(CODEBUILD, &[PASS, "codebuild:CreateProject", "codebuild:StartBuild"]),
    passing(CODEBUILD, &[PASS, "codebuild:CreateProject", "codebuild:StartBuildBatch"]),
    passing(&["cognito-identity.amazonaws.com"], &[PASS, "cognito-identity:SetIdentityPoolRoles"]),
    // A pipeline runs on machines that take the role.
    passing(
        &["ec2.amazonaws.com", "datapipeline.amazonaws.com"],
        &[PASS, "datapipeline:CreatePipeline", "datapipeline:PutPipelineDefinition", "datapipeline:ActivatePipeline"],
    ),
    passing(EC2, &[PASS, "ec2:RunInstances"]),
    passing(EC2, &[PASS, "ec2:RequestSpotInstances"]),
    passing(ECS, &[PASS, "ecs:RegisterTaskDefinition", "ecs:CreateService"]),
    passing(ECS, &[PASS, "ecs:RegisterTaskDefinition", "ecs:UpdateService"]),
    // Both take another role and another command for a definition that is there.
    passing(ECS, &[PASS, "ecs:RunTask"]),
    passing(ECS, &[PASS, "ecs:StartTask"]),
    passing(&["ec2.amazonaws.com", "elasticmapreduce.amazonaws.com"], &[PASS, "elasticmapreduce:RunJobFlow"]),
    passing(&["emr-serverless.amazonaws.com"], &[PASS, "emr-serverless:StartJobRun"]),
    passing(&["gamelift.amazonaws.com"], &[PASS, "gamelift:CreateBuild", "gamelift:CreateFleet"]),
    passing(&["gamelift.amazonaws.com"], &[PASS, "gamelift:CreateScript", "gamelift:CreateFleet"]),
    passing(GLUE, &[PASS, "glue:CreateDevEndpoint"]),
    passing(GLUE, &[PASS, "glue:CreateJob", "glue:StartJobRun"]),
    passing(GLUE, &[PASS, "glue:CreateJob", "glue:CreateTrigger"]),
    passing(GLUE, &[PASS, "glue:CreateSession", "glue:RunStatement"]),
    passing(
        EC2,
        &[
            PASS,
            "imagebuilder:CreateComponent",
            "imagebuilder:CreateImageRecipe",
            "imagebuilder:CreateInfrastructureConfiguration",
            "imagebuilder:CreateImage",
        ],
    ),
    passing(
        &["kinesisanalytics.amazonaws.com"],
        &[PASS, "kinesisanalytics:CreateApplication", "kinesisanalytics:StartApplication"],
    ),
    passing(LAMBDA, &[PASS, "lambda:CreateFunction", "lambda:InvokeFunction"]),
    passing(LAMBDA, &[PASS, "lambda:CreateFunction", "lambda:CreateEventSourceMapping"]),
    passing(LAMBDA, &[PASS, "lambda:CreateFunction", "lambda:AddPermission"]),
    passing(&["omics.amazonaws.com"], &[PASS, "omics:CreateWorkflow", "omics:StartRun"]),
    passing(SAGEMAKER, &[PASS, "sagemaker:CreateNotebookInstance"]),
    passing(SAGEMAKER, &[PASS, "sagemaker:CreateTrainingJob"]),
    passing(SAGEMAKER, &[PASS, "sagemaker:CreateProcessingJob"]),
    passing(&["scheduler.amazonaws.com"], &[PASS, "scheduler:CreateSchedule"]),
    passing(&["scheduler.amazonaws.com"], &[PASS, "scheduler:UpdateSchedule"]),
    // Some of AWS's own documents run what the caller gives them.
    passing(&["ssm.amazonaws.com"], &[PASS, "ssm:StartAutomationExecution"]),
    passing(STATES, &[PASS, "states:CreateStateMachine", "states:StartExecution"]),
    passing(STATES, &[PASS, "states:CreateStateMachine", "states:StartSyncExecution"]),
    // Something that runs with a role already, made to run the bearer's code.
    using("an App Runner service with a role", &["apprunner:UpdateService"]),
    using(
        "a code interpreter with a role",
        &["bedrock-agentcore:StartCodeInterpreterSession", "bedrock-agentcore:InvokeCodeInterpreter"],
    ),
    using("an agent runtime with a role", &["bedrock-agentcore:InvokeAgentRuntimeCommand"]),
    using("a stack that was made with a role", &["cloudformation:UpdateStack"]),
    using("a stack that was made with a role", &["cloudformation:CreateChangeSet", "cloudformation:ExecuteChangeSet"]),
    using("a build project with a role", &["codebuild:StartBuild"]),
    using("a build project with a role", &["codebuild:StartBuildBatch"]),
    using("machines with a role that CodeDeploy deploys to", &["codedeploy:CreateDeployment"]),
    using("a machine with a role", &["ec2:ModifyInstanceAttribute", "ec2:StopInstances", "ec2:StartInstances"]),
    using(
        "a launch template with a role that a group starts machines from",
        &["ec2:CreateLaunchTemplateVersion", "ec2:ModifyLaunchTemplate"],
    ),
    using("a machine with a role", &["ec2-instance-connect:SendSSHPublicKey"]),
    using("a running task with a role and ECS Exec", &["ecs:ExecuteCommand"]),
    using("a cluster with a role", &["elasticmapreduce:AddJobFlowSteps"]),
    using("a development endpoint with a role", &["glue:UpdateDevEndpoint"]),
    using("a job with a role", &["glue:UpdateJob", "glue:StartJobRun"]),
    using("a job with a role", &["glue:UpdateJob", "glue:CreateTrigger"]),
    using("an interactive session with a role", &["glue:RunStatement"]),
    using("a function with a role", &["lambda:UpdateFunctionCode"]),
    // A layer of the bearer's own runs before the function's code.
    using("a function with a role", &["lambda:UpdateFunctionConfiguration"]),
    using("a notebook with a role", &["sagemaker:CreatePresignedNotebookInstanceUrl"]),
    using(
        "a notebook with a role",
        &[
            "sagemaker:CreateNotebookInstanceLifecycleConfig",
            "sagemaker:StopNotebookInstance",
            "sagemaker:UpdateNotebookInstance",
            "sagemaker:StartNotebookInstance",
        ],
    ),
    using("a machine with a role that Systems Manager manages", &["ssm:StartSession"]),
    using("a machine with a role that Systems Manager manages", &["ssm:SendCommand"]),
    using("a state machine with a role", &["states:UpdateStateMachine", "states:StartExecution"]),
    using("a state machine with a role", &["states:UpdateStateMachine", "states:StartSyncExecution"]),
];

/// Service principals that roles are passed to.
pub(super) fn passed_to() -> impl Iterator<Item = &'static str> {
    WAYS.iter().flat_map(|way| way.passes_to).copied()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::actions;
    use super::super::escalation::allows_privilege_escalation;

    use super::*;
    use crate::model::Truth;
    use serde_json::{Value, json};

    fn allowing(statements: Value) -> Truth {
        allows_privilege_escalation(&json!({"Version": "2012-10-17", "Statement": statements})).truth
    }

    #[test]
    fn every_action_is_in_the_dated_list() {
        assert_eq!(DATE.len(), 10);
        for action in WAYS.iter().flat_map(|way| way.actions) {
            let service = action.split(':').next().unwrap();
            let listed = actions::service(service).and_then(|service| service.action(action));
            assert_eq!(listed.map(|listed| &listed.name[..]), Some(*action));
        }
    }

    #[test]
    fn no_way_has_all_actions_of_another() {
        let actions = |way: &Way| way.actions.iter().copied().collect::<BTreeSet<_>>();
        for (at, way) in WAYS.iter().enumerate() {
            assert_eq!(actions(way).len(), way.actions.len());
            let is_alike = |other: &Way| way.passes_to.is_empty() == other.passes_to.is_empty();
            let others = WAYS.iter().enumerate().filter(|(number, other)| *number != at && is_alike(other));
            let within = others.filter(|(_, other)| actions(other).is_subset(&actions(way))).map(|(_, other)| other);
            assert_eq!(within.map(|other| other.actions).collect::<Vec<_>>(), [[""; 0]; 0], "{:?}", way.actions);
            assert_eq!(way.actions.contains(&PASS), !way.passes_to.is_empty(), "{:?}", way.actions);
            let is_on_what_is_there = way.actions != ["iam:CreatePolicyVersion"] && way.needs.is_empty();
            assert!(!is_on_what_is_there || way.actions.iter().all(|own| REWRITES_RIGHTS.contains(own)), "{way:?}");
        }
    }

    #[test]
    fn each_way_is_found() {
        for way in WAYS {
            let statement = json!({"Effect": "Allow", "Action": way.actions, "Resource": "*"});
            assert_eq!(allowing(json!([statement])), Truth::True, "{:?}", way.actions);
            let passed = way.passes_to.first().map(|to| json!({"StringEquals": {"iam:PassedToService": to}}));
            if let Some(condition) = passed {
                let rest: Vec<&str> = way.actions.iter().copied().filter(|action| *action != PASS).collect();
                let statements = json!([
                    {"Effect": "Allow", "Action": rest, "Resource": "*"},
                    {"Effect": "Allow", "Action": PASS, "Resource": "*", "Condition": condition},
                ]);
                assert_eq!(allowing(statements), Truth::True, "{:?} to its service", way.actions);
            }
        }
    }

    #[test]
    fn what_misses_a_way_by_little_is_none() {
        for way in WAYS {
            for left_out in way.actions {
                let rest: Vec<&str> = way.actions.iter().copied().filter(|action| action != left_out).collect();
                let statement = json!({"Effect": "Allow", "Action": rest, "Resource": "*"});
                let found = !rest.is_empty() && allowing(json!([statement])) == Truth::True;
                let is_another = WAYS.iter().any(|other| other.actions.iter().all(|action| rest.contains(action)));
                assert_eq!(found, is_another, "{:?} without {left_out}", way.actions);
            }
            if !way.passes_to.is_empty() {
                let rest: Vec<&str> = way.actions.iter().copied().filter(|action| *action != PASS).collect();
                let passing = |resource: &str, condition: Value| {
                    allowing(json!([
                        {"Effect": "Allow", "Action": rest, "Resource": "*"},
                        {"Effect": "Allow", "Action": PASS, "Resource": resource, "Condition": condition},
                    ]))
                };
                let is_another = WAYS.iter().any(|other| other.actions.iter().all(|action| rest.contains(action)));
                if !is_another {
                    let named = passing("arn:aws:iam::111122223333:role/app", json!({}));
                    assert_eq!(named, Truth::False, "{:?}, a role named exactly", way.actions);
                    let elsewhere = passing("*", json!({"StringEquals": {"iam:PassedToService": "dax.amazonaws.com"}}));
                    assert_eq!(elsewhere, Truth::False, "{:?}, passed to another service", way.actions);
                }
            }
        }
    }
}
