// TokenizerCommandTestCase.swift - what do the tests of this stage's commands share? Episodes that are recorded once, and training
// as small as it gets.

import CommandTesting
import Foundation
import XCTest

class TokenizerCommandTestCase: CommandTestCase {
    /// Four training episodes of 16 frames, two of each other split, 64x64. Never changed; `copyData` makes one to damage.
    static let data: URL = makeSharedFolder { folder in
        let record = try StartedCommand(["episodes", "record", "--data", "data", "--rooms", "2", "--episodes", "4",
                                         "--validation-episodes", "2", "--frames", "16"], in: folder)
        precondition(record.finish().status == 0, "recording failed")
    }.appendingPathComponent("data")

    func copyData() throws -> URL {
        let copy = file("data")
        try FileManager.default.copyItem(at: Self.data, to: copy)
        return copy
    }

    /// Two clips a step.
    func train(_ more: String..., data: URL = TokenizerCommandTestCase.data) -> [String] {
        ["train-tokenizer", "--data", data.path, "--preset", "tiny", "--batch-size", "2", "--threads", "1"] + more
    }
}
