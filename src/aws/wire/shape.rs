//! What the models say of answers and requests, for those who declare what to read of them.

use super::model::{ModelError, Service};
use super::text::{Reference, ServiceText};

/// A shape of a model: the type of an answer, of a request, or of a part of one.
#[derive(Debug, Clone, Copy)]
pub struct ModelShape<'m> {
    text: &'m ServiceText,
    target: ShapeTarget<'m>,
}

#[derive(Debug, Clone, Copy)]
enum ShapeTarget<'m> {
    Shape(&'m str),
    Scalar { of: &'m str, values: Option<&'m str> },
}

/// The form of a shape.
#[derive(Debug)]
pub enum Form<'m> {
    /// Text; the values that AWS documents, which it adds to without notice. Empty where any text may stand.
    Text(&'m [String]),
    /// True or false.
    Bool,
    /// A whole number.
    Integer,
    /// A number with fractions.
    Number,
    /// A moment.
    Moment,
    /// Bytes, which answers carry as base64.
    Bytes,
    /// Named members.
    Structure(Vec<(&'m str, ModelShape<'m>)>),
    /// Any number of one shape.
    List(ModelShape<'m>),
    /// Any keys, one shape of value.
    Map(ModelShape<'m>),
    /// Anything.
    Document,
}

impl<'m> ModelShape<'m> {
    fn new(text: &'m ServiceText, reference: &'m Reference) -> Self {
        let target = match reference.of.strip_prefix('#') {
            Some(name) => ShapeTarget::Shape(name),
            None => ShapeTarget::Scalar { of: &reference.of, values: reference.values.as_deref() },
        };
        Self { text, target }
    }

    /// The model's name of it; `None` for scalars. A shape may hold itself, which the name tells.
    pub fn name(&self) -> Option<&'m str> {
        match self.target {
            ShapeTarget::Shape(name) => Some(name),
            ShapeTarget::Scalar { .. } => None,
        }
    }

    /// Its form.
    pub fn form(&self) -> Form<'m> {
        let name = match self.target {
            ShapeTarget::Shape(name) => name,
            ShapeTarget::Scalar { of: "boolean", .. } => return Form::Bool,
            ShapeTarget::Scalar { of: "byte" | "short" | "integer" | "long", .. } => return Form::Integer,
            ShapeTarget::Scalar { of: "float" | "double", .. } => return Form::Number,
            ShapeTarget::Scalar { of: "timestamp", .. } => return Form::Moment,
            ShapeTarget::Scalar { of: "blob", .. } => return Form::Bytes,
            ShapeTarget::Scalar { values, .. } => {
                return Form::Text(values.and_then(|name| self.text.enums.get(name)).map_or(&[], Vec::as_slice));
            }
        };
        let Some(shape) = self.text.shapes.get(name).filter(|shape| !shape.document) else { return Form::Document };
        match (&shape.list, &shape.map) {
            (Some(element), _) => Form::List(Self::new(self.text, element)),
            (_, Some((_, value))) => Form::Map(Self::new(self.text, value)),
            _ => {
                let members = shape.members.iter().flatten();
                Form::Structure(members.map(|(name, of)| (name.as_str(), Self::new(self.text, of))).collect())
            }
        }
    }

    /// The member of that name, if it is a structure that has one.
    pub fn member(&self, name: &str) -> Option<Self> {
        let shape = self.text.shapes.get(self.name()?)?;
        shape.members.as_ref()?.get(name).map(|of| Self::new(self.text, of))
    }

    /// The names of its members, if it is a structure.
    pub fn member_names(&self) -> Vec<&'m str> {
        match self.form() {
            Form::Structure(members) => members.into_iter().map(|(name, _)| name).collect(),
            _ => Vec::new(),
        }
    }
}

/// An operation as a model describes it.
#[derive(Debug, Clone, Copy)]
pub struct ModelOperation<'m> {
    /// AWS's name, such as `DescribeTable`.
    pub name: &'m str,
    /// What it is asked with; `None` where it takes nothing.
    pub input: Option<ModelShape<'m>>,
    /// What it answers; `None` where it answers nothing.
    pub output: Option<ModelShape<'m>>,
    /// Whether its answers come in pages.
    pub has_pages: bool,
    /// The codes of the errors that AWS documents.
    pub errors: &'m [String],
}

impl Service {
    /// What the model says of an operation.
    ///
    /// # Errors
    /// If the model does not have it.
    pub fn describe(&'static self, operation: &str) -> Result<ModelOperation<'static>, ModelError> {
        let (name, text) = self.operation(operation)?;
        let shape = |name: &'static Option<String>| {
            Some(ModelShape { text: &self.text, target: ShapeTarget::Shape(name.as_deref()?) })
        };
        let (input, output) = (shape(&text.input), shape(&text.output));
        Ok(ModelOperation { name, input, output, has_pages: text.pages.is_some(), errors: &text.errors })
    }

    /// The operations of the model, sorted.
    pub fn operation_names(&self) -> impl Iterator<Item = &str> {
        self.text.operations.keys().map(String::as_str)
    }

    /// The SDK's name of the service without spaces, in lower case: `elasticloadbalancingv2`.
    pub fn sdk_name(&self) -> String {
        self.text.sdk_id.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase()
    }

    /// What requests are signed for, which is the prefix of the IAM actions of most services.
    pub fn signing_name(&self) -> &str {
        &self.text.endpoints.signing_name
    }

    /// Whether AWS's endpoint data list the service for other regions of the partition and not for this one.
    pub fn is_missing_in(&self, region: &str) -> bool {
        self.text.not_in.contains(region)
    }
}
