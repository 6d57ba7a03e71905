//! Device rules as far as systemd has words for them. Ours are put in force after it has done its part, so
//! that these matter when it does it once more (`daemon-reload`).
//! <https://www.freedesktop.org/software/systemd/man/systemd.resource-control.html#DeviceAllow=>

use crate::failure::Result;
use crate::host::cgroups::{Line, device_outcome};
use rundlet_plan::DeviceRule;
use zbus::wire::{Array, StructureBuilder};
use zbus::{Signature, Variant};

pub fn properties(rules: &[DeviceRule]) -> Result<Vec<(&'static str, Variant<'static>)>> {
    // In a user namespace nobody filters devices.
    if rules.is_empty() {
        return Ok(Vec::new());
    }
    // What cannot be said as a default and exceptions is for our own program to say.
    let lines: Vec<Line> =
        device_outcome(rules).map_or_else(|_| Vec::new(), |all| all.lines().collect());
    let all = lines.len() == 1 && lines[0].allow;
    let allowed: Vec<(String, String)> = if lines.first().is_some_and(|line| !line.allow) {
        lines[1..].iter().filter_map(|line| device(&line.text)).collect()
    } else {
        Vec::new()
    };
    let policy = if all { "auto" } else { "strict" };
    let allow = pairs(allowed).map_err(|error| super::bus::failure("DeviceAllow", error))?;
    Ok(vec![("DevicePolicy", Variant::new(policy)), ("DeviceAllow", allow)])
}

/// `c 1:3 rwm` → `/dev/char/1:3`, `rwm`; `None` for one number of all drivers, which systemd cannot say.
fn device(line: &str) -> Option<(String, String)> {
    let mut words = line.split(' ');
    let kind = if words.next()? == "b" { "block" } else { "char" };
    let numbers = words.next()?;
    let access = words.next()?.to_owned();
    let name = match numbers.split_once(':')? {
        ("*", "*") => format!("{kind}-*"),
        ("*", _) => return None,
        (major, "*") => format!("{kind}-{major}"),
        _ => format!("/dev/{kind}/{numbers}"),
    };
    Some((name, access))
}

fn pairs(list: Vec<(String, String)>) -> zbus::Result<Variant<'static>> {
    let mut array = Array::new(&Signature::try_from("(ss)")?);
    for (name, access) in list {
        let mut fields = StructureBuilder::new();
        fields.push_value(Variant::Str(name.into()));
        fields.push_value(Variant::Str(access.into()));
        array.append(Variant::Structure(fields.build()?))?;
    }
    Ok(Variant::Array(array))
}

#[cfg(test)]
mod tests {
    use super::device;

    #[test]
    fn names() {
        for (line, wanted) in [
            ("c 1:3 rwm", Some(("/dev/char/1:3", "rwm"))),
            ("b *:* m", Some(("block-*", "m"))),
            ("c 136:* rw", Some(("char-136", "rw"))),
            ("c *:3 r", None),
        ] {
            let pair = device(line);
            assert_eq!(pair.as_ref().map(|(a, b)| (a.as_str(), b.as_str())), wanted, "{line}");
        }
    }
}
