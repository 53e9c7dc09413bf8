//! AWS's protocols: the SDK's own writers and readers of requests and answers, chosen by a service's model.
//!
//! The SDK's readers take some broken answers for shorter ones. What comes is therefore looked at as a whole before it is
//! read: it must be one document, whole, with the root that the operation's answers have.

use aws_smithy_json::codec::{JsonCodec, JsonCodecSettings};
use aws_smithy_json::protocol::aws_json_rpc::AwsJsonRpcProtocol;
use aws_smithy_json::protocol::aws_rest_json_1::AwsRestJsonProtocol;
use aws_smithy_query::codec::QueryShapeSerializer;
use aws_smithy_query::protocol::AwsQueryProtocol;
use aws_smithy_runtime_api::client::endpoint::EndpointPrefix;
use aws_smithy_runtime_api::http::{Request, Response};
use aws_smithy_schema::Schema;
use aws_smithy_schema::codec::{Codec, FinishSerializer};
use aws_smithy_schema::protocol::ClientProtocol;
use aws_smithy_schema::serde::{SerdeError, ShapeSerializer};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::error::metadata::{Builder as ErrorBuilder, ErrorMetadata};
use aws_smithy_xml::codec::{XmlCodec, XmlCodecSettings, find_depth2_element_slice_by};
use aws_smithy_xml::protocol::aws_rest_xml::AwsRestXmlProtocol;
use serde::de::IgnoredAny;
use serde_json::{Map, Value};

use super::model::Service;
use super::read;
use super::text::{OperationText, ProtocolName};
use super::write::Structure;

/// What one operation of one service needs to be asked and understood.
#[derive(Debug)]
pub(super) struct Dialect {
    pub service: &'static Service,
    pub name: &'static str,
    pub operation: &'static OperationText,
    input: usize,
    output: usize,
    /// The bucket stands before the host's name and not in the path.
    bucket_in_host: bool,
}

/// How the paths of S3's operations on a bucket begin.
const IN_PATH: &str = "/{Bucket}";

/// Why an answer cannot be understood.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Malformed(String);

impl From<SerdeError> for Malformed {
    fn from(error: SerdeError) -> Self {
        Self(error.to_string())
    }
}

impl Dialect {
    /// The dialect of an operation, if the model's shapes have it.
    pub fn of(service: &'static Service, name: &'static str, operation: &'static OperationText) -> Option<Self> {
        let (input, output) = service.shapes.of_operation(name)?;
        Some(Self { service, name, operation, input, output, bucket_in_host: false })
    }

    /// Takes the bucket that a request is about out of the path; returns what stands before the host's name then. S3's
    /// certificates hold for one label, so that a bucket with dots in its name stays in the path.
    pub fn bucket_prefix(&mut self, input: &Map<String, Value>) -> Result<Option<EndpointPrefix>, SerdeError> {
        let bucket = input.get("Bucket").and_then(Value::as_str).filter(|_| self.operation.uri.starts_with(IN_PATH));
        let is_label = |name: &&str| name.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-');
        let Some(bucket) = bucket.filter(is_label) else { return Ok(None) };
        self.bucket_in_host = true;
        EndpointPrefix::new(format!("{bucket}.")).map(Some).map_err(|error| SerdeError::custom(error.to_string()))
    }

