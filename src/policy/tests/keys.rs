use super::super::{has_enclave_condition, requires_enclave_attestation, separates_key_administration};
use super::*;

fn grant(principal: Value, action: Value) -> Value {
    json!({"Effect": "Allow", "Principal": principal, "Action": action, "Resource": "*"})
}

#[test]
fn administration_and_use() {
    let root = json!({"AWS": "arn:aws:iam::111122223333:root"});
    let admin = json!({"AWS": "arn:aws:iam::111122223333:role/admin"});
    let app = json!({"AWS": "arn:aws:iam::111122223333:role/app"});
    let administer = json!(["kms:Create*", "kms:Put*", "kms:Disable*", "kms:Get*", "kms:ScheduleKeyDeletion"]);
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
                                "kms:DeriveSharedSecret"
                            ])
                        ),
                        json!({"Effect": "Deny"})
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
                    "Effect": "Deny", "Principal": "*", "Action": ["kms:Decrypt", "kms:GenerateDataKey*", "kms:Derive*"],
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
