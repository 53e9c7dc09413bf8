use super::super::{
    Known, binds_enclave_deployment, deleted_principals, denies_unattested_use, has_enclave_condition,
    key_grants_only_to_known, key_is_public, key_use_only_by_known, leaves_key_to_identity_policies,
    lets_create_open_grants, lets_principal, names_other_accounts, principals_named, requires_enclave_attestation,
    requires_enclave_measurements, separates_key_administration,
};
use super::*;

fn grant(principal: Value, action: Value) -> Value {
    json!({"Effect": "Allow", "Principal": principal, "Action": action, "Resource": "*"})
}

#[test]
fn administration_and_use() {
    let root = json!({"AWS": "arn:aws:iam::111122223333:root"});
    let admin = json!({"AWS": "arn:aws:iam::111122223333:role/admin"});
    let app = json!({"AWS": "arn:aws:iam::111122223333:role/app"});
    let administer = json!(["kms:CreateAlias", "kms:Put*", "kms:Disable*", "kms:Get*", "kms:ScheduleKeyDeletion"]);
    let using = json!(["kms:Decrypt", "kms:GenerateDataKey*", "kms:DescribeKey"]);
    check(
        |policy| separates_key_administration(policy, ACCOUNT),
        &[
            ("the default policy", True, policy(json!([grant(root.clone(), json!("kms:*"))]))),
            ("the root by its id", True, policy(json!([grant(json!({"AWS": ACCOUNT}), json!("kms:*"))]))),
            (
                "two roles",
                True,
                policy(json!([grant(admin.clone(), administer.clone()), grant(app.clone(), using.clone())])),
            ),
            ("one role with all", False, policy(json!([grant(admin.clone(), json!("kms:*"))]))),
            (
                "one role in two statements",
                False,
                policy(json!([grant(app.clone(), administer.clone()), grant(app.clone(), using.clone()),])),
            ),
            ("another account's root", False, policy(json!([grant(json!({"AWS": PARTNER}), json!("kms:*"))]))),
            (
                "use for everyone",
                False,
                policy(json!([grant(admin.clone(), administer.clone()), grant(json!("*"), using.clone())])),
            ),
            (
                "use for everyone of the account",
                False,
                policy(json!([
                    grant(admin.clone(), administer.clone()),
                    change(
                        &grant(json!("*"), using.clone()),
                        json!({"Condition": {"StringEquals": {"kms:CallerAccount": ACCOUNT}}})
                    ),
                ])),
            ),
            (
                "all, and use denied",
                True,
                policy(json!([
                    grant(admin.clone(), json!("kms:*")),
                    change(
                        &grant(
                            admin.clone(),
                            json!([
                                "kms:*crypt*",
                                "kms:Generate*",
                                "kms:Sign",
                                "kms:Verify*",
                                "kms:DeriveSharedSecret",
                                "kms:CreateGrant"
                            ])
                        ),
                        json!({"Effect": "Deny"})
                    ),
                ])),
            ),
            (
                "an administrator who may create grants",
                False,
                policy(json!([grant(admin.clone(), json!(["kms:Create*", "kms:Put*"]))])),
            ),
            (
                "an administrator who may create grants for AWS services",
                True,
                policy(json!([
                    grant(admin.clone(), json!("kms:Put*")),
                    change(
                        &grant(admin.clone(), json!("kms:CreateGrant")),
                        json!({"Condition": {"Bool": {"kms:GrantIsForAWSResource": "true"}}})
                    ),
                ])),
            ),
            (
                "all but deleting is still administration",
                False,
                policy(json!([
                    {"Effect": "Allow", "Principal": app, "NotAction": "kms:ScheduleKeyDeletion", "Resource": "*"},
                ])),
            ),
        ],
    );
}

