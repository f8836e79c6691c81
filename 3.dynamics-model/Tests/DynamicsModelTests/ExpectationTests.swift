// ExpectationTests.swift - is what stage 2 expects laid under the right frame, of the right age, and does a dream go on from it?

import CommandTesting
@testable import DynamicsModel
import Episodes
import Foundation
import InverseDynamics
@testable import OpticalFlow
import Randomness
import Tensors
import Training
import VideoTokenizer
import WorldModels
import XCTest

final class ExpectationTests: XCTestCase {
    /// The micro world, and a decoder of frames of 8x8 pixels in one patch; perhaps with a flow in which half of all is known.
    private func makeWorld(carries: Bool) -> MaskedWorldModel {
        var generator = SeededGenerator(seed: 3), c = micro().configuration, a = ActionConfiguration.tiny
        (a.imageSize, a.patchSize, a.mapSide, a.levels) = (8, 4, 8, [2, 2])
        (c.actions, c.actionKind, c.expects, c.carries, c.commands) = (4, "latent", true, carries ? 8 : nil, [])
        let namer = LatentActionModel(a, using: &generator)
        for (_, tensor) in namer.tensors { for i in 0 ..< tensor.count { tensor.pointer[i] += 0.1 * generator.normal() } }
        let dynamics = MaskedDynamics(c, using: &generator)
        if let flow = dynamics.flow {
            for i in 0 ..< flow.origins.count { flow.origins.pointer[i] += generator.normal() }
            for i in 0 ..< flow.known.count { flow.known.pointer[i] = generator.uniform() < 0.5 ? 1 : 0 }
        }
        return MaskedWorldModel(tokenizer: microWorld().tokenizer, dynamics: dynamics, actionModel: namer)
    }

    private func frames(_ count: Int, seed: UInt64 = 7) -> Tensor {
        var generator = SeededGenerator(seed: seed)
        return .uniform([1, count, 8, 8, 3], 0, 1, using: &generator)
    }

    /// A dream lays under its third frame what the decoder makes of what it made of the last true frame, and that frame, carried twice; and
    /// after twelve steps, what becomes of the frame that the tokens drew. Shown is what they drew, and in it what was carried over.
    func testADreamExpectsFromItsOwnExpectations() throws {
        for carries in [false, true] {
            let world = makeWorld(carries: carries), expectation = try XCTUnwrap(world.expectation), seen = frames(2)
            var generator = SeededGenerator(seed: 1), same = generator, dream = world.maskedDream(from: seen, actions: [1]), told = dream
            var outlook = expectation.begin(seen.sliced(axis: 1, 1 ..< 2).reshaped([1, 8, 8, 3]))
            for (t, action) in [2, 0, 3, 1, 2, 0, 3, 1, 2, 0, 3, 1, 2, 0].enumerated() {
                outlook = expectation.next(outlook, [action])
                let own = dream.step([action], Sampling(steps: 2), using: &generator)
                let drawn = told.step([action], expecting: expectation.latents(of: outlook), Sampling(steps: 2), using: &same)
                let expected = outlook.carried?.confirmed(by: drawn, patch: 4) ?? drawn
                XCTAssertEqual(own.values, expected.values, "step \(t + 1), \(carries)")
                if t == 0 { XCTAssertEqual(expected.values != drawn.values, carries, "something is known") }
                if t + 1 == 12 { outlook = expectation.begin(drawn) }
            }
        }
    }

    /// Of two dreams, the second goes on alone as it would have beside the first.
    func testAChosenDreamKeepsItsOwnExpectations() {
        let world = makeWorld(carries: true)
        var generator = SeededGenerator(seed: 1), same = generator
        var both = world.maskedDream(from: frames(4).reshaped([2, 2, 8, 8, 3]), actions: [1, 2])
        let sampling = Sampling(steps: 2, temperature: 0)
        _ = both.step([3, 0], sampling, using: &generator)
        var turned = both.selecting([1, 0])
        for actions in [[2, 1], [0, 3]] {
            let beside = both.step(actions, sampling, using: &generator).rows(at: [1, 0])
            let own = turned.step(actions.reversed(), sampling, using: &same)
            for (a, b) in zip(own.values, beside.values) { XCTAssertEqual(a, b, accuracy: 1e-5) }
        }
    }

