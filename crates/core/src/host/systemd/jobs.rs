//! Units are started and stopped by jobs, whose end is told by the signal `JobRemoved`.

use super::bus::{MANAGER, Manager, PATIENCE, failure};
use super::deadline::within;
use crate::failure::{Failure, Result};
use std::future::poll_fn;
use std::pin::Pin;
use zbus::export::futures_core::Stream;
use zbus::{Connection, MatchRule, Message, MessageStream, ObjectPath, Variant};

/// How systemd says that a unit of that name is there.
const EXISTS: &str = "org.freedesktop.systemd1.UnitExists";

type Property<'a> = (&'a str, Variant<'a>);
/// Units to be started with it: none.
type Auxiliary<'a> = Vec<(&'a str, Vec<Property<'a>>)>;

pub async fn start(
    connection: &Connection,
    unit: &str,
    properties: Vec<Property<'_>>,
) -> Result<()> {
    let mut jobs = Jobs::watch(connection).await?;
    let arguments = (unit, "replace", properties, Auxiliary::new());
    let call = MANAGER.call("StartTransientUnit");
    let reply = match call.try_on(connection, &arguments).await {
        // Perhaps one that failed long ago, and is only remembered.
        Err(zbus::Error::MethodError(name, ..)) if name.as_str() == EXISTS => {
            reset_failed(connection, unit).await;
            call.try_on(connection, &arguments).await
        }
        replied => replied,
    };
    let reply = reply.map_err(|error| failure("StartTransientUnit", error))?;
    let problem = match jobs.end_of(&reply).await? {
        Some(result) if result == "done" => return Ok(()),
        Some(result) => format!("error creating systemd unit `{unit}`: got `{result}`"),
        None => format!("Timeout waiting for systemd to create {unit}"),
    };
    reset_failed(connection, unit).await;
    Err(Failure::text(unit, problem))
}

pub async fn stop(connection: &Connection, unit: &str) -> Result<String> {
    let mut jobs = Jobs::watch(connection).await?;
    let reply = MANAGER.call("StopUnit").try_on(connection, &(unit, "replace")).await;
    let result = match reply {
        Ok(reply) => jobs.end_of(&reply).await?,
        // It is not there, or is going already.
        Err(zbus::Error::MethodError(..)) => Some("done".to_owned()),
        Err(error) => return Err(failure("StopUnit", error)),
    };
    reset_failed(connection, unit).await;
    let late =
        || Failure::text(unit, format!("Timed out while waiting for systemd to remove {unit}"));
    result.ok_or_else(late)
}

/// That a unit has not failed is no failure.
async fn reset_failed(connection: &Connection, unit: &str) {
    let _ = MANAGER.call("ResetFailedUnit").try_on(connection, &unit).await;
}

struct Jobs(MessageStream);

impl Jobs {
    /// Before the job begins, lest its end be missed.
    async fn watch(connection: &Connection) -> Result<Self> {
        let told = |error| failure("JobRemoved", error);
        let rule = MatchRule::builder()
            .msg_type(zbus::message::Type::Signal)
            .interface(Manager::INTERFACE)
            .member("JobRemoved")
            .build()
            .map_err(told)?;
        let stream = MessageStream::for_match_rule(rule, connection, None).await.map_err(told)?;
        MANAGER.call("Subscribe").on(connection, &()).await?;
        Ok(Self(stream))
    }

    /// `done`, `failed`, `canceled` …; `None` if it does not end in time.
    async fn end_of(&mut self, reply: &Message) -> Result<Option<String>> {
        let body = reply.body();
        let job: ObjectPath<'_> =
            body.deserialize().map_err(|error| failure("StartTransientUnit", error))?;
        within(PATIENCE, self.find(job.as_str())).await.transpose()
    }

    async fn find(&mut self, wanted: &str) -> Result<String> {
        loop {
            let next = poll_fn(|context| Pin::new(&mut self.0).poll_next(context)).await;
            let message = match next {
                Some(message) => message.map_err(|error| failure("JobRemoved", error))?,
                None => return Err(Failure::text("JobRemoved", "the connection was closed")),
            };
            let body = message.body();
            let (_, job, _, result): (u32, ObjectPath<'_>, &str, &str) =
                body.deserialize().map_err(|error| failure("JobRemoved", error))?;
            if job.as_str() == wanted {
                return Ok(result.to_owned());
            }
        }
    }
}
