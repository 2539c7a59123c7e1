//! x
use crate::engine::VariableInput;
use crate::model::report::*;
use crate::model::stack::Stack;
use crate::runtime::world::World;
use crate::sys::processes::CancelLevel;
/// x
pub struct ToolPlanAsk {
    /// x
    pub fidelity: Fidelity,
    /// x
    pub variables: Vec<VariableInput>,
    /// x
    pub destroy: bool,
}
impl Default for ToolPlanAsk {
    fn default() -> Self {
        ToolPlanAsk { fidelity: Fidelity::Planned, variables: vec![], destroy: false }
    }
}
/// x
pub fn tool_plan(
    _: &World,
    _: &Stack,
    _: &ToolPlanAsk,
    _: &mut dyn FnMut(&str),
    _: &dyn Fn() -> CancelLevel,
) -> Result<PlanReport, ToolFault> {
    Err(ToolFault)
}
/// x
#[derive(Debug)]
pub struct ToolFault;
impl std::fmt::Display for ToolFault {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        Ok(())
    }
}
impl ToolFault {
    /// x
    pub fn hint(&self) -> String {
        String::new()
    }
    /// x
    pub fn story(&self) -> Vec<String> {
        Vec::new()
    }
}
