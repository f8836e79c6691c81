// GradientCheck.swift - is a gradient the slope that it claims to be?
//
// Move one input number a little up and a little down, look how much the loss changed, divide: that is the slope, found
// without any calculus. Every backward step of this package is held to it.

import Randomness
@testable import Tensors
import XCTest

/// Fixed random numbers, so that a test that fails today fails tomorrow.
func random(_ shape: [Int], _ low: Float = -2, _ high: Float = 2, seed: UInt64 = 7) -> Tensor {
    var generator = SeededGenerator(seed: seed &+ UInt64(shape.reduce(17) { $0 * 31 + $1 }))
    return Tensor.uniform(shape, low, high, using: &generator)
}

/// A constant of the same shape, to weigh a result's numbers: a plain sum could hide errors that cancel.
func weights(for shape: [Int]) -> Tensor { random(shape, -1, 1, seed: 99) }

/// Leaves NaN in memory that the next tensors will be made from: what reads before it writes is then caught.
func poisonReleasedMemory(upTo count: Int = 1024) {
    var buffers: [Buffer] = []
    for size in stride(from: 16, through: count, by: 16) {
        for _ in 0 ..< 6 {
            buffers.append(Buffer(count: size))
            buffers.last!.pointer.update(repeating: .nan, count: size)
        }
    }
}

/// The gradients of Σ weights · operation(inputs) with respect to those inputs that are parameters, after `passes` backward passes.
func gradients(of inputs: [Tensor], passes: Int = 1, _ operation: ([Tensor]) -> Tensor) -> [[Float]?] {
    inputs.forEach { $0.clearGradient() }
    for _ in 0 ..< passes {
        let result = operation(inputs)
        (result * weights(for: result.shape)).sum().backward()
    }
    return inputs.map { $0.gradient?.values }
}

/// Checks every number of every input's gradient of `operation` against central differences; that two backward passes add up;
/// and that an input's gradient does not depend on whether the others want one.
func checkGradients(
    _ name: String, _ shapes: [[Int]], from low: Float = -2, to high: Float = 2, tolerance: Float = 2e-3,
    file: StaticString = #filePath, line: UInt = #line, _ operation: ([Tensor]) -> Tensor
) {
    func inputs(parameters: (Int) -> Bool) -> [Tensor] {
        shapes.enumerated().map { i, shape in
            let tensor = random(shape, low, high, seed: UInt64(i))
            return parameters(i) ? tensor.asParameter() : tensor
        }
    }
    let all = inputs { _ in true }
    poisonReleasedMemory()
    let analytic = gradients(of: all, operation)
    poisonReleasedMemory()
    let twice = gradients(of: all, passes: 2, operation)

    for (i, input) in all.enumerated() {
        guard let gradient = analytic[i], let doubled = twice[i] else {
            XCTFail("\(name): input \(i) has no gradient", file: file, line: line)
            continue
        }
        let slopes = numericalGradient(of: input) { operation(all) }
        assertClose(gradient, slopes, tolerance, "\(name): gradient of input \(i), \(input.shape)", file: file, line: line)
        assertClose(doubled, gradient.map { 2 * $0 }, 1e-5, "\(name): two passes, input \(i)", file: file, line: line)

        let alone = gradients(of: inputs { $0 == i }, operation)
        XCTAssertEqual(alone[i] ?? [], gradient, "\(name): input \(i) as the only parameter", file: file, line: line)
        XCTAssert(alone.enumerated().allSatisfy { $0 == i || $1 == nil }, "\(name): a constant got a gradient", file: file, line: line)
    }
}

/// (f(x + h) - f(x - h)) / 2h for each number of `input`.
private func numericalGradient(of input: Tensor, _ operation: () -> Tensor) -> [Float] {
    func loss() -> Double {
        let result = Tensor.withoutGradients(operation), w = weights(for: result.shape)
        return (0 ..< result.count).reduce(0) { $0 + Double(result.pointer[$1]) * Double(w.pointer[$1]) }
    }
    return (0 ..< input.count).map { i in
        let x = input.pointer[i], (up, down) = (x + 0.01, x - 0.01)
        input.pointer[i] = up
        let above = loss()
        input.pointer[i] = down
        let below = loss()
        input.pointer[i] = x
        return Float((above - below) / Double(up - down))
    }
}

/// |a - b| ≤ tolerance · max(1, |b|) everywhere; reports the worst place.
func assertClose(
    _ a: [Float], _ b: [Float], _ tolerance: Float, _ message: String = "", file: StaticString = #filePath, line: UInt = #line
) {
    guard a.count == b.count else { return XCTFail("\(message): \(a.count) numbers, expected \(b.count)", file: file, line: line) }
    let errors = zip(a, b).map { x, y in x == y ? 0 : abs(x - y) / max(1, abs(y)) }
    guard let worst = errors.indices.first(where: { !(errors[$0] <= tolerance) }) else { return }
    let count = errors.filter { !($0 <= tolerance) }.count
    XCTFail("\(message): \(count) of \(a.count) differ, first [\(worst)]: \(a[worst]), expected \(b[worst])", file: file, line: line)
}
