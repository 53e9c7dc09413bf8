//! The ways in which AWS fails, each in the shape that the service's protocol gives it.

use serde_json::json;

use crate::http::{Delivery, Reply, Request};
use crate::wire::{Call, Protocol};

/// What happens to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    Denied,
    /// Denied with the words of an organization's service control policy.
    DeniedByOrganization,
    Throttled,
    ServerError,
    /// No answer until the client gives up.
    Hang,
    /// The connection closes in the middle of the answer.
    CutShort,
    /// A whole answer of the promised length, whose XML or JSON ends in the middle.
    Garbled,
    /// The same, with so many tenths of the answer.
    Tenths(u8),
    /// A whole answer, of another sort than the operation's.
    WrongRoot,
    /// The first page is answered, every later one is denied.
    LaterPageDenied,
    /// Every page is the first one, so that the list never ends.
    TokenRepeated,
}

impl Fault {
    /// The classes that a gap may say for it, as they are written in reports.
    pub fn gap_classes(self) -> &'static [&'static str] {
        match self {
            Fault::Denied | Fault::LaterPageDenied => &["denied"],
            Fault::DeniedByOrganization => &["denied_by_organization"],
            Fault::Throttled => &["throttled"],
            Fault::ServerError => &["server_error"],
            Fault::Hang => &["timeout"],
            // A connection that breaks is told apart from an endpoint that is not there only by luck.
            Fault::CutShort => &["malformed", "unreachable"],
            Fault::Garbled | Fault::TokenRepeated => &["malformed"],
            // Of an error that cannot be read its status is all that is known.
            Fault::Tenths(_) | Fault::WrongRoot => &["malformed", "refused"],
        }
    }

    /// Whether it is about the pages of a list.
    pub fn is_of_pages(self) -> bool {
        matches!(self, Fault::LaterPageDenied | Fault::TokenRepeated)
    }

    /// The answer under this fault; `answer` is the true one, or the first page where every page is to be that.
    pub fn apply(self, call: &Call, request: &Request, answer: impl FnOnce() -> Reply) -> Reply {
        match self {
            Fault::LaterPageDenied if !call.later_page => answer(),
            Fault::TokenRepeated => answer(),
            Fault::Denied | Fault::LaterPageDenied => {
                denied(call, "because no identity-based policy allows the action")
            }
            Fault::DeniedByOrganization => denied(call, "with an explicit deny in a service control policy"),
            Fault::Throttled => throttled(call),
            Fault::ServerError => error(call, 500, server_error_code(call), "We encountered an internal error."),
            Fault::Hang => answer().delivered(Delivery::Never),
            Fault::CutShort => whole_body(answer(), request).delivered(Delivery::CutShort),
            Fault::Garbled => cut(whole_body(answer(), request), 2, 3),
            Fault::Tenths(tenths) => cut(whole_body(answer(), request), tenths.into(), 10),
            Fault::WrongRoot => of_another_sort(whole_body(answer(), request)),
        }
    }
}

fn denied(call: &Call, reason: &str) -> Reply {
    let (status, code) = denial(call);
    let message = format!(
        "User: arn:aws:iam::123456789012:user/auditor is not authorized to perform: {}:{} {reason}",
        call.service, call.operation
    );
    error(call, status, code, &message)
}

/// A denial as older services word it: it does not say what was denied, so that whoever is denied must know.
pub fn denied_without_a_word(call: &Call) -> Reply {
    error(call, denial(call).0, denial(call).1, "Access Denied")
}

/// How the service says that something is denied: status and code.
fn denial(call: &Call) -> (u16, &'static str) {
    let code = match call.protocol {
        Protocol::RestXml | Protocol::Query => "AccessDenied",
        Protocol::Ec2 => "UnauthorizedOperation",
        Protocol::Json | Protocol::RestJson | Protocol::SmithyRpcV2Cbor => "AccessDeniedException",
    };
    (if call.protocol == Protocol::Json { 400 } else { 403 }, code)
}

