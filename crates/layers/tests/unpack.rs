//! Layers as they should be: every kind of entry with all it says, and tar-split's lines. Needs root.

#![expect(clippy::unwrap_used, reason = "a failed test is a panic")]

mod common;

use common::{Item, LIMITS, Place, directory, file, hard_link, item, symlink, tar};
use rundlet_layers::Digest;
use std::fs::{self, Metadata};
use std::io::Write as _;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};

fn meta(place: &Place, path: &str) -> Metadata {
    fs::symlink_metadata(place.path("diff").join(path)).unwrap()
}

#[test]
fn every_kind_of_entry() {
    let place = Place::new();
    let tar = tar(&[
        Item { mode: 0o1777, mtime: 5, ..directory("./") },
        Item { owner: (7, 8), mode: 0o2755, mtime: 11, ..directory("dir/") },
        Item { mode: 0o4711, owner: (1, 2), ..file("dir/suid", b"content") },
        file("dir/empty", b""),
        hard_link("dir/again", "dir/suid"),
        symlink("link", "/dir/suid"),
        hard_link("linked-link", "./link"),
        Item { device: (1, 3), mode: 0o666, ..item("null", b'3') },
        Item { device: (7, 1), mode: 0o660, ..item("loop", b'4') },
        Item { mode: 0o622, ..item("fifo", b'6') },
        file("implied/by/name", b"x"),
        file("link-to-dir/x", b""),
    ]);
    let unpacked = place.unpack(&tar).unwrap();
    assert_eq!(unpacked.tar_size, tar.len() as u64);
    assert_eq!(unpacked.digest, unpacked.diff_id);
    // Content of two files, one of them linked twice, and a symlink's target, which is linked too.
    assert_eq!(unpacked.size, 7 + 9 + 1);
    let root = meta(&place, "");
    assert_eq!(root.mode() & 0o7777, 0o755);
    let dir = meta(&place, "dir");
    assert_eq!((dir.mode() & 0o7777, dir.mtime(), dir.uid(), dir.gid()), (0o2755, 11, 7, 8));
    let suid = meta(&place, "dir/suid");
    assert_eq!((suid.mode() & 0o7777, suid.uid(), suid.gid(), suid.nlink()), (0o4711, 1, 2, 2));
    assert_eq!(suid.mtime(), 1_700_000_000);
    // Not the group of the set-group-id directory.
    assert_eq!(meta(&place, "dir/empty").gid(), 0);
    assert_eq!(meta(&place, "link").ino(), meta(&place, "linked-link").ino());
    assert_eq!(meta(&place, "link").mtime(), 1_700_000_000);
    let null = meta(&place, "null");
    assert!(null.file_type().is_char_device());
    assert_eq!((null.mode() & 0o7777, null.rdev()), (0o666, rustix::fs::makedev(1, 3)));
    assert!(meta(&place, "loop").file_type().is_block_device());
    assert!(meta(&place, "fifo").file_type().is_fifo());
    assert_eq!(meta(&place, "implied").mode() & 0o7777, 0o755);
}

#[test]
fn a_directory_that_comes_after_its_files() {
    let place = Place::new();
    let late = Item { mode: 0o2700, owner: (3, 4), mtime: 9, ..directory("a/b") };
    place.unpack(&tar(&[file("a/b/c", b""), late, file("a/b/d", b"")])).unwrap();
    let dir = meta(&place, "a/b");
    assert_eq!((dir.mode() & 0o7777, dir.mtime(), dir.uid(), dir.gid()), (0o2700, 9, 3, 4));
    assert_eq!(meta(&place, "a/b/d").gid(), 0);
}

#[test]
fn long_names_times_and_owners_of_extended_headers() {
    let place = Place::new();
    let long = format!("{}/{}", "d".repeat(200), "f".repeat(200));
    let records: Vec<(&str, &[u8])> = vec![
        ("path", long.as_bytes()),
        ("mtime", b"1234.25"),
        ("uid", b"3000000"),
        ("gid", b"4000000"),
        ("size", b"3"),
    ];
    place.unpack(&tar(&[Item { pax: records, ..file("short", b"abc") }])).unwrap();
    let found = meta(&place, &long);
    assert_eq!((found.mtime(), found.mtime_nsec()), (1234, 250_000_000));
    assert_eq!((found.uid(), found.gid(), found.size()), (3_000_000, 4_000_000, 3));
    assert_eq!(place.split()[1]["name"], long);

    let place = Place::new();
    let name = format!("{long}\0");
    let gnu = [Item { content: name.as_bytes(), ..item("././@LongLink", b'L') }, file("cut", b"x")];
    place.unpack(&tar(&gnu)).unwrap();
    assert_eq!(meta(&place, &long).size(), 1);
}

