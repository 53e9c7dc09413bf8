//! What EC2 tells that moto does not know: settings of regions, and which snapshots everyone may restore.

use crate::aws::Credentials;
use crate::http::{Reply, Request};
use crate::wire::Call;

/// `None` for whatever moto can answer itself. One region is as it should be, one as nobody touched it.
pub fn answer(operation: &str, call: &Call) -> Option<Reply> {
    let is_planted = call.access_key == Credentials::any().access_key_id;
    let is_untouched = is_planted && call.region == "us-east-1";
    let either = |untouched: &'static str, good: &'static str| if is_untouched { untouched } else { good };
    let content = match operation {
        "GetSnapshotBlockPublicAccessState" => either(
            "<state>unblocked</state><managedBy>account</managedBy>",
            "<state>block-all-sharing</state><managedBy>account</managedBy>",
        ),
        "GetImageBlockPublicAccessState" => either(
            "<imageBlockPublicAccessState>unblocked</imageBlockPublicAccessState><managedBy>account</managedBy>",
            "<imageBlockPublicAccessState>block-new-sharing</imageBlockPublicAccessState><managedBy>account</managedBy>",
        ),
        "GetSerialConsoleAccessStatus" => either(
            "<serialConsoleAccessEnabled>true</serialConsoleAccessEnabled>",
            "<serialConsoleAccessEnabled>false</serialConsoleAccessEnabled>",
        ),
        "GetInstanceMetadataDefaults" => either(
            "<accountLevel/>",
            "<accountLevel><httpTokens>required</httpTokens><managedBy>account</managedBy></accountLevel>",
        ),
        "DescribeVpcBlockPublicAccessOptions" => {
            "<vpcBlockPublicAccessOptions><internetGatewayBlockMode>off</internetGatewayBlockMode>\
             <state>default-state</state></vpcBlockPublicAccessOptions>"
        }
        _ => return None,
    };
    let body = format!(
        "<{operation}Response xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><requestId>1</requestId>{content}\
         </{operation}Response>"
    );
    Some(Reply::new(200, "text/xml", body))
}

/// Moto asks neither who owns a snapshot nor who may restore it. Those of its own images say so, and so do those of the
/// sample account that everyone may restore.
pub fn own_snapshots(request: &Request, answer: &str) -> Option<String> {
    let is_for_everyone = String::from_utf8_lossy(&request.body).contains("RestorableBy.1=all");
    let (before, rest) = answer.split_once("<snapshotSet>")?;
    let (items, after) = rest.split_once("</snapshotSet>")?;
    let mut kept = String::new();
    let (mut depth, mut item) = (0, String::new());
    for part in items.split_inclusive('>') {
        item.push_str(part);
        match part.trim() {
            "<item>" => depth += 1,
            "</item>" => depth -= 1,
            _ => {}
        }
        if depth > 0 {
            continue;
        }
        let is_motos = item.contains("<description>Auto-created snapshot");
        if !is_motos && (!is_for_everyone || item.contains("<description>for everyone</description>")) {
            kept.push_str(&item);
        }
        item.clear();
    }
    Some(format!("{before}<snapshotSet>{kept}</snapshotSet>{after}"))
}
