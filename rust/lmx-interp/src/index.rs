//! Row-major indices.

use lmx_graph::Shape;

/// The dimensions at a batch size, if this machine can address as many elements.
pub(crate) fn dims(shape: &Shape, batch: u64) -> Option<Vec<usize>> {
    let dims = shape.at(batch)?;
    let dims: Option<Vec<usize>> = dims.into_iter().map(|d| usize::try_from(d).ok()).collect();
    let dims = dims?;
    let count = dims.iter().try_fold(1usize, |n, d| n.checked_mul(*d))?;
    (count <= isize::MAX as usize / size_of::<f64>()).then_some(dims)
}

/// The number of elements.
pub(crate) fn count(dims: &[usize]) -> usize {
    dims.iter().product()
}

/// For each dimension the distance between neighbours along it.
pub(crate) fn strides(dims: &[usize]) -> Vec<usize> {
    let mut strides = vec![0; dims.len()];
    let mut step = 1;
    for (stride, d) in strides.iter_mut().zip(dims).rev() {
        *stride = step;
        step *= d;
    }
    strides
}

/// The place of an index, each of its entries weighted by a stride.
pub(crate) fn place(index: &[usize], strides: &[usize]) -> usize {
    index.iter().zip(strides).map(|(i, s)| i * s).sum()
}

/// Calls `each` with every index below `dims`, in row-major order.
pub(crate) fn for_each_index(dims: &[usize], mut each: impl FnMut(&[usize])) {
    if dims.contains(&0) {
        return;
    }
    let mut index = vec![0; dims.len()];
    loop {
        each(&index);
        let next = index.iter_mut().zip(dims).rev().find_map(|(i, d)| {
            *i += 1;
            if *i < *d {
                return Some(());
            }
            *i = 0;
            None
        });
        if next.is_none() {
            return;
        }
    }
}
