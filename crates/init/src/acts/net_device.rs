//! Interfaces of the caller's network namespace that go into the container's, with their addresses.
//!
//! A process of its own does it, which is made before stage 1 joins or makes any namespace: with a user
//! namespace stage 1 has no right over the caller's interfaces any more.

use crate::channel::Channel;
use crate::error::{Context, Error, Result, words};
use crate::netlink::{Body, NLM_F_CREATE_NEW, Netlink, attributes};
use crate::{namespaces, report, sys};
use alloc::format;
use alloc::vec::Vec;
use rundlet_plan::{FromInit, NetDevice, StepList};
use rustix::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use rustix::fs::{CWD, Mode, OFlags, openat};
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};

/// <linux/rtnetlink.h>, <linux/if_link.h>, <linux/if_addr.h>.
const RTM_NEWLINK: u16 = 16;
const RTM_GETLINK: u16 = 18;
const RTM_NEWADDR: u16 = 20;
const RTM_GETADDR: u16 = 22;
const IFLA_IFNAME: u16 = 3;
const IFLA_NET_NS_FD: u16 = 28;
const IFA_ADDRESS: u16 = 1;
const IFA_LOCAL: u16 = 2;
const IFA_BROADCAST: u16 = 4;
const IFA_FLAGS: u16 = 8;
const IFF_UP: u32 = 1;
const IFA_F_PERMANENT: u32 = 0x80;
const RT_SCOPE_UNIVERSE: u8 = 0;
/// Sizes of struct ifinfomsg and struct ifaddrmsg.
const LINK: usize = 16;
const ADDRESS: usize = 8;

/// The process that waits to move them.
pub struct Mover {
    pid: i32,
    word: Channel,
}

/// Forks it, in the caller's namespaces still. `devices` come with their step in `prepare`.
pub fn start(channel: &Channel, devices: &[(usize, NetDevice)]) -> Result<Option<Mover>> {
    if devices.is_empty() {
        return Ok(None);
    }
    let (ours, theirs) =
        socketpair(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None)
            .on("socketpair", "network devices")?;
    let parent = rustix::process::getpid();
    match sys::clone(0, None).on("clone3", "network devices")? {
        sys::Forked::Parent { pid, .. } => Ok(Some(Mover { pid, word: Channel::new(ours) })),
        sys::Forked::Child => {
            drop(ours);
            sys::end_with(parent);
            sys::exit(i32::from(!serve(channel, &Channel::new(theirs), devices)))
        }
    }
}

/// Has them moved to the network namespace of that process; back when that is done.
pub fn finish(mover: Mover, pid: i32, pidfd: Option<BorrowedFd<'_>>) -> Result<()> {
    mover.word.send(&FromInit::Child { pid }, pidfd)?;
    match sys::wait_exit(mover.pid, true).on("waitid", "network devices")? {
        Some((_, 0)) => Ok(()),
        // It has told the host side.
        _ => Err(Error::Orphaned),
    }
}

/// In the mover: whether all went well. What did not has been reported.
fn serve(channel: &Channel, word: &Channel, devices: &[(usize, NetDevice)]) -> bool {
    let first = devices.first().map_or(0, |(step, _)| *step);
    let sockets = Netlink::open().and_then(|here| {
        let (pid, pidfd) = word.receive_child()?;
        namespaces::enter_network(pid, pidfd.as_ref().map(AsFd::as_fd))?;
        let flags = OFlags::RDONLY | OFlags::CLOEXEC;
        let path = "/proc/self/ns/net";
        let namespace = openat(CWD, path, flags, Mode::empty()).on("open", path)?;
        Ok((here, Netlink::open()?, namespace))
    });
    let (here, there, namespace) = match sockets {
        Ok(sockets) => sockets,
        Err(error) => {
            report::failure(channel, StepList::Prepare, first, error);
            return false;
        }
    };
    for (step, device) in devices {
        if let Err(error) = move_one(&here, &there, &namespace, device) {
            report::failure(channel, StepList::Prepare, *step, error);
            return false;
        }
    }
    true
}

