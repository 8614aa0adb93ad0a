//! Appends StableHLO ops to a block.

use std::cell::RefCell;
use std::collections::HashMap;

use lmx_graph::{DType, TensorType};
use melior::Context;
use melior::ir::attribute::{Attribute, DenseElementsAttribute, DenseI64ArrayAttribute};
use melior::ir::operation::OperationBuilder;
use melior::ir::r#type::{IntegerType, RankedTensorType};
use melior::ir::{Block, BlockLike, Identifier, Location, Region, RegionLike, Type, Value};

/// What building an op needs, for a module as a whole.
pub(crate) struct Cx<'c> {
    pub(crate) context: &'c Context,
    pub(crate) location: Location<'c>,
    pub(crate) batch: u64,
    float: Type<'c>,
    boolean: Type<'c>,
    parsed: RefCell<HashMap<String, Attribute<'c>>>,
}

/// An attribute with its name.
pub(crate) type Named<'c> = (Identifier<'c>, Attribute<'c>);

pub(crate) type Built<T> = Result<T, melior::Error>;

impl<'c> Cx<'c> {
    pub(crate) fn new(context: &'c Context, batch: u64) -> Cx<'c> {
        Cx {
            context,
            location: Location::unknown(context),
            batch,
            float: Type::float32(context),
            boolean: IntegerType::new(context, 1).into(),
            parsed: RefCell::default(),
        }
    }

    /// The tensor type at this batch size; `None` if its bytes cannot be counted in MLIR's 64-bit signed dimensions.
    pub(crate) fn tensor(&self, ty: &TensorType) -> Option<Type<'c>> {
        let dims = ty.shape.at(self.batch)?;
        let elements = dims.iter().try_fold(1_u64, |n, d| n.checked_mul(*d))?;
        i64::try_from(elements.checked_mul(4)?).ok()?;
        let element = match ty.dtype {
            DType::F32 => self.float,
            DType::I1 => self.boolean,
        };
        Some(RankedTensorType::new(&dims, element, None).into())
    }

    /// `tensor<f32>`
    pub(crate) fn scalar(&self) -> Type<'c> {
        RankedTensorType::new(&[], self.float, None).into()
    }

    pub(crate) fn named(&self, name: &str, value: impl Into<Attribute<'c>>) -> Named<'c> {
        (Identifier::new(self.context, name), value.into())
    }

    /// `array<i64: …>`
    pub(crate) fn list(&self, name: &str, values: &[i64]) -> Named<'c> {
        self.named(name, DenseI64ArrayAttribute::new(self.context, values))
    }

    /// An attribute in MLIR's syntax. Equal texts are parsed once.
    pub(crate) fn parsed(&self, name: &str, text: String) -> Built<Named<'c>> {
        if let Some(attribute) = self.parsed.borrow().get(&text) {
            return Ok(self.named(name, *attribute));
        }
        let attribute = Attribute::parse(self.context, &text)
            .ok_or_else(|| melior::Error::AttributeParse(text.clone()))?;
        self.parsed.borrow_mut().insert(text, attribute);
        Ok(self.named(name, attribute))
    }
}

/// One node in the making: where its op goes, and its operands.
pub(crate) struct Site<'s, 'c, 'b> {
    pub(crate) cx: &'s Cx<'c>,
    pub(crate) block: &'b Block<'c>,
    pub(crate) args: &'s [Value<'c, 'b>],
    /// The type of the node's result.
    pub(crate) ty: Type<'c>,
}

impl<'c, 'b> Site<'_, 'c, 'b> {
    /// Appends the node's op.
    pub(crate) fn op(&self, name: &str, attributes: &[Named<'c>]) -> Built<Value<'c, 'b>> {
        self.append(
            OperationBuilder::new(name, self.cx.location)
                .add_operands(self.args)
                .add_attributes(attributes),
        )
    }

    /// Appends the node's op with one operand more.
    pub(crate) fn op_with(
        &self,
        name: &str,
        more: Value<'c, 'b>,
        attributes: &[Named<'c>],
    ) -> Built<Value<'c, 'b>> {
        let operands: Vec<_> = self.args.iter().copied().chain([more]).collect();
        self.append(
            OperationBuilder::new(name, self.cx.location)
                .add_operands(&operands)
                .add_attributes(attributes),
        )
    }

    /// Appends the node's op with one operand more, and a region that combines two scalars by the op `combine`.
    pub(crate) fn op_with_region(
        &self,
        name: &str,
        more: Value<'c, 'b>,
        combine: &str,
        attributes: &[Named<'c>],
    ) -> Built<Value<'c, 'b>> {
        let operands: Vec<_> = self.args.iter().copied().chain([more]).collect();
        self.append(
            OperationBuilder::new(name, self.cx.location)
                .add_operands(&operands)
                .add_regions([self.combiner(combine)?])
                .add_attributes(attributes),
        )
    }

    /// Appends a constant: every element of the type is the value.
    pub(crate) fn splat(&self, value: f32, ty: Type<'c>) -> Built<Value<'c, 'b>> {
        let value = self.cx.named(
            "value",
            Attribute::from(DenseElementsAttribute::f32_splat(ty, value)),
        );
        let builder =
            OperationBuilder::new("stablehlo.constant", self.cx.location).add_attributes(&[value]);
        append(self.block, builder.add_results(&[ty]))
    }

    fn append(&self, builder: OperationBuilder<'c>) -> Built<Value<'c, 'b>> {
        append(self.block, builder.add_results(&[self.ty]))
    }

    fn combiner(&self, combine: &str) -> Built<Region<'c>> {
        let (scalar, location) = (self.cx.scalar(), self.cx.location);
        let block = Block::new(&[(scalar, location), (scalar, location)]);
        let operands = [block.argument(0)?.into(), block.argument(1)?.into()];
        let result = append(
            &block,
            OperationBuilder::new(combine, location)
                .add_operands(&operands)
                .add_results(&[scalar]),
        )?;
        block.append_operation(
            OperationBuilder::new("stablehlo.return", location)
                .add_operands(&[result])
                .build()?,
        );
        let region = Region::new();
        region.append_block(block);
        Ok(region)
    }
}

fn append<'c, 'b>(block: &'b Block<'c>, builder: OperationBuilder<'c>) -> Built<Value<'c, 'b>> {
    Ok(block.append_operation(builder.build()?).result(0)?.into())
}
