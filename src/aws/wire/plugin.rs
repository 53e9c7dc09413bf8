//! How the SDK's orchestrator runs a call: retries, timeouts, clock skew, signing and the rest are its own parts, put
//! together as in its generated clients.

use std::borrow::Cow;
use std::sync::Arc;

use aws_runtime::auth::{PayloadSigningOverride, SigV4OperationSigningConfig, SigningOptions, sigv4};
use aws_runtime::invocation_id::InvocationIdInterceptor;
use aws_runtime::recursion_detection::RecursionDetectionInterceptor;
use aws_runtime::request_info::RequestInfoInterceptor;
use aws_runtime::retries::classifiers::{AwsErrorCodeClassifier, TRANSIENT_ERRORS};
use aws_runtime::service_clock_skew::{
    DisableClockSkewCorrection, ServiceClockSkewClassifier, ServiceClockSkewInterceptor,
};
use aws_runtime::user_agent::{ApiMetadata, UserAgentInterceptor};
use aws_smithy_runtime::client::http::connection_poisoning::ConnectionPoisoningInterceptor;
use aws_smithy_runtime::client::orchestrator::AuthSchemeAndEndpointOrchestrationV2;
use aws_smithy_runtime::client::retries::classifiers::{HttpStatusCodeClassifier, TransientErrorClassifier};
use aws_smithy_runtime::client::stalled_stream_protection::StalledStreamProtectionInterceptor;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::auth::static_resolver::StaticAuthSchemeOptionResolver;
use aws_smithy_runtime_api::client::auth::{
    AuthSchemeOptionResolverParams, SharedAuthScheme, SharedAuthSchemeOptionResolver,
};
use aws_smithy_runtime_api::client::endpoint::{
    EndpointFuture, EndpointPrefix, EndpointResolverParams, ResolveEndpoint, SharedEndpointResolver,
};
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeSerializationInterceptorContextRef, Error, Input, Output,
};
use aws_smithy_runtime_api::client::interceptors::{Intercept, SharedInterceptor, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, Metadata, OrchestratorError};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
use aws_smithy_runtime_api::client::runtime_plugin::{Order, RuntimePlugin};
use aws_smithy_runtime_api::client::ser_de::{
    DeserializeResponse, SerializeRequest, SharedRequestSerializer, SharedResponseDeserializer,
};
use aws_smithy_types::Document;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::{ConfigBag, FrozenLayer, Layer};
use aws_smithy_types::endpoint::Endpoint;
use aws_types::SdkConfig;
use aws_types::endpoint_config::EndpointUrl;
use aws_types::region::SigningRegion;
use aws_types::service_config::ServiceConfigKey;

use super::model::Service;
use super::protocol::Dialect;
use super::{Body, Object, Request, WireAnswer, WireError};

/// What a client brings into each call: the user's settings, and the SDK's parts.
#[derive(Debug)]
pub(super) struct ClientPlugin {
    layer: FrozenLayer,
    components: RuntimeComponentsBuilder,
}

impl ClientPlugin {
    pub fn new(config: &SdkConfig, service: &'static Service, interceptors: Vec<SharedInterceptor>) -> Self {
        Self { layer: layer(config, service), components: components(config, service, interceptors) }
    }
}

fn layer(config: &SdkConfig, service: &'static Service) -> FrozenLayer {
    let mut layer = Layer::new("wire client");
    layer.store_put(AuthSchemeAndEndpointOrchestrationV2);
    layer.store_put(ApiMetadata::new(service.name, env!("CARGO_PKG_VERSION")));
    layer.store_put(aws_types::SigningName::from(service.text.endpoints.signing_name.clone()));
    layer.store_put(AuthSchemeOptionResolverParams::new(()));
    if let Some(region) = config.region() {
        layer.store_put(region.clone());
        layer.store_put(SigningRegion::from(region.clone()));
    }
    if let Some(retries) = config.retry_config() {
        layer.store_put(retries.clone());
    }
    if let Some(timeouts) = config.timeout_config() {
        layer.store_put(timeouts.clone());
    }
    layer.store_or_unset(config.stalled_stream_protection());
    layer.store_or_unset(config.app_name().cloned());
    layer.store_or_unset(config.auth_scheme_preference().cloned());
    layer.store_or_unset(config.disable_clock_skew_correction().map(DisableClockSkewCorrection::from));
    layer.store_or_unset(endpoint_url(config, service).map(EndpointUrl));
    layer.freeze()
}

/// The address that the user's settings give, for this service or for all.
pub(super) fn endpoint_url(config: &SdkConfig, service: &'static Service) -> Option<String> {
    let everywhere = || config.endpoint_url().map(str::to_owned);
    if config.get_origin("endpoint_url").is_client_config() {
        return everywhere();
    }
    let key = ServiceConfigKey::builder()
        .service_id(&service.text.sdk_id)
        .env("AWS_ENDPOINT_URL")
        .profile("endpoint_url")
        .build()
        .ok()?;
    config.service_config().and_then(|settings| settings.load_config(key)).or_else(everywhere)
}

