//! Times of records: RFC 3339 in UTC.

use rundlet_plan::Moment;

/// `2006-01-02T15:04:05.999999999Z`; None for what is not in this form.
pub fn parse_time(text: &str) -> Option<Moment> {
    let bytes = text.as_bytes();
    let number = |from: usize, until: usize| -> Option<i64> {
        let digits = bytes.get(from..until)?;
        digits.iter().try_fold(0, |sum, digit| {
            digit.is_ascii_digit().then(|| sum * 10 + i64::from(digit - b'0'))
        })
    };
    let marks = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
    if marks.iter().any(|(place, mark)| bytes.get(*place) != Some(mark)) {
        return None;
    }
    let day = days(number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let seconds = day * 86_400 + number(11, 13)? * 3600 + number(14, 16)? * 60 + number(17, 19)?;
    let rest = text.get(19..)?.strip_suffix('Z')?;
    let nanoseconds = match rest.strip_prefix('.') {
        None if rest.is_empty() => 0,
        Some(digits) if (1..=9).contains(&digits.len()) => {
            let value = number(20, 20 + digits.len())?;
            u32::try_from(value).ok()? * 10_u32.pow(9 - digits.len() as u32)
        }
        _ => return None,
    };
    Some(Moment { seconds, nanoseconds })
}

/// Since 1970, in the Gregorian calendar; years are counted from March.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// All nine digits, as `docker logs -t` has them.
pub fn fixed_time(time: Moment) -> String {
    let day = time.seconds.div_euclid(86_400);
    let (year, month, day) = date(day);
    let second = time.seconds.rem_euclid(86_400);
    let (hour, minute) = (second / 3600, second / 60 % 60);
    let (second, nanoseconds) = (second % 60, time.nanoseconds);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{nanoseconds:09}Z")
}

/// The way back of `days`.
fn date(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        for (text, fixed) in [
            ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000000000Z"),
            ("2000-02-29T12:34:56.5Z", "2000-02-29T12:34:56.500000000Z"),
            ("2026-11-24T02:06:54.20169221Z", "2026-11-24T02:06:54.201692210Z"),
            ("2100-03-01T23:59:59.000000001Z", "2100-03-01T23:59:59.000000001Z"),
        ] {
            assert_eq!(fixed_time(parse_time(text).unwrap()), fixed);
        }
        assert_eq!(parse_time("2026-11-24T02:00:00Z").unwrap().seconds, 1_795_485_600);
        for bad in [
            "",
            "2026-11-24",
            "2026-11-24T02:00:00",
            "2026-11-24T02:00:00.Z",
            "x".repeat(20).as_str(),
        ] {
            assert_eq!(parse_time(bad), None, "{bad}");
        }
    }
}
