//! The HTTP client: whom it trusts, how long it waits.

use crate::error::{Error, Result};
use std::sync::Arc;
use std::time::Duration;
use ureq::config::RedirectAuthHeaders;
use ureq::tls::{Certificate, ClientCert, PemItem, PrivateKey, RootCerts, TlsConfig, TlsProvider};
use ureq::{Agent, Proxy};

const CONNECT: Duration = Duration::from_secs(30);
/// Without a byte for so long a connection is taken for dead.
const SILENCE: Duration = Duration::from_secs(60);
/// What goes with each read from the socket.
const BUFFER: usize = 128 << 10;
const MAX_HEADERS: usize = 64 << 10;

/// Where the distributions keep the certificates of those that the system trusts.
const SYSTEM_BUNDLES: [&str; 5] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// Whom a client believes, by PEM files.
#[derive(Debug, Clone, Default)]
pub struct Trust {
    /// No certificate is looked at.
    pub insecure: bool,
    /// Further authorities beside the system's.
    pub authorities: Vec<String>,
    /// Our own certificate, and its key; empty for none.
    pub certificate: String,
    pub key: String,
    /// Bundle in place of the system's; empty for those of the distribution.
    pub bundle: String,
    /// `rundlet/1.0.0`.
    pub user_agent: String,
}

/// Connections to registries, which are kept open between requests.
#[derive(Clone)]
pub struct Client {
    pub(crate) plain: Agent,
    /// Never leaves https again, wherever it is led.
    pub(crate) secure: Agent,
}

impl Client {
    pub fn new(trust: &Trust) -> Result<Self> {
        let tls = tls_config(trust)?;
        let agent = |https_only| {
            let config = Agent::config_builder()
                .https_only(https_only)
                .http_status_as_error(false)
                .redirect_auth_headers(RedirectAuthHeaders::SameHost)
                .proxy(Proxy::try_from_env())
                .user_agent(&*trust.user_agent)
                .timeout_connect(Some(CONNECT))
                .timeout_per_read(Some(SILENCE))
                .timeout_per_write(Some(SILENCE))
                .input_buffer_size(BUFFER)
                .max_response_header_size(MAX_HEADERS)
                .tls_config(tls.clone());
            config.build().new_agent()
        };
        Ok(Self { plain: agent(false), secure: agent(true) })
    }

    pub(crate) fn agent(&self, url: &str) -> &Agent {
        if url.starts_with("https:") { &self.secure } else { &self.plain }
    }

    /// Ends what is under way, on all threads.
    pub fn shutdown(&self) {
        self.plain.clone().shutdown();
        self.secure.clone().shutdown();
    }
}

fn tls_config(trust: &Trust) -> Result<TlsConfig> {
    let mut builder = TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .disable_verification(trust.insecure)
        .root_certs(RootCerts::new_with_certs(&authorities(trust)?));
    if !trust.certificate.is_empty() {
        let chain = certificates(&trust.certificate, &read(&trust.certificate)?)?;
        let key = PrivateKey::from_pem(&read(&trust.key)?)
            .map_err(|error| Error::text("read", format!("{}: {error}", trust.key)))?;
        builder = builder.client_cert(Some(ClientCert::new_with_certs(&chain, key)));
    }
    Ok(builder.build())
}

/// A machine without any has no https; that is said when it is tried.
fn authorities(trust: &Trust) -> Result<Vec<Certificate<'static>>> {
    if trust.insecure {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    if trust.bundle.is_empty() {
        let system = SYSTEM_BUNDLES.iter().find_map(|path| Some((path, std::fs::read(path).ok()?)));
        if let Some((path, pem)) = system {
            found.extend(certificates(path, &pem)?);
        }
    } else {
        found.extend(certificates(&trust.bundle, &read(&trust.bundle)?)?);
    }
    for path in &trust.authorities {
        found.extend(certificates(path, &read(path)?)?);
    }
    Ok(found)
}

fn certificates(path: &str, pem: &[u8]) -> Result<Vec<Certificate<'static>>> {
    ureq::tls::parse_pem(pem)
        .filter_map(|item| match item {
            Ok(PemItem::Certificate(certificate)) => Some(Ok(certificate)),
            Ok(_) => None,
            Err(error) => Some(Err(Error::text("read", format!("{path}: {error}")))),
        })
        .collect()
}

fn read(path: &str) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|error| Error::text("read", format!("{path}: {error}")))
}
