//! AWS Identity and Access Management: who may sign in, with what, and what they may do.
//!
//! Users, groups, roles and policies come with their documents from one call, `GetAccountAuthorizationDetails`, asked
//! once for each sort so that the lists are read side by side and one that fails does not spoil the others. Facts about
//! passwords come from the credential report, which AWS renews every four hours at most: a user who is newer than the
//! report has no such facts, and a gap says so.
//!
//! What it cannot see: permissions that an organization's policies take away again, people behind a federation, and MFA
//! that an identity provider demands.

mod access;
mod account;
mod credentials;
mod effective;
mod facts;
mod ownership;
mod policies;
mod principals;
mod providers;
mod report;

use std::sync::Arc;

use serde_json::{Value, json};

pub(super) use account::AccountFacts;
use effective::OfGroups;
use facts::{Group, InlinePolicy, ManagedPolicy, Role, ServerCertificate, User};
use policies::Attachments;

use super::{Collector, Work};
use crate::aws::told::Given;
use crate::aws::wire::{Object, object};
use crate::aws::{Operation, ServiceReader, Session, Site, Yield};
use crate::model::{Kind, LAST_ACCESSED, Scope};

const ACCOUNT: &str = "AWS::Account";
const USER: &str = "AWS::IAM::User";
const GROUP: &str = "AWS::IAM::Group";
const ROLE: &str = "AWS::IAM::Role";
const MANAGED_POLICY: &str = "AWS::IAM::ManagedPolicy";
const INLINE_POLICY: &str = "AWS::IAM::Policy";
const SERVER_CERTIFICATE: &str = "AWS::IAM::ServerCertificate";

/// The error code by which IAM says that a thing does not exist.
const NO_SUCH_ENTITY: &str = "NoSuchEntity";

const fn operation(name: &'static str, iam_actions: &'static [&'static str], yields: &'static [Yield]) -> Operation {
    Operation { service: "iam", name, iam_actions, yields }
}

const fn details(yields: &'static [Yield]) -> Operation {
    operation("GetAccountAuthorizationDetails", &["iam:GetAccountAuthorizationDetails"], yields)
}

const DETAILS_OF_USERS: Operation = details(&[
    Yield::Population(USER),
    Yield::Population(INLINE_POLICY),
    Yield::Population(LAST_ACCESSED),
    Yield::Facts(LAST_ACCESSED, access::OF_ALL),
    Yield::Facts(USER, &["EffectivePolicies"]),
    Yield::Facts(GROUP, &["Users"]),
    Yield::Facts(MANAGED_POLICY, &["Users"]),
]);
const DETAILS_OF_GROUPS: Operation = details(&[
    Yield::Population(GROUP),
    Yield::Population(INLINE_POLICY),
    Yield::Facts(USER, &["EffectivePolicies"]),
    Yield::Facts(MANAGED_POLICY, &["Groups"]),
]);
const DETAILS_OF_ROLES: Operation = details(&[
    Yield::Population(ROLE),
    Yield::Population(INLINE_POLICY),
    Yield::Population(LAST_ACCESSED),
    Yield::Facts(LAST_ACCESSED, access::OF_ALL),
    Yield::Facts(ROLE, &["EffectivePolicies"]),
    Yield::Facts(MANAGED_POLICY, &["Roles"]),
]);
const DETAILS_OF_POLICIES: Operation = details(&[Yield::Population(MANAGED_POLICY)]);
const LIST_ROLES: Operation = operation("ListRoles", &["iam:ListRoles"], &[Yield::Facts(ROLE, Role::DURATION)]);
const LIST_POLICY_TAGS: Operation =
    operation("ListPolicyTags", &["iam:ListPolicyTags"], &[Yield::Facts(MANAGED_POLICY, ManagedPolicy::TAGS)]);
const LIST_SERVER_CERTIFICATES: Operation =
    operation("ListServerCertificates", &["iam:ListServerCertificates"], &[Yield::Population(SERVER_CERTIFICATE)]);
const LIST_SERVER_CERTIFICATE_TAGS: Operation = operation(
    "ListServerCertificateTags",
    &["iam:ListServerCertificateTags"],
    &[Yield::Facts(SERVER_CERTIFICATE, ServerCertificate::TAGS)],
);

/// The collector of AWS IAM.
pub struct Iam;

impl Collector for Iam {
    fn kinds(&self) -> Vec<Kind> {
        vec![
            Kind::of::<User>(USER, "iam", Scope::Account),
            Kind::of::<Group>(GROUP, "iam", Scope::Account),
            Kind::of::<Role>(ROLE, "iam", Scope::Account),
            Kind::of::<ManagedPolicy>(MANAGED_POLICY, "iam", Scope::Account),
            Kind::of::<InlinePolicy>(INLINE_POLICY, "iam", Scope::Account),
            Kind::of::<ServerCertificate>(SERVER_CERTIFICATE, "iam", Scope::Account),
            Kind::of::<credentials::ServiceCredential>(credentials::SERVICE_CREDENTIAL, "iam", Scope::Account),
            Kind::of::<providers::SamlProvider>(providers::SAML_PROVIDER, "iam", Scope::Account),
            Kind::of::<providers::OidcProvider>(providers::OIDC_PROVIDER, "iam", Scope::Account),
            Kind::of::<access::ServiceLastAccessed>(LAST_ACCESSED, "iam", Scope::Account),
        ]
    }

    fn operations(&self) -> &'static [&'static Operation] {
        &[
            &DETAILS_OF_USERS,
            &DETAILS_OF_GROUPS,
            &DETAILS_OF_ROLES,
            &DETAILS_OF_POLICIES,
            &LIST_ROLES,
            &LIST_POLICY_TAGS,
            &LIST_SERVER_CERTIFICATES,
            &LIST_SERVER_CERTIFICATE_TAGS,
            &providers::LIST_SAML_PROVIDERS,
            &providers::GET_SAML_PROVIDER,
            &providers::LIST_OPEN_ID_CONNECT_PROVIDERS,
            &providers::GET_OPEN_ID_CONNECT_PROVIDER,
            &account::LIST_ORGANIZATIONS_FEATURES,
            &account::GET_OUTBOUND_WEB_IDENTITY_FEDERATION_INFO,
            &principals::LIST_MFA_DEVICES,
            &principals::LIST_ACCESS_KEYS,
            &principals::LIST_SSH_PUBLIC_KEYS,
            &credentials::LIST_SERVICE_SPECIFIC_CREDENTIALS,
            &account::GET_ACCOUNT_SUMMARY,
            &account::GET_ACCOUNT_PASSWORD_POLICY,
            &account::LIST_VIRTUAL_MFA_DEVICES,
            &report::GENERATE_CREDENTIAL_REPORT,
            &report::GET_CREDENTIAL_REPORT,
            &access::GENERATE_SERVICE_LAST_ACCESSED_DETAILS,
            &access::GET_SERVICE_LAST_ACCESSED_DETAILS,
        ]
    }

    fn collect(&self, session: Arc<Session>) -> Work {
        Box::pin(async move {
            let reader = Arc::new(Reader::new(session.global()));
            let (report, users, account, (), (), ()) = tokio::join!(
                report::fetch(&reader),
                read_principals(&reader),
                account::read(&reader),
                read_server_certificates(&reader),
                credentials::read(&reader),
                providers::read(&reader),
            );
            principals::emit_users(users, report.as_ref());
            account::emit(&reader, account, report.as_ref());
        })
    }
}

