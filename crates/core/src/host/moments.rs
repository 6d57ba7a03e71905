//! Time and chance, which QuickJS has not.

use super::files::hex;
use crate::failure::{Failure, Result};
use rundlet_plan::{Moment, RandomHex};
use rustix::rand::{GetRandomFlags, getrandom};
use rustix::time::{ClockId, clock_gettime};

pub fn clock((): ()) -> Result<Moment> {
    let now = clock_gettime(ClockId::Realtime);
    Ok(Moment { seconds: now.tv_sec, nanoseconds: now.tv_nsec.try_into().unwrap_or(0) })
}

/// Up to 256 bytes the kernel gives in one piece (random(7)).
pub fn random_hex(args: RandomHex) -> Result<String> {
    let mut bytes = [0_u8; 256];
    let Some(bytes) = bytes.get_mut(..args.bytes as usize) else {
        return Err(Failure::text(args.bytes.to_string(), "more than 256 random bytes at once"));
    };
    let count = loop {
        match getrandom(&mut *bytes, GetRandomFlags::empty()) {
            Err(rustix::io::Errno::INTR) => {}
            other => break other.map_err(|errno| Failure::kernel("getrandom", errno, ""))?,
        }
    };
    Ok(hex(&bytes[..count]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_texts_have_the_length_and_differ() {
        let text = || random_hex(RandomHex { bytes: 32 }).unwrap();
        assert_eq!(text().len(), 64);
        assert_ne!(text(), text());
        assert!(random_hex(RandomHex { bytes: 257 }).is_err());
    }

    #[test]
    fn the_clock_is_after_2026() {
        assert!(clock(()).unwrap().seconds > 1_767_225_600);
    }
}
