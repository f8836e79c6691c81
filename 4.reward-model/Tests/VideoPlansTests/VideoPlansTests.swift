// VideoPlansTests.swift - does a clip become the example of a wish, and is a plan read, followed and made anew as it should be?

import CommandTesting
import Episodes
import InverseDynamics
import JetBot
import MaskedAutoencoder
import Planning
import Randomness
import Recording
import RewardModel
import Tensors
import Training
@testable import VideoPlans
import XCTest

final class VideoPlansTests: FolderTestCase {
    private func micro(_ change: (inout VideoPlans.Configuration) -> Void = { _ in }) -> VideoPlans {
        var generator = SeededGenerator(seed: 1), e = MaskedAutoencoderConfiguration(), a = ActionConfiguration(),
            s = ScorerConfiguration.tiny, c = VideoPlans.Configuration()
        (e.frames, e.patchSize, e.latents, e.latentDimensions, e.embeddingDimensions, e.heads, e.hiddenDimensions) = (4, 16, 4, 3, 8, 1, 8)
        (e.encoderBlocks, e.decoderBlocks) = (1, 1)
        (a.frames, a.patchSize, a.embeddingDimensions, a.heads, a.hiddenDimensions, a.encoderBlocks, a.decoderBlocks, a.mapSide) = (
            2, 16, 8, 1, 8, 1, 1, 8
        )
        (s.patchSize, s.embeddingDimensions, s.heads, s.hiddenDimensions, s.imageBlocks) = (16, 16, 1, 16, 1)
        (c.video.rows, c.video.columns, c.video.latentDimensions, c.video.frames, c.video.textDimensions) = (2, 2, 3, 4, 16)
        (c.video.embeddingDimensions, c.video.heads, c.video.hiddenDimensions, c.video.blocks) = (16, 2, 16, 1)
        (c.actionOfCode, c.samplingSteps, c.delay, c.followed, c.enough) = ((0 ..< a.codes).map { $0 % 5 }, 2, 1, 2, 1)
        c.candidates = 1
        change(&c)
        if c.drawsCodes { c.video.latentDimensions += a.codes }
        let plans = VideoPlans(
            c, eye: MaskedAutoencoder(e, using: &generator), namer: LatentActionModel(a, using: &generator),
            scorer: Scorer(ContrastiveModel(s, using: &generator)), using: &generator)
        // Zero at first, the last layer and the gates would let no difference through.
        for (name, tensor) in plans.tensors where name.hasPrefix("output") || name.contains("modulation") {
            for i in 0 ..< tensor.count { tensor.pointer[i] = 0.1 * generator.normal() }
        }
        return plans
    }

    private func frames(_ batch: Int, seed: UInt64) -> Tensor {
        var generator = SeededGenerator(seed: seed)
        return Tensor((0 ..< batch * 64 * 64 * 3).map { _ in generator.uniform() }, shape: [batch, 64, 64, 3])
    }

    /// The sentence is about the clip's last frame, and true of it.
    func testASentenceIsTrueOfTheLastFrame() throws {
        let world = World(room: Room(seed: 5), seed: 1, start: .kongInView)
        var episode = Recorder(rooms: 1, frames: 12).episode(from: world) { _ in .turnLeft }
        let (toRight, toLeft, nothing) = (Float(-0.6), Float(0.6), Float.nan)
        episode.bearing = (0 ..< 12).map { $0 < 4 ? toRight : $0 < 8 ? toLeft : nothing }
        episode.distance = (0 ..< 12).map { $0 < 8 ? 0.4 : .nan }
        try FileManager.default.createDirectory(at: file("data/train"), withIntermediateDirectories: true)
        try episode.write(to: file("data/train/0.safetensors"))
        let wishes = try Wishes(EpisodeSet(file("data"), .train))
        var generator = SeededGenerator(seed: 2)
        for (start, words, never) in [
            (0, ["right"], ["left", "far"]), (4, ["left"], ["right", "far"]), (8, ["floor", "nothing", "no"], ["left", "right"]),
        ] {
            for _ in 0 ..< 20 {
                let said = wishes.sentence(at: ClipPlace(episode: 0, start: start), length: 4, using: &generator)
                XCTAssertTrue(words.contains { said.contains($0) }, said)
                XCTAssertFalse(never.contains { said.contains($0) }, said)
                XCTAssertFalse(said.contains("red"), "\(said): where every toy is red, that says nothing")
            }
        }
        // Frames 2 to 5: the last one counts.
        XCTAssertEqual(wishes.facts(at: ClipPlace(episode: 0, start: 2), length: 4).place, .left)
        episode.bearing = nil
        try episode.write(to: file("data/train/0.safetensors"))
        assertThrows("0.safetensors", "does not say where the toy was") { try Wishes(EpisodeSet(file("data"), .train)) }
    }

