// Tensor+Backward.swift - how does one number at the end become a gradient for every parameter?
//
// The chain rule, from the loss backwards. Each operation recorded how to turn "how much does the loss change
// with my result" into "how much does it change with my inputs", and every tensor was made after its parents. So we
// visit the tensors from the youngest to the oldest: when one's turn comes, everything that used it has
// already added its share. (Reverse mode: Griewank & Walther, Evaluating Derivatives, chapter 3.)

extension Tensor {
    /// False inside `withoutGradients`.
    private(set) static var isRecording = true

    /// Runs `body` without remembering how its results were made: less memory, nothing to go back through.
    public static func withoutGradients<Result>(_ body: () throws -> Result) rethrows -> Result {
        let before = isRecording
        isRecording = false
        defer { isRecording = before }
        return try body()
    }

    /// Remembers that this tensor was made from `parents`. `backwardStep` is called with this tensor once its own gradient is
    /// complete and must add to the parents' gradients; it must not capture this tensor (that would be a cycle).
    func recorded(from parents: [Tensor], backwardStep: @escaping (Tensor) -> Void) -> Tensor {
        if Tensor.isRecording && parents.contains(where: { $0.requiresGradient }) {
            requiresGradient = true
            self.parents = parents
            self.backwardStep = backwardStep
        }
        return self
    }

    /// Adds d(this)/d(p) to the gradient of every parameter p that this scalar was computed from: nothing, where no parameter is in it or
    /// it was made in `withoutGradients`. The graph is
    /// taken down on the way, so that each buffer can be used again as soon as it has served.
    public func backward() {
        precondition(count == 1, "backward starts from one number, a loss; the shape is \(shape)")
        gradientBuffer = Buffer(count: 1)
        gradientBuffer!.pointer[0] = 1

        var order: [Tensor] = [], seen = Set<ObjectIdentifier>(), stack = [self]
        while let tensor = stack.popLast() {
            guard tensor.requiresGradient, seen.insert(ObjectIdentifier(tensor)).inserted else { continue }
            order.append(tensor)
            stack += tensor.parents
        }
        order.sort { $0.serial < $1.serial }

        while let tensor = order.popLast() {
            guard let step = tensor.backwardStep else { continue }  // a parameter: it keeps its gradient
            if tensor.gradientBuffer != nil { step(tensor) }
            tensor.gradientBuffer = nil
            tensor.backwardStep = Tensor.isSpent
            tensor.parents = []
        }
    }

    /// What takes the place of a step that has served. Without it, a second walk would end here in silence, and parameters
    /// miss a share.
    private static let isSpent: (Tensor) -> Void = { tensor in
        preconditionFailure(
            "backward() has been through this tensor of shape \(tensor.shape) before: add the losses up first, or compute it again")
    }

    /// What `backward()` has added up for this parameter, in its shape; nil before.
    public var gradient: Tensor? { gradientBuffer.map { Tensor(buffer: $0, shape: shape) } }

    /// Forgets the gradient, so that the next `backward()` starts from zero.
    public func clearGradient() { gradientBuffer = nil }
}

extension Tensor {
    /// A number that was computed elsewhere, as one with a place in the graph: `slope`, in this tensor's shape, is its derivative by each
    /// element, worked out by hand. For a loss whose formula is no chain of the operations here.
    public func scalar(_ value: Float, slope: Tensor) -> Tensor {
        precondition(slope.shape == shape, "the slope \(slope.shape) of a number by a tensor of shape \(shape)")
        return Tensor(value).recorded(from: [self]) { [self] result in
            let dy = result.gradientPointer[0]
            accumulate(vectors: { slope.pointer.vector($0) * dy })
        }
    }
}

// What the backward steps of the operations use.
extension Tensor {
    /// The finished gradient of this tensor, inside its backward step.
    var gradientPointer: UnsafeMutablePointer<Float> { gradientBuffer!.pointer }

    /// Calls `write(g, beta)`, which must leave `g = beta·g + share` in the gradient's memory. The first share comes with
    /// beta = 0, into memory that holds anything; so nothing is ever cleared to zero first.
    func accumulate(_ write: (_ gradient: UnsafeMutablePointer<Float>, _ beta: Float) -> Void) {
        guard requiresGradient else { return }
        let isFirst = gradientBuffer == nil
        if isFirst { gradientBuffer = Buffer(count: count) }
        write(gradientPointer, isFirst ? 0 : 1)
    }

    /// Adds `share(i)` for each whole vector `i` of 16 elements.
    @inline(__always)
    func accumulate(vectors share: (Int) -> Vector) {
        accumulate { gradient, beta in
            if beta == 0 {
                forEachVector(count) { gradient.setVector($0, share($0)) }
            } else {
                forEachVector(count) { gradient.setVector($0, gradient.vector($0) + share($0)) }
            }
        }
    }

    /// Adds the whole gradient of `result`. The first share moves over without a copy: call this last in a backward step,
    /// and for one parent only, since afterwards the two are the same memory.
    func adoptGradient(of result: Tensor) {
        guard requiresGradient else { return }
        if gradientBuffer == nil {
            gradientBuffer = result.gradientBuffer
        } else {
            let dy = result.gradientPointer
            accumulate(vectors: { dy.vector($0) })
        }
    }
}
