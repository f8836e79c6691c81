// BackwardTests.swift - does the walk back through the graph count every path once, and leave nothing behind?

@testable import Tensors
import XCTest

final class BackwardTests: XCTestCase {
    private let x = Tensor([1, -2, 3], shape: [3]).asParameter()

    /// The gradient of `x` after one backward pass through `loss`.
    private func gradient(_ loss: () -> Tensor) -> [Float] {
        x.clearGradient()
        loss().backward()
        return x.gradient!.values
    }

    func testEveryUseOfATensorCounts() {
        XCTAssertEqual(gradient { (x + x).sum() }, [2, 2, 2])
        XCTAssertEqual(gradient { (x * x).sum() }, [2, -4, 6])
        XCTAssertEqual(gradient { (x + x * x + x).sum() }, [4, -2, 8])
        XCTAssertEqual(gradient {
            let y = x * 2
            return (y * y + y).sum()
        }, [10, -14, 26])  // 8x + 2
        checkGradients("the same twice in a product", [[3, 3]]) { $0[0].matmul($0[0]) }
        checkGradients("the same twice in a linear layer", [[3, 3]]) { $0[0].linear($0[0], residual: $0[0]) }
        checkGradients("the same twice in a join", [[2, 3]]) { Tensor.concatenated([$0[0], $0[0], $0[0] * 2], axis: 0) }
        checkGradients("the same as gate and up", [[2, 3]]) { Tensor.swiGLU(gate: $0[0], up: $0[0]) }
    }

    /// A reshape and a residual take over their result's gradient without a copy. What is added later must not end in two places.
    func testGradientsThatMoveOverAreNotShared() {
        checkGradients("reshaped twice", [[2, 3]]) { $0[0].reshaped([6]).exp().reshaped([3, 2]) * $0[0].reshaped([3, 2]) }
        checkGradients("reshaped, both used", [[2, 3]]) {
            let flat = $0[0].reshaped([6])
            return flat * flat + ($0[0] * $0[0]).reshaped([6])
        }
        checkGradients("residual used before and after", [[2, 4], [4, 4]]) {
            let h = $0[0].tanh()
            let y = h.linear($0[1], residual: h)
            return y.linear($0[1], residual: y) * h + y
        }
        checkGradients("one residual for two layers", [[2, 4], [4, 4]]) {
            let h = $0[0] * 1.5
            return h.linear($0[1], residual: h) * h.squared().linear($0[1], residual: h)
        }
        checkGradients("a parameter as residual, then as itself", [[2, 4], [4, 4], [2, 4]]) {
            $0[0].linear($0[1], residual: $0[2]) + $0[2] * $0[2]
        }
        checkGradients("reshape of a residual of a reshape", [[2, 6], [3, 3]]) {
            let h = $0[0].reshaped([4, 3])
            return h.linear($0[1], residual: h).reshaped([2, 6]) + $0[0]
        }
    }

    func testGradientsAddUpUntilCleared() {
        (x.reshaped([3, 1]) * 2).sum().backward()
        (x.reshaped([1, 3]) * 3).sum().backward()
        XCTAssertEqual(x.gradient!.values, [5, 5, 5])
        (x * 1).sum().backward()
        XCTAssertEqual(x.gradient!.values, [6, 6, 6])
        x.clearGradient()
        XCTAssertNil(x.gradient)
    }

    func testAParameterThatTheLossDoesNotSeeHasNoGradient() {
        let unused = Tensor([1], shape: [1]).asParameter()
        _ = gradient { (x * 2).sum() }
        XCTAssertNil(unused.gradient)
        XCTAssertEqual(gradient { x.sum() + (x * x).stopGradient().sum() }, [1, 1, 1])
    }

    func testBackwardTakesTheGraphDown() {
        let y = x * 2, loss = y.sum()
        XCTAssert(loss.requiresGradient && !loss.parents.isEmpty)
        loss.backward()
        XCTAssert(loss.parents.isEmpty && y.parents.isEmpty && y.gradientBuffer == nil)
    }

    func testWithoutGradientsRecordsNothing() throws {
        let y = Tensor.withoutGradients { (x * 2).reshaped([3, 1]).exp().sum() }
        XCTAssert(!y.requiresGradient && y.parents.isEmpty && y.backwardStep == nil)
        struct Stop: Error {}
        XCTAssertThrowsError(try Tensor.withoutGradients { throw Stop() })
        XCTAssert((x * 2).requiresGradient, "recording goes on after an error inside")
        Tensor.withoutGradients {
            Tensor.withoutGradients {}; XCTAssertFalse((x * 2).requiresGradient, "an inner scope ended the outer one")
        }
    }

    func testMemoryDoesNotGrowOverATrainingRun() {
        let w1 = random([40, 33]).asParameter(), w2 = random([33, 40]).asParameter(), norm = Tensor(repeating: 1, shape: [33]).asParameter()
        let input = random([6, 7, 33])
        var bytes: [Int] = []
        for _ in 0 ..< 50 {
            let h = input.rmsNorm(norm).linear(w1).silu().linear(w2, residual: input)
            let mixed = h.reshaped([6, 7, 33]).attention(axis: 1, heads: 1, isCausal: true)
            (mixed.meanSquaredError(random(mixed.shape)) + (h / 3).squared().mean()).backward()
            for w in [w1, w2, norm] {
                for i in 0 ..< w.count { w.pointer[i] -= 0.01 * w.gradient!.pointer[i] }
                w.clearGradient()
            }
            bytes.append(Memory.bytesAllocated)
        }
        XCTAssertEqual(Set(bytes[1...]).count, 1, "\(bytes)")
    }

    func testEmptyReturnsWhatIsNotInUse() {
        let kept = random([100])
        let before = kept.values
        Memory.empty()
        let small = Memory.bytesAllocated
        _ = random([1 << 16])
        XCTAssertEqual(Memory.bytesAllocated, small + (4 << 16))
        Memory.empty()
        XCTAssertEqual(Memory.bytesAllocated, small)
        XCTAssertEqual(kept.values, before)
    }

    /// Batches of other sizes come and go. What they leave waits for a while, and then makes room for another size.
    func testSizesThatAreOverMakeRoom() {
        Memory.empty()
        let before = Memory.bytesAllocated
        for size in 9 ... 16 { _ = Tensor(uninitialized: [size << 14]) }
        let waiting = (9 ... 16).reduce(0) { $0 + 4 * $1 << 14 }
        XCTAssertEqual(Memory.bytesAllocated - before, waiting)
        for _ in 0 ... Memory.patience { _ = Tensor(1) }
        XCTAssertGreaterThanOrEqual(Memory.bytesAllocated - before, waiting, "a size that is there takes nothing away")
        _ = Tensor(uninitialized: [1 << 20])
        XCTAssertLessThanOrEqual(Memory.bytesAllocated - before, 4 << 20 + 64)
        Memory.empty()
    }

    /// A recorded chain of twenty thousand operations is released one inside the other, and fits the stack.
    func testALongGraphCanBeThrownAway() {
        var y = x
        for _ in 0 ..< 20_000 { y = y + 1 }
        y = x
    }
}
