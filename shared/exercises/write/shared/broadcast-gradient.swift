// broadcast-gradient - a number was used twelve times: what is its gradient?
//
// In [B,T,N,E] + [E] each number of the smaller tensor is used many times over. Backward must lead from the gradient of the result, in the
// large shape, to that of the small one. Shapes are aligned at their ends, as in NumPy. Read "How does backward walk it?" in
// shared/README.md; the house's own is `expanded` in Tensor+Broadcast.swift.

import Tensors

/// The gradient [..] of a result -> the gradient of what was broadcast to it from `shape`. `dy.sum(axis: 1)` is there for you: it keeps the
/// axis, with size 1; and `reshaped([..])`.
public func summed(_ dy: Tensor, to shape: [Int]) -> Tensor {
    // hole: return Tensor(repeating: 0, shape: shape)
    var result = dy
    let missing = dy.shape.count - shape.count
    for axis in dy.shape.indices {
        let size = axis < missing ? 1 : shape[axis - missing]
        if size == 1 && dy.shape[axis] > 1 { result = result.sum(axis: axis) }
    }
    return result.reshaped(shape)
    // end of hole
}

// hint 1: A number that was used n times gets n gradients. What does `backward` do with several gradients of one number?
// hint 2: Sum over every axis that was broadcast: those that `shape` does not have (they come first), and those where it has size
//         1.
// hint 3: missing = dy.shape.count - shape.count. For each axis of dy: where axis < missing, or shape[axis - missing] is 1 and dy's
//         size is not, result = result.sum(axis: axis). At the end, result.reshaped(shape).
