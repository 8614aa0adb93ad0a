//! The generated pages in a browser: what a reader does with keys and links, in both colour schemes and on a phone.

use std::fs;
use std::path::Path;
use std::time::Instant;

use lmx_blueprint::Written;
use serde_json::{Value, json};

use crate::blueprint::devtools::Browser;
use crate::error::{Error, Result, io};

/// The theorem that the trial looks for.
const THEOREM: &str = "Lmx.trainStep_correct";
const PANEL: &str = "document.querySelector('#panel h3')?.textContent ?? null";

struct Trial<'a> {
    browser: Browser,
    index: String,
    coverage: String,
    written: &'a Written,
    failures: Vec<String>,
    checks: usize,
}

/// Tries the pages in a folder; `pictures` is where to keep pictures of them.
pub fn run(
    program: &Path,
    folder: &Path,
    written: &Written,
    pictures: Option<&Path>,
) -> Result<()> {
    let began = Instant::now();
    let folder = fs::canonicalize(folder).map_err(io("find", folder))?;
    let address =
        |page: &str| format!("file://{}", folder.join(page).display()).replace(' ', "%20");
    let profile = std::env::temp_dir().join(format!("lmx-blueprint-{}", std::process::id()));
    let mut trial = Trial {
        browser: Browser::start(program, profile)?,
        index: address("index.html"),
        coverage: address("coverage.html"),
        written,
        failures: Vec::new(),
        checks: 0,
    };
    trial.window(1400, 900, false)?;
    trial.graph()?;
    trial.keys()?;
    trial.links()?;
    trial.colours()?;
    trial.phone()?;
    trial.without_script()?;
    trial.covered()?;
    trial.controls()?;
    if let Some(pictures) = pictures {
        trial.pictures(pictures)?;
    }
    if trial.failures.is_empty() {
        eprintln!(
            "blueprint: {} checks in the browser passed in {:.1} s",
            trial.checks,
            began.elapsed().as_secs_f64()
        );
        Ok(())
    } else {
        Err(Error::Check(format!(
            "blueprint: {} of {} checks in the browser failed\n  {}",
            trial.failures.len(),
            trial.checks,
            trial.failures.join("\n  ")
        )))
    }
}

