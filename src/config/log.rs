//! What is logged, as the environment says it.

use tracing_subscriber::filter::EnvFilter;

use crate::{Error, Result};

/// The environment variable with a filter such as `safeguard=debug,aws_config=debug`.
pub const LOG_VARIABLE: &str = "SAFEGUARD_LOG";

/// The filter that the variable says.
///
/// # Errors
/// With the part of it that is none.
pub fn log_filter(directives: &str) -> Result<EnvFilter> {
    EnvFilter::builder().parse(directives).map_err(|_| {
        let is_wrong = |part: &&str| EnvFilter::builder().parse(part).is_err();
        let part = directives.split(',').find(is_wrong).unwrap_or(directives);
        Error::usage(format!("{LOG_VARIABLE} is not a filter: `{}` says no level", part.escape_debug())).help(
            "write a level (error, warn, info, debug, trace, off), or levels by module: safeguard=debug,aws_config=debug",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_part_that_is_wrong_is_named_in_our_words() {
        for (text, part) in
            [("safeguard=loud", "safeguard=loud"), ("info,aws_config=9x,warn", "aws_config=9x"), ("a=b=c", "a=b=c")]
        {
            let error = log_filter(text).unwrap_err();
            assert_eq!(error.message, format!("SAFEGUARD_LOG is not a filter: `{part}` says no level"));
        }
        assert_eq!(log_filter("warn,safeguard=debug").unwrap().to_string(), "safeguard=debug,warn");
    }
}
