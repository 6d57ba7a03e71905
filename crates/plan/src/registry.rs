//! Operations of the registry protocol: requests whose answers are texts, and layers on their way in.

use crate::UnpackedLayer;
use crate::ops::data;
use alloc::{string::String, vec::Vec};
use serde::{Deserialize, Serialize};

data! {
    /// `registryOpen` → Handle: a client, which keeps connections open. Files are PEM.
    struct RegistryOpen {
        /// No certificate is looked at.
        insecure: bool,
        /// Authorities beside the system's.
        authorities: Vec<String>,
        /// Our own certificate and its key; empty for none.
        certificate: String,
        key: String,
        /// In place of the system's bundle; empty for the distribution's.
        bundle: String,
        user_agent: String,
    }
    /// `registrySend` → RegistryAnswer. Redirects are followed, never from https to http; the authorization
    /// stays with its host. Failures say in `syscall` what failed: `lookup`, `connect`, `tls`, `read`.
    struct RegistrySend {
        handle: u32,
        method: String,
        url: String,
        headers: Vec<HttpHeader>,
        /// None for a request without.
        #[serde(default)]
        #[cfg_attr(feature = "ts", ts(optional))]
        body: Option<String>,
        /// Bytes of the answer at most.
        max: u32,
    }
    struct HttpHeader { name: String, value: String, }
    struct RegistryAnswer {
        status: u16,
        /// Names in small letters.
        headers: Vec<HttpHeader>,
        /// Empty when it is not UTF-8.
        text: String,
        /// `sha256:` of the bytes.
        digest: String,
    }
    // `registryClose` ends what is under way.

    /// `pullBegin` → Handle: layers come from the registry of `registry` and are unpacked on the way, several
    /// at once, by threads. Blobs are resumed after cuts, digests verified.
    struct PullBegin {
        registry: RegistryOpen,
        /// Header of the requests; empty for none.
        authorization: String,
        layers: Vec<RemoteLayer>,
        at_once: u32,
        /// Of a layer's tar.
        #[cfg_attr(feature = "ts", ts(type = "number"))]
        max_bytes: u64,
        /// Of a layer.
        #[cfg_attr(feature = "ts", ts(type = "number"))]
        max_entries: u64,
    }
    struct RemoteLayer {
        url: String,
        digest: String,
        /// Bytes, as the manifest has them.
        #[cfg_attr(feature = "ts", ts(type = "number"))]
        size: u64,
        diff_id: String,
        /// Directory that gets the files: `overlay2/<cache id>/diff`.
        root: String,
        /// The new file tar-split.json.gz.
        split: String,
    }
    /// `pullNext` → PullEvent, once something is new. Fails when the pull did; the handle stays.
    struct PullNext {
        handle: u32,
        /// Milliseconds after which bytes alone are told; 0 for never.
        pace: u32,
    }
    struct PullEvent {
        layers: Vec<PullProgress>,
        /// WWW-Authenticate of a registry that wants another authorization (`pullAuthorize`).
        challenge: String,
        /// The layers in their order, when all are unpacked; empty before.
        unpacked: Vec<UnpackedLayer>,
        over: bool,
    }
    struct PullProgress {
        /// `waiting`, `downloading`, `downloaded` or `done`.
        phase: String,
        #[cfg_attr(feature = "ts", ts(type = "number"))]
        current: u64,
    }
    /// `pullAuthorize`: what the requests carry from now on.
    struct PullAuthorize { handle: u32, authorization: String, }
    /// `packLayer` → PackedLayer: a layer's tar as gzip, in a file without name. `dropBlob` closes it.
    struct PackLayer {
        split: String,
        root: String,
        diff_id: String,
        /// Directory on the file system that has room for it.
        spool: String,
    }
    struct PackedLayer {
        handle: u32,
        digest: String,
        #[cfg_attr(feature = "ts", ts(type = "number"))]
        size: u64,
    }
    /// `uploadBlob` → RegistryAnswer: the file of `packLayer` as the body of a request.
    struct UploadBlob {
        registry: u32,
        blob: u32,
        method: String,
        url: String,
        headers: Vec<HttpHeader>,
        /// Bytes of the answer at most.
        max: u32,
    }
    // `pullEnd` stops it; nothing is written any more when it returns. Ending twice is no error.
}
