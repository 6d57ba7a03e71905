//! Sizes in options.

use crate::failure::{Failure, Result};

/// `10m`, `1.5g`, `500kB`, `4096`: decimal, as docker/go-units FromHumanSize reads them.
pub fn parse_size(name: &'static str, text: &str) -> Result<u64> {
    let bad = || Failure::text("log option", name, format!("invalid size: '{text}'"));
    let number = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(number);
    let unit = unit.trim_start().to_ascii_lowercase();
    let factor = match unit.strip_suffix("ib").or_else(|| unit.strip_suffix('b')).unwrap_or(&unit) {
        "" => 1e0,
        "k" => 1e3,
        "m" => 1e6,
        "g" => 1e9,
        "t" => 1e12,
        "p" => 1e15,
        _ => return Err(bad()),
    };
    let number: f64 = number.parse().map_err(|_| bad())?;
    Ok((number * factor) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimal_units() {
        for (text, bytes) in [
            ("4096", 4096),
            ("10m", 10_000_000),
            ("1.5g", 1_500_000_000),
            ("32kB", 32_000),
            ("20 MB", 20_000_000),
        ] {
            assert_eq!(parse_size("max-size", text).unwrap(), bytes);
        }
        for bad in ["", "m", "10x", "-1"] {
            assert!(parse_size("max-size", bad).is_err(), "{bad}");
        }
    }
}
