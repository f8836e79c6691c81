// YardstickTests.swift - do the yardsticks measure what they say? Each is asked about frames whose answer is known.

import CommandTesting
import Episodes
import Foundation
import FrameCoding
import InverseDynamics
import JetBot
@testable import OpticalFlow
import Pictures
import PixelRegression
import Randomness
import Recording
import Tensors
import Training
import VideoTokenizer
import WorldModels
@testable import Yardsticks
import XCTest

final class YardstickTests: XCTestCase {
    private func noise(_ shape: [Int], seed: UInt64 = 1) -> Tensor {
        var generator = SeededGenerator(seed: seed)
        return Tensor((0 ..< shape.reduce(1, *)).map { _ in generator.uniform() }, shape: shape)
    }

    /// Stripes two pixels wide, of height 1: half of all neighbors differ by 1.
    func testSharpnessOfStripes() {
        let stripes = Tensor((0 ..< 8 * 8).flatMap { i in Array(repeating: Float(i % 8 / 2 % 2), count: 3) }, shape: [1, 8, 8, 3])
        XCTAssertEqual(meanGradient(stripes), 3.0 / 7, accuracy: 1e-6)
        XCTAssertEqual(sharpness(stripes / 2, of: stripes), 0.5, accuracy: 1e-6)
        XCTAssertEqual(sharpness(stripes, of: stripes), 1, accuracy: 1e-9)
        XCTAssertEqual(sharpness(Tensor(repeating: 0.5, shape: [1, 8, 8, 3]), of: stripes), 0, accuracy: 1e-9)
    }

    /// Two Gaussians without covariance between dimensions: d² = Σ (μ₁-μ₂)² + (σ₁-σ₂)².
    func testFrechetDistanceOfIndependentNumbers() {
        var generator = SeededGenerator(seed: 3)
        func rows(_ means: [Float], _ deviations: [Float]) -> [[Float]] {
            (0 ..< 20_000).map { _ in zip(means, deviations).map { $0 + $1 * generator.normal() } }
        }
        let a = Gaussian(rows([0, 1, 2], [1, 2, 0.5])), b = Gaussian(rows([1, 1, 0], [1, 1, 1.5]))
        XCTAssertEqual(a.frechetDistance(to: b), 1 + 4 + 1 + 1, accuracy: 0.2)
        XCTAssertEqual(a.frechetDistance(to: a), 0, accuracy: 1e-6)
        XCTAssertEqual(a.frechetDistance(to: b), b.frechetDistance(to: a), accuracy: 1e-6)
    }

    // MARK: Geometry

    private func episode(_ actions: [Action], seed: UInt64 = 4) throws -> EpisodeSet {
        let folder = try makeTemporaryFolder()
        var left = actions
        try Recorder(rooms: 1, frames: actions.count + 1).episode(from: World(room: Room(seed: 5), seed: seed)) { _ in left.removeFirst() }
            .write(to: folder.appendingPathComponent("0.safetensors"))
        return try EpisodeSet(episodesIn: folder)
    }

    /// Who knows where everything is sees the future nearly as it is where it was seen before: far better than the copy while the robot
    /// turns to and fro, and as the copy while it stands.
    func testGeometryCarriesFramesOver() throws {
        let toAndFro: [Action] = [
            .turnLeft, .turnLeft, .turnLeft, .turnRight, .turnRight, .turnRight, .turnLeft, .turnRight, .turnLeft, .turnLeft, .turnRight,
            .turnRight, .turnLeft, .turnRight, .turnLeft,
        ]
        let clips = try TrueClips(episode(toAndFro), atMost: 1), carried = try XCTUnwrap(carriedOver(clips))
        XCTAssertEqual(carried.shape, [1, 12, 64, 64, 3])
        XCTAssertGreaterThan(clips.moving(clips.psnrs(carried)), clips.moving(clips.copyPSNR) + 4)
        let standing = try TrueClips(episode(Array(repeating: .stop, count: 15)), atMost: 1)
        XCTAssertTrue(standing.psnrs(try XCTUnwrap(carriedOver(standing))).joined().allSatisfy { $0 > 30 })
    }

    /// The metadata is only believed when the picture is the recorded one.
    func testNoGeometryOfForeignEpisodes() throws {
        let set = try episode(Array(repeating: .stop, count: 15))
        let file = set.episodes[0], other = set.url.appendingPathComponent("1.safetensors")
        try Episode(
            frames: Array(file.frames), width: 64, height: 64, actions: file.actions, metadata: file.metadata.merging(["seed": "9"]) { $1 }
        ).write(to: other)
        try FileManager.default.removeItem(at: file.url)
        XCTAssertNil(carriedOver(try TrueClips(EpisodeSet(episodesIn: set.url), atMost: 1)))
    }

    /// Who paints red into every frame finds the toy wherever it is; the frames that have none give that away.
    func testRedEverywhereIsFalseAlarm() throws {
        let clips = try TrueClips(episode(Array(repeating: .turnLeft, count: 15)), atMost: 1), truth = clips.future
        let real = clips.kongs(truth), empty = (0 ..< 12).filter { RedKong(Image(truth, frame: $0)) == nil }.count
        XCTAssertGreaterThan(empty, 0, "a whole turn looks away from the toy")
        XCTAssertEqual([real.empty, real.imagined], [Double(empty), 0])
        let red = Tensor(truth.values.enumerated().map { i, x in i / 3 % 64 >= 4 ? x : i % 3 == 0 ? 1 : 0 }, shape: truth.shape)
        XCTAssertEqual(clips.kongs(red).falseAlarms, 1)
    }

