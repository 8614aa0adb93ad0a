//! Downloads that resume.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::Path;
use std::time::Duration;

use sha2::{Digest, Sha256};
use ureq::Agent;
use ureq::http::header::{CONTENT_RANGE, RANGE};

use super::store::{Fault, Store};
use super::{Event, GetOptions};
use crate::catalog::FileInfo;
use crate::digits::hex;
use crate::error::DataError;

/// Connections for one file, each of which brought something.
const MAX_CONNECTIONS: u32 = 20;

/// Takes what is missing from `BASE/NAME.gz`.
pub(super) fn fetch(
    base: &str,
    options: &GetOptions,
    store: &mut Store,
    report: &mut dyn FnMut(Event<'_>),
) -> Result<(), Fault> {
    let agent: Agent = Agent::config_builder()
        .http_status_as_error(false)
        .timeout_resolve(Some(options.connect_timeout))
        .timeout_connect(Some(options.connect_timeout))
        .timeout_recv_response(Some(options.read_timeout))
        .timeout_per_read(Some(options.read_timeout))
        .user_agent(concat!("lmx-data/", env!("CARGO_PKG_VERSION")))
        .build()
        .into();
    for file in store.missing().to_vec() {
        let url = format!("{base}/{}.gz", file.name);
        // Two mirrors may compress differently: what one began, the other cannot go on with.
        let tag: String = hex(&Sha256::digest(&url)).chars().take(8).collect();
        let part = store.part(&format!("{}.gz.{tag}", file.name))?;
        let mut download = Download {
            agent: &agent,
            url: &url,
            part: &part,
            file: &file,
            report,
        };
        let resumed = size(&part)? > 0;
        download.whole()?;
        match accept(store, &part, &file) {
            // The file on the server may have changed since the first half was fetched.
            Err(Fault::Source(_)) if resumed => {
                download.whole()?;
                accept(store, &part, &file)?;
            }
            other => other?,
        }
    }
    Ok(())
}

/// Accepts a complete download; the `.part` file goes either way.
fn accept(store: &mut Store, part: &Path, file: &FileInfo) -> Result<(), Fault> {
    let reader = File::open(part).map_err(DataError::io("open", part))?;
    let outcome = store.accept(reader, file, &format!("{}.gz", file.name));
    // Where this machine is at fault, the download itself is good.
    if !matches!(outcome, Err(Fault::Local(_))) {
        fs::remove_file(part).map_err(DataError::io("remove", part))?;
    }
    outcome
}

fn size(path: &Path) -> Result<u64, DataError> {
    match fs::metadata(path) {
        Ok(m) => Ok(m.len()),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(0),
        Err(e) => Err(DataError::io("read", path)(e)),
    }
}

struct Download<'a> {
    agent: &'a Agent,
    url: &'a str,
    part: &'a Path,
    file: &'a FileInfo,
    report: &'a mut dyn FnMut(Event<'_>),
}

impl Download<'_> {
    /// Connects until all is there, or until a connection brings nothing.
    fn whole(&mut self) -> Result<(), Fault> {
        let mut connections = 0;
        loop {
            let before = size(self.part)?;
            let why = match self.once(before) {
                Err(Fault::Source(why)) => why,
                other => return other,
            };
            let after = size(self.part)?;
            connections += 1;
            if after <= before || connections == MAX_CONNECTIONS {
                return Err(Fault::Source(match after {
                    0 => format!("{}.gz: {why}", self.file.name),
                    n => format!(
                        "{}.gz: {why} ({n} bytes kept, the next run resumes)",
                        self.file.name
                    ),
                }));
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// One connection, from byte `offset` on.
    fn once(&mut self, offset: u64) -> Result<(), Fault> {
        let mut request = self.agent.get(self.url);
        if offset > 0 {
            request = request.header(RANGE, format!("bytes={offset}-"));
        }
        let response = request.call().map_err(|e| Fault::Source(e.to_string()))?;
        let range = response
            .headers()
            .get(CONTENT_RANGE)
            .and_then(|v| v.to_str().ok())
            .and_then(ContentRange::parse);
        let status = response.status().as_u16();
        let start = match (status, range) {
            (200, _) => 0,
            (
                206,
                Some(ContentRange {
                    start: Some(start), ..
                }),
            ) if start == offset => offset,
            // All was there already.
            (
                416,
                Some(ContentRange {
                    total: Some(total), ..
                }),
            ) if offset > 0 && total == offset => return Ok(()),
            (206 | 416, _) if offset > 0 => {
                fs::remove_file(self.part).map_err(DataError::io("remove", self.part))?;
                return self.once(0);
            }
            _ => {
                return Err(Fault::Source(format!(
                    "expected HTTP status 200, found {status}"
                )));
            }
        };
        let body_len = response.body().content_length();
        let total = body_len.and_then(|n| n.checked_add(start));
        // Gzip adds at most a few bytes to what it cannot compress.
        let limit = self.file.len + self.file.len / 1000 + 4096;
        if let Some(total) = total.filter(|&t| t > limit) {
            return Err(Fault::Source(format!(
                "expected at most {limit} bytes, the server announces {total}"
            )));
        }
        let mut open = File::options();
        if start > 0 {
            open.append(true);
        } else {
            open.create(true).write(true).truncate(true);
        }
        let mut out = open
            .open(self.part)
            .map_err(DataError::io("write", self.part))?;
        self.receive(
            response.into_body().into_reader(),
            &mut out,
            start,
            total,
            limit,
        )
    }

    fn receive(
        &mut self,
        mut body: impl Read,
        out: &mut File,
        start: u64,
        total: Option<u64>,
        limit: u64,
    ) -> Result<(), Fault> {
        let name = format!("{}.gz", self.file.name);
        let mut done = start;
        let mut reported = start;
        let mut buffer = vec![0; 1 << 16];
        loop {
            let n = match body.read(&mut buffer) {
                Ok(n) => n,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(e) => return Err(Fault::Source(format!("the connection broke: {e}"))),
            };
            let Some(chunk @ [_, ..]) = buffer.get(..n) else {
                break;
            };
            done = done.saturating_add(n as u64);
            if done > limit {
                return Err(Fault::Source(format!(
                    "expected at most {limit} bytes, the server sends more"
                )));
            }
            out.write_all(chunk)
                .map_err(DataError::io("write", self.part))?;
            if done - reported >= 1 << 18 {
                reported = done;
                (self.report)(Event::Progress {
                    file: &name,
                    done,
                    total,
                });
            }
        }
        (self.report)(Event::Progress {
            file: &name,
            done,
            total,
        });
        match total {
            Some(total) if done < total => Err(Fault::Source(format!(
                "the connection ended after {done} of {total} bytes"
            ))),
            _ => Ok(()),
        }
    }
}

/// `bytes 0-9/100`, `bytes */100`, `bytes 0-9/*` (RFC 9110, section 14.4).
struct ContentRange {
    start: Option<u64>,
    total: Option<u64>,
}

impl ContentRange {
    fn parse(text: &str) -> Option<ContentRange> {
        let (range, total) = text.strip_prefix("bytes ")?.split_once('/')?;
        let start = range
            .split_once('-')
            .and_then(|(start, _)| start.parse().ok());
        Some(ContentRange {
            start,
            total: total.parse().ok(),
        })
    }
}
