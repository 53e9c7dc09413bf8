use super::super::{
    external_trust_restricted, is_known_account, oidc_admits_any_workload, oidc_admits_strangers,
    oidc_admits_unnamed_workloads, oidc_trust_restricted, roles_anywhere_trust_restricted, saml_trust_names_audience,
    services_assume_for_known, trust_requires_mfa, trusts_anyone, trusts_federation, trusts_oidc,
    trusts_principals_without_mfa,
};
use super::*;

fn trust(principal: Value, condition: Value) -> Value {
    policy(json!([{"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", "Condition": condition}]))
}

#[test]
fn everyone() {
    check(
        trusts_anyone,
        &[
            ("everyone", True, trust(json!("*"), json!({}))),
            ("everyone, as AWS", True, trust(json!({"AWS": ["arn:aws:iam::111122223333:root", "*"]}), json!({}))),
            (
                "everyone who knows a word",
                True,
                trust(json!({"AWS": "*"}), json!({"StringEquals": {"sts:ExternalId": "x"}})),
            ),
            (
                "everyone but one",
                True,
                policy(json!([{
                    "Effect": "Allow", "NotPrincipal": {"AWS": STRANGER}, "Action": "sts:AssumeRole"
                }])),
            ),
            (
                "everyone of an organization",
                False,
                trust(json!("*"), json!({"StringEquals": {"aws:PrincipalOrgID": ORGANIZATION}})),
            ),
            (
                "one role by condition",
                False,
                trust(json!("*"), json!({"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/a"}})),
            ),
            ("an account", False, trust(json!({"AWS": STRANGER}), json!({}))),
            ("a service", False, trust(json!({"Service": "ec2.amazonaws.com"}), json!({}))),
            ("a public identity provider", False, trust(json!({"Federated": "accounts.google.com"}), json!({}))),
            (
                "an action that assumes nothing",
                False,
                policy(json!([{
                    "Effect": "Allow", "Principal": "*", "Action": "sts:TagSession"
                }])),
            ),
        ],
    );
}

#[test]
fn other_accounts() {
    let external_id = |value: Value| json!({"StringEquals": {"sts:ExternalId": value}});
    check(
        |policy| external_trust_restricted(policy, &known(&[PARTNER, ORGANIZATION])),
        &[
            ("the own account", True, trust(json!({"AWS": "arn:aws:iam::111122223333:root"}), json!({}))),
            ("a trusted account", True, trust(json!({"AWS": PARTNER}), json!({}))),
            ("a service", True, trust(json!({"Service": "ec2.amazonaws.com"}), json!({}))),
            ("a stranger with an external id", True, trust(json!({"AWS": STRANGER}), external_id(json!("9f2c")))),
            (
                "the organization",
                True,
                trust(json!({"AWS": "*"}), json!({"StringEquals": {"aws:PrincipalOrgID": ORGANIZATION}})),
            ),
            ("a stranger", False, trust(json!({"AWS": "arn:aws:iam::999988887777:role/ops"}), json!({}))),
            (
                "a stranger with any external id",
                False,
                trust(json!({"AWS": STRANGER}), json!({"StringLike": {"sts:ExternalId": "*"}})),
            ),
            (
                "a stranger with an external id if he likes",
                False,
                trust(json!({"AWS": STRANGER}), json!({"StringEqualsIfExists": {"sts:ExternalId": "9f2c"}})),
            ),
            ("a friend and a stranger", False, trust(json!({"AWS": [PARTNER, STRANGER]}), json!({}))),
            ("everyone with an external id", False, trust(json!("*"), external_id(json!("9f2c")))),
            (
                "an external id behind an unknown operator",
                Unknown,
                trust(json!({"AWS": STRANGER}), json!({"StringIs": {"sts:ExternalId": "9f2c"}})),
            ),
            (
                "one bad grant among good ones",
                False,
                policy(json!([
                    {"Effect": "Allow", "Principal": {"AWS": PARTNER}, "Action": "sts:AssumeRole"},
                    {"Effect": "Allow", "Principal": {"AWS": STRANGER}, "Action": "sts:*"},
                ])),
            ),
        ],
    );
}

