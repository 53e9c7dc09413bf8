//! Why a call gave no answer.

use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::http::Response;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::flaw::is_cut_off;
use crate::model::GapClass;

/// A call that gave no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Why.
    pub class: GapClass,
    /// AWS's error code, or ours where none came.
    pub code: String,
    /// AWS's words.
    pub message: String,
}

impl Failure {
    /// An answer that came but could not be understood.
    pub fn malformed(message: impl Into<String>) -> Self {
        Self { class: GapClass::Malformed, code: "MalformedAnswer".to_owned(), message: message.into() }
    }

    /// The time that was given to the scan ended before this was answered; `what` became of it.
    pub fn out_of_time(what: &str) -> Self {
        Self::new(GapClass::OutOfTime, "OutOfTime", format!("the time for reading had run out: {what}"))
    }

    /// Classifies an error of the SDK.
    pub fn of<E>(error: &SdkError<E, Response>) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        match error {
            SdkError::TimeoutError(_) => Self::new(GapClass::Timeout, "Timeout", in_full(error)),
            SdkError::DispatchFailure(failure) if failure.is_timeout() => {
                Self::new(GapClass::Timeout, "Timeout", in_full(error))
            }
            SdkError::DispatchFailure(failure) => {
                let message = in_full(error);
                if failure.is_io() || !message.to_ascii_lowercase().contains("credential") {
                    Self::new(GapClass::Unreachable, "Unreachable", message)
                } else {
                    Self::new(GapClass::Credentials, "CredentialsNotLoaded", message)
                }
            }
            SdkError::ResponseError(_) => Self::malformed(in_full(error)),
            SdkError::ServiceError(service) => {
                let status = service.raw().status().as_u16();
                let metadata = service.err().meta();
                // Without its code, an error that ends in the middle could be any: "not configured" as well as
                // "denied".
                if metadata.code().is_none() && service.raw().body().bytes().is_some_and(ends_early) {
                    return Self::malformed(format!("the error (HTTP status {status}) ends in the middle"));
                }
                Self::of_service(status, metadata.code(), metadata.message(), in_full(error))
            }
            _ => Self::new(GapClass::Refused, "RequestNotBuilt", in_full(error)),
        }
    }

    fn of_service(status: u16, code: Option<&str>, message: Option<&str>, in_full: String) -> Self {
        if (200..300).contains(&status) {
            return Self::malformed(in_full);
        }
        let text = message.unwrap_or_default();
        let class = class_of(status, code.unwrap_or_default(), text);
        let code = code.map_or_else(|| format!("Http{status}"), str::to_owned);
        let message = if text.is_empty() { format!("HTTP status {status}") } else { text.to_owned() };
        Self { class, code, message }
    }

    fn new(class: GapClass, code: &str, message: String) -> Self {
        Self { class, code: code.to_owned(), message }
    }
}

/// Whether the body begins as XML or JSON and ends before its document does.
fn ends_early(body: &[u8]) -> bool {
    let is_json = body.trim_ascii_start().starts_with(b"{");
    is_cut_off(body) || (is_json && serde_json::from_slice::<serde::de::IgnoredAny>(body).is_err())
}

