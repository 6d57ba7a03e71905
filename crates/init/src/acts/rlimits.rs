//! Resource limits.

use crate::error::{Error, Result, words};
use crate::sys;
use alloc::format;
use rundlet_plan::Rlimit;

pub fn set(limit: &Rlimit) -> Result<()> {
    sys::set_rlimit(limit.resource, limit.soft, limit.hard).map_err(|errno| {
        let text = format!("error setting rlimit type {}: {}", limit.resource, words(errno));
        Error::kernel("prlimit64", errno, &format!("{}", limit.resource)).with_detail(text)
    })
}

/// The hard limit alone: stage 1 still has to work with the soft one.
pub fn raise(resource: u32, hard: u64) -> Result<()> {
    if let Ok((soft, now)) = sys::rlimit(resource)
        && hard > now
    {
        // Where it is not allowed, the act that sets the limits says so.
        let _ = sys::set_rlimit(resource, soft, hard);
    }
    Ok(())
}
