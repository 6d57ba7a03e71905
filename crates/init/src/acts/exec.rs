//! The last act.

use super::{cwd, passwd};
use crate::channel::Channel;
use crate::container::Container;
use crate::error::{Error, Result, words};
use crate::sys;
use alloc::ffi::CString;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::ffi::CStr;
use rundlet_plan::Exec;
use rustix::fs::{CWD, Mode, OFlags, openat};
use rustix::io::Errno;
use rustix::process::getuid;

pub fn exec(container: &mut Container, channel: &Channel, wanted: &Exec) -> Result<()> {
    let args = c_strings(&wanted.args)?;
    let Some(first) = args.first() else {
        return Err(Error::refused("execve", "", "no program is named"));
    };
    let mut env = c_strings(&wanted.env)?;
    if passwd::is_wanted(wanted) {
        let home = match container.home.take() {
            Some(home) => home,
            None => passwd::home_of(container.root()?, getuid().as_raw()),
        };
        env.extend(CString::new(format!("HOME={home}")));
    }
    container.settle(channel);
    // After every change of root, user and directory.
    cwd::verify()?;
    let program = container.program.take().unwrap_or_else(|| first.clone());
    // The net under all the O_CLOEXEC.
    sys::close_range(3 + container.preserve, u32::MAX, true);
    let errno = sys::execve(&program, &borrow(&args), &borrow(&env));
    Err(explain(&program, errno))
}

fn c_strings(texts: &[String]) -> Result<Vec<CString>> {
    let convert = |text: &String| {
        CString::new(text.as_str()).map_err(|_| Error::refused("execve", text, "NUL in a string"))
    };
    texts.iter().map(convert).collect()
}

fn borrow(texts: &[CString]) -> Vec<&CStr> {
    texts.iter().map(CString::as_c_str).collect()
}

/// runc's words first, then what the file itself tells.
fn explain(program: &CStr, errno: Errno) -> Error {
    let path = String::from_utf8_lossy(program.to_bytes());
    let mut text = format!("exec {path}: {}", words(errno));
    if let Some(cause) = cause(program, errno) {
        text.push_str(" (");
        text.push_str(&cause);
        text.push(')');
    }
    Error::kernel("execve", errno, &path).with_detail(text)
}

fn cause(program: &CStr, errno: Errno) -> Option<String> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let file = openat(CWD, program, flags, Mode::empty()).ok()?;
    let mut head = [0u8; 256];
    let length = rustix::io::read(&file, &mut head).ok()?;
    cause_of(&head[..length], errno)
}

#[cfg(target_arch = "x86_64")]
const OUR_MACHINE: u16 = 62;
#[cfg(target_arch = "aarch64")]
const OUR_MACHINE: u16 = 183;

fn cause_of(head: &[u8], errno: Errno) -> Option<String> {
    if let Some(line) = head.strip_prefix(b"#!") {
        let line = line.split(|&byte| byte == b'\n').next()?;
        let line = String::from_utf8_lossy(line);
        let interpreter = line.trim_start().split([' ', '\t']).next()?;
        let hint = if interpreter.ends_with('\r') { ": the file has CRLF line ends" } else { "" };
        let interpreter = interpreter.trim_end_matches('\r');
        return (errno == Errno::NOENT || errno == Errno::ACCESS)
            .then(|| format!("the script's interpreter {interpreter}{hint}"));
    }
    if head.starts_with(b"\x7fELF") && head.len() >= 20 {
        let machine = u16::from_le_bytes([head[18], head[19]]);
        if machine != OUR_MACHINE {
            return Some(format!("built for {}", machine_name(machine)));
        }
        return (errno == Errno::NOENT).then(|| String::from("its dynamic loader is missing"));
    }
    let text = if head.is_empty() {
        "the file is empty"
    } else {
        "neither a program of this machine nor a script that begins with #!"
    };
    (errno == Errno::NOEXEC).then(|| String::from(text))
}

fn machine_name(machine: u16) -> &'static str {
    match machine {
        3 => "x86",
        40 => "arm",
        62 => "x86-64",
        183 => "arm64",
        243 => "riscv64",
        21 | 20 => "powerpc",
        22 => "s390x",
        _ => "another machine",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_why() {
        let script = cause_of(b"#!/bin/nosh -x\necho", Errno::NOENT).unwrap();
        assert_eq!(script, "the script's interpreter /bin/nosh");
        assert!(cause_of(b"#!/bin/sh\r\n", Errno::NOENT).unwrap().contains("CRLF"));
        assert_eq!(cause_of(b"", Errno::NOEXEC).unwrap(), "the file is empty");
        let mut elf = [0u8; 20];
        elf[..4].copy_from_slice(b"\x7fELF");
        elf[18] = 40;
        assert_eq!(cause_of(&elf, Errno::NOEXEC).unwrap(), "built for arm");
        elf[18..].copy_from_slice(&OUR_MACHINE.to_le_bytes());
        assert!(cause_of(&elf, Errno::NOENT).unwrap().contains("loader"));
        assert_eq!(cause_of(b"x", Errno::ACCESS), None);
    }
}
