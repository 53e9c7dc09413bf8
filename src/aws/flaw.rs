//! What is wrong with an answer that the SDK reads all the same: taken as it is, it would say less than AWS has.

use aws_smithy_runtime_api::http::{Request, Response};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

/// What is wrong with a successful answer to a request that asked with this token, if anything is.
pub(super) fn of(asked: Option<&str>, response: Option<&Response>) -> Option<&'static str> {
    let response = response.filter(|response| response.status().as_u16() == 200)?;
    let answer = response.body().bytes()?;
    // No operation that tells something answers with nothing.
    if answer.is_empty() {
        Some("the answer is empty")
    } else if is_cut_off(answer) {
        Some("the answer ends in the middle")
    } else if asked.is_some_and(|token| gives_token(answer, token)) {
        Some("AWS gave the same continuation token twice, so that the list would never end")
    } else {
        None
    }
}

/// True for an XML body whose root element is never closed.
///
/// The SDK's XML reader takes the end of the text for the end of every open element, so a list cut in two by a proxy or
/// a broken connection would look like a shorter list. JSON needs no such care: its reader refuses what is cut.
pub(super) fn is_cut_off(body: &[u8]) -> bool {
    let body = body.trim_ascii();
    let Some(mut rest) = std::str::from_utf8(body).ok().filter(|text| text.starts_with('<')) else {
        return false;
    };
    while rest.starts_with("<?") || rest.starts_with("<!") {
        match rest.find('>') {
            Some(end) => rest = rest[end + 1..].trim_start(),
            None => return true,
        }
    }
    // What begins as XML and has no element ends before its first one.
    let Some(tag) = rest.strip_prefix('<') else { return true };
    let name: &str = tag.split(|c: char| c.is_whitespace() || c == '>' || c == '/').next().unwrap_or_default();
    let closed = rest.ends_with(&format!("</{name}>"));
    let only_tag_closed = rest.ends_with("/>") && rest.matches('<').count() == 1;
    !(closed || only_tag_closed)
}

/// Parts of a list say where the next one begins in members with these names, in lower case.
const TOKENS: [&str; 6] =
    ["continuationtoken", "marker", "nextcontinuationtoken", "nextmarker", "nexttoken", "paginationtoken"];

/// Whether the answer says to go on at this token. Where the request asked with it, the SDK's paginators take that for the
/// end of the list.
fn gives_token(answer: &[u8], token: &str) -> bool {
    let Ok(answer) = std::str::from_utf8(answer) else { return false };
    if answer.contains("<IsTruncated>false<") {
        return false;
    }
    // Lists of S3 that say whether there is more repeat what they were asked with under this name.
    let asked = answer.contains("<IsTruncated>").then_some("ContinuationToken");
    if let Ok(members) = serde_json::from_str::<Map<String, Value>>(answer) {
        return tokens(members.iter().map(|(name, value)| (name.as_str(), value.as_str()))).any(|given| given == token);
    }
    let value = format!(">{}</", quick_xml::escape::escape(token));
    answer.match_indices(&value).any(|(at, value)| {
        let name = answer[at + value.len()..].split('>').next().unwrap_or_default();
        Some(name) != asked && tokens([(name, Some(name))]).next().is_some()
    })
}

/// The token with which the request asks for a further part of a list.
pub(super) fn asked_token(request: &Request) -> Option<String> {
    let body = request.body().bytes().and_then(|body| std::str::from_utf8(body).ok()).unwrap_or_default();
    if let Ok(members) = serde_json::from_str::<Map<String, Value>>(body) {
        return tokens(members.iter().map(|(name, value)| (name.as_str(), value.as_str()))).next().map(str::to_owned);
    }
    let query = request.uri().split_once('?').map_or("", |(_, query)| query);
    let pairs = query.split('&').chain(body.split('&')).filter_map(|pair| pair.split_once('='));
    let token = tokens(pairs.map(|(name, value)| (name, Some(value)))).next()?;
    Some(percent_decode_str(&token.replace('+', " ")).decode_utf8_lossy().into_owned())
}

