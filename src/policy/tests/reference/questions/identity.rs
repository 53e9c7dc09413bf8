//! What the bearer of an identity policy may do. Some context in which he may is enough.

use super::*;

/// Is one of the actions allowed on one of the resources?
fn allowed(document: &Document, actions: &[&str], resources: &[String]) -> Option<Truth> {
    allowed_where(document, actions, resources, &|_| true)
}

/// The same, if the request is of some sort, key by key.
fn allowed_where(
    document: &Document,
    actions: &[&str],
    resources: &[String],
    counts: &dyn Fn(&Request) -> bool,
) -> Option<Truth> {
    let question = Question {
        actions: texts(actions),
        callers: vec![Caller::Aws("arn:aws:iam::111122223333:role/bearer".into())],
        resources: Box::new(|_, _| resources.to_vec()),
        callers_choose_actions: false,
        keys_of_caller: Vec::new(),
        open: false,
        meant: Box::new(|request, _| {
            let bearer = |caller: &Caller| matches!(caller, Caller::Aws(arn) if arn.ends_with(":role/bearer"));
            truth(request.caller.as_ref().is_none_or(bearer) && counts(request))
        }),
    };
    question.some(document, Goal::Allowed)
}

/// Does no condition pick the resource by its tag?
fn is_unpicked(document: &Document, request: &Request) -> bool {
    let tags = request.context.iter().filter(|(key, _)| key.starts_with("aws:resourcetag/"));
    tags.flat_map(|(key, values)| values.iter().map(move |value| (key, value))).all(|(key, value)| {
        !document.conditions().any(|(operator, own, listed)| {
            let picks = |pattern: &String| match (operator.contains("IgnoreCase"), operator.contains("Like")) {
                (true, _) => pattern.eq_ignore_ascii_case(value),
                (false, true) => like(pattern, value, None),
                (false, false) => pattern == value,
            };
            own == key && operator != "Null" && listed.iter().any(picks)
        })
    })
}

/// Can whoever has such a grant decrypt?
fn lets_decrypt(request: &Request) -> bool {
    let of_services = value(request, "kms:grantisforawsresource") == Some("true");
    let operations = request.context.get("kms:grantoperations");
    !of_services && operations.is_none_or(|own| own.iter().any(|one| one == "Decrypt" || one == "ReEncryptFrom"))
}

/// Resources of the service that no statement names, save by account and region.
fn unnamed(document: &Document, service: &str) -> Vec<String> {
    let mut partitions = vec!["aws"];
    if document.elements().any(|one| matches!(one, Element::Resource { patterns, .. } if patterns.iter().any(|own| own.starts_with("arn:aws-us-gov")))) {
        // An account is in one partition; the document says in which, if not in the usual one.
        partitions.push("aws-us-gov");
    }
    let kind = match service {
        "s3" => {
            let access_point = "s3:us-east-1:111122223333:accesspoint/unnamed";
            return in_partitions(&partitions, &["s3:::unnamed", "s3:::unnamed/x", access_point]);
        }
        "iam" => {
            return in_partitions(&partitions, &["iam::111122223333:role/unnamed", "iam::121212121212:user/unnamed"]);
        }
        "kms" => "key/",
        "cloudtrail" => "trail/",
        "ec2" => "instance/",
        _ => "thing/",
    };
    let mut resources = Vec::new();
    for region in ["us-east-1", "ap-south-1"] {
        for account in [OWN, FRESH] {
            for partition in &partitions {
                resources.push(format!("arn:{partition}:{service}:{region}:{account}:{kind}unnamed"));
            }
        }
    }
    resources
}

fn in_partitions(partitions: &[&str], resources: &[&str]) -> Vec<String> {
    let arns = |name: &&str| partitions.iter().map(|partition| format!("arn:{partition}:{name}")).collect::<Vec<_>>();
    resources.iter().flat_map(arns).collect()
}

pub fn allows_admin(document: &Document) -> Option<Truth> {
    let everything = allowed(document, &["unnamed:Act"], &unnamed(document, "unnamed"))?;
    if everything == False {
        return Some(False);
    }
    let some = &["iam:PutRolePolicy", "iam:AttachRolePolicy", "iam:CreatePolicyVersion"];
    let more = &[
        "iam:SetDefaultPolicyVersion",
        "iam:AttachUserPolicy",
        "iam:AttachGroupPolicy",
        "iam:PutUserPolicy",
        "iam:PutGroupPolicy",
        "iam:AddUserToGroup",
        "iam:UpdateAssumeRolePolicy",
        "iam:DeleteUserPermissionsBoundary",
        "iam:DeleteRolePermissionsBoundary",
    ];
    let certain = allowed(document, some, &unnamed(document, "iam"))?;
    // The rules name some of the actions and leave the others to the reader.
    let with_others = any([certain, allowed(document, more, &unnamed(document, "iam"))?]);
    let (narrow, wide) = (all([everything, certain]), all([everything, with_others]));
    (narrow == wide).then_some(wide)
}

pub fn allows_service_wildcard(document: &Document) -> Option<Truth> {
    let services = ["s3", "ec2", "iam", "kms", "cloudtrail", "organizations", "unnamed"];
    let mut answers = Vec::new();
    for service in services {
        answers.push(allows_service_wildcard_of(document, service)?);
    }
    Some(any(answers))
}

/// One of the actions of KMS, or a grant that lets decrypt.
pub fn allows_on_all_resources(document: &Document, actions: &[&str]) -> Option<Truth> {
    let resources = unnamed(document, "kms");
    let plain = allowed_where(document, actions, &resources, &|request| is_unpicked(document, request))?;
    let grants = |request: &Request| is_unpicked(document, request) && lets_decrypt(request);
    Some(any([plain, allowed_where(document, &["kms:CreateGrant"], &resources, &grants)?]))
}

pub fn allows_service_wildcard_of(document: &Document, service: &str) -> Option<Truth> {
    let unpicked = |request: &Request| is_unpicked(document, request);
    // A key has aliases beside it, and the service may come to have more.
    let other = |from: &str, to: &str| unnamed(document, service).iter().map(|one| one.replace(from, to)).collect();
    let mut resources: Vec<String> = other(":key/", ":key/");
    resources.extend::<Vec<String>>(other(":key/", ":alias/"));
    resources.extend::<Vec<String>>(other(":key/", ":"));
    allowed_where(document, &[&format!("{service}:Qqq")], &resources, &unpicked)
}

/// Every action of CloudTrail that acts on resources, each on some resource of CloudTrail.
pub fn allows_whole_service(document: &Document) -> Option<Truth> {
    let mut resources = unnamed(document, "cloudtrail");
    resources.push("arn:aws:cloudtrail:us-east-1:111122223333:trail/t".into());
    let mut every = True;
    for (action, _) in listed("cloudtrail").into_iter().filter(|(_, kinds)| *kinds != "-") {
        every = all([every, allowed(document, &[&format!("cloudtrail:{action}")], &resources)?]);
        if every == False {
            break;
        }
    }
    Some(every)
}
