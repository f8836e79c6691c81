// LossTests.swift - are the two losses what the papers say, and what does each make of a batch with two sentences?

import Captions
import Layers
import Randomness
@testable import RewardModel
import Tensors
import XCTest

final class LossTests: XCTestCase {
    /// Three pictures, three captions; the third is true of the first picture too.
    let logits = Tensor([2, -1, 0.5, 0, 1, -2, -0.5, 0, 3], shape: [3, 3])
    let fits = [true, false, true, false, true, false, false, false, true]

    func testSigmoidLossByHand() {
        // -log sigmoid(±x): log(1 + e^∓x). By hand, to six digits:
        //   row 1:  x=2 yes 0.126928   x=-1 no 0.313262   x=0.5 yes 0.474077
        //   row 2:  x=0 no 0.693147    x=1 yes 0.313262   x=-2 no 0.126928
        //   row 3:  x=-0.5 no 0.474077 x=0 no 0.693147    x=3 yes 0.048587
        let sum: Float = 0.126928 + 0.313262 + 0.474077 + 0.693147 + 0.313262 + 0.126928 + 0.474077 + 0.693147 + 0.048587
        XCTAssertEqual(sigmoidLoss(logits, fits: fits).item, sum / 3, accuracy: 1e-5)
    }

    func testInfoNCEByHand() {
        // log Σ e^x - x_ii.   rows: log(e² + e^-1 + e^0.5) - 2 = 0.241311,  log(1 + e + e^-2) - 1 = 0.349012,
        //       log(e^-0.5 + 1 + e³) - 3 = 0.076947
        // columns: log(e² + 1 + e^-0.5) - 2 = 0.196734,  log(e^-1 + e + 1) - 1 = 0.407606,  log(e^0.5 + e^-2 + e³) - 3 = 0.085097
        let rows: Float = (0.241311 + 0.349012 + 0.076947) / 3, columns: Float = (0.196734 + 0.407606 + 0.085097) / 3
        XCTAssertEqual(infoNCE(logits).item, (rows + columns) / 2, accuracy: 2e-5)
    }

    func testLossesFlowBack() {
        for loss in ContrastiveLoss.allCases {
            let x = Tensor(logits.values, shape: [3, 3]).asParameter()
            loss(x, fits: fits).backward()
            let slope = x.gradient!.values
            for i in 0 ..< 9 {
                func at(_ change: Float) -> Float {
                    var values = logits.values
                    values[i] += change
                    return loss(Tensor(values, shape: [3, 3]), fits: fits).item
                }
                XCTAssertEqual((at(1e-2) - at(-1e-2)) / 2e-2, slope[i], accuracy: 2e-3, "\(loss) \(i)")
            }
        }
    }

    /// Two sentences in a batch of 64, and a model that is right about all of them. InfoNCE calls it wrong 31 times out of 32.
    func testTwoSentencesInABatch() {
        let b = 64, isSame = (0 ..< b * b).map { $0 / b % 2 == $0 % b % 2 }
        let right = Tensor(isSame.map { $0 ? 20 : -20 }, shape: [b, b])
        XCTAssertEqual(infoNCE(right).item, Float(32).logarithm, accuracy: 1e-3)
        XCTAssertEqual(sigmoidLoss(right, fits: isSame).item, 0, accuracy: 1e-3)
        let (own, fitting) = retrieval(right, fits: isSame)
        XCTAssertEqual(own, 2.0 / 64)
        XCTAssertEqual(fitting, 1)
    }

    func testWhichCaptionsFit() {
        let red = Facts(hasToy: true, color: .red, shape: .ball, place: .left, distance: nil, floor: .mat),
            empty = Facts(hasToy: false, floor: .rug)
        func caption(_ claims: Facts) -> Caption { Caption(text: "", claims: claims) }
        let captions = [
            Facts(hasToy: true), Facts(hasToy: true, color: .red, place: .left), Facts(hasToy: true, distance: .near), Facts(hasToy: false),
        ].map(caption)
        XCTAssertEqual(fitting([red, empty], captions), [true, true, false, false, false, false, false, true])
    }

    func testBothLossesFallOnOneBatch() {
        for loss in ContrastiveLoss.allCases {
            let model = microModel { $0.loss = loss }, optimizer = AdamW(model.parameters), frames = noise(6)
            let captions = ["a red ball", "a blue cube on the left", "an empty floor", "a duck far away", "a green toy", "no toy"]
            let fits = (0 ..< 36).map { $0 / 6 == $0 % 6 }
            var losses: [Float] = []
            for _ in 0 ..< 60 {
                let value = loss(model.logits(frames, captions, isTraining: true), fits: fits)
                losses.append(value.item)
                value.backward()
                optimizer.step(learningRate: 1e-2)
            }
            XCTAssertLessThan(losses.last!, 0.1 * losses[0], loss.rawValue)
            XCTAssertEqual(retrieval(model.logits(frames, captions, isTraining: true), fits: fits).own, 1)
        }
    }
}

private extension Float {
    var logarithm: Float { log(self) }
}
