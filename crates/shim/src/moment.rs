//! The realtime clock in Go's RFC3339Nano.

use rustix::time::{ClockId, clock_gettime};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Since 1970.
    pub seconds: i64,
    pub nanoseconds: u32,
}

impl Moment {
    pub fn now() -> Self {
        let now = clock_gettime(ClockId::Realtime);
        Self { seconds: now.tv_sec, nanoseconds: u32::try_from(now.tv_nsec).unwrap_or(0) }
    }

    pub fn nanoseconds_since_1970(self) -> i64 {
        self.seconds.saturating_mul(1_000_000_000).saturating_add(i64::from(self.nanoseconds))
    }

    /// `2006-01-02T15:04:05.999999999Z`: trailing zeros of the fraction dropped, and the dot with the last.
    pub fn rfc3339(self) -> String {
        let mut text = self.whole_seconds();
        if self.nanoseconds != 0 {
            let fraction = format!(".{:09}", self.nanoseconds);
            text.push_str(fraction.trim_end_matches('0'));
        }
        text.push('Z');
        text
    }

    /// With so many digits of the fraction.
    pub fn rfc3339_with(self, digits: usize) -> String {
        let fraction = format!(".{:09}", self.nanoseconds);
        let fraction = if digits == 0 { "" } else { &fraction[..=digits] };
        format!("{}{fraction}Z", self.whole_seconds())
    }

    fn whole_seconds(self) -> String {
        let (year, month, day) = date(self.seconds.div_euclid(86_400));
        let second = self.seconds.rem_euclid(86_400);
        let (hour, minute) = (second / 3600, second / 60 % 60);
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{:02}", second % 60)
    }
}

/// `Jan  2 15:04:05` of the host's time zone, as syslog has it.
pub fn local_stamp(moment: Moment) -> String {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let seconds = moment.seconds + local_offset(moment.seconds);
    let (_, month, day) = date(seconds.div_euclid(86_400));
    let second = seconds.rem_euclid(86_400);
    let month = usize::try_from(month - 1).ok().and_then(|place| MONTHS.get(place)).unwrap_or(&"");
    format!("{month} {day:>2} {:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60)
}

/// Seconds east of Greenwich.
#[allow(unsafe_code, reason = "the C library knows the host's time zone")]
fn local_offset(seconds: i64) -> i64 {
    let mut parts = std::mem::MaybeUninit::<libc::tm>::uninit();
    // SAFETY: both pointers are to live values of their types; the result is read only when the call
    // says that it has filled it. This program has one thread: nothing changes TZ meanwhile.
    unsafe {
        match libc::localtime_r(&seconds, parts.as_mut_ptr()).is_null() {
            true => 0,
            false => parts.assume_init().tm_gmtoff,
        }
    }
}

/// Year, month and day of a number of days since 1970, in the Gregorian calendar. Years are counted
/// from March, so that the day that some have and others have not is the last.
fn date(days: i64) -> (i64, i64, i64) {
    const ERA: i64 = 146_097; // days in 400 years
    let shifted = days + 719_468; // since 1 March of year 0
    let era = shifted.div_euclid(ERA);
    let day_of_era = shifted.rem_euclid(ERA);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_go_writes_it() {
        for (seconds, nanoseconds, text) in [
            (0, 0, "1970-01-01T00:00:00Z"),
            (951_782_400, 500_000_000, "2000-02-29T00:00:00.5Z"),
            (1_709_251_199, 1, "2024-02-29T23:59:59.000000001Z"),
            (1_795_485_600, 201_692_210, "2026-11-24T02:00:00.20169221Z"),
            (4_107_542_400, 0, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(Moment { seconds, nanoseconds }.rfc3339(), text);
        }
    }
}
