// Tensor.swift - what is a tensor, and what does it remember of how it was made?
//
// A shape and numbers, row-major and without gaps. A tensor that was computed from others also remembers them
// (`parents`) and one closure (`backwardStep`) that turns its own gradient into additions to theirs. That is the
// whole graph: `Tensor+Backward.swift` walks it. Operations are extensions, one file a subject.

import Randomness

/// A Float32 array of any rank with reverse-mode automatic differentiation, as `torch.Tensor`.
///
/// One thread makes tensors and walks their graphs; only the loops inside an operation are shared among `Workers`.
public final class Tensor {
    /// Sizes, outermost first; `[]` is a scalar.
    public let shape: [Int]
    /// The number of elements: the product of `shape`.
    public let count: Int
    let buffer: Buffer

    /// True for a parameter and for everything that was computed from one.
    public var requiresGradient = false
    var gradientBuffer: Buffer?
    var parents: [Tensor] = []
    var backwardStep: ((Tensor) -> Void)?
    /// Counts up with every tensor made: parents always have smaller numbers than what was computed from them.
    let serial: Int
    private static var lastSerial = 0
    /// How many maps from hidden states to hidden states are stacked in this matrix: what some optimizers ask (`Muon`). 0: none; it
    /// reads or writes something else, or is no matrix.
    public var hiddenMaps = 0

    init(buffer: Buffer, shape: [Int]) {
        self.shape = shape
        self.count = shape.reduce(1, *)
        self.buffer = buffer
        Tensor.lastSerial &+= 1
        serial = Tensor.lastSerial
    }

    /// A tensor whose numbers are still to be written through `pointer`.
    public convenience init(uninitialized shape: [Int]) {
        precondition(shape.allSatisfy { $0 >= 0 }, "a shape has no negative sizes: \(shape)")
        self.init(buffer: Buffer(count: shape.reduce(1, *)), shape: shape)
    }

    /// A tensor that holds `values` in row-major order.
    public convenience init(_ values: [Float], shape: [Int]) {
        self.init(uninitialized: shape)
        precondition(values.count == count, "\(values.count) values do not fill the shape \(shape)")
        values.withUnsafeBufferPointer { if count > 0 { pointer.update(from: $0.baseAddress!, count: count) } }
    }

    /// A tensor with the same number everywhere.
    public convenience init(repeating value: Float, shape: [Int]) {
        self.init(uninitialized: shape)
        pointer.update(repeating: value, count: count)
    }

    /// A scalar, shape `[]`.
    public convenience init(_ value: Float) { self.init([value], shape: []) }

    /// Draws from a normal distribution with mean 0.
    public static func normal(_ shape: [Int], standardDeviation: Float, using generator: inout SeededGenerator) -> Tensor {
        let tensor = Tensor(uninitialized: shape)
        for i in 0 ..< tensor.count { tensor.pointer[i] = generator.normal() * standardDeviation }
        return tensor
    }

    /// Draws from the uniform distribution on `[low, high)`.
    public static func uniform(_ shape: [Int], _ low: Float, _ high: Float, using generator: inout SeededGenerator) -> Tensor {
        let tensor = Tensor(uninitialized: shape)
        for i in 0 ..< tensor.count { tensor.pointer[i] = generator.uniform(low, high) }
        return tensor
    }

    /// The numbers themselves, `count` of them. Writing here is not recorded for the backward pass.
    public var pointer: UnsafeMutablePointer<Float> { buffer.pointer }

    /// A copy of the numbers in row-major order.
    public var values: [Float] { Array(UnsafeBufferPointer(start: pointer, count: count)) }

    /// The number of a tensor with one element.
    public var item: Float {
        precondition(count == 1, "item needs a tensor with one element; the shape is \(shape)")
        return pointer[0]
    }

    /// The size of dimension `axis`; negative axes count from the end, as in PyTorch.
    public func size(_ axis: Int) -> Int { shape[axis < 0 ? shape.count + axis : axis] }

    /// Marks a tensor as a parameter: `backward()` will fill its `gradient`.
    public func asParameter() -> Tensor {
        requiresGradient = true
        return self
    }
}

extension Tensor: CustomStringConvertible {
    public var description: String {
        let shown = values.prefix(8).map { "\($0)" }.joined(separator: ", ")
        return "Tensor\(shape)[\(shown)\(count > 8 ? ", …" : "")]"
    }
}
