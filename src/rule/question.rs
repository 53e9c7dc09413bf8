//! Questions about policies, asked outside of a condition: the functions of the rule language that answer with
//! witnesses.

use serde_json::Value;

use super::functions::{self, Accepts, Function, FunctionParameter, Implementation};
use super::value::Val;
pub use crate::policy::PolicyAnswer;
use crate::policy::{self, Own};

/// A question that can be asked about policies.
#[derive(Debug, Clone, Copy)]
pub struct PolicyQuestion {
    function: &'static Function,
}

/// Every question, in the order of the rule language's documentation.
pub fn all() -> impl Iterator<Item = PolicyQuestion> {
    let answers = |function: &Function| {
        matches!(function.implementation, Implementation::Asks(_) | Implementation::AsksOfKnown(_))
    };
    functions::all()
        .filter(move |function| is_about_policies(function) && answers(function))
        .map(|function| PolicyQuestion { function })
}

fn is_about_policies(function: &Function) -> bool {
    let is_policy = |accepts: &Accepts| matches!(accepts, Accepts::Policy | Accepts::Policies);
    function.parameters.first().is_some_and(|first| first.accepts.iter().any(is_policy))
}

/// The question of that name.
pub fn find(name: &str) -> Option<PolicyQuestion> {
    all().find(|question| question.name() == name)
}

/// Reads a value as a policy document, and says what is wrong if it is none.
///
/// # Errors
/// The reason, in words.
pub fn check_document(document: &Value) -> Result<(), String> {
    policy::ParsedPolicy::read(document).map(drop)
}

impl PolicyQuestion {
    /// The function's name.
    pub fn name(&self) -> &'static str {
        self.function.name
    }

    /// Its meaning in a sentence or two.
    pub fn meaning(&self) -> &'static str {
        self.function.meaning
    }

    /// The values that must be known to ask it.
    pub fn parameters(&self) -> &'static [FunctionParameter] {
        self.function.parameters
    }

    /// Asks it. There is one argument for each parameter, in their order; null is "no policy is attached".
    ///
    /// # Errors
    /// If an argument is not what its parameter accepts.
    pub fn ask(&self, arguments: &[Value]) -> Result<PolicyAnswer, String> {
        let arguments: Vec<Val<'_>> = arguments.iter().map(|argument| Val::Json(argument).plain()).collect();
        let answer = match self.function.implementation {
            Implementation::Asks(ask) => ask(&arguments),
            // Nothing was read of any organization: who is known, the arguments say.
            Implementation::AsksOfKnown(ask) => ask(&arguments, &Own::Alone),
            _ => return Err("it is no question about policies".to_owned()),
        };
        answer.map_err(|fault| fault.to_string())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::Truth;

    #[test]
    fn questions_about_policies_can_be_asked_by_name() {
        let question = find("denies_insecure_transport").unwrap();
        assert_eq!(question.parameters().len(), 2);
        let answer = question.ask(&[Value::Null, json!("arn:aws:s3:::records")]).unwrap();
        assert_eq!(answer.truth, Truth::False, "no policy denies nothing");
        let refused = question.ask(&[json!(7), json!("arn:aws:s3:::records")]).unwrap_err();
        assert_eq!(refused, "an argument should be a policy document or null, but is a whole number");
        assert!(question.ask(&[]).is_err());
    }

    #[test]
    fn other_functions_are_no_questions() {
        assert!(find("startsWith").is_none() && find("is_public").is_some());
        assert!(all().all(|question| question.parameters()[0].name.starts_with("polic")));
    }
}
