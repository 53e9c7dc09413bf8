//! Answers as JSON: what the SDK's codecs read, by the model's names.
//!
//! A member that the model does not know is skipped, and one that AWS left out is not there. Moments are RFC 3339 in UTC,
//! blobs base64, numbers of 64 bits exact; NaN and the infinities, which JSON does not have, are null.

use aws_smithy_schema::serde::{SerdeError, ShapeDeserializer};
use aws_smithy_schema::{Schema, ShapeType};
use aws_smithy_types::date_time::Format;
use aws_smithy_types::{Document, Number as SmithyNumber};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Number, Value};

use super::schema::{MemberShape, Shape, Shapes, Target};

type ShapeReader<'d> = &'d mut dyn ShapeDeserializer;

/// Reads a structure.
pub(super) fn structure(shapes: &Shapes, at: usize, reader: ShapeReader<'_>) -> Result<Map<String, Value>, SerdeError> {
    let Shape::Structure { schema, members } = shapes.shape(at) else {
        return Err(SerdeError::custom("an answer must be a structure"));
    };
    let mut found = Map::new();
    reader.read_struct(schema, &mut |member, reader| {
        match member.member_index().and_then(|index| members.get(index)) {
            Some(known) if std::ptr::eq(known.schema, member) || same_member(known.schema, member) => {
                let value = value(shapes, known, reader)?;
                found.insert(known.name.to_owned(), value);
                Ok(())
            }
            // What the model does not know is left unread; the codec skips it.
            _ => Ok(()),
        }
    })?;
    Ok(found)
}

/// Codecs hand on the schema of the member itself; a reader in between may have made a copy.
fn same_member(known: &Schema<'_>, given: &Schema<'_>) -> bool {
    known.member_name() == given.member_name() && known.shape_type() == given.shape_type()
}

fn value(shapes: &Shapes, member: &MemberShape, reader: ShapeReader<'_>) -> Result<Value, SerdeError> {
    if reader.is_null() {
        reader.read_null()?;
        return Ok(Value::Null);
    }
    let at = match member.target {
        Target::Scalar(kind) => return scalar(kind, member.schema, reader),
        Target::Shape(at) => at,
    };
    match shapes.shape(at) {
        Shape::Structure { .. } => structure(shapes, at, reader).map(Value::Object),
        Shape::List { element } => {
            let mut list = Vec::new();
            reader.read_list(member.schema, &mut |reader| {
                list.push(value(shapes, element, reader)?);
                Ok(())
            })?;
            Ok(Value::Array(list))
        }
        Shape::Map { value: held } => {
            let mut map = Map::new();
            reader.read_map(member.schema, &mut |key, reader| {
                map.insert(key, value(shapes, held, reader)?);
                Ok(())
            })?;
            Ok(Value::Object(map))
        }
        Shape::Document => reader.read_document(member.schema).map(document),
    }
}

fn scalar(kind: ShapeType, schema: &Schema<'_>, reader: ShapeReader<'_>) -> Result<Value, SerdeError> {
    Ok(match kind {
        ShapeType::Boolean => Value::Bool(reader.read_boolean(schema)?),
        ShapeType::Byte => reader.read_byte(schema)?.into(),
        ShapeType::Short => reader.read_short(schema)?.into(),
        ShapeType::Integer => reader.read_integer(schema)?.into(),
        ShapeType::Long => reader.read_long(schema)?.into(),
        ShapeType::Float => double(reader.read_float(schema)?.into()),
        ShapeType::Double => double(reader.read_double(schema)?),
        ShapeType::BigInteger => Value::String(reader.read_big_integer(schema)?.as_ref().to_owned()),
        ShapeType::BigDecimal => Value::String(reader.read_big_decimal(schema)?.as_ref().to_owned()),
        ShapeType::Blob => Value::String(STANDARD.encode(reader.read_blob(schema)?.as_ref())),
        ShapeType::Timestamp => {
            let moment = reader.read_timestamp(schema)?;
            Value::String(moment.fmt(Format::DateTime).map_err(|error| SerdeError::custom(error.to_string()))?)
        }
        _ => Value::String(reader.read_string(schema)?),
    })
}

fn double(number: f64) -> Value {
    Number::from_f64(number).map_or(Value::Null, Value::Number)
}

fn document(document: Document) -> Value {
    match document {
        Document::Null => Value::Null,
        Document::Bool(value) => Value::Bool(value),
        Document::String(text) => Value::String(text),
        Document::Number(SmithyNumber::PosInt(number)) => number.into(),
        Document::Number(SmithyNumber::NegInt(number)) => number.into(),
        Document::Number(SmithyNumber::Float(number)) => double(number),
        Document::Array(list) => list.into_iter().map(self::document).collect(),
        Document::Object(map) => {
            Value::Object(map.into_iter().map(|(key, value)| (key, self::document(value))).collect())
        }
    }
}
