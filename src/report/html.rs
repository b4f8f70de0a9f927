//! One HTML page that stands alone: no script, no font, nothing fetched. For people who get the report as a file.

use std::io::{self, Write};

use super::safe::html as escaped;
use super::teller::{Teller, minute, number};
use super::{Outcome, Report};
use crate::model::{Finding, Verdict};

const HEAD: &str = r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="referrer" content="no-referrer">
"#;

const STYLE: &str = "<style>
:root { color-scheme: light dark; --line: #8884; --soft: #888; --critical: #c0182b; --high: #d9480f; --medium: #b07800; --low: #3b7ea1; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2.5rem auto; padding: 0 1.25rem; }
h1 { font-size: 1.35rem; margin: 0 0 .25rem; } h2 { font: 600 .95rem/1.4 ui-monospace, monospace; margin: 2rem 0 .5rem; overflow-wrap: anywhere; }
.outcome { font-weight: 600; padding: .6rem .9rem; border-left: .3rem solid var(--soft); background: #8881; }
.denied { border-color: var(--critical); } .clean { border-color: #2b8a3e; } .incomplete { border-color: var(--medium); }
article { border: 1px solid var(--line); border-radius: .4rem; padding: .7rem .9rem; margin: .6rem 0; }
article.suppressed { opacity: .65; } header { display: flex; gap: .6rem; align-items: baseline; flex-wrap: wrap; }
.tier { color: #fff; border-radius: .25rem; padding: 0 .45rem; font-size: .8rem; text-transform: uppercase; letter-spacing: .03em; }
.tier.critical { background: var(--critical); } .tier.high { background: var(--high); } .tier.medium { background: var(--medium); } .tier.low { background: var(--low); }
code { font: .9em ui-monospace, monospace; overflow-wrap: anywhere; } .soft { color: var(--soft); }
dl { display: grid; grid-template-columns: 6.5rem 1fr; gap: .15rem .8rem; margin: .5rem 0 0; } dt { color: var(--soft); } dd { margin: 0; }
footer { margin-top: 2.5rem; border-top: 1px solid var(--line); color: var(--soft); font-size: .9rem; }
</style>
";

/// Prints the page.
pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let teller = Teller::new(report);
    let class = match report.outcome() {
        Outcome::Clean => "clean",
        Outcome::Denied => "denied",
        Outcome::Incomplete => "incomplete",
    };
    write!(out, "{HEAD}<title>stanch {}</title>\n{STYLE}</head>\n<body>\n", escaped(report.mode))?;
    writeln!(out, "<h1>stanch {}</h1>", escaped(report.mode))?;
    writeln!(out, r#"<p class="soft">{}</p>"#, escaped(&minute(report.started)))?;
    writeln!(out, r#"<p class="outcome {class}">{}</p>"#, escaped(&teller.verdict()))?;
    let mut source = None;
    for finding in &report.findings {
        let here = teller.source(finding);
        if source.as_ref() != Some(&here) {
            writeln!(out, "<h2>{}</h2>", escaped(&here))?;
            source = Some(here);
        }
        article(&teller, finding, out)?;
    }
    notices(&teller, out)?;
    writeln!(out, "<footer><dl>")?;
    for (label, text) in teller.coverage() {
        writeln!(out, "<dt>{label}</dt><dd>{}</dd>", escaped(&text))?;
    }
    writeln!(out, "</dl></footer>\n</body>\n</html>")
}

fn article(teller: &Teller<'_>, finding: &Finding, out: &mut dyn Write) -> io::Result<()> {
    let class = if matches!(finding.verdict, Verdict::Suppressed { .. }) { " class=\"suppressed\"" } else { "" };
    let severity = finding.severity;
    writeln!(
        out,
        r#"<article{class}><header><span class="tier {severity}">{severity}</span><strong>{}</strong><code class="soft">{}</code></header><dl>"#,
        escaped(&teller.title(finding)),
        escaped(&teller.line(finding.rule.as_bytes()))
    )?;
    let mut entry = |label: &str, html: String| writeln!(out, "<dt>{label}</dt><dd>{html}</dd>");
    let code = |text: &str| format!("<code>{}</code>", escaped(text));
    entry("at", code(&teller.place(finding)))?;
    if let Some(value) = teller.value(finding) {
        entry("value", format!("{} <span class=\"soft\">{}</span>", code(&value), escaped(&teller.sureness(finding))))?;
    }
    for (name, value) in teller.parts(finding) {
        entry("with", format!("{} {}", escaped(&name), code(&value)))?;
    }
    if !finding.layers.is_empty() {
        entry("decoded", escaped(&finding.layers.join(" › ")))?;
    }
    if let Some(attribution) = &finding.attribution {
        if let Some(first) = &attribution.first {
            entry("since", escaped(&teller.commit(first)))?;
        }
        if let Some(last) = &attribution.last {
            entry("last", escaped(&teller.commit(last)))?;
        }
        entry("in", escaped(&teller.reach(attribution)))?;
    }
    if let Some(rotate) = teller.rotate(finding) {
        entry("rotate", escaped(&rotate))?;
    }
    if let Some(grants) = teller.grants(finding) {
        entry("grants", escaped(&grants))?;
    }
    let remedy = teller.remedy(finding);
    if !remedy.is_empty() {
        entry("do", remedy.iter().map(|line| escaped(line)).collect::<Vec<_>>().join("<br>"))?;
    }
    match &finding.verdict {
        Verdict::Deny => {}
        Verdict::Warn => entry("verdict", "warning only".to_owned())?,
        Verdict::Suppressed { by, reason } => {
            entry("excused", escaped(&format!("{}: {}", by.as_str(), teller.line(reason))))?;
        }
    }
    writeln!(out, "</dl></article>")
}

fn notices(teller: &Teller<'_>, out: &mut dyn Write) -> io::Result<()> {
    let notices = &teller.report.notices;
    if notices.is_empty() {
        return Ok(());
    }
    writeln!(out, "<h2>Not read, or worth a word: {}</h2>\n<dl>", number(notices.len() as u64))?;
    for notice in notices {
        let (subject, detail) = (teller.line(&**notice.subject), teller.line(&notice.detail));
        writeln!(
            out,
            "<dt>{}</dt><dd><code>{}</code> {}</dd>",
            notice.kind.as_str(),
            escaped(&subject),
            escaped(&detail)
        )?;
    }
    writeln!(out, "</dl>")
}
