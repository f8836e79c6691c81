// LatentPredictionTests.swift - the transition is PyTorch's, sees no future, heeds its action, and dreams as its door promises.

import CommandTesting
import Foundation
import FrameCoding
import GoldenTesting
import JointEmbedding
@testable import LatentPrediction
import Layers
import Randomness
import Tensors
import WorldModels
import XCTest

final class LatentPredictionTests: XCTestCase {
    private func configuration(
        _ recipe: LatentPredictionConfiguration.Recipe = .dinoWM, places: Int = 4, width: Int = 6
    ) -> LatentPredictionConfiguration {
        var c = LatentPredictionConfiguration()
        (c.imageSize, c.places, c.width, c.recipe) = (16, places, width, recipe)
        (c.embeddingDimensions, c.heads, c.hiddenDimensions, c.blocks) = (32, 2, 24, 1)
        (c.decoderDimensions, c.decoderBlocks) = (16, 1)
        return c
    }

    private func model(_ c: LatentPredictionConfiguration, seed: UInt64 = 1) -> LatentModel {
        var generator = SeededGenerator(seed: seed)
        return LatentModel(c, using: &generator)
    }

    private func noise(_ shape: [Int], seed: UInt64 = 3) -> Tensor {
        var generator = SeededGenerator(seed: seed)
        return Tensor.normal(shape, standardDeviation: 1, using: &generator)
    }

    func testTransitionAgainstPyTorch() throws {
        for recipe in [LatentPredictionConfiguration.Recipe.dinoWM, .vjepa] {
            let golden = try Golden(recipe.rawValue, in: .module), transition = model(configuration(recipe)).transition
            try golden.fill(transition)
            let z = try golden.tensor("z"), actions = try golden.integers("actions")
            let led = (0 ..< 2).flatMap { b in (0 ..< 3).map { actions[b * 4 + $0] } }
            assertEqual(transition(z.sliced(axis: 1, 0 ..< 3), led), try golden.tensor("guess"), within: 1e-4, "\(recipe): prediction")
            let (total, oneStep) = transition.loss(z, actions)
            assertEqual(oneStep, try golden.tensor("squared"), within: 1e-4, "squared error")
            assertEqual(total, try golden.tensor("loss"), within: 1e-4, "loss")
            total.backward()
            let tensors = Dictionary(uniqueKeysWithValues: transition.tensors.map { ($0.name, $0.tensor) })
            assertEqual(
                tensors["blocks.0.attention.qkv.weight"]!.gradient, try golden.tensor("gradient.qkv"), within: 1e-3, "gradient of qkv")
            assertEqual(tensors["action.weight"]!.gradient, try golden.tensor("gradient.action"), within: 1e-3, "gradient of the actions")
        }
    }

    /// Change a frame, or the action after it: what was foretold of earlier ones stays bit for bit. Without the mask it does not.
    func testNoFutureLeaks() {
        for recipe in LatentPredictionConfiguration.Recipe.allCases {
            for isCausal in [true, false] {
                var c = configuration(recipe)
                c.isCausal = isCausal
                let transition = model(c).transition, z = noise([1, 3, 4, 6]), before = transition(z, [1, 2, 3])
                let other = Tensor.concatenated([z.sliced(axis: 1, 0 ..< 2), noise([1, 1, 4, 6], seed: 8)], axis: 1)
                for changed in [transition(other, [1, 2, 3]), transition(z, [1, 2, 0])] {
                    let same = changed.sliced(axis: 1, 0 ..< 2).values == before.sliced(axis: 1, 0 ..< 2).values
                    XCTAssertEqual(same, isCausal, "\(recipe)")
                    XCTAssertNotEqual(changed.sliced(axis: 1, 2 ..< 3).values, before.sliced(axis: 1, 2 ..< 3).values)
                }
            }
        }
    }

    /// A world of one number that the action moves, and which the model can learn; an action shifted by one must hurt.
    func testLearnsWhatAnActionDoesAndMissesWrongOnes() {
        var generator = SeededGenerator(seed: 5)
        func clips(_ count: Int) -> (Tensor, [Int]) {
            var values: [Float] = [], actions: [Int] = []
            for _ in 0 ..< count {
                var x = generator.uniform(-1, 1)
                for t in 0 ..< 5 {
                    values += [x, 0.5 * x, 1 - x, x * x]
                    guard t < 4 else { continue }
                    actions.append(generator.integer(below: 5))
                    x += Float(actions.last! - 2) * 0.4
                }
            }
            return (Tensor(values, shape: [count, 5, 1, 4]), actions)
        }
        let model = model(configuration(places: 1, width: 4)), optimizer = AdamW(model.transition.parameters), (z, actions) = clips(64)
        let first = model.transition.loss(z, actions).total.item
        for _ in 0 ..< 150 {
            model.transition.loss(z, actions).total.backward()
            optimizer.step(learningRate: 5e-3)
        }
        let (other, led) = clips(32), right = model.transition.loss(other, led).total.item
        XCTAssertLessThan(right, 0.3 * first)
        XCTAssertGreaterThan(model.transition.loss(other, led.map { ($0 + 1) % 5 }).total.item, 2 * right)
    }

