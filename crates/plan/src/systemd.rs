//! What systemd's managers are asked for over D-Bus.

use alloc::{boxed::Box, string::String, vec::Vec};
use serde::{Deserialize, Serialize};

/// Which manager to ask, by its bus.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, export_to = "plan.ts"))]
pub struct UnitManager {
    /// D-Bus address of a user's bus; absent: the system's.
    #[serde(default)]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub bus: Option<String>,
    /// Our user id outside of the user namespace that we are root of, where the bus is.
    #[serde(default)]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub uid: Option<u32>,
}

/// A transient unit, `runc-x.scope`, with what is asked of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, export_to = "plan.ts"))]
pub struct SystemdUnit {
    pub manager: UnitManager,
    pub name: String,
    /// In order; the processes and the devices are added by the host side.
    pub properties: Vec<UnitProperty>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, export_to = "plan.ts"))]
pub struct UnitProperty {
    pub name: String,
    pub value: UnitValue,
}

/// A value with its D-Bus type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, export_to = "plan.ts"))]
pub enum UnitValue {
    Boolean(bool),
    Byte(u8),
    Int16(i16),
    Uint16(u16),
    Int32(i32),
    Uint32(u32),
    #[cfg_attr(feature = "ts", ts(type = "number | bigint"))]
    Int64(i64),
    #[cfg_attr(feature = "ts", ts(type = "number | bigint"))]
    Uint64(u64),
    Double(f64),
    String(String),
    ObjectPath(String),
    Signature(String),
    Variant(Box<UnitValue>),
    Array {
        /// Signature of an item.
        of: String,
        items: Vec<UnitValue>,
    },
    Struct(Vec<UnitValue>),
}