/// What a member account is told of its organization decides whom it calls a stranger; who everybody is needs no list.
#[test]
fn accounts_of_the_own_organization() {
    let to_stranger = trust(json!({"AWS": STRANGER}), json!({}));
    let to_everyone = trust(json!("*"), json!({}));
    let by_organization = |id: &str| trust(json!({"AWS": "*"}), json!({"StringEquals": {"aws:PrincipalOrgID": id}}));
    let own = |management, accounts| Own::Organization { id: ORGANIZATION, management, accounts };
    let cases = [
        ("alone", Own::Alone, [False, False, False, False]),
        ("not read", Own::NotRead, [Unknown, False, Unknown, Unknown]),
        ("its management account", own(STRANGER, OrganizationAccounts::NotTold), [True, False, True, False]),
        ("a listed member", own(ACCOUNT, OrganizationAccounts::Listed(vec![STRANGER])), [True, False, True, False]),
        ("not a listed member", own(ACCOUNT, OrganizationAccounts::Listed(vec![PARTNER])), [False, False, True, False]),
        ("members not told", own(PARTNER, OrganizationAccounts::NotTold), [False, False, True, False]),
        ("members not read", own(ACCOUNT, OrganizationAccounts::NotRead), [Unknown, False, True, False]),
    ];
    for (name, own, expected) in cases {
        let known = Known::new(ACCOUNT, &[], own);
        let documents = [&to_stranger, &to_everyone, &by_organization(ORGANIZATION), &by_organization("o-other12345")];
        let answers = documents.map(|document| external_trust_restricted(document, &known));
        assert_eq!(answers.each_ref().map(|answer| answer.truth), expected, "{name}");
        let explains = |answer: &PolicyAnswer| answer.truth != Unknown || !answer.notes.is_empty();
        assert!(answers.iter().all(explains), "{name}: {answers:?}");
    }
}

/// Which accounts another organization has, AWS does not tell: one that the user trusts may have any.
#[test]
fn a_trusted_organization_has_accounts_that_are_not_told() {
    let trusting = |own: Own<'static>| {
        let known = Known::new(ACCOUNT, &[ORGANIZATION], own);
        external_trust_restricted(&trust(json!({"AWS": STRANGER}), json!({})), &known).truth
    };
    let own = |accounts| Own::Organization { id: ORGANIZATION, management: PARTNER, accounts };
    assert_eq!(trusting(Own::Alone), Unknown);
    assert_eq!(trusting(own(OrganizationAccounts::NotTold)), Unknown);
    assert_eq!(
        trusting(own(OrganizationAccounts::Listed(vec![PARTNER]))),
        False,
        "its accounts are told, and this is none"
    );
}

#[test]
fn single_principals() {
    let known = Known::new(
        ACCOUNT,
        &[PARTNER],
        Own::Organization { id: ORGANIZATION, management: "222233334444", accounts: OrganizationAccounts::NotTold },
    );
    for (principal, expected) in [
        (ACCOUNT, True),
        ("arn:aws:iam::444455556666:role/app", True),
        ("arn:aws-us-gov:sts::222233334444:assumed-role/app/session", True),
        (STRANGER, False),
        ("arn:aws:iam::999988887777:user/444455556666", False),
        ("*", False),
        ("all", False),
        ("AIDAEXAMPLE", Unknown),
    ] {
        assert_eq!(is_known_account(principal, &known).truth, expected, "{principal}");
    }
}

