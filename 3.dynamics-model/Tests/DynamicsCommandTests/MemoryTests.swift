// MemoryTests.swift - does the yardstick tell a model that remembers from one that does not?

import Episodes
import Foundation
import Randomness
import Tensors
import WorldModels
import XCTest
import Yardsticks

final class MemoryTests: XCTestCase {
    /// A world in which turning changes the brightness, and turning back brings it back, as long as it remembers.
    private final class Panorama: WorldModel {
        let remembers: Bool
        init(remembers: Bool) { self.remembers = remembers }
        let imageSize = 16, framesPerSecond = 4.0, contextFrames = 4, parameterCount = 0, drawsSamples = false
        let commands = [Command(name: "turn left", action: 1), Command(name: "turn right", action: 2)],
            actionReader = ActionReader(recorded: 5)
        func dream(from frames: Tensor, actions: [Int]) -> any Dream {
            View(world: self, first: frames.sliced(axis: 1, frames.size(1) - 1 ..< frames.size(1)))
        }
        func reconstructed(_ frames: Tensor) -> Tensor { frames }
    }

    private struct View: Dream {
        let world: Panorama, first: Tensor
        var heading = 0, farthest = 0
        var batch: Int { first.size(0) }
        mutating func step(_ actions: [Int], _ sampling: Sampling, using generator: inout SeededGenerator) -> Tensor {
            heading += [0, 1, -1, 0, 0][actions[0]]
            farthest = max(farthest, heading)
            let light = Float(heading) / 20 + (world.remembers || farthest <= 2 ? 0 : 0.3)
            return (first + light).reshaped([batch, 16, 16, 3])
        }
        func selecting(_ rows: [Int]) -> View { View(world: world, first: first.rows(at: rows), heading: heading, farthest: farthest) }
    }

    func testWhatReturnsIsComparedWithWhatWasLeft() throws {
        let clips = try TrueClips(EpisodeSet(DynamicsCommandTestCase.data, .validation), atMost: 2)
        func measure(_ remembers: Bool, _ turns: Int) throws -> MemoryMeasure {
            try XCTUnwrap(memory(Panorama(remembers: remembers), clips, turns: turns, .mean))
        }
        let long = try measure(true, 4), short = try measure(false, 4)
        XCTAssertEqual(long.turns, 4)
        XCTAssertEqual(long.returned, try measure(true, 2).returned, "who remembers returns from anywhere")
        XCTAssertLessThan(short.returned, long.returned - 1)
        XCTAssertEqual(try measure(false, 2).returned, long.returned, "two turns are not too many for a short memory")
    }
}
