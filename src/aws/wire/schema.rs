//! The shapes of a model as the SDK's codecs want them.
//!
//! A codec's schema of a member does not lead on to the schema of what the member refers to, so the graph of shapes is kept
//! beside the schemas. Both are leaked: they are built once for each service that is called.

use std::collections::HashMap;

use aws_smithy_schema::traits::{HttpTrait, TimestampFormat as WireFormat};
use aws_smithy_schema::{Schema, ShapeId, ShapeType, intern_header_name};

use super::text::{Location, OperationText, ProtocolName, Reference, ServiceText, ShapeText, TimestampFormat};

/// All shapes of a service.
#[derive(Debug)]
pub(super) struct Shapes {
    shapes: Vec<Shape>,
    /// Input and output of each operation.
    operations: HashMap<String, (usize, usize)>,
    /// EC2 takes no empty lists.
    pub leaves_out_empty_lists: bool,
}

/// A shape that is no scalar.
#[derive(Debug)]
pub(super) enum Shape {
    Structure { schema: &'static Schema<'static>, members: Vec<MemberShape> },
    List { element: MemberShape },
    Map { value: MemberShape },
    Document,
}

/// What a structure, a list or a map holds.
#[derive(Debug)]
pub(super) struct MemberShape {
    /// The model's name of it, as facts and inputs have it.
    pub name: &'static str,
    pub schema: &'static Schema<'static>,
    pub target: Target,
}

/// What a member refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    Scalar(ShapeType),
    Shape(usize),
}

impl Shapes {
    /// Builds the schemas of a model. The reason says what is wrong with the model.
    pub fn build(text: &ServiceText) -> Result<Self, String> {
        let mut builder = Builder { text, places: HashMap::new(), shapes: Vec::new() };
        let mut operations = HashMap::new();
        for (name, operation) in &text.operations {
            let input = builder.root(operation, operation.input.as_deref(), Side::Input)?;
            let output = builder.root(operation, operation.output.as_deref(), Side::Output)?;
            operations.insert(name.clone(), (input, output));
        }
        let shapes = builder.shapes.into_iter().flatten().collect();
        Ok(Self { shapes, operations, leaves_out_empty_lists: text.protocol == ProtocolName::Ec2 })
    }

    pub fn shape(&self, at: usize) -> &Shape {
        &self.shapes[at]
    }

    /// The shapes of an operation's input and output, both structures.
    pub fn of_operation(&self, name: &str) -> Option<(usize, usize)> {
        self.operations.get(name).copied()
    }

