// ConfigurationTests.swift - numbers that do not fit each other are refused in one clear line; presets are not.

import Foundation
import Randomness
@testable import VideoTokenizer
import XCTest

final class ConfigurationTests: XCTestCase {
    func testPresetsFit() throws {
        for configuration in [TokenizerConfiguration.standard, .tiny, .large, .micro] { try configuration.check() }
        XCTAssertEqual(TokenizerConfiguration.standard.vocabulary, 1000)
        XCTAssertEqual(TokenizerConfiguration.standard.patches, 64)
        XCTAssertEqual(TokenizerConfiguration.standard.bitsPerFrame, 64 * log2(1000), accuracy: 1e-9)
        XCTAssertEqual(TokenizerConfiguration.large.patches, 256)
        XCTAssertEqual(TokenizerConfiguration.large.vocabulary, 1024)
    }

    func testTheDefaultHasAbout2MillionParameters() {
        var generator = SeededGenerator(seed: 1)
        let count = VideoTokenizer(.standard, using: &generator).parameterCount
        XCTAssert((2_000_000 ..< 2_400_000).contains(count), "\(count)")
    }

    func testBadNumbersAreRefused() {
        let mistakes: [(String, (inout TokenizerConfiguration) -> Void)] = [
            ("image no multiple of patch", { $0.imageSize = 60 }), ("no image", { $0.imageSize = 0 }),
            ("negative image", { $0.imageSize = -64 }),
            ("no patch", { $0.patchSize = 0 }), ("negative patch", { $0.patchSize = -8 }), ("no frames", { $0.frames = 0 }),
            ("no blocks", { $0.blocks = 0 }), ("no hidden", { $0.hiddenDimensions = 0 }), ("no heads", { $0.heads = 0 }),
            ("heads do not divide", { $0.heads = 3 }), ("odd pairs", { $0.embeddingDimensions = 24 }),
            ("no width", { $0.embeddingDimensions = 0 }),
            ("negative width", { $0.embeddingDimensions = -16 }), ("unknown quantizer", { $0.quantizer = "FSQ" }),
            ("no levels", { $0.levels = [] }), ("one level", { $0.levels = [8, 1] }), ("negative levels", { $0.levels = [-8, -8] }),
            ("too many codes", { $0.levels = [256, 257] }),
            ("more codes than an Int holds", { $0.levels = Array(repeating: 1 << 16, count: 5) }),
        ]
        for (name, mistake) in mistakes {
            var configuration = TokenizerConfiguration.standard
            mistake(&configuration)
            XCTAssertThrowsError(try configuration.check(), name) { error in
                XCTAssert("\(error)".hasPrefix("tokenizer configuration: ") && !"\(error)".contains("\n"), "\(error)")
            }
        }
    }

    func testItSurvivesTheCheckpoint() throws {
        let data = try JSONEncoder().encode(TokenizerConfiguration.large)
        XCTAssertEqual(try JSONDecoder().decode(TokenizerConfiguration.self, from: data), .large)
    }
}
