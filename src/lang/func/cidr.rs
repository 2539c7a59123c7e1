//! Networks: `cidrcontains cidrhost cidrnetmask cidrsubnet cidrsubnets`.
//!
//! Addresses are read as Go's older library did (leading zeros are decimal), which no crate does; the arithmetic keeps terraform's
//! odd answers to negative numbers.

use std::net::{Ipv4Addr, Ipv6Addr};

use dashu_int::IBig;

use super::definition::{Call, Function, Parameter, Returns, Shape};
use super::error::FunctionError;
use super::outcome::{string, strings};
use crate::model::value::{Number, Value};

const PREFIX: Parameter = Parameter::new("prefix", Shape::String);
const STRING: Returns = Returns::Always(Shape::String);

pub(super) static FUNCTIONS: &[Function] = &[
    Function::new(
        "cidrcontains",
        "Whether an address or a network lies in a network.",
        &[Parameter::new("containing_prefix", Shape::String), Parameter::new("contained_ip_or_prefix", Shape::String)],
        Returns::Always(Shape::Bool),
        cidrcontains,
    )
    .maybe_null()
    .tofu(),
    Function::new(
        "cidrhost",
        "The address of the host with a number in a network; negative numbers count from its end.",
        &[PREFIX, Parameter::new("hostnum", Shape::Number)],
        STRING,
        cidrhost,
    ),
    Function::new("cidrnetmask", "The netmask of an IPv4 network.", &[PREFIX], STRING, cidrnetmask),
    Function::new(
        "cidrsubnet",
        "The network with a number among those that extend a prefix by some bits.",
        &[PREFIX, Parameter::new("newbits", Shape::Number), Parameter::new("netnum", Shape::Number)],
        STRING,
        cidrsubnet,
    ),
    Function::new(
        "cidrsubnets",
        "Consecutive networks in a prefix, each extending it by its number of bits.",
        &[PREFIX],
        Returns::Always(Shape::Strings),
        cidrsubnets,
    )
    .and(Parameter::new("newbits", Shape::Number)),
];

/// An address of 32 or 128 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Address {
    value: u128,
    bits: u32,
}

/// A network: its first address and the length of its prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Network {
    first: Address,
    prefix: u32,
}

impl Address {
    fn parse(text: &str) -> Option<Address> {
        match text.find(['.', ':']).map(|at| text.as_bytes()[at]) {
            Some(b'.') => parse_v4(text).map(|value| Address { value: u128::from(value), bits: 32 }),
            Some(_) => parse_v6(text).map(|value| Address { value, bits: 128 }),
            None => None,
        }
    }

    /// Whether it is an IPv4 address, maybe in its IPv6 form.
    fn is_v4(self) -> bool {
        self.bits == 32 || self.value >> 32 == 0xffff
    }

    fn with(self, value: u128) -> Address {
        Address { value, ..self }
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.is_v4() {
            return Ipv4Addr::from(self.value as u32).fmt(f);
        }
        // The library writes some low addresses with dots, Go never does.
        match self.value {
            low if low >> 32 == 0 && low > 0xffff => write!(f, "::{:x}:{:x}", low >> 16, low & 0xffff),
            value => Ipv6Addr::from(value).fmt(f),
        }
    }
}

impl std::fmt::Display for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.first, self.prefix)
    }
}

/// The lowest `count` bits set.
fn ones(count: u32) -> u128 {
    if count >= 128 { u128::MAX } else { (1u128 << count) - 1 }
}

impl Network {
    fn parse(text: &str) -> Option<Network> {
        let (address, prefix) = text.split_once('/')?;
        let address = Address::parse(address)?;
        if prefix.is_empty() || prefix.len() > 6 || !prefix.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let prefix = prefix.parse().ok().filter(|prefix| *prefix <= address.bits)?;
        Some(Network::around(address, prefix))
    }

    /// The network of a prefix length that an address lies in.
    fn around(address: Address, prefix: u32) -> Network {
        Network { first: address.with(address.value & !ones(address.bits - prefix)), prefix }
    }

