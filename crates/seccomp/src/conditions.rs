//! Argument conditions of a rule.

use rundlet_plan::{SeccompArg, SeccompRule};

use crate::error::SeccompError;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    MaskedEq,
}

const NAMES: [(&str, Operator); 7] = [
    ("SCMP_CMP_EQ", Operator::Eq),
    ("SCMP_CMP_GE", Operator::Ge),
    ("SCMP_CMP_GT", Operator::Gt),
    ("SCMP_CMP_LE", Operator::Le),
    ("SCMP_CMP_LT", Operator::Lt),
    ("SCMP_CMP_MASKED_EQ", Operator::MaskedEq),
    ("SCMP_CMP_NE", Operator::Ne),
];

/// For `features`.
pub const KNOWN_OPERATORS: [&str; NAMES.len()] = {
    let mut names = [""; NAMES.len()];
    let mut i = 0;
    while i < names.len() {
        names[i] = NAMES[i].0;
        i += 1;
    }
    names
};

/// Linux passes six arguments.
const ARGUMENTS: u32 = 6;

/// `args[arg] <operator> value`; `mask` is all ones but for MASKED_EQ, where `value` lies within it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Condition {
    pub arg: u8,
    pub operator: Operator,
    pub value: u64,
    pub mask: u64,
}

impl Condition {
    pub fn equals(arg: u8, value: u32) -> Self {
        Self { arg, operator: Operator::Eq, value: u64::from(value), mask: u64::MAX }
    }

    /// As an ABI compares it (32-bit ones see the low word only); none where it always holds.
    pub fn on(self, wide: bool) -> Option<Self> {
        let keep = if wide { u64::MAX } else { u64::from(u32::MAX) };
        let mask = self.mask & keep;
        (mask != 0).then_some(Self { value: self.value & mask, mask, ..self })
    }
}

/// The alternatives under which a rule applies: each a conjunction, sorted by argument.
///
/// One argument named twice makes every condition an alternative of its own, as runc does it
/// (libcontainer/seccomp `matchCall`, kept for profiles older than libseccomp 2.2).
pub fn parse(rule: &SeccompRule, index: usize) -> Result<Vec<Vec<Condition>>, SeccompError> {
    let mut conditions = Vec::with_capacity(rule.args.len());
    for (position, arg) in rule.args.iter().enumerate() {
        conditions.push(parse_one(arg, index, position)?);
    }
    let mut seen = [false; ARGUMENTS as usize];
    let repeated =
        conditions.iter().any(|c| std::mem::replace(&mut seen[usize::from(c.arg)], true));
    if repeated {
        return Ok(conditions.into_iter().map(|condition| vec![condition]).collect());
    }
    conditions.sort_unstable_by_key(|condition| condition.arg);
    Ok(vec![conditions])
}

fn parse_one(arg: &SeccompArg, rule: usize, position: usize) -> Result<Condition, SeccompError> {
    let Some(&(_, operator)) = NAMES.iter().find(|(name, _)| *name == arg.op) else {
        return Err(SeccompError::UnknownOperator { op: arg.op.clone(), rule, arg: position });
    };
    let number = match u8::try_from(arg.index) {
        Ok(number) if arg.index < ARGUMENTS => number,
        _ => return Err(SeccompError::ArgumentIndex { index: arg.index, rule, arg: position }),
    };
    Ok(match operator {
        Operator::MaskedEq => {
            Condition { arg: number, operator, value: arg.value_two & arg.value, mask: arg.value }
        }
        _ => Condition { arg: number, operator, value: arg.value, mask: u64::MAX },
    })
}
