//! The TypeScript of rundlet as bytecode, compiled by build.rs into this executable. The only unsafe
//! code of the crate is here.

use rquickjs::loader::{ImportAttributes, Loader, Resolver};
use rquickjs::module::Declared;
use rquickjs::{Ctx, Error, Module, Result};

include!(concat!(env!("OUT_DIR"), "/chunks.rs"));

pub const ENTRY: &str = "main.js";

/// Of every chunk.
pub fn names() -> impl Iterator<Item = &'static str> {
    CHUNKS.iter().map(|(name, _)| *name)
}

/// Chunks lie side by side: `./name.js` from any of them is `name.js`.
pub struct ChunkResolver;

impl Resolver for ChunkResolver {
    fn resolve<'js>(
        &mut self,
        _ctx: &Ctx<'js>,
        _base: &str,
        name: &str,
        _attributes: Option<ImportAttributes<'js>>,
    ) -> Result<String> {
        Ok(name.strip_prefix("./").unwrap_or(name).to_owned())
    }
}

pub struct ChunkLoader;

impl Loader for ChunkLoader {
    fn load<'js>(
        &mut self,
        ctx: &Ctx<'js>,
        name: &str,
        _attributes: Option<ImportAttributes<'js>>,
    ) -> Result<Module<'js, Declared>> {
        let found = CHUNKS.binary_search_by(|(chunk, _)| (*chunk).cmp(name));
        let (_, bytes) = CHUNKS[found.map_err(|_| Error::new_loading(name))?];
        // SAFETY: QuickJS trusts bytecode. `bytes` was written by build.rs with this very version of
        // QuickJS and is part of this executable's read-only data; nothing read at run time comes
        // here.
        unsafe { Module::load(ctx.clone(), bytes) }
    }
}
