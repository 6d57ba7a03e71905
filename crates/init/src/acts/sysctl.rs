//! Kernel parameters, through a procfs that the container has no hand in.

use crate::container::Container;
use crate::error::{Context, Error, Result};
use alloc::format;
use alloc::string::String;

pub fn write(container: &mut Container, key: &str, value: &str) -> Result<()> {
    let path = file_of(key)
        .ok_or_else(|| Error::refused("open", key, "not the name of a kernel parameter"))?;
    let subject = format!("/proc/{path}");
    container.procfs()?.write(&path, value.as_bytes()).on("write", &subject)
}

/// `net.ipv4.ip_forward` → `sys/net/ipv4/ip_forward`. Where the first separator is a slash, dots belong
/// to names (`net/ipv4/conf/eth0.1/forwarding`), as sysctl(8) has it.
fn file_of(key: &str) -> Option<String> {
    let slashes = key.find(['.', '/']).is_some_and(|at| key.as_bytes()[at] == b'/');
    let path = if slashes { String::from(key) } else { key.replace('.', "/") };
    let proper = path.split('/').all(|part| !matches!(part, "" | "." | ".."));
    proper.then(|| format!("sys/{path}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_files() {
        assert_eq!(file_of("kernel.shmmax").as_deref(), Some("sys/kernel/shmmax"));
        assert_eq!(
            file_of("net/ipv4/conf/eth0.1/x").as_deref(),
            Some("sys/net/ipv4/conf/eth0.1/x")
        );
        for bad in ["", "..", "kernel..x", "net/../kernel/x", "/kernel/x", "kernel/", "a/./b"] {
            assert_eq!(file_of(bad), None, "{bad}");
        }
    }
}
