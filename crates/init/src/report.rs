//! Tells the host side what went wrong, once.

use crate::channel::Channel;
use crate::error::Error;
use alloc::string::{String, ToString};
use rundlet_plan::{FromInit, InitFailure, StepList};

const MAX_TEXT: usize = 4096;
/// A hook's output may be long; it is capped where it is read.
const MAX_DETAIL: usize = 160 << 10;

pub fn failure(channel: &Channel, list: StepList, step: usize, error: Error) {
    if let Error::Failed { syscall, errno, subject, detail } = error {
        let failure = InitFailure {
            list,
            step: u32::try_from(step).unwrap_or(u32::MAX),
            syscall: syscall.to_string(),
            errno,
            subject: capped(subject, MAX_TEXT),
            detail: capped(detail, MAX_DETAIL),
        };
        drop(channel.send(&FromInit::Failed(failure), None));
    }
}

fn capped(mut text: String, max: usize) -> String {
    if text.len() > max {
        let end = (0..=max).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
        text.truncate(end);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn caps_at_a_character() {
        assert_eq!(capped("aé".repeat(3), 5), "aéa");
        assert_eq!(capped("abc".into(), 5), "abc");
    }
}
