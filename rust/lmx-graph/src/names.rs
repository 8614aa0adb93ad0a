//! The names that the format gives to the members of its enumerations.

use crate::types::{Activation, DType, Direction, Op, Padding, ParamRole, Role};

/// An enumeration whose members have names in the format.
pub trait Named: Copy + PartialEq + 'static {
    /// What it enumerates, for messages.
    const WHAT: &'static str;
    /// Each member and its name.
    const NAMES: &'static [(Self, &'static str)];

    /// The member's name.
    fn name(self) -> &'static str {
        // Every member is listed: the test below fails otherwise.
        Self::NAMES
            .iter()
            .find(|(m, _)| *m == self)
            .map_or("", |(_, name)| name)
    }

    /// The member of a name.
    fn from_name(name: &str) -> Option<Self> {
        Self::NAMES
            .iter()
            .find(|(_, n)| *n == name)
            .map(|(m, _)| *m)
    }
}

impl Named for DType {
    const WHAT: &'static str = "dtype";
    const NAMES: &'static [(Self, &'static str)] = &[(DType::F32, "f32"), (DType::I1, "i1")];
}

impl Named for Direction {
    const WHAT: &'static str = "direction";
    const NAMES: &'static [(Self, &'static str)] = &[
        (Direction::Eq, "EQ"),
        (Direction::Ge, "GE"),
        (Direction::Gt, "GT"),
    ];
}

impl Named for Role {
    const WHAT: &'static str = "role";
    const NAMES: &'static [(Self, &'static str)] = &[
        (Role::Param, "param"),
        (Role::OptimizerState, "optimizer_state"),
        (Role::Image, "image"),
        (Role::Label, "label"),
        (Role::Hyperparameter, "hyperparameter"),
        (Role::Gradient, "gradient"),
        (Role::Logits, "logits"),
        (Role::Loss, "loss"),
        (Role::Metric, "metric"),
    ];
}

impl Named for ParamRole {
    const WHAT: &'static str = "role";
    const NAMES: &'static [(Self, &'static str)] =
        &[(ParamRole::Weight, "weight"), (ParamRole::Bias, "bias")];
}

impl Named for Padding {
    const WHAT: &'static str = "padding";
    const NAMES: &'static [(Self, &'static str)] =
        &[(Padding::Same, "same"), (Padding::Valid, "valid")];
}

impl Named for Activation {
    const WHAT: &'static str = "activation";
    const NAMES: &'static [(Self, &'static str)] = &[
        (Activation::Identity, "identity"),
        (Activation::Relu, "relu"),
    ];
}

impl Role {
    /// Whether an input may have this role.
    pub fn is_input(self) -> bool {
        use Role::{Hyperparameter, Image, Label, OptimizerState, Param};
        matches!(
            self,
            Param | OptimizerState | Image | Label | Hyperparameter
        )
    }

    /// Whether an output may have this role.
    pub fn is_output(self) -> bool {
        use Role::{Gradient, Logits, Loss, Metric, OptimizerState, Param};
        matches!(
            self,
            Param | OptimizerState | Gradient | Logits | Loss | Metric
        )
    }
}

impl Op {
    /// The op's name in the format, which is StableHLO's for all but `batch_size`, `reduce_sum` and `reduce_max`.
    pub fn name(&self) -> &'static str {
        match self {
            Op::Constant { .. } => "constant",
            Op::BatchSize => "batch_size",
            Op::Negate => "negate",
            Op::Exponential => "exponential",
            Op::Log => "log",
            Op::Sqrt => "sqrt",
            Op::Add => "add",
            Op::Subtract => "subtract",
            Op::Multiply => "multiply",
            Op::Divide => "divide",
            Op::Maximum => "maximum",
            Op::Compare { .. } => "compare",
            Op::Select => "select",
            Op::BroadcastInDim { .. } => "broadcast_in_dim",
            Op::Reshape => "reshape",
            Op::Transpose { .. } => "transpose",
            Op::Slice { .. } => "slice",
            Op::Pad { .. } => "pad",
            Op::Concatenate { .. } => "concatenate",
            Op::DotGeneral { .. } => "dot_general",
            Op::ReduceSum { .. } => "reduce_sum",
            Op::ReduceMax { .. } => "reduce_max",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_listed_once_and_read_back() {
        fn check<T: Named + std::fmt::Debug>(members: usize) {
            assert_eq!(T::NAMES.len(), members);
            for (member, name) in T::NAMES {
                assert_eq!(member.name(), *name);
                assert_eq!(T::from_name(name), Some(*member));
            }
        }
        check::<DType>(2);
        check::<Direction>(3);
        check::<Role>(9);
        check::<ParamRole>(2);
        check::<Padding>(2);
        check::<Activation>(2);
        assert!(
            Role::NAMES
                .iter()
                .all(|(r, _)| r.is_input() || r.is_output())
        );
    }
}