    pub fn schema(&self, structure: usize) -> Option<&'static Schema<'static>> {
        match &self.shapes[structure] {
            Shape::Structure { schema, .. } => Some(schema),
            _ => None,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Side {
    Input,
    Output,
}

struct Builder<'t> {
    text: &'t ServiceText,
    /// Shapes of inputs are not those of outputs: requests and answers name members otherwise in Query and EC2.
    places: HashMap<(String, Side), usize>,
    /// `None` while a shape is being built.
    shapes: Vec<Option<Shape>>,
}

const NAMESPACE: &str = "aws";

impl<'t> Builder<'t> {
    /// An operation's input or output; an empty structure where the model has none.
    fn root(&mut self, operation: &OperationText, name: Option<&str>, side: Side) -> Result<usize, String> {
        let empty = ShapeText { members: Some(Default::default()), ..ShapeText::default() };
        let text = match name {
            Some(name) => self.find(name)?,
            None => &empty,
        };
        let members = self.members(text, side)?;
        let mut schema = structure(name.unwrap_or("Unit"), &members);
        if side == Side::Input {
            schema = schema.with_http(HttpTrait::new(leak(&operation.method), leak(&operation.uri), None));
        }
        Ok(self.push(Shape::Structure { schema: Box::leak(Box::new(schema)), members }))
    }

    fn push(&mut self, shape: Shape) -> usize {
        self.shapes.push(Some(shape));
        self.shapes.len() - 1
    }

    fn find(&self, name: &str) -> Result<&'t ShapeText, String> {
        let text: &'t ServiceText = self.text;
        text.shapes.get(name).ok_or_else(|| format!("the shape {name} is missing"))
    }

    fn shape(&mut self, name: &str, side: Side) -> Result<usize, String> {
        let key = (name.to_owned(), side);
        if let Some(place) = self.places.get(&key) {
            return Ok(*place);
        }
        let place = self.shapes.len();
        self.shapes.push(None);
        self.places.insert(key, place);
        let shape = self.built(name, side)?;
        self.shapes[place] = Some(shape);
        Ok(place)
    }

    fn built(&mut self, name: &str, side: Side) -> Result<Shape, String> {
        let text = self.find(name)?;
        if text.document {
            return Ok(Shape::Document);
        }
        if text.members.is_some() {
            let members = self.members(text, side)?;
            return Ok(Shape::Structure { schema: Box::leak(Box::new(structure(name, &members))), members });
        }
        if let Some(element) = text.list.clone() {
            let target = self.target(&element, side)?;
            let schema = self.element(&element, side)?;
            return Ok(Shape::List { element: MemberShape { name: "member", schema, target } });
        }
        if let Some((_, value)) = text.map.clone() {
            let target = self.target(&value, side)?;
            let schema = self.element(&value, side)?;
            return Ok(Shape::Map { value: MemberShape { name: "value", schema, target } });
        }
        Err(format!("the shape {name} is of no kind"))
    }

    fn members(&mut self, text: &ShapeText, side: Side) -> Result<Vec<MemberShape>, String> {
        let references: Vec<_> = text.members.iter().flatten().map(|(n, r)| (n.clone(), r.clone())).collect();
        let payload = text.payload.clone();
        let mut members = Vec::new();
        for (index, (name, reference)) in references.into_iter().enumerate() {
            let target = self.target(&reference, side)?;
            let mut schema = self.member(&name, &reference, side, index)?;
            if payload.as_deref() == Some(&*name) {
                schema = schema.with_http_payload();
            }
            members.push(MemberShape { name: leak(&name), schema: Box::leak(Box::new(schema)), target });
        }
        Ok(members)
    }

    fn target(&mut self, reference: &Reference, side: Side) -> Result<Target, String> {
        match reference.of.strip_prefix('#') {
            Some(name) => Ok(Target::Shape(self.shape(name, side)?)),
            None => Ok(Target::Scalar(scalar(&reference.of)?)),
        }
    }

    /// The schema of a structure's member.
    fn member(&self, name: &str, of: &Reference, side: Side, index: usize) -> Result<Schema<'static>, String> {
        let wire_name = self.wire_name(name, of, side);
        // Addresses name their labels, and JSON RPC its members, by the name on the wire alone.
        let is_by_wire_name = of.location == Some(Location::Uri)
            || matches!(self.text.protocol, ProtocolName::Json10 | ProtocolName::Json11);
        let shown = if is_by_wire_name { wire_name.as_str() } else { name };
        let schema = Schema::new_member(id(name), self.shape_type(of)?, leak(shown), index);
        let schema = self.with_parts(schema, of, side, 0)?;
        let schema = with_format(schema, of.format);
        Ok(match of.location {
            None if is_json(self.text.protocol) => schema.with_json_name(leak(&wire_name)),
            None => {
                let schema = if wire_name == name { schema } else { schema.with_xml_name(leak(&wire_name)) };
                let schema = match &of.namespace {
                    Some(uri) => schema.with_xml_namespace(leak(uri), None),
                    None => schema,
                };
                if of.attribute { schema.with_xml_attribute() } else { schema }
            }
            Some(Location::Header) => schema.with_http_header(intern_header_name(&wire_name)),
            Some(Location::Headers) => schema.with_http_prefix_headers(leak(of.name.as_deref().unwrap_or_default())),
            Some(Location::Uri) => schema.with_http_label(),
            Some(Location::QueryString) if self.is_map(of) => schema.with_http_query_params(),
            Some(Location::QueryString) => schema.with_http_query(leak(&wire_name)),
            Some(Location::StatusCode) => schema.with_http_response_code(),
        })
    }

    /// EC2's requests begin with a capital letter where nothing else is said.
    fn wire_name(&self, name: &str, of: &Reference, side: Side) -> String {
        if self.text.protocol == ProtocolName::Ec2 && side == Side::Input {
            return match (&of.query_name, &of.name) {
                (Some(name), _) => name.clone(),
                (None, Some(name)) => capitalized(name),
                (None, None) => name.to_owned(),
            };
        }
        of.name.clone().unwrap_or_else(|| name.to_owned())
    }

    fn is_map(&self, of: &Reference) -> bool {
        let shape = of.of.strip_prefix('#').and_then(|name| self.text.shapes.get(name));
        shape.is_some_and(|shape| shape.map.is_some())
    }

    /// The schema of a list's element, or of a map's key or value.
    fn inner(
        &self,
        name: &'static str,
        of: &Reference,
        side: Side,
        depth: usize,
    ) -> Result<&'static Schema<'static>, String> {
        let schema = Schema::new_member(id(name), self.shape_type(of)?, name, 0);
        let mut schema = with_format(self.with_parts(schema, of, side, depth + 1)?, of.format);
        if let Some(wire_name) = of.name.as_deref().filter(|wire_name| *wire_name != name) {
            schema = schema.with_xml_name(leak(wire_name));
        }
        Ok(Box::leak(Box::new(schema)))
    }

