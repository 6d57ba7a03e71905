//! The five capability sets, exactly as the plan has them: nothing of the caller's is left
//! (CVE-2022-29162).

use crate::error::{Context, Error, Result};
use crate::sys;
use alloc::format;
use linux_raw_sys::prctl as p;
use rundlet_plan::CapabilitySets;
use rustix::io::Errno;
use rustix::thread::{CapabilitySet, CapabilitySets as KernelSets, set_capabilities};

/// No kernel knows more.
const MAX_CAPABILITY: usize = 63;

fn set_of(list: &[u8]) -> CapabilitySet {
    let bits = list.iter().filter(|&&cap| cap < 64).fold(0u64, |bits, cap| bits | 1 << cap);
    CapabilitySet::from_bits_retain(bits)
}

/// While we still have CAP_SETPCAP.
pub fn drop_bounding(wanted: &CapabilitySets) -> Result<()> {
    let keep = set_of(&wanted.bounding).bits();
    for cap in 0..=MAX_CAPABILITY {
        if keep >> cap & 1 == 1 {
            continue;
        }
        match sys::prctl(p::PR_CAPBSET_DROP, cap, 0) {
            Ok(_) => {}
            // The kernel's last capability is behind us.
            Err(Errno::INVAL) => break,
            Err(errno) => {
                match sys::prctl(p::PR_CAPBSET_READ, cap, 0) {
                    // Gone already: we may be without CAP_SETPCAP.
                    Ok(0) => continue,
                    Err(_) => break,
                    Ok(_) => {}
                }
                return Err(Error::kernel("prctl(PR_CAPBSET_DROP)", errno, &format!("{cap}"))
                    .with_detail(format!(
                        "unable to apply bounding set: {}",
                        crate::error::words(errno)
                    )));
            }
        }
    }
    Ok(())
}

/// After a change of user the effective set is empty; bring it back for what is left to do.
pub fn raise_permitted() -> Result<()> {
    let now = rustix::thread::capabilities(None).on("capget", "capabilities")?;
    let sets = KernelSets {
        effective: now.permitted,
        permitted: now.permitted,
        inheritable: now.inheritable,
    };
    set_capabilities(None, sets).on("capset", "capabilities")
}

pub fn apply(wanted: &CapabilitySets) -> Result<()> {
    let sets = KernelSets {
        effective: set_of(&wanted.effective),
        permitted: set_of(&wanted.permitted),
        inheritable: set_of(&wanted.inheritable),
    };
    set_capabilities(None, sets).map_err(|errno| {
        Error::kernel("capset", errno, "capabilities").with_detail(format!(
            "unable to apply caps: can't apply capabilities: {}",
            crate::error::words(errno)
        ))
    })?;
    apply_ambient(wanted)
}

/// Cleared first, then only what is also permitted and inheritable. Kernels before 4.3 have no such set.
fn apply_ambient(wanted: &CapabilitySets) -> Result<()> {
    match sys::prctl(p::PR_CAP_AMBIENT, p::PR_CAP_AMBIENT_CLEAR_ALL as usize, 0) {
        Err(Errno::INVAL) => return Ok(()),
        done => done.on("prctl(PR_CAP_AMBIENT)", "capabilities")?,
    };
    let possible = set_of(&wanted.ambient).bits()
        & set_of(&wanted.permitted).bits()
        & set_of(&wanted.inheritable).bits();
    for cap in (0..=MAX_CAPABILITY).filter(|cap| possible >> cap & 1 == 1) {
        sys::prctl(p::PR_CAP_AMBIENT, p::PR_CAP_AMBIENT_RAISE as usize, cap)
            .on("prctl(PR_CAP_AMBIENT)", "capabilities")?;
    }
    Ok(())
}
