//! Issuers of OpenID Connect tokens that sign for everybody who comes, and the claims that tell for whom a token is.
//!
//! An issuer of one's own (a tenant of an identity service, a cluster, one's own GitLab) is told from a shared one by
//! its address. AWS keeps a list of the shared ones. It refuses a new trust policy that does not look at the claim of
//! that list, and leaves older roles as they are. An issuer that is not on the list signs for one organization. Each
//! issuer writes the owner into a claim in its own form. Where that form is not known, only a value without wildcards
//! counts.
//!
//! Sources: <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_oidc_secure-by-default.html> (the
//! list, and which claim of each), as of 2026-11; the issuers' pages on AWS for the forms of subjects:
//! <https://docs.github.com/en/actions/reference/security/oidc>, <https://docs.gitlab.com/ci/cloud_services/aws/>,
//! <https://developer.hashicorp.com/terraform/cloud-docs/workspaces/dynamic-provider-credentials/aws-configuration>,
//! <https://buildkite.com/docs/pipelines/security/oidc/aws>,
//! <https://codefresh.io/docs/docs/integrations/oidc-pipelines/>, <https://vercel.com/docs/oidc/reference>,
//! <https://www.pulumi.com/docs/pulumi-cloud/access-management/oidc/provider/aws/>.

use super::document::is_fixed;
use super::glob::Glob;
use crate::model::Truth;

/// The way in which a claim tells for whom a token is.
#[derive(Debug, Clone, Copy)]
enum ClaimForm {
    /// The claim begins with one of these, and the owner's name ends with the mark.
    Owner(&'static [(&'static str, char)]),
    /// The claim tells it as a whole: a pattern may mean others, too.
    Whole,
    /// The claim tells it as a whole; the meaning of a pattern is not known.
    Own,
    /// The claim does not tell it by itself: it tells what runs, not for whom.
    Unclear,
}

/// The claims of a shared issuer; one of them that tells the owner is enough.
struct SharedIssuer {
    issuer: &'static str,
    claims: &'static [(&'static str, ClaimForm)],
}

const GITHUB_SUBJECTS: &[(&str, char)] = &[
    ("repo:", '/'),
    ("repository:", '/'),
    ("repository_owner:", ':'),
    ("repository_owner_id:", ':'),
    ("repository_id:", ':'),
    ("enterprise:", ':'),
    ("enterprise_id:", ':'),
];

const BY_SUBJECT: &[(&str, ClaimForm)] = &[("sub", ClaimForm::Own)];
const BY_AUDIENCE: &[(&str, ClaimForm)] = &[("aud", ClaimForm::Whole)];

const SHARED: &[SharedIssuer] = &[
    SharedIssuer {
        issuer: "token.actions.githubusercontent.com",
        claims: &[
            ("sub", ClaimForm::Owner(GITHUB_SUBJECTS)),
            ("repository", ClaimForm::Owner(&[("", '/')])),
            ("repository_id", ClaimForm::Whole),
            ("repository_owner_id", ClaimForm::Whole),
            ("enterprise_id", ClaimForm::Whole),
            // Anybody's repository may call a workflow that is public.
            ("job_workflow_ref", ClaimForm::Unclear),
        ],
    },
    SharedIssuer { issuer: "gitlab.com", claims: &[("sub", ClaimForm::Owner(&[("project_path:", '/')]))] },
    SharedIssuer { issuer: "app.terraform.io", claims: &[("sub", ClaimForm::Owner(&[("organization:", ':')]))] },
    SharedIssuer { issuer: "agent.buildkite.com", claims: &[("sub", ClaimForm::Owner(&[("organization:", ':')]))] },
    SharedIssuer { issuer: "oidc.codefresh.io", claims: &[("sub", ClaimForm::Owner(&[("account:", ':')]))] },
    SharedIssuer { issuer: "scalr.io", claims: &[("sub", ClaimForm::Owner(&[("account:", ':')]))] },
    SharedIssuer {
        issuer: "oidc.vercel.com",
        claims: &[("aud", ClaimForm::Whole), ("sub", ClaimForm::Owner(&[("owner:", ':')]))],
    },
    SharedIssuer {
        issuer: "api.pulumi.com/oidc",
        claims: &[
            ("aud", ClaimForm::Whole),
            ("sub", ClaimForm::Owner(&[("pulumi:deploy:org:", ':'), ("pulumi:environments:org:", ':')])),
        ],
    },
    SharedIssuer { issuer: "sandboxes.cloud", claims: BY_AUDIENCE },
    SharedIssuer { issuer: "vstoken.actions.githubusercontent.com", claims: BY_SUBJECT },
    SharedIssuer { issuer: "oidc-configuration.audit-log.githubusercontent.com", claims: BY_SUBJECT },
    SharedIssuer { issuer: "studio.datachain.ai/api", claims: BY_SUBJECT },
    SharedIssuer { issuer: "tokens.cloud.shisho.dev", claims: BY_SUBJECT },
    SharedIssuer { issuer: "proidc.upbound.io", claims: BY_SUBJECT },
    SharedIssuer { issuer: "oidc.op1.openshiftapps.com/2f785sojlpb85i7402pk3qogugim5nfb", claims: BY_SUBJECT },
    SharedIssuer {
        issuer: "sts.windows.net/33e01921-4d64-4f8c-a055-5bdaffd5e33d",
        claims: &[("sts:rolesessionname", ClaimForm::Whole)],
    },
];

