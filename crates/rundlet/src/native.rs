//! What JavaScript gets from this process: the object that `main` of src/cli/quickjs-main.ts takes.

use rquickjs::{Array, Ctx, Function, IntoJs, Object, Result, Value};
use rundlet_core::Reply;
use std::env;
use std::ffi::OsString;

/// `{ call, argv, env, cwd, pid, version, commit }`.
pub fn object<'js>(ctx: &Ctx<'js>, arguments: Vec<OsString>) -> Result<Object<'js>> {
    let native = Object::new(ctx.clone())?;
    native.set(
        "call",
        Function::new(ctx.clone(), |op: String, args: String| Answer::of(&op, &args))?,
    )?;
    native.set("argv", argv(ctx, arguments)?)?;
    native.set("env", environment(ctx)?)?;
    // Empty when the directory was removed: commands that need none still work.
    native.set(
        "cwd",
        env::current_dir()
            .map_or_else(|_| String::new(), |path| path.to_string_lossy().into_owned()),
    )?;
    native.set("pid", std::process::id())?;
    native.set("version", env!("CARGO_PKG_VERSION"))?;
    native.set("commit", option_env!("RUNDLET_COMMIT").unwrap_or("unknown"))?;
    Ok(native)
}

/// An argument that is not UTF-8 becomes undefined: a path must not silently turn into another one.
fn argv<'js>(ctx: &Ctx<'js>, arguments: Vec<OsString>) -> Result<Array<'js>> {
    let array = Array::new(ctx.clone())?;
    for (index, argument) in arguments.into_iter().enumerate() {
        array.set(index, argument.into_string().ok())?;
    }
    Ok(array)
}

fn environment<'js>(ctx: &Ctx<'js>) -> Result<Object<'js>> {
    let object = Object::new(ctx.clone())?;
    for (name, value) in env::vars_os() {
        object.set(name.to_string_lossy().as_ref(), value.to_string_lossy().as_ref())?;
    }
    Ok(object)
}

/// Success is a string, failure `{ failure: string }` (OpFailure as JSON).
enum Answer {
    Success(String),
    Failure(String),
}

impl Answer {
    fn of(op: &str, args: &str) -> Self {
        match rundlet_core::call(op, args) {
            Ok(Reply::Json(text) | Reply::Text(text)) => Self::Success(text),
            Err(failure) => Self::Failure(failure),
        }
    }
}

impl<'js> IntoJs<'js> for Answer {
    fn into_js(self, ctx: &Ctx<'js>) -> Result<Value<'js>> {
        match self {
            Self::Success(text) => text.into_js(ctx),
            Self::Failure(text) => {
                let object = Object::new(ctx.clone())?;
                object.set("failure", text)?;
                Ok(object.into_value())
            }
        }
    }
}