    // MARK: Dreams of pixels

    private func regression(lookBack: Int) -> PixelRegression {
        var c = ActionConfiguration.tiny, generator = SeededGenerator(seed: 2)
        (c.imageSize, c.mapSide) = (16, 8)
        let model = LatentActionModel(c, using: &generator)
        // A decoder begins by keeping everything as it is. Move it away from there.
        for (_, tensor) in model.tensors { for i in 0 ..< tensor.count { tensor.pointer[i] += 0.05 * generator.normal() } }
        return PixelRegression(.init(actionModel: c, commands: [], framesPerSecond: 4, lookBack: lookBack), model)
    }

    /// A dream is the decoder, asked again and again about what it drew.
    func testAPixelDreamIsTheDecoderRolledOut() {
        for lookBack in [1, 2, 3] {
            let world = regression(lookBack: lookBack), frames = noise([2, 3, 16, 16, 3])
            var generator = SeededGenerator(seed: 1), dream = world.dream(from: frames, actions: [1, 2, 3, 4])
            var seen = (0 ..< 3).map { frames.sliced(axis: 1, $0 ..< $0 + 1) }, led = [[1, 2], [3, 4]]
            for actions in [[5, 6], [0, 7], [2, 2]] {
                let picture = dream.step(actions, .mean, using: &generator)
                for b in 0 ..< 2 { led[b].append(actions[b]) }
                let past = Tensor.concatenated(Array(seen.suffix(lookBack)), axis: 1)
                let next = world.model.predict(past, codes: led.flatMap { $0.suffix(lookBack) }).sliced(axis: 1, lookBack - 1 ..< lookBack)
                    .clamped(0, 1)
                XCTAssertEqual(picture.values, next.values, "looks back at \(lookBack)")
                seen.append(next)
            }
        }
    }

    /// Where it carries over what was seen, that is shown as far as its own picture agrees; and what it draws next hangs on its own
    /// pictures alone, as before. A copy carries what is its own.
    func testAPixelDreamCarriesWhatWasSeen() throws {
        let plain = regression(lookBack: 1), frames = noise([2, 1, 16, 16, 3])
        var configuration = plain.configuration
        configuration.carries = true
        let world = PixelRegression(configuration, plain.model), flow = try XCTUnwrap(world.flow)
        for i in 0 ..< flow.known.count { flow.known.pointer[i] = i % 3 == 0 ? 0 : 1 }
        for i in 0 ..< flow.origins.count { flow.origins.pointer[i] += 0.3 }
        var generator = SeededGenerator(seed: 1)
        var dream = world.dream(from: frames, actions: []), alone = plain.dream(from: frames, actions: [])
        var swapped = dream.selecting([1, 0]), carried = CarriedPicture(frames.reshaped([2, 16, 16, 3]))
        for actions in [[5, 6], [0, 7]] {
            let drawn = alone.step(actions, .mean, using: &generator)
            carried.move(flow, actions)
            let shown = carried.confirmed(by: drawn, patch: configuration.actionModel.patchSize)
            XCTAssertEqual(dream.step(actions, .mean, using: &generator).values, shown.values)
            XCTAssertNotEqual(shown.values, drawn.values)
            let other = swapped.step(actions.reversed(), .mean, using: &generator).rows(at: [1, 0])
            for (a, b) in zip(other.values, shown.values) { XCTAssertEqual(a, b, accuracy: 1e-5) }
        }
    }

    func testACopyIsAnotherFuture() {
        let world = regression(lookBack: 2)
        var generator = SeededGenerator(seed: 1), dream = world.dream(from: noise([2, 2, 16, 16, 3]), actions: [1, 2])
        var four = dream.repeated(2), swapped = dream.selecting([1, 0])
        let two = dream.step([3, 4], .mean, using: &generator).values, half = two.count / 2
        // A batch of another size is multiplied in other pieces: equal but for rounding.
        func assertEqual(_ a: ArraySlice<Float>, _ b: ArraySlice<Float>) {
            for (a, b) in zip(a, b) { XCTAssertEqual(a, b, accuracy: 1e-5) }
        }
        assertEqual(four.step([3, 5, 4, 4], .mean, using: &generator).values.suffix(half), two.suffix(half))
        assertEqual(swapped.step([4, 3], .mean, using: &generator).values[...], two[half...] + two[..<half])
        XCTAssertNotEqual(Array(two[..<half]), Array(two[half...]))
    }

    /// The clock of a resumed run begins again; an interrupted one has no log.
    func testTrainingMinutes() throws {
        let folder = try makeTemporaryFolder()
        XCTAssertTrue(trainingMinutes(folder).isNaN)
        try Data(#"{"step":1,"seconds":30}\#n{"step":2,"loss":1}\#n{"step":3,"seconds":60}\#n{"step":4,"seconds":30}\#n"#.utf8).write(
            to: folder.appendingPathComponent("metrics.jsonl"))
        XCTAssertEqual(trainingMinutes(folder), 1.5)
    }
}