/// Sorts AWS's error codes. The lists follow AWS's "Common error types" and each service's error page; the throttling
/// codes are those on which the SDKs retry.
fn class_of(status: u16, code: &str, message: &str) -> GapClass {
    let message = message.to_ascii_lowercase();
    match code {
        "AccessDenied"
        | "AccessDeniedException"
        | "AccessDeniedFault"
        | "UnauthorizedOperation"
        | "AuthorizationError"
        | "AuthorizationErrorException"
        | "NotAuthorized"
        | "UnauthorizedException"
        | "Forbidden"
        | "AllAccessDisabled" => {
            if ["service control policy", "resource control policy"].iter().any(|words| message.contains(words)) {
                GapClass::DeniedByOrganization
            } else {
                GapClass::Denied
            }
        }
        "ExpiredToken"
        | "ExpiredTokenException"
        | "RequestExpired"
        | "InvalidClientTokenId"
        | "UnrecognizedClientException"
        | "SignatureDoesNotMatch"
        | "InvalidSignatureException"
        | "InvalidAccessKeyId"
        | "AuthFailure"
        | "MissingAuthenticationToken"
        | "MissingAuthenticationTokenException"
        | "InvalidToken"
        | "TokenRefreshRequired"
        | "IncompleteSignature" => GapClass::Credentials,
        "OptInRequired" | "SubscriptionRequiredException" | "NotSignedUp" | "UnknownEndpoint" => {
            GapClass::ServiceUnavailable
        }
        "RegionDisabledException" | "RegionDisabled" | "InvalidRegionException" => GapClass::RegionDisabled,
        "Throttling"
        | "ThrottlingException"
        | "ThrottledException"
        | "RequestThrottled"
        | "RequestThrottledException"
        | "TooManyRequestsException"
        | "RequestLimitExceeded"
        | "BandwidthLimitExceeded"
        | "LimitExceededException"
        | "SlowDown"
        | "PriorRequestNotComplete"
        | "ProvisionedThroughputExceededException"
        | "TransactionInProgressException" => GapClass::Throttled,
        "RequestTimeout" | "RequestTimeoutException" => GapClass::Timeout,
        _ if status == 429 => GapClass::Throttled,
        _ if status >= 500 => GapClass::ServerError,
        _ if status == 403 => GapClass::Denied,
        _ if status == 401 => GapClass::Credentials,
        _ => GapClass::Refused,
    }
}

/// The error with its causes, each once.
fn in_full(error: &(dyn std::error::Error + 'static)) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let text = error.to_string();
        if parts.last() != Some(&text) {
            parts.push(text);
        }
        next = error.source();
    }
    parts.join(": ")
}

/// A failed call with the id of its request.
#[derive(Debug, Clone)]
pub struct CallFailure {
    /// Why.
    pub failure: Failure,
    /// AWS's id of the request, if one came back.
    pub request_id: Option<String>,
}

impl From<Failure> for CallFailure {
    /// A failure that no single request shows.
    fn from(failure: Failure) -> Self {
        Self { failure, request_id: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_sorted_into_classes() {
        let class = |status, code, message| Failure::of_service(status, Some(code), Some(message), String::new()).class;
        assert_eq!(class(403, "AccessDenied", "no"), GapClass::Denied);
        let scp = "not authorized with an explicit deny in a service control policy";
        assert_eq!(class(403, "AccessDenied", scp), GapClass::DeniedByOrganization);
        assert_eq!(class(400, "ThrottlingException", "Rate exceeded"), GapClass::Throttled);
        assert_eq!(class(503, "SlowDown", "reduce"), GapClass::Throttled);
        assert_eq!(class(500, "InternalError", ""), GapClass::ServerError);
        assert_eq!(class(400, "ExpiredToken", ""), GapClass::Credentials);
        assert_eq!(class(400, "ValidationError", ""), GapClass::Refused);
        assert_eq!(class(200, "Unhandled", ""), GapClass::Malformed);
    }

    #[test]
    fn an_error_that_ends_in_the_middle_is_told_from_a_whole_one() {
        for cut in ["{\"__type\": \"AccessDen", "<ErrorResponse><Error>", " {"] {
            assert!(ends_early(cut.as_bytes()), "{cut}");
        }
        for whole in ["", "{}", "{\"message\": \"no\"}", "<Error><Code>NoSuchBucket</Code></Error>", "Bad Gateway"] {
            assert!(!ends_early(whole.as_bytes()), "{whole}");
        }
    }

    #[test]
    fn an_answer_without_a_code_is_named_by_its_status() {
        let failure = Failure::of_service(502, None, None, String::new());
        assert_eq!((failure.class, failure.code.as_str()), (GapClass::ServerError, "Http502"));
    }
}