    fn host_bits(self) -> u32 {
        self.first.bits - self.prefix
    }

    fn last(self) -> Address {
        self.first.with(self.first.value | ones(self.host_bits()))
    }

    fn contains(self, address: Address) -> bool {
        self.first.bits == address.bits && (self.first.value..=self.last().value).contains(&address.value)
    }
}

fn parse_v4(text: &str) -> Option<u32> {
    let mut octets = [0u32; 4];
    let mut parts = text.split('.');
    for octet in &mut octets {
        let part = parts.next()?;
        if part.is_empty() || !part.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        // Leading zeros are allowed, at any number, and do not mean octal.
        *octet = match part.trim_start_matches('0') {
            "" => 0,
            digits => digits.parse().ok().filter(|octet| *octet <= 255)?,
        };
    }
    parts.next().is_none().then(|| octets.iter().fold(0, |value, octet| value << 8 | octet))
}

fn parse_v6(text: &str) -> Option<u128> {
    if text.contains('%') {
        return None;
    }
    if let Ok(address) = text.parse::<Ipv6Addr>() {
        return Some(address.into());
    }
    // Dotted ends with leading zeros are the one thing that the library refuses and terraform takes.
    let (head, tail) = text.rsplit_once(':')?;
    let dotted = parse_v4(tail)?;
    format!("{head}:{:x}:{:x}", dotted >> 16, dotted & 0xffff).parse::<Ipv6Addr>().ok().map(Into::into)
}

fn network(call: &Call<'_>) -> Result<Network, FunctionError> {
    let text = call.text(0);
    Network::parse(text)
        .ok_or_else(|| FunctionError::new(format!("invalid CIDR expression: invalid CIDR address: {text}")))
}

fn big(call: &Call<'_>, index: usize) -> Result<IBig, FunctionError> {
    call.args[index]
        .as_number()
        .and_then(Number::to_integer)
        .ok_or_else(|| FunctionError::new("value must be a whole number"))
}

/// The address whose bits are those of a number, however long; `None` when they do not fit.
fn as_address(bits: &IBig, like: Address) -> Option<Address> {
    let magnitude = if *bits < IBig::ZERO { -bits.clone() } else { bits.clone() };
    let value = u128::try_from(magnitude).ok()?;
    (like.bits == 128 || value <= ones(32)).then(|| like.with(value))
}

fn cidrhost(call: &Call<'_>) -> Result<Value, FunctionError> {
    let given = big(call, 1)?;
    let network = network(call)?;
    let most = IBig::from(ones(network.host_bits()));
    let number = if given < IBig::ZERO { &most + &given + IBig::ONE } else { given };
    if number < IBig::ZERO || number > most {
        return Err(FunctionError::new(format!(
            "prefix of {} does not accommodate a host numbered {number}",
            network.prefix
        )));
    }
    let mut host = u128::try_from(number).unwrap_or_default();
    if network.first.bits == 128 && network.first.is_v4() {
        // Terraform takes such a network for one of 32 bits, and the number lands at the front.
        host <<= 96;
    }
    Ok(string(network.first.with(network.first.value | host).to_string()))
}

fn cidrnetmask(call: &Call<'_>) -> Result<Value, FunctionError> {
    let network = network(call)?;
    if !network.first.is_v4() {
        return Err(FunctionError::new(format!("IPv6 addresses cannot have a netmask: {}", call.text(0))));
    }
    let mask = network.first.with(ones(network.first.bits) & !ones(network.host_bits()));
    Ok(string(mask.to_string()))
}

