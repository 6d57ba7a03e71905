//! Transient units of systemd, over D-Bus. Nothing of it runs, and no thread or socket is made, before a
//! caller asks for a unit.
//! <https://www.freedesktop.org/wiki/Software/systemd/dbus/>

mod bus;
mod deadline;
mod devices;
mod jobs;
mod value;

use crate::failure::{Failure, Result};
use bus::{Call, with_manager};
use rundlet_plan::{
    DeviceRule, ManagerFacts, ManagerQuery, SetUnitProperties, StopUnit, SystemdUnit, UnitManager,
};
use zbus::{Connection, Variant};

/// `systemdManager`.
pub fn systemd_manager(args: ManagerQuery) -> Result<ManagerFacts> {
    with_manager(&args.manager, async |connection| {
        Ok(ManagerFacts {
            version: property(connection, "Version").await?,
            control_group: property(connection, "ControlGroup").await?,
        })
    })
}

async fn property(connection: &Connection, name: &str) -> Result<String> {
    let interface = "org.freedesktop.DBus.Properties";
    let arguments = ("org.freedesktop.systemd1.Manager", name);
    let reply = Call { interface, method: "Get" }.on(connection, &arguments).await?;
    let body = reply.body();
    let value: Variant<'_> = body.deserialize().map_err(|error| bus::failure("Get", error))?;
    match value {
        Variant::Str(text) => Ok(text.as_str().to_owned()),
        _ => Err(Failure::text(name, "not a text")),
    }
}

/// `setUnitProperties`.
pub fn set_unit_properties(args: SetUnitProperties) -> Result<()> {
    let SystemdUnit { manager, name, properties } = args.unit;
    with_manager(&manager, async |connection| {
        let properties = value::properties(&properties)?;
        let arguments = (name.as_str(), true, properties);
        bus::MANAGER.call("SetUnitProperties").on(connection, &arguments).await?;
        Ok(())
    })
}

/// `stopUnit`.
pub fn stop_unit(args: StopUnit) -> Result<String> {
    with_manager(&args.manager, async |connection| jobs::stop(connection, &args.name).await)
}

/// Makes the unit with the process in it, and returns when it is there.
pub fn start_unit(unit: &SystemdUnit, rules: &[DeviceRule], pid: i32) -> Result<()> {
    with_manager(&unit.manager, async |connection| {
        let mut properties = value::properties(&unit.properties)?;
        properties.push(("PIDs", Variant::new(vec![pid.unsigned_abs()])));
        properties.extend(devices::properties(rules)?);
        jobs::start(connection, &unit.name, properties).await
    })
    .map_err(|failure| {
        let names: Vec<&str> =
            unit.properties.iter().map(|property| property.name.as_str()).collect();
        let words = failure.into_words();
        let detail = format!(
            "unable to start unit {:?} (properties [{}]): {words}",
            unit.name,
            names.join(" ")
        );
        Failure::text(&unit.name, detail).asked_by("/linux/cgroupsPath")
    })
}

/// For a process that has no right to enter the group `below` the unit's own.
pub fn attach(manager: &UnitManager, unit: &str, below: &str, pid: i32) -> Result<()> {
    with_manager(manager, async |connection| {
        let arguments = (unit, below, vec![pid.unsigned_abs()]);
        bus::MANAGER.call("AttachProcessesToUnit").on(connection, &arguments).await?;
        Ok(())
    })
}