    /// Writes a request. `config` holds the operation's name for the SDK's writers.
    pub fn request(&self, input: &Map<String, Value>, config: &ConfigBag) -> Result<Request, SerdeError> {
        let shapes = &self.service.shapes;
        let Some(schema) = shapes.schema(self.input) else {
            return Err(SerdeError::custom("an input must be a structure"));
        };
        let text = &self.service.text;
        let value = Structure { shapes, at: self.input, value: input };
        let mut request = match text.protocol {
            ProtocolName::Json10 => self.json(AwsJsonRpcProtocol::aws_json_1_0(), &value, schema, config),
            ProtocolName::Json11 => self.json(AwsJsonRpcProtocol::aws_json_1_1(), &value, schema, config),
            ProtocolName::RestJson => written(&AwsRestJsonProtocol::new(), &value, schema, config),
            ProtocolName::RestXml => {
                let protocol = AwsRestXmlProtocol::new();
                match &text.xml_namespace {
                    Some(uri) => written(&protocol.with_service_xml_namespace(uri, None), &value, schema, config),
                    None => written(&protocol, &value, schema, config),
                }
            }
            ProtocolName::Query => {
                written(&AwsQueryProtocol::new().with_service_version(&text.api_version), &value, schema, config)
            }
            ProtocolName::Ec2 => self.ec2(&value, schema),
        }?;
        if self.bucket_in_host {
            let bucket = value.value.get("Bucket").and_then(Value::as_str).unwrap_or_default();
            let path = request.uri().trim_start_matches('/');
            let rest = path.strip_prefix(bucket).unwrap_or(path);
            let rest = if rest.starts_with('/') { rest.to_owned() } else { format!("/{rest}") };
            request.set_uri(rest).map_err(|error| SerdeError::custom(error.to_string()))?;
        }
        if text.query_compatible {
            request.headers_mut().insert("x-amzn-query-mode", "true");
        }
        Ok(request)
    }

    fn json(
        &self,
        protocol: AwsJsonRpcProtocol,
        value: &Structure<'_>,
        schema: &Schema<'_>,
        config: &ConfigBag,
    ) -> Result<Request, SerdeError> {
        let prefix = self.service.text.target_prefix.clone().unwrap_or_default();
        written(&protocol.with_target_prefix(prefix), value, schema, config)
    }

    /// EC2's requests are Query's; the SDK has no protocol of its own for them.
    fn ec2(&self, value: &Structure<'_>, schema: &Schema<'_>) -> Result<Request, SerdeError> {
        let mut writer = QueryShapeSerializer::new(self.name, &self.service.text.api_version);
        writer.write_struct(schema, value)?;
        let mut request = Request::new(SdkBody::from(writer.finish()));
        request.set_method("POST").map_err(|error| SerdeError::custom(error.to_string()))?;
        request.set_uri("/").map_err(|error| SerdeError::custom(error.to_string()))?;
        request.headers_mut().insert("Content-Type", "application/x-www-form-urlencoded");
        if let Some(length) = request.body().content_length() {
            request.headers_mut().insert("Content-Length", length.to_string());
        }
        Ok(request)
    }

    /// What stands before the host's name; it may name members of the input.
    pub fn host_prefix(&self, input: &Map<String, Value>) -> Result<Option<EndpointPrefix>, SerdeError> {
        let Some(template) = &self.operation.host_prefix else { return Ok(None) };
        let mut prefix = template.clone();
        while let Some((name, rest)) = prefix.split_once('{').and_then(|(_, rest)| rest.split_once('}')) {
            let value = input.get(name).and_then(Value::as_str).filter(|value| !value.is_empty());
            let value =
                value.ok_or_else(|| SerdeError::custom(format!("the host's name needs the member `{name}`")))?;
            let before = prefix.split('{').next().unwrap_or_default();
            prefix = format!("{before}{value}{rest}");
        }
        EndpointPrefix::new(prefix).map(Some).map_err(|error| SerdeError::custom(error.to_string()))
    }

