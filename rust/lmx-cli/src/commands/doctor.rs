//! `lmx-rs doctor`

use std::fs;

use lmx_iree::{Compiler, Device};
use serde_json::json;

use crate::args::DoctorArgs;
use crate::commands::data::place;
use crate::failure::Failure;
use crate::output;

/// One thing that is looked at.
struct Finding {
    what: String,
    /// Whether it is there; a thing that is not needed by all is `None` where it is missing.
    here: Option<bool>,
    detail: String,
}

pub fn run(args: &DoctorArgs) -> Result<(), Failure> {
    let findings = findings()?;
    let well = findings.iter().all(|finding| finding.here != Some(false));
    if args.json {
        let values: Vec<_> = findings
            .iter()
            .map(|f| json!({ "what": f.what, "here": f.here == Some(true), "detail": f.detail }))
            .collect();
        output::line(&json!({ "well": well, "findings": values }).to_string())?;
    } else {
        let mark = |here: Option<bool>| match here {
            Some(true) => "ok",
            Some(false) => "missing",
            None => "-",
        };
        let rows: Vec<_> = findings
            .iter()
            .map(|f| vec![mark(f.here).to_owned(), f.what.clone(), f.detail.clone()])
            .collect();
        output::write(&output::table(&rows, &[1, 2]))?;
    }
    if well {
        Ok(())
    } else {
        Err(Failure::Silent { code: 1 })
    }
}

fn findings() -> Result<Vec<Finding>, Failure> {
    let mut findings = vec![compiler()];
    for name in Device::known() {
        let device = Device::open(name);
        findings.push(Finding {
            what: format!("device {name}"),
            here: match &device {
                Ok(_) => Some(true),
                // A driver that is linked in may well lack its hardware.
                Err(_) if !name.starts_with("local-") => None,
                Err(_) => Some(false),
            },
            detail: device
                .err()
                .map_or("opens".to_owned(), |error| error.to_string()),
        });
    }
    findings.push(cache()?);
    for name in lmx_data::names() {
        let place = place(lmx_data::find(name)?)?;
        findings.push(Finding {
            what: format!("data set {name}"),
            here: place.is_some().then_some(true),
            detail: place.unwrap_or_else(|| format!("not here: lmx-rs data get {name}")),
        });
    }
    findings.push(memory());
    Ok(findings)
}

fn compiler() -> Finding {
    let (here, detail) = match Compiler::find() {
        Ok(found) => (
            true,
            format!("{} ({})", found.path().display(), found.version()),
        ),
        Err(error) => (false, error.to_string()),
    };
    Finding {
        what: "iree-compile".to_owned(),
        here: Some(here),
        detail,
    }
}

fn cache() -> Result<Finding, Failure> {
    let folder = lmx_iree::lmx_home()?.join("vmfb");
    let sizes = fs::read_dir(&folder).into_iter().flatten().flatten();
    let sizes: Vec<u64> = sizes
        .filter_map(|entry| Some(entry.metadata().ok()?.len()))
        .collect();
    let megabytes = sizes.iter().sum::<u64>() as f64 / 1e6;
    Ok(Finding {
        what: "compiled modules".to_owned(),
        here: (!sizes.is_empty()).then_some(true),
        detail: format!("{} in {}, {megabytes:.1} MB", sizes.len(), folder.display()),
    })
}

/// As Linux tells it.
fn memory() -> Finding {
    let text = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let kilobytes = |key: &str| {
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix(key)?.strip_prefix(':'))?;
        line.split_whitespace().next()?.parse::<f64>().ok()
    };
    let detail = match kilobytes("MemTotal").zip(kilobytes("MemAvailable")) {
        Some((total, free)) => format!("{:.1} GB, {:.1} GB available", total / 1e6, free / 1e6),
        None => "unknown on this system".to_owned(),
    };
    Finding {
        what: "memory".to_owned(),
        here: (!text.is_empty()).then_some(true),
        detail,
    }
}
