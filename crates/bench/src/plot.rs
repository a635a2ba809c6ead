//! The plot: bytes of each session, and time of a request, beside those of other programs. An SVG without
//! script or style sheet.

use crate::cookies::Cost;
use crate::cookies::requests::Variant;
use crate::sizes::Size;

const WIDTH: f64 = 720.0;
const LABELS: f64 = 210.0;
const BAR: f64 = 16.0;
const OURS: &str = "#2a6fdb";
const OTHERS: &str = "#9aa3af";

/// A bar with its label.
struct Bar {
    label: String,
    value: f64,
    is_ours: bool,
}

pub(crate) fn svg(sizes: &[Size], costs: &[Cost]) -> String {
    let bytes: Vec<_> = sizes
        .iter()
        .flat_map(|it| {
            let bar = |label: String, value: usize, is_ours| Bar {
                label,
                value: value as f64,
                is_ours,
            };
            [
                bar(format!("{}, tower-oidc", it.name), it.bytes, true),
                bar(
                    format!("{}, express-openid-connect", it.name),
                    it.express,
                    false,
                ),
            ]
        })
        .collect();
    let plain = costs.iter().filter(|it| it.variant == Variant::PLAIN);
    let times: Vec<_> = plain
        .map(|it| Bar {
            label: it.request.clone(),
            value: it.lowest,
            is_ours: it.is_ours(),
        })
        .collect();
    let (first, below) = panel("Bytes of a session's cookies", &bytes, 0.0);
    let (second, height) = panel("Nanoseconds of a request, without a server", &times, below);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" \
         font-family=\"sans-serif\" font-size=\"11\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n{first}{second}</svg>\n"
    )
}

/// A panel that begins at this height, and the height at which it ends.
fn panel(title: &str, bars: &[Bar], top: f64) -> (String, f64) {
    let largest = bars.iter().map(|it| it.value).fold(1.0, f64::max);
    let mut y = top + 22.0;
    let mut output = format!("<text x=\"8\" y=\"{y}\" font-size=\"13\">{title}</text>\n");
    for bar in bars {
        y += BAR + 2.0;
        let length = (bar.value / largest * (WIDTH - LABELS - 60.0)).round();
        let color = if bar.is_ours { OURS } else { OTHERS };
        output.push_str(&format!(
            "<text x=\"{}\" y=\"{y}\" text-anchor=\"end\">{}</text>\
             <rect x=\"{LABELS}\" y=\"{}\" width=\"{length}\" height=\"{}\" fill=\"{color}\"/>\
             <text x=\"{}\" y=\"{y}\">{:.0}</text>\n",
            LABELS - 6.0,
            bar.label,
            y - BAR + 5.0,
            BAR - 3.0,
            LABELS + length + 4.0,
            bar.value,
        ));
    }
    (output, y + 14.0)
}
