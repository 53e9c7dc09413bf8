//! `safeguard kinds new`: a page to begin with.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::Path;

use super::unwritable;
use crate::scan::file;
use crate::{Error, Result};

/// Writes `DIR/<service>.yaml`, never over an existing file.
pub(super) fn new(kind: &str, service: &str, list: &str, dir: &Path, out: &mut dyn Write) -> Result<()> {
    let is_word = |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    if !is_word(service) || !is_word(list) {
        return Err(Error::usage(format!("`{service}` and `{list}` must be names of a service and of an operation"))
            .help("name them as botocore does, such as `--service sqs --list ListQueues`"));
    }
    if kind.split("::").count() != 3
        || !kind.split("::").all(|part| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric()))
    {
        return Err(Error::usage(format!("`{kind}` is no name of a kind"))
            .help("a kind is a CloudFormation type name, such as `AWS::SQS::Queue`, or a name of that form"));
    }
    file::make_folder(dir)?;
    let path = dir.join(format!("{service}.yaml"));
    let text = page(kind, service, list);
    let written = fs::File::create_new(&path).and_then(|mut new| new.write_all(text.as_bytes()));
    written.map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => Error::usage(format!("{} exists already", path.display()))
            .help("add the kind to it by hand: a page holds all kinds of its service"),
        _ => Error::usage(format!("{} cannot be written: {}", path.display(), file::reason(&error)))
            .help("`--dir` takes a folder"),
    })?;
    let dir = dir.display();
    writeln!(
        out,
        "{}\nFill in what is marked with <...> (docs/kinds.md says how), then:\n  safeguard kinds model {dir}\n  safeguard kinds \
         lint {dir}\n  safeguard kinds show {kind} --kinds {dir}",
        path.display()
    )
    .map_err(unwritable)
}

fn page(kind: &str, service: &str, list: &str) -> String {
    format!(
        "\
# <The service: what is read of it, and what is not.>
# https://docs.aws.amazon.com/<the page that says so>
service: {service}
kinds:
  {kind}:
    about: <A sentence on what a resource is.>
    # scope: account   # for what AWS lists once for the account; without it, in every region
    list:
      call: {list}
      items: <where the resources stand in the answer>
      id: <the member that identifies one>
      # arn: <its ARN: a member, or a text such as arn:${{partition}}:{service}:${{region}}:${{account}}:${{Name}}>
    facts:             # what the list tells; what AWS leaves out is null, of a list an empty list
      <Name>:
    # calls:           # what each resource is asked about
    #   - call: <Operation>
    #     input: {{<Member>: ${{<a member of the resource>}}}}
    #     read: <where the facts stand in the answer>
    #     facts:
    #       <Name>:
"
    )
}
