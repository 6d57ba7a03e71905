//! Who opens and closes the fifos.

use crate::failure::{At, Result};
use rustix::fd::OwnedFd;
use rustix::fs::inotify::{self, CreateFlags, ReadFlags, WatchFlags};
use std::mem::MaybeUninit;

pub struct Readers {
    inotify: OwnedFd,
}

impl Readers {
    pub fn watch(directory: &str) -> Result<Self> {
        let inotify =
            inotify::init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK).at("inotify_init1", "")?;
        let events = WatchFlags::OPEN | WatchFlags::CLOSE_WRITE | WatchFlags::CLOSE_NOWRITE;
        inotify::add_watch(&inotify, directory, events).at("inotify_add_watch", directory)?;
        Ok(Self { inotify })
    }

    pub fn fd(&self) -> &OwnedFd {
        &self.inotify
    }

    /// Names of fifos, 1 for one more that has it open, -1 for one less.
    pub fn changes(&self) -> Vec<(String, isize)> {
        let mut space = [MaybeUninit::uninit(); 4096];
        let mut reader = inotify::Reader::new(&self.inotify, &mut space);
        let mut changes = Vec::new();
        while let Ok(event) = reader.next() {
            let name = event.file_name().and_then(|name| name.to_str().ok());
            if let Some(name) = name {
                let change = if event.events().contains(ReadFlags::OPEN) { 1 } else { -1 };
                changes.push((name.to_owned(), change));
            }
        }
        changes
    }
}