    private func world(_ recipe: LatentPredictionConfiguration.Recipe = .dinoWM) -> LatentWorld {
        var e = JointEmbeddingConfiguration.tiny, generator = SeededGenerator(seed: 2)
        (e.imageSize, e.patchSize) = (16, 2)
        let eye = JointEmbeddingPatches(JointEmbedding(e, using: &generator))
        return LatentWorld(eye: eye, model: model(configuration(recipe, places: eye.latentShape.places, width: eye.latentShape.width)))
    }

    private func frames(_ batch: Int, _ count: Int) -> Tensor {
        var generator = SeededGenerator(seed: 7)
        return Tensor.uniform([batch, count, 16, 16, 3], 0, 1, using: &generator)
    }

    func testDreams() {
        for recipe in LatentPredictionConfiguration.Recipe.allCases {
            let world = world(recipe), pictures = frames(2, 5)
            var dream = world.latentDream(from: pictures, actions: [0, 1, 2, 3, 4, 3, 2, 1]), generator = SeededGenerator(seed: 1)
            // Of a longer past the last frames count.
            var short = world.latentDream(from: pictures.sliced(axis: 1, 2 ..< 5), actions: [2, 3, 2, 1])
            var other = dream.selecting([1, 1, 0])
            let picture = dream.step([1, 2], .mean, using: &generator)
            XCTAssertEqual(picture.shape, [2, 16, 16, 3])
            XCTAssertTrue(picture.values.allSatisfy { (0 ... 1).contains($0) })
            XCTAssertEqual(short.step([1, 2], .mean, using: &generator).values, picture.values)
            // Dreams are values, and their rows know nothing of each other.
            let selected = other.step([2, 0, 1], .mean, using: &generator), size = 16 * 16 * 3
            for i in 0 ..< size {
                XCTAssertEqual(selected.pointer[i], picture.pointer[size + i], accuracy: 1e-5)
                XCTAssertEqual(selected.pointer[2 * size + i], picture.pointer[i], accuracy: 1e-5)
            }
            for _ in 0 ..< 4 { XCTAssertTrue(dream.step([1, 2], .mean, using: &generator).values.allSatisfy(\.isFinite)) }
            XCTAssertEqual(world.reconstructed(pictures).shape, pictures.shape)
        }
    }

    /// The decoder's gradient stays with the decoder.
    func testDecoderLearnsBeside() {
        for places in [1, 4, 16, 64] {
            let model = model(configuration(places: places)), z = noise([3, places, 6]), truth = frames(1, 3).reshaped([3, 16, 16, 3])
            let optimizer = AdamW(model.decoder.parameters)
            func step() -> Float {
                let loss = model.decoder(z).meanSquaredError(truth)
                loss.backward()
                optimizer.step(learningRate: 5e-3)
                return loss.item
            }
            let first = step()
            for _ in 0 ..< 40 { _ = step() }
            XCTAssertLessThan(step(), 0.7 * first, "\(places) places")
        }
    }

    /// The decoder's gradient is let in by one recipe alone, and there the frame that is drawn is the one that was foretold.
    func testOnlyDrawingTeachesTheTransition() {
        for recipe in LatentPredictionConfiguration.Recipe.allCases {
            let model = model(configuration(recipe)), z = noise([2, 5, 4, 6]), actions = [0, 1, 2, 3, 4, 3, 2, 1]
            let shown = model.shown(z, actions), last = z.sliced(axis: 1, 4 ..< 5).reshaped([2, 4, 6])
            model.decoder(shown).squared().mean().backward()
            let learns = model.transition.parameters.contains { $0.tensor.gradient?.values.contains { $0 != 0 } ?? false }
            XCTAssertEqual(learns, recipe == .drawing, "\(recipe)")
            XCTAssertTrue(model.decoder.parameters.allSatisfy { $0.tensor.gradient != nil })
            guard recipe == .drawing else { XCTAssertEqual(shown.values, last.values); continue }
            // Of frames 1 to 3 and the actions after them: neither the first frame nor the last is looked at.
            let ends = [noise([2, 1, 4, 6], seed: 8), noise([2, 1, 4, 6], seed: 9)]
            let other = Tensor.concatenated([ends[0], z.sliced(axis: 1, 1 ..< 4), ends[1]], axis: 1)
            XCTAssertEqual(model.shown(other, [4, 1, 2, 3, 0, 3, 2, 1]).values, shown.values)
            XCTAssertNotEqual(model.shown(z, [0, 1, 2, 0, 4, 3, 2, 0]).values, shown.values)
        }
    }

    func testConfigurationsThatDoNotFit() {
        XCTAssertNoThrow(try LatentPredictionConfiguration.standard.check())
        XCTAssertNoThrow(try LatentPredictionConfiguration.tiny.check())
        for change in [
            { $0.places = 5 }, { $0.heads = 3 }, { $0.lookBack = 0 }, { $0.features = "none" }, { $0.imageSize = 20 },
            { $0.blocks = 1 << 40 },
                       { $0.commands = [Command(name: "x", action: 9)] }] as [(inout LatentPredictionConfiguration) -> Void] {
            var c = LatentPredictionConfiguration.standard
            change(&c)
            XCTAssertThrowsError(try c.check())
        }
    }
}
