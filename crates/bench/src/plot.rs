//! The plot: bytes of each session, and time of a request, beside those of other programs. An SVG without
//! script or style sheet.

use crate::cookies::Cost;
use crate::cookies::requests::{RENEWAL, Variant};
use crate::sizes::Size;

const WIDTH: f64 = 720.0;
const LABELS: f64 = 250.0;
/// The room for a number behind a bar.
const NUMBER: f64 = 60.0;
const BAR: f64 = 16.0;
const OURS: &str = "#2a6fdb";
const OTHERS: &str = "#9aa3af";

/// A bar with its label.
struct Bar {
    label: String,
    value: f64,
    is_ours: bool,
}

/// `session` is the name of the session whose requests were measured.
pub(crate) fn svg(sizes: &[Size], session: &str, costs: &[Cost]) -> String {
    let bytes: Vec<_> = sizes.iter().flat_map(bars).collect();
    // A renewal is rare, and would make the other bars short.
    let is_shown = |it: &&Cost| it.variant == Variant::PLAIN && it.request != RENEWAL;
    let plain = costs.iter().filter(is_shown);
    let times: Vec<_> = plain
        .map(|it| Bar {
            label: it.request.clone(),
            value: it.lowest,
            is_ours: it.is_ours(),
        })
        .collect();
    let (first, below) = panel("Bytes of the cookies of a session", &bytes, 0.0);
    let title = format!("Nanoseconds of a request, without a server (session {session})");
    let (second, height) = panel(&title, &times, below);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" \
         font-family=\"sans-serif\" font-size=\"11\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n{first}{second}</svg>\n"
    )
}

/// The layer's bytes for a session, and those of the others.
fn bars(size: &Size) -> Vec<Bar> {
    let others = [("express-openid-connect", size.express)];
    let others = others.iter().chain(&size.peers);
    let mut bars = vec![Bar {
        label: format!("{}, tower-oidc", size.name),
        value: size.bytes as f64,
        is_ours: true,
    }];
    bars.extend(others.map(|(name, bytes)| Bar {
        label: format!("{}, {name}", size.name),
        value: *bytes as f64,
        is_ours: false,
    }));
    bars
}

/// A panel that begins at this height, and the height at which it ends.
fn panel(title: &str, bars: &[Bar], top: f64) -> (String, f64) {
    let largest = bars.iter().map(|it| it.value).fold(1.0, f64::max);
    let mut y = top + 22.0;
    let mut output = format!(
        "<text x=\"8\" y=\"{y}\" font-size=\"13\">{}</text>\n",
        text(title)
    );
    for bar in bars {
        y += BAR + 2.0;
        let length = (bar.value / largest * (WIDTH - LABELS - NUMBER)).round();
        let color = if bar.is_ours { OURS } else { OTHERS };
        output.push_str(&format!(
            "<text x=\"{}\" y=\"{y}\" text-anchor=\"end\">{}</text>\
             <rect x=\"{LABELS}\" y=\"{}\" width=\"{length}\" height=\"{}\" fill=\"{color}\"/>\
             <text x=\"{}\" y=\"{y}\">{:.0}</text>\n",
            LABELS - 6.0,
            text(&bar.label),
            y - BAR + 5.0,
            BAR - 3.0,
            LABELS + length + 4.0,
            bar.value,
        ));
    }
    (output, y + 14.0)
}

/// A text as XML. Names of sessions come from a file.
fn text(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(name: &str, bytes: usize) -> Size {
        Size {
            name: name.to_owned(),
            bytes,
            cookies: 1,
            largest: bytes,
            head: 0,
            express: 2 * bytes,
            peers: vec![("huskarl-axum", 3 * bytes)],
        }
    }

    fn cost(request: &str, variant: Variant, lowest: f64) -> Cost {
        Cost {
            request: request.to_owned(),
            variant,
            lowest,
            median: lowest,
            allocations: 0,
            bytes: 0,
            instructions: None,
        }
    }

    #[test]
    fn the_largest_bar_fills_its_panel_and_the_others_are_in_proportion() {
        let svg = svg(&[size("small", 100)], "small", &[]);

        let full = WIDTH - LABELS - NUMBER;
        for share in [1.0, 2.0, 3.0] {
            let width = (full * share / 3.0).round();
            assert!(
                svg.contains(&format!("width=\"{width}\" height=\"13\"")),
                "{svg}"
            );
        }
        assert_eq!(svg.matches(OURS).count(), 1);
    }

    #[test]
    fn only_requests_with_one_secret_and_no_other_cookies_are_shown() {
        let more = Variant {
            secrets: 3,
            foreign: 20,
        };
        let costs = [
            cost("sub", Variant::PLAIN, 4_000.0),
            cost("sub", more, 9_000.0),
        ];

        let svg = svg(&[], "large", &costs);

        assert!(svg.contains(">4000</text>"));
        assert!(!svg.contains(">9000</text>"));
        assert!(svg.contains("(session large)"));
    }

    #[test]
    fn a_name_cannot_end_a_text() {
        let svg = svg(&[size("a</text>&", 1)], "medium", &[]);

        assert!(svg.contains("a&lt;/text>&amp;, tower-oidc"));
    }
}