#[test]
fn identity_providers() {
    let github = "token.actions.githubusercontent.com";
    let by = |provider: &str, condition: Value| {
        policy(json!([{
            "Effect": "Allow", "Principal": {"Federated": provider}, "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": condition
        }]))
    };
    let arn = format!("arn:aws:iam::111122223333:oidc-provider/{github}");
    let sub = |operator: &str, value: Value| {
        let mut condition = json!({"StringEquals": {format!("{github}:aud"): "sts.amazonaws.com"}});
        condition[operator][format!("{github}:sub")] = value;
        by(&arn, condition)
    };
    let cluster = "oidc.eks.us-east-1.amazonaws.com/id/ABCDEF0123456789ABCDEF0123456789";
    let pods = |subject: &str| {
        let condition = json!({"StringLike": {format!("{cluster}:sub"): subject}});
        by(&format!("arn:aws:iam::111122223333:oidc-provider/{cluster}"), condition)
    };
    let own = |condition: Value| by("arn:aws:iam::111122223333:oidc-provider/id.example.com", condition);
    check(
        oidc_trust_restricted,
        &[
            ("one branch", True, sub("StringEquals", json!("repo:org/app:ref:refs/heads/main"))),
            ("one repository", True, sub("StringLike", json!("repo:org/app:*"))),
            ("one organization", True, sub("StringLike", json!("repo:org/*"))),
            ("organizations that begin alike", False, sub("StringLike", json!("repo:org*"))),
            ("every repository", False, sub("StringLike", json!("repo:*"))),
            ("a good and a bad subject", False, sub("StringLike", json!(["repo:org/app:*", "*"]))),
            ("if it has a subject", False, sub("StringLikeIfExists", json!("repo:org/app:*"))),
            ("all of perhaps no subjects", False, sub("ForAllValues:StringLike", json!("repo:org/app:*"))),
            ("an unknown operator", Unknown, sub("StringMatches", json!("repo:org/app:*"))),
            ("no subject", False, by(&arn, json!({"StringEquals": {format!("{github}:aud"): "sts.amazonaws.com"}}))),
            ("no audience", True, by(&arn, json!({"StringLike": {format!("{github}:sub"): "repo:org/app:*"}}))),
            ("an immutable owner", True, sub("StringLike", json!("repo:org@42/app@7:*"))),
            ("an owner by its id", True, sub("StringLike", json!("repository_owner_id:42:repository_id:*"))),
            (
                "a repository by its id",
                True,
                by(&arn, json!({"StringEquals": {format!("{github}:repository_id"): "7"}})),
            ),
            (
                "any repository of an owner",
                True,
                by(&arn, json!({"StringLike": {format!("{github}:repository"): "org/*"}})),
            ),
            (
                "a workflow that anybody may call",
                Unknown,
                by(&arn, json!({"StringLike": {format!("{github}:job_workflow_ref"): "org/app/.github/workflows/*"}})),
            ),
            (
                "a branch of anybody",
                False,
                by(&arn, json!({"StringEquals": {format!("{github}:ref"): "refs/heads/main"}})),
            ),
            ("no condition", False, by(&arn, json!({}))),
            (
                "the subject of another provider",
                False,
                by(
                    &arn,
                    json!({"StringEquals": {
                        format!("{github}:aud"): "sts.amazonaws.com", "gitlab.com:sub": "project_path:org/app"
                    }}),
                ),
            ),
            (
                "a cluster's service account",
                True,
                by(
                    &format!("arn:aws-cn:iam::111122223333:oidc-provider/{cluster}"),
                    json!({
                        "StringEquals": {format!("{cluster}:aud"): "sts.amazonaws.com", format!("{cluster}:sub"): "system:serviceaccount:a:b"}
                    }),
                ),
            ),
            (
                "Cognito, signed in",
                True,
                by(
                    "cognito-identity.amazonaws.com",
                    json!({
                        "StringEquals": {"cognito-identity.amazonaws.com:aud": "us-east-1:12345678-abcd"},
                        "ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": "authenticated"}
                    }),
                ),
            ),
            (
                "Cognito, guests",
                False,
                by(
                    "cognito-identity.amazonaws.com",
                    json!({
                        "StringEquals": {"cognito-identity.amazonaws.com:aud": "us-east-1:12345678-abcd"},
                        "ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": "unauthenticated"}
                    }),
                ),
            ),
            ("pods of a namespace", True, pods("system:serviceaccount:records:*")),
            ("pods of every namespace", False, pods("system:serviceaccount:*:*")),
            ("an own provider with a subject", True, own(json!({"StringEquals": {"id.example.com:sub": "42"}}))),
            ("an own provider with a claim", True, own(json!({"StringEquals": {"id.example.com:team": "ops"}}))),
            ("an own provider with an audience", False, own(json!({"StringEquals": {"id.example.com:aud": "app"}}))),
            ("a label of an own provider", Unknown, own(json!({"StringLike": {"id.example.com:sub": "account:*"}}))),
            ("SAML", True, by("arn:aws:iam::111122223333:saml-provider/idp", json!({}))),
            ("no provider", True, trust(json!({"AWS": ACCOUNT}), json!({}))),
        ],
    );
    let open = sub("StringLike", json!("*"));
    for (name, document, [strangers, workloads]) in [
        ("everybody's pipelines", &open, [True, False]),
        ("every pod", &pods("*"), [False, True]),
        ("every subject of an own provider", &own(json!({})), [False, False]),
        ("one branch", &sub("StringEquals", json!("repo:org/app:ref:refs/heads/main")), [False, False]),
    ] {
        assert_eq!(oidc_admits_strangers(document).truth, strangers, "{name}");
        assert_eq!(oidc_admits_any_workload(document).truth, workloads, "{name}");
    }
    let mut saml = by("arn:aws:iam::111122223333:saml-provider/idp", json!({}));
    saml["Statement"][0]["Action"] = json!("sts:AssumeRoleWithSAML");
    let own = trust(json!({"AWS": ACCOUNT}), json!({}));
    assert_eq!((trusts_federation(&by(&arn, json!({}))).truth, trusts_oidc(&by(&arn, json!({}))).truth), (True, True));
    assert_eq!((trusts_federation(&saml).truth, trusts_oidc(&saml).truth), (True, False));
    assert_eq!((trusts_federation(&own).truth, trusts_oidc(&own).truth), (False, False));
}