    /// The schema by which an element of a list or a value of a map is written and read. It has no name of its own: what
    /// Query calls it follows from list and map.
    fn element(&self, of: &Reference, side: Side) -> Result<&'static Schema<'static>, String> {
        let schema = Schema::new(id("element"), self.shape_type(of)?);
        Ok(Box::leak(Box::new(with_format(self.with_parts(schema, of, side, 1)?, of.format))))
    }

    /// A member that refers to a list or a map has the schemas of what that holds.
    fn with_parts(
        &self,
        schema: Schema<'static>,
        of: &Reference,
        side: Side,
        depth: usize,
    ) -> Result<Schema<'static>, String> {
        const DEEPEST: usize = 16;
        let Some(name) = of.of.strip_prefix('#') else { return Ok(schema) };
        if depth > DEEPEST {
            return Err(format!("the shape {name} holds itself without a structure between"));
        }
        let text = self.find(name)?;
        // EC2 writes every list flat in requests, and none in answers.
        let is_flat = match (self.text.protocol, side) {
            (ProtocolName::Ec2, Side::Input) => true,
            _ => of.flattened || text.flattened,
        };
        let schema = match (&text.list, &text.map) {
            (Some(element), _) => schema.with_list_member(self.inner("member", element, side, depth)?),
            (_, Some((key, value))) => {
                schema.with_map_members(self.inner("key", key, side, depth)?, self.inner("value", value, side, depth)?)
            }
            _ => return Ok(schema),
        };
        // A flat list is named as its elements are.
        let element_name = text.list.as_ref().and_then(|element| element.name.clone());
        let schema = match element_name {
            Some(element) if is_flat && self.text.protocol != ProtocolName::Ec2 => schema.with_xml_name(leak(&element)),
            _ => schema,
        };
        Ok(if is_flat { schema.with_xml_flattened() } else { schema })
    }

    fn shape_type(&self, of: &Reference) -> Result<ShapeType, String> {
        let Some(name) = of.of.strip_prefix('#') else { return scalar(&of.of) };
        let text = self.find(name)?;
        Ok(match text {
            ShapeText { document: true, .. } => ShapeType::Document,
            ShapeText { list: Some(_), .. } => ShapeType::List,
            ShapeText { map: Some(_), .. } => ShapeType::Map,
            _ => ShapeType::Structure,
        })
    }
}

fn structure(name: &str, members: &[MemberShape]) -> Schema<'static> {
    let schemas: Vec<&'static Schema<'static>> = members.iter().map(|member| member.schema).collect();
    Schema::new_struct(id(name), ShapeType::Structure, schemas.leak())
}

fn scalar(name: &str) -> Result<ShapeType, String> {
    Ok(match name {
        "string" | "character" => ShapeType::String,
        "boolean" => ShapeType::Boolean,
        "byte" => ShapeType::Byte,
        "short" => ShapeType::Short,
        "integer" => ShapeType::Integer,
        "long" => ShapeType::Long,
        "float" => ShapeType::Float,
        "double" => ShapeType::Double,
        "biginteger" => ShapeType::BigInteger,
        "bigdecimal" => ShapeType::BigDecimal,
        "blob" => ShapeType::Blob,
        "timestamp" => ShapeType::Timestamp,
        other => return Err(format!("there is no scalar type {other}")),
    })
}

fn with_format(schema: Schema<'static>, format: Option<TimestampFormat>) -> Schema<'static> {
    match format {
        None => schema,
        Some(TimestampFormat::Iso8601) => schema.with_timestamp_format(WireFormat::DateTime),
        Some(TimestampFormat::Rfc822) => schema.with_timestamp_format(WireFormat::HttpDate),
        Some(TimestampFormat::UnixTimestamp) => schema.with_timestamp_format(WireFormat::EpochSeconds),
    }
}

fn is_json(protocol: ProtocolName) -> bool {
    matches!(protocol, ProtocolName::Json10 | ProtocolName::Json11 | ProtocolName::RestJson)
}

fn capitalized(name: &str) -> String {
    let mut rest = name.chars();
    rest.next().map_or_else(String::new, |first| first.to_uppercase().chain(rest).collect())
}

fn id(name: &str) -> ShapeId<'static> {
    ShapeId::from_parts(leak(&format!("{NAMESPACE}#{name}")), NAMESPACE, leak(name))
}

fn leak(text: &str) -> &'static str {
    text.to_owned().leak()
}
