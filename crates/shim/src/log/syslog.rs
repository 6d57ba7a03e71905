//! The syslog driver: a message a record, to the host's own syslog or another's.

use super::lines::Record;
use super::syslog_format::{Format, Message, facility};
use crate::failure::{At, Failure, Result};
use crate::stream::Stream;
use rundlet_plan::ShimLog;
use std::io::{Error, ErrorKind, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream, UdpSocket};
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::time::{Duration, Instant};

/// Longest time that a receiver which is behind may hold the container up, and from one attempt to
/// connect again to the next.
const PATIENCE: Duration = Duration::from_secs(1);
const LOCAL: &str = "/dev/log";
const PORT: u16 = 514;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Address {
    Datagrams(String),
    Stream(String),
    Udp(SocketAddr),
    Tcp(SocketAddr),
}

enum Connection {
    Datagrams(UnixDatagram),
    Stream(UnixStream),
    Udp(UdpSocket),
    Tcp(TcpStream),
}

pub struct Syslog {
    address: Address,
    connection: Option<Connection>,
    next_attempt: Instant,
    format: Format,
    facility: u8,
    tag: String,
    host: String,
    failed: Result<()>,
}

impl Syslog {
    pub fn open(id: &str, wish: &ShimLog) -> Result<Self> {
        let option = |name: &str| wish.options.get(name).map_or("", String::as_str);
        let address = parse_address(option("syslog-address"))?;
        let connection = connect(&address).at("connect", &format!("{address:?}"))?;
        let host = rustix::system::uname();
        Ok(Self {
            connection: Some(connection),
            next_attempt: Instant::now(),
            format: Format::parse(option("syslog-format"))?,
            facility: facility(option("syslog-facility"))?,
            tag: super::tag(id, wish).to_owned(),
            host: host.nodename().to_string_lossy().into_owned(),
            address,
            failed: Ok(()),
        })
    }

    pub fn add(&mut self, stream: Stream, record: &Record<'_>) {
        let severity = if stream == Stream::Stderr { 3 } else { 6 };
        let message = Message {
            priority: self.facility << 3 | severity,
            time: record.time,
            host: &self.host,
            tag: &self.tag,
            line: record.line,
        };
        let stream = matches!(self.address, Address::Stream(_) | Address::Tcp(_));
        let bytes = self.format.write(&message, matches!(self.address, Address::Tcp(_)) && stream);
        if let Err(error) = self.send(&bytes) {
            self.failed = Err(error).at("syslog", &format!("{:?}", self.address));
        }
    }

    pub fn flush(&mut self) -> Result<()> {
        std::mem::replace(&mut self.failed, Ok(()))
    }

    fn send(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        if self.connection.is_none() {
            if Instant::now() < self.next_attempt {
                return Err(Error::from(ErrorKind::NotConnected));
            }
            self.next_attempt = Instant::now() + PATIENCE;
            self.connection = Some(connect(&self.address)?);
        }
        let sent = match &mut self.connection {
            Some(Connection::Datagrams(socket)) => socket.send(bytes).map(drop),
            Some(Connection::Udp(socket)) => socket.send(bytes).map(drop),
            Some(Connection::Stream(socket)) => socket.write_all(bytes),
            Some(Connection::Tcp(socket)) => socket.write_all(bytes),
            None => Ok(()),
        };
        match &sent {
            // Behind: this record is lost, the next may not be. Half a message ends a stream.
            Err(error)
                if error.kind() == ErrorKind::WouldBlock
                    && matches!(self.address, Address::Datagrams(_) | Address::Udp(_)) => {}
            Err(_) => self.connection = None,
            Ok(()) => {}
        }
        sent
    }
}

fn connect(address: &Address) -> std::io::Result<Connection> {
    match address {
        Address::Datagrams(path) => {
            let socket = UnixDatagram::unbound()?;
            socket.connect(path)?;
            socket.set_nonblocking(true)?;
            Ok(Connection::Datagrams(socket))
        }
        Address::Stream(path) => {
            let socket = UnixStream::connect(path)?;
            socket.set_write_timeout(Some(PATIENCE))?;
            Ok(Connection::Stream(socket))
        }
        Address::Udp(address) => {
            let any = if address.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
            let socket = UdpSocket::bind(any)?;
            socket.connect(address)?;
            socket.set_nonblocking(true)?;
            Ok(Connection::Udp(socket))
        }
        Address::Tcp(address) => {
            let socket = TcpStream::connect_timeout(address, PATIENCE)?;
            socket.set_write_timeout(Some(PATIENCE))?;
            Ok(Connection::Tcp(socket))
        }
    }
}

/// As of `syslog-address`; the host's own without one. Names of hosts are not looked up: a static program
/// has no resolver that knows all that the host's does.
fn parse_address(text: &str) -> Result<Address> {
    let bad = |reason| Failure::text("log option", "syslog-address", format!("{reason}: '{text}'"));
    if text.is_empty() {
        return Ok(Address::Datagrams(LOCAL.to_owned()));
    }
    let (kind, rest) = text.split_once("://").ok_or_else(|| bad("not an address"))?;
    let internet = || {
        let whole: Option<SocketAddr> = rest.parse().ok();
        let alone =
            || rest.trim_matches(['[', ']']).parse().ok().map(|ip| SocketAddr::new(ip, PORT));
        let local = || {
            let (_, port) = rest.split_once(':').filter(|(host, _)| *host == "localhost")?;
            Some(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port.parse().ok()?))
        };
        whole.or_else(alone).or_else(local).ok_or_else(|| bad("not an IP address and a port"))
    };
    match kind {
        "unix" => Ok(Address::Stream(rest.to_owned())),
        "unixgram" => Ok(Address::Datagrams(rest.to_owned())),
        "udp" => Ok(Address::Udp(internet()?)),
        "tcp" => Ok(Address::Tcp(internet()?)),
        _ => Err(bad("this kind of address is not supported")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let parse = |text| parse_address(text).ok();
        assert_eq!(parse(""), Some(Address::Datagrams("/dev/log".into())));
        assert_eq!(parse("unix:///run/s"), Some(Address::Stream("/run/s".into())));
        assert_eq!(parse("udp://10.0.0.1:99"), Some(Address::Udp(([10, 0, 0, 1], 99).into())));
        assert_eq!(parse("udp://10.0.0.1"), Some(Address::Udp(([10, 0, 0, 1], 514).into())));
        assert_eq!(parse("tcp://localhost:5"), Some(Address::Tcp(([127, 0, 0, 1], 5).into())));
        for bad in ["/dev/log", "tcp+tls://1.2.3.4:5", "udp://host:5", "udp://"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
