//! Is a request that the engine gives as an example really one?

use super::evaluate::{Caller, Document, Element, Reading, Request};
use super::questions::Question;
use super::universe::{CALLER_KEYS, Goal, account_of, caller_part, can_be};
use crate::model::Truth::{False, True};
use crate::model::Witness;

/// Without a question, only whether the request gets through.
pub fn judge(document: &Document, question: Option<&(Question, Goal)>, witness: &Witness) -> Result<(), String> {
    let request = request(document, witness)?;
    if !can_be(&request.context) {
        return Err("its keys cannot be together".into());
    }
    let holds = |reading: Reading| {
        let decision = document.decide(&request, reading);
        let (meant, through) = match question {
            Some((question, goal)) => {
                let through = match goal {
                    Goal::Allowed => decision.allowed,
                    Goal::NotDenied => super::evaluate::not(decision.denied),
                    Goal::Never => False,
                };
                ((question.meant)(&request, reading), through)
            }
            None => (True, decision.allowed),
        };
        if witness.certain { (meant == True, through == True) } else { (meant != False, through != False) }
    };
    let readings = [holds(Reading::Wide), holds(Reading::Narrow)];
    if readings.contains(&(true, true)) {
        return Ok(());
    }
    Err(if readings.iter().any(|(meant, _)| *meant) { "it does not get through" } else { "it is not of the kind" }
        .into())
}

fn request(document: &Document, witness: &Witness) -> Result<Request, String> {
    let caller = caller_named(document, &witness.principal);
    let mut context = witness.context.clone();
    for key in
        document.conditions().map(|(_, key, _)| key.to_owned()).chain(document.elements().flat_map(Element::variables))
    {
        if !context.contains_key(&key) {
            return Err(format!("it does not say whether it has {key}"));
        }
    }
    let path = context.get("aws:principalorgpaths").and_then(|values| values.first()).cloned();
    let id = context.get("aws:principalorgid").and_then(|values| values.first()).map(|id| format!("{id}/"));
    let part = caller_part(caller.clone(), path.or(id).as_deref());
    for key in CALLER_KEYS {
        if let Some(values) = context.get(key)
            && !matches!(key, "aws:principalorgpaths")
            && values != &part.context[key]
        {
            return Err(format!("{key} is not what the caller has"));
        }
    }
    for (key, values) in part.context {
        context.entry(key).or_insert(values);
    }
    let of_object = witness.resource.starts_with("arn:aws:s3:") && witness.resource.ends_with('/');
    if of_object || (witness.resource.starts_with("arn:") && account_of(&witness.resource).contains('*')) {
        return Err("its resource is none".into());
    }
    Ok(Request {
        caller: Some(caller),
        action: Some(witness.action.clone()),
        resource: Some(witness.resource.clone()),
        context,
    })
}

/// Who is meant by the name, in the light of how the document uses it.
pub fn caller_named(document: &Document, name: &str) -> Caller {
    let named_as = |wanted: &str| {
        document.elements().any(|element| match element {
            Element::Principal { names, .. } => names.iter().any(|(kind, one)| kind == wanted && one == name),
            _ => false,
        })
    };
    if name == "anonymous" {
        Caller::Anonymous
    } else if name.contains("-provider/") || named_as("Federated") {
        Caller::Federated(name.into())
    } else if name.starts_with("arn:") {
        Caller::Aws(name.into())
    } else if named_as("CanonicalUser") || (name.len() == 64 && !name.contains('.')) {
        Caller::Canonical(name.into())
    } else if name.ends_with(".amazonaws.com") || named_as("Service") {
        Caller::Service(name.into())
    } else {
        Caller::Federated(name.into())
    }
}

/// A request that is one, and others that only look so.
#[test]
fn judges_requests() {
    use super::questions::{Access, strangers};
    use serde_json::json;
    let document = Document::read(&json!({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::records/*",
        "Condition": {"StringNotEquals": {"aws:SourceVpce": "vpce-a"}, "Bool": {"aws:PrincipalIsAWSService": "false"}}
    }}));
    let question = (strangers(&document, Access::Any), Goal::Allowed);
    let eve = "arn:aws:iam::121212121212:user/eve";
    let ask = |principal: &str, action: &str, context: &[(&str, &[&str])]| {
        let values = |values: &[&str]| values.iter().map(|&value| value.to_owned()).collect();
        let witness = Witness {
            text: String::new(),
            certain: true,
            principal: principal.into(),
            action: action.into(),
            resource: "arn:aws:s3:::records/x".into(),
            context: context.iter().map(|(key, list)| ((*key).to_owned(), values(list))).collect(),
            statements: Vec::new(),
        };
        judge(&document, Some(&question), &witness)
    };
    let (of_person, outside) = (("aws:principalisawsservice", &["false"][..]), ("aws:sourcevpce", &[][..]));
    assert_eq!(ask(eve, "s3:GetObject", &[of_person, outside]), Ok(()));
    for (principal, action, context) in [
        (eve, "s3:PutObject", &[of_person, outside][..]),
        (eve, "s3:GetObject", &[of_person]),
        (eve, "s3:GetObject", &[of_person, ("aws:sourcevpce", &["vpce-a"])]),
        (eve, "s3:GetObject", &[of_person, ("aws:sourcevpce", &["vpce-b"]), ("aws:sourceip", &["192.0.2.1"])]),
        ("anonymous", "s3:GetObject", &[of_person, outside]),
        ("logging.s3.amazonaws.com", "s3:GetObject", &[("aws:principalisawsservice", &["true"]), outside]),
    ] {
        assert!(ask(principal, action, context).is_err(), "{principal} {action} {context:?}");
    }
}
