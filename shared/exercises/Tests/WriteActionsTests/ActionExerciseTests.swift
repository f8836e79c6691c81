// ActionExerciseTests.swift - are the answers right? By hand, and against the house's own.

import Foundation
@testable import InverseDynamics
import InWords
import Randomness
import Tensors
import WriteActions
import XCTest

/// Fixed random numbers.
private func random(_ shape: [Int], seed: UInt64) -> Tensor {
    var generator = SeededGenerator(seed: seed)
    return Tensor.uniform(shape, -1, 1, using: &generator)
}

/// Tables of 6 codes and 4 actions.
private let tables: [[[Int]]] = (1 ... 4).map { seed in
    var generator = SeededGenerator(seed: UInt64(seed))
    return (0 ..< 6).map { _ in (0 ..< 4).map { _ in generator.integer(below: 20) } }
}

private func house(_ counts: [[Int]]) -> CodeTable {
    var table = CodeTable(codes: counts.count, actions: counts[0].count)
    for (code, row) in counts.enumerated() {
        for (action, n) in row.enumerated() { table.add(Array(repeating: code, count: n), Array(repeating: action, count: n)) }
    }
    return table
}

final class NameTheCodesTests: XCTestCase {
    func testByHand() {
        let found = namedCodes([[1, 8, 1], [9, 0, 0], [0, 3, 2]])
        expect(exactly: found.names, [1, 0, 1], "the names of codes that fell on the actions [1, 8, 1], [9, 0, 0], [0, 3, 2] times")
        expect(found.accuracy, 20.0 / 24, "their accuracy: 8 + 9 + 3 of 24")
    }

    func testACodeThatWasNeverSeen() {
        expect(exactly: namedCodes([[1, 5], [0, 0]]).names, [1, 1], "a code that was never seen gets the commonest action")
    }

    func testTheHouseSaysTheSame() {
        for counts in tables {
            let table = house(counts), found = namedCodes(counts)
            expect(exactly: found.names, table.names, "the names for \(counts)")
            expect(found.accuracy, table.accuracy(naming: table.names), "the accuracy for \(counts)")
        }
    }
}

final class MutualInformationTests: XCTestCase {
    func testByHand() {
        expect(normalizedMutualInformation([[0, 10], [10, 0]]), 1, "two codes, each on an action of its own")
        expect(normalizedMutualInformation([[5, 15], [5, 15]]), 0, "two codes that fall on the actions alike")
        expect(normalizedMutualInformation([[4, 0], [2, 2]]), 0.3437, "codes on actions [4, 0] and [2, 2] times")
    }

    func testNothingVaries() {
        expect(normalizedMutualInformation([[7, 0], [0, 0]]), 0, "one code and one action: nothing to tell")
    }

    func testTheHouseSaysTheSame() {
        for counts in tables {
            expect(normalizedMutualInformation(counts), house(counts).normalizedMutualInformation, "the table \(counts)")
        }
    }
}

final class BestMatchingTests: XCTestCase {
    func testByHand() {
        expect(exactly: bestMatching([[0, 9], [8, 1]]), [1, 0], "codes on actions [0, 9] and [8, 1]: action 0 names code 1")
        // Each action's own favorite is code 0; together 9 + 7 is more than 10 + 1.
        expect(exactly: bestMatching([[10, 9], [7, 1], [0, 0]]), [1, 0], "codes on actions [10, 9], [7, 1] and [0, 0]: both want code 0")
    }

    /// No swap of two codes, and no free code, makes it better.
    func testNothingIsBetter() {
        for counts in tables {
            let found = bestMatching(counts)
            expect(exactly: Set(found).count, 4, "how many different codes \(found) names, for 4 actions")
            guard found.count == 4, Set(found).count == 4 else { continue }
            func sum(_ codes: [Int]) -> Int { codes.enumerated().reduce(0) { $0 + counts[$1.element][$1.offset] } }
            for a in 0 ..< 4 {
                for code in counts.indices {
                    var other = found
                    if let b = found.firstIndex(of: code) { other.swapAt(a, b) } else { other[a] = code }
                    expect(sum(other) <= sum(found), "\(other) has \(sum(other)) right in \(counts), your \(found) has \(sum(found))")
                }
            }
        }
    }
}

final class AdaptiveNormTests: XCTestCase {
    private func parts(_ values: Float...) -> [Tensor] { values.map { Tensor(repeating: $0, shape: [1, 1, 2]) } }

    func testByHand() {
        // norm(3, 4) = (0.848528, 1.131371); times 1 + 1, plus 0.5; the sublayer takes ten times that; a gate of 0.1.
        let x = Tensor([3, 4], shape: [1, 1, 1, 2]), p = parts(1, 0.5, 0.1)
        let y = adaptive(x, scale: p[0], shift: p[1], gate: p[2]) { $0 * 10 }
        expect(y.values, [3 + 2 * 0.848528 + 0.5, 4 + 2 * 1.131371 + 0.5],
            "x = (3, 4), scale 1, shift ½, gate 0.1, a sublayer that takes ten times")
    }

