//! In which order the rules of one system call are tried.
//!
//! The spec leaves open which of two matching rules wins. libseccomp, and so runc, does not go by the
//! profile's order: it keeps a tree of comparisons, tried from the highest argument down; within an
//! argument equality comes before "less" before "greater", and narrower values before wider ones.
//! An unconditional rule wins over everything that comes before or after it, the first one if there
//! are several. A rule that only narrows an earlier one is dropped; the same conditions with two
//! actions are an error.
//!
//! This module keeps that order as a tree of keys, for the order alone: the program then tests whole
//! rules, one after the other. Where libseccomp's own tree mixes up rules that share the upper word
//! of a 64-bit comparison (2.5.4: the second condition of one is accepted with the first condition of
//! another; a rule is lost behind a shorter one that does not cover it; the upper word of two LE rules
//! gets the action of the first added), we do what the rules say. See tests/differential.rs.

use crate::actions::Action;
use crate::conditions::{Condition, Operator};

/// A rule on a number, with the conditions as the architecture sees them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    pub action: Action,
    pub conditions: Vec<Condition>,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    Always(Action),
    /// Indices of candidates; the first that matches wins.
    FirstOf(Vec<usize>),
}

/// Indices of two candidates that cannot both hold.
#[derive(Debug, PartialEq, Eq)]
pub struct Conflict {
    pub earlier: usize,
    pub later: usize,
}

pub fn resolve(candidates: &[Candidate], wide: bool) -> Result<Verdict, Conflict> {
    let always = candidates.iter().position(|candidate| candidate.conditions.is_empty());
    let mut tree = Level::default();
    let mut path = Vec::new();
    for later in 0..always.unwrap_or(candidates.len()) {
        path.clear();
        path.extend(candidates[later].conditions.iter().flat_map(|c| keys(c, wide)).flatten());
        tree.insert(&path, later, candidates).map_err(|earlier| Conflict { earlier, later })?;
    }
    Ok(match always {
        Some(index) => Verdict::Always(candidates[index].action),
        None => {
            let mut order = Vec::with_capacity(candidates.len());
            tree.collect(&mut order);
            Verdict::FirstOf(order)
        }
    })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Test {
    Equal,
    MaskedEqual,
    Greater,
    GreaterOrEqual,
}

/// A comparison of one 32-bit word, and on which of its outcomes the rule goes on.
#[derive(Debug, Clone, Copy)]
struct Key {
    /// Twice the argument, plus one for the upper word.
    word: u8,
    rank: u8,
    ascending: bool,
    test: Test,
    value: u32,
    mask: u32,
    outcome: bool,
}

impl Key {
    fn same_test(&self, other: &Self) -> bool {
        (self.word, self.test, self.value, self.mask)
            == (other.word, other.test, other.value, other.mask)
    }

    fn comes_after(&self, other: &Self) -> bool {
        if (self.word, self.rank) != (other.word, other.rank) {
            return (self.word, self.rank) < (other.word, other.rank);
        }
        if self.ascending { self.value > other.value } else { self.value < other.value }
    }
}

/// Upper word (64-bit only), then lower word.
fn keys(condition: &Condition, wide: bool) -> [Option<Key>; 2] {
    let (test, outcome) = match condition.operator {
        Operator::Eq => (Test::Equal, true),
        Operator::Ne => (Test::Equal, false),
        Operator::MaskedEq => (Test::MaskedEqual, true),
        Operator::Gt => (Test::Greater, true),
        Operator::Le => (Test::Greater, false),
        Operator::Ge => (Test::GreaterOrEqual, true),
        Operator::Lt => (Test::GreaterOrEqual, false),
    };
    let rank = match condition.operator {
        Operator::Eq | Operator::Ne | Operator::MaskedEq => 3,
        Operator::Lt | Operator::Le => 2,
        Operator::Gt | Operator::Ge => 1,
    };
    let key = |word, test, shift: u32, outcome| Key {
        word,
        rank,
        ascending: rank == 2,
        test,
        value: (condition.value >> shift) as u32,
        mask: (condition.mask >> shift) as u32,
        outcome,
    };
    // Every ordering begins with "upper word greater?"; the lower word counts when it is equal.
    let upper = match test {
        Test::Equal | Test::MaskedEqual => key(condition.arg * 2 + 1, test, 32, true),
        Test::Greater | Test::GreaterOrEqual => {
            key(condition.arg * 2 + 1, Test::Greater, 32, false)
        }
    };
    [wide.then_some(upper), Some(key(condition.arg * 2, test, 0, outcome))]
}

#[derive(Default)]
struct Level(Vec<Node>);

struct Node {
    key: Key,
    /// By outcome: false, true.
    branches: [Branch; 2],
}

#[derive(Default)]
struct Branch {
    leaf: Option<usize>,
    next: Level,
}

impl Level {
    /// The error is the candidate that stands against it.
    fn insert(&mut self, path: &[Key], new: usize, all: &[Candidate]) -> Result<(), usize> {
        let Some((key, rest)) = path.split_first() else { return Ok(()) };
        let mut at = self.0.len();
        for (i, node) in self.0.iter().enumerate() {
            if node.key.same_test(key) || node.key.comes_after(key) {
                at = i;
                break;
            }
        }
        if !self.0.get(at).is_some_and(|node| node.key.same_test(key)) {
            self.0.insert(at, Node { key: *key, branches: Default::default() });
        }
        let branch = &mut self.0[at].branches[usize::from(key.outcome)];
        if rest.is_empty() { branch.end_here(new, all) } else { branch.go_on(rest, new, all) }
    }

    fn collect(&self, order: &mut Vec<usize>) {
        for branch in self.0.iter().flat_map(|node| node.branches.iter().rev()) {
            order.extend(branch.leaf);
            branch.next.collect(order);
        }
    }

    fn first_with_other_action(&self, action: Action, all: &[Candidate]) -> Option<usize> {
        let mut order = Vec::new();
        self.collect(&mut order);
        order.into_iter().find(|&index| all[index].action != action)
    }
}

impl Branch {
    /// The new rule ends where others go on: it covers them, which is fine under one action.
    fn end_here(&mut self, new: usize, all: &[Candidate]) -> Result<(), usize> {
        let action = all[new].action;
        match self.leaf {
            Some(leaf) if all[leaf].action != action => return Err(leaf),
            Some(_) => return Ok(()),
            None => {}
        }
        if let Some(other) = self.next.first_with_other_action(action, all) {
            return Err(other);
        }
        *self = Self { leaf: Some(new), next: Level::default() };
        Ok(())
    }

    /// A rule that ends here covers the new one.
    fn go_on(&mut self, rest: &[Key], new: usize, all: &[Candidate]) -> Result<(), usize> {
        if self.leaf.is_some() { Ok(()) } else { self.next.insert(rest, new, all) }
    }
}
