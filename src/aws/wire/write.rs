//! Requests from JSON: what a caller gives, by the model's names, as the SDK's codecs write it.

use aws_smithy_schema::serde::{SerdeError, SerializableStruct, ShapeSerializer};
use aws_smithy_schema::{Schema, ShapeType};
use aws_smithy_types::date_time::Format;
use aws_smithy_types::{Blob, DateTime, Document, Number};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::schema::{MemberShape, Shape, Shapes, Target};

/// An input, or a structure in it.
pub(super) struct Structure<'i> {
    pub shapes: &'i Shapes,
    pub at: usize,
    pub value: &'i Map<String, Value>,
}

impl SerializableStruct for Structure<'_> {
    fn schema(&self) -> &Schema<'_> {
        static NOTHING: Schema<'static> =
            Schema::new_struct(aws_smithy_schema::shape_id!("aws", "Nothing"), ShapeType::Structure, &[]);
        self.shapes.schema(self.at).unwrap_or(&NOTHING)
    }

    fn serialize_members(&self, writer: &mut dyn ShapeSerializer) -> Result<(), SerdeError> {
        let Shape::Structure { members, .. } = self.shapes.shape(self.at) else { return Ok(()) };
        if let Some(unknown) = self.value.keys().find(|key| !members.iter().any(|member| member.name == *key)) {
            return Err(SerdeError::custom(format!("the model has no member `{unknown}`")));
        }
        for member in members {
            match self.value.get(member.name) {
                None | Some(Value::Null) => {}
                Some(value) => write(self.shapes, member, value, member.schema, writer)?,
            }
        }
        Ok(())
    }
}

fn write(
    shapes: &Shapes,
    member: &MemberShape,
    value: &Value,
    schema: &Schema<'_>,
    writer: &mut dyn ShapeSerializer,
) -> Result<(), SerdeError> {
    let at = match member.target {
        Target::Scalar(kind) => return scalar(member.name, kind, value, schema, writer),
        Target::Shape(at) => at,
    };
    match (shapes.shape(at), value) {
        (Shape::Structure { .. }, Value::Object(map)) => {
            writer.write_struct(schema, &Structure { shapes, at, value: map })
        }
        (Shape::List { .. }, Value::Array(list)) if list.is_empty() && shapes.leaves_out_empty_lists => Ok(()),
        (Shape::List { element }, Value::Array(list)) => writer.write_list_with_length(schema, list.len(), &|writer| {
            list.iter().try_for_each(|value| write(shapes, element, value, element_schema(shapes, element), writer))
        }),
        (Shape::Map { value: held }, Value::Object(map)) => {
            writer.write_map_with_length(schema, map.len(), &|writer| {
                map.iter().try_for_each(|(key, value)| {
                    writer.write_string(&aws_smithy_schema::prelude::STRING, key)?;
                    write(shapes, held, value, element_schema(shapes, held), writer)
                })
            })
        }
        (Shape::Document, value) => writer.write_document(schema, &document(value)),
        _ => Err(misfit(member.name, "a structure, list or map as the model has it")),
    }
}

/// A structure in a list or a map is written by its own schema.
fn element_schema(shapes: &Shapes, element: &MemberShape) -> &'static Schema<'static> {
    match element.target {
        Target::Shape(at) => shapes.schema(at).unwrap_or(element.schema),
        Target::Scalar(_) => element.schema,
    }
}

fn scalar(
    name: &str,
    kind: ShapeType,
    value: &Value,
    schema: &Schema<'_>,
    writer: &mut dyn ShapeSerializer,
) -> Result<(), SerdeError> {
    let whole = || value.as_i64().ok_or_else(|| misfit(name, "a whole number"));
    let number = || value.as_f64().ok_or_else(|| misfit(name, "a number"));
    let text = || value.as_str().ok_or_else(|| misfit(name, "a text"));
    let narrow = |_| misfit(name, "a smaller number");
    match kind {
        ShapeType::Boolean => {
            writer.write_boolean(schema, value.as_bool().ok_or_else(|| misfit(name, "true or false"))?)
        }
        ShapeType::Byte => writer.write_byte(schema, whole()?.try_into().map_err(narrow)?),
        ShapeType::Short => writer.write_short(schema, whole()?.try_into().map_err(narrow)?),
        ShapeType::Integer => writer.write_integer(schema, whole()?.try_into().map_err(narrow)?),
        ShapeType::Long => writer.write_long(schema, whole()?),
        #[expect(clippy::cast_possible_truncation, reason = "the model says that 32 bits are enough")]
        ShapeType::Float => writer.write_float(schema, number()? as f32),
        ShapeType::Double => writer.write_double(schema, number()?),
        ShapeType::Blob => {
            let bytes = STANDARD.decode(text()?).map_err(|_| misfit(name, "base64"))?;
            writer.write_blob(schema, Blob::new(bytes))
        }
        ShapeType::Timestamp => {
            let moment = DateTime::from_str(text()?, Format::DateTimeWithOffset);
            writer.write_timestamp(schema, &moment.map_err(|_| misfit(name, "a moment (RFC 3339)"))?)
        }
        _ => writer.write_string(schema, text()?),
    }
}

fn misfit(name: &str, expected: &str) -> SerdeError {
    SerdeError::custom(format!("the member `{name}` must be {expected}"))
}

fn document(value: &Value) -> Document {
    match value {
        Value::Null => Document::Null,
        Value::Bool(value) => Document::Bool(*value),
        Value::String(text) => Document::String(text.clone()),
        Value::Number(number) => Document::Number(match (number.as_u64(), number.as_i64()) {
            (Some(number), _) => Number::PosInt(number),
            (None, Some(number)) => Number::NegInt(number),
            (None, None) => Number::Float(number.as_f64().unwrap_or(f64::NAN)),
        }),
        Value::Array(list) => Document::Array(list.iter().map(document).collect()),
        Value::Object(map) => Document::Object(map.iter().map(|(key, value)| (key.clone(), document(value))).collect()),
    }
}
