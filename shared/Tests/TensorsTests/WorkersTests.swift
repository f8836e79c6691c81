// WorkersTests.swift - does an operation give the same on one worker, two and three, and the same bits each time?
//
// Small tensors stay on one worker. These are large enough to be cut, and not into equal parts.

@testable import Tensors
import XCTest

final class WorkersTests: XCTestCase {
    private let cases: [(String, [[Int]], ([Tensor]) -> Tensor)] = [
        ("elementwise", [[7, 9973]], { ($0[0] * 0.3).tanh() + $0[0].gelu() }),
        ("broadcast", [[1031, 65], [65]], { $0[0] * $0[1] }),
        ("swiGLU", [[999, 67], [999, 67]], { Tensor.swiGLU(gate: $0[0], up: $0[1]) }),
        ("tall linear", [[2053, 65], [67, 65], [67], [2053, 67]], { $0[0].linear($0[1], bias: $0[2], residual: $0[3]) }),
        ("wide linear", [[33, 129], [2053, 129], [2053]], { $0[0].linear($0[1], bias: $0[2]) }),
        ("matmul", [[3, 301, 97], [3, 97, 251]], { $0[0].matmul($0[1]) }),
        ("rmsNorm", [[1031, 65], [65]], { $0[0].rmsNorm($0[1]) }),
        ("layerNorm", [[1031, 65], [65], [65]], { $0[0].layerNorm($0[1], $0[2]) }),
        ("softmax", [[501, 131]], { $0[0].softmax() }),
        ("crossEntropy", [[501, 131]], { $0[0].crossEntropy((0 ..< 501).map { $0 % 132 - 1 }) }),
        ("meanSquaredError", [[501, 131]], { $0[0].meanSquaredError(Tensor(repeating: 0.5, shape: [501, 131])) }),
        ("attention over time", [[3, 9, 35, 96]], { $0[0].attention(axis: 1, heads: 4, isCausal: true) }),
        ("attention over space", [[3, 3, 49, 96]], { $0[0].attention(axis: -2, heads: 2, isCausal: false) }),
        ("convolution", [[3, 40, 41, 8], [20, 72], [20]], { $0[0].convolution($0[1], bias: $0[2], padding: 1) }),
        ("convolution, stride 2", [[3, 40, 41, 8], [20, 128], [20]], { $0[0].convolution($0[1], bias: $0[2], stride: 2, padding: 1) }),
        ("groupNorm", [[3, 40, 41, 8], [3, 8], [3, 8]], { $0[0].groupNorm(2, scale: $0[1], shift: $0[2]) }),
        ("upsampled", [[3, 40, 41, 8]], { $0[0].upsampled(by: 2) }),
        ("shapes", [[37, 41, 43]], { $0[0].permuted([2, 0, 1]).sliced(axis: 1, 3 ..< 30).sum(axis: 0) }),
    ]

    private let usualCount = Workers.count
    override func tearDown() { Workers.count = usualCount }

    /// The result and all gradients of a case on `workers` workers, one list of numbers each.
    private func run(_ shapes: [[Int]], _ operation: ([Tensor]) -> Tensor, workers: Int) -> [[Float]] {
        Workers.count = workers
        let inputs = shapes.enumerated().map { random($1, -1, 1, seed: UInt64($0)).asParameter() }
        return [operation(inputs).values] + gradients(of: inputs, operation).map { $0! }
    }

    func testAnyNumberOfWorkersGivesTheSame() {
        for (name, shapes, operation) in cases {
            let one = run(shapes, operation, workers: 1)
            for count in [2, 3, 5] {
                for (i, (a, b)) in zip(run(shapes, operation, workers: count), one).enumerated() {
                    assertClose(a, b, 1e-4, "\(name), \(count) workers, \(i == 0 ? "result" : "gradient \(i - 1)")")
                }
            }
        }
    }

    func testTheSameNumberOfWorkersGivesTheSameBits() {
        for (name, shapes, operation) in cases {
            for count in [1, 2, 3] {
                let first = run(shapes, operation, workers: count)
                for _ in 0 ..< 2 {
                    XCTAssert(run(shapes, operation, workers: count) == first, "\(name) on \(count) workers differs from run to run")
                }
            }
        }
    }

    /// Cutting rows among workers covers each exactly once, in whole multiples.
    func testSplitCoversEverythingOnce() {
        for count in [1, 2, 3, 7] {
            Workers.count = count
            for (total, minimum, multiple) in [(0, 1, 1), (1, 1, 16), (5, 1, 1), (100, 16, 16), (97, 1, 16), (1000, 999, 1), (33, 1, 32)] {
                var visits = [Int](repeating: 0, count: total)
                visits.withUnsafeMutableBufferPointer { visits in
                    let base = visits.baseAddress
                    Workers.split(total, minimum: minimum, multiple: multiple) { part, range in
                        XCTAssert(part < count && range.lowerBound % multiple == 0)
                        for i in range { base![i] += 1 }
                    }
                }
                XCTAssert(visits.allSatisfy { $0 == 1 }, "\(count) workers, \(total) by \(multiple)")
            }
        }
    }

    func testProductsCountTheirWork() {
        OpenBLAS.isMeasuring = true
        defer { OpenBLAS.isMeasuring = false }
        let before = OpenBLAS.operations
        _ = random([10, 20]).linear(random([30, 20]))
        XCTAssertEqual(OpenBLAS.operations - before, 2 * 10 * 20 * 30)
    }
}