/// The customers that an issuer signs for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Issuer {
    /// Every customer of a service, such as GitHub; by the place in the list.
    Shared(usize),
    /// Everybody who signs up, for applications that anybody may register: Google, Facebook, Amazon, Cognito.
    People,
    /// Every workload of a Kubernetes cluster.
    Cluster,
    /// One organization.
    Private,
}

/// The claims that a trust policy must fix: each of them for people who sign in, and one for all others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Demand {
    Owner,
    Audience,
    Subject,
    /// The name of the pods' service account beside their namespace.
    ServiceAccount,
}

impl Issuer {
    /// By its address without `https://`, in lower case.
    pub(super) fn of(address: &str) -> Self {
        if let Some(at) = SHARED.iter().position(|shared| shared.issuer == address) {
            return Self::Shared(at);
        }
        match address {
            "accounts.google.com" | "graph.facebook.com" | "www.amazon.com" | "cognito-identity.amazonaws.com" => {
                Self::People
            }
            address if address.starts_with("oidc.eks.") => Self::Cluster,
            _ => Self::Private,
        }
    }

    pub(super) fn demands(self) -> &'static [Demand] {
        match self {
            Self::People => &[Demand::Audience, Demand::Subject],
            Self::Shared(_) => &[Demand::Owner],
            Self::Cluster | Self::Private => &[Demand::Subject],
        }
    }

    /// Does a condition on the claim, with this written value, fix what is demanded? `None` means that the claim says
    /// nothing of it.
    pub(super) fn fixes(self, demand: Demand, claim: &str, written: &str, is_pattern: bool) -> Option<Truth> {
        let form = match (self, demand) {
            (_, Demand::ServiceAccount) => return (claim == "sub").then(|| Truth::from(is_fixed(written))),
            (Self::Shared(at), _) => SHARED.get(at)?.claims.iter().find(|(own, _)| *own == claim)?.1,
            (_, Demand::Audience) => ["aud", "oaud", "app_id"].contains(&claim).then_some(ClaimForm::Whole)?,
            (_, _) if ["aud", "oaud", "app_id", "sts:rolesessionname"].contains(&claim) => return None,
            (_, _) if claim == "amr" => {
                return Some(Truth::from(written != "unauthenticated" && is_fixed(written)));
            }
            (Self::People, _) => ClaimForm::Whole,
            (Self::Cluster | Self::Private, _) if written.starts_with(SERVICE_ACCOUNT) || self == Self::Cluster => {
                return Some(Truth::from(names_namespace(written, is_pattern)));
            }
            (Self::Cluster | Self::Private, _) => return Some(names_something(written, is_pattern)),
        };
        if is_fixed(written) {
            return Some(if matches!(form, ClaimForm::Unclear) { Truth::Unknown } else { Truth::True });
        }
        if !is_pattern || written.contains("${") {
            return Some(Truth::False);
        }
        let pattern = Glob::new(written);
        let prefix = pattern.literal_prefix();
        Some(match form {
            ClaimForm::Owner(forms) => Truth::from(forms.iter().any(|(start, end)| {
                let owner = prefix.strip_prefix(start).and_then(|rest| rest.split_once(*end));
                owner.is_some_and(|(owner, _)| !owner.is_empty())
            })),
            ClaimForm::Whole => Truth::False,
            ClaimForm::Own | ClaimForm::Unclear if prefix.chars().any(char::is_alphanumeric) => Truth::Unknown,
            ClaimForm::Own | ClaimForm::Unclear => Truth::False,
        })
    }

    /// The words for the tokens that get in where nothing is fixed, to follow "with a token".
    pub(super) fn whose(self, demand: Demand) -> &'static str {
        match (self, demand) {
            (Self::Shared(_), _) => "of any customer of the provider",
            (_, Demand::ServiceAccount) => "of any service account of the namespace",
            (Self::Cluster, _) => "of pods in any namespace of the cluster",
            (_, Demand::Audience) => "for any audience",
            _ => "of any subject",
        }
    }
}

