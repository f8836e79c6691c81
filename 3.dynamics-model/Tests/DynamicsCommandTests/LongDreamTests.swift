// LongDreamTests.swift - does the yardstick tell a dream that fades from one that stays as it is?

import Episodes
import Foundation
import Randomness
import Tensors
import WorldModels
import XCTest
import Yardsticks

final class LongDreamTests: XCTestCase {
    /// A world in which nothing moves; each frame has so much of the contrast of the one before. It writes down what was done.
    private final class Still: WorldModel {
        let contrast: Float
        var done: [[Int]] = []
        init(contrast: Float) { self.contrast = contrast }
        let imageSize = 16, framesPerSecond = 4.0, contextFrames = 4, parameterCount = 0, drawsSamples = false
        let commands: [Command] = [], actionReader = ActionReader(recorded: 5)
        func dream(from frames: Tensor, actions: [Int]) -> any Dream {
            View(world: self, frame: frames.sliced(axis: 1, frames.size(1) - 1 ..< frames.size(1)))
        }
        func reconstructed(_ frames: Tensor) -> Tensor { frames }
    }

    private struct View: Dream {
        let world: Still
        var frame: Tensor
        var batch: Int { frame.size(0) }
        mutating func step(_ actions: [Int], _ sampling: Sampling, using generator: inout SeededGenerator) -> Tensor {
            world.done.append(actions)
            frame = frame * world.contrast + (1 - world.contrast) * 0.5
            return frame.reshaped([batch, 16, 16, 3])
        }
        func selecting(_ rows: [Int]) -> View { View(world: world, frame: frame.rows(at: rows)) }
    }

    func testADreamThatFadesIsTold() throws {
        let clips = try TrueClips(EpisodeSet(DynamicsCommandTestCase.data, .validation), atMost: 2)
        func measured(_ world: Still) throws -> [LongDream.Window] {
            try LongDream(world, clips, to: [12, 36], seenThrough: nil, .mean).windows
        }
        let fading = Still(contrast: 0.95), whole = try measured(Still(contrast: 1)), faded = try measured(fading)
        XCTAssertEqual(whole.map(\.frame), [12, 36])
        XCTAssertEqual(whole[1].sharpness, whole[0].sharpness, accuracy: 1e-6)
        XCTAssertEqual(faded[1].sharpness / faded[0].sharpness, pow(0.95, 24), accuracy: 1e-3)

        XCTAssertEqual(fading.done.count, 36)
        let own = try XCTUnwrap(clips.actions), perClip = own.count / 2, second = own[perClip + 3 ..< perClip + 15]
        XCTAssertEqual(fading.done[12 ..< 24].map { $0[0] }, Array(second), "the first dream goes on with the second clip's actions")
    }
}
