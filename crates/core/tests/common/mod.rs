//! What the integration tests share: a rootfs of busybox, the default plan for this machine, and
//! reasons to skip.
#![allow(dead_code, reason = "each test program uses a part of it")]

use rundlet_core::{Reply, call};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Once;
use std::sync::atomic::{AtomicU32, Ordering};

/// Hand rundlet-init over; false, with the reason printed, where launches cannot be tested.
pub fn can_launch() -> bool {
    static INIT: Once = Once::new();
    let Some(path) = std::env::var_os("RUNDLET_INIT") else {
        return skip("RUNDLET_INIT does not name a rundlet-init");
    };
    INIT.call_once(|| {
        let image = fs::read(&path).expect("RUNDLET_INIT can be read");
        rundlet_core::set_init_image(image.leak());
    });
    is_root() && (Path::new("/bin/busybox").exists() || skip("there is no /bin/busybox"))
}

pub fn is_root() -> bool {
    rustix::process::geteuid().is_root() || skip("not root")
}

pub fn has_cgroup_v1() -> bool {
    Path::new("/sys/fs/cgroup/memory/cgroup.procs").exists() || skip("no cgroup v1")
}

#[expect(clippy::print_stderr, reason = "a skipped test says why")]
pub fn skip(reason: &str) -> bool {
    eprintln!("skipped: {reason}");
    false
}

pub fn op(name: &str, arguments: &Value) -> Result<Value, Value> {
    match call(name, &arguments.to_string()) {
        Ok(Reply::Json(text)) => Ok(serde_json::from_str(&text).expect("JSON")),
        Ok(Reply::Text(text)) => Ok(Value::String(text)),
        Err(text) => Err(serde_json::from_str(&text).expect("JSON")),
    }
}

/// A scratch directory with a rootfs; removed when dropped.
pub struct Scratch {
    pub dir: PathBuf,
    pub id: String,
}

impl Scratch {
    pub fn new(name: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let id = format!("rundlet-test-{name}-{}-{count}", std::process::id());
        let dir = std::env::temp_dir().join(&id);
        let bin = dir.join("rootfs/bin");
        fs::create_dir_all(&bin).unwrap();
        for directory in ["proc", "dev", "sys", "tmp"] {
            fs::create_dir_all(dir.join("rootfs").join(directory)).unwrap();
        }
        fs::copy("/bin/busybox", bin.join("busybox")).unwrap();
        for applet in ["sh", "true", "sleep", "cat", "kill", "echo", "ls"] {
            fs::hard_link(bin.join("busybox"), bin.join(applet)).unwrap();
        }
        Self { dir, id }
    }

    pub fn path(&self) -> &str {
        self.dir.to_str().unwrap()
    }

    pub fn group(&self) -> String {
        format!("/{}", self.id)
    }

    /// The default plan with this machine's hierarchies, running `args`.
    pub fn plan(&self, args: &[&str]) -> Value {
        let text = include_str!("../fixtures/default-plan.json");
        let mut plan: Value = serde_json::from_str(text).unwrap();
        let facts = op("facts", &Value::Null).unwrap();
        let hierarchies = facts["cgroup"]["hierarchies"].as_array().unwrap();
        plan["id"] = json!(self.id);
        plan["gate"] = json!({"open": {}});
        plan["cgroup"]["groups"] = hierarchies
            .iter()
            .map(|hierarchy| {
                json!({
                    "hierarchy": hierarchy["name"], "mount": hierarchy["mount"],
                    "path": self.group(), "inheritCpuset": hierarchy["name"] == "cpuset",
                    "writes": [],
                })
            })
            .collect();
        for step in plan["steps"].as_array_mut().unwrap() {
            let act = step["act"].as_object_mut().unwrap();
            if let Some(rootfs) = act.get_mut("rootfs") {
                rootfs["path"] = json!(format!("{}/rootfs", self.path()));
            }
            if let Some(mount) = act.get_mut("cgroupMount") {
                mount["hierarchies"] = hierarchies.iter().map(|it| self.hierarchy(it)).collect();
            }
            if let Some(program) = act.get_mut("lookupProgram") {
                program["file"] = json!(args[0]);
            }
            if let Some(exec) = act.get_mut("exec") {
                exec["args"] = json!(args);
            }
        }
        plan
    }

    fn hierarchy(&self, fact: &Value) -> Value {
        let controllers: Vec<&str> =
            fact["controllers"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        let data = controllers.join(",").replace("name=", "none,name=");
        let own = format!("{}{}", fact["mount"].as_str().unwrap(), self.group());
        json!({"name": fact["name"], "data": data, "own": own})
    }

    pub fn groups(&self) -> Vec<String> {
        let facts = op("facts", &Value::Null).unwrap();
        let hierarchies = facts["cgroup"]["hierarchies"].as_array().unwrap();
        let path = |it: &Value| format!("{}{}", it["mount"].as_str().unwrap(), self.group());
        hierarchies.iter().map(path).collect()
    }

    pub fn groups_exist(&self) -> bool {
        self.groups().iter().any(|path| Path::new(path).exists())
    }

    pub fn remove_groups(&self) {
        op("cgroupRemove", &json!({"paths": self.groups()})).unwrap();
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.dir);
    }
}

/// From `launch` to `running`.
pub fn run(plan: &Value) -> Value {
    let mut event = op("launch", plan).unwrap();
    let pipes = event["pipes"].clone();
    while event["kind"] != "running" {
        event = op("launchContinue", &json!({"handle": event["handle"]})).unwrap();
    }
    event["pipes"] = pipes;
    event
}

pub fn wait(event: &Value) -> Value {
    op("wait", &json!({"handle": event["handle"], "foreground": false})).unwrap()
}

pub fn open_fds() -> Vec<String> {
    let name = |entry: fs::DirEntry| {
        let target = fs::read_link(entry.path()).unwrap_or_default();
        format!("{} {}", entry.file_name().display(), target.display())
    };
    let mut fds: Vec<String> =
        fs::read_dir("/proc/self/fd").unwrap().map(|entry| name(entry.unwrap())).collect();
    fds.sort();
    fds
}
