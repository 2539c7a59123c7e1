//! The contract that the disk and the fake keep alike.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::Arc;

use super::{FakeFiles, FileKind, Files, OverlayFiles, ReadFiles, RealFiles};

/// The contract that the disk and the fake keep alike.
fn contract(files: &dyn Files, root: &Path) {
    let file = root.join("a/b.txt");
    assert_eq!(files.read(&file).unwrap_err().kind(), io::ErrorKind::NotFound);
    files.write_atomic(&file, b"one", 0o600).unwrap();
    assert_eq!(&*files.read(&file).unwrap(), b"one");
    assert_eq!(files.metadata(&file).unwrap().mode, 0o600);
    files.write_atomic(&file, b"two", 0o644).unwrap();
    files.append(&file, b"!").unwrap();
    assert_eq!(&*files.read(&file).unwrap(), b"two!");
    assert_eq!(files.create_new(&file, b"").unwrap_err().kind(), io::ErrorKind::AlreadyExists);
    let names: Vec<_> = files.list(&root.join("a")).unwrap().into_iter().map(|e| e.name).collect();
    assert_eq!(names, ["b.txt"], "nothing is left aside");
    assert!(files.list(&file).is_err());
    assert!(files.read(&root.join("a")).is_err());
    assert!(files.remove_directory(&root.join("a")).is_err());
    files.rename(&root.join("a"), &root.join("c")).unwrap();
    assert!(files.is_file(&root.join("c/b.txt")) && !files.is_directory(&root.join("a")));
    files.remove_file(&root.join("c/b.txt")).unwrap();
    files.remove_directory(&root.join("c")).unwrap();
    files.create_directory(&root.join("d/e")).unwrap();
    files.write_atomic(&root.join("d/e/f"), b"", 0o644).unwrap();
    files.write_unsynced(&root.join("d/e/g"), b"again", 0o755).unwrap();
    assert_eq!(files.read_start(&root.join("d/e/g"), 2).unwrap(), b"ag");
    assert_eq!(files.metadata(&root.join("d/e/g")).unwrap().mode, 0o755);
    assert_eq!(files.link_target(&root.join("d/e/g")).unwrap_err().kind(), io::ErrorKind::InvalidInput);
    files.make_link(Path::new("nowhere"), &root.join("d/l")).unwrap();
    assert_eq!(files.link_target(&root.join("d/l")).unwrap(), Path::new("nowhere"));
    assert_eq!(files.link_metadata(&root.join("d/l")).unwrap().kind, FileKind::Link);
    assert_eq!(files.metadata(&root.join("d/l")).unwrap_err().kind(), io::ErrorKind::NotFound, "dangling");
    assert!(files.make_link(Path::new("x"), &root.join("d/l")).is_err());
    let state = root.join("d/state");
    let mut held = files.lock_file(&state).unwrap();
    assert_eq!(files.lock_file(&state).err().unwrap().kind(), io::ErrorKind::WouldBlock);
    held.write(b"locked", 0o600).unwrap();
    assert_eq!(&*files.read(&state).unwrap(), b"locked");
    drop(held);
    drop(files.lock_file(&state).unwrap());
    drop(files.lock_file(&root.join("d/other")).unwrap());
    assert!(files.is_file(&state) && !files.is_file(&root.join("d/other")));
    files.remove_tree(&root.join("d")).unwrap();
    assert!(!files.is_directory(&root.join("d")));
}

#[test]
fn the_disk_keeps_the_contract() {
    let directory = tempfile::tempdir().unwrap();
    contract(&RealFiles, directory.path());
}

/// Links that somebody put where a file aside might be made, writers of one file at once, names as long as can be.
#[test]
fn what_is_written_aside_is_in_nobodys_way() {
    let directory = tempfile::tempdir().unwrap();
    let long = directory.path().join("ä".repeat(127));
    RealFiles.write_atomic(&long, b"long", 0o600).unwrap();
    RealFiles.write_unsynced(&long, b"longer", 0o600).unwrap();
    assert_eq!(&*RealFiles.read(&long).unwrap(), b"longer");
    let path = directory.path().join("x");
    std::thread::scope(|threads| {
        for byte in *b"abcd" {
            let path = &path;
            threads.spawn(move || {
                for _ in 0..50 {
                    RealFiles.write_unsynced(path, &[byte; 5000], 0o600).unwrap();
                    let seen = RealFiles.read(path).unwrap();
                    assert!(seen.len() == 5000 && seen.iter().all(|other| *other == seen[0]), "whole at every moment");
                }
            });
        }
    });
    assert_eq!(RealFiles.list(directory.path()).unwrap().len(), 2, "nothing is left aside");
}

/// A repo can hold a link to anything.
#[test]
fn what_never_ends_is_not_read() {
    let directory = tempfile::tempdir().unwrap();
    let (zero, pipe) = (directory.path().join("zero"), directory.path().join("pipe"));
    std::os::unix::fs::symlink("/dev/zero", &zero).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for path in [&zero, &pipe] {
        assert_eq!(RealFiles.read(path).unwrap_err().kind(), io::ErrorKind::InvalidInput);
    }
    let null = directory.path().join("null");
    std::os::unix::fs::symlink("/dev/null", &null).unwrap();
    RealFiles.write_atomic(&null, b"gone", 0o644).unwrap();
    assert!(RealFiles.link_target(&null).is_ok() && RealFiles.metadata(&null).unwrap().kind == FileKind::Other);
    std::fs::write(directory.path().join("plain"), "x").unwrap();
    assert_eq!(&*RealFiles.read(&directory.path().join("plain")).unwrap(), b"x");
}

#[test]
fn the_fake_keeps_the_contract() {
    contract(&FakeFiles::with([("/r/x", "")]), Path::new("/r"));
}

#[test]
fn an_overlay_shows_other_files() {
    let base = Arc::new(FakeFiles::with([("/r/a", "a"), ("/r/b", "b")]));
    let other = Arc::new(FakeFiles::with([("/e/s", "s")]));
    let overlay = OverlayFiles::new(base, BTreeMap::from([("/r/b".into(), "/e/s".into())]), other);
    assert_eq!(&*overlay.read(Path::new("/r/x/../b")).unwrap(), b"s");
    assert_eq!(&*overlay.read(Path::new("/r/a")).unwrap(), b"a");
}
