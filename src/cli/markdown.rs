//! Text for Markdown pages: whatever a rule or a catalog says is shown as it is, and never taken for markup.

use crate::output::text;

/// Text on one line, as it may stand in a paragraph or a table cell.
pub(super) fn inline(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in one_line(text).chars() {
        if matches!(character, '|' | '\\' | '*' | '_' | '<' | '[' | ']' | '`' | '&' | '~') {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

/// A paragraph: what makes a heading, a list or a quotation only at the beginning of a line is escaped there.
pub(super) fn paragraph(text: &str) -> String {
    let line = inline(text);
    let digits = line.chars().take_while(char::is_ascii_digit).count();
    if digits > 0 && line[digits..].starts_with(['.', ')']) {
        return format!("{}\\{}", &line[..digits], &line[digits..]);
    }
    if line.starts_with(['#', '+', '-', '>', '=']) { format!("\\{line}") } else { line }
}

/// A code span of one line. A table takes even a span apart at `|`.
pub(super) fn span(code: &str) -> String {
    let code = one_line(code).replace('|', "\\|");
    let fence = "`".repeat(longest_run(&code) + 1);
    let pad = if code.starts_with('`') || code.ends_with('`') { " " } else { "" };
    format!("{fence}{pad}{code}{pad}{fence}")
}

/// A block of code.
pub(super) fn block(language: &str, code: &str) -> String {
    let fence = "`".repeat(longest_run(code).max(2) + 1);
    let lines: Vec<_> = code.trim_end().lines().map(text::escape).collect();
    format!("{fence}{language}\n{}\n{fence}\n", lines.join("\n"))
}

/// A link whose text is its address; text that is no plain address is no link.
pub(super) fn address(url: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'<' | b'>' | b'\\');
    match (url.starts_with("https://") || url.starts_with("http://")) && url.bytes().all(is_plain) {
        true => format!("<{url}>"),
        false => inline(url),
    }
}

fn one_line(text: &str) -> String {
    text::escape(&text.split_whitespace().collect::<Vec<_>>().join(" ")).into_owned()
}

fn longest_run(text: &str) -> usize {
    text.split(|character| character != '`').map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_said_becomes_markup() {
        assert_eq!(inline("a | b\n<script> [x](y) `z` *w* &lt;"), r"a \| b \<script> \[x\](y) \`z\` \*w\* \&lt;");
        assert_eq!(inline("right\u{202e}left\u{7}"), r"right\\u{202e}left\\u{7}");
        for (text, shown) in [("# no heading", r"\# no heading"), ("1. no list", r"1\. no list"), ("- no", r"\- no")] {
            assert_eq!(paragraph(text), shown);
        }
        assert_eq!(paragraph("2026 was fine"), "2026 was fine");
    }

    #[test]
    fn code_stays_in_its_fence() {
        assert_eq!(span("a || b"), r"`a \|\| b`");
        assert_eq!(span("`x`"), "`` `x` ``");
        assert_eq!(block("sh", "echo ```\n"), "````sh\necho ```\n````\n");
        assert_eq!(block("", "a\n\n  b"), "```\na\n\n  b\n```\n");
    }

    #[test]
    fn only_an_address_becomes_a_link() {
        assert_eq!(address("https://docs.aws.amazon.com/x"), "<https://docs.aws.amazon.com/x>");
        assert_eq!(address("javascript:alert(1)"), "javascript:alert(1)");
        assert_eq!(address("https://x/> <b>"), r"https://x/> \<b>");
    }
}
