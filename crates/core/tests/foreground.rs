//! `wait` in the foreground takes signals and the terminal of its whole process: each case runs this
//! program again as that process. Without the test runner, whose main thread would take the signals.

#![expect(clippy::unwrap_used, reason = "a failed test is a panic")]

mod common;

use common::{Scratch, can_launch, op, run};
use rustix::fd::OwnedFd;
use rustix::pty::{OpenptFlags, grantpt, ioctl_tiocgptpeer, openpt, unlockpt};
use rustix::termios::{LocalModes, Winsize, tcgetattr, tcsetwinsize};
use serde_json::json;
use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

#[expect(clippy::print_stdout, reason = "it is its own test runner")]
fn main() {
    if let Ok(script) = std::env::var("SCRIPT") {
        return subject(&script);
    }
    if can_launch() {
        passes_signals_on_and_tells_the_status();
        println!("test passes_signals_on_and_tells_the_status ... ok");
        carries_the_console_and_restores_the_terminal();
        println!("test carries_the_console_and_restores_the_terminal ... ok");
    }
}

/// The process under test: `run` in the foreground of the script in SCRIPT, with a console if asked.
fn subject(script: &str) {
    rundlet_core::ensure_stdio();
    rundlet_core::hold_signals();
    if !can_launch() {
        return;
    }
    rundlet_core::prespawn();
    let scratch = Scratch::new("foreground");
    let mut plan = scratch.plan(&["sh", "-c", script]);
    if std::env::var_os("CONSOLE").is_some() {
        let steps = plan["steps"].as_array_mut().unwrap();
        let pivot = steps.iter().position(|step| step["act"].get("pivotRoot").is_some()).unwrap();
        let console = json!({"console": {"width": 0, "height": 0, "bind": true, "uid": 0}});
        steps.insert(pivot, json!({"from": "", "act": console}));
        for step in steps {
            if step["act"].get("session").is_some() {
                step["act"]["session"]["terminal"] = json!(true);
            }
        }
    }
    let event = run(&plan);
    let status = op("wait", &json!({"handle": event["handle"], "foreground": true})).unwrap();
    scratch.remove_groups();
    drop(scratch);
    let text = format!("status {} {}\n", status["kind"].as_str().unwrap(), status["value"]);
    op("print", &json!({"fd": 1, "text": text})).unwrap();
}

fn subject_command(script: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.env("SCRIPT", script);
    command
}

fn wait_for(child: &mut Child) {
    for _ in 0..1000 {
        if child.try_wait().unwrap().is_some() {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    child.kill().unwrap();
    panic!("the foreground does not end");
}

fn passes_signals_on_and_tells_the_status() {
    let script = "trap 'echo got usr1' USR1; trap 'echo got term; exit 5' TERM; echo up; \
        i=0; while [ $i -lt 300 ]; do sleep 0.02; i=$((i+1)); done";
    let mut child = subject_command(script).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdout = child.stdout.take().unwrap();
    let mut text = String::new();
    let mut await_text = |wanted: &str| {
        let mut chunk = [0; 256];
        while !text.contains(wanted) {
            let length = stdout.read(&mut chunk).unwrap();
            assert_ne!(length, 0, "{text}");
            text.push_str(&String::from_utf8_lossy(&chunk[..length]));
        }
    };
    await_text("up");
    let signal = |number: &str| {
        Command::new("kill").args([number, &child.id().to_string()]).status().unwrap()
    };
    signal("-USR1");
    await_text("got usr1");
    signal("-TERM");
    await_text("got term");
    await_text("status exited 5");
    wait_for(&mut child);
}

fn pty() -> (OwnedFd, OwnedFd) {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let slave = ioctl_tiocgptpeer(&master, OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    (master, slave)
}

fn carries_the_console_and_restores_the_terminal() {
    let (master, slave) = pty();
    tcsetwinsize(&master, Winsize { ws_row: 33, ws_col: 77, ws_xpixel: 0, ws_ypixel: 0 }).unwrap();
    let copy = || Stdio::from(slave.try_clone().unwrap());
    let script = "stty size 2>/dev/null; read line; echo \"<$line>\"; \
        i=0; while [ $i -lt 2000 ]; do echo 0123456789; i=$((i+1)); done; echo last; exit 9";
    let mut child = subject_command(script)
        .env("CONSOLE", "1")
        .stdin(copy())
        .stdout(copy())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut ours = std::fs::File::from(master.try_clone().unwrap());
    ours.write_all(b"typed\n").unwrap();
    // The copies that the child has are all that is left: its end is the reader's end.
    drop(slave);
    let reader = std::thread::spawn(move || {
        let (mut text, mut chunk) = (String::new(), [0; 4096]);
        while !text.contains("status ") {
            let Ok(length @ 1..) = ours.read(&mut chunk) else { break };
            text.push_str(&String::from_utf8_lossy(&chunk[..length]));
        }
        text
    });
    wait_for(&mut child);
    let text = reader.join().unwrap();
    assert!(text.contains("<typed>"), "{text}");
    assert_eq!(text.matches("0123456789").count(), 2000);
    let tail = text.split("last").nth(1).unwrap();
    assert!(tail.contains("status exited 9"), "{tail}");
    let modes = tcgetattr(&master).unwrap().local_modes;
    assert!(modes.contains(LocalModes::ICANON | LocalModes::ECHO));
}
