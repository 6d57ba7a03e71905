//! Where the members of a tar file are.

use crate::error::{Error, Result};
use crate::slice::Slice;
use crate::tar::{Kind, TarStream};
use crate::unpack::clean;
use std::collections::HashMap;

/// docker save of old wrote links to layers that it had already.
const MAX_LINKS: u32 = 16;

enum Member {
    File { offset: u64, size: u64 },
    Link(Vec<u8>),
}

/// By clean path; of members of one name the last counts.
pub struct Index(HashMap<Vec<u8>, Member>);

impl Index {
    /// Reads the headers only of what begins at `start` in the file.
    pub fn read(file: Slice, start: u64, max_members: usize) -> Result<Self> {
        let mut members = HashMap::new();
        let mut tar = TarStream::new(file);
        while let Some(entry) = tar.next()? {
            tar.raw().clear();
            let offset = start + tar.offset();
            tar.skip_content()?;
            let member = match entry.kind {
                Kind::File => Member::File { offset, size: entry.size },
                Kind::HardLink => Member::Link(clean(&entry.link)?),
                Kind::Symlink => {
                    let path = clean(&entry.path)?;
                    let parent = path.rsplitn(2, |byte| *byte == b'/').nth(1).unwrap_or_default();
                    Member::Link(clean(&[parent, b"/", &entry.link].concat())?)
                }
                _ => continue,
            };
            if members.len() == max_members {
                let reason = format!("more members than the limit of {max_members}");
                return Err(Error::refused("", reason));
            }
            members.insert(clean(&entry.path)?, member);
        }
        Ok(Self(members))
    }

    /// Offset and size of a member's content.
    pub fn find(&self, path: &[u8]) -> Option<(u64, u64)> {
        let mut path = path;
        for _ in 0..MAX_LINKS {
            match self.0.get(path)? {
                Member::File { offset, size } => return Some((*offset, *size)),
                Member::Link(target) => path = target,
            }
        }
        None
    }
}
