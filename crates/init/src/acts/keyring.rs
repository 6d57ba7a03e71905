//! A session keyring of the container's own, so that the caller's keys are out of reach.

use crate::error::{Error, Result, words};
use crate::sys;
use alloc::ffi::CString;
use alloc::format;
use rustix::io::Errno;

/// Whoever has the container's user may search it: `exec` joins it by name.
const USER_SEARCH: u32 = 0x8_0000;

pub fn join(name: &str) -> Result<()> {
    let text = CString::new(name).map_err(|_| Error::refused("keyctl", name, "NUL in the name"))?;
    let fail = |errno, what: &str| {
        Error::kernel("keyctl", errno, name).with_detail(format!("{what}: {}", words(errno)))
    };
    let key = match sys::keyctl_join(&text) {
        // A kernel without keyrings has none to hide.
        Err(Errno::NOSYS) => return Ok(()),
        key => key.map_err(|errno| {
            fail(errno, "unable to join session keyring: unable to create session key")
        })?,
    };
    let mut text = [0u8; 512];
    let what = "unable to mod keyring permissions";
    let length = sys::keyctl_describe(key, &mut text).map_err(|errno| fail(errno, what))?;
    let now = permissions(&text[..length.min(text.len())])
        .ok_or_else(|| Error::refused("keyctl", name, "its description has no permissions"))?;
    if now & USER_SEARCH == USER_SEARCH {
        return Ok(());
    }
    sys::keyctl_setperm(key, now | USER_SEARCH).map_err(|errno| fail(errno, what))
}

/// Fourth field of `keyring;uid;gid;3f1b0000;name`.
fn permissions(description: &[u8]) -> Option<u32> {
    let field = description.split(|&byte| byte == b';').nth(3)?;
    u32::from_str_radix(core::str::from_utf8(field).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    #[test]
    fn reads_permissions() {
        assert_eq!(super::permissions(b"keyring;0;0;3f130000;_ses.x\0"), Some(0x3f13_0000));
        assert_eq!(super::permissions(b"keyring;0"), None);
    }
}
