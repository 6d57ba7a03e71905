//! Finds rundlet-init, which the addon carries in itself.

use std::env;
use std::path::PathBuf;

fn main() {
    napi_build::setup();
    let workspace =
        PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("../..");
    let init = env::var_os("RUNDLET_INIT")
        .map_or_else(|| workspace.join("dist/build/rundlet-init"), PathBuf::from);
    println!("cargo::rerun-if-env-changed=RUNDLET_INIT");
    println!("cargo::rerun-if-changed={}", init.display());
    let path = init.canonicalize().unwrap_or_else(|_| {
        panic!(
            "\n\n{} is missing: run `npm run build:init` (or `npm run build`) first\n",
            init.display()
        )
    });
    println!("cargo::rustc-env=RUNDLET_INIT_PATH={}", path.display());
}
