//! `UnitValue` as what goes over the bus.

use crate::failure::{Failure, Result};
use rundlet_plan::{UnitProperty, UnitValue};
use zbus::wire::{Array, StructureBuilder};
use zbus::{ObjectPath, Signature, Variant};

pub fn properties(list: &[UnitProperty]) -> Result<Vec<(&str, Variant<'_>)>> {
    list.iter()
        .map(|UnitProperty { name, value }| {
            let value = variant(value).map_err(|error| Failure::text(name, error.to_string()))?;
            Ok((name.as_str(), value))
        })
        .collect()
}

fn variant(value: &UnitValue) -> zbus::Result<Variant<'_>> {
    Ok(match value {
        UnitValue::Boolean(value) => Variant::Bool(*value),
        UnitValue::Byte(value) => Variant::U8(*value),
        UnitValue::Int16(value) => Variant::I16(*value),
        UnitValue::Uint16(value) => Variant::U16(*value),
        UnitValue::Int32(value) => Variant::I32(*value),
        UnitValue::Uint32(value) => Variant::U32(*value),
        UnitValue::Int64(value) => Variant::I64(*value),
        UnitValue::Uint64(value) => Variant::U64(*value),
        UnitValue::Double(value) => Variant::F64(*value),
        UnitValue::String(value) => Variant::Str(value.as_str().into()),
        UnitValue::ObjectPath(value) => Variant::ObjectPath(ObjectPath::try_from(value.as_str())?),
        UnitValue::Signature(value) => Variant::Signature(signature(value)?),
        UnitValue::Variant(value) => Variant::Variant(Box::new(variant(value)?)),
        UnitValue::Array { of, items } => {
            let mut array = Array::new(&signature(of)?);
            for item in items {
                array.append(variant(item)?)?;
            }
            Variant::Array(array)
        }
        UnitValue::Struct(fields) => {
            let mut fields_of = StructureBuilder::new();
            for field in fields {
                fields_of.push_value(variant(field)?);
            }
            Variant::Structure(fields_of.build()?)
        }
    })
}

fn signature(text: &str) -> zbus::Result<Signature> {
    Signature::try_from(text).map_err(zbus::Error::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types() {
        let bytes = UnitValue::Array { of: "y".into(), items: vec![UnitValue::Byte(3)] };
        let pair = UnitValue::Struct(vec![
            UnitValue::String("/dev/null".into()),
            UnitValue::String("rw".into()),
        ]);
        let pairs = UnitValue::Array { of: "(ss)".into(), items: vec![pair] };
        let none = UnitValue::Array { of: "(ss)".into(), items: vec![] };
        for (value, wanted) in [
            (UnitValue::Uint64(u64::MAX), "t"),
            (bytes, "ay"),
            (pairs, "a(ss)"),
            (none, "a(ss)"),
            (UnitValue::Variant(Box::new(UnitValue::Boolean(true))), "v"),
        ] {
            assert_eq!(variant(&value).unwrap().value_signature().to_string(), wanted);
        }
        let wrong = UnitValue::Array { of: "s".into(), items: vec![UnitValue::Byte(3)] };
        assert!(variant(&wrong).is_err());
    }
}
