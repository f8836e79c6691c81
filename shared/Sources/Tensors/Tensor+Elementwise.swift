// Tensor+Elementwise.swift - operations that treat each element alone.
//
// Every one is a line: the function, and its derivative in terms of the input x and the result y. `unary` and
// `binary` do the rest: the chain rule says that dx += dy · derivative.

import Foundation

extension Tensor {
    /// y = f(x), dx += dy · derivative(x, y); same shape.
    @inline(__always)
    func unary(_ f: (Vector) -> Vector, derivative: @escaping (_ x: Vector, _ y: Vector) -> Vector) -> Tensor {
        let result = Tensor(uninitialized: shape)
        let x = pointer, y = result.pointer
        forEachVector(count) { y.setVector($0, f(x.vector($0))) }
        return result.recorded(from: [self]) { [self] result in
            let x = pointer, y = result.pointer, dy = result.gradientPointer
            accumulate(vectors: { dy.vector($0) * derivative(x.vector($0), y.vector($0)) })
        }
    }

    public static prefix func - (x: Tensor) -> Tensor { x * -1 }
    public static func + (x: Tensor, c: Float) -> Tensor { x.unary({ $0 + c }, derivative: { _, _ in Vector(repeating: 1) }) }
    public static func * (x: Tensor, c: Float) -> Tensor { x.unary({ $0 * c }, derivative: { _, _ in Vector(repeating: c) }) }
    public static func - (x: Tensor, c: Float) -> Tensor { x + -c }
    public static func / (x: Tensor, c: Float) -> Tensor { x * (1 / c) }
    public static func + (c: Float, x: Tensor) -> Tensor { x + c }
    public static func * (c: Float, x: Tensor) -> Tensor { x * c }
    public static func - (c: Float, x: Tensor) -> Tensor { -x + c }
    public static func / (c: Float, x: Tensor) -> Tensor { x.unary({ c / $0 }, derivative: { x, y in -y / x }) }

    public func exp() -> Tensor { unary({ Vector.exp($0) }, derivative: { _, y in y }) }
    public func log() -> Tensor { unary({ $0.eachElement(logf) }, derivative: { x, _ in 1 / x }) }
    public func squareRoot() -> Tensor { unary({ $0.squareRoot() }, derivative: { _, y in 0.5 / y }) }
    public func squared() -> Tensor { unary({ $0 * $0 }, derivative: { x, _ in 2 * x }) }
    /// |x|, with derivative 0 at 0.
    public func absolute() -> Tensor {
        unary({ $0.replacing(with: -$0, where: $0 .< 0) }, derivative: { x, _ in
            Vector.zero.replacing(with: 1, where: x .> 0).replacing(with: -1, where: x .< 0)
        })
    }
    public func tanh() -> Tensor { unary({ Vector.tanh($0) }, derivative: { _, y in 1 - y * y }) }
    public func sigmoid() -> Tensor { unary({ Vector.sigmoid($0) }, derivative: { _, y in y * (1 - y) }) }
    public func relu() -> Tensor {
        unary({ $0.replacing(with: 0, where: $0 .< 0) }, derivative: { x, _ in Vector.zero.replacing(with: 1, where: x .> 0) })
    }
    /// x·sigmoid(x), also called swish (arXiv 1702.03118).
    public func silu() -> Tensor {
        unary({ $0 * Vector.sigmoid($0) }, derivative: { x, y in
            let s = Vector.sigmoid(x)
            return s + y * (1 - s)
        })
    }
    /// x·Φ(x), Φ the normal distribution function (arXiv 1606.08415); exact, as PyTorch's default.
    public func gelu() -> Tensor {
        unary({ 0.5 * $0 * (1 + Vector.erf($0 * 0.707_106_781)) }, derivative: { x, _ in
            0.5 * (1 + Vector.erf(x * 0.707_106_781)) + x * 0.398_942_280 * Vector.exp(-0.5 * x * x)
        })
    }
    /// Limits to `low ... high`; no gradient flows where the limit holds.
    public func clamped(_ low: Float, _ high: Float) -> Tensor {
        unary({ $0.replacing(with: low, where: $0 .< low).replacing(with: high, where: $0 .> high) }, derivative: { x, y in
            Vector.zero.replacing(with: 1, where: x .== y)
        })
    }

    /// Rounds to the nearest integer; the gradient passes as if nothing had happened: the straight-through
    /// estimator (arXiv 1308.3432). Adding 1.5·2²³ pushes the fraction out of a Float's 24 bits.
    public func roundedStraightThrough() -> Tensor {
        unary({ ($0 + 12_582_912) - 12_582_912 }, derivative: { _, _ in Vector(repeating: 1) })
    }

    /// The same numbers, cut off from the graph: no gradient flows back through here.
    public func stopGradient() -> Tensor { Tensor(buffer: buffer, shape: shape) }
}

// Two tensors. Shapes may differ as far as broadcasting goes (Tensor+Broadcast.swift).
extension Tensor {
    /// y = f(a, b); da += dy · byA(a, b, y), db += dy · byB(a, b, y).
    @inline(__always)
    private static func binary(
        _ a: Tensor, _ b: Tensor, _ f: (Vector, Vector) -> Vector,
        byA: @escaping (Vector, Vector, Vector) -> Vector, byB: @escaping (Vector, Vector, Vector) -> Vector
    ) -> Tensor {
        let shape = broadcastShape(a.shape, b.shape)
        let a = a.expanded(to: shape), b = b.expanded(to: shape)
        let result = Tensor(uninitialized: shape)
        let pa = a.pointer, pb = b.pointer, y = result.pointer
        forEachVector(result.count) { y.setVector($0, f(pa.vector($0), pb.vector($0))) }
        return result.recorded(from: [a, b]) { result in
            let pa = a.pointer, pb = b.pointer, y = result.pointer, dy = result.gradientPointer
            a.accumulate(vectors: { dy.vector($0) * byA(pa.vector($0), pb.vector($0), y.vector($0)) })
            b.accumulate(vectors: { dy.vector($0) * byB(pa.vector($0), pb.vector($0), y.vector($0)) })
        }
    }

    public static func + (a: Tensor, b: Tensor) -> Tensor {
        binary(a, b, { $0 + $1 }, byA: { _, _, _ in Vector(repeating: 1) }, byB: { _, _, _ in Vector(repeating: 1) })
    }
    public static func - (a: Tensor, b: Tensor) -> Tensor {
        binary(a, b, { $0 - $1 }, byA: { _, _, _ in Vector(repeating: 1) }, byB: { _, _, _ in Vector(repeating: -1) })
    }
    public static func * (a: Tensor, b: Tensor) -> Tensor {
        binary(a, b, { $0 * $1 }, byA: { _, b, _ in b }, byB: { a, _, _ in a })
    }
    public static func / (a: Tensor, b: Tensor) -> Tensor {
        binary(a, b, { $0 / $1 }, byA: { _, b, _ in 1 / b }, byB: { _, b, y in -y / b })
    }

    /// silu(gate) · up in one pass: the middle of SwiGLU (arXiv 2002.05202, equation 6). Two passes over memory saved
    /// forward, and no copy of silu(gate) kept for backward.
    public static func swiGLU(gate: Tensor, up: Tensor) -> Tensor {
        precondition(gate.shape == up.shape, "gate \(gate.shape) and up \(up.shape) have one shape")
        return binary(
            gate, up, { g, u in g * Vector.sigmoid(g) * u },
            byA: { g, u, _ in
                let s = Vector.sigmoid(g)
                return u * s * (1 + g * (1 - s))
            },
            byB: { g, _, _ in g * Vector.sigmoid(g) })
    }
}