fn move_one(
    here: &Netlink,
    there: &Netlink,
    namespace: &OwnedFd,
    NetDevice { name, inside }: &NetDevice,
) -> Result<()> {
    let failed = |call, errno, what: &str| {
        Error::kernel(call, errno, name).with_detail(format!("{what}: {}", words(errno)))
    };
    let index = find(here, name).map_err(|errno| {
        let what = format!("link not found for interface {name} on runtime namespace");
        failed("RTM_GETLINK", errno, &what)
    })?;
    let unmoved = format!("fail to move network device {name} to {inside} in the container");
    // The kernel renames it after the move: it would be there and not here any more.
    if find(there, inside).is_ok() {
        return Err(failed("RTM_NEWLINK", Errno::EXIST, &unmoved));
    }
    // Before it goes down, which takes its IPv6 addresses.
    let addresses = addresses_of(here, index)
        .map_err(|errno| failed("RTM_GETADDR", errno, "fail to get ip addresses"))?;
    // Nobody is to see it half moved.
    set_up(here, index, false)
        .map_err(|errno| failed("RTM_NEWLINK", errno, "fail to set link down"))?;
    let before = indexes(there).map_err(|errno| failed("RTM_GETLINK", errno, "fail to list"))?;
    let body = Body::new(&link(index, 0, 0))
        .with(IFLA_IFNAME, &terminated(inside))
        .with(IFLA_NET_NS_FD, &namespace.as_raw_fd().to_ne_bytes());
    here.request(RTM_NEWLINK, 0, &body).map_err(|errno| {
        // It stays as it was.
        let _ = set_up(here, index, true);
        failed("RTM_NEWLINK", errno, &unmoved)
    })?;
    // Its number may be another there, and its name too if the kernel had to complete it.
    let after = indexes(there).map_err(|errno| failed("RTM_GETLINK", errno, "fail to list"))?;
    let new = after.into_iter().find(|index| !before.contains(index));
    let new = new.ok_or_else(|| failed("RTM_GETLINK", Errno::NODEV, "it did not arrive"))?;
    for address in addresses {
        there
            .request(RTM_NEWADDR, NLM_F_CREATE_NEW, &address.body(new))
            .map_err(|errno| failed("RTM_NEWADDR", errno, "fail to set up address"))?;
    }
    set_up(there, new, true)
        .map_err(|errno| failed("RTM_NEWLINK", errno, "fail to set up interface"))
}

fn link(index: i32, flags: u32, change: u32) -> [u8; LINK] {
    let mut bytes = [0; LINK];
    bytes[4..8].copy_from_slice(&index.to_ne_bytes());
    bytes[8..12].copy_from_slice(&flags.to_ne_bytes());
    bytes[12..].copy_from_slice(&change.to_ne_bytes());
    bytes
}

fn terminated(name: &str) -> Vec<u8> {
    let mut bytes = Vec::from(name.as_bytes());
    bytes.push(0);
    bytes
}

fn set_up(socket: &Netlink, index: i32, up: bool) -> rustix::io::Result<()> {
    let flags = if up { IFF_UP } else { 0 };
    socket.request(RTM_NEWLINK, 0, &Body::new(&link(index, flags, IFF_UP)))
}

/// By number, with the name.
fn links(socket: &Netlink, mut each: impl FnMut(i32, &[u8])) -> rustix::io::Result<()> {
    socket.dump(RTM_GETLINK, &Body::new(&link(0, 0, 0)), |kind, body| {
        let Some(index) = body.get(4..8).and_then(|bytes| bytes.first_chunk::<4>()) else { return };
        let name = attributes(body, LINK).find(|(kind, _)| *kind == IFLA_IFNAME);
        if let (RTM_NEWLINK, Some((_, name))) = (kind, name) {
            each(i32::from_ne_bytes(*index), name);
        }
    })
}

fn find(socket: &Netlink, name: &str) -> rustix::io::Result<i32> {
    let wanted = terminated(name);
    let mut found = None;
    links(socket, |index, name| {
        if name == wanted {
            found = Some(index);
        }
    })?;
    found.ok_or(Errno::NODEV)
}

fn indexes(socket: &Netlink) -> rustix::io::Result<Vec<i32>> {
    let mut all = Vec::new();
    links(socket, |index, _| all.push(index))?;
    Ok(all)
}

/// An address that goes along.
struct Address {
    head: [u8; ADDRESS],
    attributes: Vec<(u16, Vec<u8>)>,
}

impl Address {
    fn body(&self, index: i32) -> Body {
        let mut head = self.head;
        head[4..].copy_from_slice(&index.to_ne_bytes());
        let body = Body::new(&head);
        self.attributes.iter().fold(body, |body, (kind, value)| body.with(*kind, value))
    }
}

/// The permanent ones of global scope: others belong to the network that the interface leaves.
fn addresses_of(socket: &Netlink, index: i32) -> rustix::io::Result<Vec<Address>> {
    let mut all = Vec::new();
    socket.dump(RTM_GETADDR, &Body::new(&[0; ADDRESS]), |kind, body| {
        let Some(head) = body.first_chunk::<ADDRESS>() else { return };
        let of = i32::from_ne_bytes([head[4], head[5], head[6], head[7]]);
        let long = attributes(body, ADDRESS).find(|(kind, _)| *kind == IFA_FLAGS);
        let flags = long
            .and_then(|(_, value)| value.first_chunk::<4>().copied())
            .map_or(u32::from(head[2]), u32::from_ne_bytes);
        let goes = kind == RTM_NEWADDR
            && of == index
            && flags & IFA_F_PERMANENT != 0
            && head[3] == RT_SCOPE_UNIVERSE;
        if goes {
            let kept = [IFA_ADDRESS, IFA_LOCAL, IFA_BROADCAST];
            let attributes = attributes(body, ADDRESS)
                .filter(|(kind, _)| kept.contains(kind))
                .map(|(kind, value)| (kind, Vec::from(value)))
                .collect();
            let mut head = *head;
            head[2] = 0;
            all.push(Address { head, attributes });
        }
    })?;
    Ok(all)
}
