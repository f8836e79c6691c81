// Fixtures.swift - where are the pictures that Fixtures/make_fixtures.py made, and what is in them?

import XCTest
@testable import Pictures

enum Fixtures {
    private static let folder = Bundle.module.url(forResource: "Fixtures", withExtension: nil)!

    static func files(_ kind: String) throws -> [URL] {
        try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == kind }.sorted { $0.path < $1.path }
    }

    static func url(_ name: String) -> URL { folder.appendingPathComponent(name) }

    /// The pixels that Pillow saw in the file, all frames one after the other.
    static func expected(for url: URL) throws -> [UInt8] {
        try [UInt8](Data(contentsOf: url.deletingPathExtension().appendingPathExtension("rgb")))
    }
}

/// A small seeded generator, so that a failure comes back the next time.
struct TestNumbers {
    var state: UInt64
    init(_ seed: UInt64) { state = seed &* 2_654_435_769 &+ 12_345 }
    mutating func below(_ count: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(state >> 33) % count
    }
}

/// Peak signal to noise ratio of two pictures of one size, in decibels.
func psnr(_ a: [UInt8], _ b: [UInt8]) -> Double {
    let error = zip(a, b).reduce(0.0) { $0 + pow(Double($1.0) - Double($1.1), 2) } / Double(a.count)
    return 10 * log10(255 * 255 / max(error, 1e-9))
}

/// A folder for one test, removed when `body` is done.
func withTemporaryFolder(_ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("PicturesTests-\(getpid())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder)
}
