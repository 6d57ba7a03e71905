//! How the process is scheduled, and where it runs and takes its memory.

use crate::error::{Context, Error, Result};
use crate::sys::{self, SchedAttr};
use alloc::vec::Vec;
use rundlet_plan::Scheduler;

/// More than any machine has; keeps a bad plan from taking gigabytes.
const MAX_NUMBER: u32 = 1 << 16;

pub fn scheduler(wanted: &Scheduler) -> Result<()> {
    let attr = SchedAttr {
        size: size_of::<SchedAttr>() as u32,
        policy: wanted.policy,
        flags: wanted.flags,
        nice: wanted.nice,
        priority: wanted.priority,
        runtime: wanted.runtime,
        deadline: wanted.deadline,
        period: wanted.period,
    };
    sys::sched_setattr(&attr).on("sched_setattr", "process.scheduler")
}

pub fn io(class: u8, priority: u8) -> Result<()> {
    const CLASS_SHIFT: u32 = 13;
    let value = u32::from(class) << CLASS_SHIFT | u32::from(priority);
    sys::ioprio_set(value).on("ioprio_set", "process.ioPriority")
}

pub fn affinity(cpus: &[u32]) -> Result<()> {
    sys::sched_setaffinity(&bits(cpus)?).on("sched_setaffinity", "process.execCPUAffinity")
}

/// The caller's affinity is not the container's: the cgroup says which processors that has. As runc, no
/// failure is worth one.
pub fn all_processors() {
    // 8192, the most that a kernel can be built for.
    let _ = sys::sched_setaffinity(&[usize::MAX; 128]);
}

pub fn memory(mode: u32, nodes: &[u32]) -> Result<()> {
    sys::set_mempolicy(mode, &bits(nodes)?).on("set_mempolicy", "linux.memoryPolicy")
}

pub fn personality(domain: u32) -> Result<()> {
    sys::personality(domain).on("personality", "linux.personality")
}

/// A set of numbers as the kernel's bit mask.
fn bits(numbers: &[u32]) -> Result<Vec<usize>> {
    let mut words = Vec::new();
    for &number in numbers {
        if number >= MAX_NUMBER {
            return Err(Error::refused("plan", "cpus or nodes", "a number is too large"));
        }
        let word = (number / usize::BITS) as usize;
        if words.len() <= word {
            words.resize(word + 1, 0);
        }
        words[word] |= 1 << (number % usize::BITS);
    }
    Ok(words)
}

#[cfg(test)]
mod tests {
    #[test]
    fn makes_bit_masks() {
        assert_eq!(super::bits(&[]).unwrap(), Vec::<usize>::new());
        assert_eq!(super::bits(&[0, 3]).unwrap(), [0b1001]);
        assert_eq!(super::bits(&[64]).unwrap(), [0, 1]);
        assert!(super::bits(&[u32::MAX]).is_err());
    }
}
