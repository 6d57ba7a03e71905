//! Host and domain name.

use crate::error::{Context, Result};
use rustix::system::{setdomainname, sethostname};

pub fn hostname(name: &str) -> Result<()> {
    sethostname(name.as_bytes()).on("sethostname", name)
}

pub fn domainname(name: &str) -> Result<()> {
    setdomainname(name.as_bytes()).on("setdomainname", name)
}
