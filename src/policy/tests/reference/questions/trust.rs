//! Who assumes a role.

use super::public::is_stranger;
use super::*;

const ROLE: &str = "arn:aws:iam::111122223333:role/own";

fn assuming<'a>(meant: impl Fn(&Request, Reading) -> Truth + 'a) -> Question<'a> {
    Question {
        actions: texts(&["sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"]),
        callers: callers(),
        resources: Box::new(|_, _| texts(&[ROLE])),
        callers_choose_actions: true,
        keys_of_caller: Vec::new(),
        open: false,
        meant: Box::new(meant),
    }
}

fn everyone_who_assumes() -> Question<'static> {
    let mut question = assuming(|request, reading| truth(can_show_mfa(request, reading)));
    question.keys_of_caller = texts(&["aws:multifactorauthpresent", "aws:multifactorauthage"]);
    question.open = true;
    question
}

pub fn anyone(document: &Document) -> Question<'_> {
    assuming(|request, _| {
        // AWS STS answers signed requests only.
        let asks = !matches!(request.caller, Some(Caller::Federated(_) | Caller::Anonymous));
        all([truth(asks), is_stranger(document, request)])
    })
}

pub fn federated() -> Question<'static> {
    assuming(|request, _| truth(matches!(request.caller, None | Some(Caller::Federated(_)))))
}

pub fn openid_connect() -> Question<'static> {
    assuming(|request, _| truth(request.caller.as_ref().is_none_or(|caller| provider(caller).is_some())))
}

/// By AWS principals of unknown accounts, save those that the document names and binds to a fixed external id.
pub fn unknown_external<'a>(document: &'a Document, known: &'a Known<'a>) -> Question<'a> {
    let mut question = assuming(move |request, _| {
        let Some(caller) = &request.caller else { return True };
        let strange = matches!(caller, Caller::Aws(_));
        let Caller::Aws(arn) = caller else { return truth(strange) };
        let named = grants_name_account(document, account_of(arn));
        let bound = value(request, "sts:externalid").is_some_and(|id| fixed(document, "sts:externalid", id));
        all([truth(!(named && bound)), not(known.caller(caller, request))])
    });
    question.callers.retain(|caller| !matches!(caller, Caller::Aws(arn) if account_of(arn) == "cloudfront"));
    question.keys_of_caller.push("sts:externalid".into());
    question
}

fn grants_name_account(document: &Document, account: &str) -> bool {
    document.statements.iter().filter(|statement| !statement.deny).flat_map(|statement| &statement.elements).any(
        |element| match element {
            Element::Principal { not: false, names, .. } => {
                names.iter().any(|(kind, name)| kind == "AWS" && (name == account || account_of(name) == account))
            }
            _ => false,
        },
    )
}

pub fn without_mfa() -> Question<'static> {
    assuming(|request, _| truth(value(request, "aws:multifactorauthpresent") != Some("true")))
}

pub fn principals_without_mfa() -> Question<'static> {
    assuming(|request, _| {
        let vouched = matches!(request.caller, Some(Caller::Federated(_) | Caller::Anonymous));
        truth(!vouched && value(request, "aws:multifactorauthpresent") != Some("true"))
    })
}

/// Something is granted, and nothing without MFA.
pub fn requires_mfa(document: &Document) -> Option<Truth> {
    let granted = everyone_who_assumes().some(document, Goal::Allowed)?;
    Some(all([granted, not(without_mfa().some(document, Goal::Allowed)?)]))
}

/// Providers and services do not show MFA to AWS; whether the keys may be there nevertheless, the rules do not say.
fn can_show_mfa(request: &Request, reading: Reading) -> bool {
    let present = value(request, "aws:multifactorauthpresent") == Some("true");
    let signs_in = matches!(request.caller, None | Some(Caller::Aws(_)));
    reading == Reading::Wide || signs_in || !present
}

/// By tokens of OpenID Connect whose subject the document does not fix, or at a provider for everybody who signs in, whose
/// audience it does not fix.
pub fn unbound_tokens(document: &Document) -> Question<'_> {
    let mut question = assuming(move |request, _| {
        let Some(caller) = &request.caller else { return True };
        let Some(provider) = provider(caller) else { return False };
        let (audience, subject) = (format!("{provider}:aud"), format!("{provider}:sub"));
        let signs_in = ["accounts.google.com", "graph.facebook.com"].contains(&provider);
        let for_us = !signs_in || value(request, &audience).is_some_and(|value| fixed(document, &audience, value));
        let meant = value(request, &subject).is_some_and(|value| names_owner(document, &subject, value));
        truth(!(for_us && meant))
    });
    let keys: Vec<String> = document.conditions().map(|(_, key, _)| key.to_owned()).collect();
    question.keys_of_caller = keys.into_iter().filter(|key| key.ends_with(":aud") || key.ends_with(":sub")).collect();
    question
}

/// The host of an OpenID Connect provider.
fn provider(caller: &Caller) -> Option<&str> {
    let Caller::Federated(name) = caller else { return None };
    if name.starts_with("arn:") { Some(name.split_once(":oidc-provider/")?.1) } else { Some(name) }
}

/// Is the subject one that the document lists by a pattern that is fixed up to the owner's name, `repo:org/`?
fn names_owner(document: &Document, key: &str, subject: &str) -> bool {
    document.conditions().filter(|(operator, one, _)| *one == key && operator.contains("String")).any(
        |(_, _, listed)| {
            listed.iter().any(|pattern| {
                let before = pattern.split(['*', '?', '$']).next().unwrap();
                (before == pattern || before.contains('/')) && like(pattern, subject, None)
            })
        },
    )
}
