// ActionCommandTestCase.swift - what do the tests of this stage's commands share? Episodes without a simulator, and training as
// small as it gets.

import CommandTesting
import Episodes
import Foundation
import Randomness
import XCTest

class ActionCommandTestCase: CommandTestCase {
    /// 1,100 transitions to train on, enough for every budget of labels; a few frames of the other splits, 64x64. Never changed;
    /// `record` makes others.
    static let data: URL = makeSharedFolder { folder in
        try record(into: folder.appendingPathComponent("data/train"), count: 10, frames: 111)
        for split in ["validation", "unseen-rooms"] { try record(into: folder.appendingPathComponent("data/\(split)"), count: 1) }
    }.appendingPathComponent("data")

    /// Episodes of stripes that stand (0), or go to one side (1) or the other (2).
    static func record(into folder: URL, count: Int, frames: Int = 12, size: Int = 64, withActions: Bool = true) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        var generator = SeededGenerator(seed: UInt64(frames))
        for number in 0 ..< count {
            var place = 1000 + generator.integer(below: 100), actions: [Int] = [], pixels: [UInt8] = []
            pixels.reserveCapacity(frames * size * size * 3)
            for t in 0 ..< frames {
                let row = (0 ..< size).flatMap { x -> [UInt8] in
                    let brightness = UInt8((place + x) * 37 / 8 % 200 + generator.integer(below: 8))
                    return [brightness, 255 - brightness, brightness / 2]
                }
                for _ in 0 ..< size { pixels += row }
                guard t < frames - 1 else { break }
                actions.append(generator.integer(below: 3))
                place += [0, 6, -6][actions[t]]
            }
            let episode = Episode(frames: pixels, width: size, height: size, actions: withActions ? actions : nil,
                                  metadata: ["fps": "4", "action_names": withActions ? "stand,left,right" : ""])
            try episode.write(to: folder.appendingPathComponent("\(number).safetensors"))
        }
    }

    /// Two clips a step.
    func train(_ model: String, _ more: String..., data: URL = ActionCommandTestCase.data) -> [String] {
        ["train-actions", "--data", data.path, "--model", model, "--preset", "tiny", "--batch-size", "2", "--threads", "1"] + more
    }
}
