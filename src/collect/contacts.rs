//! The account's alternate contacts. Only that there is one is kept: names, addresses and telephone numbers are not.
//!
//! Source: <https://docs.aws.amazon.com/accounts/latest/reference/API_GetAlternateContact.html>.

use aws_sdk_account::types::{AlternateContact, AlternateContactType};
use schemars::JsonSchema;
use serde::Serialize;

use crate::aws::{Operation, Site, Yield};
use crate::model::Fact;

/// What the alternate contacts tell about the account.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AccountFacts {
    /// Whom AWS writes to about security; null where nobody is registered.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    security_contact: Fact<Option<Contact>>,
    /// Whom AWS writes to about invoices and payments.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    billing_contact: Fact<Option<Contact>>,
    /// Whom AWS writes to about maintenance and interruptions.
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    operations_contact: Fact<Option<Contact>>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
struct Contact {
    /// `SECURITY`, `BILLING` or `OPERATIONS`.
    alternate_contact_type: String,
    has_email_address: bool,
    has_phone_number: bool,
}

/// The call behind the facts, one for each contact.
pub(super) const GET_ALTERNATE_CONTACT: Operation = Operation {
    service: "account",
    name: "GetAlternateContact",
    iam_actions: &["account:GetAlternateContact"],
    yields: &[Yield::Facts("AWS::Account", &["SecurityContact", "BillingContact", "OperationsContact"])],
};

/// Reads whether the account has its three contacts.
pub(super) async fn read(site: Site) {
    let config = aws_sdk_account::config::Builder::from(&site.config()).interceptor(site.interceptor()).build();
    let client = aws_sdk_account::Client::from_conf(config);
    let account = site.account();
    let read = |of: AlternateContactType| {
        let (client, account) = (&client, &account);
        async move {
            let call = || client.get_alternate_contact().alternate_contact_type(of.clone()).send();
            let missing = &["ResourceNotFoundException"];
            account
                .fact(&GET_ALTERNATE_CONTACT, missing, call, |output| {
                    Ok(output.and_then(|output| output.alternate_contact).map(|found| contact(&found, &of)))
                })
                .await
        }
    };
    let (security_contact, billing_contact, operations_contact) = tokio::join!(
        read(AlternateContactType::Security),
        read(AlternateContactType::Billing),
        read(AlternateContactType::Operations),
    );
    account.emit(None, &AccountFacts { security_contact, billing_contact, operations_contact });
}

fn contact(contact: &AlternateContact, asked_for: &AlternateContactType) -> Contact {
    let is_there = |text: Option<&str>| text.is_some_and(|text| !text.trim().is_empty());
    let kind = contact.alternate_contact_type().unwrap_or(asked_for);
    Contact {
        alternate_contact_type: kind.as_str().to_owned(),
        has_email_address: is_there(contact.email_address()),
        has_phone_number: is_there(contact.phone_number()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_personal_is_kept() {
        let person = AlternateContact::builder()
            .name("Somebody")
            .title("Head of incidents")
            .email_address("incidents@example.com")
            .phone_number(" ")
            .alternate_contact_type(AlternateContactType::Security)
            .build();
        let security_contact = Fact::Known(Some(contact(&person, &AlternateContactType::Security)));
        let facts = AccountFacts { security_contact, ..AccountFacts::default() };
        let kept = serde_json::to_value(facts).unwrap();
        let expected = serde_json::json!({"SecurityContact": {
            "AlternateContactType": "SECURITY", "HasEmailAddress": true, "HasPhoneNumber": false}});
        assert_eq!(kept, expected);
    }
}
