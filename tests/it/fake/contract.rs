//! Agreements with AWS and messaging accounts: moto has none of these services' lists. The sample account has
//! what the rules warn of, every other account has what they ask for.

use serde_json::{Value, json};

use crate::aws::Credentials;
use crate::wire::Call;

/// `None` for what is no operation of these services.
pub fn answer(call: &Call) -> Option<Value> {
    let is_planted = call.access_key == Credentials::any().access_key_id;
    Some(match (call.service.as_str(), call.operation.as_str()) {
        ("artifact", "ListCustomerAgreements") => json!({"customerAgreements": agreements(is_planted)}),
        ("socialmessaging", "ListLinkedWhatsAppBusinessAccounts") if is_planted && call.region == "us-east-1" => {
            json!({"linkedAccounts": [whatsapp("1", "Appointments"), whatsapp("2", "Front desk")]})
        }
        ("socialmessaging", "ListLinkedWhatsAppBusinessAccounts") => json!({"linkedAccounts": []}),
        _ => return None,
    })
}

/// An addendum that the company ended, or one that is in force.
fn agreements(is_planted: bool) -> [Value; 2] {
    let account = if is_planted { crate::aws::ACCOUNT } else { crate::aws::CLEAN_ACCOUNT };
    let agreement = |number: &str, name: &str, state: &str, end: Option<&str>| {
        let mut agreement = json!({
            "id": format!("customer-agreement-{number:0>16}"),
            "arn": format!("arn:aws:artifact::{account}:customer-agreement/customer-agreement-{number:0>16}"),
            "agreementArn": format!("arn:aws:artifact:::agreement/agreement-{number:0>16}"),
            "name": name,
            "awsAccountId": account,
            "state": state,
            "type": "DEFAULT",
            "effectiveStart": "2024-03-01T00:00:00Z",
        });
        if let Some(end) = end {
            agreement["effectiveEnd"] = end.into();
        }
        agreement
    };
    let (state, end) =
        if is_planted { ("CUSTOMER_TERMINATED", Some("2025-09-30T12:00:00Z")) } else { ("ACTIVE", None) };
    [
        agreement("1", "AWS Business Associate Addendum", state, end),
        agreement("2", "AWS Artifact Nondisclosure Agreement", "ACTIVE", None),
    ]
}

fn whatsapp(number: &str, name: &str) -> Value {
    let id = format!("waba-{number:0>32}");
    json!({
        "arn": format!("arn:aws:social-messaging:us-east-1:123456789012:waba/{id}"),
        "id": id,
        "wabaId": format!("10000000000000{number}"),
        "registrationStatus": "COMPLETE",
        "linkDate": 1_767_225_600,
        "wabaName": name,
        "eventDestinations": [],
    })
}
