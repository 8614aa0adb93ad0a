//! `lmx-rs data`

use std::io::IsTerminal;
use std::path::Path;

use indicatif::{ProgressBar, ProgressStyle};
use lmx_data::{Event, GetOptions, SetInfo};
use serde_json::json;

use crate::args::{DataArgs, DataCommand};
use crate::failure::Failure;
use crate::output;

pub fn run(args: &DataArgs) -> Result<(), Failure> {
    match &args.command {
        DataCommand::Get { name, from } => get(name, from.as_deref()),
        DataCommand::List { json } => list(*json),
    }
}

fn get(name: &str, from: Option<&Path>) -> Result<(), Failure> {
    let options = GetOptions {
        from: from.map(Path::to_owned),
        ..GetOptions::default()
    };
    let bar = std::io::stderr().is_terminal().then(|| {
        let bar = ProgressBar::no_length();
        let style =
            ProgressStyle::with_template("{msg} {bar:24} {bytes}/{total_bytes}  {eta} left");
        if let Ok(style) = style {
            bar.set_style(style.progress_chars("━╸─"));
        }
        bar
    });
    let mut report = |event: Event<'_>| match (event, &bar) {
        (Event::Line(line), Some(bar)) => bar.suspend(|| eprintln!("{line}")),
        (Event::Line(line), None) => eprintln!("{line}"),
        (Event::Progress { file, done, total }, Some(bar)) => {
            if let Some(total) = total {
                bar.set_length(total);
            }
            bar.set_message(file.to_owned());
            bar.set_position(done);
        }
        (Event::Progress { .. }, None) => {}
    };
    let got = lmx_data::get(name, &options, &mut report);
    if let Some(bar) = &bar {
        bar.finish_and_clear();
    }
    match got?.dir {
        Some(dir) => output::line(&dir.to_string_lossy()),
        None => Ok(()),
    }
}

/// Where a set is, if it is here; its checksums are compared when it is loaded.
pub fn place(set: &SetInfo) -> Result<Option<String>, Failure> {
    let Some(files) = &set.files else {
        return Ok(Some("embedded".to_owned()));
    };
    let dir = lmx_data::get::set_dir(set.name, None)?;
    let here = files.all().iter().all(|file| dir.join(file.name).is_file());
    Ok(here.then(|| dir.to_string_lossy().into_owned()))
}

fn list(as_json: bool) -> Result<(), Failure> {
    let mut rows = Vec::new();
    let mut values = Vec::new();
    for name in lmx_data::names() {
        let set = lmx_data::find(name)?;
        let place = place(set)?;
        values.push(json!({
            "name": name,
            "image": set.image_dims,
            "classes": set.classes,
            "place": place,
        }));
        let place = place.unwrap_or_else(|| format!("not here: lmx-rs data get {name}"));
        let classes = format!("{} classes", set.classes);
        rows.push(vec![
            name.to_owned(),
            output::dims(&set.image_dims),
            classes,
            place,
        ]);
    }
    if as_json {
        return output::line(&serde_json::Value::from(values).to_string());
    }
    output::write(&output::table(&rows, &[1, 2, 3]))
}
