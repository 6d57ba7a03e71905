//! Forms of a syslog message.

use crate::failure::{Failure, Result};
use crate::moment::{Moment, local_stamp};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `<30>Jan  2 15:04:05 tag[pid]: line`, of a host's own syslog.
    Local,
    /// With the host's name.
    Rfc3164,
    Rfc5424,
    /// With microseconds.
    Rfc5424Micro,
}

pub struct Message<'a> {
    pub priority: u8,
    pub time: Moment,
    pub host: &'a str,
    pub tag: &'a str,
    pub line: &'a [u8],
}

impl Format {
    pub fn parse(text: &str) -> Result<Self> {
        match text {
            "" => Ok(Self::Local),
            "rfc3164" => Ok(Self::Rfc3164),
            "rfc5424" => Ok(Self::Rfc5424),
            "rfc5424micro" => Ok(Self::Rfc5424Micro),
            _ => Err(Failure::text(
                "log option",
                "syslog-format",
                format!("invalid format: '{text}'"),
            )),
        }
    }

    /// `counted`: with the length in front (RFC 6587), where the form has it so.
    pub fn write(self, message: &Message<'_>, counted: bool) -> Vec<u8> {
        let Message { priority, time, host, tag, line } = message;
        let pid = std::process::id();
        let head = match self {
            Self::Local => format!("<{priority}>{} {tag}[{pid}]: ", local_stamp(*time)),
            Self::Rfc3164 => format!("<{priority}>{} {host} {tag}[{pid}]: ", local_stamp(*time)),
            Self::Rfc5424 | Self::Rfc5424Micro => {
                let digits = if self == Self::Rfc5424 { 0 } else { 6 };
                let time = time.rfc3339_with(digits);
                format!("<{priority}>1 {time} {host} {tag} {pid} {tag} - ")
            }
        };
        let mut bytes = head.into_bytes();
        bytes.extend_from_slice(line);
        bytes.push(b'\n');
        if counted && matches!(self, Self::Rfc5424 | Self::Rfc5424Micro) {
            let mut whole = format!("{} ", bytes.len()).into_bytes();
            whole.append(&mut bytes);
            return whole;
        }
        bytes
    }
}

/// By name or number; `daemon` without.
pub fn facility(text: &str) -> Result<u8> {
    const NAMES: [&str; 24] = [
        "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron",
        "authpriv", "ftp", "", "", "", "", "local0", "local1", "local2", "local3", "local4",
        "local5", "local6", "local7",
    ];
    if text.is_empty() {
        return Ok(3);
    }
    let place = NAMES.iter().position(|name| *name == text).or_else(|| text.parse().ok());
    place.and_then(|place| u8::try_from(place).ok().filter(|place| *place < 24)).ok_or_else(|| {
        Failure::text("log option", "syslog-facility", format!("invalid facility: '{text}'"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        let time = Moment { seconds: 0, nanoseconds: 5_000_000 };
        let message = Message { priority: 30, time, host: "h", tag: "t", line: b"text" };
        let pid = std::process::id();
        let text =
            |format: Format, counted| String::from_utf8(format.write(&message, counted)).unwrap();
        let long = format!("<30>1 1970-01-01T00:00:00Z h t {pid} t - text\n");
        assert_eq!(text(Format::Rfc5424, false), long);
        assert_eq!(text(Format::Rfc5424, true), format!("{} {long}", long.len()));
        let micro = format!("<30>1 1970-01-01T00:00:00.005000Z h t {pid} t - text\n");
        assert_eq!(text(Format::Rfc5424Micro, false), micro);
        let local = text(Format::Local, true);
        assert!(
            local.starts_with("<30>") && local.ends_with(&format!(" t[{pid}]: text\n")),
            "{local}"
        );
        assert_eq!(local.len(), "<30>Jan  1 00:00:00".len() + format!(" t[{pid}]: text\n").len());
        assert!(text(Format::Rfc3164, false).contains(" h t["));
    }

    #[test]
    fn facilities() {
        assert_eq!(facility("").unwrap(), 3);
        assert_eq!(facility("local7").unwrap(), 23);
        assert_eq!(facility("16").unwrap(), 16);
        assert!(facility("24").is_err() && facility("x").is_err());
    }
}
