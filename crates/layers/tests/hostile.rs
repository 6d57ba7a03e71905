//! Layers that want out, lie, or cost too much. Needs root.

#![expect(clippy::unwrap_used, reason = "a failed test is a panic")]

mod common;

use common::{
    Item, LIMITS, Place, directory, file, hard_link, header, item, member, seal, symlink, tar,
};
use rundlet_layers::Limits;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::MetadataExt as _;

/// Unpacks beside a secret; whatever happens, nothing but `diff` may change.
fn refused(items: &[Item<'_>], reason: &str) {
    refused_bytes(&tar(items), reason);
}

fn refused_bytes(layer: &[u8], reason: &str) {
    let place = Place::new();
    let error = place.unpack(layer).map(drop).expect_err(reason).to_string();
    assert!(error.contains(reason), "{error}");
    assert!(!error.contains('\n'));
}

fn contained(items: &[Item<'_>]) -> Place {
    let place = Place::new();
    fs::create_dir(place.path("host")).unwrap();
    fs::write(place.path("host/secret"), "host").unwrap();
    let before = fs::metadata(place.path("host/secret")).unwrap();
    let _ = place.unpack(&tar(items));
    let after = fs::metadata(place.path("host/secret")).unwrap();
    assert_eq!(
        (before.nlink(), before.mtime(), before.mode()),
        (after.nlink(), after.mtime(), after.mode())
    );
    assert_eq!(fs::read(place.path("host/secret")).unwrap(), b"host");
    assert_eq!(fs::read_dir(place.path("host")).unwrap().count(), 1);
    let mut names: Vec<_> =
        fs::read_dir(place.path("")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["diff", "host", "layer", "split"]);
    place
}

#[test]
fn names_that_lead_out() {
    for name in ["../x", "a/../../x", "/../../x", "..", "./../x"] {
        refused(&[file(name, b"x")], "leads out of the layer");
        refused(&[directory(name)], "leads out of the layer");
        refused(&[file("a", b""), hard_link("b", name)], "leads out of the layer");
    }
    let place = contained(&[file("/etc/passwd", b"inside")]);
    assert_eq!(fs::read(place.path("diff/etc/passwd")).unwrap(), b"inside");
}

#[test]
fn parents_that_are_links() {
    for target in ["../host", "/../host", "../../../../../../../../tmp", "/proc/self/root"] {
        contained(&[symlink("a", target), file("a/secret", b"evil")]);
        contained(&[symlink("a", target), directory("a/new")]);
        contained(&[symlink("a", target), file("a/.wh.secret", b"")]);
        contained(&[symlink("a", target), file("a/.wh..wh..opq", b"")]);
        contained(&[symlink("a", target), directory("a"), file("a/secret", b"evil")]);
        contained(&[symlink("a", target), symlink("b", "a"), file("b/secret", b"evil")]);
        contained(&[symlink("a", target), Item { mtime: 1, mode: 0o777, ..directory("a/.") }]);
        contained(&[symlink("a", target), file("a", b"in place of the link")]);
    }
    let place = contained(&[directory("etc"), symlink("a", "/etc"), file("a/b", b"x")]);
    assert_eq!(fs::read(place.path("diff/etc/b")).unwrap(), b"x");
    refused(&[symlink("loop", "loop"), file("loop/x", b"")], "loop");
    refused(&[file("f", b""), file("f/x", b"")], "f: openat2");
}

#[test]
fn hard_links_that_lead_out() {
    for target in ["/../host/secret", "link/secret", "/link/secret"] {
        let place =
            contained(&[symlink("link", "../host"), hard_link("h", target), file("h2", b"")]);
        assert!(!place.path("diff/h").exists());
    }
    // The link itself is linked, and replaced, not what it points to.
    let place = contained(&[
        symlink("link", "../host/secret"),
        hard_link("h", "link"),
        file("./link", b"evil"),
    ]);
    assert!(fs::symlink_metadata(place.path("diff/h")).unwrap().is_symlink());
    refused(&[directory("d"), hard_link("h", "d")], "h");
    refused(&[hard_link("h", "h")], "hard link to itself");
    refused(&[hard_link("h", "nothing")], "nothing");
}

#[test]
fn what_an_entry_replaces_by_another_name() {
    let place = contained(&[
        directory("real"),
        directory("real/sub"),
        file("real/sub/f", b""),
        symlink("alias", "real"),
        file("alias/sub", b"now a file"),
    ]);
    assert_eq!(fs::read(place.path("diff/real/sub")).unwrap(), b"now a file");
    contained(&[
        directory("real"),
        directory("real/sub"),
        symlink("alias", "real"),
        symlink("alias/sub", "../../host"),
        file("real/sub/secret", b"evil"),
    ]);
}

#[test]
fn whiteouts_of_nothing() {
    for name in [".wh.", ".wh..", ".wh...", "d/.wh.."] {
        refused(&[directory("d"), file(name, b"")], "whiteout of no name");
    }
    refused(&[file(".wh.x", b"content")], "whiteout with content");
    contained(&[file(".wh.../host", b"")]);
}

#[test]
fn duplicates() {
    refused(&[file("a", b"1"), file("./a", b"2")], "duplicates of file paths not supported");
}

#[test]
fn sparse_and_unknown_types() {
    refused(&[item("s", b'S')], "sparse");
    refused(&[Item { pax: vec![("GNU.sparse.major", b"1")], ..file("s", b"") }], "sparse");
    refused(&[item("v", b'V')], "unknown type 'V'");
}

#[test]
fn cut_and_damaged() {
    let whole = tar(&[directory("d"), file("d/f", &[7; 2000])]);
    for end in [100, 600, 1100, 2000, 3300] {
        refused_bytes(&whole[..end], "unexpected EOF");
    }
    // The end without blocks of zeros is one, too.
    Place::new().unpack(&whole[..whole.len() - 1024]).unwrap();
    let mut damaged = whole.clone();
    damaged[0] ^= 1;
    refused_bytes(&damaged, "wrong checksum");
    let mut hole = whole[..whole.len() - 1024].to_vec();
    hole.extend([0; 512]);
    hole.extend(member(&file("more", b"")));
    refused_bytes(&hole, "block of zeros");
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&whole).unwrap();
    let gzip = gzip.finish().unwrap();
    refused_bytes(&gzip[..gzip.len() - 20], "it is cut");
    refused_bytes(&[gzip, b"garbage".to_vec()].concat(), "");
}

#[test]
fn numbers_that_lie() {
    let mut huge = header(&file("f", b""), 0);
    huge[124..136].copy_from_slice(b"\x80\0\0\0\x0d\xe0\xb6\xb3\xa7\x64\0\0");
    seal(&mut huge);
    refused_bytes(&huge, "unexpected EOF");
    let mut negative = header(&file("f", b""), 0);
    negative[124..136].copy_from_slice(&[0xff; 12]);
    seal(&mut negative);
    refused_bytes(&negative, "negative size");
    let size: &[u8] = b"1000000000000000000";
    refused(&[Item { pax: vec![("size", size)], ..file("f", b"") }], "unexpected EOF");
    refused(&[Item { pax: vec![("size", b"-1")], ..file("f", b"") }], "extended record");
    refused(&[Item { pax: vec![("uid", b"4294967296")], ..file("f", b"") }], "too large");
    let mut letters = header(&file("f", b""), 0);
    letters[108..116].copy_from_slice(b"12345x7\0");
    seal(&mut letters);
    refused_bytes(&letters, "uid is no number");
}

#[test]
fn costs_too_much() {
    let value = vec![b'v'; 2 << 20];
    refused(
        &[Item { pax: vec![("SCHILY.xattr.user.x", &value)], ..file("f", b"") }],
        "extended header",
    );
    let name = "n".repeat(5000);
    refused(&[Item { pax: vec![("path", name.as_bytes())], ..file("f", b"") }], "name too long");
    let names: Vec<String> = (0..50).map(|number| number.to_string()).collect();
    let many: Vec<Item<'_>> = names.iter().map(|name| file(name, b"")).collect();
    let place = Place::new();
    let few = Limits { entries: 49, ..LIMITS };
    let error = place.unpack_with(&tar(&many), few, |_| {}).unwrap_err().to_string();
    assert!(error.contains("more entries than the limit of 49"), "{error}");
}

/// 64 megabytes of zeros in 64 kilobytes stop at the limit, and not in memory.
#[test]
fn a_bomb() {
    let place = Place::new();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&header(&file("zeros", b""), 64 << 20)).unwrap();
    let zeros = vec![0; 1 << 20];
    for _ in 0..64 {
        gzip.write_all(&zeros).unwrap();
    }
    let bomb = gzip.finish().unwrap();
    let limits = Limits { bytes: 10 << 20, ..LIMITS };
    let error = place.unpack_with(&bomb, limits, |_| {}).unwrap_err().to_string();
    assert!(error.contains("more bytes than the limit of 10485760"), "{error}");
    assert!(fs::metadata(place.path("diff/zeros")).unwrap().len() <= 10 << 20);
}