fn cidrsubnet(call: &Call<'_>) -> Result<Value, FunctionError> {
    let new_bits = call.whole(1)?;
    let number = big(call, 2)?;
    let network = network(call)?;
    let bits = network.first.bits;
    let prefix = i64::from(network.prefix).saturating_add(new_bits);
    if prefix > i64::from(bits) {
        return Err(FunctionError::new(format!(
            "insufficient address space to extend prefix of {} by {new_bits}",
            network.prefix
        )));
    }
    let Ok(prefix) = u32::try_from(prefix) else {
        // What Go writes for a network without a mask.
        return Ok(string("<nil>"));
    };
    let most = if (0..64).contains(&new_bits) { (1u64 << new_bits) - 1 } else { u64::MAX };
    let magnitude = if number < IBig::ZERO { -number.clone() } else { number.clone() };
    let low = u64::try_from(magnitude & IBig::from(u64::MAX)).unwrap_or(u64::MAX);
    let refused = || {
        FunctionError::new(format!("prefix extension of {new_bits} does not accommodate a subnet numbered {number}"))
    };
    if low > most {
        return Err(refused());
    }
    // A negative number sets all bits in front of it, and what counts of the result is its magnitude: terraform's way.
    let joined = IBig::from(network.first.value) | (number.clone() << (bits - prefix) as usize);
    let first = as_address(&joined, network.first).ok_or_else(refused)?;
    Ok(string(Network { first, prefix }.to_string()))
}

fn cidrsubnets(call: &Call<'_>) -> Result<Value, FunctionError> {
    let text = call.text(0);
    let network = Network::parse(text)
        .ok_or_else(|| FunctionError::at(0, format!("invalid CIDR expression: invalid CIDR address: {text}")))?;
    let bits = network.first.bits;
    // The last address that is taken; before the first subnet the one in front of the network.
    let mut taken = network.first.value.checked_sub(1);
    let mut previous: Option<Network> = None;
    let mut subnets = Vec::new();
    for index in 1..call.args.len() {
        let new_bits = call.whole_at(index, "")?;
        if new_bits < 1 {
            return Err(FunctionError::at(index, "must extend prefix by at least one bit"));
        }
        if new_bits > 32 {
            return Err(FunctionError::at(index, "may not extend prefix by more than 32 bits"));
        }
        let prefix = network.prefix + new_bits as u32;
        if prefix > bits {
            let protocol = if bits == 32 { "IPv4" } else { "IPv6" };
            return Err(FunctionError::at(
                index,
                format!("would extend prefix to {prefix} bits, which is too long for an {protocol} address"),
            ));
        }
        let next = taken
            .map(|taken| Network::around(network.first.with(taken), prefix).last().value)
            .and_then(|last| last.checked_add(1))
            .filter(|start| *start <= ones(bits))
            .map(|start| Network { first: network.first.with(start), prefix })
            .filter(|next| network.contains(next.first));
        let Some(next) = next else {
            let after = previous.map_or_else(|| before(network, prefix), |previous| previous.to_string());
            return Err(FunctionError::at(
                index,
                format!("not enough remaining address space for a subnet with a prefix of {prefix} bits after {after}"),
            ));
        };
        subnets.push(next.to_string());
        taken = Some(next.last().value);
        previous = Some(next);
    }
    Ok(strings(subnets))
}

/// The subnet in front of a network, which wraps round at zero: what terraform names when there is no room at all.
fn before(network: Network, prefix: u32) -> String {
    let value = network.first.value.wrapping_sub(1) & ones(network.first.bits);
    Network::around(network.first.with(value), prefix).to_string()
}

fn cidrcontains(call: &Call<'_>) -> Result<Value, FunctionError> {
    let (prefix, given) = (call.text(0), call.text(1));
    let network =
        Network::parse(prefix).ok_or_else(|| FunctionError::new(format!("invalid CIDR address: {prefix}")))?;
    let (first, last) = match (Address::parse(given), Network::parse(given)) {
        (Some(address), _) => (address, address),
        (None, Some(inner)) => (inner.first, inner.last()),
        (None, None) => return Err(FunctionError::new(format!("invalid IP address or prefix: {given}"))),
    };
    if first.is_v4() != network.first.is_v4() {
        return Err(FunctionError::new(format!("address family mismatch: {prefix} vs. {given}")));
    }
    Ok(Value::bool(network.contains(first) && network.contains(last)))
}
