//! Addresses of modules and resources, as terraform writes them: `module.site["blog"].local_file.vhost[0]`.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

/// The key of one instance of something with `count` or `for_each`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InstanceKey {
    /// `count`'s index.
    Int(i64),
    /// `for_each`'s key.
    String(Arc<str>),
}

impl fmt::Display for InstanceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            InstanceKey::Int(index) => write!(f, "[{index}]"),
            InstanceKey::String(key) => {
                f.write_str("[\"")?;
                let mut rest = key.chars().peekable();
                while let Some(c) = rest.next() {
                    match c {
                        '"' => f.write_str("\\\"")?,
                        '\\' => f.write_str("\\\\")?,
                        '\n' => f.write_str("\\n")?,
                        '\r' => f.write_str("\\r")?,
                        '\t' => f.write_str("\\t")?,
                        '$' | '%' if rest.peek() == Some(&'{') => write!(f, "{c}{c}")?,
                        c => write!(f, "{c}")?,
                    }
                }
                f.write_str("\"]")
            }
        }
    }
}

/// One step into a child module.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModuleStep {
    /// The module call's name.
    pub name: Arc<str>,
    /// Which instance of it; `None` when the call has neither `count` nor `for_each`, or for the whole call.
    pub key: Option<InstanceKey>,
}

/// A module instance; empty for the root module. The order is terraform's: whatever is nested less stands first.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct ModuleAddress(pub Vec<ModuleStep>);

impl Ord for ModuleAddress {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.len().cmp(&other.0.len()).then_with(|| self.0.cmp(&other.0))
    }
}

impl PartialOrd for ModuleAddress {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl ModuleAddress {
    /// The root module.
    pub fn root() -> Self {
        ModuleAddress(Vec::new())
    }

    /// Whether this is the root module.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The address of an instance of a call in this module.
    #[must_use]
    pub fn child(&self, name: &Arc<str>, key: Option<InstanceKey>) -> Self {
        let mut steps = self.0.clone();
        steps.push(ModuleStep { name: name.clone(), key });
        ModuleAddress(steps)
    }

    /// The module that holds this one; `None` for the root.
    pub fn parent(&self) -> Option<Self> {
        let (_, rest) = self.0.split_last()?;
        Some(ModuleAddress(rest.to_vec()))
    }

    /// The same without instance keys: the module in the configuration.
    #[must_use]
    pub fn without_keys(&self) -> Self {
        ModuleAddress(self.0.iter().map(|step| ModuleStep { name: step.name.clone(), key: None }).collect())
    }
}

impl fmt::Display for ModuleAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, step) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(".")?;
            }
            write!(f, "module.{}", step.name)?;
            if let Some(key) = &step.key {
                write!(f, "{key}")?;
            }
        }
        Ok(())
    }
}

/// Managed resources, data sources and ephemeral resources.
///
/// Their order is terraform's: data sources stand before managed resources.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ResourceMode {
    /// A `data` block.
    Data,
    /// A `resource` block.
    Managed,
    /// An `ephemeral` block.
    Ephemeral,
}

impl ResourceMode {
    /// The word in state and plan JSON.
    pub fn word(self) -> &'static str {
        match self {
            ResourceMode::Managed => "managed",
            ResourceMode::Data => "data",
            ResourceMode::Ephemeral => "ephemeral",
        }
    }
}

/// A resource block in a module instance, all its instances together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceAddress {
    /// The module instance that holds it.
    pub module: ModuleAddress,
    /// Which kind of block.
    pub mode: ResourceMode,
    /// The type: `local_file`.
    pub type_name: Arc<str>,
    /// The name: `vhost`.
    pub name: Arc<str>,
}

impl ResourceAddress {
    /// One of its instances.
    pub fn instance(&self, key: Option<InstanceKey>) -> ResourceInstanceAddress {
        ResourceInstanceAddress { resource: self.clone(), key }
    }

    /// The same in the configuration: without module instance keys.
    #[must_use]
    pub fn without_keys(&self) -> Self {
        ResourceAddress { module: self.module.without_keys(), ..self.clone() }
    }
}

impl fmt::Display for ResourceAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.module.is_root() {
            write!(f, "{}.", self.module)?;
        }
        match self.mode {
            ResourceMode::Managed => {}
            ResourceMode::Data => f.write_str("data.")?,
            ResourceMode::Ephemeral => f.write_str("ephemeral.")?,
        }
        write!(f, "{}.{}", self.type_name, self.name)
    }
}

/// One instance of a resource.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceInstanceAddress {
    /// The resource.
    pub resource: ResourceAddress,
    /// Its key, when the block has `count` or `for_each`.
    pub key: Option<InstanceKey>,
}

impl fmt::Display for ResourceInstanceAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.resource)?;
        match &self.key {
            Some(key) => write!(f, "{key}"),
            None => Ok(()),
        }
    }
}

/// Why a text is no address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a resource address: {problem}")]
pub struct AddressError {
    text: String,
    problem: &'static str,
}