impl Trial<'_> {
    fn window(&mut self, width: u32, height: u32, mobile: bool) -> Result<()> {
        self.browser
            .call(
                "Emulation.setDeviceMetricsOverride",
                json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": mobile }),
            )
            .map(drop)
    }

    fn scheme(&mut self, scheme: &str) -> Result<()> {
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.browser
            .call(
                "Emulation.setEmulatedMedia",
                json!({ "features": features }),
            )
            .map(drop)
    }

    /// Checks that an expression has a value.
    fn is(&mut self, what: &str, expression: &str, expected: Value) -> Result<()> {
        let found = self.browser.evaluate(expression)?;
        self.checks += 1;
        if found != expected {
            self.failures
                .push(format!("{what}: found {found}, expected {expected}"));
        }
        Ok(())
    }

    fn holds(&mut self, what: &str, expression: &str) -> Result<()> {
        self.is(what, expression, json!(true))
    }

    fn quiet(&mut self, what: &str) {
        self.checks += 1;
        for complaint in self.browser.complaints() {
            self.failures.push(format!("{what}: {complaint}"));
        }
    }

    fn graph(&mut self) -> Result<()> {
        self.browser.open(&self.index.clone())?;
        let nodes = "[...document.querySelectorAll('svg .n')]";
        self.is(
            "nodes",
            &format!("{nodes}.length"),
            json!(self.written.nodes),
        )?;
        self.is(
            "edges",
            "document.querySelectorAll('svg .e').length",
            json!(self.written.edges),
        )?;
        self.is(
            "declarations",
            "document.querySelectorAll('article.d').length",
            json!(self.written.declarations),
        )?;
        self.holds(
            "nodes have room and do not overlap",
            &format!("(() => {{ const b = {nodes}.map((n) => n.querySelector('rect').getBoundingClientRect()); return b.every((a, i) => a.width > 60 && a.height > 14 && b.every((c, j) => i === j || a.right <= c.left || c.right <= a.left || a.bottom <= c.top || c.bottom <= a.top)); }})()"),
        )?;
        self.holds(
            "labels fit their nodes",
            &format!("{nodes}.every((n) => {{ const r = n.querySelector('rect').getBoundingClientRect(); return [...n.querySelectorAll('text')].every((t) => {{ const b = t.getBoundingClientRect(); return b.left >= r.left - 1 && b.right <= r.right + 1; }}); }})"),
        )?;
        self.holds(
            "every link within the page leads somewhere",
            "[...document.querySelectorAll('a[href^=\"#\"]')].every((a) => { const id = decodeURIComponent(a.getAttribute('href').slice(1)); return id === '' || document.getElementById(id) !== null; })",
        )?;
        self.holds(
            "the panel is closed",
            "document.getElementById('panel').hidden",
        )?;
        self.quiet("the graph");
        Ok(())
    }

    fn keys(&mut self) -> Result<()> {
        self.browser.open(&self.index.clone())?;
        let short = THEOREM.trim_start_matches("Lmx.");
        self.browser.press("/")?;
        self.is(
            "/ goes to the search",
            "document.activeElement.id",
            json!("search"),
        )?;
        self.browser.write("trainStep_correct")?;
        self.is(
            "the search finds the theorem first",
            "document.querySelector('#results [aria-selected=true] b')?.textContent ?? null",
            json!(short),
        )?;
        self.browser.press("Enter")?;
        self.is("Enter opens it", PANEL, json!(short))?;
        self.is(
            "the address names it",
            "decodeURIComponent(location.hash)",
            json!(format!("#{THEOREM}")),
        )?;
        self.browser.press("Escape")?;
        self.holds(
            "Escape closes it",
            "document.getElementById('panel').hidden",
        )?;
        self.is(
            "the focus returns to the node",
            "document.activeElement.getAttribute('href')",
            json!(format!("#{THEOREM}")),
        )?;
        self.holds(
            "the focus can be seen",
            "document.activeElement.matches(':focus-visible')",
        )?;
        self.browser.press("ArrowUp")?;
        self.holds(
            "an arrow goes to another node",
            &format!("document.activeElement.matches('svg .n:not([href=\"#{THEOREM}\"])')"),
        )?;
        self.browser
            .evaluate("window.here = document.activeElement.getAttribute('href').slice(1)")?;
        self.browser.press("Enter")?;
        self.holds(
            "Enter opens the node",
            &format!("({PANEL}) === window.here.replace(/^Lmx\\./, '')"),
        )?;
        self.browser.press("Escape")?;
        self.browser.press("/")?;
        self.browser.write("no such declaration")?;
        self.is(
            "a search that finds nothing says so",
            "document.getElementById('results').textContent",
            json!("Nothing found"),
        )?;
        self.browser.press("Escape")?;
        self.browser
            .evaluate("document.querySelector('svg .n').focus()")?;
        self.browser.press("Tab")?;
        self.holds(
            "Tab goes to the next node",
            "document.activeElement === document.querySelectorAll('svg .n')[1]",
        )?;
        self.quiet("keys");
        Ok(())
    }

    fn links(&mut self) -> Result<()> {
        self.browser.open(&format!("{}#{THEOREM}", self.index))?;
        let short = THEOREM.trim_start_matches("Lmx.");
        self.is("a deep link opens its declaration", PANEL, json!(short))?;
        self.holds(
            "its node is marked and in sight",
            "(() => { const n = document.querySelector('svg .n.chosen')?.getBoundingClientRect(); const m = document.getElementById('main').getBoundingClientRect(); return n !== undefined && n.top >= m.top && n.bottom <= m.bottom && n.left >= m.left && n.right <= m.right; })()",
        )?;
        let first = "document.querySelector('#panel .links a')";
        self.browser
            .evaluate(&format!("window.there = {first}.textContent"))?;
        self.browser.evaluate(&format!("{first}.click()"))?;
        self.holds(
            "a link of the panel is followed",
            &format!("({PANEL}) === window.there"),
        )?;
        self.is(
            "what uses it leads back",
            &format!("(() => {{ document.querySelectorAll('#panel details').forEach((d) => d.open = true); return new Promise((done) => setTimeout(() => done([...document.querySelectorAll('#panel .links a')].some((a) => a.textContent === '{short}')), 50)); }})()"),
            json!(true),
        )?;
        self.browser.evaluate("history.back()")?;
        self.browser
            .evaluate("new Promise((done) => setTimeout(done, 100))")?;
        self.is("the way back works", PANEL, json!(short))?;
        self.browser.open(&format!("{}#Lmx.nothing", self.index))?;
        self.holds(
            "a link to nothing opens nothing",
            "document.getElementById('panel').hidden",
        )?;
        self.quiet("links");
        Ok(())
    }

    fn colours(&mut self) -> Result<()> {
        // Relative luminance and contrast as in WCAG 2.1; a transparent ground is that of what lies below.
        const CONTRAST: &str = "((selectors) => { const rgb = (c) => (c.match(/[\\d.]+/g) ?? []).map(Number); const ground = (e) => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor); if (c.length && c[3] !== 0) return c; } return [255, 255, 255]; }; const lum = (c) => { const [r, g, b] = c.map((v) => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }); return 0.2126 * r + 0.7152 * g + 0.0722 * b; }; return Math.min(...selectors.flatMap((s) => { const e = document.querySelector(s); const [a, b] = [lum(rgb(getComputedStyle(e).color)), lum(ground(e))]; return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05); })); })";
        let dark = "(() => { const c = getComputedStyle(document.documentElement).backgroundColor.match(/\\d+/g).map(Number); return c[0] + c[1] + c[2] < 200; })()";
        for (scheme, is_dark) in [("light", false), ("dark", true)] {
            self.scheme(scheme)?;
            self.browser.open(&format!("{}#{THEOREM}", self.index))?;
            self.is(
                &format!("{scheme} is the system's wish"),
                dark,
                json!(is_dark),
            )?;
            self.holds(
                &format!("text can be read in {scheme}"),
                &format!("{CONTRAST}(['#panel .doc', '#panel .meta', '#panel pre', '#panel pre b', '#panel .badge', '.links a', '.intro p', '.legend', '.bar button', '#panel .axioms']) >= 4.5"),
            )?;
            self.browser
                .evaluate("document.getElementById('theme').click()")?;
            self.is(
                &format!("the button leaves {scheme}"),
                dark,
                json!(!is_dark),
            )?;
            self.browser
                .evaluate("(localStorage.removeItem('lmx-theme'), 0)")?;
            self.browser.open(&self.coverage.clone())?;
            self.is(
                &format!("the coverage page is {scheme} too"),
                dark,
                json!(is_dark),
            )?;
            self.holds(
                &format!("the coverage page can be read in {scheme}"),
                &format!("{CONTRAST}(['.mark.proved', '.mark.tested', 'td a', 'thead th:nth-child(2)', 'main p']) >= 4.5"),
            )?;
        }
        self.scheme("light")?;
        self.quiet("colours");
        Ok(())
    }

    fn phone(&mut self) -> Result<()> {
        self.window(360, 740, true)?;
        let fits =
            "document.documentElement.scrollWidth <= 360 && document.body.scrollWidth <= 360";
        let fits_within = format!(
            "{fits} && ['main', '#panel'].map((s) => document.querySelector(s)).every((e) => !e || e.scrollWidth <= e.clientWidth)"
        );
        for (what, address) in [
            ("the list", self.index.clone()),
            ("a declaration", format!("{}#{THEOREM}", self.index)),
            ("the coverage page", self.coverage.clone()),
        ] {
            self.browser.open(&address)?;
            self.holds(&format!("{what} fits a phone"), &fits_within)?;
        }
        self.browser.open(&self.index.clone())?;
        self.browser
            .evaluate("document.querySelector('[data-view=graph]').click()")?;
        self.holds("the graph fits a phone by scrolling within", fits)?;
        self.holds(
            "and its text can be read there",
            "document.querySelector('svg .n rect').getBoundingClientRect().width >= 100",
        )?;
        self.window(1400, 900, false)?;
        self.quiet("the phone");
        Ok(())
    }

    /// The page with scripts switched off: commands of the protocol still run.
    fn without_script(&mut self) -> Result<()> {
        self.browser.call(
            "Emulation.setScriptExecutionDisabled",
            json!({ "value": true }),
        )?;
        self.browser.open(&self.index.clone())?;
        let root = self
            .browser
            .call("DOM.getDocument", json!({ "depth": 0 }))?["root"]["nodeId"]
            .clone();
        let mut seen = |selector: &str| -> Result<bool> {
            let found = self.browser.call(
                "DOM.querySelector",
                json!({ "nodeId": root, "selector": selector }),
            )?["nodeId"]
                .clone();
            // What is not drawn has no box.
            Ok(self
                .browser
                .call("DOM.getBoxModel", json!({ "nodeId": found }))
                .is_ok())
        };
        let shown = [
            ("the graph", "svg .n rect", true),
            (
                "the theorem's statement",
                "[id=\"Lmx.trainStep_correct\"] pre",
                true,
            ),
            ("the search", "#search", false),
            ("the panel", "#panel", false),
        ];
        let mut wrong = Vec::new();
        for (what, selector, expected) in shown {
            if seen(selector)? != expected {
                wrong.push(format!(
                    "without a script, {what} is {}shown",
                    if expected { "not " } else { "" }
                ));
            }
        }
        self.checks += shown.len();
        self.failures.extend(wrong);
        self.browser.call(
            "Emulation.setScriptExecutionDisabled",
            json!({ "value": false }),
        )?;
        self.browser.complaints();
        Ok(())
    }

    fn covered(&mut self) -> Result<()> {
        self.browser.open(&self.index.clone())?;
        let ids = self
            .browser
            .evaluate("[...document.querySelectorAll('article.d')].map((a) => a.id)")?;
        self.browser.open(&self.coverage.clone())?;
        self.is(
            "coverage rows",
            "document.querySelectorAll('tbody tr').length",
            json!(self.written.rows),
        )?;
        self.holds(
            "no cell is empty",
            "[...document.querySelectorAll('td')].every((c) => c.textContent.trim() !== '')",
        )?;
        let targets = self.browser.evaluate(
            "[...document.querySelectorAll('main a')].map((a) => decodeURIComponent(a.getAttribute('href')))",
        )?;
        self.checks += 1;
        let ids: Vec<&str> = ids
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        for target in targets
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
        {
            let known = target
                .strip_prefix("index.html#")
                .is_some_and(|id| ids.contains(&id));
            if !known {
                self.failures
                    .push(format!("coverage links to {target}, which is not there"));
            }
        }
        self.browser
            .evaluate("document.querySelector('td a').click()")?;
        self.browser
            .evaluate("new Promise((done) => setTimeout(done, 500))")?;
        self.holds(
            "a cell leads to its theorem",
            "document.getElementById('panel')?.hidden === false",
        )?;
        self.quiet("coverage");
        Ok(())
    }

    /// What the checks above would see if it were there.
    fn controls(&mut self) -> Result<()> {
        self.browser.open(&self.index.clone())?;
        self.browser
            .evaluate("(setTimeout(() => { throw new Error('control') }), console.error('control'), fetch('https://control.invalid/').catch(() => 0), 0)")?;
        self.browser
            .evaluate("new Promise((done) => setTimeout(done, 200))")?;
        let complaints = self.browser.complaints().join("\n");
        self.window(360, 740, true)?;
        self.browser.open(&self.coverage.clone())?;
        let wide = self.browser.evaluate(
            "(document.querySelector('main').append(Object.assign(document.createElement('div'), { style: 'width:900px;height:1px' })), document.documentElement.scrollWidth > 360)",
        )?;
        self.browser.complaints();
        self.window(1400, 900, false)?;
        self.checks += 3;
        if !complaints.contains("Error: control") || !complaints.contains("\"control\"") {
            self.failures
                .push(format!("an error in the page is not seen: {complaints}"));
        }
        if !complaints.contains("control.invalid") {
            self.failures
                .push(format!("a look into the network is not seen: {complaints}"));
        }
        if wide != json!(true) {
            self.failures.push("too wide a page is not seen".into());
        }
        Ok(())
    }

    fn pictures(&mut self, folder: &Path) -> Result<()> {
        fs::create_dir_all(folder).map_err(io("create", folder))?;
        let theorem = format!("{}#{THEOREM}", self.index);
        let shots = [
            ("graph-light", self.index.clone(), "light", 1400, 900),
            ("graph-dark", self.index.clone(), "dark", 1400, 900),
            ("theorem-light", theorem.clone(), "light", 1400, 900),
            ("theorem-dark", theorem.clone(), "dark", 1400, 900),
            ("phone-list", self.index.clone(), "light", 390, 844),
            ("phone-theorem", theorem, "dark", 390, 844),
            ("coverage-light", self.coverage.clone(), "light", 1400, 900),
            ("coverage-dark", self.coverage.clone(), "dark", 1400, 900),
            ("phone-coverage", self.coverage.clone(), "light", 390, 844),
        ];
        for (name, address, scheme, width, height) in shots {
            self.window(width, height, width < 500)?;
            self.scheme(scheme)?;
            self.browser.open(&address)?;
            self.browser.evaluate("0")?;
            let path = folder.join(format!("{name}.png"));
            fs::write(&path, self.browser.picture()?).map_err(io("write", &path))?;
        }
        Ok(())
    }
}