/// Whether a name can stand before the host's: not where the user's settings give a numeric address or `localhost`.
pub(super) fn takes_host_prefix(config: &SdkConfig, service: &'static Service) -> bool {
    endpoint_url(config, service).is_none_or(|url| !has_no_subdomains(&url))
}

fn has_no_subdomains(url: &str) -> bool {
    let authority = url.split("://").nth(1).unwrap_or_default().split('/').next().unwrap_or_default();
    let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
    host == "localhost" || host.starts_with('[') || host.parse::<std::net::IpAddr>().is_ok()
}

fn components(
    config: &SdkConfig,
    service: &'static Service,
    interceptors: Vec<SharedInterceptor>,
) -> RuntimeComponentsBuilder {
    let mut components = RuntimeComponentsBuilder::new("wire client");
    components.set_http_client(config.http_client());
    components.set_sleep_impl(config.sleep_impl());
    components.set_time_source(Some(config.time_source().unwrap_or_default()));
    if let Some(credentials) = config.credentials_provider() {
        components.set_identity_resolver(sigv4::SCHEME_ID, credentials);
    }
    if let Some(cache) = config.identity_cache() {
        components.set_identity_cache(Some(cache));
    }
    components.set_auth_scheme_option_resolver(Some(SharedAuthSchemeOptionResolver::new(
        StaticAuthSchemeOptionResolver::new(vec![sigv4::SCHEME_ID]),
    )));
    components.push_auth_scheme(SharedAuthScheme::new(sigv4::SigV4AuthScheme::new()));
    components.set_endpoint_resolver(Some(SharedEndpointResolver::new(Resolver {
        service,
        region: config.region().map(|region| region.as_ref().to_owned()),
        fips: config.use_fips().unwrap_or_default(),
        dual_stack: config.use_dual_stack().unwrap_or_default(),
        url: endpoint_url(config, service),
    })));
    components.push_retry_classifier(HttpStatusCodeClassifier::default());
    components.push_retry_classifier(TransientErrorClassifier::<WireError>::new());
    components.push_retry_classifier(code_classifier(service));
    components.push_retry_classifier(ServiceClockSkewClassifier::<WireError>::new());
    components.push_interceptor(SharedInterceptor::permanent(NoEndpointParams));
    components.push_interceptor(SharedInterceptor::permanent(ConnectionPoisoningInterceptor::new()));
    components.push_interceptor(ServiceClockSkewInterceptor::new());
    components.push_interceptor(RequestInfoInterceptor::new());
    components.push_interceptor(UserAgentInterceptor::new());
    components.push_interceptor(InvocationIdInterceptor::new());
    components.push_interceptor(SharedInterceptor::permanent(RecursionDetectionInterceptor::new()));
    for interceptor in interceptors {
        components.push_interceptor(interceptor);
    }
    components
}

/// S3 asks to be asked again after an error of its own that comes with status 200, too.
fn code_classifier(service: &Service) -> AwsErrorCodeClassifier<WireError> {
    if service.name != "s3" {
        return AwsErrorCodeClassifier::new();
    }
    let codes = TRANSIENT_ERRORS.iter().copied().chain(["InternalError"]);
    AwsErrorCodeClassifier::builder().transient_errors(codes.collect::<Vec<_>>()).build()
}

impl RuntimePlugin for ClientPlugin {
    fn config(&self) -> Option<FrozenLayer> {
        Some(self.layer.clone())
    }

    fn order(&self) -> Order {
        Order::Defaults
    }

    fn runtime_components(&self, _: &RuntimeComponentsBuilder) -> Cow<'_, RuntimeComponentsBuilder> {
        Cow::Borrowed(&self.components)
    }
}

/// What one operation brings into its calls.
#[derive(Debug)]
pub(super) struct OperationPlugin {
    layer: FrozenLayer,
    components: RuntimeComponentsBuilder,
}

/// What of a call is a stream of bytes.
#[derive(Debug)]
pub(super) struct Streams {
    /// The SHA-256 of the bytes that the request carries.
    pub sha256: Option<String>,
    /// The answer's body is bytes, which are left to whoever asked.
    pub answers: bool,
}

impl OperationPlugin {
    pub fn new(dialect: Dialect, host_prefix: Option<EndpointPrefix>, streams: Streams) -> Self {
        let dialect = Arc::new(dialect);
        // S3 and its kin take paths as they are, and want to know what the body is.
        let is_of_s3 = dialect.service.signing_name() == "s3";
        let mut layer = Layer::new("wire operation");
        layer.store_or_unset(host_prefix);
        layer.store_put(Metadata::new(dialect.name, dialect.service.text.sdk_id.as_str()));
        layer.store_put(SharedRequestSerializer::new(Writer(Arc::clone(&dialect))));
        layer.store_put(SharedResponseDeserializer::new(AnswerReader { dialect, streams: streams.answers }));
        let mut signing = SigningOptions::default();
        signing.double_uri_encode = !is_of_s3;
        signing.content_sha256_header = is_of_s3;
        signing.normalize_uri_path = !is_of_s3;
        layer.store_put(SigV4OperationSigningConfig { signing_options: signing, ..Default::default() });
        let mut components = RuntimeComponentsBuilder::new("wire operation");
        if streams.answers || streams.sha256.is_some() {
            components.push_interceptor(SharedInterceptor::permanent(StalledStreamProtectionInterceptor::default()));
        }
        layer.store_or_unset(streams.sha256.map(PayloadSigningOverride::Precomputed));
        Self { layer: layer.freeze(), components }
    }
}

