//! What a plan does to an object, and why: terraform's own vocabulary.
//!
//! Source of the names: the `actions` and `action_reason` fields of terraform's plan JSON 1.2.

/// What happens to one resource instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// Nothing.
    NoOp,
    /// A new object.
    Create,
    /// A data source that is read during apply.
    Read,
    /// Changed in place.
    Update,
    /// Destroyed.
    Delete,
    /// Replaced: destroyed first, then created.
    DeleteThenCreate,
    /// Replaced: created first, then the old one destroyed.
    CreateThenDelete,
    /// Dropped from the state; the real object stays.
    Forget,
}

impl Action {
    /// The words of the plan JSON's `actions` array.
    pub fn words(self) -> &'static [&'static str] {
        match self {
            Action::NoOp => &["no-op"],
            Action::Create => &["create"],
            Action::Read => &["read"],
            Action::Update => &["update"],
            Action::Delete => &["delete"],
            Action::DeleteThenCreate => &["delete", "create"],
            Action::CreateThenDelete => &["create", "delete"],
            Action::Forget => &["forget"],
        }
    }

    /// The action that the plan JSON's words name.
    pub fn from_words(words: &[&str]) -> Option<Action> {
        [
            Action::NoOp,
            Action::Create,
            Action::Read,
            Action::Update,
            Action::Delete,
            Action::DeleteThenCreate,
            Action::CreateThenDelete,
            Action::Forget,
        ]
        .into_iter()
        .find(|action| action.words() == words)
    }

    /// The sign that terraform prints before the address.
    pub fn sign(self) -> &'static str {
        match self {
            Action::NoOp => " ",
            Action::Create => "+",
            Action::Read => "<=",
            Action::Update => "~",
            Action::Delete => "-",
            Action::DeleteThenCreate => "-/+",
            Action::CreateThenDelete => "+/-",
            Action::Forget => ".",
        }
    }

    /// One word for a person.
    pub fn word(self) -> &'static str {
        match self {
            Action::NoOp => "no change",
            Action::Create => "create",
            Action::Read => "read",
            Action::Update => "update",
            Action::Delete => "destroy",
            Action::DeleteThenCreate | Action::CreateThenDelete => "replace",
            Action::Forget => "forget",
        }
    }

    /// Whether the old object is replaced by a new one.
    pub fn is_replace(self) -> bool {
        matches!(self, Action::DeleteThenCreate | Action::CreateThenDelete)
    }

    /// Whether a real object is destroyed.
    pub fn destroys(self) -> bool {
        self == Action::Delete || self.is_replace()
    }
}

/// Why terraform chose the action, where it says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ActionReason {
    /// The object is tainted.
    ReplaceBecauseTainted,
    /// The provider cannot change an attribute in place.
    ReplaceBecauseCannotUpdate,
    /// Asked for with `-replace`.
    ReplaceByRequest,
    /// Something named in `replace_triggered_by` changes.
    ReplaceByTriggers,
    /// The resource block is gone.
    DeleteBecauseNoResourceConfig,
    /// The instance key's kind no longer fits `count`/`for_each`.
    DeleteBecauseWrongRepetition,
    /// The index is out of `count`'s range.
    DeleteBecauseCountIndex,
    /// The key is not among `for_each`'s.
    DeleteBecauseEachKey,
    /// The module that held it is gone.
    DeleteBecauseNoModule,
    /// A `moved` target that has no instance.
    DeleteBecauseNoMoveTarget,
    /// The data source's configuration is not known yet.
    ReadBecauseConfigUnknown,
    /// Something the data source depends on has changes pending.
    ReadBecauseDependencyPending,
    /// Read again for a check.
    ReadBecauseCheckNested,
}

impl ActionReason {
    const ALL: [(ActionReason, &'static str); 13] = [
        (ActionReason::ReplaceBecauseTainted, "replace_because_tainted"),
        (ActionReason::ReplaceBecauseCannotUpdate, "replace_because_cannot_update"),
        (ActionReason::ReplaceByRequest, "replace_by_request"),
        (ActionReason::ReplaceByTriggers, "replace_by_triggers"),
        (ActionReason::DeleteBecauseNoResourceConfig, "delete_because_no_resource_config"),
        (ActionReason::DeleteBecauseWrongRepetition, "delete_because_wrong_repetition"),
        (ActionReason::DeleteBecauseCountIndex, "delete_because_count_index"),
        (ActionReason::DeleteBecauseEachKey, "delete_because_each_key"),
        (ActionReason::DeleteBecauseNoModule, "delete_because_no_module"),
        (ActionReason::DeleteBecauseNoMoveTarget, "delete_because_no_move_target"),
        (ActionReason::ReadBecauseConfigUnknown, "read_because_config_unknown"),
        (ActionReason::ReadBecauseDependencyPending, "read_because_dependency_pending"),
        (ActionReason::ReadBecauseCheckNested, "read_because_check_nested"),
    ];

    /// The word of the plan JSON's `action_reason`.
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(reason, _)| *reason == self).map_or("", |(_, word)| word)
    }

    /// The reason that a word of the plan JSON names.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == word).map(|(reason, _)| *reason)
    }
}