#[test]
fn multi_factor_authentication() {
    let user = json!({"AWS": "arn:aws:iam::111122223333:root"});
    let deny = |condition: Value| {
        policy(json!([
            {"Effect": "Allow", "Principal": user, "Action": "sts:AssumeRole"},
            {"Effect": "Deny", "Principal": "*", "Action": "sts:*", "Condition": condition},
        ]))
    };
    check(
        trust_requires_mfa,
        &[
            ("demanded", True, trust(user.clone(), json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}}))),
            ("a JSON boolean", True, trust(user.clone(), json!({"Bool": {"aws:multifactorauthpresent": true}}))),
            ("not long ago", True, trust(user.clone(), json!({"NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}}))),
            ("that it has an age", True, trust(user.clone(), json!({"Null": {"aws:MultiFactorAuthAge": "false"}}))),
            ("denied without", True, deny(json!({"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}))),
            ("denied if it has no age", True, deny(json!({"Null": {"aws:MultiFactorAuthAge": "true"}}))),
            (
                "denied without, but long-term keys have no such key",
                False,
                deny(json!({"Bool": {"aws:MultiFactorAuthPresent": "false"}})),
            ),
            (
                "if exists lets long-term keys in",
                False,
                trust(user.clone(), json!({"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}})),
            ),
            (
                "that the key is there, whatever it says",
                False,
                trust(user.clone(), json!({"Null": {"aws:MultiFactorAuthPresent": "false"}})),
            ),
            (
                "either way",
                False,
                trust(user.clone(), json!({"Bool": {"aws:MultiFactorAuthPresent": ["true", "false"]}})),
            ),
            ("not demanded", False, trust(user.clone(), json!({}))),
            (
                "one way without",
                False,
                policy(json!([
                    {"Effect": "Allow", "Principal": user, "Action": "sts:AssumeRole", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": true}}},
                    {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"},
                ])),
            ),
            (
                "an unknown operator",
                Unknown,
                trust(user.clone(), json!({"Boolean": {"aws:MultiFactorAuthPresent": "true"}})),
            ),
            ("nothing granted", False, policy(json!([]))),
        ],
    );
}

#[test]
fn principals_without_a_second_factor_beside_an_identity_provider() {
    let provider = json!({
        "Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::111122223333:saml-provider/idp"},
        "Action": "sts:AssumeRoleWithSAML"
    });
    let beside = |principal: Value, condition: Value| {
        policy(json!([
            provider,
            {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", "Condition": condition},
        ]))
    };
    let user = json!({"AWS": "arn:aws:iam::111122223333:root"});
    check(
        trusts_principals_without_mfa,
        &[
            ("users with a password alone", True, beside(user.clone(), json!({}))),
            ("users", False, beside(user, json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}}))),
            ("a service", True, beside(json!({"Service": "ec2.amazonaws.com"}), json!({}))),
            ("the provider alone", False, policy(json!([provider]))),
            (
                "an unknown operator",
                Unknown,
                beside(json!({"AWS": ACCOUNT}), json!({"Boolean": {"aws:MultiFactorAuthPresent": "true"}})),
            ),
        ],
    );
}

#[test]
fn pods_by_the_name_of_their_service_account() {
    let host = "oidc.eks.us-east-1.amazonaws.com/id/ABCDEF";
    let pods = |operator: &str, subject: &str| {
        policy(json!([{
            "Effect": "Allow", "Principal": {"Federated": format!("arn:aws:iam::111122223333:oidc-provider/{host}")},
            "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {operator: {format!("{host}:sub"): subject}}
        }]))
    };
    check(
        oidc_admits_unnamed_workloads,
        &[
            ("one service account", False, pods("StringEquals", "system:serviceaccount:records:writer")),
            ("those of a namespace", True, pods("StringLike", "system:serviceaccount:records:*")),
            ("all of them", True, pods("StringLike", "system:serviceaccount:*:*")),
            ("no provider", False, trust(json!({"AWS": ACCOUNT}), json!({}))),
        ],
    );
}

#[test]
fn saml_audiences() {
    let by = |condition: Value| {
        policy(json!([{
            "Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::111122223333:saml-provider/idp"},
            "Action": "sts:AssumeRoleWithSAML", "Condition": condition
        }]))
    };
    let audience = |operator: &str, value: &str| by(json!({operator: {"SAML:aud": value}}));
    check(
        saml_trust_names_audience,
        &[
            ("the sign-in page", True, audience("StringEquals", "https://signin.aws.amazon.com/saml")),
            ("those of all regions", True, audience("StringLike", "https://*.signin.aws.amazon.com/saml")),
            ("any", False, audience("StringLike", "*")),
            ("any, if there is one", False, audience("StringEqualsIfExists", "https://signin.aws.amazon.com/saml")),
            ("none", False, by(json!({}))),
            ("no provider", True, trust(json!({"AWS": ACCOUNT}), json!({}))),
        ],
    );
}

#[test]
fn services_and_certificates() {
    let anywhere = |condition: Value| trust(json!({"Service": "rolesanywhere.amazonaws.com"}), condition);
    let anchor = "arn:aws:rolesanywhere:us-east-1:111122223333:trust-anchor/7";
    check(
        roles_anywhere_trust_restricted,
        &[
            ("an anchor", True, anywhere(json!({"ArnEquals": {"aws:SourceArn": anchor}}))),
            (
                "a certificate",
                True,
                anywhere(json!({"StringEquals": {"aws:PrincipalTag/x509Subject/CN": "records.example.com"}})),
            ),
            (
                "any anchor",
                False,
                anywhere(json!({
                    "ArnLike": {"aws:SourceArn": "arn:aws:rolesanywhere:us-east-1:111122223333:trust-anchor/*"}
                })),
            ),
            ("no condition", False, anywhere(json!({}))),
            ("another service", True, trust(json!({"Service": "ec2.amazonaws.com"}), json!({}))),
        ],
    );
    let scheduler = |condition: Value| trust(json!({"Service": "scheduler.amazonaws.com"}), condition);
    check(
        |policy| services_assume_for_known(policy, &known(&[]), &["scheduler.amazonaws.com"]),
        &[
            ("the own account", True, scheduler(json!({"StringEquals": {"aws:SourceAccount": ACCOUNT}}))),
            ("the own organization", True, scheduler(json!({"StringEquals": {"aws:SourceOrgID": ORGANIZATION}}))),
            ("a stranger", False, scheduler(json!({"StringEquals": {"aws:SourceAccount": STRANGER}}))),
            ("anybody", False, scheduler(json!({}))),
            ("a service that is not asked about", True, trust(json!({"Service": "ec2.amazonaws.com"}), json!({}))),
        ],
    );
}
