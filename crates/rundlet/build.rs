//! Compiles the bundled TypeScript (dist/build/quickjs/*.js) to QuickJS bytecode and embeds it, with
//! rundlet-init, in the executable.

use rquickjs::loader::{Loader, Resolver};
use rquickjs::module::{WriteOptions, WriteOptionsEndianness};
use rquickjs::{Context, Ctx, Error, Module, Runtime};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

const ENTRY: &str = "main.js";

fn main() {
    let workspace =
        PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("../..");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));

    let init = from_environment("RUNDLET_INIT", &workspace, "dist/build/rundlet-init");
    require(&init, "npm run build:init");
    println!("cargo::rustc-env=RUNDLET_INIT_PATH={}", absolute(&init).display());

    let scripts = from_environment("RUNDLET_SCRIPTS", &workspace, "dist/build/quickjs");
    require(&scripts.join(ENTRY), "npm run build:scripts");
    embed(&absolute(&scripts), &out);

    println!("cargo::rerun-if-env-changed=RUNDLET_COMMIT");
    println!("cargo::rerun-if-changed=build.rs");
}

fn from_environment(variable: &str, workspace: &Path, default: &str) -> PathBuf {
    println!("cargo::rerun-if-env-changed={variable}");
    let path = env::var_os(variable).map_or_else(|| workspace.join(default), PathBuf::from);
    println!("cargo::rerun-if-changed={}", path.display());
    path
}

fn require(path: &Path, command: &str) {
    assert!(
        path.exists(),
        "\n\n{} is missing: run `{command}` (or `npm run build`) first\n",
        path.display()
    );
}

fn absolute(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Writes one .bc per chunk and `chunks.rs`, the table that `bytecode.rs` includes.
fn embed(scripts: &Path, out: &Path) {
    let mut names: Vec<String> = fs::read_dir(scripts)
        .expect("the scripts directory can be read")
        .map(|entry| {
            entry.expect("directory entry").file_name().into_string().expect("UTF-8 file name")
        })
        .filter(|name| Path::new(name).extension().is_some_and(|extension| extension == "js"))
        .collect();
    names.sort();

    let mut table = String::from("static CHUNKS: &[(&str, &[u8])] = &[\n");
    for name in &names {
        let source = fs::read_to_string(scripts.join(name)).expect("a script can be read");
        let bytecode = compile(name, &source);
        let file = out.join(format!("{name}.bc"));
        fs::write(&file, bytecode).expect("OUT_DIR can be written");
        writeln!(table, "    ({name:?}, include_bytes!({:?})),", file.display().to_string())
            .expect("a string grows");
    }
    table.push_str("];\n");
    fs::write(out.join("chunks.rs"), table).expect("OUT_DIR can be written");
}

/// One runtime per chunk: compiling a module asks for its imports, which are answered by empty ones.
fn compile(name: &str, source: &str) -> Vec<u8> {
    let runtime = Runtime::new().expect("QuickJS runtime");
    runtime.set_loader(Names, Stubs);
    let context = Context::full(&runtime).expect("QuickJS context");
    let options = WriteOptions {
        endianness: WriteOptionsEndianness::Native,
        strip_source: true,
        strip_debug: true,
        ..WriteOptions::default()
    };
    context.with(|ctx| {
        let module = Module::declare(ctx.clone(), name, source).unwrap_or_else(|error| {
            panic!("{name}: {}", rquickjs::CaughtError::from_error(&ctx, error))
        });
        module.write(options).expect("bytecode of a compiled module")
    })
}

struct Names;

impl Resolver for Names {
    fn resolve<'js>(
        &mut self,
        _ctx: &Ctx<'js>,
        _base: &str,
        name: &str,
        _attributes: Option<rquickjs::loader::ImportAttributes<'js>>,
    ) -> Result<String, Error> {
        Ok(name.trim_start_matches("./").to_owned())
    }
}

struct Stubs;

impl Loader for Stubs {
    fn load<'js>(
        &mut self,
        ctx: &Ctx<'js>,
        name: &str,
        _attributes: Option<rquickjs::loader::ImportAttributes<'js>>,
    ) -> Result<Module<'js>, Error> {
        Module::declare(ctx.clone(), name, "")
    }
}