    /// What makes AdaLN-Zero learn: a gate of 0 changes nothing, but it has a slope.
    func testAGateOfZeroCanOpen() {
        let x = random([1, 2, 3, 4], seed: 1), zero = Tensor(repeating: 0, shape: [1, 2, 4])
        let gate = Tensor(repeating: 0, shape: [1, 2, 4]).asParameter()
        let y = adaptive(x, scale: zero, shift: zero, gate: gate) { $0 * 2 }
        expect(y.values, x.values, "x, when all gates are 0")
        y.sum().backward()
        let wanted = (normalized(x) * 2).sum(axis: 2).values
        expect(gate.gradient?.values ?? [], wanted, "the gradient of gates that are 0")
    }

    /// The condition of a step meets the tokens of that step, all of them and no others.
    func testEachStepHasItsOwn() {
        let x = random([1, 2, 3, 1], seed: 2), zero = Tensor(repeating: 0, shape: [1, 2, 1])
        let gate = Tensor([1, 0], shape: [1, 2, 1])
        let y = adaptive(x, scale: zero, shift: zero, gate: gate) { _ in Tensor(repeating: 1, shape: [1, 2, 3, 1]) }
        expect((y - x).values, [1, 1, 1, 0, 0, 0], "what is added to 2 steps of 3 patches, with gates 1 and 0 and a sublayer that says 1")
    }
}

final class NamingLossTests: XCTestCase {
    func testByHand() {
        // Distances 0 and 1: logits 0 and -4. ln(1 + e^-4) = 0.018150, and 4 more for the other name.
        expect(namingLoss([[0]], centers: [[0], [1]], names: [0]), 0.018150, "z = 0, codes at 0 and 1, the name is 0")
        expect(namingLoss([[0], [0]], centers: [[0], [1]], names: [0, 1]), 2.018150, "the same z twice, with the names 0 and 1")
    }

    func testFarAway() {
        expect(namingLoss([[100]], centers: [[0], [1]], names: [0]), 796,
            "z = 100, codes at 0 and 1, the name is 0 (e^-40000 is 0: subtract the largest)")
    }

    func testTheHouseSaysTheSame() {
        var generator = SeededGenerator(seed: 3)
        let model = LatentActionModel(ActionConfiguration.tiny, using: &generator), Z = ActionConfiguration.tiny.latentDimensions
        let z = random([1, 10, Z], seed: 4), names = (0 ..< 10).map { $0 % ActionConfiguration.tiny.codes }
        var centers = model.quantizer.latents(of: Array(0 ..< ActionConfiguration.tiny.codes))
        centers = centers - centers.mean(axis: 0)
        func rows(_ t: Tensor) -> [[Float]] { (0 ..< t.count / Z).map { Array(t.values[$0 * Z ..< ($0 + 1) * Z]) } }
        expect(namingLoss(rows(z), centers: rows(centers), names: names), model.namingLoss(z, names: names).item,
            "ten random latents and the house's codes")
    }
}

final class WinnerTakesMostTests: XCTestCase {
    func testByHand() {
        // Mean 2; -error / 2: -0.5 and -1.5. Shares 1 : e^-1.
        expect(shares([1, 3], temperature: 1), [0.731059, 0.268941], "errors 1 and 3 at temperature 1")
        expect(shares([100, 300], temperature: 1), [0.731059, 0.268941], "errors 100 and 300: the same, a hundred times as large")
    }

    func testColdTheWinnerTakesAll() {
        expect(shares([1, 3, 2], temperature: 0.001), [1, 0, 0], "errors 1, 3 and 2 at temperature 0.001")
    }

    func testTheHouseSaysTheSame() {
        var generator = SeededGenerator(seed: 5)
        let maps = MotionMaps(codes: 4, side: 2, using: &generator), errors = Tensor.uniform([1, 4], 0.1, 2, using: &generator)
        let loss = zip(shares(errors.values, temperature: 0.5), errors.values).reduce(0) { $0 + $1.0 * $1.1 }
        expect(loss, maps.loss(errors, temperature: 0.5).item, "Σ share · error of four random errors at temperature ½")
    }
}

final class DeltaPsnrTests: XCTestCase {
    func testByHand() {
        let found = deltaPSNR(truth: [[0.5, 0.5]], right: [[0.51, 0.49]], random: [[0.6, 0.4]])
        expect(found, 20, "one frame, off by a hundredth (40 dB) with the right code and by a tenth (20 dB) with another")
    }

    func testTheMeanOfDifferences() {
        let truth: [[Float]] = [[0.5], [0.5]], right: [[Float]] = [[0.6], [0.501]], random: [[Float]] = [[0.6], [0.6]]
        expect(deltaPSNR(truth: truth, right: right, random: random), 20, within: 1e-3, "two frames that gain 0 and 40 dB: their mean")
    }

    func testADeafDecoder() {
        let frames = [random([6], seed: 6).values, random([6], seed: 7).values]
        expect(deltaPSNR(truth: frames.map { $0.map { $0 * 0.9 } }, right: frames, random: frames), 0,
            "a decoder that draws the same whatever the code")
    }
}