#[test]
fn use_by_enclaves_only() {
    let image = "9fedcba8abcdef7abcdef6abcdef5abcdef4abcdef3abcdef2abcdef1abcdef0abcdef1abcdef2abcdef3abcdef4abcd";
    assert_eq!(image.len(), 96);
    let app = json!({"AWS": "arn:aws:iam::111122223333:role/app"});
    let decrypt = json!(["kms:Decrypt", "kms:GenerateDataKey"]);
    let under = |operator: &str, value: &str| {
        change(
            &grant(app.clone(), decrypt.clone()),
            json!({"Condition": {operator: {"kms:RecipientAttestation:ImageSha384": value}}}),
        )
    };
    let administration = grant(json!({"AWS": ACCOUNT}), json!(["kms:Put*", "kms:Get*", "kms:ScheduleKeyDeletion"]));
    let cases = [
        ("AWS's example", True, True, json!([administration, under("StringEqualsIgnoreCase", image)])),
        (
            "a Deny of others",
            True,
            True,
            json!([
                grant(json!({"AWS": ACCOUNT}), json!("kms:*")),
                {
                    "Effect": "Deny", "Principal": "*", "Action": ["kms:Decrypt", "kms:GenerateDataKey*", "kms:Derive*", "kms:ReEncrypt*"],
                    "Resource": "*", "Condition": {"StringNotEqualsIgnoreCase": {"kms:RecipientAttestation:PCR0": image}}
                },
            ]),
        ),
        (
            "the root's statement leads around it",
            False,
            True,
            json!([grant(json!({"AWS": ACCOUNT}), json!("kms:*")), under("StringEqualsIgnoreCase", image),]),
        ),
        ("any enclave", False, True, json!([under("StringLike", "*")])),
        ("debug mode", False, True, json!([under("StringEquals", &"0".repeat(96))])),
        ("if attested", False, True, json!([under("StringEqualsIgnoreCaseIfExists", image)])),
        (
            "a Deny of the unattested lets any enclave in",
            False,
            True,
            json!([
                grant(app.clone(), decrypt.clone()),
                {
                    "Effect": "Deny", "Principal": "*", "Action": "kms:*", "Resource": "*",
                    "Condition": {"Null": {"kms:RecipientAttestation:ImageSha384": "true"}}
                },
            ]),
        ),
        ("no condition", False, False, json!([grant(app.clone(), decrypt.clone())])),
        ("nothing granted", False, False, json!([administration])),
    ];
    for (name, requires, has, statements) in cases {
        assert_eq!(requires_enclave_attestation(&policy(statements.clone())).truth, requires, "{name}");
        assert_eq!(has_enclave_condition(&policy(statements)).truth, has, "{name}");
    }
}

#[test]
fn measurements_and_deployments() {
    let (image, other) = ("a".repeat(96), "b".repeat(96));
    let app = json!({"AWS": "arn:aws:iam::111122223333:role/app"});
    let under = |conditions: Value| {
        policy(json!([change(
            &grant(app.clone(), json!("kms:Decrypt")),
            json!({"Condition": {"StringEqualsIgnoreCase": conditions}})
        )]))
    };
    let by_image = under(json!({"kms:RecipientAttestation:ImageSha384": image}));
    let by_role = under(json!({"kms:RecipientAttestation:PCR0": image, "kms:RecipientAttestation:PCR3": other}));
    assert_eq!(requires_enclave_measurements(&by_image, &[&image]).truth, True);
    assert_eq!(requires_enclave_measurements(&by_image, &[&image.to_uppercase()]).truth, True);
    assert_eq!(requires_enclave_measurements(&by_image, &[&other]).truth, False);
    assert_eq!(requires_enclave_measurements(&by_image, &[]).truth, Unknown);
    assert_eq!(binds_enclave_deployment(&by_image).truth, False);
    assert_eq!(binds_enclave_deployment(&by_role).truth, True);
    // A grant needs no statement that allows, so that conditions of these do not bind it.
    assert_eq!(denies_unattested_use(&by_role).truth, False);
    let deny = policy(json!([{
        "Effect": "Deny", "Principal": "*", "Action": "kms:*", "Resource": "*",
        "Condition": {"StringNotEqualsIgnoreCase": {"kms:RecipientAttestation:ImageSha384": image}}
    }]));
    assert_eq!(denies_unattested_use(&deny).truth, True);
}