/// The service, and where its answers belong.
#[derive(Debug)]
struct Reader {
    service: ServiceReader,
    site: Site,
}

impl Reader {
    fn new(site: Site) -> Self {
        Self { service: ServiceReader::new(site.clone(), "iam"), site }
    }

    fn wants(&self, kind: &str) -> bool {
        self.site.plan().wants_kind(kind)
    }
}

/// What `GetAccountAuthorizationDetails` tells of one sort of entity.
struct Entities {
    items: Vec<Value>,
    complete: bool,
}

impl Entities {
    fn iter(&self) -> impl Iterator<Item = Given<'_>> {
        self.items.iter().map(Given)
    }
}

async fn entities(reader: &Reader, operation: &'static Operation, sorts: &[&str], list: &str) -> Entities {
    let input: Object = object([("Filter", json!(sorts)), ("MaxItems", json!(1000))]);
    let listing = reader.service.pages(operation, None, input).await;
    let items = listing.items.iter().flat_map(|page| Given(page).list(list)).map(|item| item.0.clone()).collect();
    Entities { items, complete: listing.complete }
}

/// Reads users, groups, roles and policies. Users are handed back, for they still lack what the credential report says.
async fn read_principals(reader: &Arc<Reader>) -> Vec<principals::ReadUser> {
    let (users, groups, roles, policies, durations) = tokio::join!(
        entities(reader, &DETAILS_OF_USERS, &["User"], "UserDetailList"),
        entities(reader, &DETAILS_OF_GROUPS, &["Group"], "GroupDetailList"),
        entities(reader, &DETAILS_OF_ROLES, &["Role"], "RoleDetailList"),
        entities(reader, &DETAILS_OF_POLICIES, &["LocalManagedPolicy", "AWSManagedPolicy"], "Policies"),
        principals::session_durations(reader),
    );
    let attachments = Attachments::of(&users, &groups, &roles);
    let of_groups = OfGroups::of(&groups);
    principals::emit_groups(reader, &groups, &users);
    principals::emit_roles(reader, &roles, &durations);
    policies::emit_inline(reader, &users, &groups, &roles);
    let asked = access::Principals::of(reader, &users, &roles);
    let (users, (), ()) = tokio::join!(
        principals::read_users(reader, users.items, of_groups),
        policies::read_managed(reader, policies.items, &attachments),
        access::read(reader, asked),
    );
    users
}

async fn read_server_certificates(reader: &Arc<Reader>) {
    let listing = reader.service.pages(&LIST_SERVER_CERTIFICATES, None, Object::new()).await;
    let certificates = listing.items.iter().flat_map(|page| Given(page).list("ServerCertificateMetadataList"));
    let certificates: Vec<Value> = certificates.map(|certificate| certificate.0.clone()).collect();
    let session = reader.site.session();
    session.each(certificates, |certificate| read_server_certificate(Arc::clone(reader), certificate)).await;
}

async fn read_server_certificate(reader: Arc<Reader>, listed: Value) {
    let listed = Given(&listed);
    let (list, id) = (&LIST_SERVER_CERTIFICATES, ("ServerCertificateName", listed.text("ServerCertificateName")));
    let Some(certificate) = reader.site.listed(SERVER_CERTIFICATE, list, id, &[NO_SUCH_ENTITY]) else { return };
    let mut facts = ServerCertificate::default();
    certificate.lacks(list, facts.list(listed));
    let input = object([("ServerCertificateName", certificate.id())]);
    facts.Tags = reader.service.whole(&certificate, &LIST_SERVER_CERTIFICATE_TAGS, input, "Tags").await;
    certificate.emit(listed.text("Arn").map(str::to_owned), &facts);
}