fn throttled(call: &Call) -> Reply {
    match call.protocol {
        Protocol::RestXml => error(call, 503, "SlowDown", "Please reduce your request rate."),
        Protocol::Query => error(call, 400, "Throttling", "Rate exceeded"),
        Protocol::Ec2 => error(call, 503, "RequestLimitExceeded", "Request limit exceeded."),
        Protocol::Json => error(call, 400, "ThrottlingException", "Rate exceeded"),
        Protocol::RestJson | Protocol::SmithyRpcV2Cbor => error(call, 429, "TooManyRequestsException", "Rate exceeded"),
    }
}

fn server_error_code(call: &Call) -> &'static str {
    match call.protocol {
        Protocol::RestXml | Protocol::Ec2 => "InternalError",
        Protocol::Query => "InternalFailure",
        Protocol::Json => "InternalServiceException",
        Protocol::RestJson | Protocol::SmithyRpcV2Cbor => "InternalServerException",
    }
}

/// An error as the service of `call` writes it.
pub fn error(call: &Call, status: u16, code: &str, message: &str) -> Reply {
    const REQUEST_ID: &str = "4442587F-B7D0-A2F9-0000-000000000000";
    match call.protocol {
        // S3 alone writes the bare form.
        Protocol::RestXml if call.service == "s3" => {
            let body = format!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message>\
                 <RequestId>{REQUEST_ID}</RequestId><HostId>host</HostId></Error>"
            );
            Reply::new(status, "application/xml", body).with_header("x-amz-request-id", REQUEST_ID)
        }
        Protocol::RestXml | Protocol::Query => {
            let body = format!(
                "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>\
                 <RequestId>{REQUEST_ID}</RequestId></ErrorResponse>"
            );
            Reply::new(status, "text/xml", body).with_header("x-amzn-RequestId", REQUEST_ID)
        }
        Protocol::Ec2 => {
            let body = format!(
                "<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors>\
                 <RequestID>{REQUEST_ID}</RequestID></Response>"
            );
            Reply::new(status, "text/xml", body)
        }
        Protocol::Json => {
            let body = json!({"__type": code, "message": message}).to_string();
            Reply::new(status, "application/x-amz-json-1.1", body).with_header("x-amzn-RequestId", REQUEST_ID)
        }
        Protocol::RestJson => {
            let body = json!({"message": message}).to_string();
            Reply::new(status, "application/json", body)
                .with_header("x-amzn-ErrorType", code)
                .with_header("x-amzn-RequestId", REQUEST_ID)
        }
        Protocol::SmithyRpcV2Cbor => Reply::new(status, "application/cbor", cbor_error(code, message))
            .with_header("smithy-protocol", "rpc-v2-cbor")
            .with_header("x-amzn-RequestId", REQUEST_ID),
    }
}

/// `{"__type": code, "message": message}` in CBOR.
fn cbor_error(code: &str, message: &str) -> Vec<u8> {
    let mut out = vec![0xa2];
    for text in ["__type", code, "message", message] {
        out.push(0x79);
        out.extend_from_slice(&u16::try_from(text.len()).expect("short text").to_be_bytes());
        out.extend_from_slice(text.as_bytes());
    }
    out
}

/// The answer with something in its body that can be cut: an operation that answers with headers alone (`HeadBucket`)
/// has nothing to cut, and an empty 200 would be a true answer.
fn whole_body(mut reply: Reply, request: &Request) -> Reply {
    if reply.body.is_empty() && request.method != "HEAD" {
        reply.body = b"<Result></Result>".to_vec();
    }
    reply
}

fn cut(mut reply: Reply, part: usize, of: usize) -> Reply {
    reply.body.truncate(reply.body.len() * part / of);
    reply
}

/// XML with another root, JSON in a list.
fn of_another_sort(mut reply: Reply) -> Reply {
    let text = String::from_utf8(reply.body).expect("an answer in UTF-8");
    let start = text.find("<?").and_then(|_| text.find("?>")).map_or(0, |end| end + 2);
    let root = text[start..].trim_start().strip_prefix('<').map(|rest| {
        let end = rest.find([' ', '>', '/', '\n']).expect("a root's name ends");
        rest[..end].to_owned()
    });
    reply.body = match root {
        Some(root) => {
            let (before, after) = text.split_at(start);
            let after = after.replacen(&format!("<{root}"), "<SignInPage", 1);
            format!("{before}{}", after.replace(&format!("</{root}>"), "</SignInPage>"))
        }
        None => format!("[{text}]"),
    }
    .into_bytes();
    reply
}