    /// Beside each latent of a frame stands which code led to it, of mean 0 and deviation 1 where all are as common.
    func testWhichCodeLedToAFrameStandsBesideIt() {
        let plans = micro(), A = plans.configuration.actionOfCode.count, latents = Tensor((0 ..< 24).map(Float.init), shape: [1, 2, 4, 3])
        let x = plans.standardized(latents, codes: [5])
        XCTAssertEqual(x.shape, [1, 2, 4, 3 + A])
        assertEqual(x.sliced(axis: 3, 0 ..< 3).values, latents.values)
        let said = x.sliced(axis: 3, 3 ..< 3 + A).values
        assertEqual(Array(said[..<(4 * A)]), Array(repeating: 0, count: 4 * A), "nothing led to the first")
        for place in 4 ..< 8 {
            let row = Array(said[place * A ..< (place + 1) * A])
            XCTAssertEqual(row.firstIndex(of: row.max()!), 5)
            XCTAssertEqual(row.reduce(0, +), 0, accuracy: 1e-5)
            XCTAssertEqual(row.reduce(0) { $0 + $1 * $1 } / Float(A), 1, accuracy: 1e-5)
        }
        let without = micro { $0.drawsCodes = false }
        assertEqual(without.standardized(latents, codes: [5]).values, latents.values)
        // Two clips of three frames: whose code is whose?
        let clips = plans.standardized(Tensor(repeating: 0, shape: [2, 3, 4, 3]), codes: [1, 2, 3, 4]).sliced(axis: 3, 3 ..< 3 + A)
        XCTAssertEqual(clips.sliced(axis: 1, 1 ..< 3).argmax(), [1, 2, 3, 4].flatMap { Array(repeating: $0, count: 4) })
    }

    func testHalfOfTheClipsEndWithTheToy() {
        let places = (0 ..< 30).map { ClipPlace(episode: 0, start: $0) }
        XCTAssertEqual(places.balanced(8) { $0.start % 5 == 0 }.filter { $0.start % 5 == 0 }.count, 4)
        XCTAssertEqual(places.balanced(8) { $0.start == 7 }.filter { $0.start == 7 }.count, 1)
        XCTAssertEqual(places.balanced(8) { _ in true }.count, 8)
    }

    /// A plan begins with what is seen, hears the wish, and its actions are those that stage 2 reads off its frames.
    func testAPlanIsReadOffItsVideo() {
        let plans = micro(), seen = frames(2, seed: 3).reshaped([2, 1, 64, 64, 3])
        func plan(_ wish: String) -> VideoPlans.Plan {
            var generator = SeededGenerator(seed: 4)
            return plans.plan(after: seen, wish: wish, using: &generator)
        }
        let left = plan("a red toy on the left"), right = plan("an empty floor")
        XCTAssertEqual(left.frames.shape, [2, 4, 64, 64, 3])
        let first = left.frames.sliced(axis: 1, 0 ..< 1)
        assertEqual(first.values, plans.eye.reconstructed(seen).clamped(0, 1).values, "the first frame is the one that was seen")
        XCTAssertEqual(left.actions, plans.actions(of: left.frames))
        XCTAssertEqual(left.actions.map(\.count), [3, 3])
        assertEqual(right.frames.sliced(axis: 1, 0 ..< 1).values, first.values, "whatever is wished for")
        XCTAssertNotEqual(left.frames.values, right.frames.values, "another wish")
        // What stands between two neighboring frames decides, and the order in which they stand.
        let turned = Tensor.concatenated((0 ..< 4).reversed().map { left.frames.sliced(axis: 1, $0 ..< $0 + 1) }, axis: 1)
        let pair = Tensor.concatenated([turned.sliced(axis: 1, 0 ..< 1), turned.sliced(axis: 1, 1 ..< 2)], axis: 1)
        XCTAssertEqual(plans.actions(of: turned).map { $0[0] }, plans.actions(of: pair).map { $0[0] })
    }

