//! Which of a process's two outputs.

use rundlet_plan::word;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    Stdout,
    Stderr,
}

impl Stream {
    pub const BOTH: [Self; 2] = [Self::Stdout, Self::Stderr];

    pub fn name(self) -> &'static str {
        match self {
            Self::Stdout => "stdout",
            Self::Stderr => "stderr",
        }
    }

    pub fn index(self) -> usize {
        match self {
            Self::Stdout => 0,
            Self::Stderr => 1,
        }
    }

    /// First byte of a message to a client.
    pub fn word(self) -> u8 {
        match self {
            Self::Stdout => word::STDOUT,
            Self::Stderr => word::STDERR,
        }
    }
}
