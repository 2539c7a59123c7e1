//! The door to what verification looks at: file attributes with owners and links, sockets that listen, names and
//! addresses of the network. The real machine, and a fake one for tests.

use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream, ToSocketAddrs, UdpSocket};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::living;

/// What stands at a path, links not followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileStat {
    /// `file`, `directory`, `symlink`, `socket`, `pipe`, `block-device`, `character-device`.
    pub file_type: &'static str,
    /// Unix permission bits.
    pub mode: u32,
    /// In bytes.
    pub size: u64,
    /// The owner's number.
    pub uid: u32,
    /// The group's number.
    pub gid: u32,
    /// Where a link points, as written in it.
    pub link: Option<PathBuf>,
}

/// Which kind of socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// TCP over IPv4.
    Tcp,
    /// TCP over IPv6.
    Tcp6,
    /// UDP over IPv4.
    Udp,
    /// UDP over IPv6.
    Udp6,
}

/// A machine that can be looked at.
pub trait Machine: Send + Sync {
    /// What stands at a path.
    ///
    /// # Errors
    /// `NotFound` when nothing does.
    fn stat(&self, path: &Path) -> io::Result<FileStat>;

    /// The name of a user; `None` when the number has none.
    fn user_name(&self, uid: u32) -> Option<String>;

    /// The name of a group; `None` when the number has none.
    fn group_name(&self, gid: u32) -> Option<String>;

    /// The addresses that a port is listened on; empty when nobody listens.
    ///
    /// # Errors
    /// When the system's tables cannot be read.
    fn listening(&self, protocol: Protocol, port: u16) -> io::Result<Vec<IpAddr>>;

    /// The names of the programs of all living processes.
    fn program_names(&self) -> Vec<String>;

    /// Whether `host:port` takes a connection in time, from `local` when that is given.
    ///
    /// # Errors
    /// As the system says it, in words: refused, timed out, no such host.
    fn connect(&self, address: &str, udp: bool, local: Option<IpAddr>, timeout: Duration) -> Result<(), String>;

    /// The addresses that a name leads to.
    ///
    /// # Errors
    /// In words.
    fn resolve(&self, name: &str) -> Result<Vec<IpAddr>, String>;
}

/// This machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct RealMachine;

#[allow(clippy::disallowed_methods, reason = "this is the door")]
impl Machine for RealMachine {
    fn stat(&self, path: &Path) -> io::Result<FileStat> {
        use std::os::unix::fs::{FileTypeExt, MetadataExt};
        let meta = std::fs::symlink_metadata(path)?;
        let kind = meta.file_type();
        let file_type = match () {
            () if kind.is_symlink() => "symlink",
            () if kind.is_dir() => "directory",
            () if kind.is_socket() => "socket",
            () if kind.is_fifo() => "pipe",
            () if kind.is_block_device() => "block-device",
            () if kind.is_char_device() => "character-device",
            () => "file",
        };
        let link = if kind.is_symlink() { Some(std::fs::read_link(path)?) } else { None };
        Ok(FileStat { file_type, mode: meta.mode() & 0o7777, size: meta.len(), uid: meta.uid(), gid: meta.gid(), link })
    }

    fn user_name(&self, uid: u32) -> Option<String> {
        name_in(&std::fs::read_to_string("/etc/passwd").ok()?, uid)
    }

    fn group_name(&self, gid: u32) -> Option<String> {
        name_in(&std::fs::read_to_string("/etc/group").ok()?, gid)
    }

    fn listening(&self, protocol: Protocol, port: u16) -> io::Result<Vec<IpAddr>> {
        let (table, listening) = match protocol {
            Protocol::Tcp => ("tcp", "0A"),
            Protocol::Tcp6 => ("tcp6", "0A"),
            // A datagram socket that is bound and not connected.
            Protocol::Udp => ("udp", "07"),
            Protocol::Udp6 => ("udp6", "07"),
        };
        let text = std::fs::read_to_string(format!("/proc/net/{table}"))?;
        let mut found: Vec<IpAddr> = text
            .lines()
            .skip(1)
            .filter_map(|line| socket_in(line, listening))
            .filter(|(_, at)| *at == port)
            .map(|(ip, _)| ip)
            .collect();
        found.sort();
        found.dedup();
        Ok(found)
    }

    fn program_names(&self) -> Vec<String> {
        living::list().into_iter().filter(|entry| !entry.zombie).map(|entry| entry.name).collect()
    }

    fn connect(&self, address: &str, udp: bool, local: Option<IpAddr>, timeout: Duration) -> Result<(), String> {
        let targets: Vec<SocketAddr> = address.to_socket_addrs().map_err(|error| error.to_string())?.collect();
        let mut fault = "no address".to_owned();
        for target in targets.into_iter().filter(|target| local.is_none_or(|ip| ip.is_ipv4() == target.is_ipv4())) {
            let tried = match (udp, local) {
                (true, local) => {
                    let any: IpAddr = if target.is_ipv4() { [0; 4].into() } else { [0; 16].into() };
                    UdpSocket::bind((local.unwrap_or(any), 0)).and_then(|socket| socket.connect(target))
                }
                // The standard library connects from no address of one's choice; binding to it tells whether it is ours.
                (false, Some(ip)) => TcpListener::bind((ip, 0)).and_then(|_| tcp(target, timeout)),
                (false, None) => tcp(target, timeout),
            };
            match tried {
                Ok(()) => return Ok(()),
                Err(error) => fault = error.to_string(),
            }
        }
        Err(fault)
    }

