//! Handles: what a host operation keeps open between two calls, named by a number in TypeScript.

use super::cancel::Cancel;
use super::event_log::Tail;
use super::launch::{Ahead, Launch};
use super::notify::Notify;
use super::shim::Attached;
use super::watch::Watch;
use crate::failure::{At, Failure, Result};
use rundlet_layers::Archive;
use rundlet_plan::{Handle, Lock, Path};
use rundlet_registry::{Client, Transfer};
use rustix::fd::OwnedFd;
use rustix::fs::{FlockOperation, OFlags, flock, fstat};
use rustix::io::Errno;
use std::collections::BTreeMap;
use std::fs::File;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

enum Kept {
    /// Held open, and so locked, until it is dropped.
    Lock(#[expect(dead_code, reason = "only its life counts")] OwnedFd),
    Launch(Arc<Mutex<Launch>>),
    Ahead(Box<Ahead>),
    Watch(Arc<Watch>),
    Tail(Arc<Mutex<Tail>>),
    Archive(Arc<Archive>),
    Cancel(Arc<Cancel>),
    /// Where a log is to be written to.
    LogEnds([OwnedFd; 2]),
    Notify(Arc<Notify>),
    /// The control socket of a shim that waits for its order.
    Shim(OwnedFd),
    Attached(Attached),
    Registry(Client),
    Pull(Arc<Transfer>),
    Blob(Arc<File>),
}

#[derive(Default)]
struct Table {
    last: u32,
    kept: BTreeMap<u32, Kept>,
}

static TABLE: Mutex<Option<Table>> = Mutex::new(None);

/// A lock whose holder panicked still guards sound data: every operation leaves it so at each step.
pub fn lock_of<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn with_table<R>(use_table: impl FnOnce(&mut Table) -> R) -> R {
    use_table(lock_of(&TABLE).get_or_insert_with(Table::default))
}

impl Table {
    fn insert(&mut self, kept: Kept) -> u32 {
        loop {
            self.last = self.last.wrapping_add(1);
            if self.last != 0 && !self.kept.contains_key(&self.last) {
                self.kept.insert(self.last, kept);
                return self.last;
            }
        }
    }
}

pub fn keep_launch(launch: Launch) -> (u32, Arc<Mutex<Launch>>) {
    let launch = Arc::new(Mutex::new(launch));
    (with_table(|table| table.insert(Kept::Launch(launch.clone()))), launch)
}

pub fn launch(handle: u32) -> Result<Arc<Mutex<Launch>>> {
    with_table(|table| match table.kept.get(&handle) {
        Some(Kept::Launch(launch)) => Ok(launch.clone()),
        _ => Err(Failure::kernel("handle", Errno::BADF, handle.to_string())),
    })
}

/// `None` if there is no such launch (any more): giving it up twice is no error.
pub fn take_launch(handle: u32) -> Option<Arc<Mutex<Launch>>> {
    with_table(|table| match table.kept.remove(&handle) {
        Some(Kept::Launch(launch)) => Some(launch),
        Some(other) => {
            table.kept.insert(handle, other);
            None
        }
        None => None,
    })
}

pub fn keep_ahead(ahead: Ahead) -> u32 {
    with_table(|table| table.insert(Kept::Ahead(Box::new(ahead))))
}

/// `None` if a launch has taken it.
pub fn take_ahead(handle: u32) -> Option<Ahead> {
    with_table(|table| match table.kept.remove(&handle) {
        Some(Kept::Ahead(ahead)) => Some(*ahead),
        other => {
            if let Some(other) = other {
                table.kept.insert(handle, other);
            }
            None
        }
    })
}

pub fn keep_watch(watch: Watch) -> u32 {
    with_table(|table| table.insert(Kept::Watch(Arc::new(watch))))
}

pub fn watch(handle: u32) -> Result<Arc<Watch>> {
    with_table(|table| match table.kept.get(&handle) {
        Some(Kept::Watch(watch)) => Ok(watch.clone()),
        _ => Err(Failure::kernel("handle", Errno::BADF, handle.to_string())),
    })
}

/// `None` if there is none any more.
pub fn take_watch(handle: u32) -> Option<Arc<Watch>> {
    let found = watch(handle).ok()?;
    with_table(|table| table.kept.remove(&handle));
    Some(found)
}

pub fn keep_tail(tail: Tail) -> u32 {
    with_table(|table| table.insert(Kept::Tail(Arc::new(Mutex::new(tail)))))
}

pub fn tail(handle: u32) -> Result<Arc<Mutex<Tail>>> {
    with_table(|table| match table.kept.get(&handle) {
        Some(Kept::Tail(tail)) => Ok(tail.clone()),
        _ => Err(Failure::kernel("handle", Errno::BADF, handle.to_string())),
    })
}

/// None any more is no error.
pub fn drop_tail(handle: u32) {
    if tail(handle).is_ok() {
        with_table(|table| table.kept.remove(&handle));
    }
}

pub fn keep_cancel(cancel: Cancel) -> u32 {
    with_table(|table| table.insert(Kept::Cancel(Arc::new(cancel))))
}

pub fn cancel(handle: u32) -> Result<Arc<Cancel>> {
    with_table(|table| match table.kept.get(&handle) {
        Some(Kept::Cancel(cancel)) => Ok(cancel.clone()),
        _ => Err(Failure::kernel("handle", Errno::BADF, handle.to_string())),
    })
}

/// None any more is no error.
pub fn drop_cancel(handle: u32) {
    if cancel(handle).is_ok() {
        with_table(|table| table.kept.remove(&handle));
    }
}

pub fn keep_log_ends(ends: [OwnedFd; 2]) -> u32 {
    with_table(|table| table.insert(Kept::LogEnds(ends)))
}

pub fn take_log_ends(handle: u32) -> Result<[OwnedFd; 2]> {
    with_table(|table| match table.kept.remove(&handle) {
        Some(Kept::LogEnds(ends)) => Ok(ends),
        other => {
            if let Some(other) = other {
                table.kept.insert(handle, other);
            }
            Err(Failure::kernel("handle", Errno::BADF, handle.to_string()))
        }
    })
}

pub fn keep_archive(archive: Archive) -> u32 {
    with_table(|table| table.insert(Kept::Archive(Arc::new(archive))))
}

pub fn archive(handle: u32) -> Result<Arc<Archive>> {
    with_table(|table| match table.kept.get(&handle) {
        Some(Kept::Archive(archive)) => Ok(archive.clone()),
        _ => Err(Failure::kernel("handle", Errno::BADF, handle.to_string())),
    })
}

pub fn archive_close(args: Handle) -> Result<()> {
    archive(args.handle)?;
    with_table(|table| table.kept.remove(&args.handle));
    Ok(())
}

pub fn keep_notify(notify: Notify) -> u32 {
    with_table(|table| table.insert(Kept::Notify(Arc::new(notify))))
}

pub fn notify(handle: u32) -> Result<Arc<Notify>> {
    with_table(|table| match table.kept.get(&handle) {
        Some(Kept::Notify(notify)) => Ok(notify.clone()),
        _ => Err(Failure::kernel("handle", Errno::BADF, handle.to_string())),
    })
}

/// `None` if there is none any more.
pub fn drop_notify(handle: u32) -> Option<Arc<Notify>> {
    let found = notify(handle).ok()?;
    with_table(|table| table.kept.remove(&handle));
    Some(found)
}

pub fn keep_registry(client: Client) -> u32 {
    with_table(|table| table.insert(Kept::Registry(client)))
}

pub fn registry(handle: u32) -> Result<Client> {
    with_table(|table| match table.kept.get(&handle) {
        Some(Kept::Registry(client)) => Ok(client.clone()),
        _ => Err(Failure::kernel("handle", Errno::BADF, handle.to_string())),
    })
}

/// `None` if there is none any more.
pub fn take_registry(handle: u32) -> Option<Client> {
    let found = registry(handle).ok()?;
    with_table(|table| table.kept.remove(&handle));
    Some(found)
}

pub fn keep_pull(pull: Transfer) -> u32 {
    with_table(|table| table.insert(Kept::Pull(Arc::new(pull))))
}

pub fn pull(handle: u32) -> Result<Arc<Transfer>> {
    with_table(|table| match table.kept.get(&handle) {
        Some(Kept::Pull(pull)) => Ok(pull.clone()),
        _ => Err(Failure::kernel("handle", Errno::BADF, handle.to_string())),
    })
}

/// `None` if there is none any more.
pub fn take_pull(handle: u32) -> Option<Arc<Transfer>> {
    let found = pull(handle).ok()?;
    with_table(|table| table.kept.remove(&handle));
    Some(found)
}

pub fn keep_blob(file: File) -> u32 {
    with_table(|table| table.insert(Kept::Blob(Arc::new(file))))
}

pub fn blob(handle: u32) -> Result<Arc<File>> {
    with_table(|table| match table.kept.get(&handle) {
        Some(Kept::Blob(file)) => Ok(file.clone()),
        _ => Err(Failure::kernel("handle", Errno::BADF, handle.to_string())),
    })
}

/// None any more is no error.
pub fn drop_blob(handle: u32) {
    if blob(handle).is_ok() {
        with_table(|table| table.kept.remove(&handle));
    }
}

pub fn keep_attached(attached: Attached) -> u32 {
    with_table(|table| table.insert(Kept::Attached(attached)))
}

pub fn take_attached(handle: u32) -> Result<Attached> {
    with_table(|table| match table.kept.remove(&handle) {
        Some(Kept::Attached(attached)) => Ok(attached),
        other => {
            if let Some(other) = other {
                table.kept.insert(handle, other);
            }
            Err(Failure::kernel("handle", Errno::BADF, handle.to_string()))
        }
    })
}

pub fn keep_shim(socket: OwnedFd) -> u32 {
    with_table(|table| table.insert(Kept::Shim(socket)))
}

pub fn take_shim(handle: u32) -> Result<OwnedFd> {
    with_table(|table| match table.kept.remove(&handle) {
        Some(Kept::Shim(socket)) => Ok(socket),
        other => {
            if let Some(other) = other {
                table.kept.insert(handle, other);
            }
            Err(Failure::kernel("handle", Errno::BADF, handle.to_string()))
        }
    })
}

/// `lock`: waits for its turn, or does not. A file that was removed while we waited guards nothing any more: then
/// the one that stands at the path now is locked.
pub fn lock(args: Lock) -> Result<Handle> {
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::NOCTTY;
    lock_path(&args.path, flags, operation(&args))
}

pub fn lock_directory(args: Lock) -> Result<Handle> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW;
    lock_path(&args.path, flags, operation(&args))
}

