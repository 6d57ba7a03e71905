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
