//! Principals and sources of known accounts and organizations.

use super::*;

pub struct Known<'a>(pub &'a [&'a str]);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Callers {
    All,
    AllButServices,
    Services,
}

/// Requests whose caller is unknown and whose source is unknown.
pub fn unknown_principals<'a>(document: &Document, known: &'a Known<'a>, kinds: Callers) -> Question<'a> {
    let mut actions = s3_actions();
    // The policy of a bucket grants nothing but what is done to it.
    if named_buckets(document).is_empty() {
        actions.push("unnamed:Act".into());
    }
    Question {
        actions,
        callers: callers(),
        resources: Box::new(bucket_resources),
        callers_choose_actions: false,
        keys_of_caller: Vec::new(),
        open: false,
        meant: Box::new(move |request, _| {
            let caller = request.caller.as_ref().map_or(True, |caller| {
                let service = matches!(caller, Caller::Service(_));
                let asked = kinds == Callers::All || service == (kinds == Callers::Services);
                all([truth(asked), not(known.caller(caller, request))])
            });
            all([caller, not(known.source(request))])
        }),
    }
}

impl Known<'_> {
    fn has(&self, id: &str) -> bool {
        self.0.contains(&id)
    }

    pub fn caller(&self, caller: &Caller, request: &Request) -> Truth {
        match caller {
            Caller::Aws(arn) => {
                let organization = value(request, "aws:principalorgid").is_some_and(|id| self.has(id));
                if account_of(arn) == "cloudfront" && !organization {
                    return Unknown;
                }
                truth(self.has(account_of(arn)) || organization)
            }
            Caller::Federated(name) => truth(self.has(account_of(name))),
            Caller::Canonical(_) => Unknown,
            Caller::Anonymous | Caller::Service(_) => False,
        }
    }

    fn source(&self, request: &Request) -> Truth {
        let account = |key: &str| value(request, key).is_some_and(|id| self.has(id));
        let path = |path: &str| self.has(path.split('/').next().unwrap());
        let sure = account("aws:sourceaccount")
            || account("aws:sourceowner")
            || account("aws:sourceorgid")
            || account("s3:dataaccesspointaccount")
            || value(request, "s3:dataaccesspointarn").is_some_and(|arn| self.has(account_of(arn)))
            || value(request, "aws:sourceorgpaths").is_some_and(path);
        any([truth(sure), self.source_arn(request)])
    }

    /// A bucket's ARN does not tell whose it is; that it has one owner, whatever else the request says, leaves it open.
    fn source_arn(&self, request: &Request) -> Truth {
        match value(request, "aws:sourcearn").map(account_of) {
            Some("") => Unknown,
            Some(account) => truth(self.has(account)),
            None => False,
        }
    }
}
