//! One conversation with a manager: connect, ask, close. All of it on the calling thread.

use crate::failure::{Failure, Result};
use rundlet_plan::UnitManager;
use std::time::Duration;
use zbus::connection::Builder;
use zbus::{Connection, Message};

/// How long a reply, or the end of a job, may take; runc's too.
pub const PATIENCE: Duration = Duration::from_secs(30);

const NAME: &str = "org.freedesktop.systemd1";
pub const PATH: &str = "/org/freedesktop/systemd1";

/// Connects, works and closes: a connection that outlived this would need a thread.
pub fn with_manager<T>(
    manager: &UnitManager,
    work: impl AsyncFnOnce(&Connection) -> Result<T>,
) -> Result<T> {
    zbus::block_on(async {
        let connection = connect(manager).await.map_err(|error| {
            Failure::text("systemd", format!("failed to connect to dbus: {error}"))
        })?;
        let done = work(&connection).await;
        // What had to be said has been said.
        let _ = connection.close().await;
        done
    })
}

async fn connect(manager: &UnitManager) -> zbus::Result<Connection> {
    let builder = match &manager.bus {
        Some(address) => Builder::address(address.as_str()),
        None => Builder::system(),
    };
    let builder = match manager.uid {
        Some(uid) => builder.user_id(uid),
        None => builder,
    };
    builder.method_timeout(PATIENCE).build().await
}

/// A method of the manager's object.
pub struct Call<'a> {
    pub interface: &'a str,
    pub method: &'a str,
}

/// The manager's own interface.
pub struct Manager;

pub const MANAGER: Manager = Manager;

impl Manager {
    pub const INTERFACE: &'static str = "org.freedesktop.systemd1.Manager";

    #[allow(clippy::unused_self, reason = "reads as what it is")]
    pub fn call(self, method: &str) -> Call<'_> {
        Call { interface: Self::INTERFACE, method }
    }
}

impl Call<'_> {
    pub async fn on<B>(&self, connection: &Connection, arguments: &B) -> Result<Message>
    where
        B: serde::Serialize + zbus::wire::DynamicType,
    {
        self.try_on(connection, arguments).await.map_err(|error| failure(self.method, error))
    }

    pub async fn try_on<B>(&self, connection: &Connection, arguments: &B) -> zbus::Result<Message>
    where
        B: serde::Serialize + zbus::wire::DynamicType,
    {
        connection.call_method(Some(NAME), PATH, Some(self.interface), self.method, arguments).await
    }
}

/// The manager's words where it has said something.
pub fn failure(method: &str, error: zbus::Error) -> Failure {
    match error {
        zbus::Error::MethodError(_, Some(words), _) => Failure::text(method, words),
        other => Failure::text(method, other.to_string()),
    }
}