#[test]
fn strangers_at_a_key() {
    let everyone = |action: &str| policy(json!([grant(json!({"AWS": "*"}), json!(action))]));
    let is_public = |policy: &Value, usage: &str, spec: &str| key_is_public(policy, usage, spec).truth;
    assert_eq!(is_public(&everyone("kms:Decrypt"), "ENCRYPT_DECRYPT", "SYMMETRIC_DEFAULT"), True);
    assert_eq!(is_public(&everyone("kms:Decrypt"), "SIGN_VERIFY", "ECC_NIST_P256"), False, "it signs");
    assert_eq!(is_public(&everyone("kms:Verify"), "SIGN_VERIFY", "ECC_NIST_P256"), False, "harmless");
    let answer = key_is_public(&everyone("kms:*"), "SIGN_VERIFY", "ECC_NIST_P256");
    assert_eq!(answer.truth, True);
    let asked: Vec<&str> = answer.witnesses.iter().map(|one| one.action.as_str()).collect();
    assert_eq!(asked, ["kms:PutKeyPolicy"], "a key that signs decrypts nothing");
    assert!(answer.witnesses[0].text.starts_with("any AWS account"), "{}", answer.witnesses[0].text);
    let known = |policy: &Value| {
        key_grants_only_to_known(policy, "SIGN_VERIFY", "ECC_NIST_P256", &Known::alone(ACCOUNT, &[])).truth
    };
    let used = |policy: &Value| {
        key_use_only_by_known(policy, "SIGN_VERIFY", "ECC_NIST_P256", &Known::alone(ACCOUNT, &[])).truth
    };
    assert_eq!((known(&everyone("kms:Verify")), used(&everyone("kms:Verify"))), (False, True));
    let service = policy(json!([grant(json!({"Service": "dnssec-route53.amazonaws.com"}), json!("kms:Sign"))]));
    assert_eq!(known(&service), True);
    assert_eq!(known(&policy(json!([grant(json!({"AWS": PARTNER}), json!("kms:Sign"))]))), False);
}

#[test]
fn who_manages_a_key() {
    let (root, role) = ("arn:aws:iam::111122223333:root", "arn:aws:iam::111122223333:role/keys");
    let put = "kms:PutKeyPolicy";
    let of = |principal: &str| policy(json!([grant(json!({"AWS": principal}), json!("kms:*"))]));
    let may = |policy: &Value, principal: &str| lets_principal(policy, principal, &[put]).truth;
    assert_eq!((may(&of(root), root), may(&of(root), role)), (True, True), "the root stands for the account");
    assert_eq!((may(&of(role), root), may(&of(role), role)), (False, True));
    let denied = policy(json!([
        grant(json!({"AWS": root}), json!("kms:*")),
        change(&grant(json!("*"), json!("kms:Put*")), json!({"Effect": "Deny"})),
    ]));
    assert_eq!(may(&denied, root), False);
    let tied = policy(json!([change(
        &grant(json!({"AWS": root}), json!("kms:*")),
        json!({"Condition": {"StringEquals": {"aws:PrincipalArn": role}, "Bool": {"aws:MultiFactorAuthPresent": true}}})
    )]));
    assert_eq!((may(&tied, root), may(&tied, role)), (False, True));

    let named = |policy: &Value| principals_named(policy, ACCOUNT, &[put]);
    assert_eq!((named(&of(role)), named(&tied)), (Ok(vec![role.to_owned()]), Ok(vec![role.to_owned()])));
    assert!(named(&of(root)).is_err() && named(&of("*")).is_err(), "who that is, no document says");
    assert_eq!((named(&of(PARTNER)), named(&Value::Null)), (Ok(Vec::new()), Ok(Vec::new())));
    let uses = policy(json!([grant(json!({"AWS": root}), json!("kms:Decrypt"))]));
    assert_eq!(named(&uses), Ok(Vec::new()), "what it allows is something else");

    assert_eq!(leaves_key_to_identity_policies(&of(root), ACCOUNT).truth, True);
    assert_eq!(leaves_key_to_identity_policies(&of(role), ACCOUNT).truth, False);
    assert_eq!(names_other_accounts(&of(role), ACCOUNT).truth, False);
    assert_eq!(names_other_accounts(&of(PARTNER), ACCOUNT).truth, True);
    assert_eq!(names_other_accounts(&of("*"), ACCOUNT).truth, True);
    assert_eq!(deleted_principals(&of("AROAEXAMPLEEXAMPLE12")), "AROAEXAMPLEEXAMPLE12");
    assert_eq!(deleted_principals(&of(root)), "");

    let create = |condition: Value| {
        let own = change(&grant(json!({"AWS": role}), json!("kms:CreateGrant")), json!({"Condition": condition}));
        lets_create_open_grants(&policy(json!([own])), ACCOUNT).truth
    };
    assert_eq!(create(Value::Null), True);
    assert_eq!(create(json!({"Bool": {"kms:GrantIsForAWSResource": "true"}})), False);
    assert_eq!(create(json!({"StringEquals": {"kms:GranteePrincipal": role}})), False);
    assert_eq!(create(json!({"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}})), True);
    assert_eq!(lets_create_open_grants(&of(root), ACCOUNT).truth, False, "left to identity policies");
    assert_eq!(lets_create_open_grants(&of(role), ACCOUNT).truth, False, "an administrator");
}
