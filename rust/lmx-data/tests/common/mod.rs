//! Small sets in MNIST's format, and a web server that misbehaves on demand.
#![allow(dead_code)] // Each test file uses a part of it.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};

use flate2::Compression;
use flate2::write::GzEncoder;
use lmx_data::catalog::{FileInfo, IdxFiles, Normalization, SetInfo};
use lmx_data::get::Source;
use sha2::{Digest, Sha256};

pub fn idx_images(dims: [u32; 3], pixels: &[u8]) -> Vec<u8> {
    let mut bytes = 0x803u32.to_be_bytes().to_vec();
    dims.iter().for_each(|d| bytes.extend(d.to_be_bytes()));
    bytes.extend(pixels);
    bytes
}

pub fn idx_labels(labels: &[u8]) -> Vec<u8> {
    let mut bytes = 0x801u32.to_be_bytes().to_vec();
    bytes.extend(u32::try_from(labels.len()).unwrap().to_be_bytes());
    bytes.extend(labels);
    bytes
}

/// Bytes that do not compress, so that a download has a middle.
pub fn noise(len: usize, seed: u64) -> Vec<u8> {
    let mut x = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let step = |_| {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        (x >> 32) as u8
    };
    (0..len).map(step).collect()
}

pub fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub const NAMES: [&str; 4] = [
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
];

/// The four files of a set of `[side, side, 1]` images: `train` and `test` of them.
pub fn four_files(side: u32, train: u32, test: u32) -> Vec<(&'static str, Vec<u8>)> {
    let images = |n: u32| {
        idx_images(
            [n, side, side],
            &noise((n * side * side) as usize, n.into()),
        )
    };
    let labels = |n: u32| idx_labels(&(0..n).map(|i| (i % 10) as u8).collect::<Vec<_>>());
    NAMES
        .into_iter()
        .zip([images(train), labels(train), images(test), labels(test)])
        .collect()
}

pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect()
}

/// A catalog entry that pins these files.
pub fn set_info(
    side: u64,
    files: &[(&'static str, Vec<u8>)],
    sources: &[Source<'static>],
) -> SetInfo {
    let info = |i: usize| {
        let (name, bytes) = &files[i];
        FileInfo {
            name,
            len: bytes.len() as u64,
            sha256: sha256(bytes).leak(),
        }
    };
    SetInfo {
        name: "tiny",
        image_dims: [side, side, 1],
        classes: 10,
        normalization: Normalization {
            max: 255.0,
            mean: 0.25,
            std: 0.5,
        },
        files: Some(IdxFiles {
            train_images: info(0),
            train_labels: info(1),
            test_images: info(2),
            test_labels: info(3),
        }),
        sources: sources.to_vec().leak(),
    }
}

pub fn write_all(dir: &Path, files: &[(&'static str, Vec<u8>)]) {
    std::fs::create_dir_all(dir).unwrap();
    files
        .iter()
        .for_each(|(name, bytes)| std::fs::write(dir.join(name), bytes).unwrap());
}

#[derive(Clone, Copy, PartialEq)]
pub enum Manners {
    Good,
    /// Sends this many bytes of a body and cuts the connection.
    Cut(usize),
    /// Closes every connection at once.
    Silent,
    /// Ignores Range.
    NoRange,
}

/// A request's path and Range header.
pub type Request = (String, Option<String>);

pub struct Server {
    pub url: &'static str,
    pub manners: Arc<Mutex<Manners>>,
    pub files: Arc<Mutex<HashMap<String, Vec<u8>>>>,
    pub requests: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    /// Serves `/NAME.gz`. Lives until the test program ends.
    pub fn start(files: &[(&'static str, Vec<u8>)]) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap()).leak();
        let files = files
            .iter()
            .map(|(name, bytes)| (format!("/{name}.gz"), gz(bytes)))
            .collect();
        let server = Server {
            url,
            manners: Arc::new(Mutex::new(Manners::Good)),
            files: Arc::new(Mutex::new(files)),
            requests: Arc::default(),
        };
        let (manners, files, requests) = (
            server.manners.clone(),
            server.files.clone(),
            server.requests.clone(),
        );
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let manners = *manners.lock().unwrap();
                if manners != Manners::Silent {
                    // A client that hangs up is none of the server's concern.
                    let _ = answer(stream, manners, &files.lock().unwrap(), &requests);
                }
            }
        });
        server
    }

    pub fn behave(&self, manners: Manners) {
        *self.manners.lock().unwrap() = manners;
    }

    pub fn take_requests(&self) -> Vec<Request> {
        std::mem::take(&mut self.requests.lock().unwrap())
    }
}

fn answer(
    mut stream: TcpStream,
    manners: Manners,
    files: &HashMap<String, Vec<u8>>,
    requests: &Mutex<Vec<Request>>,
) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let first = lines.next().unwrap()?;
    let path = first.split(' ').nth(1).unwrap().to_owned();
    let mut range = None;
    for line in lines {
        let line = line?;
        if line.is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(": ")
            && name.eq_ignore_ascii_case("range")
        {
            range = Some(value.to_owned());
        }
    }
    requests.lock().unwrap().push((path.clone(), range.clone()));
    let Some(bytes) = files.get(&path) else {
        return stream.write_all(
            b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        );
    };
    let total = bytes.len();
    let range = range.filter(|_| manners != Manners::NoRange);
    let start: usize = range.as_ref().map_or(0, |r| {
        r.trim_start_matches("bytes=")
            .trim_end_matches('-')
            .parse()
            .unwrap()
    });
    if start >= total {
        let head =
            format!("HTTP/1.1 416 Range Not Satisfiable\r\nContent-Range: bytes */{total}\r\n");
        return write!(
            stream,
            "{head}Content-Length: 0\r\nConnection: close\r\n\r\n"
        );
    }
    let body = &bytes[start..];
    let status = match range {
        Some(_) => format!(
            "206 Partial Content\r\nContent-Range: bytes {start}-{}/{total}",
            total - 1
        ),
        None => "200 OK".to_owned(),
    };
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    )?;
    match manners {
        Manners::Cut(n) => stream.write_all(&body[..n.min(body.len())]),
        _ => stream.write_all(body),
    }
}
