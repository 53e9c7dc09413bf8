//! The cut models: what `fixtures/models.py` wrote of each service, as data.

use std::collections::HashMap;
use std::sync::{Mutex, OnceLock, PoisonError};

use super::embedded::{PARTITIONS, embedded};
use super::schema::Shapes;
use super::text::{OperationText, ServiceText};

/// One service, as far as this build calls it. It lives as long as the program.
#[derive(Debug)]
pub struct Service {
    /// Its name: that of the model's file.
    pub name: &'static str,
    pub(super) text: ServiceText,
    pub(super) shapes: Shapes,
}

/// Why there is no model to call a service by.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// This build has none.
    #[error("this build has no model of the AWS service `{0}`")]
    UnknownService(String),
    /// The service's model lacks the operation.
    #[error("this build's model of {service} has no operation `{operation}`")]
    UnknownOperation {
        /// The service.
        service: String,
        /// The operation.
        operation: String,
    },
    /// The model is no model.
    #[error("the model of {service} cannot be read: {reason}")]
    Unreadable {
        /// The service.
        service: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl Service {
    /// The service of this build with that name. Its schemas are built when it is first asked for.
    ///
    /// # Errors
    /// If this build has no model of it.
    pub fn find(name: &str) -> Result<&'static Self, ModelError> {
        static KNOWN: OnceLock<Mutex<HashMap<String, &'static Service>>> = OnceLock::new();
        let mut known = KNOWN.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(service) = known.get(name) {
            return Ok(service);
        }
        // A name with a path in it would be another file.
        let is_name = name != PARTITIONS && !name.contains(['/', '.', '\\']);
        let file = is_name.then(|| embedded(name)).flatten();
        let file = file.ok_or_else(|| ModelError::UnknownService(name.to_owned()))?;
        let service = Self::read(name, &file)?;
        known.insert(name.to_owned(), service);
        Ok(service)
    }

    /// Reads a model and keeps it for ever: there are as many as services that are called.
    ///
    /// # Errors
    /// If it is none.
    pub fn read(name: &str, text: &[u8]) -> Result<&'static Self, ModelError> {
        let unreadable = |reason: String| ModelError::Unreadable { service: name.to_owned(), reason };
        let text: ServiceText = serde_json::from_slice(text).map_err(|error| unreadable(error.to_string()))?;
        let shapes = Shapes::build(&text).map_err(unreadable)?;
        Ok(Box::leak(Box::new(Self { name: name.to_owned().leak(), text, shapes })))
    }

    /// Where the service is reached, and the region to sign for; `None` where AWS has no endpoint of that variant.
    pub fn endpoint(&self, region: &str, fips: bool, dual_stack: bool) -> Option<(String, String)> {
        self.text.endpoints.find(region, fips, dual_stack).map(|address| (address.url, address.region))
    }

    pub(super) fn operation(&'static self, name: &str) -> Result<(&'static str, &'static OperationText), ModelError> {
        let found = self.text.operations.get_key_value(name);
        found
            .map(|(name, operation)| (name.as_str(), operation))
            .ok_or_else(|| ModelError::UnknownOperation { service: self.name.to_owned(), operation: name.to_owned() })
    }
}
