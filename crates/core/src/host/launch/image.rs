//! rundlet-init as a sealed memfd, made once per process. Sealed, it cannot be rewritten through
//! /proc/PID/exe by a container that runs it (CVE-2019-5736).

use crate::failure::{At, Failure, Result};
use crate::host::handles::lock_of;
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, memfd_create};
use rustix::io::Errno;
use std::sync::{Mutex, OnceLock};

static IMAGE: OnceLock<&'static [u8]> = OnceLock::new();
static SEALED: OnceLock<OwnedFd> = OnceLock::new();

pub fn set_init_image(image: &'static [u8]) {
    // The first one stays: it may be running already.
    let _ = IMAGE.set(image);
}

pub fn sealed() -> Result<BorrowedFd<'static>> {
    static MAKING: Mutex<()> = Mutex::new(());
    if let Some(fd) = SEALED.get() {
        return Ok(fd.as_fd());
    }
    let _one_at_a_time = lock_of(&MAKING);
    if let Some(fd) = SEALED.get() {
        return Ok(fd.as_fd());
    }
    let fd = make()?;
    Ok(SEALED.get_or_init(|| fd).as_fd())
}

fn make() -> Result<OwnedFd> {
    let image =
        IMAGE.get().ok_or_else(|| Failure::text("rundlet-init", "the host has not given it"))?;
    let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
    // MFD_EXEC (kernel 6.3) says what sysctl vm.memfd_noexec wants said; older ones answer EINVAL.
    let fd = match memfd_create(c"rundlet-init", flags | MemfdFlags::EXEC) {
        Err(Errno::INVAL) => memfd_create(c"rundlet-init", flags),
        other => other,
    }
    .at("memfd_create", "rundlet-init")?;
    crate::host::files::write_all(&fd, image, "rundlet-init")?;
    let seals = SealFlags::SEAL | SealFlags::SHRINK | SealFlags::GROW | SealFlags::WRITE;
    match fcntl_add_seals(&fd, seals | SealFlags::EXEC) {
        Err(Errno::INVAL) => fcntl_add_seals(&fd, seals),
        other => other,
    }
    .at("fcntl", "rundlet-init")?;
    Ok(fd)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cannot_be_changed() {
        set_init_image(b"#!/bin/false\n");
        let fd = sealed().unwrap();
        assert_eq!(rustix::io::write(fd, b"x"), Err(Errno::PERM));
        assert_eq!(rustix::fs::ftruncate(fd, 0), Err(Errno::PERM));
        assert_eq!(fcntl_add_seals(fd, SealFlags::FUTURE_WRITE), Err(Errno::PERM));
    }
}
