//! Loading a filter that the host side has compiled.

use crate::channel::Channel;
use crate::container::Container;
use crate::error::{Context, Error, Result};
use crate::sys::{self, Filter};
use alloc::vec::Vec;
use rundlet_plan::FromInit;
use rustix::fd::AsFd;

const NEW_LISTENER: u32 = 1 << 3;

pub fn load(container: &Container, channel: &Channel, program: u16) -> Result<()> {
    let Some(program) = container.seccomp.get(usize::from(program)) else {
        return Err(Error::refused("seccomp", "plan", "the plan has no such filter"));
    };
    let filter: Vec<Filter> = program
        .insns
        .iter()
        .map(|insn| Filter { code: insn.code, jt: insn.jt, jf: insn.jf, k: insn.k })
        .collect();
    let mut flags = program.flags;
    if container.seccomp_notify {
        flags |= NEW_LISTENER;
    }
    let listener = sys::seccomp(flags, &filter).on("seccomp", "linux.seccomp")?;
    if flags & NEW_LISTENER != 0 {
        let listener = sys::adopt(listener);
        channel.send(&FromInit::SeccompListener, Some(listener.as_fd()))?;
    }
    Ok(())
}