impl ResourceInstanceAddress {
    /// Reads what [`fmt::Display`] writes.
    ///
    /// # Errors
    /// When the text is not `[module.NAME[KEY].]*[data.]TYPE.NAME[KEY]`.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let fault = |problem| AddressError { text: text.to_owned(), problem };
        let steps = parse_steps(text).map_err(fault)?;
        let mut steps = steps.into_iter().peekable();
        let mut module = ModuleAddress::root();
        while steps.peek().is_some_and(|(name, _)| name == "module") {
            steps.next();
            let (name, key) = steps.next().ok_or_else(|| fault("`module` wants a name"))?;
            module.0.push(ModuleStep { name: name.into(), key });
        }
        let mut mode = ResourceMode::Managed;
        if let Some((word, _)) = steps.peek() {
            mode = match word.as_str() {
                "data" => ResourceMode::Data,
                "ephemeral" => ResourceMode::Ephemeral,
                _ => ResourceMode::Managed,
            };
            if mode != ResourceMode::Managed {
                steps.next();
            }
        }
        match (steps.next(), steps.next(), steps.next()) {
            (Some((type_name, None)), Some((name, key)), None) => Ok(ResourceInstanceAddress {
                resource: ResourceAddress { module, mode, type_name: type_name.into(), name: name.into() },
                key,
            }),
            _ => Err(fault("it wants a type and a name")),
        }
    }
}

impl ModuleAddress {
    /// Reads what [`fmt::Display`] writes; the empty text is the root module.
    ///
    /// # Errors
    /// When the text is not a run of `module.NAME[KEY]`.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let fault = |problem| AddressError { text: text.to_owned(), problem };
        let mut module = ModuleAddress::root();
        if text.is_empty() {
            return Ok(module);
        }
        let mut steps = parse_steps(text).map_err(fault)?.into_iter();
        while let Some((word, key)) = steps.next() {
            match (word.as_str(), key, steps.next()) {
                ("module", None, Some((name, key))) => module.0.push(ModuleStep { name: name.into(), key }),
                _ => return Err(fault("a module address is a run of `module.NAME`")),
            }
        }
        Ok(module)
    }
}

/// Cuts `a.b["k"].c[0]` into names with their optional keys.
fn parse_steps(text: &str) -> Result<Vec<(String, Option<InstanceKey>)>, &'static str> {
    let mut steps = Vec::new();
    let mut rest = text;
    loop {
        let end = rest.find(['.', '[']).unwrap_or(rest.len());
        let name = &rest[..end];
        if name.is_empty() || !name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-') {
            return Err("a name is missing or holds a character that names cannot have");
        }
        rest = &rest[end..];
        let mut key = None;
        if let Some(inner) = rest.strip_prefix('[') {
            let (parsed, after) = parse_key(inner)?;
            key = Some(parsed);
            rest = after;
        }
        steps.push((name.to_owned(), key));
        match rest.strip_prefix('.') {
            Some(after) => rest = after,
            None if rest.is_empty() => return Ok(steps),
            None => return Err("something follows a key without a dot"),
        }
    }
}

fn parse_key(inner: &str) -> Result<(InstanceKey, &str), &'static str> {
    if let Some(quoted) = inner.strip_prefix('"') {
        let mut key = String::new();
        let mut chars = quoted.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            match c {
                '"' => {
                    let after = quoted[at + 1..].strip_prefix(']').ok_or("a key wants a closing bracket")?;
                    return Ok((InstanceKey::String(key.into()), after));
                }
                '\\' => match chars.next() {
                    Some((_, 'n')) => key.push('\n'),
                    Some((_, 'r')) => key.push('\r'),
                    Some((_, 't')) => key.push('\t'),
                    Some((_, other)) => key.push(other),
                    None => return Err("a key ends in a backslash"),
                },
                '$' | '%' if quoted[at + 1..].starts_with(c) && quoted[at + 2..].starts_with('{') => {
                    chars.next();
                    key.push(c);
                }
                c => key.push(c),
            }
        }
        return Err("a quoted key has no end");
    }
    let end = inner.find(']').ok_or("a key wants a closing bracket")?;
    let index = inner[..end].parse().map_err(|_| "a key is a whole number or a quoted string")?;
    Ok((InstanceKey::Int(index), &inner[end + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_stand_in_terraforms_order() {
        let mut texts =
            ["module.a.module.b.x.y", "module.z.x.y", "b.a", "data.z.z", "b.a[1]", "b.a[\"k\"]", "b.a[10]", "b.a[2]"];
        texts.sort_by_key(|text| ResourceInstanceAddress::parse(text).unwrap());
        assert_eq!(
            texts,
            ["data.z.z", "b.a", "b.a[1]", "b.a[2]", "b.a[10]", "b.a[\"k\"]", "module.z.x.y", "module.a.module.b.x.y"]
        );
    }

    #[test]
    fn addresses_survive_their_own_text() {
        for text in [
            "local_file.vhost",
            "data.http.front[0]",
            r#"module.site["blog"].module.x[3].local_file.vhost["a\"b"]"#,
            r#"a.b["$${x}"]"#,
        ] {
            assert_eq!(ResourceInstanceAddress::parse(text).map(|a| a.to_string()).as_deref(), Ok(text));
        }
        for text in ["", "a", "a.b.c", "module.x", "a.b[", "a.b[\"x]", "a.b[x]", "a..b"] {
            assert!(ResourceInstanceAddress::parse(text).is_err(), "{text}");
        }
        assert_eq!(
            ModuleAddress::parse("module.a.module.b[1]").map(|a| a.to_string()).as_deref(),
            Ok("module.a.module.b[1]")
        );
    }
}