fn operation(args: &Lock) -> FlockOperation {
    match (args.shared == Some(true), args.wait != Some(false)) {
        (true, true) => FlockOperation::LockShared,
        (true, false) => FlockOperation::NonBlockingLockShared,
        (false, true) => FlockOperation::LockExclusive,
        (false, false) => FlockOperation::NonBlockingLockExclusive,
    }
}

/// Handle 0, which is none, when another holds it.
pub fn try_lock(args: Lock) -> Result<Handle> {
    try_path(&args.path, OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::NOCTTY)
}

pub fn try_lock_directory(args: Path) -> Result<Handle> {
    try_path(&args.path, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW)
}

fn try_path(path: &str, flags: OFlags) -> Result<Handle> {
    match lock_path(path, flags, FlockOperation::NonBlockingLockExclusive) {
        Err(failure) if failure.is(Errno::WOULDBLOCK) => Ok(Handle { handle: 0 }),
        other => other,
    }
}

fn lock_path(path: &str, flags: OFlags, operation: FlockOperation) -> Result<Handle> {
    loop {
        let fd = super::files::open(path, flags, 0o600)?;
        loop {
            match flock(&fd, operation) {
                Err(Errno::INTR) => {}
                other => break other.at("flock", path)?,
            }
        }
        if fstat(&fd).at("fstat", path)?.st_nlink > 0 {
            return Ok(Handle { handle: with_table(|table| table.insert(Kept::Lock(fd))) });
        }
    }
}

pub fn unlock(args: Handle) -> Result<()> {
    with_table(|table| match table.kept.remove(&args.handle) {
        Some(Kept::Lock(_)) => Ok(()),
        other => {
            if let Some(other) = other {
                table.kept.insert(args.handle, other);
            }
            Err(Failure::kernel("unlock", Errno::BADF, args.handle.to_string()))
        }
    })
}
