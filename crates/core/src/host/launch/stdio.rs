//! Descriptors for the process's 0, 1 and 2.

use crate::failure::{At, Failure, Result};
use crate::host::files::open;
use crate::sys::fd::is_open;
use rundlet_plan::Stdio;
use rustix::fd::{AsRawFd, IntoRawFd, OwnedFd};
use rustix::fs::OFlags;
use rustix::io::Errno;
use rustix::pipe::{PipeFlags, pipe_with};

const NULL: i32 = -1;
const PIPE: i32 = -2;

pub struct Prepared {
    /// Numbers of this process.
    pub numbers: [i32; 3],
    /// Our ends of new pipes.
    pub ends: [Option<OwnedFd>; 3],
    /// Theirs, and /dev/null: open until the child has them.
    pub _theirs: Vec<OwnedFd>,
}

pub fn prepare(stdio: Stdio) -> Result<Prepared> {
    let mut prepared = Prepared { numbers: stdio, ends: [None, None, None], _theirs: Vec::new() };
    let mut null: Option<i32> = None;
    for (place, number) in stdio.into_iter().enumerate() {
        prepared.numbers[place] = match number {
            NULL => match null {
                Some(number) => number,
                None => {
                    let fd = open("/dev/null", OFlags::RDWR | OFlags::NOCTTY, 0)?;
                    let number = prepared.lend(fd);
                    *null.insert(number)
                }
            },
            PIPE => {
                let (read, write) = pipe_with(PipeFlags::CLOEXEC).at("pipe2", "stdio")?;
                let (theirs, ours) = if place == 0 { (read, write) } else { (write, read) };
                prepared.ends[place] = Some(ours);
                prepared.lend(theirs)
            }
            // 0, 1, 2 are always open.
            0..=2 => number,
            _ if number > 2 && is_open(number) => number,
            _ => return Err(Failure::kernel("dup3", Errno::BADF, number.to_string())),
        };
    }
    Ok(prepared)
}

impl Prepared {
    fn lend(&mut self, fd: OwnedFd) -> i32 {
        let number = fd.as_raw_fd();
        self._theirs.push(fd);
        number
    }
}

/// Hand the ends over to the caller, as numbers.
pub fn give_away(ends: [Option<OwnedFd>; 3]) -> [i32; 3] {
    ends.map(|end| end.map_or(NULL, IntoRawFd::into_raw_fd))
}