fn tokens<'a>(members: impl IntoIterator<Item = (&'a str, Option<&'a str>)>) -> impl Iterator<Item = &'a str> {
    let of_token = |(name, value): (&str, Option<&'a str>)| {
        let name = name.to_ascii_lowercase().replace('-', "");
        value.filter(|value| !value.is_empty() && TOKENS.contains(&name.as_str()))
    };
    members.into_iter().filter_map(of_token)
}

#[cfg(test)]
mod tests {
    use aws_smithy_runtime_api::http::StatusCode;
    use aws_smithy_types::body::SdkBody;

    use super::*;

    #[test]
    fn whole_documents_are_told_from_cut_ones() {
        for whole in [
            "<?xml version=\"1.0\"?>\n<A xmlns=\"x\"><B>1</B></A>",
            "<A/>",
            "<A><A>1</A></A>\n",
            "",
            "{\"a\": 1",
            "us-east-1",
            "<A x=\"1\" />",
        ] {
            assert!(!is_cut_off(whole.as_bytes()), "{whole}");
        }
        for cut in [
            "<A><B>1</B>",
            "<?xml version=\"1.0\"?><A",
            "<?xml version",
            "<A><B/>",
            "<A>text",
            "<?xml version=\"1.0\"?>\n",
        ] {
            assert!(is_cut_off(cut.as_bytes()), "{cut}");
        }
    }

    fn flaw(uri: &str, asked: &str, status: u16, answer: &str) -> Option<&'static str> {
        let mut request = Request::new(SdkBody::from(asked));
        request.set_uri(uri).unwrap();
        let response = Response::new(StatusCode::try_from(status).unwrap(), SdkBody::from(answer));
        of(asked_token(&request).as_deref(), Some(&response))
    }

    #[test]
    fn an_empty_answer_is_no_answer() {
        assert_eq!(flaw("/", "", 200, ""), Some("the answer is empty"));
        assert_eq!(flaw("/", "", 204, ""), None, "nothing was promised");
        assert_eq!(flaw("/", "", 404, ""), None, "the status says it");
        assert_eq!(flaw("/", "", 200, "<A>"), Some("the answer ends in the middle"));
        assert_eq!(flaw("/", "", 200, "{}"), None);
    }

    #[test]
    fn a_token_that_comes_again_is_noticed_in_every_protocol() {
        let query = "Action=ListRoles&Marker=a%2Fb%3D";
        for (uri, asked, again, further) in [
            ("/", query, "<R><Marker>a/b=</Marker></R>", "<R><Marker>c</Marker><RoleName>a/b=</RoleName></R>"),
            ("/", r#"{"Marker": "a"}"#, r#"{"NextMarker": "a"}"#, r#"{"NextMarker": "b", "Name": "a"}"#),
            (
                "/?continuation-token=a&x-id=L",
                "",
                "<R><ContinuationToken>a</ContinuationToken></R>",
                "<R><Name>a</Name></R>",
            ),
            ("/v/list?nextToken=a", "", r#"{"nextToken": "a"}"#, r#"{"nextToken": null}"#),
        ] {
            assert!(flaw(uri, asked, 200, again).is_some_and(|flaw| flaw.contains("twice")), "{again}");
            assert_eq!(flaw(uri, asked, 200, further), None, "{further}");
            assert_eq!(flaw("/", "", 200, again), None, "the first part asks with no token");
        }
        let s3 = "<R><ContinuationToken>a</ContinuationToken><IsTruncated>true</IsTruncated><NextContinuationToken>";
        let (last, next) = (s3.replace("true", "false"), "</NextContinuationToken></R>");
        assert_eq!(flaw("/?continuation-token=a", "", 200, &format!("{s3}b{next}")), None, "what was asked with");
        assert!(flaw("/?continuation-token=a", "", 200, &format!("{s3}a{next}")).is_some());
        assert_eq!(flaw("/?continuation-token=a", "", 200, &format!("{last}{next}")), None);
    }
}
