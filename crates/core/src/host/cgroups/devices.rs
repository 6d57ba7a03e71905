//! What a list of device rules comes to: rules are applied in order, a later one over an earlier one.

use crate::failure::{Failure, Result};
use rundlet_plan::DeviceRule;
use std::collections::BTreeMap;

pub const READ: u8 = 1;
pub const WRITE: u8 = 2;
pub const MKNOD: u8 = 4;
pub const ALL: u8 = READ | WRITE | MKNOD;

/// `rwm` as bits.
pub fn access_bits(rule: &DeviceRule) -> Result<u8> {
    rule.access.chars().try_fold(0, |bits, letter| match letter {
        'r' => Ok(bits | READ),
        'w' => Ok(bits | WRITE),
        'm' => Ok(bits | MKNOD),
        _ => {
            Err(Failure::text(&rule.access, "device access is not of r, w and m")
                .asked_by(&rule.from))
        }
    })
}

/// Kind `b` or `c`, major, minor; `None` is every number.
type Key = (char, Option<u32>, Option<u32>);

/// A default for everything, and exceptions to it.
pub struct Outcome {
    allow: bool,
    /// Accesses that differ from the default, and the pointer of the rule that asked last.
    exceptions: BTreeMap<Key, (u8, String)>,
}

/// A line for `devices.allow` or `devices.deny`.
pub struct Line {
    pub allow: bool,
    pub text: String,
    pub from: String,
}

/// The kernel's v1 list is a default and exceptions that match exactly, so that a rule which takes
/// part of a wider exception away would silently do nothing there: an error instead.
pub fn outcome(rules: &[DeviceRule]) -> Result<Outcome> {
    let mut outcome = Outcome { allow: false, exceptions: BTreeMap::new() };
    for rule in rules {
        let access = access_bits(rule)?;
        match rule.kind.as_str() {
            "a" => {
                outcome.allow = rule.allow;
                outcome.exceptions.clear();
            }
            "b" | "c" if access == 0 => {}
            "b" => outcome.apply(('b', rule.major, rule.minor), access, rule)?,
            "c" => outcome.apply(('c', rule.major, rule.minor), access, rule)?,
            _ => {
                return Err(
                    Failure::text(&rule.kind, "device type is not a, b or c").asked_by(&rule.from)
                );
            }
        }
    }
    Ok(outcome)
}

impl Outcome {
    fn apply(&mut self, key: Key, access: u8, rule: &DeviceRule) -> Result<()> {
        if rule.allow != self.allow {
            let entry = self.exceptions.entry(key).or_default();
            entry.0 |= access;
            entry.1.clone_from(&rule.from);
            return Ok(());
        }
        let wider = |other: &Key| {
            *other != key
                && other.0 == key.0
                && (other.1.is_none() || other.1 == key.1)
                && (other.2.is_none() || other.2 == key.2)
        };
        if self.exceptions.iter().any(|(other, (bits, _))| wider(other) && bits & access != 0) {
            return Err(Failure::text(
                line(&key, access),
                "a device rule cannot take a part out of a wider one in cgroup v1",
            )
            .asked_by(&rule.from));
        }
        // Narrower exceptions are covered by this rule: they end.
        self.exceptions.retain(|other, (bits, _)| {
            let covered = other.0 == key.0
                && (key.1.is_none() || other.1 == key.1)
                && (key.2.is_none() || other.2 == key.2);
            if covered {
                *bits &= !access;
            }
            *bits != 0
        });
        Ok(())
    }

    pub fn lines(&self) -> impl Iterator<Item = Line> {
        let default = Line { allow: self.allow, text: "a".into(), from: String::new() };
        std::iter::once(default).chain(self.exceptions.iter().map(|(key, (bits, from))| Line {
            allow: !self.allow,
            text: line(key, *bits),
            from: from.clone(),
        }))
    }
}

fn line((kind, major, minor): &Key, access: u8) -> String {
    let number = |number: &Option<u32>| number.map_or("*".to_owned(), |number| number.to_string());
    let letters: String = [(READ, 'r'), (WRITE, 'w'), (MKNOD, 'm')]
        .iter()
        .filter(|(bit, _)| access & bit != 0)
        .map(|(_, letter)| *letter)
        .collect();
    format!("{kind} {}:{} {letters}", number(major), number(minor))
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// `+c 1:3 rwm`, `-a *:* rwm`.
    pub fn rule(text: &str) -> DeviceRule {
        let fields: Vec<&str> = text[1..].split([' ', ':']).collect();
        DeviceRule {
            allow: text.starts_with('+'),
            kind: fields[0].into(),
            major: fields[1].parse().ok(),
            minor: fields[2].parse().ok(),
            access: fields[3].into(),
            from: text.into(),
        }
    }

    fn lines(rules: &[&str]) -> Vec<String> {
        let rules: Vec<_> = rules.iter().map(|text| rule(text)).collect();
        let sign = |line: &Line| if line.allow { '+' } else { '-' };
        outcome(&rules)
            .unwrap()
            .lines()
            .map(|line| format!("{}{}", sign(&line), line.text))
            .collect()
    }

    #[test]
    fn deny_all_and_exceptions() {
        assert_eq!(
            lines(&["-a *:* rwm", "+c 1:3 rw", "+c 1:3 m", "+b *:* m", "+c 136:* rwm"]),
            ["-a", "+b *:* m", "+c 1:3 rwm", "+c 136:* rwm"]
        );
    }

    #[test]
    fn later_rules_win() {
        assert_eq!(lines(&["-a *:* rwm", "+c 1:3 rwm", "-c 1:3 w"]), ["-a", "+c 1:3 rm"]);
        assert_eq!(lines(&["-a *:* rwm", "+c 1:3 rwm", "-c 1:* rwm"]), ["-a"]);
        assert_eq!(
            lines(&["-a *:* rwm", "+c 1:3 r", "+a *:* rwm", "-b 8:0 w"]),
            ["+a", "-b 8:0 w"]
        );
        assert_eq!(lines(&[]), ["-a"]);
    }

    #[test]
    fn a_hole_in_a_wider_rule_is_an_error() {
        let rules = ["-a *:* rwm", "+c 1:* rwm", "-c 1:3 w"].map(rule);
        assert_eq!(outcome(&rules).err().unwrap().from.unwrap(), "-c 1:3 w");
        let rules = ["-a *:* rwm", "+c 1:* r", "-c 1:3 w"].map(rule);
        assert!(outcome(&rules).is_ok());
    }
}
