//! The arrivals as a picture: one strip a client, share of all clients in each 100 ms slot over the seconds since the
//! service is back. Written by hand; it follows the reader's light or dark scheme.

use std::fmt::Write as _;

use crate::figures::{Figures, SLOT};
use crate::table::percent;

/// A strip: its label, whether it is ours, and what it shows.
pub struct Strip<'a> {
    /// What stands beside it.
    pub label: String,
    /// Ours are drawn in the strong colour.
    pub ours: bool,
    /// Its arrivals.
    pub figures: &'a Figures,
}

const WIDTH: f64 = 860.0;
const LEFT: f64 = 215.0;
const RIGHT: f64 = 760.0;
const TOP: f64 = 62.0;
const STRIP: f64 = 46.0;
const GAP: f64 = 14.0;
/// Seconds on the horizontal axis; every wait of ours ends within them.
const SECONDS: usize = 30;
/// The top of each strip. What is higher is cut off and marked.
const MOST: f64 = 0.06;

const STYLE: &str = "text{font:12px system-ui,sans-serif;fill:#1f2328}\
.title{font-size:15px;font-weight:600}.dim{fill:#59636e}.end{text-anchor:end}.middle{text-anchor:middle}\
.paper{fill:#fff}.ours{fill:#0b7a68}.theirs{fill:#8a5a12}.axis{stroke:#8c959f;stroke-width:1}.bound{stroke:#cf222e;stroke-width:1;stroke-dasharray:3 3}\
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.dim{fill:#9aa4af}.paper{fill:#0d1117}.ours{fill:#3fc9ae}.theirs{fill:#e0a44a}.axis{stroke:#6e7681}.bound{stroke:#ff7b72}}";

/// The whole picture; `clients` and `lasts` stand in its title.
#[must_use]
pub fn plot(title: &str, strips: &[Strip<'_>]) -> String {
    let height = TOP + strips.len() as f64 * (STRIP + GAP) + 50.0;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"{title}\">\n\
         <style>{STYLE}</style>\n<rect class=\"paper\" width=\"{WIDTH}\" height=\"{height}\"/>\n\
         <text class=\"title\" x=\"16\" y=\"26\">{title}</text>\n\
         <text class=\"dim\" x=\"16\" y=\"46\">share of all clients in each 100 ms slot, 0 to {:.0} %; red: 1 %; left: how long the outage was; right: the largest slot</text>\n",
        MOST * 100.0
    );
    for (place, strip) in strips.iter().enumerate() {
        draw(&mut svg, TOP + place as f64 * (STRIP + GAP), strip);
    }
    axis(&mut svg, TOP + strips.len() as f64 * (STRIP + GAP));
    svg.push_str("</svg>\n");
    svg
}

fn across(slot: usize) -> f64 {
    let slots = SECONDS * 1_000 / SLOT as usize;
    LEFT + (RIGHT - LEFT) * slot as f64 / slots as f64
}

fn draw(svg: &mut String, top: f64, strip: &Strip<'_>) {
    let base = top + STRIP;
    let at = |share: f64| base - STRIP * share.min(MOST) / MOST;
    let mut path = format!("M{LEFT} {base}");
    let shares = strip.figures.arrivals().take(SECONDS * 1_000 / SLOT as usize);
    let mut cut_off = Vec::new();
    for (slot, share) in shares.enumerate() {
        // Writing to a string cannot fail.
        let _ = write!(path, "V{:.2}H{:.2}", at(share), across(slot + 1));
        if share > MOST {
            cut_off.push(across(slot));
        }
    }
    let (class, middle, bound) = (if strip.ours { "ours" } else { "theirs" }, top + STRIP / 2.0 + 4.0, at(0.01));
    let largest = strip.figures.largest_arrival();
    let largest = if strip.figures.gone() > 0.99 { "gave up".to_owned() } else { percent(largest) };
    let _ = writeln!(
        svg,
        "<text class=\"end\" x=\"{:.0}\" y=\"{middle}\">{}</text>\n<path class=\"{class}\" d=\"{path}V{base}Z\"/>\n\
         <line class=\"axis\" x1=\"{LEFT}\" y1=\"{base}\" x2=\"{RIGHT}\" y2=\"{base}\"/>\n\
         <line class=\"bound\" x1=\"{LEFT}\" y1=\"{bound:.2}\" x2=\"{RIGHT}\" y2=\"{bound:.2}\"/>\n\
         <text x=\"{:.0}\" y=\"{middle}\">{largest}</text>",
        LEFT - 12.0,
        strip.label,
        RIGHT + 12.0,
    );
    for x in cut_off {
        // An arrowhead: it goes on upwards.
        let _ = writeln!(
            svg,
            "<path class=\"{class}\" d=\"M{:.2} {top}L{:.2} {:.2}L{:.2} {top}Z\"/>",
            x - 5.0,
            x + 1.0,
            top - 8.0,
            x + 7.0
        );
    }
}

fn axis(svg: &mut String, y: f64) {
    for second in (0..=SECONDS).step_by(5) {
        let x = across(second * 1_000 / SLOT as usize);
        let _ = writeln!(svg, "<text class=\"dim middle\" x=\"{x:.1}\" y=\"{:.1}\">{second}</text>", y + 6.0);
    }
    let middle = f64::midpoint(LEFT, RIGHT);
    let _ = writeln!(
        svg,
        "<text class=\"dim middle\" x=\"{middle}\" y=\"{:.1}\">seconds since the service is back</text>",
        y + 28.0
    );
}
