//! The napi-rs addon: the host operations of `rundlet-core` as promises. Conversion only.

use napi::bindgen_prelude::{AsyncTask, Either};
use napi::{Env, Error, JsDeferred, Result, Status, Task};
use napi_derive::napi;
use rundlet_core::Reply;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

static INIT: &[u8] = include_bytes!(env!("RUNDLET_INIT_PATH"));

#[napi(module_exports)]
#[allow(clippy::unnecessary_wraps)] // The macro asks for a result.
fn load(_exports: napi::bindgen_prelude::Object<'_>) -> Result<()> {
    rundlet_core::set_init_image(INIT);
    rundlet_core::keep_reaping();
    Ok(())
}

/// Directory of the executables of this build, before the first operation that needs them.
#[napi]
pub fn set_programs(directory: String) {
    rundlet_core::set_programs(directory.into());
}

/// An operation that failed: `OpFailure` as JSON.
#[napi(object)]
pub struct Failure {
    pub failure: String,
}

type Answer = Either<String, Failure>;

fn answer(result: std::result::Result<Reply, String>) -> Answer {
    match result {
        Ok(Reply::Json(text) | Reply::Text(text)) => Either::A(text),
        Err(failure) => Either::B(Failure { failure }),
    }
}

/// Runs on libuv's pool, where an operation may block.
pub struct Operation {
    name: String,
    arguments: String,
}

impl Task for Operation {
    type Output = Answer;
    type JsValue = Answer;

    /// A panic must become a rejected promise: it would end Node.
    fn compute(&mut self) -> Result<Answer> {
        let call = AssertUnwindSafe(|| rundlet_core::call(&self.name, &self.arguments));
        catch_unwind(call).map(answer).map_err(|panic| {
            let text = panic_text(&*panic);
            Error::new(Status::GenericFailure, format!("{}: panic: {text}", self.name))
        })
    }

    fn resolve(&mut self, _env: Env, output: Answer) -> Result<Answer> {
        Ok(output)
    }
}

fn panic_text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("unknown")
}

/// Any operation.
#[napi(ts_return_type = "Promise<string | Failure>")]
pub fn call(name: String, arguments: String) -> AsyncTask<Operation> {
    AsyncTask::new(Operation { name, arguments })
}

/// Several operations, one after the other in one trip to the pool.
pub struct Operations {
    names: Vec<String>,
    arguments: Vec<String>,
}

impl Task for Operations {
    type Output = Vec<Answer>;
    type JsValue = Vec<Answer>;

    /// Up to the first that fails, whose failure is the last answer.
    fn compute(&mut self) -> Result<Vec<Answer>> {
        let mut answers = Vec::with_capacity(self.names.len());
        for (name, arguments) in self.names.iter().zip(&self.arguments) {
            let result = answer(rundlet_core::call(name, arguments));
            let failed = matches!(result, Either::B(_));
            answers.push(result);
            if failed {
                break;
            }
        }
        Ok(answers)
    }

    fn resolve(&mut self, _env: Env, output: Vec<Answer>) -> Result<Vec<Answer>> {
        Ok(output)
    }
}

/// Operations in their order; each has its arguments at the same place.
#[napi(ts_return_type = "Promise<(string | Failure)[]>")]
pub fn call_all(names: Vec<String>, arguments: Vec<String>) -> AsyncTask<Operations> {
    AsyncTask::new(Operations { names, arguments })
}

type Settle = Box<dyn FnOnce(Env) -> Result<Answer> + Send>;

/// The operation `wait` without a thread of the pool: containers may run for months.
#[napi(ts_return_type = "Promise<string | Failure>")]
pub fn wait(env: &Env, arguments: String) -> Result<napi::bindgen_prelude::Object<'_>> {
    let (deferred, promise): (JsDeferred<Answer, Settle>, _) = env.create_deferred()?;
    let done = move |result| deferred.resolve(Box::new(move |_| Ok(answer(result))));
    rundlet_core::call_wait(&arguments, Box::new(done));
    Ok(promise)
}

/// An operation that waits for long, on a thread of its own: it would keep one of the pool's few.
#[napi(ts_return_type = "Promise<string | Failure>")]
pub fn call_apart(
    env: &Env,
    name: String,
    arguments: String,
) -> Result<napi::bindgen_prelude::Object<'_>> {
    let (deferred, promise): (JsDeferred<Answer, Settle>, _) = env.create_deferred()?;
    std::thread::Builder::new()
        .name("rundlet-waiter".into())
        .stack_size(256 << 10)
        .spawn(move || {
            let result = rundlet_core::call(&name, &arguments);
            deferred.resolve(Box::new(move |_| Ok(answer(result))));
        })
        .map_err(|error| Error::new(Status::GenericFailure, error.to_string()))?;
    Ok(promise)
}