    fn resolve(&self, name: &str) -> Result<Vec<IpAddr>, String> {
        let found = (name, 0).to_socket_addrs().map_err(|error| error.to_string())?;
        let mut addresses: Vec<IpAddr> = found.map(|address| address.ip()).collect();
        addresses.sort();
        addresses.dedup();
        Ok(addresses)
    }
}

fn tcp(target: SocketAddr, timeout: Duration) -> io::Result<()> {
    TcpStream::connect_timeout(&target, timeout).map(drop)
}

/// Fills a buffer with random bytes.
pub fn fill_random(buffer: &mut [u8]) {
    // Without chance from the system there are no secrets to be made; a zeroed one would be a lie.
    getrandom::fill(buffer).expect("the system gives random bytes");
}

/// The name in front of a line `name:password:number:…`.
fn name_in(table: &str, number: u32) -> Option<String> {
    let number = number.to_string();
    table.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == number).then(|| name.to_owned())
    })
}

/// Address and port of a line of `/proc/net/tcp` whose socket is in `state`.
fn socket_in(line: &str, state: &str) -> Option<(IpAddr, u16)> {
    let mut fields = line.split_whitespace();
    let (address, port) = fields.nth(1)?.split_once(':')?;
    if fields.nth(1)? != state {
        return None;
    }
    let port = u16::from_str_radix(port, 16).ok()?;
    // The kernel prints each 32-bit word of the address as a number of this machine, whatever its byte order is.
    let mut bytes = Vec::with_capacity(16);
    for word in address.as_bytes().chunks(8) {
        let number = u32::from_str_radix(std::str::from_utf8(word).ok()?, 16).ok()?;
        bytes.extend_from_slice(&number.to_ne_bytes());
    }
    let ip = match bytes.len() {
        4 => IpAddr::from(<[u8; 4]>::try_from(bytes).ok()?),
        _ => IpAddr::from(<[u8; 16]>::try_from(bytes).ok()?),
    };
    Some((ip, port))
}

/// A machine made up by a test.
#[derive(Debug, Clone, Default)]
pub struct FakeMachine {
    /// What stands where.
    pub files: std::collections::BTreeMap<PathBuf, FileStat>,
    /// Who listens: protocol, port, address.
    pub sockets: Vec<(Protocol, u16, IpAddr)>,
    /// What runs.
    pub programs: Vec<String>,
    /// What can be connected to, as `host:port`.
    pub reachable: Vec<String>,
    /// What names lead to.
    pub names: std::collections::BTreeMap<String, Vec<IpAddr>>,
}

impl Machine for FakeMachine {
    fn stat(&self, path: &Path) -> io::Result<FileStat> {
        self.files.get(path).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn user_name(&self, uid: u32) -> Option<String> {
        (uid == 0).then(|| "root".to_owned())
    }

    fn group_name(&self, gid: u32) -> Option<String> {
        self.user_name(gid)
    }

    fn listening(&self, protocol: Protocol, port: u16) -> io::Result<Vec<IpAddr>> {
        let ours = |(kind, at, ip): &(Protocol, u16, IpAddr)| (*kind == protocol && *at == port).then_some(*ip);
        Ok(self.sockets.iter().filter_map(ours).collect())
    }

    fn program_names(&self) -> Vec<String> {
        self.programs.clone()
    }

    fn connect(&self, address: &str, _udp: bool, _local: Option<IpAddr>, _timeout: Duration) -> Result<(), String> {
        match self.reachable.iter().any(|known| known == address) {
            true => Ok(()),
            false => Err("Connection refused".to_owned()),
        }
    }

    fn resolve(&self, name: &str) -> Result<Vec<IpAddr>, String> {
        self.names.get(name).cloned().ok_or_else(|| "no such host".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listening_socket_is_seen_and_can_be_connected_to() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        assert_eq!(RealMachine.listening(Protocol::Tcp, port).unwrap(), [IpAddr::from([127, 0, 0, 1])]);
        let address = format!("127.0.0.1:{port}");
        assert_eq!(RealMachine.connect(&address, false, None, Duration::from_secs(5)), Ok(()));
        drop(listener);
        assert_eq!(RealMachine.listening(Protocol::Tcp, port).unwrap(), Vec::<IpAddr>::new());
        let refused = RealMachine.connect(&address, false, None, Duration::from_secs(5)).unwrap_err();
        assert!(refused.contains("refused"), "{refused}");
    }

    #[test]
    fn socket_lines_are_read_in_both_families() {
        let four = "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1";
        let six = "  1: 00000000000000000000000001000000:1F90 00000000000000000000000000000000:0000 0A 0:0 0:0 0 0 0";
        if cfg!(target_endian = "little") {
            assert_eq!(socket_in(four, "0A"), Some((IpAddr::from([127, 0, 0, 1]), 8080)));
            assert_eq!(socket_in(six, "0A"), Some(("::1".parse().unwrap(), 8080)));
        }
        assert_eq!(socket_in(four, "01"), None);
        assert_eq!(socket_in("sl local_address", "0A"), None);
    }

    #[test]
    fn stat_tells_links_from_what_they_point_at() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("a"), "abc").unwrap();
        std::os::unix::fs::symlink("a", directory.path().join("b")).unwrap();
        let stat = |name: &str| RealMachine.stat(&directory.path().join(name));
        assert_eq!((stat("a").unwrap().file_type, stat("a").unwrap().size), ("file", 3));
        assert_eq!(stat("b").unwrap().link.as_deref(), Some(Path::new("a")));
        assert_eq!(stat("c").unwrap_err().kind(), io::ErrorKind::NotFound);
        assert_eq!(name_in("root:x:0:0::/:/bin/sh\nme:x:1000:1000::/:/bin/sh\n", 1000).as_deref(), Some("me"));
    }
}
