//! What a service makes of a text before it keeps it. Each of these is something that services in use do.

/// A way of writing a text anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rewriting {
    /// White space at both ends goes.
    Trim,
    /// Ends of lines become those of mail.
    Lines,
    /// Runs of white space, whatever its kind, become one space.
    Spaces,
    /// What takes no room goes.
    Invisible,
    /// What HTML gives a meaning to is escaped.
    Escape,
    /// Letters with accents are taken apart.
    Letters,
    /// Two asterisks become an element.
    Markup,
    /// What looks like an address becomes a link.
    Links,
    /// Short names become pictures.
    Pictures,
    /// Runs of many digits are masked.
    Mask,
    /// What is beyond so many characters goes.
    Cut,
}

/// How much [`Rewriting::Cut`] leaves, in characters.
const KEPT: usize = 12;
/// Digits that [`Rewriting::Mask`] lets pass.
const SHORT: usize = 8;

impl Rewriting {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Trim,
        Self::Lines,
        Self::Spaces,
        Self::Invisible,
        Self::Escape,
        Self::Letters,
        Self::Markup,
        Self::Links,
        Self::Pictures,
        Self::Mask,
        Self::Cut,
    ];

    /// A text, written anew.
    #[must_use]
    pub fn rewrites(self, text: &str) -> String {
        match self {
            Self::Trim => text.trim().to_owned(),
            Self::Lines => text.replace("\r\n", "\n").replace('\n', "\r\n"),
            Self::Spaces => text.split_whitespace().collect::<Vec<_>>().join(" "),
            Self::Invisible => text.replace(['\u{200b}', '\u{200d}', '\u{feff}', '\u{fe0f}', '\u{ad}'], ""),
            Self::Escape => text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;"),
            Self::Letters => text.replace('\u{e9}', "e\u{301}").replace('\u{fc}', "u\u{308}"),
            Self::Markup => {
                let parts: Vec<&str> = text.split("**").collect();
                let marked = |(place, part): (usize, &&str)| match place % 2 {
                    1 if place + 1 < parts.len() => format!("<strong>{part}</strong>"),
                    1 => format!("**{part}"),
                    _ => (*part).to_owned(),
                };
                parts.iter().enumerate().map(marked).collect()
            }
            Self::Links => text
                .split(' ')
                .map(|word| match word.strip_prefix("https://") {
                    Some(rest) => format!("<a href=\"{word}\">{rest}</a>"),
                    None => word.to_owned(),
                })
                .collect::<Vec<_>>()
                .join(" "),
            Self::Pictures => text.replace(":smile:", "\u{1f604}"),
            Self::Mask => masked(text),
            Self::Cut if text.chars().count() > KEPT => text.chars().take(KEPT).chain(['\u{2026}']).collect(),
            Self::Cut => text.to_owned(),
        }
    }
}

fn masked(text: &str) -> String {
    let mut out = String::new();
    let mut digits = String::new();
    for one in text.chars().chain(['\0']) {
        if one.is_ascii_digit() {
            digits.push(one);
            continue;
        }
        let many = digits.len() > SHORT;
        out.push_str(if many { "****" } else { &digits });
        digits.clear();
        out.extend(Some(one).filter(|one| *one != '\0'));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_written_anew_as_services_do() {
        for (how, text, anew) in [
            (Rewriting::Trim, " a \n", "a"),
            (Rewriting::Lines, "a\nb\r\nc", "a\r\nb\r\nc"),
            (Rewriting::Spaces, "a \u{a0} b", "a b"),
            (Rewriting::Invisible, "a\u{200b}b", "ab"),
            (Rewriting::Escape, "a & <b>", "a &amp; &lt;b&gt;"),
            (Rewriting::Letters, "caf\u{e9}", "cafe\u{301}"),
            (Rewriting::Markup, "**a** b **c", "<strong>a</strong> b **c"),
            (Rewriting::Links, "see https://a.example", "see <a href=\"https://a.example\">a.example</a>"),
            (Rewriting::Pictures, "so :smile:", "so \u{1f604}"),
            (Rewriting::Mask, "card 4111111111111111, 42", "card ****, 42"),
            (Rewriting::Cut, "a long story, told", "a long story\u{2026}"),
        ] {
            assert_eq!(how.rewrites(text), anew);
            assert_eq!(how.rewrites("plain"), "plain", "{how:?}");
        }
    }
}