    /// Reads a successful answer.
    pub fn answer(&self, response: &Response, config: &ConfigBag) -> Result<Map<String, Value>, Malformed> {
        let shapes = &self.service.shapes;
        let schema = shapes.schema(self.output).ok_or_else(|| Malformed("the model has no output".to_owned()))?;
        let body = response.body().bytes().unwrap_or_default();
        let mut found = match self.service.text.protocol {
            ProtocolName::Json10 | ProtocolName::Json11 => {
                self.check_json(body, schema)?;
                let settings = JsonCodecSettings::builder()
                    .use_json_name(false)
                    .default_timestamp_format(aws_smithy_types::date_time::Format::EpochSeconds)
                    .build();
                read::structure(shapes, self.output, &mut JsonCodec::new(settings).create_deserializer(body))?
            }
            ProtocolName::RestJson => {
                if has_document_body(schema) {
                    self.check_json(body, schema)?;
                }
                let protocol = AwsRestJsonProtocol::new();
                let mut reader = ClientProtocol::deserialize_response(&protocol, response, schema, config)?;
                read::structure(shapes, self.output, &mut *reader)?
            }
            ProtocolName::RestXml => {
                if has_document_body(schema) {
                    self.check_xml(body, |root| self.is_rest_root(root, schema))?;
                }
                if let Some(member) = self.member_at_root(body, schema) {
                    return Ok(Map::from_iter([(member.to_owned(), text_of(body)?.into())]));
                }
                let protocol = AwsRestXmlProtocol::new();
                let mut reader = ClientProtocol::deserialize_response(&protocol, response, schema, config)?;
                read::structure(shapes, self.output, &mut *reader)?
            }
            ProtocolName::Query => {
                self.check_xml(body, |root| root == format!("{}Response", self.name))?;
                let Some(wrapper) = &self.operation.result_wrapper else { return Ok(Map::new()) };
                let result = find_depth2_element_slice_by(body, |name| name == wrapper)
                    .ok_or_else(|| Malformed(format!("the answer has no {wrapper}")))?;
                read::structure(shapes, self.output, &mut xml_codec().create_deserializer(result))?
            }
            ProtocolName::Ec2 => {
                self.check_xml(body, |root| root == format!("{}Response", self.name))?;
                read::structure(shapes, self.output, &mut xml_codec().create_deserializer(body))?
            }
        };
        // Where the whole body is a text, an empty one is an empty text and none that was left out.
        if let Some(text) = text_payload(schema).filter(|_| body.is_empty()) {
            found.insert(text.to_owned(), "".into());
        }
        Ok(found)
    }

    /// A JSON answer is one object, whole. An operation that answers nothing may send nothing.
    fn check_json(&self, body: &[u8], schema: &Schema<'_>) -> Result<(), Malformed> {
        if body.is_empty() && schema.members().is_empty() {
            return Ok(());
        }
        let whole: Result<std::collections::HashMap<String, IgnoredAny>, _> = serde_json::from_slice(body);
        whole.map(drop).map_err(|error| Malformed(format!("the answer is no JSON object: {error}")))
    }

    fn check_xml(&self, body: &[u8], is_root: impl Fn(&str) -> bool) -> Result<(), Malformed> {
        let root = whole_xml(body)?;
        if is_root(&root) { Ok(()) } else { Err(Malformed(format!("the answer is a document of <{root}>"))) }
    }

    /// The root of a REST answer is its payload, or the output as the model or AWS's convention names it.
    fn is_rest_root(&self, root: &str, schema: &Schema<'_>) -> bool {
        let payload = schema.members().iter().find(|member| member.http_payload().is_some());
        let of_payload = payload.is_some_and(|member| {
            let named = member.xml_name().map(|name| name.value()).or(member.member_name());
            named == Some(root) || member.shape_id().shape_name() == root
        });
        let names = ["Response", "Result", "Output"].map(|end| format!("{}{end}", self.name));
        let of_model = self.operation.root.as_deref() == Some(root) || schema.shape_id().shape_name() == root;
        of_payload || of_model || names.iter().any(|name| name == root)
    }

