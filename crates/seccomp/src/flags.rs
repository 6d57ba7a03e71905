//! Flags of `seccomp(2)` SECCOMP_SET_MODE_FILTER.

use crate::error::SeccompError;

/// SECCOMP_FILTER_FLAG_TSYNC sets no bit: runc accepts and ignores it, since the thread that loads the
/// filter becomes the container's only one at exec, and the kernel refuses it beside NEW_LISTENER.
const FLAGS: [(&str, u32); 4] = [
    ("SECCOMP_FILTER_FLAG_TSYNC", 0),
    ("SECCOMP_FILTER_FLAG_LOG", 1 << 1),
    ("SECCOMP_FILTER_FLAG_SPEC_ALLOW", 1 << 2),
    ("SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", 1 << 5),
];

/// For `features`.
pub const KNOWN_FLAGS: [&str; FLAGS.len()] = [FLAGS[0].0, FLAGS[1].0, FLAGS[2].0, FLAGS[3].0];

pub fn parse(names: &[String]) -> Result<u32, SeccompError> {
    names.iter().enumerate().try_fold(0, |bits, (index, name)| {
        match FLAGS.iter().find(|(known, _)| known == name) {
            Some((_, bit)) => Ok(bits | bit),
            None => Err(SeccompError::UnknownFlag { flag: name.clone(), index }),
        }
    })
}