    /// As many actions as are followed come from one plan; then it looks again. Rows that drop out take their plans with them.
    func testItFollowsThePlanAndLooksAgain() {
        let plans = micro(), seen = frames(2, seed: 3)
        var generator = SeededGenerator(seed: 0)
        let wish = plans.configuration.wish
        let plan = plans.plan(after: seen.reshaped([2, 1, 64, 64, 3]), wish: wish, using: &generator)
        var mind = plans.mind()
        func chosen(_ logits: Tensor) -> [Action] { logits.argmax().map { Action(rawValue: $0)! } }
        XCTAssertEqual(chosen(mind.decide(seen, after: nil)), plan.actions.map { $0[0] })
        var other = mind.selecting([1])
        let second = frames(2, seed: 5)
        XCTAssertEqual(chosen(mind.decide(second, after: [0, 0])), plan.actions.map { $0[1] }, "what it sees now comes too late")
        XCTAssertEqual(chosen(other.decide(second.rows(at: [1]), after: [0])), [plan.actions[1][1]])
        // The third decision is the first of a new plan, from what was seen since.
        let third = frames(2, seed: 6), shape = [2, 1, 64, 64, 3]
        let again = plans.plan(
            after: .concatenated([seen, second, third].map { $0.reshaped(shape) }, axis: 1), wish: wish, using: &generator)
        XCTAssertEqual(chosen(mind.decide(third, after: [0, 0])), again.actions.map { $0[0] })
    }
}

extension VideoPlansTests {
    /// A wish that has come true leaves nothing to do, whatever the plan says, and whether or not the plan was told of it.
    func testItStandsWhereTheWishHasComeTrue() {
        for (enough, expected) in [(Float(0), Action.stop), (1, .forward)] {
            let plans = micro {
                ($0.candidates, $0.enough, $0.actionOfCode) = (2, enough, $0.actionOfCode.map { _ in Action.forward.rawValue })
            }
            for hearing: Set<VideoPlans.Listener> in [[.drawing, .choosing], [.drawing], [.choosing], []] {
                var mind = plans.mind(wishing: "a toy on the left", hearing: hearing)
                XCTAssertEqual(mind.decide(frames(2, seed: 3), after: nil).argmax(), [expected.rawValue, expected.rawValue])
            }
            var restless = plans.mind(wishing: "a toy on the left", stands: false)
            XCTAssertEqual(restless.decide(frames(1, seed: 3), after: nil).argmax(), [Action.forward.rawValue])
        }
    }

    /// Who is not heard gets the plan of somebody with another wish.
    func testAWishThatIsNotHeardChangesNothing() {
        let plans = micro(), seen = frames(1, seed: 3).reshaped([1, 1, 64, 64, 3])
        func drawn(_ wish: String, _ hearing: Set<VideoPlans.Listener>) -> [Float] {
            var generator = SeededGenerator(seed: 0)
            return plans.plan(after: seen, wish: wish, hearing: hearing, using: &generator).frames.values
        }
        XCTAssertEqual(drawn("a toy on the left", []), drawn("an empty floor", []))
        XCTAssertNotEqual(drawn("a toy on the left", [.drawing]), drawn("an empty floor", [.drawing]))
    }

    /// Of several videos a robot follows the one that ends nearest to its wish in the scorer's eyes; each robot has its own.
    func testTheVideoThatEndsNearestToTheWishIsFollowed() {
        let plans = micro { $0.candidates = 6 }, seen = frames(2, seed: 3).reshaped([2, 1, 64, 64, 3]), wish = "a toy on the left"
        func plan(_ hearing: Set<VideoPlans.Listener>) -> VideoPlans.Plan {
            var generator = SeededGenerator(seed: 4)
            return plans.plan(after: seen, wish: wish, hearing: hearing, using: &generator)
        }
        // The same noise, and somebody who takes what comes: six videos of each start.
        var generator = SeededGenerator(seed: 4)
        let all = plans.plan(after: seen.rows(at: (0 ..< 12).map { $0 / 6 }), wish: wish, hearing: [], using: &generator)
        let chosen = plan([.choosing]), ends = all.frames.sliced(axis: 1, 3 ..< 4).reshaped([-1, 64, 64, 3]), model = plans.scorer.model
        let fit = model.directions(of: ends).linear(model.directions(of: [wish])).values
        for b in 0 ..< 2 {
            let best = (b * 6 ..< (b + 1) * 6).max { fit[$0] < fit[$1] }!
            assertEqual(chosen.frames.rows(at: [b]).values, all.frames.rows(at: [best]).values)
            XCTAssertEqual(chosen.actions[b], all.actions[best])
            XCTAssertEqual(chosen.codes[b], all.codes[best])
        }
        XCTAssertNotEqual(chosen.frames.values, all.frames.rows(at: [0, 6]).values, "the first video of each is not always the best")
        XCTAssertNotEqual(plan([.drawing, .choosing]).frames.values, chosen.frames.values, "who draws hears it, too")
    }
}

private func assertEqual(_ a: [Float], _ b: [Float], _ message: String = "", line: UInt = #line) {
    XCTAssertEqual(a.count, b.count, message, line: line)
    XCTAssertTrue(zip(a, b).allSatisfy { abs($0 - $1) < 1e-4 }, message, line: line)
}