#[test]
fn extended_attributes_but_overlay_s_own() {
    let place = Place::new();
    let capability = b"\x01\0\0\x02\0\x20\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
    let records: Vec<(&str, &[u8])> = vec![
        ("SCHILY.xattr.security.capability", capability),
        ("SCHILY.xattr.trusted.mine", b"a\nb"),
        ("SCHILY.xattr.trusted.overlay.redirect", b"/../other"),
        ("SCHILY.xattr.trusted.overlay.metacopy", b""),
    ];
    let on = |item| Item { pax: records.clone(), owner: (5, 5), ..item };
    place.unpack(&tar(&[on(directory("dir")), on(file("file", b"x"))])).unwrap();
    for name in ["dir", "file"] {
        let path = place.path("diff").join(name);
        let mut value = [0; 64];
        let mut get = |attribute: &str| rustix::fs::getxattr(&path, attribute, &mut value);
        assert_eq!(get("trusted.mine").unwrap(), 3);
        assert_eq!(get("trusted.overlay.redirect"), Err(rustix::io::Errno::NODATA));
        assert_eq!(get("trusted.overlay.metacopy"), Err(rustix::io::Errno::NODATA));
        if name == "file" {
            assert_eq!(get("security.capability").unwrap(), capability.len());
        }
    }
}

#[test]
fn whiteouts_as_overlay_marks() {
    let place = Place::new();
    let tar = tar(&[
        directory("dir"),
        file("dir/.wh..wh..opq", b""),
        Item { owner: (6, 7), ..file("dir/.wh.gone", b"") },
        file("implied/.wh.x", b""),
        file("kept", b"x"),
        file(".wh.kept", b""),
        directory("kept-dir"),
        file(".wh.kept-dir", b""),
        file(".wh.later", b""),
        directory("later"),
        file(".wh.again", b""),
        file("again", b"x"),
        file(".wh..wh.aufs", b""),
    ]);
    place.unpack(&tar).unwrap();
    let opaque = |path: &str| {
        let mut value = [0; 8];
        let path = place.path("diff").join(path);
        rustix::fs::getxattr(path, "trusted.overlay.opaque", &mut value) == Ok(1)
            && value[0] == b'y'
    };
    let gone = meta(&place, "dir/gone");
    assert!(gone.file_type().is_char_device());
    assert_eq!((gone.rdev(), gone.mode() & 0o7777, gone.uid(), gone.gid()), (0, 0, 6, 7));
    assert!(meta(&place, "implied/x").file_type().is_char_device());
    assert!(meta(&place, "kept").is_file());
    assert!(meta(&place, "again").is_file());
    let dirs = ["dir", "kept-dir", "later", "implied"];
    assert_eq!(dirs.map(opaque), [true, true, true, false]);
    let names = fs::read_dir(place.path("diff")).unwrap();
    assert!(
        names
            .into_iter()
            .all(|name| { !name.unwrap().file_name().to_string_lossy().starts_with(".wh.") })
    );
}

#[test]
fn gzip_and_zstd_with_both_digests() {
    let plain = tar(&[file("a", &[b'x'; 300_000]), directory("b/")]);
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&plain).unwrap();
    let forms = [gzip.finish().unwrap(), zstd::encode_all(&*plain, 3).unwrap(), plain.clone()];
    let diff_ids = forms.each_ref().map(|form| {
        let place = Place::new();
        let unpacked = place.unpack(form).unwrap();
        assert_eq!(fs::read(place.path("diff/a")).unwrap(), [b'x'; 300_000]);
        let again = Place::new();
        again
            .unpack_with(form, LIMITS, |job| {
                job.digest = Some(unpacked.digest);
                job.diff_id = Some(unpacked.diff_id);
            })
            .unwrap();
        unpacked.diff_id
    });
    assert_eq!(diff_ids[0], diff_ids[2]);
    assert_eq!(diff_ids[1], diff_ids[2]);
    let wrong = Digest::parse(&format!("sha256:{}", "0".repeat(64)));
    let error = Place::new().unpack_with(&forms[0], LIMITS, |job| job.digest = wrong).unwrap_err();
    assert!(error.to_string().contains("layer x: wrong digest: expected sha256:000"), "{error}");
    let error = Place::new().unpack_with(&forms[0], LIMITS, |job| job.diff_id = wrong).unwrap_err();
    assert!(error.to_string().contains("wrong diffID: expected sha256:000"), "{error}");
}

#[test]
fn tar_split_has_every_byte() {
    let place = Place::new();
    let mut layer = tar(&[directory("./dir/"), file("dir/f", b"123456789"), file("odd\n\"", b"")]);
    // Padding behind the end is part of the digest.
    layer.extend([0; 5000]);
    place.unpack(&layer).unwrap();
    let lines = place.split();
    for (position, line) in lines.iter().enumerate() {
        assert_eq!(line["position"], position);
    }
    let entries: Vec<_> = lines.iter().filter(|line| line["type"] == 1).collect();
    assert_eq!(entries[0]["name"], "./dir/");
    assert!(entries[0]["payload"].is_null());
    assert!(entries[0].get("size").is_none());
    assert_eq!((&entries[1]["name"], &entries[1]["size"]), (&"dir/f".into(), &9.into()));
    // CRC-64/GO-ISO of "123456789", from the catalogue of CRCs.
    assert_eq!(entries[1]["payload"], "uQlWx3WkEAE=");
    assert_eq!(entries[2]["name"], "odd\n\"");
    let raw: usize = lines
        .iter()
        .filter(|line| line["type"] == 2)
        .map(|line| line["payload"].as_str().unwrap().trim_end_matches('=').len() * 3 / 4)
        .sum();
    assert_eq!(raw, layer.len() - 9);
}