    /// Beside what stage 2 draws, which does not change by it, stands the last frame, carried to where each dream's actions took it.
    func testWhatWasSeenIsCarriedBesideWhatIsDrawn() throws {
        let world = makeWorld(carries: true), expectation = try XCTUnwrap(world.expectation), flow = try XCTUnwrap(world.dynamics.flow)
        let seen = frames(2).reshaped([2, 8, 8, 3]), alone = Expectation(decoder: expectation.decoder, tokenizer: world.tokenizer)
        var outlook = expectation.begin(seen), drawn = alone.begin(seen), carried = CarriedPicture(seen)
        for codes in [[1, 2], [0, 3]] {
            (outlook, drawn) = (expectation.next(outlook, codes), alone.next(drawn, codes))
            carried.move(flow, codes)
        }
        let both = expectation.latents(of: outlook), z = both.size(2) / 2, over = carried.over(drawn.drawn).reshaped([2, 1, 8, 8, 3])
        XCTAssertEqual(both.sliced(axis: 2, 0 ..< z).values, alone.latents(of: drawn).values)
        let beside = both.sliced(axis: 2, z ..< 2 * z).values
        XCTAssertEqual(beside, Tensor.withoutGradients { world.tokenizer.continuousLatents(of: over) }.values)
        XCTAssertNotEqual(both.sliced(axis: 2, 0 ..< z).values, beside)
    }

    /// What is expected is heard, and only by the frame that it is expected of.
    func testAnExpectationChangesItsFrameAlone() {
        let model = makeWorld(carries: true).dynamics, c = model.configuration, (T, N) = (c.frames, c.patches)
        var generator = SeededGenerator(seed: 5)
        let tokens = (0 ..< (T - 1) * N).map { _ in generator.integer(below: c.vocabulary) },
            masks = Array(repeating: c.maskToken, count: (T - 1) * N)
        let actions = (0 ..< T - 1).map { _ in generator.integer(below: c.actions) }
        let expected = Tensor.uniform([1, T - 1, N, 4], -1, 1, using: &generator)
        func logits(_ expected: Tensor) -> [[Float]] {
            rows(Tensor.withoutGradients { model.logits(read: tokens, guessed: masks, actions: actions, expected: expected, batch: 1) })
        }
        let before = logits(expected)
        for t in 0 ..< T - 1 {
            let other = Tensor(expected.values, shape: expected.shape)
            for i in 0 ..< 4 * N { other.pointer[t * 4 * N + i] += 0.5 }
            let after = logits(other)
            for frame in 0 ..< T - 1 {
                XCTAssertEqual(
                    Array(before[frame * N ..< (frame + 1) * N]) == Array(after[frame * N ..< (frame + 1) * N]), frame != t,
                    "frame \(frame), told of \(t)")
            }
        }
    }

    /// Frame 7 of an episode was expected from frames 6, 3 and 0: one, four and seven steps old. Nothing is
    /// older, so the oldest stands in for a fourth.
    func testExpectationsOfEveryAge() throws {
        let folder = try makeTemporaryFolder(), train = folder.appendingPathComponent("train")
        try FileManager.default.createDirectory(at: train, withIntermediateDirectories: true)
        let pixels = frames(9).values.map { UInt8($0 * 255) }
        try Episode(frames: pixels, width: 8, height: 8, actions: nil, metadata: ["fps": "4"]).write(
            to: train.appendingPathComponent("0.safetensors"))
        let world = makeWorld(carries: true), flow = world.dynamics.flow
        let episodes = try EpisodeSet(folder, .train), namer = try XCTUnwrap(world.actionReader.model)
        let file = train.appendingPathComponent("0.safetensors")       // any file: its fingerprint names the cache
        let eyes = try TrainedModel(file) { _ in world.tokenizer }, names = try TrainedModel(file) { _ in namer }
        let tokens = try TokenEpisodes(episodes, tokenizer: eyes, actionModel: names)
        for attempt in ["made", "read again"] {
            let expected = try ExpectedEpisodes(episodes, tokens: tokens, tokenizer: eyes, actionModel: names, flow: flow),
                expectation = try XCTUnwrap(world.expectation)
            XCTAssertEqual(expected.latents[0].shape, [9, 4, 4, 4])
            for (slot, start) in [6, 3, 0, 0].enumerated() {
                var outlook = expectation.begin(
                    episodes.clips(at: [ClipPlace(episode: 0, start: start)], length: 1).frames.reshaped([1, 8, 8, 3]))
                for t in start ..< 7 { outlook = expectation.next(outlook, [tokens.actions[0][t]]) }
                let own = Array(expected.latents[0].values[(7 * 4 + slot) * 16 ..< (7 * 4 + slot + 1) * 16])
                for (a, b) in zip(own, expectation.latents(of: outlook).values) {
                    XCTAssertEqual(a, b, accuracy: 1e-4, "\(attempt), slot \(slot)")
                }
            }
        }
    }
}
