//! `logRead`: a container's log on our stdout and stderr, and what comes to it.

mod entry;
mod files;
mod json_file;
mod local;
mod printer;
mod time;

use crate::failure::{At, Failure, Result};
use crate::host::handles;
use crate::host::launch::give_away;
use crate::host::processes::open_process;
use files::{Format, LogFile};
use printer::{More, Printer};
use rundlet_plan::{LogPipes, LogRead};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::OwnedFd;
use rustix::fs::inotify::{self, CreateFlags, WatchFlags};
use rustix::io::Errno;
use rustix::pipe::{PipeFlags, pipe_with};
use std::time::{Duration, SystemTime};

pub fn log_pipes(_: ()) -> Result<LogPipes> {
    let (out, our_out) = pipe_with(PipeFlags::CLOEXEC).at("pipe2", "log")?;
    let (err, our_err) = pipe_with(PipeFlags::CLOEXEC).at("pipe2", "log")?;
    let handle = handles::keep_log_ends([our_out, our_err]);
    let [_, stdout, stderr] = give_away([None, Some(out), Some(err)]);
    Ok(LogPipes { handle, stdout, stderr })
}

pub fn log_read(args: LogRead) -> Result<()> {
    let ends = args.pipes.map(handles::take_log_ends).transpose()?;
    let format = match args.driver.as_str() {
        "json-file" => Format::JsonFile,
        "local" => Format::Local,
        other => return Err(Failure::text(other, "this logging driver does not support reading")),
    };
    // Before anything is read, so that nothing is missed between the two.
    let follower = match args.shim {
        Some(process) if args.follow => match open_process(process) {
            Ok(shim) => Some(Follower { shim, changes: watch(&args.path)? }),
            Err(failure) if failure.is(Errno::SRCH) => None,
            Err(failure) => return Err(failure),
        },
        _ => None,
    };
    let mut printer = Printer::new(&args, ends);
    let tail = args.tail.map(|count| count as usize);
    let mut last = None;
    for mut file in files::open_all(&args.path, format, tail)? {
        if file.print(&mut printer)? == More::No {
            return Ok(());
        }
        last = Some(file);
    }
    match follower {
        Some(follower) => follower.follow(&args, format, last, &mut printer),
        None => Ok(()),
    }
}

struct Follower {
    shim: OwnedFd,
    /// inotify of the log's directory.
    changes: OwnedFd,
}

impl Follower {
    fn follow(
        &self,
        args: &LogRead,
        format: Format,
        mut file: Option<LogFile>,
        printer: &mut Printer,
    ) -> Result<()> {
        loop {
            let over = self.wait(args, printer.ends())?;
            if file.is_none() {
                file = LogFile::open(&args.path, format)?;
            }
            // To the end of the one that is written.
            while let Some(current) = &mut file {
                current.begin_again_if_emptied()?;
                if current.print(printer)? == More::No {
                    return Ok(());
                }
                let Some(next) = files::next(&args.path, current)? else { break };
                // What was written to it between the two looks.
                if current.print(printer)? == More::No {
                    return Ok(());
                }
                file = Some(next);
            }
            if over {
                return Ok(());
            }
        }
    }

    /// Until something changes; true when nothing more will come.
    fn wait(&self, args: &LogRead, ends: &[OwnedFd]) -> Result<bool> {
        let left = args.until.map(|until| {
            let end = Duration::new(until.seconds.unsigned_abs(), until.nanoseconds);
            let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
            end.saturating_sub(now)
        });
        let limit = left.map(|left| Timespec::try_from(left).unwrap_or_default());
        let mut fds =
            vec![PollFd::new(&self.shim, PollFlags::IN), PollFd::new(&self.changes, PollFlags::IN)];
        fds.extend(ends.iter().map(|end| PollFd::new(end, PollFlags::empty())));
        let count = match poll(&mut fds, limit.as_ref()) {
            Err(Errno::INTR) => return Ok(false),
            other => other.at("poll", "log")?,
        };
        let ended = !fds[0].revents().is_empty();
        let unread = fds[2..].iter().any(|fd| !fd.revents().is_empty());
        let mut events = [0; 4096];
        while rustix::io::read(&self.changes, &mut events).is_ok() {}
        Ok(ended || unread || count == 0)
    }
}

fn watch(path: &str) -> Result<OwnedFd> {
    let directory = path.rsplit_once('/').map_or(".", |(directory, _)| directory);
    let changes = inotify::init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK)
        .at("inotify_init1", directory)?;
    let events = WatchFlags::MODIFY | WatchFlags::CREATE | WatchFlags::MOVED_TO;
    inotify::add_watch(&changes, directory, events).at("inotify_add_watch", directory)?;
    Ok(changes)
}