    /// The member of the output whose text is the whole document.
    fn member_at_root(&self, body: &[u8], schema: &Schema<'_>) -> Option<&'static str> {
        let root = self.operation.root.as_deref().filter(|root| whole_xml(body).is_ok_and(|found| found == *root))?;
        schema.members().iter().any(|member| member.member_name() == Some(root)).then_some(root)
    }

    /// What an answer with an error status says.
    pub fn error(&self, response: &Response, config: &ConfigBag) -> ErrorMetadata {
        let body = response.body().bytes().unwrap_or_default();
        let is_json =
            matches!(self.service.text.protocol, ProtocolName::Json10 | ProtocolName::Json11 | ProtocolName::RestJson);
        // Of a code that ends in its middle the SDK's readers give what came.
        let is_whole = match is_json {
            true => serde_json::from_slice::<IgnoredAny>(body).is_ok(),
            false => whole_xml(body).is_ok(),
        };
        let says_it_in_a_header = response.headers().get("x-amzn-errortype").is_some();
        if !is_whole && !says_it_in_a_header {
            return ErrorMetadata::builder().build();
        }
        let read: Result<ErrorBuilder, SerdeError> = match self.service.text.protocol {
            ProtocolName::Json10 | ProtocolName::Json11 => {
                ClientProtocol::parse_error_metadata(&AwsJsonRpcProtocol::aws_json_1_1(), response, config)
            }
            ProtocolName::RestJson => {
                ClientProtocol::parse_error_metadata(&AwsRestJsonProtocol::new(), response, config)
            }
            ProtocolName::RestXml | ProtocolName::Query => {
                // S3 has nothing around its errors.
                let is_bare = whole_xml(body).is_ok_and(|root| root == "Error");
                let protocol = AwsRestXmlProtocol::new().with_no_error_wrapping(is_bare);
                ClientProtocol::parse_error_metadata(&protocol, response, config)
            }
            ProtocolName::Ec2 => ec2_error(body, config),
        };
        // An error that cannot be read has no code; its status says what is known of it.
        read.map(ErrorBuilder::build).unwrap_or_else(|_| ErrorMetadata::builder().build())
    }
}

fn written(
    protocol: &impl ClientProtocol,
    value: &Structure<'_>,
    schema: &Schema<'_>,
    config: &ConfigBag,
) -> Result<Request, SerdeError> {
    protocol.serialize_request(value, schema, "", config)
}

/// Whether the body is a document, and no raw text or bytes and not empty by design.
fn has_document_body(schema: &Schema<'_>) -> bool {
    use aws_smithy_schema::ShapeType::{Blob, String};
    match schema.members().iter().find(|member| member.http_payload().is_some()) {
        Some(payload) => !matches!(payload.shape_type(), Blob | String),
        None => schema.members().iter().any(|member| !member.has_http_response_binding()),
    }
}

/// The member that is the whole body as a text.
fn text_payload<'s>(schema: &'s Schema<'_>) -> Option<&'s str> {
    let payload = schema.members().iter().find(|member| member.http_payload().is_some())?;
    payload.member_name().filter(|_| payload.shape_type() == aws_smithy_schema::ShapeType::String)
}

fn xml_codec() -> XmlCodec {
    let format = aws_smithy_types::date_time::Format::DateTime;
    XmlCodec::new(XmlCodecSettings::builder().default_timestamp_format(format).build())
}

/// EC2's errors lie one level deeper: `Response/Errors/Error`.
fn ec2_error(body: &[u8], config: &ConfigBag) -> Result<ErrorBuilder, SerdeError> {
    let errors = find_depth2_element_slice_by(body, |name| name == "Errors").unwrap_or(body);
    let mut inner = Response::new(
        aws_smithy_runtime_api::http::StatusCode::try_from(400)
            .map_err(|error| SerdeError::custom(error.to_string()))?,
        SdkBody::from(errors.to_vec()),
    );
    inner.headers_mut().insert("content-type", "text/xml");
    ClientProtocol::parse_error_metadata(&AwsRestXmlProtocol::new(), &inner, config)
}

/// Reads XML to its end and gives its root's name.
fn whole_xml(body: &[u8]) -> Result<String, Malformed> {
    use quick_xml::events::Event;
    let mut reader = quick_xml::Reader::from_reader(body);
    let (mut root, mut depth) = (None, 0_usize);
    loop {
        let event = reader.read_event().map_err(|error| Malformed(format!("the answer is no XML: {error}")))?;
        let name = match &event {
            Event::Start(start) | Event::Empty(start) => Some(start.local_name().as_ref().to_owned()),
            _ => None,
        };
        if let Some(name) = name.filter(|_| depth == 0) {
            let name = String::from_utf8_lossy(&name).into_owned();
            if root.replace(name).is_some() {
                return Err(Malformed("the answer has more than one root".to_owned()));
            }
        }
        match event {
            Event::Start(_) => depth += 1,
            Event::End(_) => depth = depth.saturating_sub(1),
            Event::Eof if depth > 0 => return Err(Malformed("the answer ends in the middle".to_owned())),
            Event::Eof => return root.ok_or_else(|| Malformed("the answer is empty".to_owned())),
            _ => {}
        }
    }
}

/// The text of a document, which may have no elements but its root.
fn text_of(body: &[u8]) -> Result<String, Malformed> {
    use quick_xml::events::Event;
    let mut reader = quick_xml::Reader::from_reader(body);
    let (mut text, mut elements) = (String::new(), 0_usize);
    loop {
        match reader.read_event().map_err(|error| Malformed(format!("the answer is no XML: {error}")))? {
            Event::Text(part) => text.push_str(&String::from_utf8_lossy(&part)),
            Event::Start(_) | Event::Empty(_) if elements > 0 => {
                return Err(Malformed("the answer has elements where a text must be".to_owned()));
            }
            Event::Start(_) | Event::Empty(_) => elements += 1,
            Event::Eof => return Ok(text.trim().to_owned()),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_stands_before_the_host_unless_its_name_has_dots() {
        let service = Service::find("s3").unwrap();
        let asked = |operation: &str, bucket: &str| {
            let (name, text) = service.operation(operation).unwrap();
            let mut dialect = Dialect::of(service, name, text).unwrap();
            let mut input = Map::from_iter([("Bucket".to_owned(), bucket.into())]);
            if operation == "GetObject" {
                input.insert("Key".to_owned(), "records/a b".into());
            }
            let prefix = dialect.bucket_prefix(&input).unwrap();
            let request = dialect.request(&input, &ConfigBag::base()).unwrap();
            (prefix.map(|prefix| prefix.as_str().to_owned()), request.uri().to_owned())
        };
        let own = |path: &str| (Some("records.".to_owned()), path.to_owned());
        assert_eq!(asked("GetBucketPolicy", "records"), own("/?policy"));
        assert_eq!(asked("GetObject", "records"), own("/records/a%20b"));
        assert_eq!(asked("GetBucketPolicy", "a.example"), (None, "/a.example?policy".to_owned()));
    }

    #[test]
    fn a_document_of_one_text_is_that_text() {
        let text = |xml: &str| text_of(xml.as_bytes()).unwrap();
        assert_eq!(
            text("<?xml version=\"1.0\"?>\n<LocationConstraint xmlns=\"x\">us-west-2</LocationConstraint>"),
            "us-west-2"
        );
        assert_eq!(text("<LocationConstraint/>"), "");
        assert!(text_of(b"<LocationConstraint><Region>us-west-2</Region></LocationConstraint>").is_err());
    }

    #[test]
    fn xml_must_be_one_whole_document() {
        assert_eq!(whole_xml(b"<?xml version=\"1.0\"?><a x=\"1\"><b/>text</a>\n").unwrap(), "a");
        for broken in ["", "  ", "<a>", "<a><b></a>", "<a/><b/>", "<a></b>", "<html", "<a><b>te"] {
            assert!(whole_xml(broken.as_bytes()).is_err(), "{broken}");
        }
    }
}
