//! How the freestanding form is linked.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    if std::env::var_os("CARGO_FEATURE_FREESTANDING").is_some() {
        // Ours is the only code: no C start files, no libc. Not position independent, so that nothing
        // has to be relocated at start; gcc takes the last of -static-pie and -no-pie.
        for arg in [
            "-nostartfiles",
            "-nostdlib",
            "-static",
            "-no-pie",
            "-Wl,--build-id=none",
            "-Wl,-z,noseparate-code",
            "-Wl,-z,norelro",
        ] {
            println!("cargo:rustc-link-arg-bins={arg}");
        }
    }
}