const SERVICE_ACCOUNT: &str = "system:serviceaccount:";

/// `system:serviceaccount:NAMESPACE:NAME`: is the namespace fixed?
fn names_namespace(written: &str, is_pattern: bool) -> bool {
    let Some(rest) = written.strip_prefix(SERVICE_ACCOUNT) else { return is_fixed(written) };
    let (namespace, name) = rest.split_once(':').unwrap_or((rest, ""));
    is_fixed(namespace) && !name.is_empty() && (is_pattern || is_fixed(name)) && !name.contains("${")
}

/// A label with a wildcard behind it, such as `account:*`, may mean everyone, and whether it does is not known.
fn names_something(written: &str, is_pattern: bool) -> Truth {
    if is_fixed(written) {
        return Truth::True;
    }
    if !is_pattern || written.contains("${") {
        return Truth::False;
    }
    let pattern = Glob::new(written);
    let prefix = pattern.literal_prefix();
    let is_mark = |c: char| matches!(c, ':' | '/' | '=' | '|');
    let words = prefix.split(is_mark).filter(|word| word.chars().any(char::is_alphanumeric)).count();
    match (words, prefix.ends_with(is_mark)) {
        (0, _) => Truth::False,
        (1, true) => Truth::Unknown,
        _ => Truth::True,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Says whether a pattern for the subject fixes for whom the tokens are.
    fn by_subject(address: &str, written: &str) -> Truth {
        let issuer = Issuer::of(address);
        let demand = *issuer.demands().last().unwrap();
        issuer.fixes(demand, "sub", written, true).unwrap_or(Truth::False)
    }

    #[test]
    fn each_shared_issuer_is_there_once_and_knows_its_claims() {
        for (at, shared) in SHARED.iter().enumerate() {
            assert_eq!(Issuer::of(shared.issuer), Issuer::Shared(at), "{}", shared.issuer);
            assert!(!shared.claims.is_empty() && shared.issuer == shared.issuer.to_ascii_lowercase());
            for (claim, _) in shared.claims {
                let by_anything = Issuer::Shared(at).fixes(Demand::Owner, claim, "*", true);
                assert_eq!(by_anything, Some(Truth::False), "{} {claim}", shared.issuer);
            }
        }
    }

    #[test]
    fn labels_that_every_customer_has_name_nobody() {
        for (address, label, owner) in [
            ("agent.buildkite.com", "organization:*", "organization:example:*"),
            ("oidc.codefresh.io", "account:*", "account:64f884124092751aad5b1c2d:*"),
            ("oidc.vercel.com", "owner:*:project:*", "owner:example:project:*"),
            ("app.terraform.io", "organization:ex*", "organization:example:project:*"),
            ("gitlab.com", "project_path:*", "project_path:example/*"),
            ("token.actions.githubusercontent.com", "repository_owner_id:*", "repository_owner_id:42:repository_id:*"),
            ("api.pulumi.com/oidc", "pulumi:deploy:org:*", "pulumi:deploy:org:example:*"),
        ] {
            assert_eq!(by_subject(address, label), Truth::False, "{address} {label}");
            assert_eq!(by_subject(address, owner), Truth::True, "{address} {owner}");
        }
        assert_eq!(by_subject("tokens.cloud.shisho.dev", "job:*"), Truth::Unknown);
        assert_eq!(by_subject("issuer.example.com", "account:*"), Truth::Unknown);
        assert_eq!(by_subject("issuer.example.com", "account:7:*"), Truth::True);
        assert_eq!(by_subject("issuer.example.com", "*"), Truth::False);
    }

    #[test]
    fn a_namespace_is_what_ties_pods() {
        let cluster = "oidc.eks.us-east-1.amazonaws.com/id/abcdef0123456789";
        for (subject, expected) in [
            ("system:serviceaccount:payments:app", Truth::True),
            ("system:serviceaccount:payments:*", Truth::True),
            ("system:serviceaccount:*:*", Truth::False),
            ("system:serviceaccount:*:app", Truth::False),
            ("system:serviceaccount:pay*", Truth::False),
            ("*", Truth::False),
        ] {
            assert_eq!(by_subject(cluster, subject), expected, "{subject}");
        }
    }
}