impl RuntimePlugin for OperationPlugin {
    fn config(&self) -> Option<FrozenLayer> {
        Some(self.layer.clone())
    }

    fn runtime_components(&self, _: &RuntimeComponentsBuilder) -> Cow<'_, RuntimeComponentsBuilder> {
        Cow::Borrowed(&self.components)
    }
}

#[derive(Debug)]
struct Writer(Arc<Dialect>);

impl SerializeRequest for Writer {
    fn serialize_input(&self, input: Input, config: &mut ConfigBag) -> Result<HttpRequest, BoxError> {
        let asked = input.downcast::<Request>().map_err(|_| "the input is of another operation")?;
        let mut request = self.0.request(&asked.input, config)?;
        if let Some(Body { bytes, .. }) = asked.body {
            let length = bytes.content_length().ok_or("nobody knows how long the body is")?;
            request.headers_mut().insert("Content-Length", length.to_string());
            *request.body_mut() = bytes;
        }
        Ok(request)
    }
}

#[derive(Debug)]
struct AnswerReader {
    dialect: Arc<Dialect>,
    streams: bool,
}

impl AnswerReader {
    fn answer(&self, response: &HttpResponse, config: &ConfigBag) -> Result<Object, OrchestratorError<Error>> {
        self.dialect.answer(response, config).map_err(OrchestratorError::other)
    }
}

impl DeserializeResponse for AnswerReader {
    fn deserialize_streaming_with_config(
        &self,
        response: &mut HttpResponse,
        config: &ConfigBag,
    ) -> Option<Result<Output, OrchestratorError<Error>>> {
        // An error is a document like any other.
        if !self.streams || !response.status().is_success() {
            return None;
        }
        let body = std::mem::replace(response.body_mut(), SdkBody::empty());
        let answer = self.answer(response, config);
        Some(answer.map(|members| Output::erase(WireAnswer { members, body })))
    }

    fn deserialize_nonstreaming_with_config(
        &self,
        response: &HttpResponse,
        config: &ConfigBag,
    ) -> Result<Output, OrchestratorError<Error>> {
        if !response.status().is_success() {
            let metadata = self.dialect.error(response, config);
            let error = WireError { operation: self.dialect.name, metadata };
            return Err(OrchestratorError::operation(Error::erase(error)));
        }
        let members = self.answer(response, config)?;
        Ok(Output::erase(WireAnswer { members, body: SdkBody::empty() }))
    }
}

/// The orchestrator wants parameters for the resolver of endpoints; ours knows all that it needs.
#[derive(Debug)]
struct NoEndpointParams;

#[dyn_dispatch_hint]
impl Intercept for NoEndpointParams {
    fn name(&self) -> &'static str {
        "no endpoint parameters"
    }

    fn read_before_execution(
        &self,
        _: &BeforeSerializationInterceptorContextRef<'_>,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        config.interceptor_state().store_put(EndpointResolverParams::new(()));
        Ok(())
    }
}

/// Where to send it.
#[derive(Debug)]
struct Resolver {
    service: &'static Service,
    region: Option<String>,
    fips: bool,
    dual_stack: bool,
    url: Option<String>,
}

impl Resolver {
    fn endpoint(&self) -> Result<Endpoint, BoxError> {
        let region = self.region.as_deref().ok_or("no region is configured")?;
        let endpoints = &self.service.text.endpoints;
        let known = endpoints.find(region, self.fips, self.dual_stack);
        let (url, signing_region) = match (&self.url, known) {
            (Some(url), known) => (url.clone(), known.map_or_else(|| region.to_owned(), |known| known.region)),
            (None, Some(known)) => (known.url, known.region),
            (None, None) => {
                let variant = match (self.fips, self.dual_stack) {
                    (true, true) => " for FIPS and dual stack",
                    (true, false) => " for FIPS",
                    (false, true) => " for dual stack",
                    (false, false) => "",
                };
                return Err(format!("{} has no endpoint{variant} in {region}", self.service.text.sdk_id).into());
            }
        };
        let scheme = Document::Object(
            [
                ("name".to_owned(), Document::String("sigv4".to_owned())),
                ("signingName".to_owned(), Document::String(endpoints.signing_name.clone())),
                ("signingRegion".to_owned(), Document::String(signing_region)),
            ]
            .into(),
        );
        Ok(Endpoint::builder().url(url).property("authSchemes", vec![scheme]).build())
    }
}

impl ResolveEndpoint for Resolver {
    fn resolve_endpoint<'a>(&'a self, _: &'a EndpointResolverParams) -> EndpointFuture<'a> {
        EndpointFuture::ready(self.endpoint())
    }
}
